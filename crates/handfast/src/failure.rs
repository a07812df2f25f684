//! Why a stream could not be set up: the transport or TLS, each with its report.

use crate::error::Error;
use crate::handshake::Handshake;
use crate::report::{Evidence, Report, Trail, Transport};
use crate::summary::Summary;
use std::boxed::Box;
use std::fmt;
use std::io;

/// Why a stream could not be set up.
#[non_exhaustive]
pub enum Failure {
    /// The transport failed.
    Io(TransportError),
    /// TLS failed.
    Tls(Error),
}

/// A transport that failed under a handshake, and how far that had come.
pub struct TransportError {
    error: io::Error,
    evidence: Box<Evidence>,
}

impl TransportError {
    /// What the transport said.
    pub fn error(&self) -> &io::Error {
        &self.error
    }

    /// The same, owned.
    pub fn into_inner(self) -> io::Error {
        self.error
    }

    /// Everything that can be said about it.
    pub fn report(&self) -> Report {
        Report::of_io(&self.error, &self.evidence)
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.error, f)
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl Transport {
    /// How a transport failed, by the error of the standard library.
    pub fn of(error: &io::Error) -> Self {
        use io::ErrorKind as K;
        match error.kind() {
            K::ConnectionRefused => Self::Refused,
            K::HostUnreachable | K::NetworkUnreachable | K::NetworkDown | K::AddrNotAvailable | K::PermissionDenied => {
                Self::Unreachable
            }
            K::TimedOut | K::WouldBlock => Self::TimedOut,
            K::ConnectionReset | K::BrokenPipe | K::ConnectionAborted => Self::Reset,
            _ => Self::Other,
        }
    }
}

impl Handshake {
    /// For whoever drives a handshake over a transport of the standard library: its error, with how
    /// far the handshake had come.
    pub fn transport_failed(&self, error: io::Error) -> Failure {
        Failure::Io(TransportError { error, evidence: Box::new(self.evidence(self.state())) })
    }
}

impl Failure {
    /// Of a transport that failed when the handshake was over.
    pub(crate) fn after(error: io::Error, summary: &Summary) -> Self {
        Self::Io(TransportError { error, evidence: Box::new(Evidence::after(summary)) })
    }

    /// Everything that can be said about it: cause, side, step, what to do.
    pub fn report(&self) -> Report {
        match self {
            Self::Io(error) => error.report(),
            Self::Tls(error) => error.report(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "the transport failed: {error}"),
            Self::Tls(error) => fmt::Display::fmt(error, f),
        }
    }
}

/// As [`Display`](fmt::Display): it is what a `main` that returns it prints.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error.error()),
            // What it says is said already.
            Self::Tls(_) => None,
        }
    }
}

/// An error of TLS that the standard library's error holds, or one of the transport before a handshake
/// began. What a transport says later has more behind it: [`Handshake::transport_failed`],
/// [`Stream::report`](crate::Stream::report).
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let error = match error.downcast::<Error>() {
            Ok(error) => return Self::Tls(error),
            Err(error) => error,
        };
        let mut evidence = Evidence::new(Trail::new(false));
        evidence.state = "Start";
        Self::Io(TransportError { error, evidence: Box::new(evidence) })
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Tls(error)
    }
}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Io(error) => error.into_inner(),
            Failure::Tls(error) => tls(error),
        }
    }
}

/// An error of ours as the standard library's: its `get_ref` gives the [`Error`] back.
pub(crate) fn tls(error: Error) -> io::Error {
    let kind = match error.kind() {
        crate::Kind::Truncated => io::ErrorKind::UnexpectedEof,
        crate::Kind::Misuse(_) => io::ErrorKind::InvalidInput,
        _ => io::ErrorKind::InvalidData,
    };
    io::Error::new(kind, error)
}
