//! The joined connection, both roles: whatever comes, however it is split.

use crate::Input;
use crate::honest::{Role, Setup};
use crate::pki;
use handfast::{
    ClientAuth, ClientConfig, Clock, Credential, Handshake, Next, ProtocolVersion, Received, Rx, RxEvent, ServerConfig,
    Tx, UnixTime,
};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// The records of an honest connection, whole, with data, a KeyUpdate in TLS 1.3, and close_notify.
struct Recorded {
    to_client: Vec<Vec<u8>>,
    to_server: Vec<Vec<u8>>,
}

fn record(setup: Setup) -> &'static Recorded {
    static ALL: LazyLock<Vec<Recorded>> = LazyLock::new(|| Setup::ALL.into_iter().map(run).collect());
    &ALL[Setup::ALL.iter().position(|s| *s == setup).unwrap_or(0)]
}

/// The honest records that this side is sent.
pub fn records(setup: Setup, role: Role) -> &'static [Vec<u8>] {
    match role {
        Role::Client => &record(setup).to_client,
        Role::Server => &record(setup).to_server,
    }
}

/// Cuts a wire into its records.
fn cut(wire: &[u8]) -> Vec<Vec<u8>> {
    let (mut out, mut rest) = (Vec::new(), wire);
    while let [_, _, _, high, low, ..] = *rest {
        let (now, later) = rest.split_at(5 + usize::from(u16::from_be_bytes([high, low])));
        out.push(now.to_vec());
        rest = later;
    }
    out
}

fn run(setup: Setup) -> Recorded {
    let (mut client, mut server) = (start(Role::Client, setup), start(Role::Server, setup));
    let (mut to_client, mut to_server) = (Vec::new(), Vec::new());
    let (mut up, mut down) = (Vec::new(), Vec::new());
    let mut done = false;
    while !done {
        let client = turn(&mut client, &mut down, &mut up, &mut to_server);
        done = turn(&mut server, &mut up, &mut down, &mut to_client) && client;
    }
    for (side, wire) in [(client, &mut to_server), (server, &mut to_client)] {
        let (_, mut tx, _) = side.finish().expect("an honest handshake");
        traffic(&mut tx, setup, wire);
    }
    Recorded { to_client: cut(&to_client), to_server: cut(&to_server) }
}

/// Lets one honest side go on as far as it can; true once it is done.
fn turn(side: &mut Handshake, from: &mut Vec<u8>, to: &mut Vec<u8>, log: &mut Vec<u8>) -> bool {
    loop {
        match side.next().expect("an honest handshake") {
            Next::Send => {
                to.extend_from_slice(side.outgoing());
                log.extend_from_slice(side.outgoing());
                side.sent(usize::MAX);
            }
            Next::Ask(question) => side.resolve(question),
            Next::Receive => {
                let used = side.receive(from);
                from.drain(..used);
                if used == 0 {
                    return false;
                }
            }
            _ => return true,
        }
    }
}

fn traffic(tx: &mut Tx, setup: Setup, log: &mut Vec<u8>) {
    let mut wire = [0; 512];
    let sealed = tx.send(&[b"some data"], &mut wire).expect("a short text");
    log.extend_from_slice(&wire[..sealed.wire]);
    if !matches!(setup, Setup::Tls12 | Setup::Auth12) {
        let sealed = tx.update_keys(true, &mut wire).expect("TLS 1.3 can");
        log.extend_from_slice(&wire[..sealed.wire]);
    }
    let sealed = tx.close(&mut wire).expect("it is open");
    log.extend_from_slice(&wire[..sealed.wire]);
}

/// A clock that stands still.
struct Still;

impl Clock for Still {
    fn now(&self) -> UnixTime {
        pki::now()
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

fn start(role: Role, setup: Setup) -> Handshake {
    let credential = |c: &Arc<handfast::ask::Credential>| {
        Credential::with_key(c.chain.clone(), c.key.clone()).expect("they belong together")
    };
    let auth = matches!(setup, Setup::Auth12 | Setup::Auth13);
    match role {
        Role::Client => {
            let mut config = ClientConfig::with_time(pki::provider(1), pki::roots().clone(), Arc::new(Still))
                .with_versions(setup.versions())
                .with_alpn(&[b"h2"]);
            if setup == Setup::Retry13 {
                config = config.with_shares(&[]);
            }
            if auth {
                config = config.with_credential(credential(pki::client()));
            }
            Handshake::client(&config, pki::HOST).expect("the configuration is sound")
        }
        Role::Server => {
            let mut config = ServerConfig::with_time(pki::provider(2), credential(pki::server()), Arc::new(Still))
                .with_versions(setup.versions())
                .with_alpn(&[b"h2"]);
            if auth {
                config = config.with_client_auth(ClientAuth::Request, pki::roots().clone());
            }
            Handshake::server(&config)
        }
    }
}

/// Everything that can be seen of one connection.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    sent: Vec<u8>,
    connected: bool,
    events: Vec<(RxKind, Vec<u8>)>,
    error: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum RxKind {
    Data,
    Other(RxEvent),
}

/// The most that a side may send in a handshake, whatever it is sent: two flights and an alert.
const MOST_SENT: usize = 1 << 14;

/// A connection that is fed `wire` in pieces that end at `cuts`.
fn feed(role: Role, setup: Setup, wire: &[u8], cuts: impl Iterator<Item = usize>) -> Seen {
    let mut seen = Seen::default();
    let mut handshake = Some(start(role, setup));
    let mut rx = None;
    let (mut buf, mut fed) = (Vec::new(), 0);
    for cut in cuts.chain([wire.len()]) {
        buf.extend_from_slice(&wire[fed..cut]);
        fed = cut;
        if let Some(mut side) = handshake.take() {
            match step(&mut side, &mut buf, &mut seen) {
                Step::More => handshake = Some(side),
                Step::Over => return seen,
                Step::Done => {
                    seen.connected = true;
                    rx = Some(side.finish().expect("it is done").0);
                }
            }
        }
        if let Some(rx) = &mut rx
            && !read(rx, &mut buf, &mut seen)
        {
            return seen;
        }
    }
    seen
}

enum Step {
    More,
    Done,
    Over,
}

fn step(side: &mut Handshake, buf: &mut Vec<u8>, seen: &mut Seen) -> Step {
    loop {
        match side.next() {
            Ok(Next::Send) => {
                seen.sent.extend_from_slice(side.outgoing());
                assert!(seen.sent.len() <= MOST_SENT, "{} bytes sent", seen.sent.len());
                side.sent(usize::MAX);
            }
            Ok(Next::Ask(question)) => side.resolve(question),
            Ok(Next::Receive) => {
                let used = side.receive(buf);
                buf.drain(..used);
                if used == 0 && matches!(side.next(), Ok(Next::Receive)) {
                    return Step::More;
                }
            }
            Ok(Next::Done) => return Step::Done,
            Ok(other) => panic!("every question was answered, and yet {other:?}"),
            Err(error) => {
                seen.error = Some(error.to_string());
                assert!(side.next().is_err(), "a failed handshake goes on");
                return Step::Over;
            }
        }
    }
}

/// Reads traffic as far as it goes; false once it is over.
fn read(rx: &mut Rx, buf: &mut Vec<u8>, seen: &mut Seen) -> bool {
    loop {
        match rx.receive(buf) {
            Ok(None) => return true,
            Ok(Some(received)) => {
                match received.event {
                    RxEvent::Data(range) => seen.events.push((RxKind::Data, buf[range].to_vec())),
                    other => seen.events.push((RxKind::Other(other), Vec::new())),
                }
                buf.drain(..received.consumed);
                if rx.is_closed() {
                    // RFC 9846 §6.1: what follows close_notify is passed over, however much is here already.
                    let passed = (!buf.is_empty()).then_some(Received { consumed: buf.len(), event: RxEvent::Nothing });
                    assert_eq!(rx.receive(buf).expect("nothing is looked at"), passed);
                    return false;
                }
            }
            Err(error) => {
                seen.error = Some(error.to_string());
                return false;
            }
        }
    }
}

/// A program that writes a wire out of honest records, changed ones and arbitrary ones, for either
/// role; the connection must see the same however it is split, and connect to an honest peer only.
pub fn connection(data: &[u8]) {
    let mut input = Input::new(data);
    let choice = input.u8();
    let role = if choice & 1 == 0 { Role::Client } else { Role::Server };
    let setup = Setup::ALL[usize::from(choice >> 1) % Setup::ALL.len()];
    let stride = usize::from(input.u8()).max(2);
    let honest = records(setup, role);
    let (mut wire, mut told) = (Vec::new(), 0);
    while !input.is_empty() && wire.len() < 1 << 13 {
        let next = honest.get(told).map_or(&[][..], Vec::as_slice);
        match input.u8() % 8 {
            0 => wire.extend(input.piece()),
            1 => {
                // A record with a true length.
                let (head, body) = (input.bytes(3), input.piece());
                wire.extend(head.iter().copied().chain((body.len() as u16).to_be_bytes()).chain(body.iter().copied()));
            }
            2 => wire.extend(&honest[usize::from(input.u8()) % honest.len()]),
            3 => {
                // The next honest record with some of its bytes replaced.
                let mut changed = next.to_vec();
                let place = usize::from(input.u16()) % changed.len().max(1);
                changed[place.min(next.len())..].iter_mut().zip(input.piece()).for_each(|(old, new)| *old = *new);
                wire.extend(changed);
                told += 1;
            }
            4 => told += 1,
            _ => {
                wire.extend(next);
                told += 1;
            }
        }
    }
    let whole = feed(role, setup, &wire, std::iter::empty());
    assert_eq!(feed(role, setup, &wire, (0..wire.len()).step_by(stride)), whole, "the split matters");
    if wire.len() < 2000 {
        assert_eq!(feed(role, setup, &wire, 0..wire.len()), whole, "byte by byte is not the same");
    }
    if whole.connected {
        // Nobody else can make the record that holds the peer's Finished.
        let traffic = if setup.versions().max == ProtocolVersion::TLS1_3 { 3 } else { 2 };
        let finished = &honest[honest.len() - traffic - 1];
        assert!(wire.windows(finished.len()).any(|w| w == finished), "connected to nobody");
    }
}

/// Anything as a PEM file.
pub fn pem(data: &[u8]) {
    const FILE: &str = "the-file.pem";
    let provider = pki::provider(0);
    let chain = handfast::pem::certificates(FILE, data);
    let key = handfast::pem::private_key(FILE, data);
    for error in [chain.as_ref().err(), key.as_ref().err()].into_iter().flatten() {
        let text = error.to_string();
        assert!(error.file() == FILE && text.contains(FILE), "{text}");
        assert!(text.len() < 4096 + 4 * data.len() && error.block() != Some(0));
    }
    if let Ok(chain) = &chain {
        assert!(!chain.is_empty() && chain.iter().map(Vec::len).sum::<usize>() <= data.len());
    }
    if let Ok(key) = &key {
        // An older form gets a PKCS#8 frame around it.
        assert!(key.len() <= data.len() + 64);
    }
    if let (Ok(chain), Ok(key)) = (chain, key)
        && let Err(error) = Credential::new(chain, &key, &provider)
    {
        assert!(!error.to_string().is_empty());
    }
}
