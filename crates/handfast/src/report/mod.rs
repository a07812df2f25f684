//! Why a handshake failed, for people and for programs.
//!
//! A [`Report`] is made after a failure, from the error and from the little that every handshake
//! keeps; on success nothing is allocated for it. It says what happened, the likely cause with the
//! confidence that the evidence allows, whose fault it is, at which step, what was offered, what to
//! do next, and what other programs call the same thing. The causes are one table, [`Cause`].
//!
//! ```
//! # fn run(config: handfast::ClientConfig, tcp: std::net::TcpStream) {
//! match handfast::Stream::connect(&config, "localhost", tcp) {
//!     Ok(_) => println!("connected"),
//!     Err(failure) => eprintln!("{}", failure.report()), // at most 25 lines
//! }
//! # }
//! ```

mod cause;
mod chain;
mod evidence;
mod facts;
mod step;
#[cfg(test)]
mod tests;
mod text;
mod words;

pub use cause::{At, Cause, Names};
pub use evidence::Offer;
pub(crate) use evidence::{Evidence, Narrowed, Trail};
pub use facts::Transport;
use facts::{Facts, Fit, Happened};
pub(crate) use step::awaited;
pub use step::{Doing, Step};

use crate::summary::Summary;
use crate::{Error, Kind};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use handfast_crypto::{AlertDescription, ProtocolVersion};
use handfast_handshake::{Blame, Direction};
use handfast_x509::Refusal;

/// One of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The one that sends the ClientHello.
    Client,
    /// The other.
    Server,
}

impl Role {
    /// The other side.
    pub const fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }

    /// "client" or "server".
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

/// Who or what is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// One side.
    Side(Role),
    /// Neither alone: the two do not fit.
    Both,
    /// What lies between them.
    Network,
    /// The evidence does not say.
    Unknown,
}

impl Fault {
    /// "client", "server", "both", "network" or "unknown".
    pub const fn name(self) -> &'static str {
        match self {
            Self::Side(role) => role.name(),
            Self::Both => "both",
            Self::Network => "network",
            Self::Unknown => "unknown",
        }
    }
}

/// How sure the cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Confidence {
    /// The evidence excludes every other registered cause.
    Certain,
    /// The evidence speaks for it, and others remain possible.
    VeryLikely,
    /// Several fit equally well; this is the first of them.
    OneOf,
}

impl Confidence {
    /// "certain", "very likely" or "one of".
    pub const fn name(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::VeryLikely => "very likely",
            Self::OneOf => "one of",
        }
    }
}

/// The alert that ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenAlert {
    /// Seen from here.
    pub direction: Direction,
    /// What it says.
    pub description: AlertDescription,
}

/// What the two sides had to choose from, where nothing was in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// What was to be chosen: "protocol version", "cipher suite", …
    pub what: &'static str,
    /// The client's list.
    pub client: Vec<String>,
    /// The server's, where it is known.
    pub server: Option<Vec<String>>,
}

/// A limit that was reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// What is limited.
    pub what: String,
    /// How much is allowed.
    pub limit: u64,
    /// How much was spent when it ended.
    pub spent: u64,
}

/// Why a handshake, or a connection, failed. Its [`Display`](core::fmt::Display) is a text of at
/// most 25 lines and 100 columns; text that came from the peer is escaped.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// What happened, in one sentence that names the side.
    pub verdict: String,
    /// The likely cause.
    pub cause: Cause,
    /// How sure that is.
    pub confidence: Confidence,
    /// What the evidence does not exclude besides.
    pub others: Vec<Cause>,
    /// Which side wrote this report.
    pub role: Role,
    /// The version, once it was known.
    pub version: Option<ProtocolVersion>,
    /// Who or what is at fault.
    pub fault: Fault,
    /// Who ended it by complaining; none if nobody did.
    pub complained: Option<Role>,
    /// Where it happened.
    pub step: Step,
    /// The alert that was sent or received.
    pub alert: Option<SeenAlert>,
    /// What was to be chosen and from what.
    pub offers: Option<Clash>,
    /// Every certificate path that was tried, and why each was refused.
    pub refusal: Option<Refusal>,
    /// What was seen, a sentence each.
    pub evidence: Vec<String>,
    /// What to do next.
    pub fix: String,
    /// Whose doing the failure is, as the error has it; none of the transport.
    pub blame: Option<Blame>,
    /// The broken rule by its name in docs/rules.md.
    pub rule: Option<String>,
    /// What would have been right, and what came; empty where that cannot be said.
    pub expected: String,
    /// See `expected`.
    pub found: String,
    /// The limit that was reached.
    pub spent: Option<Spent>,
    /// The section that states the rule.
    pub section: &'static str,
    /// What other programs call it.
    pub names: Names,
}

impl Report {
    /// Of an error of a [`Handshake`](crate::Handshake), which brings its evidence with it.
    pub fn of(error: &Error) -> Self {
        match error.evidence() {
            Some(evidence) => Self::make(Happened::Tls(error), evidence),
            None => Self::make(Happened::Tls(error), &Evidence::new(Trail::new(false))),
        }
    }

    /// Of an error of a connection whose handshake is over: of [`Rx`](crate::Rx) or
    /// [`Tx`](crate::Tx).
    pub fn after(error: &Error, summary: &Summary) -> Self {
        Self::make(Happened::Tls(error), &Evidence::after(summary))
    }

    /// Of a transport that failed before TLS began: the name was not found, nobody listens.
    pub fn of_transport(role: Role, transport: Transport) -> Self {
        let mut evidence = Evidence::new(Trail::new(role == Role::Server));
        evidence.state = "Start";
        Self::make(Happened::Transport(transport), &evidence)
    }

    /// Of an error of the standard library while a connection was made, before TLS began: a name that
    /// is not found, a port where nobody listens. `peer` is the name or address, for people.
    #[cfg(feature = "std")]
    pub fn of_connect(error: &std::io::Error, peer: &str) -> Self {
        let transport = match Transport::of(error) {
            Transport::TimedOut => Transport::ConnectTimeout,
            // Those of the resolver are no errors of the system.
            Transport::Other if error.raw_os_error().is_none() => Transport::Lookup,
            Transport::Other => Transport::Unreachable,
            transport => transport,
        };
        let mut report = Self::of_transport(Role::Client, transport);
        report.verdict.push_str(&alloc::format!(": {peer} ({error})"));
        report
    }

    /// Of a transport that failed under a handshake.
    #[cfg(feature = "std")]
    pub(crate) fn of_io(error: &std::io::Error, evidence: &Evidence) -> Self {
        let mut report = Self::make(Happened::Transport(Transport::of(error)), evidence);
        report.note(alloc::format!("the transport says: {error}"));
        report
    }

    /// Of an error of reading or writing on a connection whose handshake is over: of the transport, or
    /// one of TLS that the standard library's error holds.
    #[cfg(feature = "std")]
    pub fn of_io_after(error: &std::io::Error, summary: &Summary) -> Self {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
            Some(error) => Self::after(error, summary),
            None => Self::of_io(error, &Evidence::after(summary)),
        }
    }

    pub(crate) fn make(happened: Happened<'_>, evidence: &Evidence) -> Self {
        let facts = Facts::new(happened, evidence);
        let (cause, confidence, others) = diagnose(&facts);
        let role = facts.role();
        let (alert, complained) = alert(&facts);
        let (rule, expected, found) = words::clash(&facts);
        Self {
            verdict: words::verdict(cause, &facts),
            cause,
            confidence,
            others,
            role,
            version: evidence.version,
            fault: fault(cause, role),
            complained,
            step: Step::of(&facts),
            alert,
            offers: words::offers(cause, evidence),
            refusal: facts.refusal().cloned(),
            evidence: words::evidence(&facts),
            fix: words::fix(cause, &facts),
            blame: match happened {
                Happened::Tls(error) => Some(error.blame()),
                Happened::Transport(_) => None,
            },
            rule,
            expected,
            found,
            spent: words::spent(&facts),
            section: match happened {
                Happened::Tls(_)
                    if cause == Cause::ClientCertificateRequired
                        && facts.alert(&[AlertDescription::HANDSHAKE_FAILURE]) =>
                {
                    "RFC 5246 §7.4.6"
                }
                Happened::Tls(error) if error.section().starts_with("RFC") && alert.is_none_or(sent) => error.section(),
                _ => cause.section(),
            },
            names: words::names(cause, &facts),
        }
    }

    /// The cause in plain words, without what was found here.
    pub fn explanation(&self) -> String {
        words::filled(self.cause.title(), self.role)
    }

    /// Adds something that the caller has seen.
    pub fn note(&mut self, text: impl ToString) {
        self.evidence.push(text.to_string());
    }
}

fn sent(alert: SeenAlert) -> bool {
    alert.direction == Direction::Write
}

/// The cause that fits best, how sure it is, and what else the evidence leaves open.
fn diagnose(facts: &Facts<'_>) -> (Cause, Confidence, Vec<Cause>) {
    let fits = |wanted: Fit| Cause::ALL.iter().copied().filter(move |c| c.fits(facts) == wanted);
    for (fit, confidence) in
        [(Fit::Is, Confidence::Certain), (Fit::Likely, Confidence::VeryLikely), (Fit::May, Confidence::OneOf)]
    {
        if let Some(cause) = fits(fit).next() {
            let rest = Cause::ALL.iter().copied().filter(|c| *c != cause && c.fits(facts) != Fit::No);
            let others: Vec<_> = rest.collect();
            let tied = fit == Fit::Likely && fits(fit).count() > 1;
            let confidence = match confidence {
                Confidence::VeryLikely if tied => Confidence::OneOf,
                // What was said as a warning may have another reason.
                Confidence::Certain if facts.only_warned() => Confidence::VeryLikely,
                confidence => confidence,
            };
            return (cause, confidence, others);
        }
    }
    (Cause::Unexplained, Confidence::OneOf, Vec::new())
}

fn fault(cause: Cause, role: Role) -> Fault {
    match cause.at() {
        At::Peer => Fault::Side(role.peer()),
        At::You => Fault::Side(role),
        At::Client => Fault::Side(Role::Client),
        At::Both => Fault::Both,
        At::Network => Fault::Network,
        At::Unknown => Fault::Unknown,
    }
}

fn alert(facts: &Facts<'_>) -> (Option<SeenAlert>, Option<Role>) {
    if let (true, Some(description)) = (facts.only_warned(), facts.received()) {
        return (Some(SeenAlert { direction: Direction::Read, description }), Some(facts.role().peer()));
    }
    let Happened::Tls(error) = facts.happened else { return (None, None) };
    if let Kind::Alert { description, .. } = error.kind() {
        let alert = SeenAlert { direction: Direction::Read, description: *description };
        return (Some(alert), Some(facts.role().peer()));
    }
    if matches!(error.kind(), Kind::Closed) {
        let alert = SeenAlert { direction: Direction::Read, description: AlertDescription::CLOSE_NOTIFY };
        return (Some(alert), Some(facts.role().peer()));
    }
    match error.alert() {
        Some(description) => (Some(SeenAlert { direction: Direction::Write, description }), Some(facts.role())),
        None => (None, None),
    }
}
