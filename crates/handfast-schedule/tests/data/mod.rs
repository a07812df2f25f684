//! Where the vectors are, and the backends they run on.
#![allow(dead_code, reason = "each test file uses its part")]

use handfast_crypto::{Digest, HashAlgorithm, Provider, Secret};
use serde_json::Value;
use std::path::PathBuf;

/// The backends under test.
pub(crate) fn providers() -> Vec<Provider> {
    vec![handfast_ring::provider(), handfast_rustcrypto::provider()]
}

/// A JSON file of the shared test data; `None`, with a line that says so, where it is missing.
pub(crate) fn load(name: &str) -> Option<Value> {
    let home = match std::env::var_os("HANDFAST_DATA") {
        Some(dir) => PathBuf::from(dir),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
    };
    match std::fs::read(home.join(name)) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).expect("the file is JSON")),
        Err(e) if std::env::var_os("CI").is_some_and(|v| v == "true") => panic!("{name}: {e}"),
        Err(e) => {
            println!("skipped: {name}: {e}");
            None
        }
    }
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2), "an odd number of digits");
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).expect("hex")).collect()
}

/// The bytes of a hex field; empty where it is absent.
pub(crate) fn bytes(v: &Value, field: &str) -> Vec<u8> {
    v[field].as_str().map(unhex).unwrap_or_default()
}

pub(crate) fn secret(v: &Value, field: &str) -> Secret {
    Secret::new(&bytes(v, field))
}

pub(crate) fn hash(provider: &Provider, algorithm: HashAlgorithm) -> &'static dyn handfast_crypto::hash::Hash {
    provider.hash(algorithm).expect("every backend has the suites' hashes")
}

pub(crate) fn transcript(hash: &dyn handfast_crypto::hash::Hash, messages: &[&[u8]]) -> Digest {
    hash.hash(messages)
}

/// The handshake message at the front of `bytes`, with its header, and the rest.
pub(crate) fn message(bytes: &[u8]) -> (&[u8], &[u8]) {
    let len = usize::from(bytes[1]) << 16 | usize::from(bytes[2]) << 8 | usize::from(bytes[3]);
    bytes.split_at(4 + len)
}
