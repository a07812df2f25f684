//! The traces of RFC 8448: every protected record decrypts to what the trace says, and sealing the
//! same text gives the same record.

mod common;
#[path = "../../../testdata/support/vectors.rs"]
mod vectors;

use common::*;
use handfast_crypto::{AeadAlgorithm, HashAlgorithm, ProtocolVersion, Provider, hkdf};
use handfast_record::{CcsRule, Opened, Opener, RecordKeys, Sealer};
use serde_json::Value;
use std::process::ExitCode;

fn main() -> ExitCode {
    vectors::run(&[(
        "every record of every trace opens and is sealed alike",
        "tls13-traces-rfc8448.json",
        every_record,
    )])
}

fn bytes(v: &Value, field: &str) -> Vec<u8> {
    let text = v[field].as_str().unwrap_or_default();
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).expect("hex")).collect()
}

/// RFC 9846 §7.3, by hand: the record layer does not know the key schedule.
fn keys(provider: &Provider, trace: &Value, secret: &str) -> RecordKeys {
    let hash = provider.hash(HashAlgorithm::Sha256).expect("has it");
    let (mut key, mut iv) = ([0; 16], [0; 12]);
    hash.with_key(&bytes(&trace["secrets"], secret), &mut |k| {
        hkdf::expand(k, 32, &[&[0, 16, 9], b"tls13 key", &[0]], &mut key).expect("short");
        hkdf::expand(k, 32, &[&[0, 12, 8], b"tls13 iv", &[0]], &mut iv).expect("short");
    });
    let aead = provider.aead(AeadAlgorithm::Aes128Gcm).expect("has it");
    RecordKeys::new(aead, ProtocolVersion::TLS1_3, &key, &iv).expect("lengths fit")
}

/// One direction of a trace: opens what is on the wire and seals it again.
struct Way<'a> {
    provider: &'a Provider,
    trace: &'a Value,
    opener: Opener,
    sealer: Sealer,
    records: usize,
}

impl Way<'_> {
    fn install(&mut self, secret: &str) {
        self.opener.install(keys(self.provider, self.trace, secret));
        self.sealer.install(keys(self.provider, self.trace, secret));
    }

    /// All text of one type in the records of a field; a trace without the field has none.
    fn text(&mut self, field: &str, expected: handfast_crypto::ContentType) -> Vec<u8> {
        let (mut out, wire) = (Vec::new(), bytes(&self.trace["wire"], field));
        let mut copy = wire.clone();
        let mut at = 0;
        while at < wire.len() {
            match self.opener.open(&mut copy[at..]).expect("opened") {
                Opened::Record { consumed, content_type, text } => {
                    assert_eq!(content_type, expected);
                    let text = &copy[at..][text];
                    assert_eq!(seal(&mut self.sealer, content_type, text), wire[at..at + consumed]);
                    out.extend_from_slice(text);
                    at += consumed;
                    self.records += 1;
                }
                Opened::Dropped { consumed, .. } => at += consumed,
                Opened::More { .. } => panic!("the trace ends within a record"),
            }
        }
        out
    }
}

fn every_record(file: &[u8]) {
    let file: Value = serde_json::from_slice(file).expect("the file is JSON");
    for provider in providers() {
        let mut records = 0;
        for trace in file["traces"].as_array().expect("a list") {
            let way = || {
                let mut opener = Opener::new();
                opener.set_ccs(CcsRule::Drop);
                Way { provider: &provider, trace, opener, sealer: Sealer::new(), records: 0 }
            };
            let app = |field: &str| bytes(&trace["app_data"], field);

            let mut server = way();
            server.install("server_handshake_traffic");
            let flight = server.text("Record_ServerHandshakeMessages", HANDSHAKE);
            assert_eq!(flight, bytes(trace, "server_flight_plaintext"));
            server.install("server_application_traffic_0");
            let ticket = server.text("Record_NewSessionTicket", HANDSHAKE);
            assert_eq!(ticket, bytes(trace, "new_session_ticket_plaintext"));
            assert_eq!(server.text("Record_Server_AppData", DATA), app("Server_AppData"));
            assert_eq!(server.text("Record_Server_CloseNotify", ALERT), [1, 0]);

            let mut client = way();
            let mut flight = Vec::new();
            let early = trace["wire"].get("Record_Client_EarlyAppData").is_some();
            let finished = bytes(&trace["wire"], "Record_ClientFinished");
            let (end, rest) = finished.split_at(if early { 26 } else { 0 });
            if early {
                client.install("client_early_traffic");
                assert_eq!(client.text("Record_Client_EarlyAppData", DATA), app("Client_EarlyAppData"));
                assert_eq!(open(&mut client.opener, end), (HANDSHAKE, vec![5, 0, 0, 0]));
            }
            client.install("client_handshake_traffic");
            if early {
                flight.extend(open(&mut client.opener, rest).1);
            } else {
                flight.extend(client.text("Record_ClientFinished", HANDSHAKE));
            }
            assert_eq!(flight, bytes(trace, "client_flight_plaintext"));
            client.install("client_application_traffic_0");
            assert_eq!(client.text("Record_Client_AppData", DATA), app("Client_AppData"));
            assert_eq!(client.text("Record_Client_CloseNotify", ALERT), [1, 0]);
            records += server.records + client.records;
        }
        assert_eq!(records, 35, "{}", provider.name);
    }
}
