//! The client: what it offers, and the machine that follows the server's answers.

mod hello;
mod table;
mod tls12;
mod tls13;

pub(crate) use hello::bad_share;
pub use table::Machine;

use crate::after::Traffic;
use crate::{Answer, Cx, Direction, Error, Event, Input, Rule, Versions};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use handfast_codec::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};
use handfast_crypto::Provider;

/// What every connection of a client has in common; made once, shared by all of them.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The primitives.
    pub provider: Provider,
    /// The versions offered.
    pub versions: Versions,
    /// The suites offered, preferred first; those of versions that are not offered are left out.
    pub suites: Vec<CipherSuite>,
    /// The groups offered, preferred first.
    pub groups: Vec<NamedGroup>,
    /// The groups for which the first ClientHello carries a share: a prediction of what the server
    /// likes. Empty asks for a HelloRetryRequest (RFC 9846 §4.3.8).
    pub shares: Vec<NamedGroup>,
    /// The signature schemes accepted from the server, preferred first.
    pub schemes: Vec<SignatureScheme>,
    /// Application protocols, preferred first; none offers no ALPN.
    pub alpn: Vec<Vec<u8>>,
    /// Whether a TLS 1.2 server without the extended main secret is refused (RFC 7627 §5.2).
    pub require_extended_main_secret: bool,
    /// Whether a TLS 1.2 server without renegotiation_info is spoken to (RFC 5746 §4.1).
    pub allow_legacy_servers: bool,
    /// Whether to look like TLS 1.2 to middleboxes: a session id and a ChangeCipherSpec that mean
    /// nothing (RFC 9846 §E.4).
    pub middlebox_compatibility: bool,
    /// Whether to ask for a stapled OCSP response (RFC 6066 §8).
    pub status_request: bool,
    /// Whether a server's CertificateRequest becomes a question. If not, it is declined at once.
    pub authenticates: bool,
}

impl Settings {
    /// The versions that there is a suite for: those we are prepared to negotiate (RFC 9846 §4.3.1).
    pub fn versions(&self) -> Versions {
        self.versions.with_suites(&self.suites)
    }
}

/// Whom a client wants to reach.
#[derive(Clone, Debug)]
pub struct Target {
    /// The name or address that the certificate must be for, as given.
    pub name: Arc<str>,
    /// Whether it is sent as server_name: a DNS name is, an address never (RFC 6066 §3).
    pub indicate: bool,
}

/// A client in its handshake.
pub struct Client {
    machine: Box<Machine>,
    version: Option<ProtocolVersion>,
    client_hello: Arc<[u8]>,
    /// Whether TLS 1.2 is still possible, as far as our own offer goes.
    offers_1_2: bool,
}

impl Client {
    /// START (RFC 9846 §A.1): sends the ClientHello.
    ///
    /// # Errors
    /// [`Rule::Backend`] if random bytes or a key share cannot be had, [`Rule::Encoding`] if the
    /// settings do not fit into a ClientHello, [`Rule::NoCommonSuite`] or [`Rule::NoCommonGroup`]
    /// if they leave nothing to offer.
    pub fn start(settings: &Arc<Settings>, target: Target, cx: &mut Cx<'_>) -> Result<Self, Error> {
        let first = hello::start(settings, target, cx)?;
        let offers_1_2 = settings.versions().allows(ProtocolVersion::TLS1_2);
        let client_hello = first.hello.clone();
        Ok(Self { machine: Box::new(Machine::WaitSh(first)), version: None, client_hello, offers_1_2 })
    }

    /// Takes a whole handshake message with its header. `aligned` says that no byte of a further
    /// message has come in the same record or before it was read.
    ///
    /// # Errors
    /// The rule that the server broke; the client is then over.
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
        // RFC 5246 §7.4.1.1: a HelloRequest during a handshake is ignored and stays out of the
        // transcript. TLS 1.3 has no such message.
        let ignored = matches!(input, Input::HelloRequest(_)) && bytes.len() == 4;
        if ignored && self.offers_1_2 && self.version != Some(ProtocolVersion::TLS1_3) {
            return Ok(());
        }
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

    /// The ClientHello that was sent, the first one if there were two: what we offered.
    pub fn client_hello(&self) -> &Arc<[u8]> {
        &self.client_hello
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
