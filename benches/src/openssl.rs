//! OpenSSL in memory, set up alike: the same suites, group and certificates, no resumption, no tickets.

use crate::contenders::Version;
use crate::stack::{Link, Pipe, Side, Stack, Wire};
use crate::{HOST, Pki};
use openssl::pkey::PKey;
use openssl::ssl::{
    ErrorCode, Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslSessionCacheMode, SslStream,
    SslVerifyMode, SslVersion,
};
use openssl::x509::X509;

/// The configurations of both sides.
pub struct Configs {
    name: String,
    client: SslContext,
    server: SslContext,
}

impl Configs {
    /// Of this version.
    pub fn new(pki: &Pki, version: Version) -> Self {
        let der = |der: &[u8]| X509::from_der(der).expect("a certificate");
        let mut client = context(version);
        // The curve of the certificate must be listed too.
        client.set_groups_list("X25519:P-256").expect("groups");
        client.cert_store_mut().add_cert(der(&pki.root)).expect("a root");
        client.set_verify(SslVerifyMode::PEER);
        let mut server = context(version);
        server.set_groups_list("X25519").expect("a group");
        server.set_certificate(&der(&pki.chain[0])).expect("a leaf");
        for above in &pki.chain[1..] {
            server.add_extra_chain_cert(der(above)).expect("an intermediate");
        }
        server.set_private_key(&PKey::private_key_from_pkcs8(&pki.key).expect("a key")).expect("it fits");
        server.set_num_tickets(0).expect("none");
        // "OpenSSL 3.0.19 27 Jan 2026"
        let name = openssl::version::version().split(' ').take(2).collect::<Vec<_>>().join("-");
        Self { name: name.to_lowercase(), client: client.build(), server: server.build() }
    }
}

/// What both sides have in common.
fn context(version: Version) -> SslContextBuilder {
    let mut context = SslContext::builder(SslMethod::tls()).expect("a context");
    let only = match version {
        Version::Tls13 => SslVersion::TLS1_3,
        Version::Tls12 => SslVersion::TLS1_2,
    };
    context.set_min_proto_version(Some(only)).expect("a version");
    context.set_max_proto_version(Some(only)).expect("a version");
    context.set_ciphersuites("TLS_AES_128_GCM_SHA256").expect("a suite");
    context.set_cipher_list("ECDHE-ECDSA-AES128-GCM-SHA256").expect("a suite");
    context.set_session_cache_mode(SslSessionCacheMode::OFF);
    context.set_options(SslOptions::NO_TICKET);
    context
}

impl Stack for Configs {
    type Client = SslStream<Pipe>;
    type Server = SslStream<Pipe>;

    fn name(&self) -> &str {
        &self.name
    }

    fn seen(&self) -> bool {
        false
    }

    fn client(&self) -> SslStream<Pipe> {
        let mut ssl = Ssl::new(&self.client).expect("a client");
        ssl.set_hostname(HOST).expect("a name");
        ssl.param_mut().set_host(HOST).expect("a name");
        ssl.set_connect_state();
        SslStream::new(ssl, Pipe::default()).expect("a client")
    }

    fn server(&self) -> SslStream<Pipe> {
        let mut ssl = Ssl::new(&self.server).expect("a server");
        ssl.set_accept_state();
        SslStream::new(ssl, Pipe::default()).expect("a server")
    }
}

impl Side for SslStream<Pipe> {
    type Link = Self;

    fn turn(&mut self, from: &mut Wire, to: &mut Wire) -> bool {
        self.get_mut().swap_incoming(from);
        self.get_mut().swap_outgoing(to);
        let done = match self.do_handshake() {
            Ok(()) => true,
            Err(error) if error.code() == ErrorCode::WANT_READ => false,
            Err(error) => panic!("an honest peer: {error}"),
        };
        self.get_mut().swap_incoming(from);
        self.get_mut().swap_outgoing(to);
        done
    }

    fn finish(self) -> Self {
        self
    }
}

impl Link for SslStream<Pipe> {
    fn send(&mut self, text: &[u8], wire: &mut Wire) {
        self.get_mut().swap_outgoing(wire);
        assert_eq!(self.ssl_write(text).expect("room"), text.len());
        self.get_mut().swap_outgoing(wire);
    }

    fn receive(&mut self, wire: &mut Wire, text: &mut [u8]) -> usize {
        self.get_mut().swap_incoming(wire);
        let mut sum = 0;
        let error = loop {
            match self.ssl_read(text) {
                Ok(n) => sum += n,
                Err(error) => break error,
            }
        };
        assert_eq!(error.code(), ErrorCode::WANT_READ, "{error}");
        self.get_mut().swap_incoming(wire);
        sum
    }
}
