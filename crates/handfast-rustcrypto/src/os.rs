use handfast_crypto::{CryptoError, Random};

/// The operating system's random source.
pub(crate) struct Os;

impl Random for Os {
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        getrandom::fill(out).map_err(|_| CryptoError::Random)
    }
}
