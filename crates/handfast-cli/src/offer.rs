//! What a ClientHello offered, in words: for whoever was refused without a reason.

use handfast::ProtocolVersion;
use handfast::codec::{ClientHello, Message};
use std::fmt::Display;

/// An offer, each list in the order of the hello.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) name: Option<String>,
    pub(crate) alpn: Vec<String>,
    versions: String,
    suites: String,
    groups: String,
    schemes: String,
}

impl Offer {
    /// The offer of a ClientHello; none of another message.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        match Message::decode(bytes, None) {
            Ok(Message::ClientHello(hello)) => Some(Self::of(&hello)),
            _ => None,
        }
    }

    fn of(hello: &ClientHello<'_>) -> Self {
        let extensions = &hello.extensions;
        let spoken = [ProtocolVersion::TLS1_3, ProtocolVersion::TLS1_2];
        Self {
            name: extensions.server_name.map(|name| name.escape_default().to_string()),
            alpn: extensions
                .application_layer_protocol_negotiation
                .iter()
                .flat_map(|names| names.iter())
                .map(|name| name.0.escape_ascii().to_string())
                .collect(),
            versions: joined(spoken.into_iter().filter(|version| hello.offers_version(*version))),
            suites: joined(hello.cipher_suites.iter()),
            groups: joined(extensions.supported_groups.iter().flat_map(|list| list.iter())),
            schemes: joined(extensions.signature_algorithms.iter().flat_map(|list| list.iter())),
        }
    }

    /// A line for each list.
    pub(crate) fn lines(&self) -> Vec<String> {
        let lists = [
            ("versions", &self.versions),
            ("suites", &self.suites),
            ("groups", &self.groups),
            ("signature schemes", &self.schemes),
        ];
        lists.iter().map(|(what, list)| format!("{what}: {list}")).collect()
    }
}

fn joined<T: Display>(items: impl Iterator<Item = T>) -> String {
    let items: Vec<_> = items.map(|item| item.to_string()).collect();
    if items.is_empty() { "none".into() } else { items.join(", ") }
}
