//! What happened, in one sentence that names the side: for the first line of every failure.

use crate::exit;
use crate::offer::Offer;
use handfast::{AlertDescription as Alert, Blame, Error, Event, Fact, Failure, Kind, Observer, Rule};
use handfast::{ask::Chain, record};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// Which side we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Client,
    Server,
}

impl Role {
    fn peer(self) -> &'static str {
        if self == Self::Client { "server" } else { "client" }
    }
}

/// What a handshake showed before it failed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// The peer's certificates.
    pub(crate) chain: Option<Arc<Chain>>,
    /// A client: the server asked for a certificate.
    pub(crate) requested: bool,
    /// A client: it showed one.
    pub(crate) shown: bool,
    /// What the ClientHello offered, the second one if there were two.
    pub(crate) offer: Offer,
}

/// Keeps what a handshake shows; a clone of it is the listener.
#[derive(Clone, Default)]
pub(crate) struct Witness(Arc<Mutex<Seen>>);

impl Witness {
    pub(crate) fn seen(&self) -> Seen {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Observer for Witness {
    fn event(&mut self, event: &Event<'_>) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Learnt(Fact::Peer(chain)) => seen.chain = Some(chain.clone()),
            Event::Learnt(Fact::CertificateRequested) => seen.requested = true,
            Event::Learnt(Fact::OwnScheme(_)) => seen.shown = true,
            Event::Message { bytes, .. } => {
                if let Some(offer) = Offer::read(bytes) {
                    seen.offer = offer;
                }
            }
            _ => {}
        }
    }
}

/// Verdict and exit status of a failure; `first` are the first bytes that came.
pub(crate) fn judge(failure: &Failure, role: Role, first: &[u8], seen: &Seen) -> (u8, String) {
    let status = exit::of_failure(failure);
    match failure {
        Failure::Tls(error) => tls(error, role, first, seen, status),
        Failure::Io(error) => (status, transport(error, role, first)),
        _ => (status, failure.to_string()),
    }
}

/// The same for an error of the standard library, which may hold one of TLS.
pub(crate) fn judge_io(error: &io::Error, role: Role, seen: &Seen) -> (u8, String) {
    let status = exit::of_io(error);
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(error) => tls(error, role, &[], seen, status),
        None => (status, transport(error, role, &[0])),
    }
}

fn transport(error: &io::Error, role: Role, first: &[u8]) -> String {
    let peer = role.peer();
    let silent = if first.is_empty() { " before it had sent a byte" } else { "" };
    match exit::of_io(error) {
        exit::TIMEOUT if first.is_empty() => {
            format!("the {peer} is silent: it accepted the connection and sent nothing")
        }
        exit::TIMEOUT => format!("the {peer} fell silent in the middle of the handshake"),
        exit::RESET => format!("the {peer} reset the connection{silent}"),
        _ => format!("the connection failed: {error}"),
    }
}

fn tls(error: &Error, role: Role, first: &[u8], seen: &Seen, status: u8) -> (u8, String) {
    let peer = role.peer();
    let text = match error.kind() {
        Kind::Record(record) if record.rule == record::Rule::NotTls => no_tls(role, first),
        Kind::Record(record) if record.rule == record::Rule::BadRecordMac => {
            "a record was changed on the way: it cannot be decrypted".into()
        }
        Kind::Alert { description, .. } => {
            // TLS 1.2 has no alert of its own for a missing client certificate.
            let declined = role == Role::Client && seen.requested && !seen.shown;
            if declined && *description == Alert::HANDSHAKE_FAILURE {
                let text = "the server complained right after you showed no certificate: it demands one";
                return (exit::CERTIFICATE_REQUIRED, text.into());
            }
            let meaning = meaning(*description);
            format!("the {peer} complained: alert {description} ({}), {meaning}", description.0)
        }
        Kind::Chain(refusal) => format!("you refused the {peer}'s certificate: {}", refusal.headline()),
        Kind::Handshake(broken) if broken.blame() == Blame::NoOverlap => {
            let what = match broken.rule() {
                Some(Rule::NoCommonVersion) => "protocol version",
                Some(Rule::NoCommonSuite) => "cipher suite",
                Some(Rule::NoCommonGroup) => "key exchange group",
                Some(Rule::NoCommonScheme) => "signature scheme",
                Some(Rule::NoCommonAlpn) => "application protocol",
                _ => "ground",
            };
            match (&*listed(broken.wanted()), &*listed(broken.came())) {
                ("", "") => format!("you and the {peer} have no {what} in common"),
                ("", they) => format!("no {what} in common: the {peer} has {they}"),
                (you, "") => format!("no {what} in common: you take {you}"),
                (you, they) => format!("no {what} in common: you take {you}; the {peer} offers {they}"),
            }
        }
        Kind::Handshake(broken) => match broken.rule() {
            Some(Rule::CertificateRequired | Rule::CertificateRequired12) => {
                format!("the {peer} showed no certificate, and you demand one")
            }
            Some(rule) if broken.blame() == Blame::Peer => format!("the {peer} broke a rule: {}", rule.text()),
            Some(rule) => format!("you gave up: {}", rule.text()),
            None => format!("the {peer} sent a message that cannot be read"),
        },
        Kind::Closed => format!("the {peer} closed during the handshake (close_notify)"),
        Kind::Truncated if status == exit::CLOSED && first.is_empty() => {
            format!("the {peer} closed the connection before it had sent a byte")
        }
        Kind::Truncated if !error.state().is_empty() => {
            format!("the connection was cut in the middle of the handshake, while you were in {}", error.state())
        }
        Kind::Truncated => format!("the {peer} ended the connection without close_notify: data may be missing"),
        Kind::Limit { what, .. } if status == exit::TIMEOUT => format!("the {peer} is too slow: no more {what}"),
        _ => format!("the {peer} broke a rule"),
    };
    (status, text)
}

/// A list as it is said: without brackets, and a range of one version as that version.
fn listed(text: &str) -> String {
    let text = text.strip_prefix("one of ").unwrap_or(text);
    let text = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    match text.split_once(" to ") {
        Some((min, max)) if min == max => format!("{min} alone"),
        Some((min, max)) => format!("{min} and {max}"),
        None => text.into(),
    }
}

/// A library says "we" of its side; the tool speaks to its user.
pub(crate) fn to_you(text: &str) -> String {
    for (ours, yours) in [
        ("our policy refused", "your policy refused"),
        ("the peer told us", "the peer told you"),
        ("we do not overlap", "you and the peer do not overlap"),
    ] {
        if let Some(rest) = text.strip_prefix(ours) {
            return format!("{yours}{rest}");
        }
    }
    text.into()
}

/// What came instead of TLS, as far as its first bytes tell.
fn no_tls(role: Role, first: &[u8]) -> String {
    let line = first.split(|b| matches!(b, b'\r' | b'\n')).next().unwrap_or_default();
    let line = line.get(..60).unwrap_or(line).escape_ascii();
    const METHODS: [&[u8]; 7] = [b"GET ", b"POST ", b"HEAD ", b"PUT ", b"OPTIONS ", b"CONNECT ", b"DELETE "];
    let begins = |with: &[u8]| first.starts_with(with);
    let what = match role {
        Role::Server if METHODS.iter().any(|method| begins(method)) => "a plain HTTP request",
        Role::Client if begins(b"HTTP/") || begins(b"<!DOCTYPE") || begins(b"<html") => "plain HTTP",
        Role::Client if begins(b"220") => "SMTP or FTP, which starts TLS with a command (STARTTLS)",
        Role::Client if begins(b"* OK") => "IMAP, which starts TLS with a command (STARTTLS)",
        Role::Client if begins(b"+OK") => "POP3, which starts TLS with a command (STLS)",
        _ if begins(b"SSH-") => "SSH",
        _ => "something else",
    };
    match role {
        Role::Client => format!("this port does not speak TLS but {what}: the server sent \"{line}\""),
        Role::Server => format!("the client did not send TLS but {what}: \"{line}\""),
    }
}

/// What the sender of an alert means by it (RFC 9846 §6.2).
fn meaning(alert: Alert) -> &'static str {
    match alert {
        Alert::PROTOCOL_VERSION => "it does not take the protocol versions offered",
        Alert::HANDSHAKE_FAILURE => "it found nothing acceptable in what was offered",
        Alert::INSUFFICIENT_SECURITY => "it wants stronger cryptography than was offered",
        Alert::UNKNOWN_CA => "it does not trust the issuer of your certificate",
        Alert::CERTIFICATE_EXPIRED => "it finds your certificate expired or not yet valid",
        Alert::BAD_CERTIFICATE => "it refused your certificate",
        Alert::CERTIFICATE_UNKNOWN => "it refused your certificate for a reason of its own",
        Alert::UNSUPPORTED_CERTIFICATE => "your certificate is of a kind that it does not take",
        Alert::CERTIFICATE_REVOKED => "it says that your certificate was revoked",
        Alert::ACCESS_DENIED => "your certificate is valid but not allowed in",
        Alert::CERTIFICATE_REQUIRED => "it demands a certificate and you showed none",
        Alert::NO_APPLICATION_PROTOCOL => "it speaks none of the application protocols offered",
        Alert::UNRECOGNIZED_NAME => "it has nothing for the name that was asked for",
        Alert::DECRYPT_ERROR => "a signature or Finished of yours does not verify there",
        Alert::BAD_RECORD_MAC => "a record of yours arrived changed",
        Alert::INTERNAL_ERROR => "it failed for reasons of its own",
        Alert::DECODE_ERROR => "it could not read a message of yours",
        Alert::UNEXPECTED_MESSAGE | Alert::ILLEGAL_PARAMETER => "it says that you broke the protocol",
        _ => "see RFC 9846 §6.2",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_protocols_are_known_by_their_first_bytes() {
        for (first, word) in [
            (&b"HTTP/1.1 400 Bad Request\r\nx"[..], "plain HTTP: the server sent \"HTTP/1.1 400 Bad Request\""),
            (b"220 mail ESMTP\r\n", "STARTTLS"),
            (b"SSH-2.0-OpenSSH\r\n", "SSH"),
            (b"\x00\x01\x1b[31m", "something else: the server sent \"\\x00\\x01\\x1b[31m\""),
        ] {
            let said = no_tls(Role::Client, first);
            assert!(said.contains(word), "{said}");
        }
        let said = no_tls(Role::Server, b"GET / HTTP/1.1\r\nHost: x\r\n");
        assert_eq!(said, "the client did not send TLS but a plain HTTP request: \"GET / HTTP/1.1\"");
    }

    #[test]
    fn the_tool_speaks_to_its_user() {
        assert_eq!(to_you("the peer told us: fatal alert x"), "the peer told you: fatal alert x");
        assert_eq!(to_you("our policy refused: x"), "your policy refused: x");
        assert_eq!(to_you("a limit was reached: x"), "a limit was reached: x");
    }

    #[test]
    fn a_list_has_no_brackets_and_a_range_of_one_is_alone() {
        assert_eq!(listed("one of [x25519, secp256r1]"), "x25519, secp256r1");
        assert_eq!(listed("TLS 1.3 to TLS 1.3"), "TLS 1.3 alone");
        assert_eq!(listed("TLS 1.2 to TLS 1.3"), "TLS 1.2 and TLS 1.3");
    }

    #[test]
    fn a_complaint_names_the_side_that_complains() {
        let reset = Failure::Io(io::ErrorKind::ConnectionReset.into());
        let (status, text) = judge(&reset, Role::Server, &[22], &Seen::default());
        assert_eq!((status, text.as_str()), (exit::RESET, "the client reset the connection"));
    }
}
