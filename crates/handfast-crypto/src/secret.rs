//! Bytes that must not outlive their use, and hash values, which may.

use alloc::boxed::Box;
use alloc::vec;
use core::fmt;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

/// Secret bytes on the heap: wiped when dropped, moved without leaving a copy behind, compared
/// in constant time. There is no `Debug`, no `Clone` and no `Deref`; whoever reads the bytes
/// says so with [`Secret::bytes`].
///
/// ```
/// use handfast_crypto::Secret;
/// let secret = Secret::new(&[1, 2, 3]);
/// assert!(secret.same_as(&[1, 2, 3]));
/// assert!(!secret.same_as(&[1, 2]));
/// ```
pub struct Secret(Zeroizing<Box<[u8]>>);

impl Secret {
    /// Copies `bytes` into a new secret. The caller wipes its own copy.
    pub fn new(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(Box::from(bytes)))
    }

    /// A secret of `len` zero bytes, to be filled through [`Secret::bytes_mut`].
    pub fn zeroed(len: usize) -> Self {
        Self(Zeroizing::new(vec![0; len].into_boxed_slice()))
    }

    /// The bytes themselves.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, to be overwritten in place: a schedule replaces a spent secret by its
    /// successor without a new allocation.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// Whether these are the bytes of `other`, in time that depends on the lengths only.
    pub fn same_as(&self, other: &[u8]) -> bool {
        same(&self.0, other)
    }

    /// A second copy. The reason for having two belongs in a comment where this is called.
    pub fn duplicate(&self) -> Self {
        Self::new(&self.0)
    }
}

/// Whether `a` and `b` are equal, in time that depends on their lengths only.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && bool::from(a.ct_eq(b))
}

/// A hash value of up to 64 bytes (SHA-512), held inline. Public data: a transcript hash.
#[derive(Clone, Copy)]
pub struct Digest {
    bytes: [u8; Self::MAX],
    len: u8,
}

impl Digest {
    /// The longest hash value, in bytes.
    pub const MAX: usize = 64;

    /// A digest of `bytes`, of which at most [`Digest::MAX`] are kept.
    pub fn new(bytes: &[u8]) -> Self {
        let len = bytes.len().min(Self::MAX);
        let mut out = Self { bytes: [0; Self::MAX], len: len as u8 };
        out.bytes[..len].copy_from_slice(&bytes[..len]);
        out
    }

    /// The hash value.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// Overwrites the bytes, for the digests that are a step on the way to a secret.
    pub fn wipe(&mut self) {
        self.bytes.zeroize();
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        self.bytes()
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        same(self.bytes(), other.bytes())
    }
}

impl Eq for Digest {}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes().iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn a_digest_prints_as_hex() {
        assert_eq!(format!("{:?}", Digest::new(&[0xde, 0xad])), "dead");
    }

    #[test]
    fn secrets_of_different_length_are_different() {
        assert!(!Secret::zeroed(3).same_as(&[0; 4]));
        assert!(Secret::zeroed(3).same_as(&[0; 3]));
    }

    #[test]
    fn a_secret_can_be_overwritten_in_place() {
        let mut s = Secret::zeroed(2);
        s.bytes_mut().copy_from_slice(&[7, 8]);
        assert!(s.duplicate().same_as(&[7, 8]));
    }
}
