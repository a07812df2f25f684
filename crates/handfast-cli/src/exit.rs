//! Exit statuses: one table, and which failure ends in which.
//!
//! The numbers are stable: scripts rely on them.

use handfast::x509::{Place, Reason};
use handfast::{AlertDescription as Alert, Error, Failure, Kind, Rule, record};
use std::fmt;
use std::io;

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
    UNEXPLAINED = 71, "none of the other causes could be established";
}

/// What a status means; empty for one that is not ours.
pub fn meaning(status: u8) -> &'static str {
    TABLE.iter().find(|(number, _)| *number == status).map_or("", |(_, text)| text)
}

/// Why a subcommand could not do its work: a status and a text for the user, verdict first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The exit status.
    pub status: u8,
    /// What happened. Further lines say more.
    pub text: String,
}

impl Problem {
    /// A problem with this status.
    pub fn new(status: u8, text: impl fmt::Display) -> Self {
        Self { status, text: text.to_string() }
    }

    /// An option, or a file that it names, that cannot be used.
    pub fn usage(text: impl fmt::Display) -> Self {
        Self::new(USAGE, text)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The status for a stream that could not be set up.
pub fn of_failure(failure: &Failure) -> u8 {
    match failure {
        Failure::Tls(error) => of_error(error),
        Failure::Io(error) => of_io(error),
        _ => UNEXPLAINED,
    }
}

/// The status for a failure of the transport, or of TLS within an error of the standard library.
pub fn of_io(error: &io::Error) -> u8 {
    use io::ErrorKind as K;
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        return of_error(error);
    }
    match error.kind() {
        K::ConnectionRefused | K::HostUnreachable | K::NetworkUnreachable | K::NetworkDown => UNREACHABLE,
        K::AddrNotAvailable | K::PermissionDenied => UNREACHABLE,
        K::TimedOut | K::WouldBlock => TIMEOUT,
        K::ConnectionReset | K::BrokenPipe | K::ConnectionAborted => RESET,
        K::UnexpectedEof => CLOSED,
        _ => UNEXPLAINED,
    }
}

/// The alert that the peer sent and that ended the connection, if one did.
pub fn alert_in(error: &Error) -> Option<Alert> {
    match error.kind() {
        Kind::Alert { description, .. } => Some(*description),
        _ => None,
    }
}

/// The same for an error of the standard library, which may hold one of TLS.
pub fn alert_of(error: &io::Error) -> Option<Alert> {
    error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()).and_then(alert_in)
}

/// The status for a failure of TLS.
pub fn of_error(error: &Error) -> u8 {
    match error.kind() {
        Kind::Handshake(error) => match error.rule() {
            Some(rule) => of_rule(rule),
            // No rule of the flow: the syntax of a certificate, or of a message.
            None if error.alert() == Alert::BAD_CERTIFICATE => MALFORMED,
            None => PROTOCOL,
        },
        Kind::Record(error) => match error.rule {
            record::Rule::NotTls => NOT_TLS,
            record::Rule::BadRecordMac => INTEGRITY,
            rule if rule.alert() == Alert::INTERNAL_ERROR => UNEXPLAINED,
            _ => PROTOCOL,
        },
        Kind::Chain(refusal) => of_reason(refusal.reason(), refusal.main().failed_at),
        Kind::Alert { description, .. } => of_alert(*description),
        Kind::Closed => CLOSED,
        // Before the first answer nothing can have been cut.
        Kind::Truncated if matches!(error.state(), "WaitSh" | "Start") => CLOSED,
        Kind::Truncated => TRUNCATED,
        Kind::Limit { what, .. } if what.starts_with("milliseconds") => TIMEOUT,
        Kind::Limit { .. } => PROTOCOL,
        _ => UNEXPLAINED,
    }
}

fn of_rule(rule: Rule) -> u8 {
    match rule {
        Rule::NoCommonVersion | Rule::InappropriateFallback => VERSION,
        Rule::NoCommonSuite => SUITE,
        Rule::NoCommonGroup | Rule::NoCommonCertificateCurve => GROUP,
        Rule::NoCommonScheme => SCHEME,
        Rule::NoCommonAlpn => ALPN,
        Rule::NoCredential => NAME_REFUSED,
        Rule::KeyKind => WEAK,
        Rule::KeyUsage => PURPOSE,
        Rule::Refused => UNTRUSTED,
        Rule::BadSignature | Rule::BadKeyExchangeSignature | Rule::BadFinished => PROOF,
        Rule::CertificateRequired | Rule::CertificateRequired12 => CERTIFICATE_REQUIRED,
        rule if rule.alert() == Alert::INTERNAL_ERROR => UNEXPLAINED,
        _ => PROTOCOL,
    }
}

fn of_reason(reason: &Reason, place: Place) -> u8 {
    match reason {
        // With nothing but the peer's own certificate there, its issuer is what is missing.
        Reason::UnknownIssuer { .. } if place == Place::Sent(0) => INCOMPLETE,
        Reason::UnknownIssuer { .. } | Reason::UntrustedRoot | Reason::SelfSigned | Reason::BadSignature { .. } => {
            UNTRUSTED
        }
        Reason::Expired { .. } | Reason::NotYetValid { .. } => TIME,
        Reason::HostMismatch { .. } | Reason::AddressMismatch { .. } => NAME,
        Reason::LeafKeyTooSmall { .. }
        | Reason::IssuerKeyTooSmall { .. }
        | Reason::UnsupportedKey { .. }
        | Reason::WeakSignature { .. }
        | Reason::UnsupportedSignature { .. } => WEAK,
        Reason::EmptyChain | Reason::Malformed { .. } | Reason::UnhandledCritical { .. } => MALFORMED,
        _ => PURPOSE,
    }
}

fn of_alert(alert: Alert) -> u8 {
    match alert {
        Alert::PROTOCOL_VERSION | Alert::INAPPROPRIATE_FALLBACK => VERSION,
        Alert::INSUFFICIENT_SECURITY => SUITE,
        Alert::NO_APPLICATION_PROTOCOL => ALPN,
        Alert::UNRECOGNIZED_NAME => NAME_REFUSED,
        Alert::UNKNOWN_PSK_IDENTITY => PSK,
        Alert::CERTIFICATE_REQUIRED => CERTIFICATE_REQUIRED,
        Alert::BAD_CERTIFICATE
        | Alert::UNSUPPORTED_CERTIFICATE
        | Alert::CERTIFICATE_REVOKED
        | Alert::CERTIFICATE_EXPIRED
        | Alert::CERTIFICATE_UNKNOWN
        | Alert::UNKNOWN_CA
        | Alert::ACCESS_DENIED => CERTIFICATE_REFUSED,
        Alert::DECRYPT_ERROR => PROOF,
        Alert::BAD_RECORD_MAC => INTEGRITY,
        Alert::INTERNAL_ERROR => PEER_FAILED,
        _ => UNEXPLAINED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_one_meaning_and_the_numbers_rise() {
        assert!(TABLE.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(TABLE.iter().all(|(status, text)| !text.is_empty() && meaning(*status) == *text));
        assert_eq!(meaning(99), "");
    }

    #[test]
    fn every_rule_ends_in_a_status_of_the_table() {
        for rule in Rule::ALL {
            let status = of_rule(*rule);
            assert!(status >= VERSION && !meaning(status).is_empty(), "{}: {status}", rule.name());
        }
        assert_eq!(of_rule(Rule::NoCommonGroup), 32);
        assert_eq!(of_rule(Rule::UnexpectedMessage), 63);
        assert_eq!(of_rule(Rule::Backend), 71);
    }

    #[test]
    fn every_alert_ends_in_a_status_of_the_table() {
        for alert in Alert::KNOWN {
            let status = of_alert(*alert);
            assert!(status >= VERSION && !meaning(status).is_empty(), "{alert}: {status}");
        }
        assert_eq!(of_alert(Alert::UNKNOWN_CA), 51);
        assert_eq!(of_alert(Alert::HANDSHAKE_FAILURE), 71);
    }

    #[test]
    fn refused_chains_are_told_apart() {
        let unknown = Reason::UnknownIssuer { issuer: "CN=x".into() };
        assert_eq!(of_reason(&unknown, Place::Sent(0)), 40);
        assert_eq!(of_reason(&unknown, Place::Sent(1)), 41);
        assert_eq!(of_reason(&Reason::SelfSigned, Place::Sent(0)), 41);
        assert_eq!(of_reason(&Reason::Purpose { expected: "serverAuth" }, Place::Sent(0)), 44);
    }

    #[test]
    fn failures_of_the_transport_are_told_apart() {
        let status = |kind: io::ErrorKind| of_io(&kind.into());
        assert_eq!(status(io::ErrorKind::ConnectionRefused), 11);
        assert_eq!(status(io::ErrorKind::WouldBlock), 12);
        assert_eq!(status(io::ErrorKind::ConnectionReset), 13);
        assert_eq!(status(io::ErrorKind::OutOfMemory), 71);
    }
}
