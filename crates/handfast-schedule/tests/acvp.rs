//! NIST ACVP vectors for the key derivations of both versions, and PRF vectors of the Botan project.

mod data;
#[path = "../../../testdata/support/vectors.rs"]
mod vectors;

use data::{bytes, secret};
use handfast_crypto::{CipherSuite, Digest, HashAlgorithm, Provider};
use handfast_schedule::tls12::{Main12, Randoms, Seed, prf};
use handfast_schedule::tls13::Early;
use handfast_schedule::{Side, Watch};
use serde_json::Value;
use std::process::ExitCode;

fn main() -> ExitCode {
    vectors::run(&[
        ("all ACVP values come out", "acvp-tls-kdf.json", all_acvp_values),
        ("the PRF vectors come out", "tls12-prf.json", the_prf_vectors),
    ])
}

fn algorithm(name: &Value) -> HashAlgorithm {
    match name.as_str() {
        Some("SHA2-256") => HashAlgorithm::Sha256,
        Some("SHA2-384") => HashAlgorithm::Sha384,
        Some("SHA2-512") => HashAlgorithm::Sha512,
        other => panic!("{other:?}"),
    }
}

/// One TLS 1.3 case; the randoms stand in for the messages. Eight values.
fn tls13(group: &Value, case: &Value, provider: &Provider) -> usize {
    let hash = data::hash(provider, algorithm(&group["hmacAlg"]));
    let w = &mut Watch::off();
    let messages: Vec<_> = ["helloClientRandom", "helloServerRandom", "finishedServerRandom", "finishedClientRandom"]
        .iter()
        .map(|f| bytes(case, f))
        .collect();
    let through = |n: usize| hash.hash(&messages.iter().take(n).map(|m| &m[..]).collect::<Vec<_>>());
    let psk = bytes(case, "psk");
    let dhe = secret(case, "dhe");
    let expected = &case["expected"];
    let check = |got: &[u8], field: &str| {
        let want = bytes(expected, field);
        assert!(!want.is_empty() && got == want, "case {}: {field}", case["tcId"]);
    };
    let early = Early::new(hash, case.get("psk").map(|_| &psk[..]), w);
    check(early.client_early_traffic(&through(1), w).bytes(), "clientEarlyTrafficSecret");
    check(early.early_exporter(&through(1), w).secret().bytes(), "earlyExporterMasterSecret");
    let handshake = early.handshake(case.get("dhe").map(|_| &dhe), &through(2), w);
    check(handshake.traffic(Side::Client).secret().bytes(), "clientHandshakeTrafficSecret");
    check(handshake.traffic(Side::Server).secret().bytes(), "serverHandshakeTrafficSecret");
    let (main, _) = handshake.main(&through(3), w);
    check(main.client_application_traffic_secret_0.bytes(), "clientApplicationTrafficSecret");
    check(main.server_application_traffic_secret_0.bytes(), "serverApplicationTrafficSecret");
    check(main.exporter.secret().bytes(), "exporterMasterSecret");
    let mut resumption = Vec::new();
    let mut note = |s: &handfast_schedule::Step<'_>| resumption.extend_from_slice(s.output);
    main.main_secret.resumption(&through(4), &mut Watch::new(&mut note));
    check(&resumption, "resumptionMasterSecret");
    8
}

/// One TLS 1.2 case: the key block is longer than any suite's, so it is made with the bare PRF.
fn tls12(group: &Value, case: &Value, provider: &Provider) -> usize {
    let hash = data::hash(provider, algorithm(&group["hashAlg"]));
    let random = |f: &str| <[u8; 32]>::try_from(bytes(case, f)).expect("32 bytes");
    let session_hash = Digest::new(&bytes(case, "sessionHash"));
    let extended = case.get("sessionHash").is_some();
    // The classic vectors name the hello's randoms apart from those of the key block.
    let hello = |classic: &str, plain: &str| random(if extended { plain } else { classic });
    let client = hello("clientHelloRandom", "clientRandom");
    let server = hello("serverHelloRandom", "serverRandom");
    let seed = if extended {
        Seed::Extended(&session_hash)
    } else {
        Seed::Randoms(Randoms { client: &client, server: &server })
    };
    let main = Main12::new(hash, &secret(case, "preMasterSecret"), seed, &mut Watch::off());
    let expected = &case["expected"];
    assert!(main.secret().same_as(&bytes(expected, "masterSecret")), "case {}: main secret", case["tcId"]);
    assert_eq!(main.is_extended(), extended);

    let (client, server) = (random("clientRandom"), random("serverRandom"));
    let want = bytes(expected, "keyBlock");
    let mut block = vec![0; want.len()];
    prf(hash, main.secret().bytes(), b"key expansion", [&server, &client], &mut block);
    assert!(block == want, "case {}: key block", case["tcId"]);

    // And cut up for a suite: keys first, then ivs, the client's before the server's.
    for (suite, key, iv) in [
        (CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, 16, 4),
        (CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, 32, 4),
        (CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, 32, 12),
    ] {
        let info = suite.info().expect("spoken");
        let keys = main.key_block(&info, Randoms { client: &client, server: &server }, &mut Watch::off());
        let joined = [keys.client.key(), keys.server.key(), keys.client.iv(), keys.server.iv()].concat();
        assert_eq!(joined, want[..2 * (key + iv)]);
        assert_eq!((keys.client.key().len(), keys.server.iv().len()), (key, iv));
    }
    1
}

fn all_acvp_values(file: &[u8]) {
    let file: Value = serde_json::from_slice(file).expect("the file is JSON");
    for provider in data::providers() {
        let mut counted = 0;
        for set in file.as_array().expect("a list") {
            for group in set["testGroups"].as_array().expect("a list") {
                for case in group["tests"].as_array().expect("a list") {
                    counted += match set["algorithm"].as_str() {
                        Some("TLS-v1.3") => tls13(group, case, &provider),
                        _ => tls12(group, case, &provider),
                    };
                }
            }
        }
        // 80 secrets of TLS 1.3, and 17 cases of TLS 1.2 with a main secret and a key block each.
        assert_eq!(counted, 97, "{}", provider.name);
    }
}

fn the_prf_vectors(file: &[u8]) {
    let file: Value = serde_json::from_slice(file).expect("the file is JSON");
    for provider in data::providers() {
        let (mut done, mut skipped) = (0, 0);
        for case in file.as_array().expect("a list") {
            let algorithm = match case["prf"].as_str() {
                Some("HMAC(SHA-256)") => HashAlgorithm::Sha256,
                Some("HMAC(SHA-384)") => HashAlgorithm::Sha384,
                Some("HMAC(SHA-512)") => HashAlgorithm::Sha512,
                // SHA-224, which no suite uses.
                _ => {
                    skipped += 1;
                    continue;
                }
            };
            let want = bytes(case, "output");
            let mut out = vec![0; want.len()];
            let (key, label, seed) = (bytes(case, "secret"), bytes(case, "label"), bytes(case, "salt"));
            prf(data::hash(&provider, algorithm), &key, &label, [&seed], &mut out);
            assert_eq!(out, want, "{}", case["prf"]);
            done += 1;
        }
        assert_eq!((done, skipped), (3, 1), "{}", provider.name);
    }
}
