//! Honest handshakes: what each side is sent when the other keeps the rules, and a rig that feeds it.
//!
//! The backend is seeded, so a machine of the same setup always sends the same bytes and the
//! recorded bytes of its peer always fit it.

use crate::pki;
use handfast_crypto::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};
use handfast_handshake::client::{self, Target};
use handfast_handshake::server::{self, ClientAuth};
use handfast_handshake::{Answer, Client, Cx, Effect, Effects, Error, Question, Server, Versions};
use std::sync::{Arc, LazyLock};

/// What a machine is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wire {
    /// A handshake message with its header.
    Message(Vec<u8>),
    /// A ChangeCipherSpec of TLS 1.2.
    ChangeCipherSpec,
}

/// Which handshake is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// TLS 1.3.
    Tls13,
    /// TLS 1.3 with a HelloRetryRequest.
    Retry13,
    /// TLS 1.3 with a client certificate.
    Auth13,
    /// TLS 1.2.
    Tls12,
    /// TLS 1.2 with a client certificate.
    Auth12,
}

impl Setup {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Tls13, Self::Retry13, Self::Auth13, Self::Tls12, Self::Auth12];

    pub(crate) fn versions(self) -> Versions {
        match self {
            Self::Tls12 | Self::Auth12 => Versions { min: ProtocolVersion::TLS1_2, max: ProtocolVersion::TLS1_2 },
            _ => Versions::ALL,
        }
    }

    fn authenticates(self) -> bool {
        matches!(self, Self::Auth13 | Self::Auth12)
    }
}

/// Which side is fed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The client.
    Client,
    /// The server.
    Server,
}

/// An honest handshake, as both sides are sent it.
pub struct Recorded {
    /// What the server sends.
    pub to_client: Vec<Wire>,
    /// What the client sends.
    pub to_server: Vec<Wire>,
}

impl Recorded {
    /// What this side is sent.
    pub fn to(&self, role: Role) -> &[Wire] {
        match role {
            Role::Client => &self.to_client,
            Role::Server => &self.to_server,
        }
    }
}

/// The honest handshake of this setup; run once.
pub fn record(setup: Setup) -> &'static Recorded {
    static ALL: LazyLock<Vec<Recorded>> = LazyLock::new(|| Setup::ALL.into_iter().map(run).collect());
    &ALL[Setup::ALL.iter().position(|s| *s == setup).unwrap_or(0)]
}

fn run(setup: Setup) -> Recorded {
    let (mut client, mut server) = (Rig::new(Role::Client, setup), Rig::new(Role::Server, setup));
    let mut recorded = Recorded { to_client: Vec::new(), to_server: Vec::new() };
    while !(client.connected && server.connected) {
        let flight = client.flight();
        server.take(&flight);
        recorded.to_server.extend(flight);
        let flight = server.flight();
        client.take(&flight);
        recorded.to_client.extend(flight);
    }
    recorded
}

enum Side {
    Client(Client),
    Server(Server),
}

/// One side with what it has sent and what it asks.
pub struct Rig {
    side: Side,
    effects: Effects,
    /// What it has sent so far.
    pub sent: Vec<Wire>,
    /// What it asks.
    pub question: Option<Question>,
    /// Whether its handshake is complete.
    pub connected: bool,
}

impl Rig {
    /// A fresh machine; a client has sent its ClientHello.
    pub fn new(role: Role, setup: Setup) -> Self {
        let mut effects = Effects::default();
        let side = match role {
            Role::Client => {
                let target = Target { name: Arc::from(pki::HOST), indicate: true };
                let settings = Arc::new(client_settings(setup));
                let started = Client::start(&settings, target, &mut Cx::new(&mut effects, None));
                Side::Client(started.expect("the settings are sound"))
            }
            Role::Server => Side::Server(Server::new(&Arc::new(server_settings(setup)))),
        };
        let mut rig = Self { side, effects, sent: Vec::new(), question: None, connected: false };
        rig.carry_out();
        rig
    }

    /// Hands over what came.
    pub fn feed(&mut self, wire: &Wire, aligned: bool) -> Result<(), Error> {
        let mut cx = Cx::new(&mut self.effects, None);
        let went = match (&mut self.side, wire) {
            (Side::Client(client), Wire::Message(bytes)) => client.message(bytes, aligned, &mut cx),
            (Side::Client(client), Wire::ChangeCipherSpec) => client.change_cipher_spec(aligned, &mut cx),
            (Side::Server(server), Wire::Message(bytes)) => server.message(bytes, aligned, &mut cx),
            (Side::Server(server), Wire::ChangeCipherSpec) => server.change_cipher_spec(aligned, &mut cx),
        };
        self.settle(went)
    }

    /// Hands over an answer.
    pub fn answer(&mut self, answer: Answer, aligned: bool) -> Result<(), Error> {
        self.question = None;
        let mut cx = Cx::new(&mut self.effects, None);
        let went = match &mut self.side {
            Side::Client(client) => client.answer(answer, aligned, &mut cx),
            Side::Server(server) => server.answer(answer, aligned, &mut cx),
        };
        self.settle(went)
    }

    /// What an honest application lets it send.
    fn flight(&mut self) -> Vec<Wire> {
        self.answer_honestly();
        std::mem::take(&mut self.sent)
    }

    /// Takes an honest flight; no message is delivered while a question stands open.
    fn take(&mut self, flight: &[Wire]) {
        for wire in flight {
            self.answer_honestly();
            self.feed(wire, true).expect("an honest peer");
        }
    }

    /// Answers what is asked as an honest application would, until nothing is.
    fn answer_honestly(&mut self) {
        while let Some(question) = self.question.take() {
            self.answer(honest_answer(question), true).expect("an honest answer");
        }
    }

    /// The version, once it is negotiated.
    pub fn version(&self) -> Option<ProtocolVersion> {
        match &self.side {
            Side::Client(client) => client.version(),
            Side::Server(server) => server.version(),
        }
    }

    /// Checks that what outlives the handshake is given out exactly if it is complete.
    pub fn finish(self) {
        let finished = match self.side {
            Side::Client(client) => client.finish(),
            Side::Server(server) => server.finish(),
        };
        assert_eq!(finished.is_ok(), self.connected);
    }

    fn settle(&mut self, went: Result<(), Error>) -> Result<(), Error> {
        if went.is_err() {
            let state = match &self.side {
                Side::Client(client) => client.state(),
                Side::Server(server) => server.state(),
            };
            assert_eq!(state, "Failed", "an error left the machine alive");
            assert!(self.effects.list.is_empty() && self.effects.bytes.is_empty(), "an error left effects");
        }
        self.carry_out();
        went
    }

    fn carry_out(&mut self) {
        for effect in std::mem::take(&mut self.effects.list) {
            match effect {
                Effect::Send(range) => self.sent.push(Wire::Message(self.effects.bytes[range].to_vec())),
                Effect::SendChangeCipherSpec => self.sent.push(Wire::ChangeCipherSpec),
                Effect::Ask(question) => {
                    assert!(self.question.replace(question).is_none(), "two questions at once");
                }
                Effect::Connected => self.connected = true,
                _ => {}
            }
        }
        self.effects.clear();
    }
}

/// What an honest application answers.
pub fn honest_answer(question: Question) -> Answer {
    match question {
        Question::Choose(choose) => choose.answer(Arc::from([pki::server().clone()])),
        Question::Authenticate(authenticate) => authenticate.answer(pki::client().clone()),
        Question::Sign(sign) => {
            let signature = sign.credential.key.sign(sign.scheme, &*pki::provider(0).random, &sign.message);
            sign.answer(signature)
        }
        Question::Judge(judge) => judge.accept(),
        _ => unreachable!("the machines ask no more than this"),
    }
}

const GROUPS: [NamedGroup; 2] = [NamedGroup::X25519, NamedGroup::SECP256R1];
const SCHEMES: [SignatureScheme; 2] = [SignatureScheme::ED25519, SignatureScheme::ECDSA_SECP256R1_SHA256];

fn client_settings(setup: Setup) -> client::Settings {
    client::Settings {
        provider: pki::provider(1),
        versions: setup.versions(),
        suites: CipherSuite::SPOKEN.to_vec(),
        groups: GROUPS.to_vec(),
        shares: if setup == Setup::Retry13 { Vec::new() } else { vec![NamedGroup::X25519] },
        schemes: SCHEMES.to_vec(),
        alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        require_extended_main_secret: false,
        allow_legacy_servers: false,
        // ChangeCipherSpec records that mean nothing are the caller's to drop.
        middlebox_compatibility: false,
        status_request: true,
        authenticates: setup.authenticates(),
    }
}

fn server_settings(setup: Setup) -> server::Settings {
    server::Settings {
        provider: pki::provider(2),
        versions: setup.versions(),
        suites: CipherSuite::SPOKEN.to_vec(),
        groups: GROUPS.to_vec(),
        schemes: SCHEMES.to_vec(),
        alpn: vec![b"http/1.1".to_vec()],
        client_auth: if setup.authenticates() { ClientAuth::Request } else { ClientAuth::None },
        authorities: Vec::new(),
        require_extended_main_secret: false,
        retry_cookie: true,
    }
}
