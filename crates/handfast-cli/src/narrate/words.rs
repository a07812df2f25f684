//! What is worth knowing about a message, in words; and lists, as a person wants to read them.

use handfast::codec::{CertificateRequest, ClientHello, ServerHello};
use handfast::codec::{Message, NewSessionTicket, handshake_header};
use handfast::x509;
use handfast::{NamedGroup, ProtocolVersion};
use std::fmt::Display;

/// The essential facts of a message, one for each line.
pub(super) fn facts(message: &Message<'_>) -> Vec<String> {
    match message {
        Message::ClientHello(hello) => client_hello(hello),
        Message::ServerHello(hello) => server_hello(hello),
        Message::HelloRetryRequest(retry) => {
            let mut facts = vec![match retry.extensions.key_share {
                Some(group) => format!("asks for another ClientHello with a key share for {group}"),
                None => "asks for another ClientHello".into(),
            }];
            facts.extend(retry.extensions.cookie.map(|c| format!("with a cookie of {} bytes", c.len())));
            facts
        }
        Message::EncryptedExtensions(message) => {
            let mut facts = Vec::new();
            if let Some(name) = message.extensions.application_layer_protocol_negotiation {
                facts.push(format!("application protocol {}", name.escape_ascii()));
            }
            if message.extensions.server_name {
                facts.push("used the name to choose its certificate".into());
            }
            if let Some(groups) = message.extensions.supported_groups {
                facts.push(format!("its groups: {}", list(&groups.iter().take(8).collect::<Vec<_>>())));
            }
            if facts.is_empty() {
                facts.push("nothing more to agree on".into());
            }
            facts
        }
        Message::Certificate(message) => chain(message.certificate_list.iter().map(|entry| entry.cert_data)),
        Message::Certificate12(message) => {
            let mut facts = chain(message.certificate_list.iter().map(|certificate| certificate.0));
            facts.push("in the clear: the network sees it".into());
            facts
        }
        Message::CompressedCertificate(message) => {
            vec![format!("compressed with {} from {} bytes", message.algorithm, message.uncompressed_length)]
        }
        Message::CertificateStatus(message) => vec![format!("an OCSP response of {} bytes", message.response.len())],
        Message::ServerKeyExchange(message) => {
            vec![format!("{} share signed with {}", message.namedcurve, message.algorithm)]
        }
        Message::CertificateRequest(message) => request(message),
        Message::CertificateRequest12(message) => {
            wanted(message.certificate_authorities.len(), message.supported_signature_algorithms.len())
        }
        Message::ServerHelloDone => vec!["it is the client's turn".into()],
        Message::CertificateVerify(message) => {
            vec![format!("{} over all messages so far", message.algorithm)]
        }
        Message::ClientKeyExchange(message) => vec![format!("key share of {} bytes", message.ecdh_yc.len())],
        Message::Finished(message) => {
            vec![format!("MAC of {} bytes over all messages so far", message.verify_data.len())]
        }
        Message::NewSessionTicket(NewSessionTicket { ticket_lifetime, .. }) => vec![lifetime(*ticket_lifetime)],
        Message::NewSessionTicket12(message) => vec![lifetime(message.ticket_lifetime_hint)],
        Message::EndOfEarlyData => vec!["the early data ends here".into()],
        Message::KeyUpdate(update) => vec![format!("the sender has changed its key; {}", update.request_update)],
        _ => Vec::new(),
    }
}

fn client_hello(hello: &ClientHello<'_>) -> Vec<String> {
    let extensions = &hello.extensions;
    let versions: Vec<_> = [ProtocolVersion::TLS1_3, ProtocolVersion::TLS1_2]
        .into_iter()
        .filter(|version| hello.offers_version(*version))
        .collect();
    let schemes = extensions.signature_algorithms.map_or(0, |list| list.len());
    let mut facts = vec![
        format!("offers {}", and(&versions)),
        format!("{}, {}", count(hello.cipher_suites.len(), "suite"), count(schemes, "signature scheme")),
    ];
    let groups: Vec<_> = extensions.supported_groups.iter().flat_map(|list| list.iter()).collect();
    match extensions.key_share {
        Some(shares) => {
            facts.push(key_shares(&shares.iter().map(|share| share.group).take(MOST).collect::<Vec<_>>(), &groups))
        }
        None => facts.push(format!("groups {}", short(&groups))),
    }
    if let Some(name) = extensions.server_name {
        facts.push(format!("to {}, in the clear: the network sees it", name.escape_default()));
    }
    if let Some(names) = extensions.application_layer_protocol_negotiation {
        let names: Vec<_> = names.iter().map(|name| name.0.escape_ascii().to_string()).take(MOST).collect();
        facts.push(format!("application protocol {}", names.join(" or ")));
    }
    facts.extend(extensions.cookie.map(|cookie| format!("brings back the cookie of {} bytes", cookie.len())));
    facts
}

/// How many values of a peer's list are told.
const MOST: usize = 16;

fn key_shares(shares: &[NamedGroup], groups: &[NamedGroup]) -> String {
    if shares.is_empty() {
        return "no key share yet".into();
    }
    let others: Vec<_> = groups.iter().filter(|group| !shares.contains(group)).collect();
    let others = if others.is_empty() { String::new() } else { format!(", else {}", short(&others)) };
    format!("key share for {}{others}", and(shares))
}

/// The second ClientHello differs from the first in what the HelloRetryRequest asked for
/// (RFC 9846 §4.2.2).
pub(super) fn second_hello(hello: &ClientHello<'_>) -> Vec<String> {
    let shares: Vec<_> = hello.extensions.key_share.iter().flat_map(|list| list.iter()).collect();
    let shares: Vec<_> = shares.iter().map(|share| share.group).take(MOST).collect();
    let mut facts = vec!["the same offer again, as the server asked".into(), key_shares(&shares, &shares)];
    let cookie = hello.extensions.cookie;
    facts.extend(cookie.map(|cookie| format!("brings back the cookie of {} bytes", cookie.len())));
    facts
}

fn server_hello(hello: &ServerHello<'_>) -> Vec<String> {
    let extensions = &hello.extensions;
    let mut facts = vec![format!("{}, {}", hello.version(), hello.cipher_suite)];
    facts.extend(extensions.key_share.map(|share| format!("key share for {}", share.group)));
    if hello.version() != ProtocolVersion::TLS1_3 {
        let extended = if extensions.extended_main_secret { "yes" } else { "no" };
        facts.push(format!("extended main secret: {extended}"));
        let name = extensions.application_layer_protocol_negotiation;
        facts.extend(name.map(|name| format!("application protocol {}", name.escape_ascii())));
    }
    facts
}

fn request(message: &CertificateRequest<'_>) -> Vec<String> {
    let authorities = message.extensions.certificate_authorities.map_or(0, |list| list.len());
    wanted(authorities, message.extensions.signature_algorithms.len())
}

fn wanted(authorities: usize, schemes: usize) -> Vec<String> {
    let from = if authorities == 0 { "any authority".into() } else { count(authorities, "named CA") };
    vec![
        format!("wants the client's certificate, from {from}"),
        format!("takes {}", count(schemes, "signature scheme")),
    ]
}

/// How many certificates, and the subjects of the first few.
fn chain<'a>(certificates: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let certificates: Vec<_> = certificates.collect();
    if certificates.is_empty() {
        return vec!["none: the client has no certificate to show".into()];
    }
    // Of a long chain the check of the chain names the others.
    let shown = if certificates.len() > 2 { 1 } else { 2 };
    let subjects = certificates.iter().take(shown).enumerate().map(|(i, der)| match x509::Certificate::parse(der) {
        Ok(certificate) if i > 0 => short_name(&certificate, 50),
        Ok(certificate) => format!("{}, by {}", short_name(&certificate, 50), cut(&certificate.issuer_text(), 40)),
        Err(error) => format!("cannot be read: {error}"),
    });
    let mut facts: Vec<_> = subjects.collect();
    if certificates.len() > shown {
        facts.push(format!("and {} more", certificates.len() - shown));
    }
    facts
}

/// The common name of a certificate, which is what people call it; its whole subject if it has none.
pub(super) fn short_name(certificate: &x509::Certificate<'_>, most: usize) -> String {
    let name = certificate.common_name().map(|name| format!("CN={name}"));
    cut(&name.unwrap_or_else(|| certificate.subject_text()), most)
}

/// At most so many characters; what is left out leaves a mark.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.into(),
    }
}

fn lifetime(seconds: u32) -> String {
    match seconds {
        0 => "a ticket to resume with, once".into(),
        1..7200 => format!("a ticket to resume with, for {} minutes", seconds.div_ceil(60)),
        _ => format!("a ticket to resume with, for {} hours", seconds / 3600),
    }
}

/// `1 suite`, `9 suites`.
pub(crate) fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// All items.
pub(super) fn list<T: Display>(items: &[T]) -> String {
    match items {
        [] => "none".into(),
        _ => items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// The items if they are short, else how many there are.
pub(super) fn short<T: Display>(items: &[T]) -> String {
    let all = list(items);
    if all.len() <= 32 { all } else { items.len().to_string() }
}

fn and<T: Display>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

/// The names of a list as ALPN writes it: each behind its length byte (RFC 7301 §3.1).
pub(super) fn alpn(mut wire: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    while let Some((&length, rest)) = wire.split_first() {
        let Some((name, rest)) = rest.split_at_checked(length.into()) else { break };
        names.push(name.escape_ascii().to_string());
        wire = rest;
    }
    names
}

/// The name of a message that cannot be read.
pub(super) fn type_of(bytes: &[u8]) -> String {
    handshake_header(bytes).map_or_else(|| "?".into(), |(kind, _)| kind.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_a_number() {
        assert_eq!(short::<u8>(&[]), "none");
        assert_eq!(short(&[1, 2, 3]), "1, 2, 3");
        assert_eq!(short(&["a long name"; 4]), "4");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!((cut("äöü", 3).as_str(), cut("äöü", 2).as_str()), ("äöü", "äö…"));
    }

    #[test]
    fn a_malformed_alpn_list_ends_where_it_is_malformed() {
        assert_eq!(alpn(b"\x02h2\x08http/1.1"), ["h2", "http/1.1"]);
        assert_eq!(alpn(b"\x02h2\x09http"), ["h2"]);
        assert_eq!(alpn(b"\x01\x1b"), ["\\x1b"]);
    }
}
