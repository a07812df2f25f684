//! Key exchange: Diffie-Hellman on curves, and key encapsulation, behind one shape.
//!
//! The client *starts* (makes a key pair and shows the share), the server *responds* (makes its
//! own share and the secret in one step), the client *finishes*. A KEM fits this, and so does DH.

use crate::{CryptoError, NamedGroup, Random, Secret};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// One group (RFC 9846 §4.3.7), as a backend offers it.
pub trait Group: Send + Sync {
    /// Which group this is.
    fn group(&self) -> NamedGroup;

    /// A fresh key pair of the side that speaks first. A backend whose library draws its own
    /// randomness ignores `random` and says so in its documentation.
    ///
    /// # Errors
    /// [`CryptoError::Random`] if no key could be drawn.
    fn start(&self, random: &dyn Random) -> Result<Box<dyn KeyExchange>, CryptoError>;

    /// The answer to a peer's `share`: our share and the shared secret.
    ///
    /// # Errors
    /// [`CryptoError::BadShare`] if `share` has the wrong length, is not on the curve, leads
    /// to the all-zero secret or is no encapsulation key (FIPS 203 §7.2); [`CryptoError::Random`] if no
    /// key could be drawn.
    fn respond(&self, random: &dyn Random, share: &[u8]) -> Result<(Vec<u8>, Secret), CryptoError>;
}

/// A key pair that waits for the peer's share.
pub trait KeyExchange: Send + Sync {
    /// The group of this key pair.
    fn group(&self) -> NamedGroup;

    /// Our share, in the encoding of RFC 9846 §4.3.8.2.
    fn share(&self) -> &[u8];

    /// The shared secret with the peer's `share`; the private key is used once and gone.
    ///
    /// # Errors
    /// [`CryptoError::BadShare`], as for [`Group::respond`]. A KEM refuses the length alone: from any
    /// other wrong ciphertext comes a secret that nobody else has (FIPS 203 §6.3).
    fn finish(self: Box<Self>, share: &[u8]) -> Result<Secret, CryptoError>;
}
