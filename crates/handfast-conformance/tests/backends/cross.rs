use crate::{broken, key_file, ring, rustcrypto, rustcrypto_with_rsa};
use handfast_conformance::backends;
use handfast_crypto::sign::KeyKind;
use handfast_crypto::{CryptoError, ProtocolVersion, SignatureScheme};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519};

const RSA: &[SignatureScheme] = &[
    SignatureScheme::RSA_PSS_RSAE_SHA256,
    SignatureScheme::RSA_PSS_RSAE_SHA384,
    SignatureScheme::RSA_PSS_RSAE_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
];
const P256: &[SignatureScheme] = &[SignatureScheme::ECDSA_SECP256R1_SHA256];
const P384: &[SignatureScheme] = &[SignatureScheme::ECDSA_SECP384R1_SHA384];
const ED25519: &[SignatureScheme] = &[SignatureScheme::ED25519];

/// Private keys in PKCS#8 with what they are: OpenSSL's from the key files, rcgen's made now.
fn keys() -> Vec<(String, Vec<u8>, KeyKind, &'static [SignatureScheme])> {
    let mut keys = vec![];
    for (name, kind, schemes) in [
        ("rsa2048", KeyKind::Rsa, RSA),
        ("rsa3072", KeyKind::Rsa, RSA),
        ("rsa4096", KeyKind::Rsa, RSA),
        ("p256", KeyKind::EcdsaP256, P256),
        ("p384", KeyKind::EcdsaP384, P384),
        ("ed25519", KeyKind::Ed25519, ED25519),
    ] {
        keys.push((name.to_owned(), key_file(&format!("{name}.der")), kind, schemes));
    }
    for (algorithm, kind, schemes) in [
        (&PKCS_ECDSA_P256_SHA256, KeyKind::EcdsaP256, P256),
        (&PKCS_ECDSA_P384_SHA384, KeyKind::EcdsaP384, P384),
        (&PKCS_ED25519, KeyKind::Ed25519, ED25519),
    ] {
        let key = KeyPair::generate_for(algorithm).unwrap();
        keys.push((format!("rcgen {kind}"), key.serialize_der(), kind, schemes));
    }
    keys
}

#[test]
fn both_backends_load_the_same_key_from_the_same_file() {
    for (name, pkcs8, kind, schemes) in keys() {
        let a = ring().keys.load(&pkcs8).unwrap();
        let b = rustcrypto_with_rsa().keys.load(&pkcs8).unwrap();
        assert_eq!((a.kind(), b.kind()), (kind, kind), "{name}");
        assert_eq!((a.schemes(), b.schemes()), (schemes, schemes), "{name}");
        assert_eq!(a.public_key(), b.public_key(), "{name}");
    }
}

#[test]
fn what_any_backend_signs_every_backend_verifies() {
    for (name, pkcs8, kind, schemes) in keys() {
        for signer in [ring(), rustcrypto_with_rsa()] {
            let key = signer.keys.load(&pkcs8).unwrap();
            for &scheme in schemes {
                let signature = key.sign(scheme, &*signer.random, b"message").unwrap();
                let algorithm = scheme.algorithm_for(kind, ProtocolVersion::TLS1_2).unwrap();
                for verifier in backends() {
                    assert!(verifier.verifies(scheme));
                    let verify = |text: &[u8], signature: &[u8]| {
                        verifier.verify.verify(kind, algorithm, key.public_key(), text, signature)
                    };
                    assert_eq!(verify(b"message", &signature), Ok(()), "{name} {scheme} {signer:?} {verifier:?}");
                    assert_eq!(verify(b"massage", &signature), Err(CryptoError::BadSignature));
                    assert_eq!(verify(b"message", &[]), Err(CryptoError::BadSignature));
                    let mut changed = signature.clone();
                    *changed.last_mut().unwrap() ^= 1;
                    assert_eq!(verify(b"message", &changed), Err(CryptoError::BadSignature));
                }
            }
        }
    }
}

#[test]
fn a_key_signs_with_its_own_schemes_only() {
    for (name, pkcs8, _, schemes) in keys() {
        for provider in [ring(), rustcrypto_with_rsa()] {
            let key = provider.keys.load(&pkcs8).unwrap();
            for scheme in SignatureScheme::KNOWN.iter().filter(|s| !schemes.contains(s)) {
                let result = key.sign(*scheme, &*provider.random, b"message");
                assert_eq!(result, Err(CryptoError::Unsupported), "{name} {scheme}");
            }
        }
    }
}

#[test]
fn a_signature_that_needs_randomness_fails_without_it() {
    let provider = rustcrypto_with_rsa();
    let key = provider.keys.load(&key_file("rsa2048.der")).unwrap();
    let result = key.sign(SignatureScheme::RSA_PSS_RSAE_SHA256, &*broken(), b"message");
    assert_eq!(result, Err(CryptoError::Random));
}

#[test]
fn the_signature_of_a_deterministic_scheme_needs_no_randomness() {
    let provider = rustcrypto();
    for (file, scheme) in [("p256.der", P256[0]), ("p384.der", P384[0]), ("ed25519.der", ED25519[0])] {
        let key = provider.keys.load(&key_file(file)).unwrap();
        let sign = || key.sign(scheme, &*broken(), b"message").unwrap();
        assert_eq!(sign(), sign(), "{scheme}");
    }
}
