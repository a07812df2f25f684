//! The handshake without I/O: records on one side, the machine on the other, and nothing else.
//!
//! ```text
//!   wire ──► Opener ──► Joiner ──► machine ──► effects ──► Sealer ──► outgoing
//!                                    ▲  │
//!                            answer ─┘  └─► question
//! ```

use crate::config::{ClientConfig, ServerConfig};
use crate::connection::{Rx, Tx};
use crate::error::{Error, Kind};
use crate::judge::Role;
use crate::keylog::KeyLogger;
use crate::summary::{Export, Summary};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;
use core::time::Duration;
use handfast_codec::{Alert, ChangeCipherSpec, ContentType, HandshakeType};
use handfast_crypto::{AlertDescription, AlertLevel, CryptoError, ProtocolVersion};
use handfast_handshake::after::Ratchet;
use handfast_handshake::client::Target;
use handfast_handshake::{
    After, Answer, Client, Cx, Direction, Effect, Effects, Epoch, Event, Fact, Observer, Question, Server, Traffic,
    Traffic12, Traffic13,
};
use handfast_record::{CcsRule, Joiner, Opened, Opener, RecordKeys, Sealer};
use handfast_schedule::Side;
use handfast_x509::Refusal;

/// What to do next.
#[derive(Debug)]
#[non_exhaustive]
pub enum Next {
    /// Send what [`Handshake::outgoing`] holds, and tell [`Handshake::sent`].
    Send,
    /// Read from the transport and hand it to [`Handshake::receive`].
    Receive,
    /// Answer this: with [`Handshake::resolve`] as the configuration says, or with
    /// [`Handshake::answer`], now or later.
    Ask(Question),
    /// A question is still open; nothing can go on without its answer.
    Pending,
    /// The handshake is complete: [`Handshake::finish`].
    Done,
}

/// One handshake, client or server, TLS 1.3 or 1.2.
///
/// ```
/// # use handfast::{Handshake, Next, Roots, ClientConfig};
/// # use std::io::{Read, Write};
/// # fn run(mut hs: Handshake, mut tcp: impl Read + Write) -> Result<(), Box<dyn std::error::Error>> {
/// let (mut wire, mut held) = (vec![0; handfast::record::MAX_WIRE], 0);
/// loop {
///     match hs.next()? {
///         Next::Send => {
///             let n = tcp.write(hs.outgoing())?;
///             hs.sent(n);
///         }
///         Next::Receive => {
///             // What was read before comes first; only if that says nothing, read more.
///             let used = hs.receive(&mut wire[..held]);
///             wire.copy_within(used..held, 0);
///             held -= used;
///             if used == 0 && hs.wants_more() {
///                 match tcp.read(&mut wire[held..])? {
///                     0 => hs.ended(),
///                     n => held += n,
///                 }
///             }
///         }
///         Next::Ask(question) => hs.resolve(question),
///         Next::Done => break,
///         _ => unreachable!("every question was answered at once"),
///     }
/// }
/// let (rx, tx, summary) = hs.finish()?;
/// // wire[..held] may hold records already: they are the first for `rx`.
/// # let _ = (rx, tx, summary); Ok(()) }
/// ```
///
/// Nothing is lost when it fails: the alert goes out first ([`Next::Send`]), then
/// [`Handshake::next`] gives the error.
pub struct Handshake {
    role: Role,
    machine: Machine,
    opener: Opener,
    sealer: Sealer,
    joiner: Joiner,
    effects: Effects,
    outgoing: Vec<u8>,
    sent: usize,
    question: Asked,
    connected: bool,
    failed: Option<Error>,
    refusal: Option<Refusal>,
    summary: Summary,
    observer: Listeners,
    spent: Spent,
    started: Duration,
}

/// What the records of a flight add to its messages, unless the flight is very long.
const FLIGHT_OVERHEAD: usize = 128;

enum Machine {
    Client(Client),
    Server(Server),
    Over,
}

enum Asked {
    Nothing,
    Waiting(Question),
    Out,
}

/// What the peer has cost so far.
#[derive(Default)]
struct Spent {
    bytes: usize,
    messages: u32,
}

/// Those who are told: the key log, and whoever the caller brought.
#[derive(Default)]
struct Listeners {
    key_log: Option<KeyLogger>,
    other: Option<Box<dyn Observer + Send>>,
}

impl Observer for Listeners {
    fn event(&mut self, event: &Event<'_>) {
        if let Some(log) = &mut self.key_log {
            log.event(event);
        }
        if let Some(other) = &mut self.other {
            other.event(event);
        }
    }
}

impl Listeners {
    fn any(&mut self) -> Option<&mut (dyn Observer + '_)> {
        if self.key_log.is_some() || self.other.is_some() { Some(self) } else { None }
    }
}

impl Handshake {
    /// A client that wants to reach `name`, a host name or an address. It is verified; a host name
    /// is also sent to the server (RFC 6066 §3).
    ///
    /// # Errors
    /// [`Kind::Misuse`] if `name` is neither, and whatever the ClientHello cannot be made for.
    pub fn client(config: &ClientConfig, name: &str) -> Result<Self, Error> {
        Self::client_observed(config, name, None)
    }

    /// The same with a listener.
    ///
    /// # Errors
    /// As [`Handshake::client`].
    pub fn client_observed(
        config: &ClientConfig,
        name: &str,
        observer: Option<Box<dyn Observer + Send>>,
    ) -> Result<Self, Error> {
        let host = name.strip_suffix('.').unwrap_or(name);
        let indicate = match pki_types::ServerName::try_from(host) {
            Ok(name) => matches!(name, pki_types::ServerName::DnsName(_)),
            Err(_) => {
                return Err(Error::new(Kind::Misuse("the name to reach is neither a host name nor an address"), ""));
            }
        };
        let mut this = Self::new(Role::Client(config.clone()), observer);
        this.sealer.set_initial_hello(true);
        let target = Target { name: Arc::from(host), indicate };
        let mut cx = Cx::new(&mut this.effects, this.observer.any());
        match Client::start(&config.settings, target, &mut cx) {
            Ok(client) => this.machine = Machine::Client(client),
            Err(error) => return Err(Error::new(Kind::Handshake(error), "Start")),
        }
        this.carry_out();
        this.sealer.set_initial_hello(false);
        // RFC 9846 §5: from the first ClientHello on a TLS 1.3 peer may send one that means nothing.
        if config.settings.versions().allows(ProtocolVersion::TLS1_3) {
            this.opener.set_ccs(CcsRule::Drop);
        }
        match this.failed.take() {
            None => Ok(this),
            Some(error) => Err(error),
        }
    }

    /// A server that waits for a client.
    pub fn server(config: &ServerConfig) -> Self {
        Self::server_observed(config, None)
    }

    /// The same with a listener.
    pub fn server_observed(config: &ServerConfig, observer: Option<Box<dyn Observer + Send>>) -> Self {
        let mut this = Self::new(Role::Server(config.clone()), observer);
        this.machine = Machine::Server(Server::new(&config.settings));
        this
    }

    fn new(role: Role, observer: Option<Box<dyn Observer + Send>>) -> Self {
        let common = role.common();
        let started = common.clock.elapsed();
        let key_log = common.key_log.clone().map(KeyLogger::new);
        Self {
            role,
            machine: Machine::Over,
            opener: Opener::new(),
            sealer: Sealer::new(),
            joiner: Joiner::new(),
            effects: Effects::with_room(),
            outgoing: Vec::new(),
            sent: 0,
            question: Asked::Nothing,
            connected: false,
            failed: None,
            refusal: None,
            summary: Summary::default(),
            observer: Listeners { key_log, other: observer },
            spent: Spent::default(),
            started,
        }
    }

    /// What to do next.
    ///
    /// # Errors
    /// Why the handshake failed, once the alert that says so is sent. Every later call says it is over.
    #[allow(clippy::should_implement_trait, reason = "it can fail, and it never ends")]
    pub fn next(&mut self) -> Result<Next, Error> {
        self.check_deadline();
        if self.sent < self.outgoing.len() {
            return Ok(Next::Send);
        }
        if let Some(error) = self.failed.take() {
            self.machine = Machine::Over;
            return Err(error);
        }
        match core::mem::replace(&mut self.question, Asked::Nothing) {
            Asked::Waiting(question) => {
                self.question = Asked::Out;
                return Ok(Next::Ask(question));
            }
            Asked::Out => {
                self.question = Asked::Out;
                return Ok(Next::Pending);
            }
            Asked::Nothing => {}
        }
        match self.machine {
            Machine::Over => Err(Error::new(Kind::Misuse("the handshake is over"), "")),
            _ if self.connected => Ok(Next::Done),
            _ => Ok(Next::Receive),
        }
    }

    /// The records that wait to be sent.
    pub fn outgoing(&self) -> &[u8] {
        self.outgoing.get(self.sent..).unwrap_or_default()
    }

    /// Tells that the first `n` bytes of [`Handshake::outgoing`] are sent.
    pub fn sent(&mut self, n: usize) {
        self.sent = self.sent.saturating_add(n).min(self.outgoing.len());
        if self.sent == self.outgoing.len() {
            self.outgoing.clear();
            self.sent = 0;
        }
    }

    /// Takes records from the front of `wire` and returns how many bytes it is done with; what is
    /// left belongs at the front of the next call. Records are decrypted in place. Zero means that
    /// the rest is no whole record, or that something else comes first: [`Handshake::next`] says.
    pub fn receive(&mut self, wire: &mut [u8]) -> usize {
        let mut consumed = 0;
        while self.reads() {
            let Some(rest) = wire.get_mut(consumed..) else { break };
            match self.opener.open(rest) {
                Ok(Opened::More { .. }) => break,
                Ok(Opened::Dropped { consumed: n, .. }) => consumed += n,
                Ok(Opened::Record { consumed: n, content_type, text }) => {
                    consumed += n;
                    self.record(content_type, rest.get(text).unwrap_or_default());
                }
                Err(error) => self.fail(Kind::Record(error)),
            }
        }
        consumed
    }

    /// Whether [`Handshake::receive`] can say nothing more without further bytes. False when
    /// something else comes first: ask [`Handshake::next`].
    pub fn wants_more(&self) -> bool {
        self.reads()
    }

    /// Tells that the transport has ended.
    pub fn ended(&mut self) {
        if self.failed.is_none() && !self.connected {
            self.fail(Kind::Truncated);
        }
    }

    /// Answers a question as the configuration says.
    pub fn resolve(&mut self, question: Question) {
        let Some((answer, refusal)) = self.role.answer(question) else {
            return self.fail(Kind::Misuse("the configuration has no answer to this question"));
        };
        self.refusal = refusal;
        self.answer(answer);
    }

    /// Answers the open question.
    pub fn answer(&mut self, answer: Answer) {
        if matches!(self.machine, Machine::Over) || self.failed.is_some() {
            return;
        }
        if !matches!(self.question, Asked::Out) {
            return self.fail(Kind::Misuse("an answer came that no question had asked for"));
        }
        self.question = Asked::Nothing;
        let aligned = self.joiner.is_empty();
        let mut cx = Cx::new(&mut self.effects, self.observer.any());
        let result = match &mut self.machine {
            Machine::Client(client) => client.answer(answer, aligned, &mut cx),
            Machine::Server(server) => server.answer(answer, aligned, &mut cx),
            Machine::Over => Ok(()),
        };
        self.stepped(result);
        self.messages(&[]);
    }

    /// The name of the present state, as the tables have it.
    pub fn state(&self) -> &'static str {
        match &self.machine {
            Machine::Client(client) => client.state(),
            Machine::Server(server) => server.state(),
            Machine::Over => "Over",
        }
    }

    /// What is known so far. Nothing of it is proven before [`Next::Done`], the peer's certificates
    /// least of all.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The two halves of the connection, and what was settled.
    ///
    /// # Errors
    /// [`Kind::Misuse`] before [`Next::Done`].
    pub fn finish(self) -> Result<(Rx, Tx, Summary), Error> {
        let Self { role, machine, opener, sealer, joiner, mut summary, connected, outgoing, .. } = self;
        if !connected || !outgoing.is_empty() {
            return Err(Error::new(Kind::Misuse("finish comes after Next::Done"), ""));
        }
        let (side, traffic) = match machine {
            Machine::Client(client) => (Side::Client, client.finish()),
            Machine::Server(server) => (Side::Server, server.finish()),
            Machine::Over => return Err(Error::new(Kind::Misuse("the handshake is over"), "")),
        };
        let traffic = traffic.map_err(|e| Error::new(Kind::Handshake(e), ""))?;
        let aead = summary.suite.info().and_then(|i| role.provider().aead(i.aead));
        let aead = aead.ok_or_else(|| Error::new(Kind::Misuse("the backend lost an algorithm"), ""))?;
        match traffic {
            Traffic::V13(Traffic13 { suite, hash, read, write, exporter, .. }) => {
                summary.exporter = Export::V13(exporter);
                let after = After::new13(side, Ratchet::new(side.peer(), suite, hash, read));
                let own = Ratchet::new(side, suite, hash, write);
                Ok((Rx::new(opener, joiner, after, aead), Tx::new(sealer, Some(own), aead), summary))
            }
            Traffic::V12(Traffic12 { main, client_random, server_random, .. }) => {
                summary.exporter = Export::V12 { main, client_random, server_random };
                Ok((Rx::new(opener, joiner, After::new12(side), aead), Tx::new(sealer, None, aead), summary))
            }
        }
    }

    /// Whether anything may be read now.
    fn reads(&self) -> bool {
        let over = matches!(self.machine, Machine::Over);
        !over && self.failed.is_none() && !self.connected && matches!(self.question, Asked::Nothing)
    }

    fn check_deadline(&mut self) {
        if self.failed.is_some() || self.connected {
            return;
        }
        let common = self.role.common();
        let (limit, spent) = (common.limits.deadline, common.clock.elapsed().saturating_sub(self.started));
        if spent > limit {
            let (limit, spent) = (limit.as_millis() as u64, spent.as_millis() as u64);
            self.fail(Kind::Limit { what: "milliseconds for the handshake", limit, spent });
        }
    }

    fn record(&mut self, content_type: ContentType, text: &[u8]) {
        if content_type != ContentType::HANDSHAKE
            && let Err(error) = self.joiner.other_record()
        {
            return self.fail(Kind::Record(error));
        }
        match content_type {
            ContentType::HANDSHAKE => {
                self.spent.bytes += text.len();
                let limit = self.role.common().limits.handshake_bytes;
                if self.spent.bytes > limit {
                    let (limit, spent) = (limit as u64, self.spent.bytes as u64);
                    return self.fail(Kind::Limit { what: "handshake bytes", limit, spent });
                }
                self.messages(text);
            }
            ContentType::CHANGE_CIPHER_SPEC => {
                let mut cx = Cx::new(&mut self.effects, self.observer.any());
                let result = match &mut self.machine {
                    Machine::Client(client) => client.change_cipher_spec(true, &mut cx),
                    Machine::Server(server) => server.change_cipher_spec(true, &mut cx),
                    Machine::Over => Ok(()),
                };
                self.stepped(result);
            }
            ContentType::ALERT => self.alert(text),
            _ => {
                let error = handfast_handshake::Error::new(handfast_handshake::Rule::UnexpectedMessage);
                self.fail(Kind::Handshake(error.found("application data before the handshake is complete")));
            }
        }
    }

    /// Feeds whole messages to the machine as long as it may take one; keeps the rest.
    fn messages(&mut self, mut text: &[u8]) {
        while self.reads() {
            let limits = self.role.common().limits;
            let max = |kind| match kind {
                HandshakeType::CERTIFICATE | HandshakeType::COMPRESSED_CERTIFICATE => limits.certificate_bytes,
                _ => limits.message_bytes,
            };
            let (message, aligned) = match self.joiner.next_with_alignment(&mut text, max) {
                Ok(Some(next)) => next,
                Ok(None) => return,
                Err(error) => return self.fail(Kind::Record(error)),
            };
            self.spent.messages += 1;
            if self.spent.messages > limits.messages {
                let (limit, spent) = (limits.messages.into(), self.spent.messages.into());
                return self.fail(Kind::Limit { what: "handshake messages", limit, spent });
            }
            let mut cx = Cx::new(&mut self.effects, self.observer.any());
            let result = match &mut self.machine {
                Machine::Client(client) => client.message(message, aligned, &mut cx),
                Machine::Server(server) => server.message(message, aligned, &mut cx),
                Machine::Over => return,
            };
            self.stepped(result);
        }
        if self.failed.is_none()
            && let Err(error) = self.joiner.keep(text)
        {
            self.fail(Kind::Record(error));
        }
    }

    fn alert(&mut self, text: &[u8]) {
        let Alert { level, description } = match Alert::decode(text) {
            Ok(alert) => alert,
            Err(error) => return self.fail(Kind::Handshake(error.into())),
        };
        self.observer.event(&Event::Alert { direction: Direction::Read, level, description, why: None });
        // RFC 9846 §6: in TLS 1.3 the level means nothing; every alert but these two is an error.
        // RFC 5246 §7.2.2: in TLS 1.2 a warning lets the connection live.
        let version = self.summary.version;
        match description {
            AlertDescription::CLOSE_NOTIFY => self.fail(Kind::Closed),
            AlertDescription::USER_CANCELED if version == ProtocolVersion::TLS1_3 => {}
            _ if level == AlertLevel::WARNING && version != ProtocolVersion::TLS1_3 => {}
            _ => self.fail(Kind::Alert { level, description }),
        }
    }

    fn stepped(&mut self, result: Result<(), handfast_handshake::Error>) {
        match result {
            Ok(()) => self.carry_out(),
            Err(error) => match self.refusal.take() {
                Some(refusal) => self.fail(Kind::Chain(refusal)),
                None => self.fail(Kind::Handshake(error)),
            },
        }
    }

    /// Does what the machine has queued, in order.
    fn carry_out(&mut self) {
        let mut effects = core::mem::take(&mut self.effects);
        if !effects.bytes.is_empty() {
            // Room for the whole flight at once: its records are at most a few.
            self.outgoing.reserve(effects.bytes.len() + FLIGHT_OVERHEAD);
        }
        // Messages that follow one another under one key share records.
        let mut flight: Range<usize> = 0..0;
        for effect in effects.list.drain(..) {
            let done = match effect {
                Effect::Send(message) => {
                    flight = if flight.is_empty() { message } else { flight.start..message.end };
                    Ok(())
                }
                Effect::SendChangeCipherSpec => self
                    .seal(ContentType::HANDSHAKE, &effects.bytes, &mut flight)
                    .and_then(|()| self.seal(ContentType::CHANGE_CIPHER_SPEC, &ChangeCipherSpec::BYTES, &mut (0..1))),
                Effect::Install { direction, epoch, suite, keys } => {
                    let sealed = match direction {
                        Direction::Write => self.seal(ContentType::HANDSHAKE, &effects.bytes, &mut flight),
                        Direction::Read => Ok(()),
                    };
                    sealed.and_then(|()| self.install(direction, epoch, suite, &keys))
                }
                Effect::Ask(question) => {
                    self.question = Asked::Waiting(question);
                    Ok(())
                }
                Effect::Learn(fact) => {
                    self.learn(fact);
                    Ok(())
                }
                Effect::SkipEarlyData => {
                    self.opener.skip_early_data(self.role.common().limits.early_data);
                    Ok(())
                }
                Effect::Connected => {
                    self.connected = true;
                    self.opener.set_ccs(CcsRule::Refuse);
                    Ok(())
                }
                _ => Ok(()),
            };
            if let Err(kind) = done {
                self.fail(kind);
                break;
            }
        }
        if let Err(kind) = self.seal(ContentType::HANDSHAKE, &effects.bytes, &mut flight) {
            self.fail(kind);
        }
        effects.clear();
        if !self.connected {
            self.effects = effects;
        }
    }

    fn learn(&mut self, fact: Fact) {
        match fact {
            // From here on a ChangeCipherSpec is either meaningless or part of the flow.
            Fact::Version(ProtocolVersion::TLS1_3) | Fact::Retried => self.opener.set_ccs(CcsRule::Drop),
            Fact::Version(_) => self.opener.set_ccs(CcsRule::Deliver),
            _ => {}
        }
        self.summary.learn(fact);
    }

    fn install(
        &mut self,
        direction: Direction,
        epoch: Epoch,
        suite: handfast_crypto::CipherSuite,
        keys: &handfast_schedule::TrafficKeys,
    ) -> Result<(), Kind> {
        let missing = || Kind::Handshake(CryptoError::Unsupported.into());
        let info = suite.info().ok_or_else(missing)?;
        let aead = self.role.provider().aead(info.aead).ok_or_else(missing)?;
        let keys = RecordKeys::new(aead, info.version, keys.key(), keys.iv()).map_err(|e| Kind::Handshake(e.into()))?;
        match direction {
            Direction::Write => self.sealer.install(keys),
            Direction::Read => {
                self.opener.install(keys);
                let server = matches!(self.role, Role::Server(_));
                if server && epoch == Epoch::Handshake {
                    self.opener.allow_plain_alert();
                }
            }
        }
        Ok(())
    }

    /// Seals `bytes[range]` behind what already waits, and empties the range.
    fn seal(&mut self, content_type: ContentType, bytes: &[u8], range: &mut Range<usize>) -> Result<(), Kind> {
        let text = bytes.get(range.clone()).unwrap_or_default();
        *range = 0..0;
        if text.is_empty() {
            return Ok(());
        }
        let start = self.outgoing.len();
        self.outgoing.resize(start + self.sealer.wire_len(content_type, text.len()), 0);
        let room = self.outgoing.get_mut(start..).unwrap_or_default();
        let sealed = self.sealer.seal(content_type, &[text], room).map_err(Kind::Record)?;
        self.outgoing.truncate(start + sealed.wire);
        Ok(())
    }

    /// Remembers why it failed and queues the alert.
    fn fail(&mut self, kind: Kind) {
        if self.failed.is_some() {
            return;
        }
        let error = Error::new(kind, self.state());
        self.effects.clear();
        self.question = Asked::Nothing;
        if let Some(description) = error.alert() {
            let level = AlertLevel::FATAL;
            let why = match error.kind() {
                Kind::Handshake(error) => Some(error),
                _ => None,
            };
            self.observer.event(&Event::Alert { direction: Direction::Write, level, description, why });
            let alert = Alert { level, description }.to_bytes();
            // If even this cannot be sealed, the error itself is all there is to say.
            _ = self.seal(ContentType::ALERT, &alert, &mut (0..alert.len()));
        }
        self.failed = Some(error);
    }
}
