//! What can be said of two sides of ours without a socket: how the input is split does not matter,
//! and with the pure backend and a seed the same inputs give the same bytes.

#[path = "interop/pair.rs"]
mod pair;

use handfast::{
    ClientConfig, Error, Handshake, KeyLog, Next, Provider, Reply, Rx, RxEvent, ServerConfig, Tx, Versions,
};
use handfast_rustcrypto::dangerous::SeededRandom;
use pair::{NAME, Pki};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

const BOTH: [Versions; 2] = [Versions::TLS1_3, Versions::TLS1_2];

fn seeded(seed: u8) -> Provider {
    handfast_rustcrypto::provider_with(Arc::new(SeededRandom::new([seed; 32])))
}

/// A connection in both directions, flight by flight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Transcript {
    client: Vec<Vec<u8>>,
    server: Vec<Vec<u8>>,
}

/// What one side has to say of a connection.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    /// Everything that it sent.
    sent: Vec<Vec<u8>>,
    /// The data that it got.
    data: Vec<u8>,
    /// What else came, in order.
    events: Vec<String>,
    /// What was settled.
    settled: String,
}

/// Runs a handshake as far as it goes without input, its questions answered as its configuration
/// says. Appends what it sends to `out`, and tells whether it is complete.
fn speak(handshake: &mut Handshake, out: &mut Vec<u8>) -> Result<bool, Error> {
    loop {
        match handshake.next()? {
            Next::Send => {
                out.extend_from_slice(handshake.outgoing());
                handshake.sent(handshake.outgoing().len());
            }
            Next::Ask(question) => handshake.resolve(question),
            Next::Receive => return Ok(false),
            Next::Done => return Ok(true),
            next => panic!("every question was answered, and yet {next:?}"),
        }
    }
}

/// Hands over what is in `wire` as far as it goes; what is left stays. Otherwise as [`speak`].
fn hear(handshake: &mut Handshake, wire: &mut Vec<u8>, out: &mut Vec<u8>) -> Result<bool, Error> {
    loop {
        let consumed = handshake.receive(wire);
        wire.drain(..consumed);
        let done = speak(handshake, out)?;
        if done || consumed == 0 {
            return Ok(done);
        }
    }
}

/// One side: a handshake, then the two halves, fed with bytes as they come.
struct Side {
    handshake: Option<Handshake>,
    halves: Option<(Rx, Tx)>,
    wire: Vec<u8>,
    outcome: Outcome,
}

impl Side {
    /// The side and what it says first.
    fn new(handshake: Handshake) -> Self {
        let mut this = Self { handshake: Some(handshake), halves: None, wire: Vec::new(), outcome: Outcome::default() };
        this.feed(&[]);
        this
    }

    fn client(config: &ClientConfig) -> Self {
        Self::new(Handshake::client(config, NAME).expect("a ClientHello"))
    }

    fn server(config: &ServerConfig) -> Self {
        Self::new(Handshake::server(config))
    }

    /// Takes some bytes. What it answers is one more flight, or part of the last if `bytes` were
    /// only part of one.
    fn feed(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.wire.extend_from_slice(bytes);
        let mut out = Vec::new();
        if let Some(mut handshake) = self.handshake.take() {
            if !hear(&mut handshake, &mut self.wire, &mut out).expect("an honest handshake") {
                self.handshake = Some(handshake);
                return out;
            }
            let (rx, tx, s) = handshake.finish().expect("a complete handshake");
            let peer = s.peer.as_ref().map(|chain| chain.iter().map(<[u8]>::to_vec).collect::<Vec<_>>());
            let mut exported = [0; 16];
            s.export(b"EXPORTER-test", None, &mut exported).expect("an exporter");
            let facts = (s.version, s.suite, s.group, s.retried, s.peer_scheme, s.own_scheme, &s.alpn);
            self.outcome.settled = format!("{facts:?} {peer:?} {exported:?}");
            self.halves = Some((rx, tx));
        }
        let Some((rx, tx)) = &mut self.halves else { return out };
        while let Some(received) = rx.receive(&mut self.wire).expect("honest records") {
            match received.event {
                RxEvent::Data(range) => self.outcome.data.extend_from_slice(&self.wire[range]),
                RxEvent::Nothing => {}
                event => {
                    if let RxEvent::KeyUpdate(Some(reply @ Reply::KeyUpdate)) = event {
                        let mut room = [0; 64];
                        let sealed = tx.reply(reply, &mut room).expect("an open half");
                        out.extend_from_slice(&room[..sealed.wire]);
                    }
                    self.outcome.events.push(format!("{event:?}"));
                }
            }
            self.wire.drain(..received.consumed);
        }
        out
    }

    /// Data, a change of keys that may ask for another, data, and the end.
    fn traffic(&mut self, versions: Versions, request: bool) -> Vec<u8> {
        let (_, tx) = self.halves.as_mut().expect("the handshake is complete");
        let mut room = [0; 1024];
        let mut at = tx.send(&[b"before ", b"and "], &mut room).expect("room").wire;
        if versions == Versions::TLS1_3 {
            at += tx.update_keys(request, &mut room[at..]).expect("room").wire;
        }
        at += tx.send(&[b"after"], &mut room[at..]).expect("room").wire;
        at += tx.close(&mut room[at..]).expect("room").wire;
        room[..at].to_vec()
    }
}

/// A whole connection: handshake, traffic of the client, traffic of the server. The transcript is
/// cut where the direction changes.
fn connection(configs: &(ClientConfig, ServerConfig), versions: Versions) -> (Transcript, Outcome, Outcome) {
    let mut hello = Vec::new();
    let mut handshake = Handshake::client(&configs.0, NAME).expect("a ClientHello");
    speak(&mut handshake, &mut hello).expect("a ClientHello");
    let (mut client, mut server) = (Side::new(handshake), Side::server(&configs.1));
    let mut transcript = Transcript::default();
    let mut flight = hello;
    while !flight.is_empty() {
        let answer = server.feed(&flight);
        transcript.client.push(flight);
        flight = if answer.is_empty() { Vec::new() } else { client.feed(&answer) };
        if !answer.is_empty() {
            transcript.server.push(answer);
        }
    }
    let said = client.traffic(versions, true);
    let mut answer = server.feed(&said);
    transcript.client.push(said);
    // The client has closed and cannot answer another request.
    answer.extend(server.traffic(versions, false));
    _ = client.feed(&answer);
    transcript.server.push(answer);
    (transcript, client.outcome, server.outcome)
}

/// Feeds one side its flights, each cut up by `cut`, and compares with what it was when they came whole.
fn replay(mut side: Side, flights: &[Vec<u8>], cut: impl Fn(usize, &[u8]) -> Vec<Vec<u8>>, whole: &Outcome) {
    for (number, flight) in flights.iter().enumerate() {
        for piece in cut(number, flight) {
            let out = side.feed(&piece);
            side.outcome.sent.push(out);
        }
    }
    let sent = |outcome: &Outcome| outcome.sent.concat();
    assert_eq!(sent(&side.outcome), sent(whole));
    assert_eq!(side.outcome.data, whole.data);
    assert_eq!(side.outcome.events, whole.events);
    assert_eq!(side.outcome.settled, whole.settled);
}

/// Replays a side whole, byte by byte, and cut in two at each offset.
fn every_split(make: impl Fn() -> Side, flights: &[Vec<u8>]) {
    let mut whole = make();
    for flight in flights {
        let out = whole.feed(flight);
        whole.outcome.sent.push(out);
    }
    assert!(whole.halves.is_some() && whole.outcome.data == b"before and after", "{:?}", whole.outcome);
    let whole = whole.outcome;
    replay(make(), flights, |_, flight| flight.iter().map(|byte| vec![*byte]).collect(), &whole);
    for (number, flight) in flights.iter().enumerate() {
        for at in 1..flight.len() {
            let cut = |n: usize, flight: &[u8]| match n == number {
                true => vec![flight[..at].to_vec(), flight[at..].to_vec()],
                false => vec![flight.to_vec()],
            };
            replay(make(), flights, cut, &whole);
        }
    }
}

/// Both sides of one version with everything that adds a message.
fn split_both_sides(versions: Versions) {
    let pki = Pki::new();
    let configs = || pki.with_everything(&seeded(1), &seeded(2), versions);
    let (transcript, ..) = connection(&configs(), versions);
    every_split(|| Side::client(&configs().0), &transcript.server);
    every_split(|| Side::server(&configs().1), &transcript.client);
}

#[test]
fn however_a_tls_1_3_connection_is_split_the_result_is_the_same() {
    split_both_sides(Versions::TLS1_3);
}

#[test]
fn however_a_tls_1_2_connection_is_split_the_result_is_the_same() {
    split_both_sides(Versions::TLS1_2);
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let pki = Pki::new();
    for versions in BOTH {
        let run = |client, server| {
            let plain = (pki.client(&seeded(client), versions), pki.server(&seeded(server)));
            let everything = pki.with_everything(&seeded(client), &seeded(server), versions);
            (connection(&plain, versions), connection(&everything, versions))
        };
        let first = run(1, 2);
        assert_eq!(first.0.1.data, b"before and after");
        assert_eq!(first, run(1, 2), "{}", versions.max);
        // Another seed changes each flight of its side, and what follows from it.
        let (client, server) = (run(3, 2).0.0, run(1, 4).0.0);
        assert!(first.0.0.client.iter().zip(&client.client).all(|(a, b)| a != b));
        assert_eq!(first.0.0.client[0], server.client[0]);
        assert!(first.0.0.server.iter().zip(&server.server).all(|(a, b)| a != b));
    }
}

/// A key log in memory.
#[derive(Default)]
struct Lines(Mutex<BTreeSet<String>>);

impl KeyLog for Lines {
    fn line(&self, line: &str) {
        assert!(self.0.lock().expect("no thread panics with it").insert(line.to_owned()), "logged twice: {line}");
    }
}

#[test]
fn both_sides_log_the_same_secrets() {
    let pki = Pki::new();
    for versions in BOTH {
        let (client, server) = pki.with_everything(&seeded(1), &seeded(2), versions);
        let logs = [Arc::new(Lines::default()), Arc::new(Lines::default())];
        let configs = (client.with_key_log(logs[0].clone()), server.with_key_log(logs[1].clone()));
        connection(&configs, versions);
        let [ours, theirs] = logs.map(|log| log.0.lock().expect("no thread panics with it").clone());
        assert_eq!(ours, theirs);
        let labels: Vec<&str> = ours.iter().filter_map(|line| line.split(' ').next()).collect();
        let wanted: &[&str] = match versions == Versions::TLS1_3 {
            true => &[
                "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
                "CLIENT_TRAFFIC_SECRET_0",
                "EXPORTER_SECRET",
                "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                "SERVER_TRAFFIC_SECRET_0",
            ],
            false => &["CLIENT_RANDOM"],
        };
        assert_eq!(labels, wanted);
    }
}
