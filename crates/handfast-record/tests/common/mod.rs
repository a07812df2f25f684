//! Keys for every suite and version on every backend, and pairs of halves that share them.
#![allow(dead_code, reason = "each test file uses its part")]

use handfast_crypto::aead::{Aead, AeadKey};
use handfast_crypto::{AeadAlgorithm, ContentType, ProtocolVersion, Provider};
use handfast_record::{Opened, Opener, RecordKeys, Sealer};

pub(crate) const HANDSHAKE: ContentType = ContentType::HANDSHAKE;
pub(crate) const ALERT: ContentType = ContentType::ALERT;
pub(crate) const DATA: ContentType = ContentType::APPLICATION_DATA;
pub(crate) const CCS: ContentType = ContentType::CHANGE_CIPHER_SPEC;

/// One way of protecting records.
#[derive(Clone, Copy)]
pub(crate) struct Way {
    pub(crate) version: ProtocolVersion,
    pub(crate) aead: &'static dyn Aead,
}

impl Way {
    pub(crate) fn keys(&self) -> RecordKeys {
        let algorithm = self.aead.algorithm();
        let iv_len = match self.version {
            ProtocolVersion::TLS1_2 => 12 - algorithm.explicit_nonce_len_1_2(),
            _ => 12,
        };
        RecordKeys::new(self.aead, self.version, &[7; 32][..algorithm.key_len()], &[9; 12][..iv_len])
            .expect("lengths fit")
    }

    pub(crate) fn expanded(&self) -> Box<dyn AeadKey> {
        self.aead.key(&[7; 32][..self.aead.algorithm().key_len()]).expect("lengths fit")
    }

    pub(crate) fn pair(&self) -> (Sealer, Opener) {
        let (mut sealer, mut opener) = (Sealer::new(), Opener::new());
        sealer.install(self.keys());
        opener.install(self.keys());
        (sealer, opener)
    }

    pub(crate) fn is_13(&self) -> bool {
        self.version == ProtocolVersion::TLS1_3
    }
}

pub(crate) fn providers() -> Vec<Provider> {
    vec![handfast_ring::provider(), handfast_rustcrypto::provider()]
}

/// Every algorithm × version × backend.
pub(crate) fn ways() -> Vec<Way> {
    let mut all = Vec::new();
    for provider in providers() {
        for algorithm in [AeadAlgorithm::Aes128Gcm, AeadAlgorithm::Aes256Gcm, AeadAlgorithm::ChaCha20Poly1305] {
            for version in [ProtocolVersion::TLS1_3, ProtocolVersion::TLS1_2] {
                all.push(Way { version, aead: provider.aead(algorithm).expect("every backend has the suites' AEADs") });
            }
        }
    }
    all
}

/// One way, for tests whose subject is not the algorithm.
pub(crate) fn way13() -> Way {
    Way {
        version: ProtocolVersion::TLS1_3,
        aead: handfast_ring::provider().aead(AeadAlgorithm::Aes128Gcm).expect("has it"),
    }
}

pub(crate) fn way12() -> Way {
    Way { version: ProtocolVersion::TLS1_2, ..way13() }
}

/// Seals all of `text`.
pub(crate) fn seal(sealer: &mut Sealer, content_type: ContentType, text: &[u8]) -> Vec<u8> {
    let mut wire = vec![0; sealer.wire_len(content_type, text.len())];
    let sealed = sealer.seal(content_type, &[text], &mut wire).expect("sealed");
    assert_eq!((sealed.text, sealed.wire), (text.len(), wire.len()));
    wire
}

/// A record of TLS 1.3 with any inner plaintext, also one that our own half refuses to make.
pub(crate) fn forge13(way: &Way, seq: u64, inner: &[u8]) -> Vec<u8> {
    let mut nonce = [9; 12];
    for (n, s) in nonce[4..].iter_mut().zip(seq.to_be_bytes()) {
        *n ^= s;
    }
    let [high, low] = ((inner.len() + 16) as u16).to_be_bytes();
    let mut wire = vec![23, 3, 3, high, low];
    let aad = wire.clone();
    let mut body = inner.to_vec();
    let tag = way.expanded().seal(&nonce, &aad, &mut body).expect("sealed");
    wire.extend(body);
    wire.extend(tag);
    wire
}

/// Opens one whole record that must be a record, not dropped.
pub(crate) fn open(opener: &mut Opener, wire: &[u8]) -> (ContentType, Vec<u8>) {
    let mut wire = wire.to_vec();
    match opener.open(&mut wire).expect("opened") {
        Opened::Record { consumed, content_type, text } => {
            assert_eq!(consumed, wire.len());
            (content_type, wire[text].to_vec())
        }
        other => panic!("{other:?}"),
    }
}
