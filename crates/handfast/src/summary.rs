//! What is known about a connection once its handshake is complete.

use crate::report::Trail;
use alloc::string::String;
use alloc::sync::Arc;
use handfast_crypto::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};
use handfast_handshake::{Fact, ask};
use handfast_schedule::tls12::{Main12, Randoms};
use handfast_schedule::{ExportError, Exporter};

/// Everything that a handshake settled, and the exporter. The traffic does not need it: whoever
/// wants a small idle connection drops it.
pub struct Summary {
    /// The version.
    pub version: ProtocolVersion,
    /// The cipher suite.
    pub suite: CipherSuite,
    /// The key exchange group.
    pub group: NamedGroup,
    /// The scheme with which the peer signed, if it did.
    pub peer_scheme: Option<SignatureScheme>,
    /// The scheme with which we signed, if we did.
    pub own_scheme: Option<SignatureScheme>,
    /// The application protocol (RFC 7301).
    pub alpn: Option<Arc<[u8]>>,
    /// On a server: the name that the client asked for.
    pub server_name: Option<String>,
    /// The peer's certificates, leaf first; `None` if it showed none.
    pub peer: Option<Arc<ask::Chain>>,
    /// Whether the first ClientHello was answered with a HelloRetryRequest.
    pub retried: bool,
    /// Whether the server asked the client for a certificate.
    pub certificate_requested: bool,
    /// TLS 1.2 only: whether the extended main secret is in use (RFC 7627).
    pub extended_main_secret: Option<bool>,
    pub(crate) exporter: Export,
    /// For a report, should the connection fail.
    pub(crate) trail: Trail,
    /// What this side showed of itself.
    pub(crate) own: Option<Arc<ask::Credential>>,
}

#[derive(Default)]
pub(crate) enum Export {
    #[default]
    None,
    V13(Exporter),
    V12 {
        main: Main12,
        client_random: [u8; 32],
        server_random: [u8; 32],
    },
}

impl Summary {
    pub(crate) fn new(server: bool) -> Self {
        Self {
            version: ProtocolVersion::default(),
            suite: CipherSuite::default(),
            group: NamedGroup::default(),
            peer_scheme: None,
            own_scheme: None,
            alpn: None,
            server_name: None,
            peer: None,
            retried: false,
            certificate_requested: false,
            extended_main_secret: None,
            exporter: Export::None,
            trail: Trail::new(server),
            own: None,
        }
    }

    pub(crate) fn learn(&mut self, fact: Fact) {
        match fact {
            Fact::Version(version) => self.version = version,
            Fact::Suite(suite) => self.suite = suite,
            Fact::Group(group) => self.group = group,
            Fact::PeerScheme(scheme) => self.peer_scheme = Some(scheme),
            Fact::OwnScheme(scheme) => self.own_scheme = Some(scheme),
            Fact::Alpn(protocol) => self.alpn = Some(protocol),
            Fact::ServerName(name) => self.server_name = Some(name),
            Fact::Peer(chain) => self.peer = Some(chain),
            Fact::Retried => self.retried = true,
            Fact::CertificateRequested => self.certificate_requested = true,
            Fact::ExtendedMainSecret(used) => self.extended_main_secret = Some(used),
            _ => {}
        }
    }

    /// Keying material for the application (RFC 9846 §7.5, RFC 5705), which the peer can make too.
    /// In TLS 1.2 a missing context differs from an empty one; in TLS 1.3 it does not.
    ///
    /// # Errors
    /// [`ExportError`] if `label` or `out` is too long, or if TLS 1.2 goes without the extended main
    /// secret, which exporters rely on (RFC 7627 §5.4).
    pub fn export(&self, label: &[u8], context: Option<&[u8]>, out: &mut [u8]) -> Result<(), ExportError> {
        match &self.exporter {
            Export::V13(exporter) => exporter.export(label, context.unwrap_or_default(), out),
            Export::V12 { main, client_random, server_random } => {
                main.export(label, Randoms { client: client_random, server: server_random }, context, out)
            }
            Export::None => Err(ExportError::TooEarly),
        }
    }
}
