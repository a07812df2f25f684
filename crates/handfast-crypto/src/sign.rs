//! Signatures: verifying (certificates and handshakes) and signing (handshakes).

use crate::{CryptoError, HashAlgorithm, NamedGroup, Random, SignatureScheme};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// The kind of a public key, as its certificate states it (RFC 5280 §4.1.2.7, RFC 8410).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// rsaEncryption: may sign PKCS#1 v1.5 and PSS with rsae schemes.
    Rsa,
    /// id-RSASSA-PSS: may sign PSS with pss schemes only.
    RsaPss,
    /// An elliptic curve key on secp256r1.
    EcdsaP256,
    /// An elliptic curve key on secp384r1.
    EcdsaP384,
    /// An elliptic curve key on secp521r1.
    EcdsaP521,
    /// An Ed25519 key.
    Ed25519,
}

impl KeyKind {
    /// The curve of an ECDSA key.
    pub const fn curve(self) -> Option<NamedGroup> {
        match self {
            Self::EcdsaP256 => Some(NamedGroup::SECP256R1),
            Self::EcdsaP384 => Some(NamedGroup::SECP384R1),
            Self::EcdsaP521 => Some(NamedGroup::SECP521R1),
            Self::Rsa | Self::RsaPss | Self::Ed25519 => None,
        }
    }
}

impl core::fmt::Display for KeyKind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Rsa => "RSA",
            Self::RsaPss => "RSA-PSS",
            Self::EcdsaP256 => "ECDSA P-256",
            Self::EcdsaP384 => "ECDSA P-384",
            Self::EcdsaP521 => "ECDSA P-521",
            Self::Ed25519 => "Ed25519",
        })
    }
}

/// How a signature is made, apart from the key: what X.509 calls the signature algorithm. TLS 1.3
/// binds the curve to the hash, X.509 and TLS 1.2 do not, so this is finer than [`SignatureScheme`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with this hash.
    RsaPkcs1(HashAlgorithm),
    /// RSASSA-PSS with this hash for message and mask, and a salt of the hash's length.
    RsaPss(HashAlgorithm),
    /// ECDSA with this hash, DER-encoded, on the curve of the key.
    Ecdsa(HashAlgorithm),
    /// Ed25519.
    Ed25519,
}

/// The verifying half of a backend.
pub trait Verify: Send + Sync {
    /// Whether signatures of this kind can be verified at all.
    fn supports(&self, key: KeyKind, algorithm: SignatureAlgorithm) -> bool;

    /// Checks `signature` over the concatenation of nothing but `message`.
    ///
    /// `public_key` is the content of the subjectPublicKey BIT STRING: for RSA the DER of
    /// RSAPublicKey, for ECDSA the uncompressed point, for Ed25519 the 32 bytes.
    ///
    /// # Errors
    /// [`CryptoError::Unsupported`] for a pair that [`Verify::supports`] denies,
    /// [`CryptoError::BadKey`] for a key that cannot be decoded or is too small,
    /// [`CryptoError::BadSignature`] otherwise.
    fn verify(
        &self,
        key: KeyKind,
        algorithm: SignatureAlgorithm,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError>;
}

/// A private key that signs handshakes.
pub trait SigningKey: Send + Sync {
    /// The kind of the key; it decides which schemes it can sign with.
    fn kind(&self) -> KeyKind;

    /// The schemes this key signs with, best first. Includes those that only TLS 1.2 allows
    /// (RSA PKCS#1 v1.5).
    fn schemes(&self) -> &[SignatureScheme];

    /// The content of the subjectPublicKey BIT STRING that belongs to this key, in the encoding
    /// of [`Verify::verify`], so that a certificate can be checked against its key when loaded.
    fn public_key(&self) -> &[u8];

    /// Signs `message`.
    ///
    /// # Errors
    /// [`CryptoError::Unsupported`] for a scheme that is not in [`SigningKey::schemes`],
    /// [`CryptoError::Random`] if the random source failed.
    fn sign(&self, scheme: SignatureScheme, random: &dyn Random, message: &[u8]) -> Result<Vec<u8>, CryptoError>;
}

/// Loads private keys.
pub trait LoadKey: Send + Sync {
    /// Loads a key from PKCS#8 (RFC 5208, RFC 5958) DER.
    ///
    /// # Errors
    /// [`CryptoError::BadKey`] if it cannot be decoded or is outside the backend's policy.
    fn load(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, CryptoError>;
}
