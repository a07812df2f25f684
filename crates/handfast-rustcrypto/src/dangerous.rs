//! For tests and teaching only: randomness that is none.

use core::sync::atomic::{AtomicUsize, Ordering};
use handfast_crypto::{CryptoError, Random};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A "random" source whose every byte follows from its seed: SHA-256 in counter mode.
///
/// Whoever knows the seed knows every key, so a connection made with it protects nothing. It
/// exists so that a handshake can be repeated byte for byte.
///
/// The n-th call of [`fill`](Random::fill) gives the front of
/// `SHA-256(seed | n | 0) | SHA-256(seed | n | 1) | ..`, where n starts at 0 and both counters are
/// eight bytes, big-endian. The bytes depend on the order of the calls; with one thread
/// that is the order of the program.
///
/// ```
/// use handfast_crypto::Random;
/// use handfast_rustcrypto::dangerous::SeededRandom;
/// let (a, b) = (SeededRandom::new([7; 32]), SeededRandom::new([7; 32]));
/// let (mut x, mut y) = ([0; 40], [0; 40]);
/// a.fill(&mut x)?;
/// b.fill(&mut y)?;
/// assert_eq!(x, y);
/// a.fill(&mut x)?;
/// assert_ne!(x, y);
/// # Ok::<(), handfast_crypto::CryptoError>(())
/// ```
pub struct SeededRandom {
    seed: [u8; 32],
    calls: AtomicUsize,
}

impl SeededRandom {
    /// A source that starts from `seed`.
    pub const fn new(seed: [u8; 32]) -> Self {
        Self { seed, calls: AtomicUsize::new(0) }
    }
}

impl Random for SeededRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) as u64;
        stretch(&self.seed, call, 0, out);
        Ok(())
    }
}

impl Drop for SeededRandom {
    fn drop(&mut self) {
        self.seed.zeroize();
    }
}

impl ZeroizeOnDrop for SeededRandom {}

/// Fills `out` from seed and call, beginning with block `block`; returns the block after the last.
pub(crate) fn stretch(seed: &[u8; 32], call: u64, mut block: u64, out: &mut [u8]) -> u64 {
    for chunk in out.chunks_mut(32) {
        let mut hash = Sha256::new();
        hash.update(seed);
        hash.update(call.to_be_bytes());
        hash.update(block.to_be_bytes());
        let bytes: Zeroizing<[u8; 32]> = Zeroizing::new(hash.finalize().into());
        chunk.iter_mut().zip(bytes.iter()).for_each(|(to, from)| *to = *from);
        block = block.wrapping_add(1);
    }
    block
}
