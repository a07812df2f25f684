//! The traces of RFC 8448 (and two of the Botan project): every secret, byte for byte, each followed
//! from the messages on the wire.

mod data;
#[path = "../../../testdata/support/vectors.rs"]
mod vectors;

use data::{bytes, message, secret};
use handfast_crypto::{HashAlgorithm, Secret};
use handfast_schedule::tls13::{Early, PskKind};
use handfast_schedule::{Side, Watch};
use serde_json::Value;
use std::process::ExitCode;

fn main() -> ExitCode {
    vectors::run(&[("every secret of every trace comes out", "tls13-traces-rfc8448.json", every_secret)])
}

/// The handshake message in a plaintext record.
fn in_record(trace: &Value, field: &str) -> Vec<u8> {
    bytes(&trace["wire"], field).get(5..).map(<[u8]>::to_vec).unwrap_or_default()
}

fn expect(got: &Secret, trace: &Value, name: &str) -> usize {
    let want = bytes(&trace["secrets"], name);
    assert!(!want.is_empty() && got.same_as(&want), "{}: {name}", trace["name"]);
    1
}

/// Walks one trace through the schedule and returns how many secrets were compared.
fn follow(trace: &Value, provider: &handfast_crypto::Provider) -> usize {
    let hash = data::hash(provider, HashAlgorithm::Sha256);
    let mut seen: Vec<(&'static str, Vec<u8>)> = Vec::new();
    let mut note = |step: &handfast_schedule::Step<'_>| seen.push((step.name, step.output.to_vec()));
    let w = &mut Watch::new(&mut note);
    let mut compared = 0;

    let retried = trace["wire"].get("Record_HelloRetryRequest").is_some();
    let hello_1 = in_record(trace, "Record_ClientHello_1");
    let mut log = hello_1.clone();
    if retried {
        // The first hello counts as its hash only (RFC 9846 §4.1).
        log = [&[254, 0, 0, 32], hash.hash(&[&hello_1]).bytes()].concat();
        log.extend(in_record(trace, "Record_HelloRetryRequest"));
        log.extend(in_record(trace, "Record_ClientHello_2"));
    }
    let psk = bytes(trace, "psk");
    let early = Early::new(hash, (!psk.is_empty()).then_some(&psk[..]), w);
    let mut early_data = false;
    if !psk.is_empty() {
        let kind = match trace["psk_kind"].as_str() {
            Some("external") => PskKind::External,
            _ => PskKind::Resumption,
        };
        let (head, binders) = hello_1.split_at(hello_1.len() - 35);
        early.verify_binder(kind, &hash.hash(&[head]), &binders[3..], w).expect("the binder on the wire");
        let other = if kind == PskKind::External { PskKind::Resumption } else { PskKind::External };
        assert!(early.verify_binder(other, &hash.hash(&[head]), &binders[3..], w).is_err());
        if trace["secrets"].get("client_early_traffic").is_some() {
            early_data = true;
            let through_hello = hash.hash(&[&log]);
            compared += expect(&early.client_early_traffic(&through_hello, w), trace, "client_early_traffic");
            compared += expect(early.early_exporter(&through_hello, w).secret(), trace, "early_exporter_master");
        }
    }

    log.extend(bytes(&trace["wire"], "Message_ServerHello"));
    let shared = secret(trace, "ecdhe_shared_secret");
    let handshake = early.handshake(Some(&shared), &hash.hash(&[&log]), w);
    compared += expect(handshake.traffic(Side::Client).secret(), trace, "client_handshake_traffic");
    compared += expect(handshake.traffic(Side::Server).secret(), trace, "server_handshake_traffic");

    let flight = bytes(trace, "server_flight_plaintext");
    let mut rest = &flight[..];
    while !rest.is_empty() {
        let (message, after) = message(rest);
        if message[0] == 20 {
            let before = hash.hash(&[&log]);
            handshake.traffic(Side::Server).verify_finished(&before, &message[4..], w).expect("server Finished");
        }
        log.extend(message);
        rest = after;
    }
    let (main, client) = handshake.main(&hash.hash(&[&log]), w);
    compared += expect(&main.client_application_traffic_secret_0, trace, "client_application_traffic_0");
    compared += expect(&main.server_application_traffic_secret_0, trace, "server_application_traffic_0");
    compared += expect(main.exporter.secret(), trace, "exporter_master");

    if early_data {
        log.extend([5, 0, 0, 0]);
    }
    let flight = bytes(trace, "client_flight_plaintext");
    let mut rest = &flight[..];
    while !rest.is_empty() {
        let (message, after) = message(rest);
        if message[0] == 20 {
            let before = hash.hash(&[&log]);
            client.verify_finished(&before, &message[4..], w).expect("client Finished");
            let mut broken = message[4..].to_vec();
            broken[31] ^= 1;
            assert!(client.verify_finished(&before, &broken, w).is_err());
            assert!(client.verify_finished(&before, &broken[..31], w).is_err());
        }
        log.extend(message);
        rest = after;
    }
    let resumption = main.main_secret.resumption(&hash.hash(&[&log]), w);
    if trace["name"] == "Simple_1RTT_Handshake" {
        // The nonce of the trace's ticket is 0x0000 and its PSK is that of the next trace.
        let psk = resumption.psk(&[0, 0], w).expect("a short nonce");
        assert!(psk.same_as(&data::unhex("4ecd0eb6ec3b4d87f5d6028f922ca4c5851a277fd41311c9e62d2c9492e1c4f3")));
        assert!(resumption.psk(&[0; 256], w).is_err());
    }

    // What has no accessor is seen by the watch.
    for (ours, theirs) in [
        ("early_secret", "early"),
        ("handshake_secret", "handshake"),
        ("main_secret", "master"),
        ("resumption_secret", "resumption_master"),
        ("binder_key", "binder_key"),
    ] {
        let want = bytes(&trace["secrets"], theirs);
        if want.is_empty() {
            assert_eq!(theirs, "binder_key", "only a binder may be missing");
            continue;
        }
        let (_, got) = seen.iter().find(|(name, _)| *name == ours).expect("the step was seen");
        assert_eq!(*got, want, "{}: {ours}", trace["name"]);
        compared += 1;
    }
    compared
}

fn every_secret(file: &[u8]) {
    let file: Value = serde_json::from_slice(file).expect("the file is JSON");
    let traces = file["traces"].as_array().expect("a list");
    let wanted: usize = traces.iter().map(|t| t["secrets"].as_object().expect("a map").len()).sum();
    for provider in data::providers() {
        let compared: usize = traces.iter().map(|t| follow(t, &provider)).sum();
        assert_eq!((compared, traces.len()), (wanted, 7), "{}", provider.name);
    }
}
