use core::fmt;

/// What a backend can fail at. Deliberately coarse: a peer must not learn more than this, and
/// the caller knows which operation it asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CryptoError {
    /// An AEAD tag did not verify (RFC 9846 §5.2).
    BadTag,
    /// A signature did not verify.
    BadSignature,
    /// A public or private key could not be decoded, or is outside the backend's policy
    /// (for example an RSA modulus of fewer than 2048 bits).
    BadKey,
    /// A peer's key share has the wrong length, is not on the curve, or gives the all-zero
    /// shared secret (RFC 9846 §4.3.8.2, §7.4.2).
    BadShare,
    /// The random source failed.
    Random,
    /// This backend does not offer the algorithm that was asked for.
    Unsupported,
    /// An input is longer than the algorithm allows, or a buffer shorter than its contract says.
    Length,
}

impl fmt::Display for CryptoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadTag => "the authentication tag does not match",
            Self::BadSignature => "the signature does not verify",
            Self::BadKey => "the key cannot be decoded or is outside the backend's policy",
            Self::BadShare => "the key share is not a valid point of its group",
            Self::Random => "the random source failed",
            Self::Unsupported => "the backend does not offer this algorithm",
            Self::Length => "a length is outside what the algorithm allows",
        })
    }
}

impl core::error::Error for CryptoError {}
