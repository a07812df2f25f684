//! rustls in memory, set up alike: the same suites, group and certificates, no resumption, no tickets.
//! By both of its doors: the buffered connection, and the one that works in the caller's buffers.

pub mod unbuffered;

use crate::contenders::Version;
use crate::stack::{Link, Side, Stack, Wire};
use crate::{HOST, Pki};
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{
    CipherSuite, ClientConfig, ClientConnection, ConnectionCommon, NamedGroup, RootCertStore, ServerConfig,
    ServerConnection, SideData,
};
use std::io::{Read, Write};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

const RING: &str = "rustls-ring";

/// The configurations of both sides.
pub struct Configs {
    name: &'static str,
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
    host: ServerName<'static>,
}

impl Configs {
    /// With ring, of this version.
    pub fn ring(pki: &Pki, version: Version) -> Self {
        Self::new(RING, rustls::crypto::ring::default_provider(), pki, version)
    }

    /// With aws-lc-rs, of this version.
    #[cfg(feature = "peers")]
    pub fn aws_lc(pki: &Pki, version: Version) -> Self {
        Self::new("rustls-aws-lc", rustls::crypto::aws_lc_rs::default_provider(), pki, version)
    }

    fn new(name: &'static str, mut provider: CryptoProvider, pki: &Pki, version: Version) -> Self {
        let version = match version {
            Version::Tls13 => &rustls::version::TLS13,
            Version::Tls12 => &rustls::version::TLS12,
        };
        // Left alone, rustls prefers AES-256 and handfast AES-128: other work, not other speed.
        provider.cipher_suites.retain(|s| {
            let suites = [CipherSuite::TLS13_AES_128_GCM_SHA256, CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256];
            suites.contains(&s.suite())
        });
        provider.kx_groups.retain(|g| [NamedGroup::X25519, NamedGroup::secp256r1].contains(&g.name()));
        let provider = Arc::new(provider);
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(pki.root.clone())).expect("a root");
        let key = PrivateKeyDer::try_from(pki.key.clone()).expect("a key");
        let mut client = ClientConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[version])
            .expect("a version")
            .with_root_certificates(roots)
            .with_no_client_auth();
        client.resumption = Resumption::disabled();
        let chain = pki.chain.iter().cloned().map(CertificateDer::from).collect();
        let mut server = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .expect("a version")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("a credential");
        server.send_tls13_tickets = 0;
        server.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        let (client, server) = (Arc::new(client), Arc::new(server));
        Self { name, client, server, host: ServerName::try_from(HOST).expect("a name") }
    }
}

impl Stack for Configs {
    type Client = Buffered<ClientConnection>;
    type Server = Buffered<ServerConnection>;

    fn name(&self) -> &str {
        self.name
    }

    /// What aws-lc takes in C is not seen; ring takes nothing there.
    fn seen(&self) -> bool {
        self.name == RING
    }

    fn client(&self) -> Self::Client {
        Buffered(ClientConnection::new(self.client.clone(), self.host.clone()).expect("a client"))
    }

    fn server(&self) -> Self::Server {
        Buffered(ServerConnection::new(self.server.clone()).expect("a server"))
    }
}

/// One end, from start to end.
pub struct Buffered<C>(C);

impl<C, D> Side for Buffered<C>
where
    C: DerefMut + Deref<Target = ConnectionCommon<D>>,
    D: SideData,
{
    type Link = Self;

    fn turn(&mut self, from: &mut Wire, to: &mut Wire) -> bool {
        while !from.is_empty() {
            self.0.read_tls(from).expect("memory");
            self.0.process_new_packets().expect("an honest peer");
        }
        while self.0.wants_write() {
            self.0.write_tls(to).expect("room");
        }
        !self.0.is_handshaking()
    }

    fn finish(self) -> Self {
        self
    }
}

impl<C, D> Link for Buffered<C>
where
    C: DerefMut + Deref<Target = ConnectionCommon<D>>,
    D: SideData,
{
    fn send(&mut self, text: &[u8], wire: &mut Wire) {
        self.0.writer().write_all(text).expect("memory");
        while self.0.wants_write() {
            self.0.write_tls(wire).expect("room");
        }
    }

    fn receive(&mut self, wire: &mut Wire, text: &mut [u8]) -> usize {
        let mut sum = 0;
        while !wire.is_empty() {
            self.0.read_tls(wire).expect("memory");
            let state = self.0.process_new_packets().expect("genuine");
            let end = sum + state.plaintext_bytes_to_read();
            while sum < end {
                sum += self.0.reader().read(text).expect("there");
            }
        }
        sum
    }
}
