//! rustls' other door: no buffers of its own, records are opened where they stand.

use crate::stack::{Link, Side, Stack, Wire};
use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::server::{ServerConnectionData, UnbufferedServerConnection};
use rustls::unbuffered::{ConnectionState, UnbufferedStatus};

/// The same configurations, used by that door.
pub struct Configs {
    name: String,
    configs: super::Configs,
}

impl Configs {
    /// Of these.
    pub fn new(configs: super::Configs) -> Self {
        Self { name: format!("{}, unbuffered", configs.name), configs }
    }
}

impl Stack for Configs {
    type Client = Unbuffered<UnbufferedClientConnection>;
    type Server = Unbuffered<UnbufferedServerConnection>;

    fn name(&self) -> &str {
        &self.name
    }

    fn seen(&self) -> bool {
        self.configs.seen()
    }

    fn client(&self) -> Self::Client {
        let (config, host) = (self.configs.client.clone(), self.configs.host.clone());
        Unbuffered(UnbufferedClientConnection::new(config, host).expect("a client"))
    }

    fn server(&self) -> Self::Server {
        Unbuffered(UnbufferedServerConnection::new(self.configs.server.clone()).expect("a server"))
    }
}

/// What clients and servers share.
pub trait Process {
    /// Theirs alone.
    type Data;
    /// Looks at the wire and says what to do.
    fn process<'c, 'i>(&'c mut self, wire: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data>;
}

impl Process for UnbufferedClientConnection {
    type Data = ClientConnectionData;

    fn process<'c, 'i>(&'c mut self, wire: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(wire)
    }
}

impl Process for UnbufferedServerConnection {
    type Data = ServerConnectionData;

    fn process<'c, 'i>(&'c mut self, wire: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(wire)
    }
}

/// One end, from start to end.
pub struct Unbuffered<C>(C);

impl<C: Process> Side for Unbuffered<C> {
    type Link = Self;

    fn turn(&mut self, from: &mut Wire, to: &mut Wire) -> bool {
        loop {
            let UnbufferedStatus { discard, state } = self.0.process(from.held());
            let done = match state.expect("an honest peer") {
                ConnectionState::EncodeTlsData(mut data) => {
                    let n = data.encode(to.free()).expect("room");
                    to.filled(n);
                    None
                }
                ConnectionState::TransmitTlsData(data) => {
                    data.done();
                    None
                }
                ConnectionState::BlockedHandshake => Some(false),
                ConnectionState::WriteTraffic(_) => Some(true),
                state => panic!("nothing else comes in a handshake: {state:?}"),
            };
            from.taken(discard);
            if let Some(done) = done {
                return done;
            }
        }
    }

    fn finish(self) -> Self {
        self
    }
}

impl<C: Process> Link for Unbuffered<C> {
    fn send(&mut self, text: &[u8], wire: &mut Wire) {
        match self.0.process(&mut []).state.expect("open") {
            ConnectionState::WriteTraffic(mut traffic) => {
                let n = traffic.encrypt(text, wire.free()).expect("room");
                wire.filled(n);
            }
            state => panic!("nothing was received: {state:?}"),
        }
    }

    fn receive(&mut self, wire: &mut Wire, _: &mut [u8]) -> usize {
        let mut sum = 0;
        while !wire.is_empty() {
            let UnbufferedStatus { mut discard, state } = self.0.process(wire.held());
            match state.expect("genuine") {
                ConnectionState::ReadTraffic(mut traffic) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record.expect("genuine");
                        sum += record.payload.len();
                        discard += record.discard;
                    }
                }
                state => panic!("only data was sent: {state:?}"),
            }
            wire.taken(discard);
        }
        sum
    }
}
