//! handfast in memory.

use crate::{HOST, Pki};
use handfast::{
    CipherSuite, ClientConfig, Credential, Handshake, NamedGroup, Next, Provider, Roots, Rx, ServerConfig, Tx, Versions,
};

const SUITES: [CipherSuite; 2] =
    [CipherSuite::TLS_AES_128_GCM_SHA256, CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256];

/// The configurations of both sides.
pub struct Configs {
    client: ClientConfig,
    server: ServerConfig,
}

impl Configs {
    /// Of this backend and these versions.
    pub fn new(provider: &Provider, pki: &Pki, versions: Versions) -> Self {
        let mut roots = Roots::new();
        roots.add_der(&pki.root).expect("a root");
        let credential = Credential::new(vec![pki.leaf.clone()], &pki.key, provider).expect("a credential");
        let client = ClientConfig::new(provider.clone(), roots).with_versions(versions);
        let server = ServerConfig::new(provider.clone(), credential).with_versions(versions);
        Self {
            // In TLS 1.2 the curve of the certificate must be listed too (RFC 8422 §5.3).
            client: client.with_suites(&SUITES).with_groups(&[NamedGroup::X25519, NamedGroup::SECP256R1]),
            server: server.with_suites(&SUITES).with_groups(&[NamedGroup::X25519]),
        }
    }

    /// A whole handshake, both sides.
    pub fn handshake(&self) -> (Handshake, Handshake) {
        let mut client = Handshake::client(&self.client, HOST).expect("a client");
        let mut server = Handshake::server(&self.server);
        let (mut up, mut down) = (Vec::with_capacity(4096), Vec::with_capacity(4096));
        let mut done = false;
        while !done {
            let client = turn(&mut client, &mut down, &mut up);
            done = turn(&mut server, &mut up, &mut down) && client;
        }
        (client, server)
    }

    /// What the client writes with and the server reads with.
    pub fn connect(&self) -> (Tx, Rx) {
        let (client, server) = self.handshake();
        let (_, tx, _) = client.finish().expect("done");
        let (rx, _, _) = server.finish().expect("done");
        (tx, rx)
    }
}

/// Lets one side go on as far as it can; true once it is done.
fn turn(side: &mut Handshake, from: &mut Vec<u8>, to: &mut Vec<u8>) -> bool {
    loop {
        match side.next().expect("an honest handshake") {
            Next::Send => {
                to.extend_from_slice(side.outgoing());
                side.sent(usize::MAX);
            }
            Next::Ask(question) => side.resolve(question),
            Next::Receive => {
                let used = side.receive(from);
                from.drain(..used);
                if used == 0 {
                    return false;
                }
            }
            _ => return true,
        }
    }
}
