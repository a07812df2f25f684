use crate::group::is_uncompressed;
use crate::rsa_key;
use handfast_crypto::sign::{KeyKind, SignatureAlgorithm, Verify};
use handfast_crypto::{CryptoError, HashAlgorithm};
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use sha2::{Digest, Sha256, Sha384, Sha512};

pub(crate) struct RustCrypto;

impl Verify for RustCrypto {
    fn supports(&self, key: KeyKind, algorithm: SignatureAlgorithm) -> bool {
        use SignatureAlgorithm::{Ecdsa, Ed25519, RsaPkcs1, RsaPss};
        matches!(
            (key, algorithm),
            (KeyKind::Rsa, RsaPkcs1(h) | RsaPss(h))
            | (KeyKind::RsaPss, RsaPss(h))
            | (KeyKind::EcdsaP256 | KeyKind::EcdsaP384, Ecdsa(h)) if hashes(h)
        ) || (key, algorithm) == (KeyKind::Ed25519, Ed25519)
    }

    fn verify(
        &self,
        key: KeyKind,
        algorithm: SignatureAlgorithm,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        use SignatureAlgorithm::{Ecdsa, Ed25519, RsaPkcs1, RsaPss};
        match (key, algorithm) {
            (KeyKind::Rsa, RsaPkcs1(hash)) => rsa_key::verify_pkcs1(hash, public_key, message, signature),
            (KeyKind::Rsa | KeyKind::RsaPss, RsaPss(hash)) => rsa_key::verify_pss(hash, public_key, message, signature),
            (KeyKind::EcdsaP256, Ecdsa(hash)) => p256(hash, public_key, message, signature),
            (KeyKind::EcdsaP384, Ecdsa(hash)) => p384(hash, public_key, message, signature),
            (KeyKind::Ed25519, Ed25519) => ed25519(public_key, message, signature),
            _ => Err(CryptoError::Unsupported),
        }
    }
}

fn p256(hash: HashAlgorithm, public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
    if !is_uncompressed(public_key, 65) {
        return Err(CryptoError::BadKey);
    }
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(public_key).map_err(|_| CryptoError::BadKey)?;
    let signature = p256::ecdsa::Signature::from_der(signature).map_err(|_| CryptoError::BadSignature)?;
    digest(hash, message, |d| key.verify_prehash(d, &signature).map_err(|_| CryptoError::BadSignature))
}

fn p384(hash: HashAlgorithm, public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
    if !is_uncompressed(public_key, 97) {
        return Err(CryptoError::BadKey);
    }
    let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(public_key).map_err(|_| CryptoError::BadKey)?;
    let signature = p384::ecdsa::Signature::from_der(signature).map_err(|_| CryptoError::BadSignature)?;
    digest(hash, message, |d| key.verify_prehash(d, &signature).map_err(|_| CryptoError::BadSignature))
}

fn ed25519(public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
    let key = public_key.try_into().map_err(|_| CryptoError::BadKey)?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(key).map_err(|_| CryptoError::BadKey)?;
    let signature = ed25519_dalek::Signature::from_slice(signature).map_err(|_| CryptoError::BadSignature)?;
    // "Strict" refuses what no honest signer makes: a key or nonce of small order.
    key.verify_strict(message, &signature).map_err(|_| CryptoError::BadSignature)
}

const fn hashes(hash: HashAlgorithm) -> bool {
    matches!(hash, HashAlgorithm::Sha256 | HashAlgorithm::Sha384 | HashAlgorithm::Sha512)
}

/// Lends the hash of `message` to `check`.
pub(crate) fn digest<T>(
    hash: HashAlgorithm,
    message: &[u8],
    check: impl FnOnce(&[u8]) -> Result<T, CryptoError>,
) -> Result<T, CryptoError> {
    match hash {
        HashAlgorithm::Sha256 => check(&Sha256::digest(message)),
        HashAlgorithm::Sha384 => check(&Sha384::digest(message)),
        HashAlgorithm::Sha512 => check(&Sha512::digest(message)),
        _ => Err(CryptoError::Unsupported),
    }
}
