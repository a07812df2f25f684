use crate::{hex, key_file, ring, rustcrypto, rustcrypto_with_rsa};
use handfast_conformance::backends;
use handfast_crypto::sign::{KeyKind, SignatureAlgorithm};
use handfast_crypto::{CryptoError, HashAlgorithm, ProtocolVersion, SignatureScheme};

#[test]
fn rustcrypto_refuses_rsa_private_keys_unless_asked_dangerously() {
    for file in ["rsa2048.der", "rsa3072.der", "rsa4096.der", "rsa1024.der", "rsapss2048.der"] {
        let result = rustcrypto().keys.load(&key_file(file));
        assert_eq!(result.err(), Some(CryptoError::Unsupported), "{file}");
    }
    assert!(rustcrypto_with_rsa().keys.load(&key_file("rsa2048.der")).is_ok());
}

#[test]
fn an_rsa_private_key_of_1024_bits_is_refused() {
    for provider in [ring(), rustcrypto_with_rsa()] {
        let result = provider.keys.load(&key_file("rsa1024.der"));
        assert_eq!(result.err(), Some(CryptoError::BadKey), "{provider:?}");
    }
}

#[test]
fn an_rsa_public_key_of_1024_bits_is_refused() {
    let text = String::from_utf8(key_file("signatures.txt")).unwrap();
    let signature = hex(text.lines().find_map(|l| l.strip_prefix("rsa1024 pkcs1-sha256 ")).unwrap());
    for provider in backends() {
        let result = provider.verify.verify(
            KeyKind::Rsa,
            SignatureAlgorithm::RsaPkcs1(HashAlgorithm::Sha256),
            &key_file("rsa1024.pub.der"),
            b"handfast test message",
            &signature,
        );
        assert_eq!(result, Err(CryptoError::BadKey), "{provider:?}");
    }
}

#[test]
fn an_rsa_signature_plus_the_modulus_is_no_second_signature() {
    // A signature is a number below the modulus (RFC 8017 §5.2.2); add the modulus to one that
    // leaves room, and arithmetic alone could not tell the two apart.
    let provider = rustcrypto_with_rsa();
    let key = provider.keys.load(&key_file("rsa2048.der")).unwrap();
    let scheme = SignatureScheme::RSA_PSS_RSAE_SHA256;
    let algorithm = SignatureAlgorithm::RsaPss(HashAlgorithm::Sha256);
    let modulus = &key.public_key()[9..9 + 256];
    assert_eq!(key.public_key()[..9], hex("3082010a0282010100"));
    // Each salt gives another number; one in two or so leaves room.
    let (signature, sum) = (0..64)
        .find_map(|_| {
            let signature = key.sign(scheme, &*provider.random, b"message").unwrap();
            let mut carry = 0;
            let mut sum = signature.clone();
            for (a, b) in sum.iter_mut().zip(modulus).rev() {
                let total = u16::from(*a) + u16::from(*b) + carry;
                *a = total as u8;
                carry = total >> 8;
            }
            (carry == 0).then_some((signature, sum))
        })
        .expect("no signature left room");
    for provider in backends() {
        let verify = |s: &[u8]| provider.verify.verify(KeyKind::Rsa, algorithm, key.public_key(), b"message", s);
        assert_eq!(verify(&signature), Ok(()));
        assert_eq!(verify(&sum), Err(CryptoError::BadSignature), "{provider:?}");
    }
}

#[test]
fn a_curve_without_support_is_refused() {
    let p521 = key_file("p521.der");
    assert_eq!(ring().keys.load(&p521).err(), Some(CryptoError::BadKey));
    assert_eq!(rustcrypto().keys.load(&p521).err(), Some(CryptoError::Unsupported));
    for provider in backends() {
        let algorithm = SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha512);
        assert!(!provider.verify.supports(KeyKind::EcdsaP521, algorithm));
        let result = provider.verify.verify(KeyKind::EcdsaP521, algorithm, &[4; 133], b"", b"");
        assert_eq!(result, Err(CryptoError::Unsupported));
    }
}

#[test]
fn an_elliptic_curve_key_may_leave_out_its_public_key_for_rustcrypto_only() {
    let bare = key_file("p256-no-public.der");
    assert_eq!(ring().keys.load(&bare).err(), Some(CryptoError::BadKey));
    let whole = rustcrypto().keys.load(&key_file("p256.der")).unwrap();
    assert_eq!(rustcrypto().keys.load(&bare).unwrap().public_key(), whole.public_key());
}

#[test]
fn a_private_key_cut_short_or_followed_by_more_is_refused() {
    for provider in [ring(), rustcrypto_with_rsa()] {
        for file in ["rsa2048.der", "p256.der", "p384.der", "ed25519.der"] {
            let whole = key_file(file);
            assert!(provider.keys.load(&whole).is_ok(), "{provider:?} {file}");
            for len in (0..whole.len()).step_by(if whole.len() > 200 { 37 } else { 1 }) {
                let result = provider.keys.load(&whole[..len]);
                assert_eq!(result.err(), Some(CryptoError::BadKey), "{provider:?} {file} {len}");
            }
            let longer = provider.keys.load(&[&whole[..], &[0]].concat());
            assert_eq!(longer.err(), Some(CryptoError::BadKey), "{provider:?} {file}");
        }
    }
}

#[test]
fn a_public_key_that_cannot_be_one_is_a_bad_key() {
    use SignatureAlgorithm::{Ecdsa, Ed25519, RsaPkcs1, RsaPss};
    let rows = [
        (KeyKind::Rsa, RsaPkcs1(HashAlgorithm::Sha256)),
        (KeyKind::RsaPss, RsaPss(HashAlgorithm::Sha384)),
        (KeyKind::EcdsaP256, Ecdsa(HashAlgorithm::Sha256)),
        (KeyKind::EcdsaP384, Ecdsa(HashAlgorithm::Sha384)),
        (KeyKind::Ed25519, Ed25519),
    ];
    for provider in backends() {
        for (kind, algorithm) in rows {
            for len in (0..200).filter(|len| ![32, 65, 97].contains(len)) {
                for byte in [0, 2, 4, 0x30, 0xff] {
                    let key = vec![byte; len];
                    let result = provider.verify.verify(kind, algorithm, &key, b"text", &[0x30; 70]);
                    assert_eq!(result, Err(CryptoError::BadKey), "{provider:?} {kind} {len} {byte:#x}");
                }
            }
        }
    }
}

#[test]
fn an_algorithm_is_verified_only_with_its_kind_of_key() {
    use SignatureAlgorithm::{Ecdsa, Ed25519, RsaPkcs1};
    for provider in backends() {
        for (kind, algorithm) in [
            (KeyKind::RsaPss, RsaPkcs1(HashAlgorithm::Sha256)),
            (KeyKind::Ed25519, Ecdsa(HashAlgorithm::Sha256)),
            (KeyKind::EcdsaP256, Ed25519),
            (KeyKind::EcdsaP384, RsaPkcs1(HashAlgorithm::Sha256)),
        ] {
            assert!(!provider.verify.supports(kind, algorithm), "{provider:?} {kind} {algorithm:?}");
            let result = provider.verify.verify(kind, algorithm, &[], b"", b"");
            assert_eq!(result, Err(CryptoError::Unsupported), "{provider:?} {kind} {algorithm:?}");
        }
    }
}

#[test]
fn a_public_key_with_one_byte_changed_verifies_nothing() {
    let provider = rustcrypto_with_rsa();
    for file in ["rsa2048.der", "p256.der", "p384.der", "ed25519.der"] {
        let key = provider.keys.load(&key_file(file)).unwrap();
        let scheme = key.schemes()[0];
        let algorithm = scheme.algorithm_for(key.kind(), ProtocolVersion::TLS1_3).unwrap();
        let signature = key.sign(scheme, &*provider.random, b"message").unwrap();
        for verifier in backends() {
            for at in 0..key.public_key().len() {
                for flip in [1, 0x80, 0xff] {
                    let mut public = key.public_key().to_vec();
                    public[at] ^= flip;
                    let result = verifier.verify.verify(key.kind(), algorithm, &public, b"message", &signature);
                    assert!(
                        matches!(result, Err(CryptoError::BadKey | CryptoError::BadSignature)),
                        "{verifier:?} {file} {at} {flip:#x}: {result:?}"
                    );
                }
            }
        }
    }
}
