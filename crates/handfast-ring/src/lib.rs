//! The *ring* backend of handfast: the fast one, built on assembly that is written for speed and
//! for constant time.
//!
//! ```
//! let provider = handfast_ring::provider();
//! assert_eq!(provider.name, "ring");
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
//! | verifies ECDSA | P-256 and P-384, each with SHA-256 and SHA-384; uncompressed points |
//! | verifies EdDSA | Ed25519 |
//! | signs with | RSA of 2048 to 4096 bits (PSS, PKCS#1 v1.5), P-256 with SHA-256, P-384 with SHA-384, Ed25519 |
//! | loads | PKCS#8; an elliptic curve key must carry its public key, an Ed25519 key may leave it out |
//!
//! Not offered: signatures of P-521, ECDSA with SHA-512, keys that are restricted to RSA-PSS by
//! their own object identifier when *signing* (verifying with them works).
//!
//! Two primitives are not ring's, because ring has none: ML-KEM is that of `libcrux-ml-kem`
//! (formally verified, with AVX2 and Neon where the processor has them), and the arithmetic of P-521 is
//! that of RustCrypto's `p521`, an order of magnitude slower than ring's curves.
//!
//! # Randomness
//!
//! ring draws its own randomness from the operating system, both for key pairs and for
//! signatures, and takes no other source. The `random` argument of
//! [`start`](handfast_crypto::group::Group::start),
//! [`respond`](handfast_crypto::group::Group::respond) and
//! [`sign`](handfast_crypto::sign::SigningKey::sign) is therefore not used here, and
//! this backend cannot be seeded; `handfast-rustcrypto` can. ML-KEM and P-521 are given bytes of
//! ring's source.
//!
//! # Wiping
//!
//! Secrets that leave ring are [`Secret`](handfast_crypto::Secret)s and are wiped. ring itself
//! wipes neither its expanded AEAD keys nor its prepared HMAC keys nor its private keys. A private
//! key of ML-KEM or P-521 is wiped; what libcrux computes with on the stack is not.
//!
//! # Errors
//!
//! ring does not say why a verification failed. This backend looks at the shape of a public key
//! first, so a key of the wrong length or size is `BadKey`; an elliptic curve point
//! of the right shape that is not on its curve shows as `BadSignature`.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod aead;
mod group;
mod hash;
mod keys;
mod mlkem;
mod p521;
mod verify;

use alloc::sync::Arc;
use handfast_crypto::{CryptoError, Provider, Random};
use ring::rand::{SecureRandom, SystemRandom};

/// Everything ring offers to TLS, with the operating system's randomness.
pub fn provider() -> Provider {
    Provider {
        name: "ring",
        hashes: hash::ALL,
        aeads: aead::ALL,
        groups: group::ALL,
        verify: &verify::Ring,
        keys: &keys::Ring,
        random: Arc::new(Os(SystemRandom::new())),
    }
}

/// The operating system's random source.
struct Os(SystemRandom);

impl Random for Os {
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        self.0.fill(out).map_err(|_| CryptoError::Random)
    }
}
