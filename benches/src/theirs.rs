//! rustls in memory, set up alike: ring, the same suites, group and certificate, no resumption, no tickets.

use crate::{HOST, Pki};
use rustls::client::Resumption;
use rustls::crypto::ring::cipher_suite::{TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS13_AES_128_GCM_SHA256};
use rustls::crypto::ring::kx_group::{SECP256R1, X25519};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion};
use std::sync::Arc;

/// The configurations of both sides.
pub struct Configs {
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
    name: ServerName<'static>,
}

impl Configs {
    /// Of this version.
    pub fn new(pki: &Pki, version: &'static SupportedProtocolVersion) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(pki.root.clone())).expect("a root");
        let key = PrivateKeyDer::try_from(pki.key.clone()).expect("a key");
        // Left alone, rustls prefers AES-256 and handfast AES-128: other work, not other speed.
        let provider = Arc::new(rustls::crypto::CryptoProvider {
            cipher_suites: vec![TLS13_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256],
            kx_groups: vec![X25519, SECP256R1],
            ..rustls::crypto::ring::default_provider()
        });
        let mut client = ClientConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[version])
            .expect("a version")
            .with_root_certificates(roots)
            .with_no_client_auth();
        client.resumption = Resumption::disabled();
        let mut server = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .expect("a version")
            .with_no_client_auth()
            .with_single_cert(vec![CertificateDer::from(pki.leaf.clone())], key)
            .expect("a credential");
        server.send_tls13_tickets = 0;
        server.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        let (client, server) = (Arc::new(client), Arc::new(server));
        Self { client, server, name: ServerName::try_from(HOST).expect("a name") }
    }

    /// A whole handshake, both sides.
    pub fn handshake(&self) -> (ClientConnection, ServerConnection) {
        let mut client = ClientConnection::new(self.client.clone(), self.name.clone()).expect("a client");
        let mut server = ServerConnection::new(self.server.clone()).expect("a server");
        let mut wire = Vec::with_capacity(4096);
        while client.is_handshaking() || server.is_handshaking() {
            wire.clear();
            while client.wants_write() {
                client.write_tls(&mut wire).expect("memory");
            }
            let mut rest = &wire[..];
            while !rest.is_empty() {
                server.read_tls(&mut rest).expect("memory");
                server.process_new_packets().expect("an honest client");
            }
            wire.clear();
            while server.wants_write() {
                server.write_tls(&mut wire).expect("memory");
            }
            let mut rest = &wire[..];
            while !rest.is_empty() {
                client.read_tls(&mut rest).expect("memory");
                client.process_new_packets().expect("an honest server");
            }
        }
        (client, server)
    }
}
