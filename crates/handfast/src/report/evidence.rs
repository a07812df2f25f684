//! What a report is made from: a few numbers that every handshake keeps, and what is at hand when
//! it fails.

use crate::summary::Summary;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;
use handfast_codec::{ClientHello, Message};
use handfast_crypto::{
    AlertDescription, Authentication, CipherSuite, HandshakeType, NamedGroup, ProtocolVersion, SignatureScheme,
};
use handfast_handshake::ask::{Chain, Credential};
use handfast_handshake::{client, server};

/// How many values of a peer's list are kept.
const MOST: usize = 64;

/// Values in a list of suites that are none (RFC 5746 §3.3, RFC 7507 §2).
const SIGNALS: &[CipherSuite] = &[CipherSuite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV, CipherSuite::TLS_FALLBACK_SCSV];

/// How many of the peer's first bytes are kept, for those that turn out not to be TLS.
pub(crate) const FIRST: usize = 64;

/// What every handshake keeps: numbers and flags, nothing on the heap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trail {
    /// Whether we are the server.
    pub(crate) server: bool,
    /// Bytes of records taken from the wire and put on it.
    pub(crate) wire: (u64, u64),
    /// Handshake messages read.
    pub(crate) messages: u32,
    /// The type of the last one.
    pub(crate) last: Option<HandshakeType>,
    /// Protected records that opened.
    pub(crate) opened: u64,
    /// The first bytes that came, and how many of them are kept.
    pub(crate) first: ([u8; FIRST], u8),
    /// Of an incomplete record: how much is here, how long it is, the message it begins with.
    pub(crate) part: Option<(u32, u32, Option<HandshakeType>)>,
    /// Whether a server_name was sent, by whichever side is the client.
    pub(crate) indicated: bool,
    /// The last alert at warning level that was let pass.
    pub(crate) warned: Option<AlertDescription>,
}

/// Which lists of our offer are shorter than they could be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Narrowed {
    pub(crate) versions: bool,
    pub(crate) suites: bool,
    /// Suites of TLS 1.2 for one kind of certificate alone, and all of those; no TLS 1.3.
    pub(crate) one_kind: bool,
    pub(crate) groups: bool,
    pub(crate) schemes: bool,
}

impl Trail {
    pub(crate) const fn new(server: bool) -> Self {
        Self {
            server,
            wire: (0, 0),
            messages: 0,
            last: None,
            opened: 0,
            first: ([0; FIRST], 0),
            part: None,
            indicated: false,
            warned: None,
        }
    }

    /// Keeps the front of what came first.
    pub(crate) fn see(&mut self, wire: &[u8]) {
        let (kept, len) = &mut self.first;
        if self.wire.0 == 0 && wire.len() > usize::from(*len) {
            for (place, byte) in kept.iter_mut().zip(wire) {
                *place = *byte;
            }
            *len = wire.len().min(FIRST) as u8;
        }
    }

    /// The first bytes that came.
    pub(crate) fn first(&self) -> &[u8] {
        self.first.0.get(..usize::from(self.first.1)).unwrap_or_default()
    }
}

/// Everything that a report is made from, besides the failure itself.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    pub(crate) trail: Trail,
    pub(crate) version: Option<ProtocolVersion>,
    /// The state in which it happened; empty after the handshake.
    pub(crate) state: &'static str,
    /// The inputs that this state has an arrow for.
    pub(crate) awaits: Vec<&'static str>,
    pub(crate) elapsed: Option<Duration>,
    /// The name that the client asked for.
    pub(crate) name: Option<String>,
    /// What our own offer leaves out of what the backend could do; of a client.
    pub(crate) narrowed: Narrowed,
    pub(crate) client: Option<Offer>,
    pub(crate) server: Option<Offer>,
    /// The message on which it failed.
    pub(crate) message: Vec<u8>,
    /// The message that has come in part.
    pub(crate) partial: Option<(HandshakeType, usize, usize)>,
    /// What the peer showed.
    pub(crate) chain: Option<Arc<Chain>>,
    /// The server asked the client for a certificate, and the client signed with one.
    pub(crate) requested: bool,
    pub(crate) proved: bool,
    /// What this side showed.
    pub(crate) own: Option<Arc<Credential>>,
    /// The subjects of the first roots that are trusted, and how many there are.
    pub(crate) roots: (Vec<String>, usize),
}

impl Evidence {
    pub(crate) fn new(trail: Trail) -> Self {
        Self {
            trail,
            version: None,
            state: "",
            awaits: Vec::new(),
            elapsed: None,
            name: None,
            narrowed: Narrowed::default(),
            client: None,
            server: None,
            message: Vec::new(),
            partial: None,
            chain: None,
            requested: false,
            proved: false,
            own: None,
            roots: (Vec::new(), usize::MAX),
        }
    }

    /// Of a connection whose handshake is over.
    pub(crate) fn after(summary: &Summary) -> Self {
        let mut this = Self::new(summary.trail);
        this.learn(summary);
        this
    }

    pub(crate) fn learn(&mut self, summary: &Summary) {
        self.version = (summary.version.0 != 0).then_some(summary.version);
        self.chain.clone_from(&summary.peer);
        self.requested = summary.certificate_requested;
        self.proved = summary.own_scheme.is_some();
        self.own.clone_from(&summary.own);
        if self.name.is_none() {
            self.name.clone_from(&summary.server_name);
        }
    }
}

/// What one side can do, each list in its order, each value once, and no more than 64 of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// Protocol versions; of a ClientHello also those that handfast does not speak.
    pub versions: Vec<ProtocolVersion>,
    /// Cipher suites of both versions.
    pub suites: Vec<CipherSuite>,
    /// Key exchange groups.
    pub groups: Vec<NamedGroup>,
    /// Signature schemes accepted from the other side.
    pub schemes: Vec<SignatureScheme>,
    /// Application protocols (RFC 7301), escaped.
    pub alpn: Vec<String>,
}

impl Offer {
    /// What a ClientHello offers; none of a message that cannot be read.
    pub fn of_hello(message: &[u8]) -> Option<Self> {
        match Message::decode(message, None) {
            Ok(Message::ClientHello(hello)) => Some(Self::of(&hello)),
            _ => None,
        }
    }

    fn of(hello: &ClientHello<'_>) -> Self {
        let extensions = &hello.extensions;
        let protocols = extensions.application_layer_protocol_negotiation;
        let grease = |value: u16| value & 0x0f0f == 0x0a0a && value >> 8 == value & 0xff; // RFC 8701 §2
        // Without the extension the version field tops out at TLS 1.2 (RFC 9846 §4.3.1).
        let legacy = hello.legacy_version.min(ProtocolVersion::TLS1_2);
        Self {
            versions: match extensions.supported_versions {
                Some(list) => once_each(list.iter().filter(|v| !grease(v.0))),
                None => [legacy].into(),
            },
            suites: once_each(hello.cipher_suites.iter().filter(|s| !grease(s.0) && !SIGNALS.contains(s))),
            groups: once_each(extensions.supported_groups.iter().flat_map(|l| l.iter()).filter(|g| !grease(g.0))),
            schemes: once_each(extensions.signature_algorithms.iter().flat_map(|list| list.iter())),
            alpn: once_each(protocols.iter().flat_map(|list| list.iter()).take(MOST).map(|p| escaped(p.0))),
        }
    }

    /// What a server takes.
    pub(crate) fn of_server(settings: &server::Settings, schemes: Vec<SignatureScheme>) -> Self {
        Self {
            versions: settings.versions().list().to_vec(),
            suites: settings.suites.clone(),
            groups: settings.groups.clone(),
            schemes,
            alpn: settings.alpn.iter().take(MOST).map(|p| escaped(p)).collect(),
        }
    }
}

impl Narrowed {
    /// Of a client: what its settings leave out of what its backend could do; of groups, of what is
    /// offered unless told otherwise.
    pub(crate) fn of(settings: &client::Settings) -> Self {
        let provider = &settings.provider;
        let schemes = crate::config::schemes(provider).len();
        let all = || CipherSuite::SPOKEN.iter().filter(|s| provider.has_suite(**s));
        let versions = settings.versions().list();
        let usable = |s: &&CipherSuite| s.info().is_some_and(|i| versions.contains(&i.version));
        let offered = || settings.suites.iter().filter(usable);
        // Of the suites for one kind of certificate, are all there and no other?
        let kind = offered().next().and_then(|s| s.info()).map(|i| i.authentication);
        let of_kind = |s: &&CipherSuite| s.info().is_some_and(|i| Some(i.authentication) == kind);
        let (same, most) = (offered().all(|s| of_kind(&s)), all().filter(of_kind).count());
        Self {
            versions: versions.len() < 2,
            suites: offered().count() < all().filter(usable).count(),
            one_kind: kind.is_some_and(|k| k != Authentication::Any) && same && offered().count() == most,
            groups: crate::config::groups(provider).iter().any(|g| !settings.groups.contains(g)),
            schemes: settings.schemes.len() < schemes,
        }
    }
}

/// The first values of a peer's list, each once.
fn once_each<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut list = Vec::new();
    // A list that goes on is not read to its end.
    for value in values.take(16 * MOST) {
        if list.len() < MOST && !list.contains(&value) {
            list.push(value);
        }
    }
    list
}

/// Bytes of a peer as printable text, cut after 32 of them.
pub(crate) fn escaped(bytes: &[u8]) -> String {
    match bytes.get(..32) {
        Some(front) if bytes.len() > 32 => format!("{}…", front.escape_ascii()),
        _ => bytes.escape_ascii().to_string(),
    }
}
