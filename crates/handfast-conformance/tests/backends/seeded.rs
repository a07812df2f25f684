use crate::{hex, key_file};
use handfast_crypto::{NamedGroup, Random, SignatureScheme};
use handfast_rustcrypto::dangerous::SeededRandom;
use handfast_rustcrypto::dangerous_provider_with_rsa_signing;
use std::sync::Arc;

/// Everything that the backend draws randomness for, in one order.
fn everything(seed: [u8; 32]) -> Vec<Vec<u8>> {
    let provider = dangerous_provider_with_rsa_signing(Arc::new(SeededRandom::new(seed)));
    let random = &*provider.random;
    let mut out = vec![];
    for group in provider.groups {
        let ours = group.start(random).unwrap();
        let (share, secret) = group.respond(random, ours.share()).unwrap();
        out.extend([ours.share().to_vec(), share, secret.bytes().to_vec()]);
    }
    for file in ["rsa2048.der", "p256.der", "p384.der", "ed25519.der"] {
        let key = provider.keys.load(&key_file(file)).unwrap();
        for scheme in key.schemes() {
            out.push(key.sign(*scheme, random, b"message").unwrap());
        }
    }
    out
}

#[test]
fn one_seed_gives_the_same_shares_and_signatures() {
    assert_eq!(everything([1; 32]), everything([1; 32]));
}

#[test]
fn another_seed_gives_other_shares_and_salts() {
    let (a, b) = (everything([1; 32]), everything([2; 32]));
    // Three values for each of six groups, then three PSS signatures; the rest is deterministic.
    assert!(a[..21].iter().zip(&b[..21]).all(|(a, b)| a != b));
    assert_eq!(a[21..], b[21..]);
}

#[test]
fn the_seeded_bytes_are_the_same_on_every_machine() {
    // printf '%064d%016d%016d' 0 0 0 | xxd -r -p | sha256sum; the last digit is the block.
    let mut out = [0; 40];
    let random = SeededRandom::new([0; 32]);
    random.fill(&mut out).unwrap();
    assert_eq!(out.to_vec(), hex("17b0761f87b081d5cf10757ccc89f12be355c70e2e29df288b65b30710dcbcd186f77354f38f799c"));
    // The second call starts a new row: the second number is 1.
    random.fill(&mut out[..8]).unwrap();
    assert_eq!(out[..8].to_vec(), hex("e8d9d27920689aa2"));
}

#[test]
fn a_seeded_x25519_share_does_not_change_between_versions() {
    let provider = handfast_rustcrypto::provider_with(Arc::new(SeededRandom::new([0; 32])));
    let share = provider.group(NamedGroup::X25519).unwrap().start(&*provider.random).unwrap().share().to_vec();
    assert_eq!(share, hex("1450737a617b094fab94c7048c4700d72d28f97e625d7d2a2e0187e921fb2009"));
}

#[test]
fn an_ecdsa_signature_is_that_of_rfc_6979() {
    // RFC 6979 §A.2.5, P-256 with SHA-256, message "sample", in DER.
    let private = hex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
    let head = hex("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420");
    let provider = handfast_rustcrypto::provider();
    let key = provider.keys.load(&[head, private].concat()).unwrap();
    let signature = key.sign(SignatureScheme::ECDSA_SECP256R1_SHA256, &*provider.random, b"sample").unwrap();
    let expected = "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
                    022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
    assert_eq!(signature, hex(expected));
}
