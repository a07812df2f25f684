//! What the vectors do not say.

mod data;

use handfast_crypto::{Digest, HashAlgorithm, Secret};
use handfast_schedule::tls12::{Main12, Randoms, Seed, prf};
use handfast_schedule::tls13::Early;
use handfast_schedule::{ExportError, Operation, Side, Watch, next_traffic_secret, traffic_keys};

const SHARED: [u8; 32] = [7; 32];

#[test]
fn keys_of_the_simple_trace_come_out() {
    // RFC 8448 §3: the server's handshake write key and iv.
    let secret = Secret::new(&data::unhex("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38"));
    for provider in data::providers() {
        let hash = data::hash(&provider, HashAlgorithm::Sha256);
        let keys = traffic_keys(hash, Side::Server, &secret, 16, &mut Watch::off());
        assert_eq!(keys.key(), data::unhex("3fce516009c21727d0f2e4e86ee403bc"));
        assert_eq!(keys.iv(), data::unhex("5d313eb2671276ee13000b30"));
    }
}

#[test]
fn the_next_generation_is_an_expansion_of_this_one() {
    for provider in data::providers() {
        let hash = data::hash(&provider, HashAlgorithm::Sha384);
        let mut secret = Secret::new(&[3; 48]);
        next_traffic_secret(hash, &mut secret, &mut Watch::off());
        let mut want = [0; 48];
        hash.with_key(&[3; 48], &mut |k| {
            handfast_schedule::hkdf_expand_label(k, 48, b"traffic upd", b"", &mut want).expect("short");
        });
        assert!(secret.same_as(&want));
    }
}

#[test]
fn a_watch_sees_the_picture_from_top_to_bottom() {
    for provider in data::providers() {
        let hash = data::hash(&provider, HashAlgorithm::Sha256);
        let t = hash.hash(&[b"hello"]);
        let mut seen = Vec::new();
        let mut note = |s: &handfast_schedule::Step<'_>| {
            let from = match s.operation {
                Operation::Extract { salt, .. } => salt,
                Operation::ExpandLabel { from, .. } | Operation::Prf { from, .. } => from,
                _ => "?",
            };
            seen.push((from, s.name));
        };
        let w = &mut Watch::new(&mut note);
        let handshake = Early::new(hash, None, w).handshake(Some(&Secret::new(&SHARED)), &t, w);
        let (main, _) = handshake.main(&t, w);
        main.main_secret.resumption(&t, w);
        assert_eq!(
            seen,
            [
                ("0", "early_secret"),
                ("early_secret", "derived"),
                ("derived", "handshake_secret"),
                ("handshake_secret", "client_handshake_traffic_secret"),
                ("handshake_secret", "server_handshake_traffic_secret"),
                ("handshake_secret", "derived"),
                ("derived", "main_secret"),
                ("main_secret", "client_application_traffic_secret_0"),
                ("main_secret", "server_application_traffic_secret_0"),
                ("main_secret", "exporter_secret"),
                ("main_secret", "resumption_secret"),
            ]
        );
    }
}

#[test]
fn an_exporter_separates_labels_and_contexts_and_bounds_them() {
    for provider in data::providers() {
        let hash = data::hash(&provider, HashAlgorithm::Sha256);
        let t = hash.hash(&[b"hello"]);
        let w = &mut Watch::off();
        let (main, _) = Early::new(hash, None, w).handshake(None, &t, w).main(&t, w);
        let export = |label: &[u8], context: &[u8]| {
            let mut out = [0; 40];
            main.exporter.export(label, context, &mut out).map(|()| out)
        };
        // By hand: Derive-Secret(exporter_secret, label, ""), then "exporter" with the hash of the context.
        let (mut key, mut want) = ([0; 32], [0; 40]);
        hash.with_key(main.exporter.secret().bytes(), &mut |k| {
            handfast_schedule::hkdf_expand_label(k, 32, b"EXPERIMENTAL", hash.hash(&[]).bytes(), &mut key)
                .expect("short");
        });
        hash.with_key(&key, &mut |k| {
            handfast_schedule::hkdf_expand_label(k, 32, b"exporter", hash.hash(&[b"context"]).bytes(), &mut want)
                .expect("short");
        });
        assert_eq!(export(b"EXPERIMENTAL", b"context"), Ok(want));
        assert_ne!(export(b"EXPERIMENTAL", b""), Ok(want));
        assert_ne!(export(b"EXPERIMENTAM", b"context"), Ok(want));
        assert!(export(&[b'x'; 249], b"").is_ok());
        assert_eq!(export(&[b'x'; 250], b""), Err(ExportError::Label));
        assert_eq!(main.exporter.export(b"x", b"", &mut vec![0; 255 * 32 + 1]), Err(ExportError::Output));
        assert!(main.exporter.export(b"x", b"", &mut vec![0; 255 * 32]).is_ok());
    }
}

fn main12(provider: &handfast_crypto::Provider) -> Main12 {
    let hash = data::hash(provider, HashAlgorithm::Sha256);
    Main12::new(hash, &Secret::new(&SHARED), Seed::Extended(&Digest::new(&[5; 32])), &mut Watch::off())
}

#[test]
fn the_tls12_exporter_tells_no_context_from_an_empty_one() {
    let randoms = Randoms { client: &[1; 32], server: &[2; 32] };
    for provider in data::providers() {
        let main = main12(&provider);
        let (mut without, mut empty, mut want) = ([0; 20], [0; 20], [0; 20]);
        main.export(b"EXPERIMENTAL", randoms, None, &mut without).expect("allowed");
        main.export(b"EXPERIMENTAL", randoms, Some(b""), &mut empty).expect("allowed");
        assert_ne!(without, empty);
        let hash = data::hash(&provider, HashAlgorithm::Sha256);
        prf(hash, main.secret().bytes(), b"EXPERIMENTAL", [&[1; 32], &[2; 32], &[0, 0]], &mut want);
        assert_eq!(empty, want);
        prf(hash, main.secret().bytes(), b"EXPERIMENTAL", [&[1; 32], &[2; 32]], &mut want);
        assert_eq!(without, want);
        let too_long = vec![0; 65_536];
        assert_eq!(main.export(b"x", randoms, Some(&too_long), &mut want), Err(ExportError::Context));
    }
}

#[test]
fn a_label_of_tls12_itself_is_never_exported() {
    let randoms = Randoms { client: &[1; 32], server: &[2; 32] };
    for provider in data::providers() {
        let main = main12(&provider);
        for label in ["key expansion", "master secret", "extended master secret", "client finished", "server finished"]
        {
            assert_eq!(main.export(label.as_bytes(), randoms, None, &mut [0; 8]), Err(ExportError::Reserved));
        }
    }
}

#[test]
fn without_the_extended_main_secret_there_is_no_exporter() {
    let randoms = Randoms { client: &[1; 32], server: &[2; 32] };
    for provider in data::providers() {
        let hash = data::hash(&provider, HashAlgorithm::Sha256);
        let main = Main12::new(hash, &Secret::new(&SHARED), Seed::Randoms(randoms), &mut Watch::off());
        assert_eq!(main.export(b"x", randoms, None, &mut [0; 8]), Err(ExportError::NotExtended));
        let again = Main12::resumed(hash, main.secret().duplicate(), false).expect("48 bytes");
        assert_eq!(again.export(b"x", randoms, None, &mut [0; 8]), Err(ExportError::NotExtended));
        assert!(Main12::resumed(hash, Secret::zeroed(47), true).is_err());
    }
}

#[test]
fn each_side_has_its_own_tls12_finished() {
    for provider in data::providers() {
        let main = main12(&provider);
        let t = Digest::new(&[9; 32]);
        let w = &mut Watch::off();
        let client = main.finished(Side::Client, &t, w);
        let mut want = [0; 12];
        let hash = data::hash(&provider, HashAlgorithm::Sha256);
        prf(hash, main.secret().bytes(), b"client finished", [t.bytes()], &mut want);
        assert_eq!(client, want);
        assert!(main.verify_finished(Side::Client, &t, &client, w).is_ok());
        assert!(main.verify_finished(Side::Server, &t, &client, w).is_err());
        assert!(main.verify_finished(Side::Client, &t, &client[..11], w).is_err());
    }
}
