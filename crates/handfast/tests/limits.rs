//! Every limit on hostile peers that a connection has, at its edge and through the connection: exactly the
//! limit passes, one more fails, and the error says what was allowed and what was spent.

mod common;
#[path = "common/forge.rs"]
mod forge;

use common::{EACH, client, client_handshake, halves, pki, pump, server, server_handshake};
use forge::{Forged, record_figures, ticket};
use handfast::record::{MAX_IDLE, MAX_TEXT, MAX_WARNINGS, Rule as RecordRule};
use handfast::schedule::Side;
use handfast::x509::{MAX_ATTEMPTS, Reason};
use handfast::{
    AlertDescription, Blame, ClientConfig, Clock, ContentType, Credential, Direction, Error, Event, Handshake, Kind,
    Limits, Observer, Roots, Rule, RxEvent, Sealed, ServerConfig, UnixTime, Versions,
};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn clear(content_type: u8, text: &[u8]) -> Vec<u8> {
    let [high, low] = (text.len() as u16).to_be_bytes();
    [&[content_type, 3, 3, high, low], text].concat()
}

/// Hands records to a handshake; the first error ends it.
fn give(hs: &mut Handshake, wire: &[u8]) -> Result<bool, Error> {
    pump(hs, &mut wire.to_vec(), &mut Vec::new())
}

/// What ran out, what was allowed, what was spent; and that the error reads so and blames the limit.
fn spent(error: &Error) -> (&'static str, u64, u64) {
    let Kind::Limit { what, limit, spent } = error.kind() else { panic!("{error}") };
    assert_eq!((error.blame(), error.alert()), (Blame::Limit, Some(AlertDescription::INTERNAL_ERROR)));
    assert!(error.to_string().contains(&format!("{what}: at most {limit}, and {spent} were spent")), "{error}");
    (what, *limit, *spent)
}

/// The two ends talk until both are done or the first fails.
fn talk(client: &mut Handshake, server: &mut Handshake) -> Result<(), Error> {
    let (mut to_client, mut to_server) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        let ours = pump(client, &mut to_client, &mut to_server)?;
        if pump(server, &mut to_server, &mut to_client)? && ours {
            return Ok(());
        }
    }
    panic!("the handshake has no end")
}

/// The lengths of the messages that one end reads, headers included.
#[derive(Clone, Default)]
struct Lengths(Arc<Mutex<Vec<usize>>>);

impl Observer for Lengths {
    fn event(&mut self, event: &Event<'_>) {
        if let Event::Message { direction: Direction::Read, bytes, .. } = event {
            self.0.lock().unwrap().push(bytes.len());
        }
    }
}

/// What a server reads in an honest handshake. Its length does not change from run to run.
fn server_reads(versions: Versions) -> Vec<usize> {
    let lengths = Lengths::default();
    let mut hs = Handshake::server_observed(&server(versions), Some(Box::new(lengths.clone())));
    talk(&mut client_handshake(versions), &mut hs).unwrap();
    let lengths = lengths.0.lock().unwrap();
    lengths.clone()
}

/// An honest handshake with a server of these limits.
fn served(versions: Versions, limits: Limits) -> Result<(), Error> {
    let config: ServerConfig = server(versions).with_limits(limits);
    talk(&mut client_handshake(versions), &mut Handshake::server(&config))
}

#[test]
fn a_handshake_of_exactly_the_bytes_allowed_is_complete_and_one_less_is_too_few() {
    for versions in EACH {
        let total: usize = server_reads(versions).iter().sum();
        let limits = |handshake_bytes| Limits { handshake_bytes, ..Limits::default() };
        served(versions, limits(total)).unwrap();
        let error = served(versions, limits(total - 1)).unwrap_err();
        assert_eq!(spent(&error), ("handshake bytes", total as u64 - 1, total as u64));
    }
}

#[test]
fn bytes_count_although_no_message_is_ever_whole() {
    let limits = Limits { handshake_bytes: 1000, ..Limits::default() };
    let mut hs = Handshake::server(&server(Versions::ALL).with_limits(limits));
    // One byte to a record, of a message that would have 2000.
    give(&mut hs, &clear(22, &[1, 0, 7, 0xd0])).unwrap();
    for _ in 4..1000 {
        give(&mut hs, &clear(22, &[0])).unwrap();
    }
    assert_eq!(spent(&give(&mut hs, &clear(22, &[0])).unwrap_err()), ("handshake bytes", 1000, 1001));
}

#[test]
fn a_handshake_of_exactly_the_messages_allowed_is_complete_and_one_less_is_too_few() {
    for versions in EACH {
        let messages = server_reads(versions).len() as u32;
        let limits = |messages| Limits { messages, ..Limits::default() };
        served(versions, limits(messages)).unwrap();
        let error = served(versions, limits(messages - 1)).unwrap_err();
        assert_eq!(spent(&error), ("handshake messages", u64::from(messages) - 1, messages.into()));
    }
}

#[test]
fn hello_requests_that_mean_nothing_count_as_messages() {
    let most = Limits::default().messages;
    for versions in [Versions::ALL, Versions::TLS1_2] {
        for per_record in [1, 8] {
            let mut hs = client_handshake(versions);
            let record = clear(22, &[0, 0, 0, 0].repeat(per_record));
            for _ in 0..most as usize / per_record {
                give(&mut hs, &record).unwrap();
            }
            let error = give(&mut hs, &clear(22, &[0, 0, 0, 0])).unwrap_err();
            assert_eq!(spent(&error), ("handshake messages", most.into(), u64::from(most) + 1));
        }
    }
}

#[test]
fn a_chain_as_long_as_allowed_is_read_and_a_byte_more_is_not() {
    // RFC 9846 §4.5.1: an empty context, and for each certificate its length and empty extensions.
    // RFC 5246 §7.4.2: the list and each certificate with three bytes of length.
    let der = pki().chain[0].len();
    for (versions, length) in [(Versions::TLS1_3, 1 + 3 + 3 + der + 2), (Versions::TLS1_2, 3 + 3 + der)] {
        let called = |certificate_bytes| {
            let limits = Limits { certificate_bytes, ..Limits::default() };
            let config: ClientConfig = client(versions).with_limits(limits);
            let mut hs = Handshake::client(&config, "localhost").unwrap();
            talk(&mut hs, &mut server_handshake(versions))
        };
        called(length).unwrap();
        let error = called(length - 1).unwrap_err();
        assert_eq!(record_figures(&error), (RecordRule::MessageTooLong, length as u32 - 1, length as u32));
        assert_eq!(error.alert(), Some(AlertDescription::ILLEGAL_PARAMETER));
    }
}

#[test]
fn a_message_as_long_as_allowed_is_read_and_a_byte_more_is_not() {
    for versions in EACH {
        let longest = server_reads(versions).into_iter().max().unwrap() - 4;
        let limits = |message_bytes| Limits { message_bytes, ..Limits::default() };
        served(versions, limits(longest)).unwrap();
        let error = served(versions, limits(longest - 1)).unwrap_err();
        assert_eq!(record_figures(&error), (RecordRule::MessageTooLong, longest as u32 - 1, longest as u32));
    }
}

#[test]
fn an_announced_length_is_judged_by_its_header_and_by_the_defaults() {
    let Limits { certificate_bytes, message_bytes, .. } = Limits::default();
    for (kind, max) in [(11, certificate_bytes), (25, certificate_bytes), (1, message_bytes), (20, message_bytes)] {
        let header = |len: usize| clear(22, &[kind, (len >> 16) as u8, (len >> 8) as u8, len as u8]);
        assert!(!give(&mut server_handshake(Versions::ALL), &header(max)).unwrap());
        let error = give(&mut server_handshake(Versions::ALL), &header(max + 1)).unwrap_err();
        assert_eq!(record_figures(&error), (RecordRule::MessageTooLong, max as u32, max as u32 + 1));
    }
}

/// A clock that a test turns.
struct Hands(AtomicU64);

impl Clock for Hands {
    fn now(&self) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(1_780_272_000))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }
}

#[test]
fn a_handshake_may_take_all_of_its_time_and_not_a_millisecond_more() {
    let deadline = Limits::default().deadline.as_millis() as u64;
    // Wherever the clock stands at the start.
    for start in [0, 1_000_000] {
        let clock = Arc::new(Hands(AtomicU64::new(start)));
        let mut waits = [
            Handshake::server(&server(Versions::ALL).with_clock(clock.clone())),
            Handshake::client(&client(Versions::ALL).with_clock(clock.clone()), "localhost").unwrap(),
        ];
        for hs in &mut waits {
            clock.0.store(start + deadline, Ordering::Relaxed);
            // A byte now and then does not keep it alive.
            assert!(!give(hs, &[22]).unwrap());
            clock.0.store(start + deadline + 1, Ordering::Relaxed);
            let error = give(hs, &[]).unwrap_err();
            assert_eq!(spent(&error), ("milliseconds for the handshake", deadline, deadline + 1));
        }
    }
}

#[test]
fn a_complete_handshake_has_no_deadline() {
    let clock = Arc::new(Hands(AtomicU64::new(0)));
    let mut hs = Handshake::server(&server(Versions::ALL).with_clock(clock.clone()));
    talk(&mut client_handshake(Versions::ALL), &mut hs).unwrap();
    clock.0.store(u64::MAX / 2, Ordering::Relaxed);
    assert!(matches!(hs.next(), Ok(handfast::Next::Done)));
}

#[test]
fn change_cipher_specs_are_dropped_to_the_limit_and_no_further() {
    let most = u32::from(MAX_IDLE);
    let mut hs = client_handshake(Versions::TLS1_3);
    for _ in 0..most {
        give(&mut hs, &clear(20, &[1])).unwrap();
    }
    let error = give(&mut hs, &clear(20, &[1])).unwrap_err();
    assert_eq!(record_figures(&error), (RecordRule::TooManyIdle, most, most + 1));
    assert_eq!(error.alert(), Some(AlertDescription::UNEXPECTED_MESSAGE));
}

#[test]
fn warnings_in_a_handshake_are_borne_to_the_limit_and_no_further() {
    let most = u32::from(MAX_WARNINGS);
    for mut hs in [client_handshake(Versions::TLS1_2), server_handshake(Versions::TLS1_2)] {
        for _ in 0..most {
            give(&mut hs, &clear(21, &[1, 112])).unwrap();
        }
        let error = give(&mut hs, &clear(21, &[1, 112])).unwrap_err();
        assert_eq!(record_figures(&error), (RecordRule::TooManyWarnings, most, most + 1));
    }
}

#[test]
fn a_record_in_the_clear_is_as_long_as_allowed_and_no_longer() {
    let header = |len: usize| [22, 3, 1, (len >> 8) as u8, len as u8];
    for mut hs in [client_handshake(Versions::ALL), server_handshake(Versions::ALL)] {
        assert!(!give(&mut hs, &header(MAX_TEXT)).unwrap());
        let error = give(&mut hs, &header(MAX_TEXT + 1)).unwrap_err();
        assert_eq!(record_figures(&error), (RecordRule::RecordTooLong, MAX_TEXT as u32, MAX_TEXT as u32 + 1));
        assert_eq!(error.alert(), Some(AlertDescription::RECORD_OVERFLOW));
    }
}

#[test]
fn a_protected_record_is_as_long_as_its_version_allows_and_no_longer() {
    for (versions, max) in [(Versions::TLS1_3, MAX_TEXT + 256), (Versions::TLS1_2, MAX_TEXT + 2048)] {
        let (mut client, _) = halves(versions);
        let header = |len: usize| [23, 3, 3, (len >> 8) as u8, len as u8];
        assert!(client.rx.receive(&mut header(max)).unwrap().is_none());
        let error = client.rx.receive(&mut header(max + 1)).unwrap_err().error;
        assert_eq!(record_figures(&error), (RecordRule::RecordTooLong, max as u32, max as u32 + 1));
    }
}

#[test]
fn empty_records_are_borne_to_the_limit_and_data_begins_anew() {
    let most = u32::from(MAX_IDLE);
    for side in [Side::Client, Side::Server] {
        for versions in EACH {
            let mut peer = Forged::new(side, versions);
            for _ in 0..2 {
                for _ in 0..most {
                    peer.say(ContentType::APPLICATION_DATA, b"").unwrap();
                }
                peer.say(ContentType::APPLICATION_DATA, b"x").unwrap();
            }
            for _ in 0..most {
                peer.say(ContentType::APPLICATION_DATA, b"").unwrap();
            }
            let error = peer.say(ContentType::APPLICATION_DATA, b"").unwrap_err().error;
            assert_eq!(record_figures(&error), (RecordRule::TooManyIdle, most, most + 1));
        }
    }
}

#[test]
fn warnings_on_a_connection_are_borne_to_the_limit_and_data_begins_anew() {
    let most = u32::from(MAX_WARNINGS);
    let user_canceled = [1, 90];
    for side in [Side::Client, Side::Server] {
        for versions in EACH {
            let mut peer = Forged::new(side, versions);
            for _ in 0..2 {
                for _ in 0..most {
                    peer.say(ContentType::ALERT, &user_canceled).unwrap();
                }
                peer.say(ContentType::APPLICATION_DATA, b"x").unwrap();
            }
            for _ in 0..most {
                peer.say(ContentType::ALERT, &user_canceled).unwrap();
            }
            let error = peer.say(ContentType::ALERT, &user_canceled).unwrap_err().error;
            assert_eq!(record_figures(&error), (RecordRule::TooManyWarnings, most, most + 1));
        }
    }
}

#[test]
fn key_updates_without_data_are_borne_to_the_limit_and_no_further() {
    for request in [false, true] {
        let (mut client, mut server) = halves(Versions::TLS1_3);
        let mut update = || {
            server.tx.peer_updated();
            let mut wire = server.seal(|tx, wire| tx.update_keys(request, wire));
            client.rx.receive(&mut wire)
        };
        for _ in 0..32 {
            assert!(
                matches!(update().unwrap().unwrap().event, RxEvent::KeyUpdate(reply) if reply.is_some() == request)
            );
        }
        let error = update().unwrap_err().error;
        let Kind::Handshake(broken) = error.kind() else { panic!("{error}") };
        assert_eq!((broken.rule(), error.blame()), (Some(Rule::KeyUpdates), Blame::Limit));
        assert_eq!((broken.wanted(), broken.came()), ("at most 32 in a row", "33"));
    }
}

#[test]
fn data_between_key_updates_begins_the_count_anew_and_empty_data_does_not() {
    for (text, lasts) in [(&b"x"[..], true), (b"", false)] {
        let (mut client, mut server) = halves(Versions::TLS1_3);
        let mut all = || {
            for _ in 0..40 {
                let mut wire = server.seal(|tx, wire| tx.update_keys(false, wire));
                client.rx.receive(&mut wire)?;
                let mut wire = server.seal(|tx, wire| {
                    let range = tx.seal_in_place(wire, 64..64 + text.len())?;
                    wire.copy_within(range.clone(), 0);
                    Ok(Sealed { text: text.len(), wire: range.len() })
                });
                client.rx.receive(&mut wire)?;
            }
            Ok::<(), handfast::ReceiveError>(())
        };
        assert_eq!(all().is_ok(), lasts, "{text:?}");
    }
}

#[test]
fn tickets_are_taken_to_the_limit_and_data_changes_nothing() {
    let mut peer = Forged::new(Side::Client, Versions::TLS1_3);
    for _ in 0..64 {
        assert_eq!(peer.say(ContentType::HANDSHAKE, &ticket()).unwrap(), RxEvent::Ticket(60));
        peer.say(ContentType::APPLICATION_DATA, b"x").unwrap();
    }
    let error = peer.say(ContentType::HANDSHAKE, &ticket()).unwrap_err().error;
    let Kind::Handshake(broken) = error.kind() else { panic!("{error}") };
    assert_eq!((broken.rule(), error.blame()), (Some(Rule::Tickets), Blame::Limit));
    assert_eq!((broken.wanted(), broken.came()), ("at most 64", "65"));
}

#[test]
fn a_message_after_the_handshake_is_as_long_as_a_ticket_and_no_longer() {
    const MOST: usize = 1 << 14;
    for side in [Side::Client, Side::Server] {
        for versions in EACH {
            let header = |len: usize| [4, 0, (len >> 8) as u8, len as u8];
            let pending = Forged::new(side, versions).say(ContentType::HANDSHAKE, &header(MOST)).unwrap();
            assert_eq!(pending, RxEvent::Nothing);
            let error = Forged::new(side, versions).say(ContentType::HANDSHAKE, &header(MOST + 1)).unwrap_err().error;
            assert_eq!(record_figures(&error), (RecordRule::MessageTooLong, MOST as u32, MOST as u32 + 1));
        }
    }
}

#[test]
fn what_waits_for_the_rest_of_a_message_is_never_more_than_the_message() {
    // A ticket that comes byte by byte, and never to its end.
    let mut peer = Forged::new(Side::Client, Versions::TLS1_3);
    let idle = peer.end.rx.heap();
    peer.say(ContentType::HANDSHAKE, &[4, 0, 0x40, 0]).unwrap();
    for _ in 0..(1 << 14) - 1 {
        peer.say(ContentType::HANDSHAKE, &[0]).unwrap();
        assert!(peer.end.rx.heap() - idle <= (1 << 14) + 4);
    }
}

#[test]
fn a_key_that_cannot_be_changed_protects_as_many_records_as_it_may() {
    let (mut client, mut server) = halves(Versions::TLS1_2);
    client.tx.set_record_limit(12);
    // The Finished was one, and two are kept for the last words.
    for _ in 0..12 - 1 - 2 {
        let wire = client.send(b"x");
        server.hear(wire);
    }
    let error = client.tx.send(&[b"x"], &mut [0; 64]).unwrap_err();
    assert_eq!(record_figures(&error), (RecordRule::KeySpent, 10, 11));
    assert_eq!(error.blame(), Blame::Usage);
}

/// An authority, and what it can issue.
struct Node {
    der: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

impl Node {
    fn root(name: &str) -> Self {
        let (params, key) = (authority(name), KeyPair::generate().unwrap());
        let der = params.self_signed(&key).unwrap().der().to_vec();
        Self { der, issuer: Issuer::new(params, key) }
    }

    fn issue(&self, name: &str, key: KeyPair) -> Self {
        let params = authority(name);
        let der = params.signed_by(&key, &self.issuer).unwrap().der().to_vec();
        Self { der, issuer: Issuer::new(params, key) }
    }

    /// A leaf for localhost, with its key.
    fn leaf(&self) -> (Vec<u8>, Vec<u8>) {
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["localhost".into()]).unwrap().signed_by(&key, &self.issuer).unwrap();
        (leaf.der().to_vec(), key.serialize_der())
    }
}

/// A handshake with a server that shows this chain, and a client that believes `root`.
fn shown(chain: Vec<Vec<u8>>, key: &[u8], root: &[u8]) -> Result<(), Error> {
    let provider = handfast_ring::provider();
    let mut roots = Roots::new();
    roots.add_der(root).unwrap();
    let config = ClientConfig::new(provider.clone(), roots);
    let credential = Credential::new(chain, key, &provider).unwrap();
    let mut client = Handshake::client(&config, "localhost").unwrap();
    talk(&mut client, &mut Handshake::server(&ServerConfig::new(provider, credential)))
}

fn refusal(error: &Error) -> &handfast::Refusal {
    let Kind::Chain(refusal) = error.kind() else { panic!("{error}") };
    refusal
}

#[test]
fn a_chain_of_eight_intermediates_is_a_connection_and_one_of_nine_is_not() {
    let of = |n: usize| {
        let root = Node::root("root");
        let mut above: Vec<Node> = Vec::new();
        for i in 0..n {
            let issuer = above.last().unwrap_or(&root);
            above.push(issuer.issue(&format!("step {i}"), KeyPair::generate().unwrap()));
        }
        let (leaf, key) = above.last().unwrap_or(&root).leaf();
        let mut chain = vec![leaf];
        chain.extend(above.into_iter().rev().map(|node| node.der));
        shown(chain, &key, &root.der)
    };
    of(8).unwrap();
    let error = of(9).unwrap_err();
    assert_eq!(refusal(&error).reason(), &Reason::TooDeep { allowed: 8 });
}

#[test]
fn a_chain_that_asks_for_too_much_work_ends_at_the_budget_and_says_what_it_cost() {
    // Ten authorities of one name, each signed by each: more paths than anybody can walk.
    let keys: Vec<KeyPair> = (0..10).map(|_| KeyPair::generate().unwrap()).collect();
    let copy = |key: &KeyPair| KeyPair::from_pem(&key.serialize_pem()).unwrap();
    let (root, outside) = (Node::root("root"), Node::root("outside"));
    let signers: Vec<Node> = keys.iter().map(|key| outside.issue("twin", copy(key))).collect();
    let (leaf, key) = signers[0].leaf();
    let mut chain = vec![leaf];
    chain.extend(signers.iter().flat_map(|signer| keys.iter().map(|key| signer.issue("twin", copy(key)).der)));
    let error = shown(chain, &key, &root.der).unwrap_err();
    let refusal = refusal(&error);
    assert_eq!(refusal.reason(), &Reason::BudgetSpent { what: "signatures", limit: 100 });
    assert_eq!(refusal.spent.signatures, 100);
    assert_eq!((refusal.tried.len(), refusal.more > 0), (MAX_ATTEMPTS, true));
    assert_eq!(error.alert(), Some(AlertDescription::BAD_CERTIFICATE));
}

#[test]
fn candidates_that_cost_no_signature_are_counted_too() {
    // Expired namesakes are turned down at once, but at every step of every path.
    let keys: Vec<KeyPair> = (0..3).map(|_| KeyPair::generate().unwrap()).collect();
    let copy = |key: &KeyPair| KeyPair::from_pem(&key.serialize_pem()).unwrap();
    let (root, outside) = (Node::root("root"), Node::root("outside"));
    let signers: Vec<Node> = keys.iter().map(|key| outside.issue("twin", copy(key))).collect();
    let (leaf, key) = signers[0].leaf();
    let mut chain = vec![leaf];
    chain.extend(signers.iter().flat_map(|signer| keys.iter().map(|key| signer.issue("twin", copy(key)).der)));
    let mut expired = authority("twin");
    expired.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let expired = expired.signed_by(&KeyPair::generate().unwrap(), &outside.issuer).unwrap().der().to_vec();
    chain.resize(128, expired);
    let error = shown(chain, &key, &root.der).unwrap_err();
    let refusal = refusal(&error);
    assert_eq!(refusal.reason(), &Reason::BudgetSpent { what: "candidate issuers", limit: 1000 });
    assert_eq!((refusal.spent.candidates, refusal.spent.signatures < 100), (1000, true));
}

#[test]
fn many_names_under_many_constraints_end_at_the_budget() {
    use rcgen::{GeneralSubtree, NameConstraints, SanType};
    let (root, key) = (Node::root("root"), KeyPair::generate().unwrap());
    let of = |count: usize| {
        let excluded_subtrees = (0..count).map(|i| GeneralSubtree::DnsName(format!("{i}.test"))).collect();
        let mut params = authority("middle");
        params.name_constraints = Some(NameConstraints { permitted_subtrees: vec![], excluded_subtrees });
        let middle_key = KeyPair::generate().unwrap();
        let middle = params.signed_by(&middle_key, &root.issuer).unwrap().der().to_vec();
        let mut params_of_leaf = CertificateParams::new(vec!["localhost".into()]).unwrap();
        let names = (0..count).map(|i| SanType::DnsName(format!("h{i}.test").try_into().unwrap()));
        params_of_leaf.subject_alt_names.extend(names);
        let leaf = params_of_leaf.signed_by(&key, &Issuer::new(params, middle_key)).unwrap().der().to_vec();
        shown(vec![leaf, middle], &key.serialize_der(), &root.der)
    };
    of(400).unwrap();
    let error = of(600).unwrap_err();
    let refusal = refusal(&error);
    assert_eq!(refusal.reason(), &Reason::BudgetSpent { what: "name comparisons", limit: 250_000 });
    assert!(refusal.spent.comparisons <= 250_000 && refusal.spent.comparisons > 249_000, "{:?}", refusal.spent);
}
