//! Keys that only an attacker makes: a modulus that would take seconds to compute with, an exponent of
//! one, a point that is none, and what a signer may give away.

use handfast_conformance::backends;
use handfast_crypto::sign::{KeyKind, SignatureAlgorithm};
use handfast_crypto::{CryptoError, HashAlgorithm, SignatureScheme};
use std::collections::HashSet;

/// A DER element.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = content.len();
    let head = match len {
        0..=127 => vec![tag, len as u8],
        128..=255 => vec![tag, 0x81, len as u8],
        _ => vec![tag, 0x82, (len >> 8) as u8, len as u8],
    };
    [head, content.to_vec()].concat()
}

/// An RSAPublicKey with an odd modulus of this many bits.
fn rsa(bits: usize, exponent: &[u8]) -> Vec<u8> {
    let mut modulus = vec![0x5a; bits / 8 + 1];
    (modulus[0], modulus[1], modulus[bits / 8]) = (0, 0xc1, 0x2b);
    tlv(0x30, &[tlv(2, &modulus), tlv(2, exponent)].concat())
}

#[test]
fn a_modulus_that_is_meant_to_take_long_is_not_computed_with() {
    for provider in backends() {
        for bits in [16_384, 65_536, 262_144] {
            let key = rsa(bits, &[1, 0, 1]);
            let signature = vec![1; bits / 8];
            let algorithm = SignatureAlgorithm::RsaPkcs1(HashAlgorithm::Sha256);
            let result = provider.verify.verify(KeyKind::Rsa, algorithm, &key, b"message", &signature);
            assert_eq!(result, Err(CryptoError::BadKey), "{provider:?}, {bits} bits");
        }
    }
}

#[test]
fn the_longest_modulus_is_computed_with_and_a_longer_one_is_not() {
    let algorithm = SignatureAlgorithm::RsaPkcs1(HashAlgorithm::Sha256);
    for provider in backends() {
        for (bits, expected) in [(8192, CryptoError::BadSignature), (8200, CryptoError::BadKey)] {
            let (key, signature) = (rsa(bits, &[1, 0, 1]), vec![1; bits / 8]);
            let result = provider.verify.verify(KeyKind::Rsa, algorithm, &key, b"message", &signature);
            assert_eq!(result, Err(expected), "{provider:?}, {bits} bits");
        }
    }
}

#[test]
fn an_exponent_of_one_or_of_many_bytes_makes_no_key() {
    // With an exponent of 1 the padded hash is its own signature.
    for provider in backends() {
        for exponent in [&[1][..], &[2], &[0x7f; 200]] {
            let key = rsa(2048, exponent);
            // 0001 ff…ff 00, the prefix of SHA-256 and the hash: what such a key "signs" everything with.
            let info = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
            let mut signature = vec![0xff; 256];
            (signature[0], signature[1], signature[204]) = (0, 1, 0);
            signature[205..224].copy_from_slice(info);
            let hash = provider.hash(HashAlgorithm::Sha256).unwrap().hash(&[b"message"]);
            signature[224..].copy_from_slice(hash.bytes());
            let algorithm = SignatureAlgorithm::RsaPkcs1(HashAlgorithm::Sha256);
            let result = provider.verify.verify(KeyKind::Rsa, algorithm, &key, b"message", &signature);
            assert!(result.is_err(), "{provider:?}, {exponent:?}");
        }
    }
}

/// The r of an ECDSA signature in DER, which names its nonce.
fn r(signature: &[u8]) -> Vec<u8> {
    signature[4..4 + usize::from(signature[3])].to_vec()
}

#[test]
fn no_two_messages_are_signed_with_one_nonce() {
    // Twice the same nonce for two messages gives the private key away.
    let path = format!("{}/../../testdata/keys/p256.der", env!("CARGO_MANIFEST_DIR"));
    let pkcs8 = std::fs::read(path).unwrap();
    for provider in backends() {
        let key = provider.keys.load(&pkcs8).unwrap();
        let sign = |message: u32| {
            key.sign(SignatureScheme::ECDSA_SECP256R1_SHA256, &*provider.random, &message.to_be_bytes()).unwrap()
        };
        let nonces: HashSet<Vec<u8>> = (0..200).map(|message| r(&sign(message))).collect();
        assert_eq!(nonces.len(), 200, "{provider:?}");
    }
}
