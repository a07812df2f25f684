//! Annotated hex of the messages of the RFC 8448 traces shows every byte exactly once.

mod explain_printed;
#[path = "../../../testdata/support/vectors.rs"]
mod vectors;

use handfast::codec::{ContentType, RecordHeader, handshake_header};
use handfast_cli::bytes::Kind;
use serde_json::Value;
use std::process::ExitCode;

fn main() -> ExitCode {
    let test = ("every byte of RFC 8448 is printed once", "tls13-traces-rfc8448.json", every_byte_is_printed_once as _);
    vectors::run(&[test])
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
}

fn every_byte_is_printed_once(file: &[u8]) {
    let traces: Value = serde_json::from_slice(file).unwrap();
    let mut messages = 0;
    for trace in traces["traces"].as_array().unwrap() {
        let mut flights: Vec<Vec<u8>> = Vec::new();
        for (name, hex) in trace["wire"].as_object().unwrap() {
            let bytes = unhex(hex.as_str().unwrap());
            let Some(header) = RecordHeader::parse(&bytes) else { continue };
            if name.starts_with("Record_") && header.content_type == ContentType::HANDSHAKE {
                flights.push(bytes[5..5 + usize::from(header.length)].to_vec());
            }
        }
        for name in ["server_flight_plaintext", "client_flight_plaintext", "new_session_ticket_plaintext"] {
            flights.extend(trace[name].as_str().map(unhex));
        }
        for flight in flights {
            let mut rest = &flight[..];
            while let Some((_, length)) = handshake_header(rest) {
                let (message, after) = rest.split_at(4 + length);
                let kind = Kind::Handshake(Some(handfast::ProtocolVersion::TLS1_3));
                assert_eq!(explain_printed::proven(kind, message), None, "{}", trace["name"]);
                messages += 1;
                rest = after;
            }
        }
    }
    assert!(messages > 40, "only {messages} messages were found");
}
