//! The server: what it can do, and the machine that answers a client.

mod hello;
mod table;
mod tls12;
mod tls13;

pub use table::Machine;

use crate::after::Traffic;
use crate::{Answer, Cx, Direction, Error, Event, Input, Rule, Versions};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use handfast_codec::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};
use handfast_crypto::Provider;

/// Whether a server wants to know who the client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ClientAuth {
    /// It does not ask.
    #[default]
    None,
    /// It asks; a client may decline.
    Request,
    /// It asks; a client that declines is turned away.
    Require,
}

/// What every connection of a server has in common; made once, shared by all of them.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The primitives.
    pub provider: Provider,
    /// The versions spoken.
    pub versions: Versions,
    /// The suites spoken, preferred first; the server's order decides.
    pub suites: Vec<CipherSuite>,
    /// The groups spoken, preferred first; a share at hand beats preference (RFC 9846 §4.3.8).
    pub groups: Vec<NamedGroup>,
    /// The signature schemes accepted from clients, preferred first.
    pub schemes: Vec<SignatureScheme>,
    /// Application protocols, preferred first; none answers no ALPN.
    pub alpn: Vec<Vec<u8>>,
    /// Whether clients are asked for a certificate.
    pub client_auth: ClientAuth,
    /// The names of the CAs that clients are told of, each a DER Name; none leaves it open.
    pub authorities: Vec<Vec<u8>>,
    /// Whether a TLS 1.2 client without the extended main secret is refused (RFC 7627 §5.3).
    pub require_extended_main_secret: bool,
    /// Whether a HelloRetryRequest carries a cookie (RFC 9846 §4.3.2). A server that keeps its
    /// state needs none.
    pub retry_cookie: bool,
}

impl Settings {
    /// The versions that there is a suite for: those we are prepared to negotiate (RFC 9846 §4.3.1).
    pub fn versions(&self) -> Versions {
        self.versions.with_suites(&self.suites)
    }
}

/// A server in its handshake.
pub struct Server {
    machine: Box<Machine>,
    version: Option<ProtocolVersion>,
    client_hello: Option<Arc<[u8]>>,
}

impl Server {
    /// START (RFC 9846 §A.2): waits for a ClientHello.
    pub fn new(settings: &Arc<Settings>) -> Self {
        let machine = Box::new(Machine::Start(hello::Start::new(settings.clone())));
        Self { machine, version: None, client_hello: None }
    }

    /// Takes a whole handshake message with its header. `aligned` says that no byte of a further
    /// message has come in the same record or before it was read.
    ///
    /// # Errors
    /// The rule that the client broke; the server is then over.
    pub fn message(&mut self, bytes: &[u8], aligned: bool, cx: &mut Cx<'_>) -> Result<(), Error> {
        let version = self.version;
        cx.tell(|| Event::Message { direction: Direction::Read, version, bytes });
        let input = match Input::message(bytes) {
            Ok(input) => input,
            Err(error) => {
                let state = self.state();
                *self.machine = Machine::Failed;
                return Err(error.at(state, "message"));
            }
        };
        self.step(input, aligned, cx)
    }

    /// Takes a ChangeCipherSpec record. In TLS 1.3 the caller drops those (RFC 9846 §5).
    ///
    /// # Errors
    /// [`Rule::UnexpectedMessage`] where TLS 1.2 has no place for it.
    pub fn change_cipher_spec(&mut self, aligned: bool, cx: &mut Cx<'_>) -> Result<(), Error> {
        cx.tell(|| Event::ChangeCipherSpec { direction: Direction::Read });
        self.step(Input::ChangeCipherSpec(()), aligned, cx)
    }

    /// Takes the answer to the question that stands open.
    ///
    /// # Errors
    /// What the answer leads to, or [`Rule::WrongAnswer`] if no such question stands open.
    pub fn answer(&mut self, answer: Answer, aligned: bool, cx: &mut Cx<'_>) -> Result<(), Error> {
        self.step(answer.0, aligned, cx).map_err(Error::for_answer)
    }

    fn step(&mut self, input: Input<'_>, aligned: bool, cx: &mut Cx<'_>) -> Result<(), Error> {
        let (state, on) = (self.state(), input.name());
        let mark = cx.mark();
        self.machine.step(input, aligned, cx).map_err(|e| e.at(state, on))?;
        self.version = cx.version_since(mark).or(self.version);
        if let Machine::Choosing(choosing) = &*self.machine {
            self.client_hello = Some(choosing.client_hello.clone());
        }
        Ok(())
    }

    /// The name of the present state.
    pub fn state(&self) -> &'static str {
        self.machine.name()
    }

    /// The inputs that may come in the present state, by their names in the table.
    pub fn awaits(&self) -> impl Iterator<Item = &'static str> {
        let state = self.state();
        Machine::ARROWS.iter().filter(move |arrow| arrow.from == state).map(|arrow| arrow.on)
    }

    /// The first ClientHello: what the client offered. None before it has come and could be read.
    pub fn client_hello(&self) -> Option<&Arc<[u8]>> {
        self.client_hello.as_ref()
    }

    /// The version, once negotiated.
    pub fn version(&self) -> Option<ProtocolVersion> {
        self.version
    }

    /// What outlives the handshake, once it is complete.
    ///
    /// # Errors
    /// [`Rule::NotOverYet`] before [`Effect::Connected`](crate::Effect::Connected).
    pub fn finish(self) -> Result<Traffic, Error> {
        match *self.machine {
            Machine::Connected(connected) => Ok(Traffic::V13(connected.traffic)),
            Machine::Established(established) => Ok(Traffic::V12(established.traffic)),
            other => Err(Error::new(Rule::NotOverYet).at(other.name(), "finish")),
        }
    }
}
