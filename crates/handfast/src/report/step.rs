//! Where it happened: state, message, field and byte.

use super::facts::{Facts, Happened, Transport};
use crate::Kind;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use handfast_codec::{DecodeContext, FieldList, fields};
use handfast_crypto::HandshakeType;
use handfast_handshake::{Cause as Broken, Rule};
use handfast_x509::Place;

/// What was going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Doing {
    /// Below TLS: finding the peer, and connecting to it.
    Connecting,
    /// A message had come and was looked at.
    Reading,
    /// A message was awaited, or had come in part.
    Awaiting,
    /// The handshake was over.
    Connected,
}

impl Doing {
    /// "connecting", "reading", "awaiting" or "connected".
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Reading => "reading",
            Self::Awaiting => "awaiting",
            Self::Connected => "connected",
        }
    }
}

/// Where it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The state by its name in docs/machine.md; empty outside of a handshake.
    pub state: &'static str,
    /// What was going on.
    pub doing: Doing,
    /// The message that was read, or those that were awaited; empty where there is none.
    pub message: String,
    /// Where in the message, in bytes from the start of its header.
    pub offset: Option<usize>,
    /// The field that stands there, by the RFC's name.
    pub field: Option<String>,
}

impl Step {
    pub(crate) fn of(facts: &Facts<'_>) -> Self {
        let evidence = facts.evidence;
        let at = |doing, message: String| Self { state: evidence.state, doing, message, offset: None, field: None };
        match facts.happened {
            Happened::Transport(Transport::TimedOut | Transport::Reset | Transport::Other) => {}
            Happened::Transport(_) => return at(Doing::Connecting, String::new()),
            Happened::Tls(_) => {}
        }
        if let Some(refusal) = facts.refusal() {
            let (offset, field) = match refusal.main().failed_at {
                // Behind the header, the context in TLS 1.3, the length of the list and its own.
                Place::Sent(0) if evidence.version == Some(handfast_crypto::ProtocolVersion::TLS1_2) => {
                    (Some(10), Some("certificate_list[0]".to_string()))
                }
                Place::Sent(0) => (Some(11), Some("certificate_list[0].cert_data".to_string())),
                Place::Sent(number) => (None, Some(alloc::format!("certificate_list[{number}]"))),
                Place::Anchor(_) => (None, None),
            };
            return Self { offset, field, ..at(Doing::Reading, "Certificate".to_string()) };
        }
        if evidence.state.is_empty() {
            return at(Doing::Connected, String::new());
        }
        if let Some(Kind::Handshake(error)) = facts.tls()
            && !evidence.message.is_empty()
        {
            let (offset, field) = match error.cause() {
                Broken::Decode(error) => (Some(error.offset), Some(error.field.to_string())),
                Broken::Certificate(_) => place(facts, &["certificate_list[0]"]),
                Broken::Rule(rule) => place(facts, about(rule)),
                _ => (None, None),
            };
            return Self { offset, field, ..at(Doing::Reading, reading(facts)) };
        }
        let part = evidence.partial.map(|(kind, have, _)| (kind, have));
        let part = part.or_else(|| evidence.trail.part.and_then(|(_, _, kind)| kind.map(|k| (k, 0))));
        let message = part.map_or_else(|| evidence.awaits.join(" or "), |(kind, _)| message_name(kind).to_string());
        at(Doing::Awaiting, message)
    }
}

/// The name of the message that was read, as the tables have it.
fn reading(facts: &Facts<'_>) -> String {
    let on = match facts.tls() {
        Some(Kind::Handshake(error)) => error.on(),
        _ => "",
    };
    let kind = facts.evidence.message.first().map(|byte| HandshakeType(*byte));
    match kind {
        // The input is an answer where a question stood between the message and its refusal.
        Some(kind) if on.is_empty() || on == "message" || !is_message(on) => message_name(kind).to_string(),
        _ => on.to_string(),
    }
}

fn is_message(on: &str) -> bool {
    !matches!(on, "Choice" | "Signature" | "Verdict" | "Credential")
}

/// A message type as the RFC writes the message.
pub(crate) fn message_name(kind: HandshakeType) -> &'static str {
    match kind {
        HandshakeType::HELLO_REQUEST => "HelloRequest",
        HandshakeType::CLIENT_HELLO => "ClientHello",
        HandshakeType::SERVER_HELLO => "ServerHello",
        HandshakeType::NEW_SESSION_TICKET => "NewSessionTicket",
        HandshakeType::END_OF_EARLY_DATA => "EndOfEarlyData",
        HandshakeType::ENCRYPTED_EXTENSIONS => "EncryptedExtensions",
        HandshakeType::CERTIFICATE => "Certificate",
        HandshakeType::SERVER_KEY_EXCHANGE => "ServerKeyExchange",
        HandshakeType::CERTIFICATE_REQUEST => "CertificateRequest",
        HandshakeType::SERVER_HELLO_DONE => "ServerHelloDone",
        HandshakeType::CERTIFICATE_VERIFY => "CertificateVerify",
        HandshakeType::CLIENT_KEY_EXCHANGE => "ClientKeyExchange",
        HandshakeType::FINISHED => "Finished",
        HandshakeType::CERTIFICATE_STATUS => "CertificateStatus",
        HandshakeType::KEY_UPDATE => "KeyUpdate",
        HandshakeType::COMPRESSED_CERTIFICATE => "CompressedCertificate",
        _ => "a message of unknown type",
    }
}

/// The first field of the message whose path holds one of these names.
fn place(facts: &Facts<'_>, names: &[&str]) -> (Option<usize>, Option<String>) {
    let context = facts.evidence.version.map_or(DecodeContext::HELLO, DecodeContext::new);
    let mut list = FieldList::default();
    // What could be read before an error is enough to find a place in.
    _ = fields(&facts.evidence.message, context, &mut list);
    let named = |name: &&str| list.fields().iter().find(|f| f.path.contains(*name) || f.value.starts_with(*name));
    match names.iter().find_map(named) {
        Some(field) => (Some(field.range.start), Some(field.path.clone())),
        None => (None, None),
    }
}

/// What a rule is about: names of fields, the best first.
fn about(rule: Rule) -> &'static [&'static str] {
    match rule {
        Rule::NoCommonVersion | Rule::SelectedVersion | Rule::RetryVersion => {
            &["extension_data.versions[0]", "selected_version", "legacy_version"]
        }
        Rule::LegacyVersion => &["legacy_version"],
        Rule::Downgrade => &["random"],
        Rule::InappropriateFallback | Rule::NoCommonSuite => &["cipher_suites[0]"],
        Rule::SuiteNotOffered | Rule::SuiteVersion | Rule::RetrySuite | Rule::SuiteCertificate => &["cipher_suite"],
        Rule::SessionIdEcho | Rule::SessionIdUnknown => &["legacy_session_id_echo"],
        Rule::Compression => &["legacy_compression_method"],
        Rule::NoCommonGroup | Rule::NoCommonCertificateCurve => &["named_group_list[0]"],
        Rule::NoCommonScheme => &["supported_signature_algorithms[0]"],
        Rule::NoCommonAlpn | Rule::AlpnNotOffered => &["protocol_name_list[0]"],
        Rule::NoCredential => &["host_name.name"],
        Rule::ShareGroup | Rule::RetryGroup => &["server_share.group", "selected_group", "client_shares[0].group"],
        Rule::BadShare => &["server_share.key_exchange", "client_shares[0].key_exchange", "public"],
        Rule::ShareNotListed | Rule::RetryShare => &["client_shares[0].group"],
        Rule::CurveNotOffered => &["namedcurve"],
        Rule::SchemeNotOffered | Rule::SchemeKey => &["algorithm"],
        Rule::BadSignature | Rule::BadKeyExchangeSignature => &["signature"],
        Rule::BadFinished => &["verify_data"],
        Rule::KeyKind | Rule::KeyUsage | Rule::CertificateCurve | Rule::EmptyCertificate => &["certificate_list"],
        Rule::Cookie => &["cookie"],
        _ => &[],
    }
}

/// The names of awaited inputs.
pub(crate) fn awaited(inputs: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut list: Vec<_> = inputs.collect();
    list.dedup();
    list
}
