//! The budgets of docs/design.md: what a record, an idle connection and a handshake take from the heap.
//!
//! Every test runs alone and in the main thread: the allocator counts for the whole program.
#![forbid(unsafe_code)]

#[path = "interop/meter.rs"]
mod meter;
#[path = "interop/pair.rs"]
mod pair;

use handfast::crypto::AeadAlgorithm;
use handfast::{
    CipherSuite, ClientConfig, Handshake, Next, Provider, Question, Rx, RxEvent, ServerConfig, Summary, Tx, Versions,
};
use libtest_mimic::{Arguments, Failed, Trial};
use meter::{Meter, metered};
use pair::{NAME, Pki};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const BOTH: [Versions; 2] = [Versions::TLS1_3, Versions::TLS1_2];

/// The most a handshake may hold, in bytes, chains left out.
const HANDSHAKE_PEAK: isize = 6 * 1024;
/// The most often it may allocate.
const HANDSHAKE_ALLOCATIONS: usize = 16;
/// The most bytes of an idle connection with AES-GCM: both halves, and what they own.
const IDLE: usize = 1536;
/// The same without its expanded keys.
const PARKED: usize = 512;

/// One side with its meter.
struct Side {
    handshake: Handshake,
    done: bool,
    /// What it takes to answer its questions as its configuration says.
    answers: Meter,
    /// What it takes otherwise.
    meter: Meter,
}

impl Side {
    fn new(make: impl FnOnce() -> Handshake) -> Self {
        let mut meter = Meter::default();
        let handshake = meter.run(make);
        Self { handshake, done: false, answers: Meter::default(), meter }
    }

    /// Goes as far as it can: reads from `wire`, writes to `out`, which has room for all.
    fn go(&mut self, judges: Judges, wire: &mut Vec<u8>, out: &mut Vec<u8>) {
        let Self { handshake, done, answers, meter } = self;
        loop {
            match meter.run(|| handshake.next()).expect("an honest handshake") {
                Next::Send => meter.run(|| {
                    out.extend_from_slice(handshake.outgoing());
                    handshake.sent(handshake.outgoing().len());
                }),
                Next::Receive => {
                    let consumed = meter.run(|| handshake.receive(wire));
                    wire.drain(..consumed);
                    if consumed == 0 {
                        return;
                    }
                }
                Next::Ask(question) => {
                    // Bytes are held by the side, whoever allocates them.
                    (answers.live, answers.peak) = (meter.live, meter.peak);
                    answers.run(|| match (judges, question) {
                        (Judges::Accept, Question::Judge(judge)) => handshake.answer(judge.accept()),
                        (_, question) => handshake.resolve(question),
                    });
                    (meter.live, meter.peak) = (answers.live, answers.peak);
                }
                Next::Done => {
                    *done = true;
                    return;
                }
                next => panic!("every question was answered, and yet {next:?}"),
            }
        }
    }

    fn finish(self) -> (Rx, Tx, Summary, Meter, Meter) {
        let Self { handshake, answers, mut meter, .. } = self;
        let (rx, tx, summary) = meter.run(|| handshake.finish()).expect("a complete handshake");
        (rx, tx, summary, meter, answers)
    }
}

/// Who judges the peer's chain.
#[derive(Clone, Copy)]
enum Judges {
    /// The configuration: the chain must end in its roots.
    Resolve,
    /// The test, which believes it.
    Accept,
}

/// A handshake of two sides.
fn handshake(configs: &(ClientConfig, ServerConfig)) -> [Side; 2] {
    handshake_judged(configs, Judges::Resolve)
}

fn handshake_judged(configs: &(ClientConfig, ServerConfig), judges: Judges) -> [Side; 2] {
    let mut client = Side::new(|| Handshake::client(&configs.0, NAME).expect("a ClientHello"));
    let mut server = Side::new(|| Handshake::server(&configs.1));
    // Buffers that are the caller's never grow in here.
    let (mut up, mut down) = (Vec::with_capacity(64 * 1024), Vec::with_capacity(64 * 1024));
    while !(client.done && server.done) {
        client.go(judges, &mut down, &mut up);
        server.go(judges, &mut up, &mut down);
    }
    [client, server]
}

fn backends() -> [Provider; 2] {
    [handfast_ring::provider(), handfast_rustcrypto::provider()]
}

/// A client as it comes, and a server that settles the version.
fn plain(pki: &Pki, provider: &Provider, versions: Versions) -> (ClientConfig, ServerConfig) {
    (pki.client(provider, Versions::ALL), pki.server(provider).with_versions(versions))
}

/// Each backend with each AEAD, by a suite of either version.
fn suites(versions: Versions) -> [CipherSuite; 3] {
    match versions == Versions::TLS1_3 {
        true => [
            CipherSuite::TLS_AES_128_GCM_SHA256,
            CipherSuite::TLS_AES_256_GCM_SHA384,
            CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
        ],
        false => [
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        ],
    }
}

/// What the program holds on the heap now.
fn held() -> usize {
    let now = ALLOCATOR.stats();
    now.bytes_allocated - now.bytes_deallocated
}

/// A connection in memory: the client's halves and the server's, and the bytes of heap that they own.
struct Connection {
    client: (Rx, Tx),
    server: (Rx, Tx),
    heap: usize,
    wire: Vec<u8>,
}

impl Connection {
    fn new(configs: &(ClientConfig, ServerConfig)) -> Self {
        let wire = vec![0; handfast::record::MAX_WIRE];
        let before = held();
        let halves = |side: Side| {
            let (rx, tx, _, _, _) = side.finish();
            (rx, tx)
        };
        let [client, server] = handshake(configs).map(halves);
        Self { client, server, heap: held() - before, wire }
    }

    /// Sends one record of `len` bytes each way.
    fn exchange(&mut self, len: usize) {
        static TEXT: [u8; 16_384] = [7; 16_384];
        let Self { client, server, wire, .. } = self;
        for (tx, rx) in [(&mut client.1, &mut server.0), (&mut server.1, &mut client.0)] {
            let sealed = tx.send(&[&TEXT[..len / 2], &TEXT[len / 2..len]], wire).expect("an open half");
            let received = rx.receive(&mut wire[..sealed.wire]).expect("an honest record").expect("a whole record");
            assert!(matches!(received.event, RxEvent::Data(text) if text.len() == len));
            let at = tx.seal_in_place(wire, 13..13 + len).expect("an open half");
            let received = rx.receive(&mut wire[at]).expect("an honest record").expect("a whole record");
            assert!(matches!(received.event, RxEvent::Data(text) if text.len() == len));
        }
    }

    /// Both sides change their keys, and the KeyUpdate comes in two pieces of its record's bytes.
    fn change_keys(&mut self) {
        let Self { client, server, wire, .. } = self;
        for (tx, rx) in [(&mut client.1, &mut server.0), (&mut server.1, &mut client.0)] {
            let sealed = tx.update_keys(false, wire).expect("an open half").wire;
            assert_eq!(rx.receive(&mut wire[..sealed - 1]).expect("an honest record"), None);
            let received = rx.receive(&mut wire[..sealed]).expect("an honest record").expect("a whole record");
            assert_eq!(received.event, RxEvent::KeyUpdate(None));
        }
    }

    /// Bytes that one side owns: its two halves and their heap. Both sides own the same.
    fn owned(&self) -> usize {
        size_of::<Rx>() + size_of::<Tx>() + self.heap / 2
    }
}

fn records_cost_no_allocation() -> Result<(), Failed> {
    let pki = Pki::new();
    for provider in backends() {
        for versions in BOTH {
            for suite in suites(versions) {
                let (client, server) = plain(&pki, &provider, versions);
                let mut connection = Connection::new(&(client, server.with_suites(&[suite])));
                let before = Region::new(ALLOCATOR);
                for len in [1, 100, 16_384] {
                    connection.exchange(len);
                }
                let change = before.change();
                let counted = (change.allocations, change.reallocations, change.deallocations);
                if counted != (0, 0, 0) {
                    return Err(format!("{}, {suite}: {counted:?}", provider.name).into());
                }
            }
        }
    }
    // The counter itself works.
    let before = Region::new(ALLOCATOR);
    drop(std::hint::black_box(vec![1_u8; 10]));
    if before.change().allocations == 1 { Ok(()) } else { Err("the counter stands still".into()) }
}

fn idle_connections_are_small() -> Result<(), Failed> {
    let pki = Pki::new();
    let mut over = Vec::new();
    for provider in backends() {
        for versions in BOTH {
            for suite in suites(versions) {
                let (client, server) = plain(&pki, &provider, versions);
                let mut connection = Connection::new(&(client, server.with_suites(&[suite])));
                let fresh = connection.owned();
                let before = held();
                connection.exchange(16_384);
                if versions == Versions::TLS1_3 {
                    connection.change_keys();
                }
                connection.exchange(1);
                let after = (fresh + held() / 2).saturating_sub(before / 2);
                let before = held();
                for half in [&mut connection.client, &mut connection.server] {
                    half.0.park();
                    half.1.park();
                }
                let parked = after - (before - held()) / 2;
                println!(
                    "  {}, {suite}: {fresh} bytes fresh, {after} after traffic, {parked} parked; of these {} in the halves",
                    provider.name,
                    size_of::<Rx>() + size_of::<Tx>()
                );
                // The budget is for AES-GCM; what the other AEAD takes is printed.
                if suite.info().is_some_and(|i| i.aead != AeadAlgorithm::ChaCha20Poly1305) {
                    if fresh.max(after) > IDLE {
                        over.push(format!("{}, {suite}: {fresh} and {after} of {IDLE}", provider.name));
                    }
                    // TLS 1.2 has nothing to make its keys from again, so it is not parked.
                    if versions == Versions::TLS1_3 && parked > PARKED {
                        over.push(format!("{}, {suite}, parked: {parked} of {PARKED}", provider.name));
                    }
                }
            }
        }
    }
    if over.is_empty() { Ok(()) } else { Err(over.join("\n").into()) }
}

fn handshakes_hold_little() -> Result<(), Failed> {
    let pki = Pki::new();
    let mut over = Vec::new();
    for provider in backends().map(|p| metered(&p)) {
        for versions in BOTH {
            // Each chain is held up to three times: our own as a message, as records and, in
            // TLS 1.2, in what CertificateVerify signs; the peer's as it came, for the application
            // and likewise. One small chain fits into the budget with all its copies.
            let everything = pki.with_everything(&provider, &provider, versions);
            let configs = [
                ("plain", plain(&pki, &provider, versions), 0),
                ("with everything", everything, 3 * pki.chains() as isize),
            ];
            for (what, configs, chains) in configs {
                for (who, side) in ["client", "server"].into_iter().zip(handshake(&configs)) {
                    // The box of the machine's state is on the heap already; this is the rest of the handshake.
                    let peak = side.meter.peak + size_of::<Handshake>() as isize;
                    let line = format!(
                        "{}, {}, {who}, {what}: at most {peak} bytes, chains may add {chains} to the budget",
                        provider.name, versions.max
                    );
                    println!("  {line}");
                    if peak - chains > HANDSHAKE_PEAK {
                        over.push(line);
                    }
                    let (_, _, _, meter, _) = side.finish();
                    assert!(meter.looks > 20, "{meter:?}");
                }
            }
        }
    }
    if over.is_empty() { Ok(()) } else { Err(over.join("\n").into()) }
}

/// All that a handshake allocates beyond the backend is held to the budget, judging the chain
/// included. Whoever answers that question elsewhere does not pay for it.
fn handshakes_allocate_little() -> Result<(), Failed> {
    let pki = Pki::new();
    let mut over = Vec::new();
    for provider in backends().map(|p| metered(&p)) {
        for versions in BOTH {
            let configs = plain(&pki, &provider, versions);
            let count = |judges| {
                handshake_judged(&configs, judges).map(|side| {
                    let (_, _, _, meter, answers) = side.finish();
                    meter.allocations + answers.allocations
                })
            };
            let (alone, judged) = (count(Judges::Accept), count(Judges::Resolve));
            for (who, (alone, judged)) in ["client", "server"].into_iter().zip(alone.into_iter().zip(judged)) {
                let judging = judged - alone;
                let line = format!(
                    "{}, {}, {who}: {alone} allocations, and {judging} to judge a chain",
                    provider.name, versions.max
                );
                println!("  {line}");
                if judged > HANDSHAKE_ALLOCATIONS {
                    over.push(line);
                }
            }
        }
    }
    if over.is_empty() { Ok(()) } else { Err(over.join("\n").into()) }
}

fn main() -> ExitCode {
    let mut args = Arguments::from_args();
    args.test_threads = Some(1);
    let trial = |name: &str, run: fn() -> Result<(), Failed>| Trial::test(name, run);
    let trials = vec![
        trial("records cost no allocation", records_cost_no_allocation),
        trial("idle connections are small, and parked ones smaller", idle_connections_are_small),
        trial("a handshake holds little", handshakes_hold_little),
        trial("a handshake allocates little", handshakes_allocate_little),
    ];
    libtest_mimic::run(&args, trials).exit_code()
}
