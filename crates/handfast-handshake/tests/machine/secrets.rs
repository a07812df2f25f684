//! What each state keeps alive: its own words, listed, and what counters can see of it.

use crate::paths::{possible, table};
use crate::stand::Subject;
use crate::{fixture, golden};
use handfast_codec::{ExtensionType, NamedGroup, ProtocolVersion};
use handfast_conformance::puppet::{Kind, Puppet};
use handfast_crypto::group::{Group, KeyExchange};
use handfast_crypto::hash::{Hash, HashContext, Hmac};
use handfast_crypto::{CryptoError, Digest, HashAlgorithm, Provider, Random, Secret};
use handfast_handshake::{Cx, Effect, Effects, Question, Server, client, server};
use handfast_schedule::Side;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// Counts what is alive: one goes up with each value and down when it is dropped.
struct Token(Arc<AtomicUsize>);

impl Token {
    fn new(live: &Arc<AtomicUsize>) -> Self {
        live.fetch_add(1, SeqCst);
        Self(live.clone())
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

struct CountingGroup(&'static dyn Group, Arc<AtomicUsize>);
struct CountingExchange {
    inner: Box<dyn KeyExchange>,
    _alive: Token,
}
struct CountingHash(&'static dyn Hash, Arc<AtomicUsize>);
struct CountingContext(Box<dyn HashContext>, Token);

impl Group for CountingGroup {
    fn group(&self) -> NamedGroup {
        self.0.group()
    }
    fn start(&self, random: &dyn Random) -> Result<Box<dyn KeyExchange>, CryptoError> {
        Ok(Box::new(CountingExchange { inner: self.0.start(random)?, _alive: Token::new(&self.1) }))
    }
    fn respond(&self, random: &dyn Random, share: &[u8]) -> Result<(Vec<u8>, Secret), CryptoError> {
        self.0.respond(random, share)
    }
}

impl KeyExchange for CountingExchange {
    fn group(&self) -> NamedGroup {
        self.inner.group()
    }
    fn share(&self) -> &[u8] {
        self.inner.share()
    }
    fn finish(self: Box<Self>, share: &[u8]) -> Result<Secret, CryptoError> {
        self.inner.finish(share)
    }
}

impl Hash for CountingHash {
    fn algorithm(&self) -> HashAlgorithm {
        self.0.algorithm()
    }
    fn start(&self) -> Box<dyn HashContext> {
        Box::new(CountingContext(self.0.start(), Token::new(&self.1)))
    }
    fn hash(&self, parts: &[&[u8]]) -> Digest {
        self.0.hash(parts)
    }
    fn with_key(&self, key: &[u8], work: &mut dyn FnMut(&dyn Hmac)) {
        self.0.with_key(key, work);
    }
}

impl HashContext for CountingContext {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
    fn fork(&self) -> Digest {
        self.0.fork()
    }
    fn duplicate(&self) -> Box<dyn HashContext> {
        Box::new(Self(self.0.duplicate(), Token::new(&self.1.0)))
    }
}

/// A provider whose key exchanges and transcripts are counted: those counts come second and third.
fn counting(provider: &Provider) -> (Provider, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let (exchanges, transcripts) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let group =
        |g: &&'static dyn Group| -> &'static dyn Group { Box::leak(Box::new(CountingGroup(*g, exchanges.clone()))) };
    let hash =
        |h: &&'static dyn Hash| -> &'static dyn Hash { Box::leak(Box::new(CountingHash(*h, transcripts.clone()))) };
    let groups = Vec::leak(provider.groups.iter().map(group).collect());
    let hashes = Vec::leak(provider.hashes.iter().map(hash).collect());
    (Provider { groups, hashes, ..provider.clone() }, exchanges, transcripts)
}

/// What the doc comment of a state says about its secrets.
fn alive(side: Side, state: &str) -> String {
    let sources = match side {
        Side::Client => [
            include_str!("../../src/client/hello.rs"),
            include_str!("../../src/client/tls13.rs"),
            include_str!("../../src/client/tls12.rs"),
        ],
        Side::Server => [
            include_str!("../../src/server/hello.rs"),
            include_str!("../../src/server/tls13.rs"),
            include_str!("../../src/server/tls12.rs"),
        ],
    };
    let found = sources.iter().find_map(|source| {
        let at = source.find(&format!("pub struct {state} {{"))?;
        let lines: Vec<_> = source[..at].lines().rev().map_while(|l| l.strip_prefix("///")).collect();
        Some(lines.into_iter().rev().map(str::trim).collect::<Vec<_>>().join(" "))
    });
    let doc = found.unwrap_or_else(|| panic!("{state} is nowhere"));
    let said = doc.split_once("Alive here: ").map(|(_, alive)| alive.to_owned());
    let nothing = doc.find("No secret exists").map(|at| doc[at..].to_owned());
    said.or(nothing).unwrap_or_else(|| panic!("{state} does not say which secrets it holds: {doc}"))
}

#[test]
fn every_state_says_which_secrets_it_holds() {
    for (side, states) in [(Side::Client, client::Machine::STATES), (Side::Server, server::Machine::STATES)] {
        let head = format!("# What each state of a {side} keeps alive, in its own words. Made by the tests.\n\n");
        let lines = states.iter().map(|s| format!("{s}: {}\n", alive(side, s)));
        golden::check(&format!("tests/golden/{side}.secrets.txt"), &(head + &lines.collect::<String>()));
    }
}

#[test]
fn a_private_key_lives_exactly_where_a_state_says_so() {
    for provider in fixture::backends() {
        for side in [Side::Client, Side::Server] {
            for route in possible(side) {
                for count in 0..=route.arrows.len() {
                    let (counted, exchanges, transcripts) = counting(&provider);
                    let mut stand = route.stand_after_with(count, &provider, &counted);
                    let state = stand.subject.state();
                    let says = alive(side, state).starts_with("the private key");
                    assert_eq!(exchanges.load(SeqCst) > 0, says, "{side} {state} of {}", route.line());

                    // A connection keeps neither; nor does a machine that failed.
                    if stand.connected {
                        stand.finish().unwrap();
                    } else {
                        assert!(stand.say(Kind::KeyUpdate).is_err());
                        assert_eq!(stand.subject.state(), "Failed");
                    }
                    let live = (exchanges.load(SeqCst), transcripts.load(SeqCst));
                    assert_eq!(live, (0, 0), "{side}, after {state} of {}", route.line());
                    assert_eq!(matches!(stand.subject, Subject::After(_)), stand.connected);
                }
            }
        }
    }
}

#[test]
fn a_key_update_overwrites_the_spent_secret() {
    let [provider, _] = fixture::backends();
    let mut stand = crate::after::live(Side::Server, ProtocolVersion::TLS1_3, &provider);
    let Subject::After(after) = &stand.subject else { panic!("it is live") };
    let (at, spent) =
        (after.ratchet().unwrap().secret().bytes().as_ptr(), after.ratchet().unwrap().secret().duplicate());
    stand.say(Kind::KeyUpdate).unwrap();
    let Subject::After(after) = &stand.subject else { panic!("it is live") };
    let next = after.ratchet().unwrap().secret();
    assert!(!next.same_as(spent.bytes()) && next.bytes().as_ptr() == at, "in the same place");
}

#[test]
fn the_longest_flight_fits_the_room_that_is_made_for_it() {
    // A queue that grows leaves the keys that stood in it behind, where nobody wipes them.
    for provider in fixture::backends() {
        let mut settings = fixture::server(&provider);
        (settings.client_auth, settings.alpn) = (server::ClientAuth::Require, vec![b"h2".to_vec()]);
        let mut puppet = Puppet::new(Side::Client, ProtocolVersion::TLS1_3, provider.clone(), None);
        puppet.groups = fixture::GROUPS.to_vec();
        let hello = puppet.say_hello(Kind::ClientHello, |h| {
            h.session_id = vec![7; 32];
            h.set(ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION, b"\x00\x03\x02h2");
            h.set(ExtensionType::EARLY_DATA, &[]);
        });
        let mut effects = Effects::with_room();
        let (mut server, room) = (Server::new(&Arc::new(settings)), effects.list.capacity());
        server.message(&hello, true, &mut Cx::new(&mut effects, None)).unwrap();
        let Some(Effect::Ask(Question::Choose(choose))) = effects.list.pop() else { panic!("a server chooses") };
        effects.clear();
        let answer = choose.answer(Arc::from([fixture::credential(&provider, "p256", &[])]));
        server.answer(answer, true, &mut Cx::new(&mut effects, None)).unwrap();
        let skips = effects.list.iter().any(|e| matches!(e, Effect::SkipEarlyData));
        let changes = effects.list.iter().any(|e| matches!(e, Effect::SendChangeCipherSpec));
        assert!(skips && changes, "all that a flight can hold");
        assert_eq!(effects.list.capacity(), room, "{} effects", effects.list.len());
    }
}

#[test]
fn the_tables_have_the_states_that_are_listed() {
    for (side, states) in [(Side::Client, client::Machine::STATES), (Side::Server, server::Machine::STATES)] {
        assert!(table(side).iter().all(|a| states.contains(&a.from) && states.contains(&a.to)));
    }
}
