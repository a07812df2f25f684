//! Why a connection failed: one type from every layer, each with its blame, its alert and its rule.

use crate::report::{Evidence, Report};
use alloc::boxed::Box;
use core::fmt;
use handfast_crypto::{AlertDescription, AlertLevel};
use handfast_handshake::{Blame, Error as HandshakeError};
use handfast_record::{RecordError, Rule as RecordRule};
use handfast_x509::Refusal;

/// Why a connection failed. One pointer wide.
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    state: &'static str,
    /// What the handshake had seen; made with the error, and never on success.
    evidence: Option<Box<Evidence>>,
}

/// What failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Kind {
    /// A rule of the handshake was broken, or there was nothing in common.
    Handshake(HandshakeError),
    /// A rule of the record layer was broken.
    Record(RecordError),
    /// The peer's certificates were refused; every path that was tried is in here.
    Chain(Refusal),
    /// The peer sent a fatal alert.
    Alert {
        /// Warning or fatal, as it stood on the wire.
        level: AlertLevel,
        /// What it says.
        description: AlertDescription,
    },
    /// The peer said close_notify before the handshake was complete.
    Closed,
    /// The transport ended without close_notify: what came may be cut short (RFC 9846 §6.1).
    Truncated,
    /// A limit was reached.
    Limit {
        /// Which, in words.
        what: &'static str,
        /// What is allowed.
        limit: u64,
        /// What was spent.
        spent: u64,
    },
    /// A call was made that the documentation rules out.
    Misuse(&'static str),
    /// The connection failed before; the first error says why.
    Over,
}

impl Error {
    pub(crate) fn new(kind: Kind, state: &'static str) -> Self {
        Self(Box::new(Inner { kind, state, evidence: None }))
    }

    pub(crate) fn with(kind: Kind, evidence: Evidence) -> Self {
        Self(Box::new(Inner { kind, state: evidence.state, evidence: Some(Box::new(evidence)) }))
    }

    /// The same with what was seen, where the error itself was made without.
    #[cfg(feature = "std")]
    pub(crate) fn attached(mut self, evidence: Evidence) -> Self {
        self.0.evidence.get_or_insert(Box::new(evidence));
        self
    }

    pub(crate) fn evidence(&self) -> Option<&Evidence> {
        self.0.evidence.as_deref()
    }

    /// Everything that can be said about it: cause, side, step, what to do. For an error of
    /// [`Rx`](crate::Rx) or [`Tx`](crate::Tx) there is [`Report::after`], which knows more.
    pub fn report(&self) -> Report {
        Report::of(self)
    }

    /// What failed.
    pub fn kind(&self) -> &Kind {
        &self.0.kind
    }

    /// The state in which it failed, by its name in the tables; empty after the handshake.
    pub fn state(&self) -> &'static str {
        self.0.state
    }

    /// Whose doing it is.
    pub fn blame(&self) -> Blame {
        match &self.0.kind {
            Kind::Handshake(error) => error.blame(),
            Kind::Record(error) => match error.alert() {
                AlertDescription::INTERNAL_ERROR => Blame::Usage,
                _ => Blame::Peer,
            },
            Kind::Chain(_) => Blame::Policy,
            Kind::Alert { .. } | Kind::Closed | Kind::Truncated => Blame::Told,
            Kind::Limit { .. } => Blame::Limit,
            Kind::Misuse(_) | Kind::Over => Blame::Usage,
        }
    }

    /// The alert that this failure sends to the peer; none where the peer is the one that ended it.
    pub fn alert(&self) -> Option<AlertDescription> {
        Some(match &self.0.kind {
            Kind::Handshake(error) => error.alert(),
            Kind::Record(error) => error.alert(),
            Kind::Chain(refusal) => refusal.alert(),
            Kind::Limit { .. } => AlertDescription::INTERNAL_ERROR,
            Kind::Misuse(_) => AlertDescription::INTERNAL_ERROR,
            Kind::Alert { .. } | Kind::Closed | Kind::Truncated | Kind::Over => return None,
        })
    }

    /// The section that states the broken rule.
    pub fn section(&self) -> &'static str {
        match &self.0.kind {
            Kind::Handshake(error) => error.section(),
            Kind::Record(error) => error.section(),
            Kind::Chain(refusal) => refusal.reason().section(),
            Kind::Alert { .. } => "RFC 9846 §6.2",
            Kind::Closed | Kind::Truncated => "RFC 9846 §6.1",
            Kind::Limit { .. } | Kind::Misuse(_) | Kind::Over => "handfast",
        }
    }

    /// Whether the first bytes of the peer show that it does not speak TLS; and these bytes.
    pub fn not_tls(&self) -> Option<[u8; 5]> {
        match &self.0.kind {
            Kind::Record(error) if error.rule == RecordRule::NotTls => Some(error.header),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            Kind::Handshake(error) => return write!(f, "{error}"),
            Kind::Chain(refusal) => return write!(f, "{}: {refusal}", Blame::Policy),
            Kind::Record(error) => write!(f, "{}: {error}", self.blame())?,
            Kind::Alert { level, description } => {
                write!(f, "{}: {level} alert {description} ({})", Blame::Told, description.0)?;
            }
            Kind::Closed => write!(f, "{}: close_notify before the handshake was complete", Blame::Told)?,
            Kind::Truncated => f.write_str("the connection ended without close_notify: what came may be cut short")?,
            Kind::Limit { what, limit, spent } => {
                write!(f, "{}: {what}: at most {limit}, and {spent} were spent", Blame::Limit)?;
            }
            Kind::Misuse(what) => write!(f, "{}: {what}", Blame::Usage)?,
            Kind::Over => f.write_str("the connection failed before; the first error says why")?,
        }
        if !self.0.state.is_empty() {
            write!(f, " (in state {})", self.0.state)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::error::Error for Error {}
