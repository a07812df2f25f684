//! No nonce is ever used twice under one key: an AEAD that remembers sees every one of them.

use handfast_crypto::aead::{Aead, AeadKey, NONCE_LEN, TAG_LEN};
use handfast_crypto::{AeadAlgorithm, ContentType, CryptoError, ProtocolVersion};
use handfast_record::{RecordKeys, Rule, Sealer};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

/// The nonces under each key.
type Seen = Arc<Mutex<HashSet<(Vec<u8>, [u8; NONCE_LEN])>>>;

struct Remembers(AeadAlgorithm, Seen);

struct Key(Vec<u8>, Seen);

impl Aead for Remembers {
    fn algorithm(&self) -> AeadAlgorithm {
        self.0
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn AeadKey>, CryptoError> {
        Ok(Box::new(Key(key.to_vec(), self.1.clone())))
    }
}

impl AeadKey for Key {
    fn seal(&self, nonce: &[u8; NONCE_LEN], _: &[u8], _: &mut [u8]) -> Result<[u8; TAG_LEN], CryptoError> {
        assert!(self.1.lock().expect("one thread").insert((self.0.clone(), *nonce)), "a nonce came twice");
        Ok([0; TAG_LEN])
    }

    fn open(&self, _: &[u8; NONCE_LEN], _: &[u8], _: &mut [u8]) -> Result<usize, CryptoError> {
        Err(CryptoError::BadTag)
    }
}

fn every_way(mut run: impl FnMut(&Remembers, &dyn Fn(u8) -> RecordKeys)) {
    for algorithm in [AeadAlgorithm::Aes128Gcm, AeadAlgorithm::Aes256Gcm, AeadAlgorithm::ChaCha20Poly1305] {
        for version in [ProtocolVersion::TLS1_3, ProtocolVersion::TLS1_2] {
            let aead = Remembers(algorithm, Seen::default());
            let iv_len = match version {
                ProtocolVersion::TLS1_2 => NONCE_LEN - algorithm.explicit_nonce_len_1_2(),
                _ => NONCE_LEN,
            };
            let keys = |number: u8| {
                let (key, iv) = ([number; 32], [0xff; NONCE_LEN]);
                RecordKeys::new(&aead, version, &key[..algorithm.key_len()], &iv[..iv_len]).expect("lengths fit")
            };
            run(&aead, &keys);
        }
    }
}

#[test]
fn no_nonce_comes_twice_under_one_key() {
    every_way(|aead, keys| {
        let mut sealer = Sealer::new();
        for key in 0..3 {
            sealer.install(keys(key));
            for round in 0..300 {
                let kind = [ContentType::APPLICATION_DATA, ContentType::HANDSHAKE, ContentType::ALERT][round % 3];
                sealer.seal(kind, &[b"xx"], &mut [0; 64]).expect("sealed");
                // Neither a rest that did not fit nor a pause turns the count back.
                sealer.seal(kind, &[b"xx"], &mut [0; 8]).expect("no room, no record");
                if round % 50 == 0 {
                    sealer.park();
                    assert_eq!(sealer.seal(kind, &[b"xx"], &mut [0; 64]).map_err(|e| e.rule), Err(Rule::Parked));
                    let key = [key; 32];
                    sealer.wake(aead.key(&key[..aead.0.key_len()]).expect("lengths fit"));
                }
            }
        }
        assert_eq!(aead.1.lock().expect("one thread").len(), 900);
    });
}

#[test]
fn sealing_in_place_and_by_copy_share_one_count() {
    every_way(|aead, keys| {
        let mut sealer = Sealer::new();
        sealer.install(keys(0));
        for _ in 0..50 {
            sealer.seal(ContentType::APPLICATION_DATA, &[b"x"], &mut [0; 64]).expect("sealed");
            sealer.seal_in_place(ContentType::APPLICATION_DATA, &mut [0; 100], 40..41).expect("sealed");
        }
        assert_eq!(aead.1.lock().expect("one thread").len(), 100);
    });
}
