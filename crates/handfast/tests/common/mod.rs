//! What the tests share: a PKI, and a transport in memory with the peer inside of it. One thread and
//! no clock: what would wait says `WouldBlock`.
#![allow(dead_code, reason = "each test file uses its part")]

use handfast::{
    ClientConfig, Credential, Error, Handshake, Next, ReceiveError, Received, Roots, Rx, RxEvent, Sealed, ServerConfig,
    Stream, Summary, Tx, Versions,
};
use std::cell::{RefCell, RefMut};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::rc::Rc;
use std::sync::OnceLock;

/// Both versions, each by itself.
pub(crate) const EACH: [Versions; 2] = [Versions::TLS1_3, Versions::TLS1_2];

pub(crate) struct Pki {
    pub(crate) roots: Vec<u8>,
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) key: Vec<u8>,
}

/// A CA and a leaf for localhost that serves either role.
pub(crate) fn pki() -> &'static Pki {
    static PKI: OnceLock<Pki> = OnceLock::new();
    PKI.get_or_init(|| {
        use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
        let ca_key = KeyPair::generate().unwrap();
        let mut ca = CertificateParams::new(vec![]).unwrap();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        ca.distinguished_name.push(rcgen::DnType::CommonName, "Test CA");
        let root = ca.self_signed(&ca_key).unwrap();
        let issuer = Issuer::new(ca, ca_key);
        let key = KeyPair::generate().unwrap();
        let mut leaf = CertificateParams::new(vec!["localhost".into()]).unwrap();
        leaf.distinguished_name.push(rcgen::DnType::CommonName, "localhost");
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let leaf = leaf.signed_by(&key, &issuer).unwrap();
        Pki { roots: root.der().to_vec(), chain: vec![leaf.der().to_vec()], key: key.serialize_der() }
    })
}

pub(crate) fn client(versions: Versions) -> ClientConfig {
    let mut roots = Roots::new();
    roots.add_der(&pki().roots).unwrap();
    ClientConfig::new(handfast_ring::provider(), roots).with_versions(versions)
}

pub(crate) fn server(versions: Versions) -> ServerConfig {
    let provider = handfast_ring::provider();
    let credential = Credential::new(pki().chain.clone(), &pki().key, &provider).unwrap();
    ServerConfig::new(provider, credential).with_versions(versions)
}

pub(crate) fn client_handshake(versions: Versions) -> Handshake {
    Handshake::client(&client(versions), "localhost").unwrap()
}

pub(crate) fn server_handshake(versions: Versions) -> Handshake {
    Handshake::server(&server(versions))
}

/// One end of a connection.
pub(crate) struct End {
    pub(crate) rx: Rx,
    pub(crate) tx: Tx,
    pub(crate) summary: Summary,
}

impl End {
    fn of(handshake: Handshake) -> Self {
        let (rx, tx, summary) = handshake.finish().unwrap();
        Self { rx, tx, summary }
    }

    /// What comes of sealing something.
    pub(crate) fn seal(&mut self, act: impl FnOnce(&mut Tx, &mut [u8]) -> Result<Sealed, Error>) -> Vec<u8> {
        let mut wire = vec![0; 1 << 17];
        let sealed = act(&mut self.tx, &mut wire).unwrap();
        wire.truncate(sealed.wire);
        wire
    }

    /// Seals all of a text that is not too long.
    pub(crate) fn send(&mut self, text: &[u8]) -> Vec<u8> {
        self.seal(|tx, wire| tx.send(&[text], wire))
    }

    /// What this end hears in `wire`, which it must use up.
    pub(crate) fn hear(&mut self, mut wire: Vec<u8>) -> Vec<Heard> {
        let mut heard = Vec::new();
        listen(&mut self.rx, &mut wire, &mut heard).unwrap();
        assert!(wire.is_empty(), "{} bytes are left", wire.len());
        heard
    }
}

/// What an end has heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Data(Vec<u8>),
    /// Whether it asks for one in return.
    KeyUpdate(bool),
    Closed,
    /// The error that ended it.
    Failed(String),
}

/// All data, one after another.
pub(crate) fn data(heard: &[Heard]) -> Vec<u8> {
    let all = heard.iter().filter_map(|h| if let Heard::Data(text) = h { Some(&text[..]) } else { None });
    all.collect::<Vec<_>>().concat()
}

/// Reads all whole records of `wire`.
pub(crate) fn listen(rx: &mut Rx, wire: &mut Vec<u8>, heard: &mut Vec<Heard>) -> Result<(), ReceiveError> {
    while let Some(Received { consumed, event }) = rx.receive(wire)? {
        match event {
            RxEvent::Data(range) => heard.push(Heard::Data(wire[range].to_vec())),
            RxEvent::KeyUpdate(reply) => heard.push(Heard::KeyUpdate(reply.is_some())),
            RxEvent::Closed => heard.push(Heard::Closed),
            _ => {}
        }
        wire.drain(..consumed);
    }
    Ok(())
}

/// Takes a handshake as far as `inbox` goes; whether it is complete.
pub(crate) fn pump(hs: &mut Handshake, inbox: &mut Vec<u8>, outbox: &mut Vec<u8>) -> Result<bool, Error> {
    loop {
        match hs.next()? {
            Next::Send => {
                outbox.extend_from_slice(hs.outgoing());
                hs.sent(usize::MAX);
            }
            Next::Receive => {
                let used = hs.receive(inbox);
                inbox.drain(..used);
                if used == 0 && hs.wants_more() {
                    return Ok(false);
                }
            }
            Next::Ask(question) => hs.resolve(question),
            Next::Done => return Ok(true),
            other => panic!("{other:?}"),
        }
    }
}

/// Both ends of a connection without a transport: the client's and the server's.
pub(crate) fn halves(versions: Versions) -> (End, End) {
    let (mut client, mut server) = (client_handshake(versions), server_handshake(versions));
    let (mut to_client, mut to_server) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        let ours = pump(&mut client, &mut to_client, &mut to_server).unwrap();
        let theirs = pump(&mut server, &mut to_server, &mut to_client).unwrap();
        if ours && theirs {
            return (End::of(client), End::of(server));
        }
    }
    panic!("the handshake has no end");
}

/// An answer that no question has asked for: a mistake that ends any handshake with internal_error.
fn unasked() -> handfast::Answer {
    let choose = handfast::ask::Choose { client_hello: [].into(), server_name: None, schemes: Vec::new() };
    choose.answer([].into())
}

/// Who is at the other end of a transport.
pub(crate) enum Peer {
    /// Nobody that answers.
    Deaf,
    Shaking(Box<Handshake>),
    Live(Box<End>),
}

/// How much one read delivers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Portion {
    Everything,
    Record,
    Byte,
}

pub(crate) struct State {
    pub(crate) peer: Peer,
    /// What the peer has heard since its handshake, and why it ended.
    pub(crate) heard: Vec<Heard>,
    /// What waits to be read from the transport.
    pub(crate) waiting: Vec<u8>,
    /// What was written to the transport and the peer has not used.
    inbox: Vec<u8>,
    /// Every byte that the transport took.
    pub(crate) written: Vec<u8>,
    pub(crate) portion: Portion,
    /// What becomes of the next writes: so many bytes are taken, or an error. Then all goes well.
    pub(crate) writes: VecDeque<Result<usize, ErrorKind>>,
    /// The errors of the next reads and flushes.
    pub(crate) reads: VecDeque<ErrorKind>,
    pub(crate) flushes: VecDeque<ErrorKind>,
    pub(crate) flushed: usize,
    /// Whether the transport ends where there is nothing to read.
    pub(crate) ended: bool,
    /// How often somebody would have waited.
    pub(crate) starved: usize,
    /// Whether the peer ends the handshake with internal_error as soon as it has said its flight.
    pub(crate) complains: bool,
}

/// A transport in memory. Its clones are one and the same.
#[derive(Clone)]
pub(crate) struct Wire(Rc<RefCell<State>>);

impl Wire {
    pub(crate) fn to(peer: Peer) -> Self {
        let mut state = State {
            peer,
            heard: Vec::new(),
            waiting: Vec::new(),
            inbox: Vec::new(),
            written: Vec::new(),
            portion: Portion::Everything,
            writes: VecDeque::new(),
            reads: VecDeque::new(),
            flushes: VecDeque::new(),
            flushed: 0,
            ended: false,
            starved: 0,
            complains: false,
        };
        state.turn();
        Self(Rc::new(RefCell::new(state)))
    }

    /// A transport to one who answers the role that `handshake` does not play.
    pub(crate) fn shaking(handshake: Handshake) -> Self {
        Self::to(Peer::Shaking(Box::new(handshake)))
    }

    pub(crate) fn state(&self) -> RefMut<'_, State> {
        self.0.borrow_mut()
    }

    /// The peer seals something, which then waits to be read.
    pub(crate) fn say(&self, act: impl FnOnce(&mut Tx, &mut [u8]) -> Result<Sealed, Error>) {
        let mut state = self.state();
        let Peer::Live(end) = &mut state.peer else { panic!("the peer is not connected") };
        let wire = end.seal(act);
        state.waiting.extend(wire);
    }

    /// The peer is told something that its owner knows.
    pub(crate) fn with_tx(&self, act: impl FnOnce(&mut Tx)) {
        let Peer::Live(end) = &mut self.state().peer else { panic!("the peer is not connected") };
        act(&mut end.tx);
    }
}

/// A client's stream and its transport, both in their first breath after the handshake.
pub(crate) fn connected(versions: Versions) -> (Stream<Wire>, Wire) {
    let wire = Wire::shaking(server_handshake(versions));
    let stream = Stream::connect(&client(versions), "localhost", wire.clone()).unwrap();
    wire.state().written.clear();
    wire.state().starved = 0;
    (stream, wire)
}

impl State {
    /// The peer does what it can.
    fn turn(&mut self) {
        loop {
            match std::mem::replace(&mut self.peer, Peer::Deaf) {
                Peer::Deaf => return,
                Peer::Shaking(mut hs) => match pump(&mut hs, &mut self.inbox, &mut self.waiting) {
                    Ok(true) => self.peer = Peer::Live(Box::new(End::of(*hs))),
                    Ok(false) => {
                        let complains = std::mem::take(&mut self.complains);
                        if complains {
                            hs.answer(unasked());
                        }
                        self.peer = Peer::Shaking(hs);
                        if !complains {
                            return;
                        }
                    }
                    Err(error) => self.heard.push(Heard::Failed(error.to_string())),
                },
                Peer::Live(mut end) => {
                    if let Err(failed) = listen(&mut end.rx, &mut self.inbox, &mut self.heard) {
                        self.heard.push(Heard::Failed(failed.to_string()));
                    }
                    self.peer = Peer::Live(end);
                    return;
                }
            }
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut state = self.state();
        if let Some(kind) = state.reads.pop_front() {
            return Err(kind.into());
        }
        if state.waiting.is_empty() {
            if state.ended {
                return Ok(0);
            }
            state.starved += 1;
            return Err(ErrorKind::WouldBlock.into());
        }
        let n = match (state.portion, &state.waiting[..]) {
            (Portion::Record, [_, _, _, high, low, ..]) => 5 + usize::from(u16::from_be_bytes([*high, *low])),
            (Portion::Byte, _) => 1,
            (_, all) => all.len(),
        };
        let n = n.min(state.waiting.len()).min(buf.len());
        buf[..n].copy_from_slice(&state.waiting[..n]);
        state.waiting.drain(..n);
        Ok(n)
    }
}

impl Write for Wire {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let mut state = self.state();
        let n = match state.writes.pop_front() {
            None => buf.len(),
            Some(Ok(n)) => n.min(buf.len()),
            Some(Err(kind)) => return Err(kind.into()),
        };
        state.written.extend_from_slice(&buf[..n]);
        state.inbox.extend_from_slice(&buf[..n]);
        state.turn();
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut state = self.state();
        if let Some(kind) = state.flushes.pop_front() {
            return Err(kind.into());
        }
        state.flushed += 1;
        Ok(())
    }
}
