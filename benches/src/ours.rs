//! handfast in memory, by both of its doors: the halves without I/O, and the stream.

use crate::contenders::Version;
use crate::stack::{Link, Pipe, Side, Stack, Wire};
use crate::{HOST, Pki};
use handfast::{
    CipherSuite, ClientConfig, Credential, Handshake, NamedGroup, Next, Provider, Roots, Rx, RxEvent, ServerConfig,
    Stream, Tx, Versions,
};
use std::io::{Read, Write};

const SUITES: [CipherSuite; 2] =
    [CipherSuite::TLS_AES_128_GCM_SHA256, CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256];

/// The configurations of both sides.
pub struct Configs {
    name: String,
    client: ClientConfig,
    server: ServerConfig,
}

impl Configs {
    /// Of this backend and version.
    pub fn new(provider: &Provider, pki: &Pki, version: Version) -> Self {
        let versions = match version {
            Version::Tls13 => Versions::TLS1_3,
            Version::Tls12 => Versions::TLS1_2,
        };
        let mut roots = Roots::new();
        roots.add_der(&pki.root).expect("a root");
        let credential = Credential::new(pki.chain.clone(), &pki.key, provider).expect("a credential");
        let client = ClientConfig::new(provider.clone(), roots).with_versions(versions);
        let server = ServerConfig::new(provider.clone(), credential).with_versions(versions);
        Self {
            name: format!("handfast-{}", provider.name),
            // In TLS 1.2 the curve of the certificate must be listed too (RFC 8422 §5.3).
            client: client.with_suites(&SUITES).with_groups(&[NamedGroup::X25519, NamedGroup::SECP256R1]),
            server: server.with_suites(&SUITES).with_groups(&[NamedGroup::X25519]),
        }
    }
}

impl Stack for Configs {
    type Client = Handshake;
    type Server = Handshake;

    fn name(&self) -> &str {
        &self.name
    }

    fn client(&self) -> Handshake {
        Handshake::client(&self.client, HOST).expect("a client")
    }

    fn server(&self) -> Handshake {
        Handshake::server(&self.server)
    }
}

/// Both halves of one end; the summary of the handshake is dropped.
pub struct Halves {
    rx: Rx,
    tx: Tx,
}

impl Side for Handshake {
    type Link = Halves;

    fn turn(&mut self, from: &mut Wire, to: &mut Wire) -> bool {
        loop {
            match self.next().expect("an honest handshake") {
                Next::Send => {
                    to.write_all(self.outgoing()).expect("room");
                    self.sent(usize::MAX);
                }
                Next::Ask(question) => self.resolve(question),
                Next::Receive => {
                    let used = self.receive(from.held());
                    from.taken(used);
                    if used == 0 {
                        return false;
                    }
                }
                _ => return true,
            }
        }
    }

    fn finish(self) -> Halves {
        let (rx, tx, _) = Handshake::finish(self).expect("a complete handshake");
        Halves { rx, tx }
    }
}

impl Link for Halves {
    fn send(&mut self, text: &[u8], wire: &mut Wire) {
        let sealed = self.tx.send(&[text], wire.free()).expect("an open half");
        assert_eq!(sealed.text, text.len(), "there is room");
        wire.filled(sealed.wire);
    }

    fn receive(&mut self, wire: &mut Wire, _: &mut [u8]) -> usize {
        let mut sum = 0;
        while !wire.is_empty() {
            let received = self.rx.receive(wire.held()).expect("genuine").expect("whole");
            if let RxEvent::Data(range) = received.event {
                sum += range.len();
            }
            wire.taken(received.consumed);
        }
        sum
    }
}

/// The same configurations, but the handshake ends in a [`Stream`], which copies.
pub struct Streams {
    name: String,
    configs: Configs,
}

impl Streams {
    /// Of these.
    pub fn new(configs: Configs) -> Self {
        Self { name: format!("{}, Stream", configs.name), configs }
    }
}

impl Stack for Streams {
    type Client = Connecting;
    type Server = Connecting;

    fn name(&self) -> &str {
        &self.name
    }

    fn client(&self) -> Connecting {
        Connecting(self.configs.client())
    }

    fn server(&self) -> Connecting {
        Connecting(self.configs.server())
    }
}

/// A handshake that will end in a stream.
pub struct Connecting(Handshake);

impl Side for Connecting {
    type Link = Stream<Pipe>;

    fn turn(&mut self, from: &mut Wire, to: &mut Wire) -> bool {
        self.0.turn(from, to)
    }

    fn finish(self) -> Stream<Pipe> {
        Stream::run(self.0, Pipe::default()).expect("a complete handshake")
    }
}

impl Link for Stream<Pipe> {
    const SIZE: usize = size_of::<Self>() - size_of::<Pipe>();

    fn send(&mut self, text: &[u8], wire: &mut Wire) {
        self.get_mut().swap_outgoing(wire);
        self.write_all(text).expect("room");
        self.get_mut().swap_outgoing(wire);
    }

    fn receive(&mut self, wire: &mut Wire, text: &mut [u8]) -> usize {
        self.get_mut().swap_incoming(wire);
        // All that is there ends in WouldBlock.
        let sum = std::iter::from_fn(|| self.read(text).ok()).sum();
        self.get_mut().swap_incoming(wire);
        sum
    }
}
