//! What the benches share.
#![forbid(unsafe_code)]

use handfast_crypto::Provider;

/// Every backend, by name.
pub fn backends() -> Vec<Provider> {
    vec![handfast_ring::provider(), handfast_rustcrypto::provider()]
}
