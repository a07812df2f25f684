//! The handshake without I/O: records on one side, the machine on the other, and nothing else.
//!
//! ```text
//!   wire ──► Opener ──► Joiner ──► machine ──► effects ──► Sealer ──► outgoing
//!                                    ▲  │
//!                            answer ─┘  └─► question
//! ```

mod inner;

use crate::config::{ClientConfig, ServerConfig};
use crate::connection::{Rx, Tx};
use crate::error::{Error, Kind};
use crate::judge::Role;
use crate::keylog::KeyLogger;
use crate::summary::{Export, Summary};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;
use handfast_crypto::ProtocolVersion;
use handfast_handshake::after::Ratchet;
use handfast_handshake::client::Target;
use handfast_handshake::{
    After, Answer, Client, Cx, Effects, Event, Observer, Question, Server, Traffic, Traffic12, Traffic13,
};
use handfast_record::{CcsRule, Joiner, Opened, Opener, Sealer};
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
///                 match tcp.read(&mut wire[held..]).map_err(|e| hs.transport_failed(e))? {
///                     0 => hs.ended(),
///                     n => held += n,
///                 }
///             }
///         }
///         Next::Ask(question) => hs.resolve(question),
///         Next::Done => break,
///         _ => {} // Next::Pending comes only to those who answer later
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
    /// The message on which it failed; empty until then.
    message: Vec<u8>,
    /// Whom a client wants to reach.
    name: Option<Arc<str>>,
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
            Ok(name) => config.sends_name && matches!(name, pki_types::ServerName::DnsName(_)),
            Err(_) => {
                return Err(Error::new(Kind::Misuse("the name to reach is neither a host name nor an address"), ""));
            }
        };
        let mut this = Self::new(Role::Client(config.clone()), observer);
        this.sealer.set_initial_hello(true);
        let target = Target { name: Arc::from(host), indicate };
        this.name = Some(target.name.clone());
        this.trail().indicated = target.indicate;
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
        let server = matches!(role, Role::Server(_));
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
            message: Vec::new(),
            name: None,
            refusal: None,
            summary: Summary::new(server),
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
        let before = self.sent;
        self.sent = self.sent.saturating_add(n).min(self.outgoing.len());
        self.trail().wire.1 += (self.sent - before) as u64;
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
        self.trail().see(wire);
        while self.reads() {
            let Some(rest) = wire.get_mut(consumed..) else { break };
            let protected = self.opener.is_protected();
            match self.opener.open(rest) {
                Ok(Opened::More { need }) => {
                    self.part(rest, need);
                    break;
                }
                Ok(Opened::Dropped { consumed: n, .. }) => {
                    consumed += n;
                    self.trail().wire.0 += n as u64;
                }
                Ok(Opened::Record { consumed: n, content_type, text }) => {
                    consumed += n;
                    self.trail().wire.0 += n as u64;
                    self.trail().opened += u64::from(protected);
                    self.record(content_type, rest.get(text).unwrap_or_default());
                }
                Err(error) => self.fail(Kind::Record(error)),
            }
        }
        consumed
    }

    /// Whether the handshake takes records now. If [`Handshake::receive`] returned 0 and this is
    /// true, read more from the transport; if it is false, ask [`Handshake::next`].
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
        summary.own = role.shown(&summary);
        summary.trail.part = None;
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
}
