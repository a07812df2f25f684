use crate::rsa_key::RsaKey;
use alloc::boxed::Box;
use alloc::vec::Vec;
use handfast_crypto::sign::{KeyKind, LoadKey, SigningKey};
use handfast_crypto::{CryptoError, Random, SignatureScheme};
use p256::ecdsa::signature::Signer;
use p256::pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// What [`provider`](crate::provider) loads.
pub(crate) struct WithoutRsa;

impl LoadKey for WithoutRsa {
    fn load(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, CryptoError> {
        let info = PrivateKeyInfoRef::try_from(pkcs8).map_err(|_| CryptoError::BadKey)?;
        match info.algorithm.oid {
            EC_PUBLIC_KEY => match info.algorithm.parameters_oid() {
                Ok(SECP256R1) => Ok(Box::new(P256::load(info)?)),
                Ok(SECP384R1) => Ok(Box::new(P384::load(info)?)),
                Ok(_) => Err(CryptoError::Unsupported),
                Err(_) => Err(CryptoError::BadKey),
            },
            ED25519 => Ok(Box::new(Ed25519::load(info)?)),
            // RSA among them: see the crate's documentation.
            _ => Err(CryptoError::Unsupported),
        }
    }
}

/// What [`dangerous_provider_with_rsa_signing`](crate::dangerous_provider_with_rsa_signing) loads.
pub(crate) struct WithRsa;

impl LoadKey for WithRsa {
    fn load(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, CryptoError> {
        let info = PrivateKeyInfoRef::try_from(pkcs8).map_err(|_| CryptoError::BadKey)?;
        match info.algorithm.oid {
            RSA_ENCRYPTION => Ok(Box::new(RsaKey::load(pkcs8)?)),
            // Would need the pss schemes and the hash that its parameters fix.
            RSASSA_PSS => Err(CryptoError::Unsupported),
            _ => WithoutRsa.load(pkcs8),
        }
    }
}

struct P256 {
    key: p256::ecdsa::SigningKey,
    public: Vec<u8>,
}

impl P256 {
    fn load(info: PrivateKeyInfoRef<'_>) -> Result<Self, CryptoError> {
        let key = p256::SecretKey::try_from(info).map_err(|_| CryptoError::BadKey)?;
        let key = p256::ecdsa::SigningKey::from(key);
        let public = Vec::from(key.verifying_key().to_sec1_point(false).as_bytes());
        Ok(Self { key, public })
    }
}

impl SigningKey for P256 {
    fn kind(&self) -> KeyKind {
        KeyKind::EcdsaP256
    }

    fn schemes(&self) -> &[SignatureScheme] {
        &[SignatureScheme::ECDSA_SECP256R1_SHA256]
    }

    fn public_key(&self) -> &[u8] {
        &self.public
    }

    fn sign(&self, scheme: SignatureScheme, _random: &dyn Random, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        if scheme != SignatureScheme::ECDSA_SECP256R1_SHA256 {
            return Err(CryptoError::Unsupported);
        }
        let signature: p256::ecdsa::DerSignature = self.key.try_sign(message).map_err(|_| CryptoError::BadKey)?;
        Ok(Vec::from(signature.as_bytes()))
    }
}

struct P384 {
    key: p384::ecdsa::SigningKey,
    public: Vec<u8>,
}

impl P384 {
    fn load(info: PrivateKeyInfoRef<'_>) -> Result<Self, CryptoError> {
        let key = p384::SecretKey::try_from(info).map_err(|_| CryptoError::BadKey)?;
        let key = p384::ecdsa::SigningKey::from(key);
        let public = Vec::from(key.verifying_key().to_sec1_point(false).as_bytes());
        Ok(Self { key, public })
    }
}

impl SigningKey for P384 {
    fn kind(&self) -> KeyKind {
        KeyKind::EcdsaP384
    }

    fn schemes(&self) -> &[SignatureScheme] {
        &[SignatureScheme::ECDSA_SECP384R1_SHA384]
    }

    fn public_key(&self) -> &[u8] {
        &self.public
    }

    fn sign(&self, scheme: SignatureScheme, _random: &dyn Random, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        if scheme != SignatureScheme::ECDSA_SECP384R1_SHA384 {
            return Err(CryptoError::Unsupported);
        }
        let signature: p384::ecdsa::DerSignature = self.key.try_sign(message).map_err(|_| CryptoError::BadKey)?;
        Ok(Vec::from(signature.as_bytes()))
    }
}

struct Ed25519 {
    key: ed25519_dalek::SigningKey,
    public: [u8; 32],
}

impl Ed25519 {
    fn load(info: PrivateKeyInfoRef<'_>) -> Result<Self, CryptoError> {
        let key = ed25519_dalek::SigningKey::try_from(info).map_err(|_| CryptoError::BadKey)?;
        let public = key.verifying_key().to_bytes();
        Ok(Self { key, public })
    }
}

impl SigningKey for Ed25519 {
    fn kind(&self) -> KeyKind {
        KeyKind::Ed25519
    }

    fn schemes(&self) -> &[SignatureScheme] {
        &[SignatureScheme::ED25519]
    }

    fn public_key(&self) -> &[u8] {
        &self.public
    }

    fn sign(&self, scheme: SignatureScheme, _random: &dyn Random, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        if scheme != SignatureScheme::ED25519 {
            return Err(CryptoError::Unsupported);
        }
        let signature = self.key.try_sign(message).map_err(|_| CryptoError::BadKey)?;
        Ok(Vec::from(signature.to_bytes()))
    }
}
