//! The backends that vectors run on, and how vectors are read.
#![allow(dead_code, reason = "each test file uses its part")]

use handfast_crypto::{Digest, HashAlgorithm, Provider, Secret};
use serde_json::Value;

/// The backends under test.
pub(crate) fn providers() -> Vec<Provider> {
    vec![handfast_ring::provider(), handfast_rustcrypto::provider()]
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
