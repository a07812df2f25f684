use alloc::boxed::Box;
use handfast_crypto::aead::{Aead, AeadKey, NONCE_LEN, TAG_LEN};
use handfast_crypto::{AeadAlgorithm, CryptoError};
use ring::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};

pub(crate) const ALL: &[&dyn Aead] = &[
    &Algorithm { name: AeadAlgorithm::Aes128Gcm, ring: &aead::AES_128_GCM },
    &Algorithm { name: AeadAlgorithm::Aes256Gcm, ring: &aead::AES_256_GCM },
    &Algorithm { name: AeadAlgorithm::ChaCha20Poly1305, ring: &aead::CHACHA20_POLY1305 },
];

struct Algorithm {
    name: AeadAlgorithm,
    ring: &'static aead::Algorithm,
}

impl Aead for Algorithm {
    fn algorithm(&self) -> AeadAlgorithm {
        self.name
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn AeadKey>, CryptoError> {
        let key = UnboundKey::new(self.ring, key).map_err(|_| CryptoError::Length)?;
        Ok(Box::new(Key(LessSafeKey::new(key))))
    }
}

/// "Less safe" is ring's warning that the caller picks the nonce. Here the record layer does,
/// from its sequence number (RFC 9846 §5.3).
struct Key(LessSafeKey);

impl AeadKey for Key {
    fn seal(&self, nonce: &[u8; NONCE_LEN], aad: &[u8], text: &mut [u8]) -> Result<[u8; TAG_LEN], CryptoError> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let tag = self.0.seal_in_place_separate_tag(nonce, Aad::from(aad), text).map_err(|_| CryptoError::Length)?;
        tag.as_ref().try_into().map_err(|_| CryptoError::Length)
    }

    fn open(&self, nonce: &[u8; NONCE_LEN], aad: &[u8], sealed: &mut [u8]) -> Result<usize, CryptoError> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let text = self.0.open_in_place(nonce, Aad::from(aad), sealed).map_err(|_| CryptoError::BadTag)?;
        Ok(text.len())
    }
}
