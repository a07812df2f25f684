//! Annotated hex shows every byte exactly once: of real handshakes, of the seeds of the fuzzers, and
//! of all of them cut short and changed.

mod explain_printed;

use explain_printed::proven;
use handfast::codec::handshake_header;
use handfast::{
    ClientAuth, ClientConfig, Credential, Event, Handshake, NamedGroup, Next, Observer, ProtocolVersion, Roots,
    ServerConfig, Versions,
};
use handfast_cli::bytes::Kind;
use handfast_cli::pki::{Authority, AuthorityOptions, LeafOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

const VERSIONS: [Option<ProtocolVersion>; 3] = [None, Some(ProtocolVersion::TLS1_2), Some(ProtocolVersion::TLS1_3)];

type Recorded = Vec<(Option<ProtocolVersion>, Vec<u8>)>;

/// Keeps the messages of one side, both ways.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Recorded>>);

impl Observer for Recorder {
    fn event(&mut self, event: &Event<'_>) {
        if let Event::Message { version, bytes, .. } = event {
            self.0.lock().unwrap().push((*version, bytes.to_vec()));
        }
    }
}

/// All messages of a handshake between the two, as the client saw them.
fn record(client: &ClientConfig, server: &ServerConfig) -> Recorded {
    let recorder = Recorder::default();
    let client = Handshake::client_observed(client, "localhost", Some(Box::new(recorder.clone()))).unwrap();
    let mut sides = [(client, Vec::new(), false), (Handshake::server(server), Vec::new(), false)];
    for turn in (0..12).map(|n| n % 2) {
        let (hs, wire, done) = &mut sides[turn];
        let mut sent = Vec::new();
        while !*done {
            match hs.next().unwrap() {
                Next::Send => {
                    sent.extend_from_slice(hs.outgoing());
                    hs.sent(hs.outgoing().len());
                }
                Next::Receive => {
                    let used = hs.receive(wire);
                    wire.drain(..used);
                    if used == 0 && hs.wants_more() {
                        break;
                    }
                }
                Next::Ask(question) => hs.resolve(question),
                _ => *done = true,
            }
        }
        sides[1 - turn].1.extend(sent);
    }
    assert!(sides.iter().all(|(.., done)| *done), "an honest handshake");
    recorder.0.lock().unwrap().clone()
}

/// Handshakes of both versions with everything that is optional in them.
fn recorded() -> Recorded {
    let provider = handfast_ring::provider();
    let authority = Authority::new(&AuthorityOptions::default()).unwrap();
    let credential = |options| {
        let leaf = authority.leaf(&options).unwrap();
        let chain = leaf.chain_der.iter().map(|der| der.to_vec()).collect();
        Credential::new(chain, leaf.key_der.secret_pkcs8_der(), &provider).unwrap()
    };
    let mut roots = Roots::new();
    roots.add_der(authority.der()).unwrap();
    let server = ServerConfig::new(provider.clone(), credential(LeafOptions::server(["localhost"])));
    let server = server.with_alpn(&[b"h2"]);
    let asking = server.clone().with_client_auth(ClientAuth::Require, roots.clone());
    let client = ClientConfig::new(provider.clone(), roots).with_alpn(&[b"h2", b"http/1.1"]);
    let showing = client.clone().with_credential(credential(LeafOptions::client("me")));
    let mut all = Vec::new();
    for versions in [Versions::TLS1_3, Versions::TLS1_2] {
        all.extend(record(&client, &server.clone().with_versions(versions)));
        all.extend(record(&showing, &asking.clone().with_versions(versions)));
    }
    let retrying = server.with_groups(&[NamedGroup::SECP384R1]).with_retry_cookie();
    all.extend(record(&client, &retrying));
    all
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// The seeds of messages: behind a byte that chooses the version.
fn corpus() -> Recorded {
    let seeds = seeds("codec_message");
    let version = |byte| {
        VERSIONS[match byte {
            2 => 1,
            3 => 2,
            _ => 0,
        }]
    };
    seeds.iter().filter_map(|seed| seed.split_first()).map(|(first, raw)| (version(*first), raw.to_vec())).collect()
}

/// Numbers that are the same each time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 as usize
    }
}

#[test]
fn every_byte_of_a_real_handshake_is_printed_once() {
    let messages = recorded();
    assert!(messages.len() > 40, "{}", messages.len());
    for (version, bytes) in &messages {
        let refused = proven(Kind::Handshake(*version), bytes);
        assert_eq!(refused, None, "{bytes:02x?}");
    }
}

#[test]
fn every_byte_of_the_fuzzers_messages_is_printed_once() {
    let messages = corpus();
    assert!(messages.len() > 20, "{}", messages.len());
    let read = messages.iter().filter(|(version, bytes)| proven(Kind::Handshake(*version), bytes).is_none()).count();
    assert!(read > 20, "{read} of {} can be read", messages.len());
}

#[test]
fn every_byte_of_what_looks_like_a_message_in_other_seeds_is_printed_once() {
    let mut found = 0;
    for target in ["client_machine", "server_machine", "connection", "joiner"] {
        for seed in seeds(target) {
            for at in 0..seed.len() {
                let Some((kind, length)) = handshake_header(&seed[at..]) else { continue };
                if length == 0 || kind.0 > 25 {
                    continue;
                }
                // Most are not all there.
                let end = seed.len().min(at + (4 + length).min(1024));
                let version = VERSIONS[found % 3];
                found += 1;
                proven(Kind::Handshake(version), &seed[at..end]);
            }
        }
    }
    assert!(found > 1000, "{found}");
}

#[test]
fn every_byte_is_printed_once_where_a_message_is_cut_or_changed() {
    let mut numbers = Numbers(0x9846_8446_5246_2026);
    let (mut refused, mut all) = (0, 0);
    let mut prove = |version, bytes: &[u8]| {
        if proven(Kind::Handshake(version), bytes).is_some() {
            refused += 1;
        }
        all += 1;
    };
    for (version, message) in recorded().into_iter().chain(corpus()) {
        // Under each version: what is no message there is not read at all.
        VERSIONS.into_iter().for_each(|version| prove(version, &message));
        for _ in 0..24 {
            prove(version, &message[..numbers.next() % message.len()]);
            let mut changed = message.clone();
            for _ in 0..1 + numbers.next() % 3 {
                let place = numbers.next() % changed.len();
                changed[place] = numbers.next() as u8;
            }
            prove(version, &changed);
            // Lengths are where decoding goes astray: most stand near the front.
            let place = numbers.next() % changed.len().min(64);
            changed[place] ^= 1 << (numbers.next() % 8);
            changed.insert(place, numbers.next() as u8);
            prove(version, &changed);
        }
    }
    assert!(all > 5000 && refused > all / 2, "{refused} of {all}");
}

#[test]
fn every_byte_of_noise_under_a_fitting_header_is_printed_once() {
    let mut numbers = Numbers(1);
    for _ in 0..4000 {
        let body = numbers.next() % 200;
        let mut message = vec![(numbers.next() % 30) as u8, 0, 0, body as u8];
        message.extend((0..body).map(|_| (numbers.next() % 40) as u8));
        proven(Kind::Handshake(VERSIONS[numbers.next() % 3]), &message);
    }
}

#[test]
fn every_byte_of_alerts_and_change_cipher_specs_is_printed_once() {
    let mut numbers = Numbers(7);
    for length in (0..40).map(|n| n % 8) {
        let content: Vec<u8> = (0..length).map(|_| numbers.next() as u8 % 3).collect();
        let alert = proven(Kind::Alert, &content);
        assert_eq!(alert.is_none(), length == 2, "{content:?}");
        let ccs = proven(Kind::ChangeCipherSpec, &content);
        assert_eq!(ccs.is_none(), content == [1], "{content:?}");
    }
}

#[test]
fn hostile_text_is_escaped() {
    let name = "\u{1b}]0;x\u{7}";
    let mut message = vec![8, 0, 0, 0, 0, 0, 0, 16, 0, 0];
    message[9] = name.len() as u8 + 3;
    message.extend([0, name.len() as u8 + 1, name.len() as u8]);
    message.extend(name.as_bytes());
    let length = message.len() - 4;
    (message[3], message[5]) = (length as u8, (length - 2) as u8);
    assert_eq!(proven(Kind::Handshake(Some(ProtocolVersion::TLS1_3)), &message), None);
}
