//! Authenticated encryption as records use it: in place, with a nonce and a tag of fixed size.

use crate::{AeadAlgorithm, CryptoError};
use alloc::boxed::Box;

/// The length of every nonce, in bytes.
pub const NONCE_LEN: usize = 12;
/// The length of every tag, in bytes, for the algorithms that TLS uses here.
pub const TAG_LEN: usize = 16;

/// One AEAD algorithm, as a backend offers it.
pub trait Aead: Send + Sync {
    /// Which algorithm this is; its key length is [`AeadAlgorithm::key_len`].
    fn algorithm(&self) -> AeadAlgorithm;

    /// Expands `key`. Done once per key change, never per record.
    ///
    /// # Errors
    /// [`CryptoError::Length`] if `key` does not have the algorithm's key length.
    fn key(&self, key: &[u8]) -> Result<Box<dyn AeadKey>, CryptoError>;
}

/// An expanded key. Dropping it wipes it, as far as the backend's library lets it.
pub trait AeadKey: Send + Sync {
    /// Encrypts `text` in place and returns the tag that belongs behind it.
    ///
    /// # Errors
    /// [`CryptoError::Length`] if `text` exceeds what the algorithm can take; never for a record.
    fn seal(&self, nonce: &[u8; NONCE_LEN], aad: &[u8], text: &mut [u8]) -> Result<[u8; TAG_LEN], CryptoError>;

    /// Decrypts `sealed` (ciphertext, then tag) in place; the plaintext stands at its front.
    /// Returns the length of the plaintext.
    ///
    /// # Errors
    /// [`CryptoError::BadTag`] if the tag does not verify or is missing. The content of `sealed`
    /// is then unspecified but is not unauthenticated plaintext.
    fn open(&self, nonce: &[u8; NONCE_LEN], aad: &[u8], sealed: &mut [u8]) -> Result<usize, CryptoError>;
}
