//! Hash and HMAC.

use crate::{CryptoError, Digest, HashAlgorithm};
use alloc::boxed::Box;

/// One hash function with its HMAC (RFC 2104), as a backend offers it.
pub trait Hash: Send + Sync {
    /// Which function this is; its output length is [`HashAlgorithm::len`].
    fn algorithm(&self) -> HashAlgorithm;

    /// A running hash over nothing yet. One allocation; a connection makes one.
    fn start(&self) -> Box<dyn HashContext>;

    /// The hash of the concatenation of `parts`.
    fn hash(&self, parts: &[&[u8]]) -> Digest;

    /// Prepares `key` for HMAC on the backend's own stack and lends it to `work`: the padded
    /// key blocks are hashed once however many values `work` computes, and nothing is allocated.
    /// The backend wipes what it prepared, as far as its library lets it.
    fn with_key(&self, key: &[u8], work: &mut dyn FnMut(&dyn Hmac));
}

/// HMAC under a prepared key.
pub trait Hmac {
    /// Writes HMAC(key, concatenation of `parts`) to the front of `out`, as many bytes of it as
    /// `out` holds (at most the hash length; the rest of `out` is left alone).
    fn mac(&self, parts: &[&[u8]], out: &mut [u8]);
}

/// A running hash: the transcript of RFC 9846 §4.1.
pub trait HashContext: Send + Sync {
    /// Appends `bytes`.
    fn update(&mut self, bytes: &[u8]);
    /// The hash of everything so far; the context can go on afterwards. Does not allocate.
    fn fork(&self) -> Digest;
    /// A second context in the same state. One allocation.
    fn duplicate(&self) -> Box<dyn HashContext>;
}

/// HMAC in one call: `key`, then the concatenation of `parts`, into `out`.
pub fn hmac(hash: &dyn Hash, key: &[u8], parts: &[&[u8]], out: &mut [u8]) {
    hash.with_key(key, &mut |k| k.mac(parts, out));
}

/// Compares HMAC(`key`, `parts`) with `expected` in constant time.
///
/// # Errors
/// [`CryptoError::BadTag`] if they differ in length or content.
pub fn verify_hmac(hash: &dyn Hash, key: &[u8], parts: &[&[u8]], expected: &[u8]) -> Result<(), CryptoError> {
    let mut out = [0; Digest::MAX];
    let len = hash.algorithm().len();
    hmac(hash, key, parts, &mut out[..len]);
    if crate::secret::same(&out[..len], expected) { Ok(()) } else { Err(CryptoError::BadTag) }
}
