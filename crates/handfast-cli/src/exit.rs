//! Exit statuses: one table. Which failure ends in which is said by the library's registry of causes.
//!
//! The numbers are stable: scripts rely on them.

use handfast::Report;
use std::fmt;

macro_rules! statuses {
    ($( $(#[$doc:meta])* $NAME:ident = $number:literal, $text:literal; )*) => {
        $( #[doc = $text] pub const $NAME: u8 = $number; )*

        /// Every status with its meaning.
        pub const TABLE: &[(u8, &str)] = &[ $( ($number, $text), )* ];
    };
}

statuses! {
    OK = 0, "done; a connection was verified and usable";
    USAGE = 2, "wrong usage: an option, or a file that an option names, cannot be used";
    UNVERIFIED = 3, "connected, but not verified, as was asked for";
    LOOKUP = 10, "the name has no address";
    UNREACHABLE = 11, "refused or unreachable";
    TIMEOUT = 12, "no answer in time";
    RESET = 13, "the peer reset the connection";
    CLOSED = 14, "the peer closed the connection during the handshake";
    NOT_TLS = 20, "the peer does not speak TLS";
    VERSION = 30, "no common protocol version";
    SUITE = 31, "no common cipher suite";
    GROUP = 32, "no common key exchange group";
    SCHEME = 33, "no common signature scheme";
    ALPN = 34, "no common application protocol";
    NAME_REFUSED = 35, "the server has nothing for the name that was asked for";
    PSK = 36, "resumption or a pre-shared key failed";
    INCOMPLETE = 40, "the certificate's issuer was not sent and is not trusted";
    UNTRUSTED = 41, "the chain ends at an authority that is not trusted";
    TIME = 42, "a certificate has expired or is not valid yet";
    NAME = 43, "the certificate is for other names";
    PURPOSE = 44, "a certificate may not be used for this: purpose or constraints";
    WEAK = 45, "a key or signature is weak or of an unsupported kind";
    MALFORMED = 47, "a certificate cannot be read";
    CERTIFICATE_REQUIRED = 50, "a client certificate is required";
    CERTIFICATE_REFUSED = 51, "the peer refused the certificate shown to it";
    PROOF = 60, "a signature or Finished does not verify";
    INTEGRITY = 61, "a record was changed on the way";
    TRUNCATED = 62, "the connection was cut: what came may be cut short";
    PROTOCOL = 63, "the peer broke the protocol";
    PEER_FAILED = 70, "the peer reports an internal error";
    UNEXPLAINED = 71, "unexplained: no evidence says why";
}

/// What a status means; empty for one that is not ours.
pub fn meaning(status: u8) -> &'static str {
    TABLE.iter().find(|(number, _)| *number == status).map_or("", |(_, text)| text)
}

/// Why a subcommand could not do its work: a status and a text for the user, verdict first.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The exit status.
    pub status: u8,
    /// What happened.
    pub text: String,
    /// Everything that is known about it, if a connection failed.
    pub report: Option<Box<Report>>,
}

impl Problem {
    /// A problem with this status.
    pub fn new(status: u8, text: impl fmt::Display) -> Self {
        Self { status, text: text.to_string(), report: None }
    }

    /// An option, or a file that it names, that cannot be used.
    pub fn usage(text: impl fmt::Display) -> Self {
        Self::new(USAGE, text)
    }
}

impl From<Report> for Problem {
    fn from(report: Report) -> Self {
        Self { status: report.cause.exit(), text: report.verdict.clone(), report: Some(Box::new(report)) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use handfast::report::Cause;

    #[test]
    fn every_status_has_one_meaning_and_the_numbers_rise() {
        assert!(TABLE.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(TABLE.iter().all(|(status, text)| !text.is_empty() && meaning(*status) == *text));
        assert_eq!(meaning(99), "");
    }

    #[test]
    fn every_cause_ends_in_a_status_of_the_table() {
        for cause in Cause::ALL {
            assert!(!meaning(cause.exit()).is_empty(), "{}: {}", cause.name(), cause.exit());
        }
    }

    #[test]
    fn every_status_of_a_failure_has_a_cause() {
        for (status, text) in TABLE.iter().filter(|(status, _)| *status >= LOOKUP) {
            assert!(Cause::ALL.iter().any(|cause| cause.exit() == *status), "{status}: {text}");
        }
    }
}
