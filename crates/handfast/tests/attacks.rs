//! Known attacks on whole connections: somebody in the middle who changes hellos, plays old flights
//! again or sends text in the clear; what we never offer; what never repeats and never prints.

mod common;
#[path = "common/forge.rs"]
mod forge;

use common::{EACH, client, client_handshake, halves, pki, pump, server, server_handshake};
use forge::{Forged, record_figures};
use handfast::codec::{ExtensionType, Message};
use handfast::record::Rule as RecordRule;
use handfast::schedule::Side;
use handfast::{
    AlertDescription, CipherSuite, ContentType, Credential, Error, Handshake, Kind, NamedGroup, Rule, ServerConfig,
    SignatureScheme, Versions,
};
use handfast_conformance::hello::Hello;
use std::collections::HashSet;

fn clear(content_type: u8, text: &[u8]) -> Vec<u8> {
    let [high, low] = (text.len() as u16).to_be_bytes();
    [&[content_type, 3, 3, high, low], text].concat()
}

fn give(hs: &mut Handshake, wire: &[u8]) -> Result<bool, Error> {
    pump(hs, &mut wire.to_vec(), &mut Vec::new())
}

/// All that an end says when it is handed `wire`.
fn reply(hs: &mut Handshake, wire: &[u8]) -> Vec<u8> {
    let mut said = Vec::new();
    pump(hs, &mut wire.to_vec(), &mut said).unwrap();
    said
}

fn rule(error: &Error) -> Option<Rule> {
    if let Kind::Handshake(error) = error.kind() { error.rule() } else { None }
}

/// The first record of `wire`, which holds one message, with its hello changed.
fn edited(wire: &[u8], edit: impl FnOnce(&mut Hello)) -> Vec<u8> {
    let length = usize::from(u16::from_be_bytes([wire[3], wire[4]]));
    let (record, rest) = wire.split_at(5 + length);
    let message = 4 + usize::from(u16::from_be_bytes([record[7], record[8]]));
    let (message, behind) = record[5..].split_at(message);
    let mut hello = Hello::read(message).expect("a hello");
    edit(&mut hello);
    [clear(22, &[&hello.write(), behind].concat()), rest.to_vec()].concat()
}

/// The two ends talk, and somebody changes the first hello of each; whose error comes first.
fn in_the_middle(
    versions: Versions,
    to_server: impl FnOnce(&mut Hello),
    to_client: impl FnOnce(&mut Hello),
) -> (&'static str, Error) {
    let (mut client, mut server) = (client_handshake(versions), server_handshake(versions));
    let hello = edited(&reply(&mut client, &[]), to_server);
    let mut wire = Vec::new();
    if let Err(error) = pump(&mut server, &mut hello.clone(), &mut wire) {
        return ("server", error);
    }
    let mut wire = edited(&wire, to_client);
    for _ in 0..3 {
        let mut said = Vec::new();
        if let Err(error) = pump(&mut client, &mut wire, &mut said) {
            return ("client", error);
        }
        if let Err(error) = pump(&mut server, &mut said, &mut wire) {
            return ("server", error);
        }
    }
    panic!("nobody has noticed")
}

fn to_tls12(hello: &mut Hello) {
    hello.remove(ExtensionType::SUPPORTED_VERSIONS);
}

#[test]
fn a_hello_stripped_of_its_newest_version_is_noticed_by_the_mark() {
    let (who, error) = in_the_middle(Versions::ALL, to_tls12, |_| ());
    assert_eq!((who, rule(&error)), ("client", Some(Rule::Downgrade)), "{error}");
}

#[test]
fn wiping_the_mark_spoils_the_signature_over_both_randoms() {
    let (who, error) = in_the_middle(Versions::ALL, to_tls12, |hello| hello.random[24..].fill(7));
    assert_eq!((who, rule(&error)), ("client", Some(Rule::BadKeyExchangeSignature)), "{error}");
}

#[test]
fn a_hello_stripped_of_suites_or_groups_is_noticed() {
    let weakest = |hello: &mut Hello| hello.suites.drain(..hello.suites.len() - 1).for_each(drop);
    // TLS 1.3: the keys come from the transcript, so nothing decrypts.
    let last13 = |hello: &mut Hello| hello.suites.retain(|s| *s == CipherSuite::TLS_CHACHA20_POLY1305_SHA256);
    let (who, error) = in_the_middle(Versions::TLS1_3, last13, |_| ());
    assert_eq!((who, record_figures(&error).0), ("client", RecordRule::BadRecordMac), "{error}");
    // TLS 1.2 with the extended main secret: the keys are bound to the transcript too.
    let (who, error) = in_the_middle(
        Versions::TLS1_2,
        |hello| {
            hello.suites.retain(|s| s.to_string().contains("ECDSA"));
            weakest(hello);
        },
        |_| (),
    );
    assert_eq!((who, record_figures(&error).0), ("server", RecordRule::BadRecordMac), "{error}");
}

#[test]
fn a_hello_stripped_of_the_extended_main_secret_is_noticed_by_finished() {
    let strip = |hello: &mut Hello| hello.remove(ExtensionType::EXTENDED_MAIN_SECRET);
    let (who, error) = in_the_middle(Versions::TLS1_2, strip, |_| ());
    // The keys are made from the randoms alone then, and agree; what was said does not.
    assert_eq!((who, rule(&error)), ("server", Some(Rule::BadFinished)), "{error}");
}

#[test]
fn a_flight_recorded_from_another_handshake_is_refused() {
    for versions in EACH {
        let (mut first, mut second) = (client_handshake(versions), client_handshake(versions));
        let mut server = server_handshake(versions);
        let hello = reply(&mut first, &[]);
        let flight = reply(&mut server, &hello);
        let other = reply(&mut second, &[]);
        assert_ne!(hello, other);
        let error = give(&mut second, &flight).unwrap_err();
        match versions {
            // Other shares, other keys.
            Versions::TLS1_3 => assert_eq!(rule(&error), Some(Rule::SessionIdEcho), "{error}"),
            // The signature is over the other's random.
            _ => assert_eq!(rule(&error), Some(Rule::BadKeyExchangeSignature), "{error}"),
        }
    }
}

#[test]
fn a_flight_recorded_and_fitted_with_our_session_id_does_not_decrypt() {
    let (mut first, mut second) = (client_handshake(Versions::TLS1_3), client_handshake(Versions::TLS1_3));
    let flight = reply(&mut server_handshake(Versions::TLS1_3), &reply(&mut first, &[]));
    let ours = Hello::read(&reply(&mut second, &[])[5..]).unwrap().session_id;
    let error = give(&mut second, &edited(&flight, |hello| hello.session_id = ours)).unwrap_err();
    assert_eq!(record_figures(&error).0, RecordRule::BadRecordMac);
}

#[test]
fn a_client_that_hears_itself_is_not_its_own_server() {
    // Selfie and other reflections: there is no arrow for one's own messages.
    for versions in EACH {
        let mut client = client_handshake(versions);
        let hello = reply(&mut client, &[]);
        assert_eq!(rule(&give(&mut client, &hello).unwrap_err()), Some(Rule::UnexpectedMessage));
    }
}

#[test]
fn a_clients_last_flight_played_again_opens_no_second_connection() {
    for versions in EACH {
        let (mut client, mut server) = (client_handshake(versions), server_handshake(versions));
        let (mut to_client, mut to_server, mut all) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..4 {
            pump(&mut client, &mut to_client, &mut to_server).unwrap();
            all.extend_from_slice(&to_server);
            pump(&mut server, &mut to_server, &mut to_client).unwrap();
        }
        assert!(give(&mut server_handshake(versions), &all).is_err());
    }
}

/// A heartbeat request that asks for 16 KiB and brings none (CVE-2014-0160).
const HEARTBEAT: [u8; 8] = [24, 3, 3, 0, 3, 1, 0x40, 0];

#[test]
fn a_heartbeat_is_no_record_of_ours_before_the_handshake_in_it_or_after() {
    for versions in EACH {
        for mut hs in [client_handshake(versions), server_handshake(versions)] {
            assert!(give(&mut hs, &HEARTBEAT).unwrap_err().not_tls().is_some());
        }
        let mut server = server_handshake(versions);
        give(&mut server, &reply(&mut client_handshake(versions), &[])).unwrap();
        let error = give(&mut server, &HEARTBEAT).unwrap_err();
        assert_eq!(record_figures(&error), (RecordRule::UnknownType, 0, 24));
        for side in [Side::Client, Side::Server] {
            let failed = Forged::new(side, versions).end.rx.receive(&mut HEARTBEAT.clone()).unwrap_err();
            assert_eq!(failed.error.alert(), Some(AlertDescription::UNEXPECTED_MESSAGE));
        }
    }
}

#[test]
fn text_in_the_clear_behind_the_handshake_is_refused() {
    // What was injected before STARTTLS and is still in the buffer, or is injected behind it.
    for versions in EACH {
        for content_type in [21, 22, 23] {
            let (mut client, mut server) = halves(versions);
            for end in [&mut client, &mut server] {
                let failed = end.rx.receive(&mut clear(content_type, &[2, 0])).unwrap_err();
                let rule = record_figures(&failed.error).0;
                assert!(matches!(rule, RecordRule::Unprotected | RecordRule::BadRecordMac), "{rule:?}");
            }
        }
        let mut waits = server_handshake(versions);
        give(&mut waits, &reply(&mut client_handshake(versions), &[])).unwrap();
        let error = give(&mut waits, b"STARTTLS\r\n").unwrap_err();
        assert!(matches!(error.kind(), Kind::Record(_)), "{error}");
    }
}

#[test]
fn text_before_the_handshake_is_not_skipped_to_find_one() {
    // Plaintext in front of a good ClientHello, as it is left over after STARTTLS.
    for versions in EACH {
        let hello = reply(&mut client_handshake(versions), &[]);
        let error = give(&mut server_handshake(versions), &[b"EHLO example\r\n", &hello[..]].concat()).unwrap_err();
        assert_eq!(error.not_tls().as_ref().map(|b| &b[..]), Some(&b"EHLO "[..]));
    }
}

#[test]
fn a_change_cipher_spec_on_a_live_connection_is_refused() {
    for versions in EACH {
        for side in [Side::Client, Side::Server] {
            let failed = Forged::new(side, versions).end.rx.receive(&mut clear(20, &[1])).unwrap_err();
            let rule = record_figures(&failed.error).0;
            let tls13 = versions == Versions::TLS1_3;
            assert_eq!(rule, if tls13 { RecordRule::CcsNotAllowed } else { RecordRule::BadRecordMac });
        }
    }
}

#[test]
fn a_piece_of_a_message_is_not_finished_under_another_key() {
    // A KeyUpdate with the start of a further message behind it (RFC 9846 §5.1).
    let mut peer = Forged::new(Side::Client, Versions::TLS1_3);
    let failed = peer.say(ContentType::HANDSHAKE, &[24, 0, 0, 1, 0, 4, 0]).unwrap_err();
    assert_eq!(rule(&failed.error), Some(Rule::Straddles));
}

/// The ClientHello of a client with the defaults.
fn hello(versions: Versions) -> (Hello, Vec<u8>) {
    let wire = reply(&mut client_handshake(versions), &[]);
    (Hello::read(&wire[5..]).unwrap(), wire[5..].to_vec())
}

#[test]
fn only_suites_with_fresh_keys_and_an_aead_are_spoken() {
    for suite in CipherSuite::SPOKEN {
        let name = suite.to_string();
        let fresh = name.starts_with("TLS_ECDHE_") || !name.contains("_WITH_");
        let aead = ["_AES_128_GCM_SHA256", "_AES_256_GCM_SHA384", "_CHACHA20_POLY1305_SHA256"];
        assert!(fresh && aead.iter().any(|end| name.ends_with(end)), "{name}");
        for weak in ["CBC", "RC4", "DES", "NULL", "EXPORT", "anon", "PSK", "TLS_RSA_", "_DH", "MD5", "CCM_8"] {
            assert!(!name.replace("ECDHE", "").contains(weak), "{name}");
        }
    }
}

#[test]
fn no_weak_suite_group_scheme_or_extension_is_offered() {
    let (hello, bytes) = hello(Versions::ALL);
    assert!(hello.suites.iter().all(|s| CipherSuite::SPOKEN.contains(s)));
    assert_eq!(hello.compressions.iter().map(|c| c.0).collect::<Vec<_>>(), [0], "CRIME");
    let Ok(Message::ClientHello(read)) = Message::decode(&bytes, None) else { panic!("it is one") };
    let groups: Vec<NamedGroup> = read.extensions.supported_groups.unwrap().iter().collect();
    let good = [NamedGroup::X25519, NamedGroup::SECP256R1, NamedGroup::SECP384R1];
    assert!(!groups.is_empty() && groups.iter().all(|g| good.contains(g)), "{groups:?}: Logjam, Raccoon");
    let schemes: Vec<SignatureScheme> = read.extensions.signature_algorithms.unwrap().iter().collect();
    // The low byte of the old ones is the signature, the high one the hash: 1 is MD5, 2 SHA-1, 3 SHA-224.
    assert!(schemes.iter().all(|s| !matches!(s.0 >> 8, 1..=3)), "{schemes:?}: SLOTH");
    let offered: Vec<ExtensionType> = hello.extensions.iter().map(|(kind, _)| *kind).collect();
    for (kind, why) in [
        (ExtensionType(15), "heartbeat"),
        (ExtensionType(27), "compress_certificate"),
        (ExtensionType(35), "session_ticket"),
        (ExtensionType::EARLY_DATA, "early_data"),
        (ExtensionType(41), "pre_shared_key"),
        (ExtensionType(49), "post_handshake_auth"),
    ] {
        assert!(!offered.contains(&kind), "{why}");
    }
}

#[test]
fn a_server_picks_nothing_from_a_list_of_weak_suites() {
    // One of each kind that has fallen: export, RC4, DES, 3DES, CBC, static RSA, anonymous, NULL.
    let weak = [0x0003, 0x0005, 0x0009, 0x000a, 0x002f, 0x0035, 0x009c, 0x0018, 0x0034, 0x003b, 0x0033, 0x009e, 0xc013];
    for versions in EACH {
        let wire = reply(&mut client_handshake(versions), &[]);
        let wire = edited(&wire, |hello| hello.suites = weak.map(CipherSuite).to_vec());
        let error = give(&mut server_handshake(versions), &wire).unwrap_err();
        assert_eq!(
            (rule(&error), error.alert()),
            (Some(Rule::NoCommonSuite), Some(AlertDescription::HANDSHAKE_FAILURE))
        );
    }
}

#[test]
fn no_random_share_or_session_id_comes_twice() {
    let (mut seen, mut count) = (HashSet::new(), 0);
    for _ in 0..50 {
        let mut client = client_handshake(Versions::ALL);
        let to_server = reply(&mut client, &[]);
        let to_client = reply(&mut server_handshake(Versions::ALL), &to_server);
        for wire in [to_server, to_client] {
            let length = 4 + usize::from(u16::from_be_bytes([wire[7], wire[8]]));
            let hello = Hello::read(&wire[5..5 + length]).unwrap();
            let shares = hello.extensions.iter().find(|(kind, _)| *kind == ExtensionType::KEY_SHARE).unwrap();
            // The last 32 bytes are one X25519 value.
            let value = shares.1[shares.1.len() - 32..].to_vec();
            seen.insert(hello.random.to_vec());
            seen.insert(value);
            count += 2;
            if hello.from_client {
                assert_eq!(hello.session_id.len(), 32);
                seen.insert(hello.session_id);
                count += 1;
            }
        }
    }
    assert_eq!(seen.len(), count);
}

#[test]
fn what_prints_prints_no_private_key() {
    let provider = handfast_ring::provider();
    let key = &pki().key;
    let credential = Credential::new(pki().chain.clone(), key, &provider).unwrap();
    let config = ServerConfig::new(provider.clone(), credential.clone());
    // A key that belongs to another certificate, and one that is torn.
    let other = rcgen::KeyPair::generate().unwrap().serialize_der();
    let mismatch = Credential::new(pki().chain.clone(), &other, &provider).err().unwrap();
    let torn = Credential::new(pki().chain.clone(), &key[..key.len() - 1], &provider).err().unwrap();
    let texts = [
        format!("{config:?} {:?}", client(Versions::ALL).with_credential(credential)),
        format!("{mismatch:?} {mismatch} {torn:?} {torn}"),
        handfast::pem::private_key("key.pem", key).err().unwrap().to_string(),
    ];
    for secret in [key, &other] {
        // The scalar stands in the first half; any eight bytes of it would be a leak.
        for window in secret[36..68].windows(8) {
            let hex: String = window.iter().map(|b| format!("{b:02x}")).collect();
            let list = format!("{window:?}");
            for text in &texts {
                let lower = text.to_lowercase();
                assert!(!lower.contains(&hex) && !text.contains(list.trim_matches(['[', ']'])), "{text}");
            }
        }
    }
}

#[test]
fn what_a_peer_writes_is_escaped_in_errors() {
    let evil = b"\x1b[2J\r\nok";
    // ALPN that is not ours, on a server that has its own.
    let config = server(Versions::ALL).with_alpn(&[b"h2"]);
    let calls = client(Versions::ALL).with_alpn(&[evil]);
    let wire = reply(&mut Handshake::client(&calls, "localhost").unwrap(), &[]);
    let alpn = give(&mut Handshake::server(&config), &wire).unwrap_err();
    assert_eq!(rule(&alpn), Some(Rule::NoCommonAlpn));
    // No TLS at all.
    let plain = give(&mut server_handshake(Versions::ALL), b"\x1b[2J\r\n").unwrap_err();
    for error in [alpn, plain] {
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(!text.contains(|c: char| c.is_control()), "{text:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_key_log_that_is_made_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let path = std::env::temp_dir().join(format!("handfast-keylog-{}", std::process::id()));
    let log = handfast::KeyLogFile::open(&path).unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    std::fs::remove_file(&path).unwrap();
    drop(log);
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_configuration_keeps_no_key_log_of_itself() {
    use handfast::KeyLog;
    use std::sync::{Arc, Mutex};

    #[derive(Default)]
    struct Lines(Mutex<Vec<String>>);

    impl KeyLog for Lines {
        fn line(&self, line: &str) {
            self.0.lock().unwrap().push(line.to_owned());
        }
    }

    for versions in EACH {
        let log = Arc::new(Lines::default());
        let with = client(versions).with_key_log(log.clone());
        for (config, lines) in [(client(versions), false), (with, true)] {
            let mut ours = Handshake::client(&config, "localhost").unwrap();
            let mut theirs = server_handshake(versions);
            let (mut to_client, mut to_server) = (Vec::new(), Vec::new());
            for _ in 0..4 {
                pump(&mut ours, &mut to_client, &mut to_server).unwrap();
                pump(&mut theirs, &mut to_server, &mut to_client).unwrap();
            }
            assert_eq!(!log.0.lock().unwrap().is_empty(), lines);
        }
    }
}
