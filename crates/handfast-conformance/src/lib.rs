//! The harnesses that hold handfast against published vectors, other implementations and itself.
//!
//! Nothing here ships: it is what the tests of several crates share.
#![forbid(unsafe_code)]

pub mod hello;
pub mod puppet;

use handfast_crypto::Provider;

/// Every backend, so that a test can say the same of each.
pub fn backends() -> Vec<Provider> {
    vec![handfast_ring::provider(), handfast_rustcrypto::provider()]
}
