//! HKDF (RFC 5869), written once for all backends on top of their HMAC.
//!
//! ```text
//!   salt ──┐
//!          ▼
//!   ikm ► Extract = HMAC(salt, ikm) ► prk ► Expand: T(i) = HMAC(prk, T(i-1) | info | i) ► okm
//! ```

use crate::hash::{Hash, Hmac, hmac};
use crate::{CryptoError, Digest, Secret};
use zeroize::Zeroize;

/// HKDF-Extract: a pseudorandom key of the hash's length (RFC 5869 §2.2).
pub fn extract(hash: &dyn Hash, salt: &[u8], ikm: &[u8]) -> Secret {
    let mut prk = Secret::zeroed(hash.algorithm().len());
    hmac(hash, salt, &[ikm], prk.bytes_mut());
    prk
}

/// HKDF-Expand under a key that is already prepared (RFC 5869 §2.3): fills `out` from the
/// concatenation of `info`. At most eight parts of info, so that nothing is allocated.
///
/// # Errors
/// [`CryptoError::Length`] if `out` is longer than 255 hash lengths or `info` has too many parts.
pub fn expand(prk: &dyn Hmac, hash_len: usize, info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
    const PARTS: usize = 8;
    if out.len() > 255 * hash_len || info.len() > PARTS || hash_len == 0 || hash_len > Digest::MAX {
        return Err(CryptoError::Length);
    }
    let mut previous = [0; Digest::MAX];
    let mut had = 0;
    for (i, chunk) in out.chunks_mut(hash_len).enumerate() {
        let counter = [i as u8 + 1];
        let mut block = [0; Digest::MAX];
        let mut parts: [&[u8]; PARTS + 2] = [&[]; PARTS + 2];
        parts[0] = &previous[..had];
        parts[1..=info.len()].copy_from_slice(info);
        parts[info.len() + 1] = &counter;
        prk.mac(&parts[..info.len() + 2], &mut block[..hash_len]);
        chunk.copy_from_slice(&block[..chunk.len()]);
        previous = block;
        block.zeroize();
        had = hash_len;
    }
    previous.zeroize();
    Ok(())
}
