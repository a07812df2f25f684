//! After the handshake: what outlives it, and the two small tables of what may still come.
//!
//! In TLS 1.3 a client may be sent tickets, and either side may change its keys (RFC 9846 §4.7). In
//! TLS 1.2 nothing may come: a HelloRequest or a new ClientHello asks for a renegotiation, which is
//! refused with no_renegotiation.

use crate::input::take;
use crate::{Cx, Direction, Effect, Epoch, Error, Event, Input, On, Raw, Rule, Went, msg, transitions};
use handfast_codec::{CipherSuite, KeyUpdateRequest, ProtocolVersion, encode};
use handfast_crypto::hash::Hash;
use handfast_crypto::{CryptoError, Secret};
use handfast_schedule::tls12::{Main12, Randoms};
use handfast_schedule::{ExportError, Exporter, Side, TrafficKeys, Watch, next_traffic_secret, traffic_keys};

/// What outlives a handshake.
pub enum Traffic {
    /// TLS 1.3.
    V13(Traffic13),
    /// TLS 1.2.
    V12(Traffic12),
}

/// The secrets of a TLS 1.3 connection. The halves of the connection take theirs.
pub struct Traffic13 {
    /// Which side we are.
    pub side: Side,
    /// The suite.
    pub suite: CipherSuite,
    /// Its hash.
    pub hash: &'static dyn Hash,
    /// The application traffic secret under which the peer writes.
    pub read: Secret,
    /// The one under which we write.
    pub write: Secret,
    /// Keying material for the application (RFC 9846 §7.5).
    pub exporter: Exporter,
}

/// The secrets of a TLS 1.2 connection.
pub struct Traffic12 {
    /// The suite.
    pub suite: CipherSuite,
    /// The main secret.
    pub main: Main12,
    /// The client's random.
    pub client_random: [u8; 32],
    /// The server's random.
    pub server_random: [u8; 32],
}

impl Traffic {
    /// Keying material for the application (RFC 9846 §7.5, RFC 5705), which both sides can make.
    ///
    /// In TLS 1.2 a missing context differs from an empty one; in TLS 1.3 it does not.
    ///
    /// # Errors
    /// [`ExportError`] if the label or `out` is too long, or if TLS 1.2 goes without the extended
    /// main secret, which exporters rely on (RFC 7627 §5.4).
    pub fn export(&self, label: &[u8], context: Option<&[u8]>, out: &mut [u8]) -> Result<(), ExportError> {
        match self {
            Self::V13(traffic) => traffic.exporter.export(label, context.unwrap_or_default(), out),
            Self::V12(Traffic12 { main, client_random, server_random, .. }) => {
                main.export(label, Randoms { client: client_random, server: server_random }, context, out)
            }
        }
    }
}

/// One application traffic secret and the steps that it takes (RFC 9846 §7.2).
pub struct Ratchet {
    hash: &'static dyn Hash,
    secret: Secret,
    suite: CipherSuite,
    /// Whose secret it is.
    side: Side,
}

impl Ratchet {
    /// The ratchet of one direction of `traffic`, whose secret it takes.
    pub fn new(side: Side, suite: CipherSuite, hash: &'static dyn Hash, secret: Secret) -> Self {
        Self { hash, secret, suite, side }
    }

    /// The suite.
    pub fn suite(&self) -> CipherSuite {
        self.suite
    }

    /// The present secret.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The keys under the present secret.
    ///
    /// # Errors
    /// [`Rule::Backend`] if the suite is not one that we speak.
    pub fn keys(&self) -> Result<TrafficKeys, Error> {
        let info = self.suite.info().ok_or(CryptoError::Unsupported)?;
        Ok(traffic_keys(self.hash, self.side, &self.secret, info.aead.key_len(), &mut Watch::off()))
    }

    /// Steps to the next secret and gives its keys; the old one is overwritten.
    ///
    /// # Errors
    /// As [`Ratchet::keys`].
    pub fn step(&mut self, watch: &mut Watch<'_>) -> Result<TrafficKeys, Error> {
        next_traffic_secret(self.hash, &mut self.secret, watch);
        self.keys()
    }
}

/// Writes a KeyUpdate (RFC 9846 §4.7.3).
///
/// # Errors
/// None in practice: the message has a fixed size.
pub fn key_update(request: KeyUpdateRequest, out: &mut alloc::vec::Vec<u8>) -> Result<(), Error> {
    encode::key_update(out, request).map_err(|e| Error::new(Rule::Encoding).found(e))
}

/// How many KeyUpdates a peer may send without a byte of data in between.
pub const MAX_KEY_UPDATES: u8 = 32;
/// How many tickets a server may send on one connection.
pub const MAX_TICKETS: u8 = 64;

/// The machine of either role after the handshake; it belongs to the reading half.
pub enum After {
    /// A client's.
    Client(ClientAfter),
    /// A server's.
    Server(ServerAfter),
}

transitions! {
    /// What a client may still be sent. `Settled12` has no arrow: TLS 1.2 ends here.
    machine ClientAfter {
        Receiving { NewSessionTicket -> Receiving;          // RFC 9846 4.7.1
                    KeyUpdate        -> Receiving:rekey; }  // RFC 9846 4.7.3
        Settled12 { }
    }
}

/// The server's table stands in a module of its own, since both have a state of the same name.
mod server {
    use super::*;
    transitions! {
        /// What a server may still be sent.
        machine ServerAfter {
            Serving   { KeyUpdate -> Serving:rekey; }       // RFC 9846 4.7.3
            Settled12 { }
        }
    }

    impl On<msg::KeyUpdate> for Serving {
        fn on(mut self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::KeyUpdate> {
            self.read.update(m, cx)?;
            Ok(self.into())
        }
    }
}
pub use server::ServerAfter;

/// A client that reads application data.
pub struct Receiving {
    read: Reading,
    tickets: u8,
}

/// A server that reads application data.
pub struct Serving {
    read: Reading,
}

/// A side of a TLS 1.2 connection: no handshake message is welcome.
pub struct Settled12;

struct Reading {
    ratchet: Ratchet,
    /// KeyUpdates since the last data.
    updates: u8,
}

impl Reading {
    fn update(&mut self, m: Raw<'_>, cx: &mut Cx<'_>) -> Result<(), Error> {
        let request = take!(m, Some(ProtocolVersion::TLS1_3), KeyUpdate).request_update;
        if self.updates >= MAX_KEY_UPDATES {
            let spent = u32::from(self.updates) + 1;
            return Err(Error::new(Rule::KeyUpdates)
                .expected(format_args!("at most {MAX_KEY_UPDATES} in a row"))
                .found(spent));
        }
        self.updates += 1;
        let keys = cx.watching(|w| self.ratchet.step(w))?;
        cx.install(Direction::Read, Epoch::Application, self.ratchet.suite, keys);
        if request == KeyUpdateRequest::UPDATE_REQUESTED {
            cx.effect(Effect::UpdateOwnKey);
        }
        Ok(())
    }
}

impl On<msg::KeyUpdate> for Receiving {
    fn on(mut self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::KeyUpdate> {
        self.read.update(m, cx)?;
        Ok(self.into())
    }
}

impl On<msg::NewSessionTicket> for Receiving {
    fn on(mut self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::NewSessionTicket> {
        let ticket = take!(m, Some(ProtocolVersion::TLS1_3), NewSessionTicket);
        if self.tickets >= MAX_TICKETS {
            let spent = u32::from(self.tickets) + 1;
            return Err(Error::new(Rule::Tickets).expected(format_args!("at most {MAX_TICKETS}")).found(spent));
        }
        self.tickets += 1;
        cx.effect(Effect::Ticket { lifetime: ticket.ticket_lifetime });
        Ok(self.into())
    }
}

impl After {
    /// The machine for the reading half of a TLS 1.3 connection.
    pub fn new13(side: Side, ratchet: Ratchet) -> Self {
        let read = Reading { ratchet, updates: 0 };
        match side {
            Side::Client => Self::Client(ClientAfter::Receiving(Receiving { read, tickets: 0 })),
            Side::Server => Self::Server(ServerAfter::Serving(Serving { read })),
        }
    }

    /// The machine for the reading half of a TLS 1.2 connection.
    pub fn new12(side: Side) -> Self {
        match side {
            Side::Client => Self::Client(ClientAfter::Settled12(Settled12)),
            Side::Server => Self::Server(ServerAfter::Settled12(Settled12)),
        }
    }

    /// Takes a whole handshake message with its header.
    ///
    /// # Errors
    /// The rule that the peer broke; [`Rule::Renegotiation`] for a wish to start again.
    pub fn message(&mut self, bytes: &[u8], aligned: bool, cx: &mut Cx<'_>) -> Result<(), Error> {
        let version = Some(if self.ratchet().is_some() { ProtocolVersion::TLS1_3 } else { ProtocolVersion::TLS1_2 });
        cx.tell(|| Event::Message { direction: Direction::Read, version, bytes });
        let input = match Input::message(bytes) {
            Ok(input) => input,
            Err(error) => {
                let state = self.state();
                self.fail();
                return Err(error.at(state, "message"));
            }
        };
        let again = match self {
            Self::Client(_) => matches!(input, Input::HelloRequest(_)),
            Self::Server(_) => matches!(input, Input::ClientHello(_)),
        };
        if again && self.ratchet().is_none() {
            let state = self.state();
            self.fail();
            return Err(Error::new(Rule::Renegotiation).at(state, input.name()));
        }
        match self {
            Self::Client(machine) => machine.step(input, aligned, cx),
            Self::Server(machine) => machine.step(input, aligned, cx),
        }
    }

    /// Ends the machine; the secrets it owned are wiped.
    pub fn fail(&mut self) {
        match self {
            Self::Client(machine) => *machine = ClientAfter::Failed,
            Self::Server(machine) => *machine = ServerAfter::Failed,
        }
    }

    /// Notes that data came: the peer does more than change its keys.
    pub fn data_came(&mut self) {
        if let Some(read) = self.reading() {
            read.updates = 0;
        }
    }

    /// The name of the present state.
    pub fn state(&self) -> &'static str {
        match self {
            Self::Client(machine) => machine.name(),
            Self::Server(machine) => machine.name(),
        }
    }

    /// The read secret of a TLS 1.3 connection.
    pub fn ratchet(&self) -> Option<&Ratchet> {
        match self {
            Self::Client(ClientAfter::Receiving(Receiving { read, .. })) => Some(&read.ratchet),
            Self::Server(ServerAfter::Serving(Serving { read })) => Some(&read.ratchet),
            _ => None,
        }
    }

    fn reading(&mut self) -> Option<&mut Reading> {
        match self {
            Self::Client(ClientAfter::Receiving(Receiving { read, .. })) => Some(read),
            Self::Server(ServerAfter::Serving(Serving { read })) => Some(read),
            _ => None,
        }
    }
}
