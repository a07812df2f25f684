//! The *RustCrypto* backend of handfast: pure Rust, and every random byte it uses is an input.
//!
//! ```
//! # #[cfg(feature = "os-random")] {
//! let provider = handfast_rustcrypto::provider();
//! assert_eq!(provider.name, "rustcrypto");
//! # }
//! ```
//!
//! # What it offers
//!
//! | | |
//! |---|---|
//! | hashes, HMAC | SHA-256, SHA-384, SHA-512 |
//! | AEADs | AES-128-GCM, AES-256-GCM, ChaCha20-Poly1305 |
//! | groups | x25519, secp256r1, secp384r1; X25519MLKEM768, MLKEM1024, secp521r1 |
//! | verifies RSA | PKCS#1 v1.5 and PSS with SHA-256, SHA-384, SHA-512; modulus of 2048 to 8192 bits |
//! | verifies ECDSA | P-256 and P-384, each with SHA-256, SHA-384, SHA-512; uncompressed points |
//! | verifies EdDSA | Ed25519; keys and nonces of small order are refused |
//! | signs with | P-256 with SHA-256 and P-384 with SHA-384 (RFC 6979), Ed25519 |
//! | loads | PKCS#8 |
//!
//! Not offered: signatures of P-521, and signing with RSA, for the reason below.
//!
//! # Why RSA keys are refused
//!
//! The `rsa` crate computes with the private key in time that depends on the key, and how long a
//! handshake takes can be measured across a network (RUSTSEC-2023-0071, "Marvin"). No fixed
//! stable release exists. Verifying is not concerned, since it touches public values only. So
//! `provider` refuses an RSA private key as
//! [`Unsupported`](handfast_crypto::CryptoError::Unsupported), and a test that must sign with one
//! asks for [`dangerous_provider_with_rsa_signing`] by that name. `handfast-ring` signs with RSA.
//!
//! # Randomness
//!
//! | what | where it comes from |
//! |---|---|
//! | a key pair of a curve | the `random` argument, read as the private key, again if it is out of range |
//! | a key pair of ML-KEM | 64 bytes of the `random` argument: d and z of FIPS 203 §6.1 |
//! | an encapsulation | 32 bytes of the `random` argument: m of FIPS 203 §6.2 |
//! | both halves of X25519MLKEM768 | the same, first for ML-KEM |
//! | an ECDSA nonce | key and message alone (RFC 6979) |
//! | an Ed25519 nonce | key and message alone (RFC 8032) |
//! | salt and blinding of RSA (dangerous provider) | 32 bytes of the `random` argument, stretched |
//!
//! So with [`dangerous::SeededRandom`] one seed gives the same bytes on every machine.
//!
//! # Features
//!
//! `std` (default) and `os-random` (part of it) bring `provider`. Without them the crate is
//! `no_std` with `alloc`, and [`provider_with`] takes a source of yours.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod aead;
pub mod dangerous;
mod group;
mod hash;
mod keys;
mod mlkem;
#[cfg(feature = "os-random")]
mod os;
mod rsa_key;
mod verify;

use alloc::sync::Arc;
use handfast_crypto::{Provider, Random};

/// Everything this backend offers, with the operating system's randomness.
#[cfg(feature = "os-random")]
pub fn provider() -> Provider {
    provider_with(Arc::new(os::Os))
}

/// Everything this backend offers, with `random` as the source that [`Provider::random`] names.
pub fn provider_with(random: Arc<dyn Random>) -> Provider {
    Provider {
        name: "rustcrypto",
        hashes: hash::ALL,
        aeads: aead::ALL,
        groups: group::ALL,
        verify: &verify::RustCrypto,
        keys: &keys::WithoutRsa,
        random,
    }
}

/// As [`provider_with`], but it also loads RSA keys and signs with them.
///
/// The danger: how long a signature takes tells a patient observer about the private key
/// (RUSTSEC-2023-0071). For tests with throwaway keys, never for a key that matters.
pub fn dangerous_provider_with_rsa_signing(random: Arc<dyn Random>) -> Provider {
    Provider { name: "rustcrypto with dangerous RSA", keys: &keys::WithRsa, ..provider_with(random) }
}
