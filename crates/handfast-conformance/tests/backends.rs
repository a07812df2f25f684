//! Every backend against the Wycheproof vectors, against OpenSSL's signatures and against the
//! other backend.
//!
//! A vector that lies outside of what TLS or the backend's policy allows is skipped and
//! counted, and the counts are asserted exactly, so that nothing shrinks unseen.

#[path = "backends/aead.rs"]
mod aead;
#[path = "backends/cross.rs"]
mod cross;
#[path = "backends/exchange.rs"]
mod exchange;
#[path = "backends/hash.rs"]
mod hash;
#[path = "backends/mlkem.rs"]
mod mlkem;
#[path = "backends/refusals.rs"]
mod refusals;
#[path = "backends/seeded.rs"]
mod seeded;
#[path = "backends/signatures.rs"]
mod signatures;

use handfast_crypto::{CryptoError, Provider, Random};
use std::sync::Arc;

/// What became of a set of vectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    accepted: usize,
    refused: usize,
    skipped: usize,
}

impl Count {
    const fn of(accepted: usize, refused: usize, skipped: usize) -> Self {
        Self { accepted, refused, skipped }
    }
}

fn ring() -> Provider {
    handfast_ring::provider()
}

fn rustcrypto() -> Provider {
    handfast_rustcrypto::provider()
}

/// RustCrypto with the RSA signing that only tests may use.
fn rustcrypto_with_rsa() -> Provider {
    handfast_rustcrypto::dangerous_provider_with_rsa_signing(rustcrypto().random)
}

/// A source that hands out one value over and over, for a private key from a vector.
struct Fixed(Vec<u8>);

impl Random for Fixed {
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        if self.0.len() != out.len() {
            return Err(CryptoError::Random);
        }
        out.copy_from_slice(&self.0);
        Ok(())
    }
}

/// A source that is broken.
struct Broken;

impl Random for Broken {
    fn fill(&self, _out: &mut [u8]) -> Result<(), CryptoError> {
        Err(CryptoError::Random)
    }
}

fn broken() -> Arc<dyn Random> {
    Arc::new(Broken)
}

fn key_file(name: &str) -> Vec<u8> {
    let path = format!("{}/../../testdata/keys/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}
