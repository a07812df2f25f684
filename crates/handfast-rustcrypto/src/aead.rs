use aes_gcm::AesGcm;
use aes_gcm::aead::{AeadInOut, KeyInit, consts};
use aes_gcm::aes::{Aes128Enc, Aes256Enc};
use alloc::boxed::Box;
use chacha20poly1305::ChaCha20Poly1305;
use core::marker::PhantomData;
use handfast_crypto::aead::{Aead, AeadKey, NONCE_LEN, TAG_LEN};
use handfast_crypto::{AeadAlgorithm, CryptoError};

// GCM runs AES forwards only, so the round keys for decryption are not kept: a third of the key.
type Aes128Gcm = AesGcm<Aes128Enc, consts::U12>;
type Aes256Gcm = AesGcm<Aes256Enc, consts::U12>;

pub(crate) const ALL: &[&dyn Aead] = &[
    &Algorithm::<Aes128Gcm>(AeadAlgorithm::Aes128Gcm, PhantomData),
    &Algorithm::<Aes256Gcm>(AeadAlgorithm::Aes256Gcm, PhantomData),
    &Algorithm::<ChaCha20Poly1305>(AeadAlgorithm::ChaCha20Poly1305, PhantomData),
];

struct Algorithm<A>(AeadAlgorithm, PhantomData<fn() -> A>);

impl<A> Aead for Algorithm<A>
where
    A: AeadInOut<NonceSize = consts::U12, TagSize = consts::U16> + KeyInit + Send + Sync + 'static,
{
    fn algorithm(&self) -> AeadAlgorithm {
        self.0
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn AeadKey>, CryptoError> {
        Ok(Box::new(Key(A::new_from_slice(key).map_err(|_| CryptoError::Length)?)))
    }
}

/// An expanded key; its library wipes it.
struct Key<A>(A);

impl<A> AeadKey for Key<A>
where
    A: AeadInOut<NonceSize = consts::U12, TagSize = consts::U16> + Send + Sync,
{
    fn seal(&self, nonce: &[u8; NONCE_LEN], aad: &[u8], text: &mut [u8]) -> Result<[u8; TAG_LEN], CryptoError> {
        let tag = self.0.encrypt_inout_detached(&(*nonce).into(), aad, text.into());
        tag.map(Into::into).map_err(|_| CryptoError::Length)
    }

    fn open(&self, nonce: &[u8; NONCE_LEN], aad: &[u8], sealed: &mut [u8]) -> Result<usize, CryptoError> {
        let (text, tag) = sealed.split_last_chunk_mut::<TAG_LEN>().ok_or(CryptoError::BadTag)?;
        let len = text.len();
        // Both libraries check the tag before they decrypt, so a failure leaves ciphertext behind.
        let opened = self.0.decrypt_inout_detached(&(*nonce).into(), aad, text.into(), &(*tag).into());
        opened.map(|()| len).map_err(|_| CryptoError::BadTag)
    }
}
