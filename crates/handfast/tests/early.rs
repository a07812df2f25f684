//! Early data that a server did not ask for is passed over, up to a limit (RFC 9846 §4.3.10). The
//! client is a puppet behind records of its own.

mod common;

use handfast::codec::ExtensionType;
use handfast::crypto::Provider;
use handfast::record::{Opened, Opener, RecordKeys, Rule, Sealer};
use handfast::schedule::{Side, Watch, traffic_keys};
use handfast::{ContentType, Error, Handshake, Kind, Limits, NamedGroup, ProtocolVersion, ServerConfig};
use handfast_conformance::puppet::{Kind as Say, Puppet};

const LIMIT: u32 = 1000;

/// A server of ours and the puppet that calls it.
struct Stand {
    server: Handshake,
    puppet: Puppet,
    provider: Provider,
    opener: Opener,
    outbox: Vec<u8>,
}

impl Stand {
    fn new(retries: bool) -> Self {
        let group = if retries { NamedGroup::SECP384R1 } else { NamedGroup::X25519 };
        let limits = Limits { early_data: LIMIT, ..Limits::default() };
        let config: ServerConfig = common::server(handfast::Versions::ALL).with_limits(limits).with_groups(&[group]);
        let provider = handfast_ring::provider();
        let mut puppet = Puppet::new(Side::Client, ProtocolVersion::TLS1_3, provider.clone(), None);
        puppet.shares = vec![NamedGroup::X25519];
        let mut opener = Opener::new();
        opener.set_ccs(handfast::record::CcsRule::Drop);
        Self { server: Handshake::server(&config), puppet, provider, opener, outbox: Vec::new() }
    }

    /// The server reads all of `wire`, and the puppet hears what it says to it.
    fn give(&mut self, mut wire: Vec<u8>) -> Result<bool, Error> {
        let done = common::pump(&mut self.server, &mut wire, &mut self.outbox)?;
        let mut outbox = std::mem::take(&mut self.outbox);
        let mut rest = &mut outbox[..];
        while !rest.is_empty() {
            let consumed = match self.opener.open(rest).unwrap() {
                Opened::Record { consumed, content_type, text } => {
                    assert_eq!(content_type, ContentType::HANDSHAKE);
                    self.hear(&rest[text]);
                    consumed
                }
                Opened::Dropped { consumed, .. } => consumed,
                other => panic!("{other:?}"),
            };
            rest = &mut rest[consumed..];
        }
        Ok(done)
    }

    fn hear(&mut self, mut messages: &[u8]) {
        while let [_, a, b, c, ..] = messages {
            let (message, rest) = messages.split_at(4 + u32::from_be_bytes([0, *a, *b, *c]) as usize);
            self.puppet.hear(message);
            messages = rest;
        }
        // After ServerHello all is protected.
        if !self.opener.is_protected() && self.puppet.traffic_secret(Side::Server, false).is_some() {
            self.opener.install(self.keys(Side::Server));
        }
    }

    fn keys(&self, side: Side) -> RecordKeys {
        let info = self.puppet.suite.info().unwrap();
        let secret = self.puppet.traffic_secret(side, false).unwrap();
        let hash = self.provider.hash(info.hash).unwrap();
        let keys = traffic_keys(hash, side, secret, info.aead.key_len(), &mut Watch::off());
        let aead = self.provider.aead(info.aead).unwrap();
        RecordKeys::new(aead, ProtocolVersion::TLS1_3, keys.key(), keys.iv()).unwrap()
    }

    /// The puppet's ClientHello, with early_data or without.
    fn hello(&mut self, early_data: bool) -> Vec<u8> {
        let hello = self.puppet.say_hello(Say::ClientHello, |h| match early_data {
            true => h.set(ExtensionType::EARLY_DATA, &[]),
            false => h.remove(ExtensionType::EARLY_DATA),
        });
        clear(22, &hello)
    }

    fn finished(&mut self) -> Vec<u8> {
        let finished = self.puppet.say(Say::Finished);
        self.first_record(ContentType::HANDSHAKE, &finished)
    }

    /// The puppet's first record under its handshake key.
    fn first_record(&self, content_type: ContentType, text: &[u8]) -> Vec<u8> {
        let (mut sealer, mut wire) = (Sealer::new(), vec![0; 200]);
        sealer.install(self.keys(Side::Client));
        let sealed = sealer.seal(content_type, &[text], &mut wire).unwrap();
        wire.truncate(sealed.wire);
        wire
    }
}

fn clear(content_type: u8, text: &[u8]) -> Vec<u8> {
    let [high, low] = (text.len() as u16).to_be_bytes();
    [&[content_type, 3, 3, high, low], text].concat()
}

/// Early data, as it looks to one who has no key for it.
fn early(len: usize) -> Vec<u8> {
    clear(23, &vec![0xea; len])
}

fn rule(error: &Error) -> Option<Rule> {
    if let Kind::Record(error) = error.kind() { Some(error.rule) } else { None }
}

#[test]
fn early_data_behind_the_client_hello_is_passed_over() {
    let mut stand = Stand::new(false);
    let hello = stand.hello(true);
    let wire = [hello, early(400), early(600)].concat();
    assert!(!stand.give(wire).unwrap());
    let finished = stand.finished();
    assert!(stand.give(finished).unwrap(), "the handshake is complete");
}

#[test]
fn early_data_behind_a_retry_is_passed_over_until_the_second_hello() {
    let mut stand = Stand::new(true);
    let hello = stand.hello(true);
    assert!(!stand.give([hello, early(400), early(600)].concat()).unwrap());
    let hello = stand.hello(false);
    assert!(!stand.give(hello).unwrap());
    let finished = stand.finished();
    assert!(stand.give(finished).unwrap(), "the handshake is complete");
}

#[test]
fn early_data_beyond_the_limit_is_refused() {
    for retries in [false, true] {
        let mut stand = Stand::new(retries);
        let hello = stand.hello(true);
        assert!(!stand.give([hello, early(LIMIT as usize)].concat()).unwrap());
        let error = stand.give(early(1)).unwrap_err();
        let Kind::Record(broken) = error.kind() else { panic!("{error}") };
        assert_eq!((broken.rule, broken.expected, broken.found), (Rule::TooMuchEarlyData, LIMIT, LIMIT + 1));
    }
}

#[test]
fn early_data_that_was_not_offered_is_refused() {
    for (retries, broken) in [(false, Rule::BadRecordMac), (true, Rule::PlainApplicationData)] {
        let mut stand = Stand::new(retries);
        let hello = stand.hello(false);
        assert_eq!(rule(&stand.give([hello, early(40)].concat()).unwrap_err()), Some(broken));
    }
}

#[test]
fn early_data_does_not_go_on_behind_the_second_hello() {
    let mut stand = Stand::new(true);
    let hello = stand.hello(true);
    stand.give([hello, early(40)].concat()).unwrap();
    let hello = stand.hello(false);
    assert_eq!(rule(&stand.give([hello, early(40)].concat()).unwrap_err()), Some(Rule::BadRecordMac));
}

#[test]
fn data_under_the_handshake_key_is_no_data() {
    // Nobody has proven anything yet: what decrypts before Finished is not for the application.
    let mut stand = Stand::new(false);
    let hello = stand.hello(false);
    stand.give(hello).unwrap();
    let data = stand.first_record(ContentType::APPLICATION_DATA, b"GET / HTTP/1.0");
    let error = stand.give(data).unwrap_err();
    let Kind::Handshake(broken) = error.kind() else { panic!("{error}") };
    assert_eq!(broken.rule(), Some(handfast::Rule::UnexpectedMessage));
    assert!(broken.came().contains("application data"), "{error}");
}
