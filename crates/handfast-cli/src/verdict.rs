//! What a handshake showed, and what can be said of it besides the library's report.

use handfast::ask::Chain;
use handfast::codec::{HandshakeType, Message};
use handfast::x509::Name;
use handfast::{Direction, Event, Fact, Observer, ProtocolVersion, Report};
use std::sync::{Arc, Mutex, PoisonError};

/// How many names of a list are kept.
const MOST: usize = 64;

/// What a handshake showed before it failed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// The peer's certificates.
    pub(crate) chain: Option<Arc<Chain>>,
    /// A client: the authorities that the server named when it asked for a certificate.
    pub(crate) authorities: Vec<String>,
    /// The name and the application protocols of the ClientHello, escaped.
    pub(crate) name: Option<String>,
    pub(crate) alpn: Vec<String>,
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
            Event::Message { bytes, version, direction } => {
                if let Ok(Message::ClientHello(hello)) = Message::decode(bytes, None) {
                    seen.name = hello.extensions.server_name.map(|name| name.escape_default().to_string());
                    let protocols = hello.extensions.application_layer_protocol_negotiation;
                    let names = protocols.iter().flat_map(|list| list.iter()).take(MOST);
                    seen.alpn = names.map(|name| name.0.escape_ascii().to_string()).collect();
                }
                if *direction == Direction::Read && bytes.first() == Some(&HandshakeType::CERTIFICATE_REQUEST.0) {
                    seen.authorities = authorities(bytes, *version);
                }
            }
            _ => {}
        }
    }
}

/// The names in a CertificateRequest, as text.
fn authorities(message: &[u8], version: Option<ProtocolVersion>) -> Vec<String> {
    let names = match Message::decode(message, version) {
        Ok(Message::CertificateRequest(request)) => request.extensions.certificate_authorities,
        Ok(Message::CertificateRequest12(request)) => Some(request.certificate_authorities),
        _ => None,
    };
    let text = |der: &[u8]| Name::parse(der).map_or_else(|_| "a name that cannot be read".into(), |name| name.text());
    names.iter().flat_map(|list| list.iter()).take(8).map(|name| text(name.0)).collect()
}

/// Adds to a report what the library does not keep: the CAs that a server named.
pub(crate) fn with(mut report: Report, seen: &Seen) -> Report {
    if matches!(report.cause.exit(), 50 | 51) && !seen.authorities.is_empty() {
        report.note(format!("the server takes certificates under: {}", seen.authorities.join("; ")));
    }
    report
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tool_speaks_to_its_user() {
        assert_eq!(to_you("the peer told us: fatal alert x"), "the peer told you: fatal alert x");
        assert_eq!(to_you("our policy refused: x"), "your policy refused: x");
        assert_eq!(to_you("a limit was reached: x"), "a limit was reached: x");
    }
}
