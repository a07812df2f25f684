//! A hello taken apart, so that a test can change one thing and put it together again.

use handfast_codec::{
    CipherSuite, CompressionMethod, ExtensionType, HELLO_RETRY_REQUEST_RANDOM, Message, ProtocolVersion, encode,
};

/// The fields of a ClientHello, ServerHello or HelloRetryRequest, free to be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Whether it is the client's.
    pub from_client: bool,
    /// The version field.
    pub legacy_version: ProtocolVersion,
    /// The random; a special one makes a HelloRetryRequest.
    pub random: [u8; 32],
    /// The session id or its echo.
    pub session_id: Vec<u8>,
    /// The suites; of a server's hello the first counts.
    pub suites: Vec<CipherSuite>,
    /// The compression methods; likewise.
    pub compressions: Vec<CompressionMethod>,
    /// The extensions in wire order, each with its body.
    pub extensions: Vec<(ExtensionType, Vec<u8>)>,
}

impl Hello {
    /// Takes a well-formed hello apart; `None` for anything else.
    pub fn read(message: &[u8]) -> Option<Self> {
        let all = |raw: handfast_codec::Extensions<'_>| {
            raw.iter().map(|e| (e.extension_type, e.extension_data.to_vec())).collect()
        };
        Some(match Message::decode(message, None).ok()? {
            Message::ClientHello(m) => Self {
                from_client: true,
                legacy_version: m.legacy_version,
                random: *m.random,
                session_id: m.legacy_session_id.to_vec(),
                suites: m.cipher_suites.iter().collect(),
                compressions: m.legacy_compression_methods.iter().collect(),
                extensions: all(m.extensions.raw),
            },
            Message::ServerHello(m) => Self {
                from_client: false,
                legacy_version: m.legacy_version,
                random: *m.random,
                session_id: m.legacy_session_id_echo.to_vec(),
                suites: vec![m.cipher_suite],
                compressions: vec![m.legacy_compression_method],
                extensions: all(m.extensions.raw),
            },
            Message::HelloRetryRequest(m) => Self {
                from_client: false,
                legacy_version: m.legacy_version,
                random: HELLO_RETRY_REQUEST_RANDOM,
                session_id: m.legacy_session_id_echo.to_vec(),
                suites: vec![m.cipher_suite],
                compressions: vec![m.legacy_compression_method],
                extensions: all(m.extensions.raw),
            },
            _ => return None,
        })
    }

    /// Puts it together. Fields that are too long for the wire give an empty message.
    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let extensions = |x: &mut handfast_codec::ExtensionWriter<'_, '_>| {
            self.extensions.iter().for_each(|(kind, body)| x.raw(*kind, body));
        };
        let written = if self.from_client {
            let hello = encode::ClientHello {
                legacy_version: self.legacy_version,
                random: &self.random,
                legacy_session_id: &self.session_id,
                cipher_suites: &self.suites,
                legacy_compression_methods: &self.compressions,
            };
            encode::client_hello(&mut out, &hello, extensions)
        } else {
            let hello = encode::ServerHello {
                legacy_version: self.legacy_version,
                random: &self.random,
                legacy_session_id_echo: &self.session_id,
                cipher_suite: self.suites.first().copied().unwrap_or(CipherSuite(0)),
                legacy_compression_method: self.compressions.first().copied().unwrap_or(CompressionMethod::NULL),
            };
            encode::server_hello(&mut out, &hello, extensions)
        };
        written.map(|()| out).unwrap_or_default()
    }

    /// The body of an extension.
    pub fn find(&self, kind: ExtensionType) -> Option<&[u8]> {
        self.extensions.iter().find(|(k, _)| *k == kind).map(|(_, body)| &body[..])
    }

    /// Gives an extension this body, in its place if it is there, else at the end.
    pub fn set(&mut self, kind: ExtensionType, body: &[u8]) {
        match self.extensions.iter_mut().find(|(k, _)| *k == kind) {
            Some((_, old)) => *old = body.to_vec(),
            None => self.extensions.push((kind, body.to_vec())),
        }
    }

    /// Takes an extension out.
    pub fn remove(&mut self, kind: ExtensionType) {
        self.extensions.retain(|(k, _)| *k != kind);
    }
}
