//! One machine under test, with a puppet for a peer.

use crate::fixture;
use handfast_codec::{AlertDescription, ProtocolVersion};
use handfast_conformance::hello::Hello;
use handfast_conformance::puppet::{Kind, Puppet};
use handfast_crypto::Provider;
use handfast_handshake::after::Ratchet;
use handfast_handshake::ask::{self, Credential};
use handfast_handshake::{
    After, Answer, Client, Cx, Direction, Effect, Effects, Error, Event, Observer, Question, Server, Traffic, client,
    server,
};
use handfast_schedule::Side;
use std::sync::Arc;

/// An arrow that was taken: from, on, to.
pub type Move = (&'static str, &'static str, &'static str);

/// Notes the arrows.
#[derive(Default)]
struct Journal(Vec<Move>);

impl Observer for Journal {
    fn event(&mut self, event: &Event<'_>) {
        if let Event::Moved { from, on, to } = event {
            self.0.push((from, on, to));
        }
    }
}

/// The machine, in or after its handshake.
pub enum Subject {
    Client(Client),
    Server(Server),
    After(After),
}

impl Subject {
    pub fn state(&self) -> &'static str {
        match self {
            Self::Client(m) => m.state(),
            Self::Server(m) => m.state(),
            Self::After(m) => m.state(),
        }
    }
}

/// How a machine answers an open question.
pub struct Policy {
    /// What a server chooses and a client shows.
    pub credential: Option<Arc<Credential>>,
    /// Whether the peer's chain is good.
    pub accepts: bool,
    /// Whether the key signs.
    pub signs: bool,
}

/// The machine, the puppet, and what passed between them.
pub struct Stand {
    pub subject: Subject,
    pub puppet: Puppet,
    pub policy: Policy,
    pub open: Option<Question>,
    pub effects: Effects,
    pub connected: bool,
    /// How often the key that the machine reads with has changed.
    pub read_keys: usize,
    provider: Provider,
    journal: Journal,
}

impl Stand {
    pub fn client(settings: client::Settings, puppet: Puppet) -> Result<Self, Error> {
        let (mut effects, mut journal) = (Effects::default(), Journal::default());
        let provider = settings.provider.clone();
        let mut cx = Cx::new(&mut effects, Some(&mut journal));
        let client = Client::start(&Arc::new(settings), fixture::target(), &mut cx)?;
        Ok(Self::new(Subject::Client(client), puppet, provider, effects))
    }

    pub fn server(settings: server::Settings, puppet: Puppet) -> Self {
        let provider = settings.provider.clone();
        let server = Server::new(&Arc::new(settings));
        Self::new(Subject::Server(server), puppet, provider, Effects::default())
    }

    fn new(subject: Subject, puppet: Puppet, provider: Provider, effects: Effects) -> Self {
        let policy = Policy { credential: None, accepts: true, signs: true };
        let (open, connected, read_keys, journal) = (None, false, 0, Journal::default());
        let mut stand = Self { subject, puppet, policy, open, effects, connected, read_keys, provider, journal };
        stand.settle();
        stand
    }

    /// The arrows taken so far.
    pub fn moves(&self) -> &[Move] {
        &self.journal.0
    }

    /// The puppet says one message; whatever the machine then asks is answered.
    pub fn say(&mut self, kind: Kind) -> Result<(), Error> {
        let bytes = self.puppet.say(kind);
        self.take(kind, &bytes, true)?;
        self.answer_all()
    }

    /// The same with a hello that `edit` changes first.
    pub fn say_hello(&mut self, kind: Kind, edit: impl FnOnce(&mut Hello)) -> Result<(), Error> {
        let bytes = self.puppet.say_hello(kind, edit);
        self.take(kind, &bytes, true)?;
        self.answer_all()
    }

    /// The same with bytes.
    pub fn say_bytes(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
        let bytes = self.puppet.say_bytes(bytes);
        self.take(Kind::Finished, &bytes, true)?;
        self.answer_all()
    }

    /// Says all of these.
    pub fn say_all(&mut self, script: &[Kind]) -> Result<(), Error> {
        script.iter().try_for_each(|kind| self.say(*kind))
    }

    /// Gives the machine a message, or a ChangeCipherSpec; answers nothing.
    pub fn take(&mut self, kind: Kind, bytes: &[u8], aligned: bool) -> Result<(), Error> {
        let mut cx = Cx::new(&mut self.effects, Some(&mut self.journal));
        match (&mut self.subject, kind) {
            (Subject::Client(m), Kind::ChangeCipherSpec) => m.change_cipher_spec(aligned, &mut cx),
            (Subject::Server(m), Kind::ChangeCipherSpec) => m.change_cipher_spec(aligned, &mut cx),
            (Subject::Client(m), _) => m.message(bytes, aligned, &mut cx),
            (Subject::Server(m), _) => m.message(bytes, aligned, &mut cx),
            // The caller of `After` has no way to hand it a ChangeCipherSpec: step its table.
            (Subject::After(After::Client(m)), Kind::ChangeCipherSpec) => {
                m.step(handfast_handshake::Input::ChangeCipherSpec(()), aligned, &mut cx)
            }
            (Subject::After(After::Server(m)), Kind::ChangeCipherSpec) => {
                m.step(handfast_handshake::Input::ChangeCipherSpec(()), aligned, &mut cx)
            }
            (Subject::After(m), _) => m.message(bytes, aligned, &mut cx),
        }?;
        self.settle();
        Ok(())
    }

    /// Gives the machine an answer.
    pub fn answer(&mut self, answer: Answer, aligned: bool) -> Result<(), Error> {
        let mut cx = Cx::new(&mut self.effects, Some(&mut self.journal));
        match &mut self.subject {
            Subject::Client(m) => m.answer(answer, aligned, &mut cx),
            Subject::Server(m) => m.answer(answer, aligned, &mut cx),
            Subject::After(_) => panic!("nothing asks after the handshake"),
        }?;
        self.settle();
        Ok(())
    }

    /// Answers the open question as the policy says.
    pub fn answer_open(&mut self, aligned: bool) -> Result<(), Error> {
        let question = self.open.take().expect("a question stands open");
        let answer = self.policy.answer(question, &self.provider);
        self.answer(answer, aligned)
    }

    fn answer_all(&mut self) -> Result<(), Error> {
        while self.open.is_some() {
            self.answer_open(true)?;
        }
        Ok(())
    }

    /// Carries the effects out.
    fn settle(&mut self) {
        let Effects { bytes, list } = std::mem::take(&mut self.effects);
        for effect in list {
            match effect {
                Effect::Send(range) => self.puppet.hear(&bytes[range]),
                Effect::Ask(question) => assert!(self.open.replace(question).is_none(), "one question at a time"),
                Effect::Connected => self.connected = true,
                Effect::Install { direction: Direction::Read, .. } => self.read_keys += 1,
                _ => {}
            }
        }
    }

    /// Turns a machine that is connected into what follows the handshake.
    pub fn finish(&mut self) -> Result<(), Error> {
        let nothing = Subject::After(After::new12(Side::Client));
        let traffic = match std::mem::replace(&mut self.subject, nothing) {
            Subject::Client(m) => m.finish()?,
            Subject::Server(m) => m.finish()?,
            after @ Subject::After(_) => {
                self.subject = after;
                return Ok(());
            }
        };
        let side = self.puppet.side.peer();
        self.subject = Subject::After(after(side, traffic));
        Ok(())
    }
}

/// The machine for the reading half of a connection.
pub fn after(side: Side, traffic: Traffic) -> After {
    match traffic {
        Traffic::V13(t) => After::new13(side, Ratchet::new(side.peer(), t.suite, t.hash, t.read)),
        Traffic::V12(_) => After::new12(side),
    }
}

impl Policy {
    pub fn answer(&self, question: Question, provider: &Provider) -> Answer {
        match question {
            Question::Choose(q) => match &self.credential {
                Some(credential) => q.answer(Arc::from([credential.clone()])),
                None => q.refuse(AlertDescription::UNRECOGNIZED_NAME, "no such host"),
            },
            Question::Authenticate(q) => match &self.credential {
                Some(credential) => q.answer(credential.clone()),
                None => q.decline(),
            },
            Question::Sign(q) if !self.signs => q.answer(Err(handfast_crypto::CryptoError::Random)),
            Question::Sign(q) => {
                let signature = q.credential.key.sign(q.scheme, &*provider.random, &q.message);
                q.answer(signature)
            }
            Question::Judge(q) if self.accepts => q.accept(),
            Question::Judge(q) => q.refuse(AlertDescription::UNKNOWN_CA, "nobody knows the issuer".to_owned()),
            other => panic!("a question without an answer: {other:?}"),
        }
    }
}

/// An answer of this kind that nobody asked for.
pub fn unasked(kind: &str, credential: &Arc<Credential>) -> Answer {
    let (version, suite) = (ProtocolVersion::TLS1_3, handfast_codec::CipherSuite::TLS_AES_128_GCM_SHA256);
    match kind {
        "Choice" => ask::Choose { client_hello: Arc::from([]), server_name: None, schemes: Vec::new() }
            .answer(Arc::from([credential.clone()])),
        "Credential" => {
            ask::Authenticate { version, schemes: Vec::new(), authorities: Vec::new(), types: Vec::new() }.decline()
        }
        "Signature" => ask::Sign {
            credential: credential.clone(),
            scheme: handfast_codec::SignatureScheme::ED25519,
            message: Vec::new(),
        }
        .answer(Ok(Vec::new())),
        "Verdict" => ask::Judge {
            chain: Arc::default(),
            name: None,
            ocsp: Arc::from([]),
            version,
            suite,
            group: handfast_codec::NamedGroup::X25519,
        }
        .accept(),
        other => panic!("{other} is no answer"),
    }
}
