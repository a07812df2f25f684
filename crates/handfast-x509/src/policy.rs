//! What a chain is judged by, what a judgement may cost, and what it yields.

use crate::algorithm::oid;
use crate::refusal::Reason;
use pki_types::{ServerName, UnixTime};

/// The most intermediates that any path can have, self-issued ones included; it bounds the
/// recursion.
pub const MAX_DEPTH: usize = 32;

/// How many certificates of a chain are looked at; those after them are as if not sent. The
/// longest honest chains have five.
pub const MAX_CHAIN: usize = 128;

/// What the peer's certificate is to be used for (RFC 5280 §4.2.1.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The peer is a TLS server.
    ServerAuth,
    /// The peer is a TLS client.
    ClientAuth,
}

impl Purpose {
    pub(crate) const fn oid(self) -> &'static [u8] {
        match self {
            Self::ServerAuth => oid::SERVER_AUTH,
            Self::ClientAuth => oid::CLIENT_AUTH,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ServerAuth => "serverAuth",
            Self::ClientAuth => "clientAuth",
        }
    }
}

/// How much work one [`verify`](crate::verify()) may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Signatures verified.
    pub signatures: u32,
    /// Issuers considered, in all paths together.
    pub candidates: u32,
    /// Names compared with name constraints; a pair of names counts once more for every 64 bytes.
    pub comparisons: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { signatures: 100, candidates: 1_000, comparisons: 250_000 }
    }
}

/// What a chain is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    /// What the certificate is for.
    pub purpose: Purpose,
    /// The name it must be for. `None` checks none: right for a server that judges clients,
    /// and for anybody else a decision to talk to whoever has any certificate.
    pub name: Option<&'a ServerName<'a>>,
    /// The present moment.
    pub time: UnixTime,
    /// How many intermediates a path may have, at most [`MAX_DEPTH`]. Self-issued ones do not
    /// count, as for pathLenConstraint.
    pub max_depth: usize,
    /// The least length of an RSA modulus, in bits, in every certificate and root of the path.
    pub least_rsa_bits: usize,
    /// How much work may be done.
    pub budget: Budget,
}

impl<'a> Policy<'a> {
    /// For a client: the server must be `name`.
    pub fn server(name: &'a ServerName<'a>, time: UnixTime) -> Self {
        Self { purpose: Purpose::ServerAuth, name: Some(name), ..Self::client(time) }
    }

    /// For a server: the client may be whoever has a path to the roots.
    pub fn client(time: UnixTime) -> Self {
        Self {
            purpose: Purpose::ClientAuth,
            name: None,
            time,
            max_depth: 8,
            least_rsa_bits: 2048,
            budget: Budget::default(),
        }
    }
}

/// The certificates of a path by their numbers in the chain sent, the peer's own (0) first. Held
/// inline: judging a chain is part of every handshake.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Path {
    numbers: [u8; Self::MAX],
    len: u8,
}

impl Path {
    /// The peer's own certificate, the intermediates, and one step more.
    const MAX: usize = MAX_DEPTH + 2;

    /// The numbers.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = usize> + ExactSizeIterator + Clone + '_ {
        self.numbers.iter().take(self.len()).map(|n| usize::from(*n))
    }

    /// How many certificates there are.
    pub fn len(&self) -> usize {
        usize::from(self.len)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn last(&self) -> Option<usize> {
        self.iter().next_back()
    }

    /// Numbers are below [`MAX_CHAIN`], and the depth is checked before a step is taken.
    pub(crate) fn push(&mut self, number: usize) {
        if let Some(room) = self.numbers.get_mut(usize::from(self.len)) {
            *room = number as u8;
            self.len += 1;
        }
    }

    pub(crate) fn pop(&mut self) {
        self.len = self.len.saturating_sub(1);
    }
}

impl Default for Path {
    fn default() -> Self {
        Self { numbers: [0; Self::MAX], len: 0 }
    }
}

impl core::fmt::Debug for Path {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// A chain that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The path.
    pub path: Path,
    /// The number of the anchor in the roots; [`Roots::subject_text`](crate::Roots::subject_text)
    /// says who that is.
    pub anchor: usize,
    /// What was spent.
    pub spent: Budget,
}

/// The budget and what is gone of it.
pub(crate) struct Spent {
    limit: Budget,
    pub(crate) used: Budget,
}

impl Spent {
    pub(crate) const fn new(limit: Budget) -> Self {
        Self { limit, used: Budget { signatures: 0, candidates: 0, comparisons: 0 } }
    }

    /// `bytes` is how long the two names are together: they can fill a whole message, and the work
    /// is in the bytes.
    pub(crate) fn comparison(&mut self, bytes: usize) -> Result<(), Reason> {
        let cost = u32::try_from(1 + bytes / 64).unwrap_or(u32::MAX);
        spend(&mut self.used.comparisons, cost, self.limit.comparisons, "name comparisons")
    }

    pub(crate) fn candidate(&mut self) -> Result<(), Reason> {
        spend(&mut self.used.candidates, 1, self.limit.candidates, "candidate issuers")
    }

    pub(crate) fn signature(&mut self) -> Result<(), Reason> {
        spend(&mut self.used.signatures, 1, self.limit.signatures, "signatures")
    }
}

fn spend(used: &mut u32, cost: u32, limit: u32, what: &'static str) -> Result<(), Reason> {
    match used.checked_add(cost).filter(|sum| *sum <= limit) {
        Some(sum) => *used = sum,
        None => return Err(Reason::BudgetSpent { what, limit }),
    }
    Ok(())
}
