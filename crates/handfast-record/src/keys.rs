use crate::{HEADER_LEN, RecordError, Rule};
use alloc::boxed::Box;
use handfast_codec::RecordHeader;
use handfast_crypto::aead::{Aead, AeadKey, NONCE_LEN};
use handfast_crypto::{AeadAlgorithm, ContentType, CryptoError, ProtocolVersion};
use zeroize::Zeroizing;

/// The expanded key of one direction, with its iv and the rule by which records are protected.
///
/// ```text
///  TLS 1.3, and ChaCha20 in TLS 1.2      nonce = iv (12) xor (0000 | seq)
///  AES-GCM in TLS 1.2                    nonce = iv (4) | explicit (8), which stands in the record
/// ```
pub struct RecordKeys {
    /// `None` while parked.
    key: Option<Box<dyn AeadKey>>,
    iv: Zeroizing<[u8; NONCE_LEN]>,
    pub(crate) style: Style,
    algorithm: AeadAlgorithm,
}

/// How a record is laid out and bound to its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Type and padding inside; the header is the additional data (RFC 9846 §5.2).
    Tls13,
    /// Eight bytes of the nonce before the text (RFC 5288 §3).
    Gcm12,
    /// No explicit nonce (RFC 7905 §2).
    ChaCha12,
}

impl Style {
    /// The bytes between header and text.
    pub(crate) const fn explicit(self) -> usize {
        match self {
            Self::Gcm12 => 8,
            Self::Tls13 | Self::ChaCha12 => 0,
        }
    }
}

impl RecordKeys {
    /// Expands `key`. `version` is TLS 1.3 or 1.2; `iv` has 12 bytes, with AES-GCM in TLS 1.2 four.
    ///
    /// # Errors
    /// [`CryptoError::Length`] if `key` or `iv` does not have the right length,
    /// [`CryptoError::Unsupported`] for another version.
    pub fn new(aead: &dyn Aead, version: ProtocolVersion, key: &[u8], iv: &[u8]) -> Result<Self, CryptoError> {
        let algorithm = aead.algorithm();
        let style = match (version, algorithm.explicit_nonce_len_1_2()) {
            (ProtocolVersion::TLS1_3, _) => Style::Tls13,
            (ProtocolVersion::TLS1_2, 0) => Style::ChaCha12,
            (ProtocolVersion::TLS1_2, _) => Style::Gcm12,
            _ => return Err(CryptoError::Unsupported),
        };
        if iv.len() != NONCE_LEN - style.explicit() {
            return Err(CryptoError::Length);
        }
        let mut whole = Zeroizing::new([0; NONCE_LEN]);
        whole.iter_mut().zip(iv).for_each(|(to, from)| *to = *from);
        Ok(Self { key: Some(aead.key(key)?), iv: whole, style, algorithm })
    }

    /// The algorithm.
    pub fn algorithm(&self) -> AeadAlgorithm {
        self.algorithm
    }

    /// Whether the expanded key is here.
    pub fn is_awake(&self) -> bool {
        self.key.is_some()
    }

    /// Drops the expanded key and keeps the rest.
    pub(crate) fn park(&mut self) {
        self.key = None;
    }

    /// Puts an expanded key back.
    pub(crate) fn wake(&mut self, key: Box<dyn AeadKey>) {
        self.key = Some(key);
    }

    pub(crate) fn key(&self) -> Result<&dyn AeadKey, RecordError> {
        self.key.as_deref().ok_or(RecordError::new(Rule::Parked, 0, 0))
    }

    /// The nonce of record `seq`. With AES-GCM in TLS 1.2 the iv ends in zeros, so the same xor
    /// yields the fixed part with the sequence number behind it: what we send as explicit part.
    pub(crate) fn nonce(&self, seq: u64) -> [u8; NONCE_LEN] {
        let mut nonce = *self.iv;
        for (n, s) in nonce[NONCE_LEN - 8..].iter_mut().zip(seq.to_be_bytes()) {
            *n ^= s;
        }
        nonce
    }

    /// The nonce with an explicit part that the peer chose (RFC 5288 §3).
    pub(crate) fn nonce_with(&self, explicit: [u8; 8]) -> [u8; NONCE_LEN] {
        let mut nonce = *self.iv;
        nonce[NONCE_LEN - 8..].copy_from_slice(&explicit);
        nonce
    }
}

/// Additional data: the header in TLS 1.3 (RFC 9846 §5.2); in TLS 1.2 the sequence number, then the
/// header with the length of the text (RFC 5246 §6.2.3.3).
pub(crate) struct Aad {
    bytes: [u8; 8 + HEADER_LEN],
    from: usize,
}

impl Aad {
    pub(crate) fn tls13(header: RecordHeader) -> Self {
        Self::new(0, header, 8)
    }

    pub(crate) fn tls12(seq: u64, content_type: ContentType, text_len: usize) -> Self {
        let header =
            RecordHeader { content_type, legacy_record_version: ProtocolVersion::TLS1_2, length: text_len as u16 };
        Self::new(seq, header, 0)
    }

    fn new(seq: u64, header: RecordHeader, from: usize) -> Self {
        let mut bytes = [0; 8 + HEADER_LEN];
        bytes[..8].copy_from_slice(&seq.to_be_bytes());
        bytes[8..].copy_from_slice(&header.to_bytes());
        Self { bytes, from }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(self.from..).unwrap_or_default()
    }
}
