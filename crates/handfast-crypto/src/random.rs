//! Randomness is an input.

use crate::CryptoError;

/// A source of random bytes that are fit for keys.
///
/// Takes `&self`, so that one source serves many connections; a seeded source for tests keeps a
/// counter inside.
pub trait Random: Send + Sync {
    /// Fills `out`.
    ///
    /// # Errors
    /// [`CryptoError::Random`] if the source cannot deliver; nothing in `out` may be used then.
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError>;
}
