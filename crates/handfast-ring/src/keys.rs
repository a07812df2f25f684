use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use handfast_crypto::sign::{KeyKind, LoadKey, SigningKey};
use handfast_crypto::{CryptoError, Random, SignatureScheme};
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaEncoding, RsaKeyPair};

pub(crate) struct Ring;

impl LoadKey for Ring {
    fn load(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, CryptoError> {
        let random = SystemRandom::new();
        // Each of ring's parsers checks the object identifier first, so at most one does work.
        if let Ok(key) = EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8, &random) {
            return Ok(Box::new(Key::EcdsaP256(key)));
        }
        if let Ok(key) = EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P384_SHA384_ASN1_SIGNING, pkcs8, &random) {
            return Ok(Box::new(Key::EcdsaP384(key)));
        }
        // "Maybe unchecked": PKCS#8 version 1, which OpenSSL writes, has no public key to check.
        if let Ok(key) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8) {
            return Ok(Box::new(Key::Ed25519(key)));
        }
        match RsaKeyPair::from_pkcs8(pkcs8) {
            Ok(key) => Ok(Box::new(Key::Rsa(key))),
            Err(_) => Err(CryptoError::BadKey),
        }
    }
}

enum Key {
    EcdsaP256(EcdsaKeyPair),
    EcdsaP384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

impl SigningKey for Key {
    fn kind(&self) -> KeyKind {
        match self {
            Self::EcdsaP256(_) => KeyKind::EcdsaP256,
            Self::EcdsaP384(_) => KeyKind::EcdsaP384,
            Self::Ed25519(_) => KeyKind::Ed25519,
            Self::Rsa(_) => KeyKind::Rsa,
        }
    }

    fn schemes(&self) -> &[SignatureScheme] {
        match self {
            Self::EcdsaP256(_) => &[SignatureScheme::ECDSA_SECP256R1_SHA256],
            Self::EcdsaP384(_) => &[SignatureScheme::ECDSA_SECP384R1_SHA384],
            Self::Ed25519(_) => &[SignatureScheme::ED25519],
            Self::Rsa(_) => &[
                SignatureScheme::RSA_PSS_RSAE_SHA256,
                SignatureScheme::RSA_PSS_RSAE_SHA384,
                SignatureScheme::RSA_PSS_RSAE_SHA512,
                SignatureScheme::RSA_PKCS1_SHA256,
                SignatureScheme::RSA_PKCS1_SHA384,
                SignatureScheme::RSA_PKCS1_SHA512,
            ],
        }
    }

    fn public_key(&self) -> &[u8] {
        match self {
            Self::EcdsaP256(key) | Self::EcdsaP384(key) => key.public_key().as_ref(),
            Self::Ed25519(key) => key.public_key().as_ref(),
            Self::Rsa(key) => key.public_key().as_ref(),
        }
    }

    fn sign(&self, scheme: SignatureScheme, _random: &dyn Random, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        if !self.schemes().contains(&scheme) {
            return Err(CryptoError::Unsupported);
        }
        let random = SystemRandom::new();
        match self {
            Self::EcdsaP256(key) | Self::EcdsaP384(key) => {
                let signature = key.sign(&random, message).map_err(|_| CryptoError::Random)?;
                Ok(Vec::from(signature.as_ref()))
            }
            Self::Ed25519(key) => Ok(Vec::from(key.sign(message).as_ref())),
            Self::Rsa(key) => {
                let encoding = rsa_encoding(scheme).ok_or(CryptoError::Unsupported)?;
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(encoding, &random, message, &mut signature).map_err(|_| CryptoError::Random)?;
                Ok(signature)
            }
        }
    }
}

fn rsa_encoding(scheme: SignatureScheme) -> Option<&'static dyn RsaEncoding> {
    Some(match scheme {
        SignatureScheme::RSA_PSS_RSAE_SHA256 => &signature::RSA_PSS_SHA256,
        SignatureScheme::RSA_PSS_RSAE_SHA384 => &signature::RSA_PSS_SHA384,
        SignatureScheme::RSA_PSS_RSAE_SHA512 => &signature::RSA_PSS_SHA512,
        SignatureScheme::RSA_PKCS1_SHA256 => &signature::RSA_PKCS1_SHA256,
        SignatureScheme::RSA_PKCS1_SHA384 => &signature::RSA_PKCS1_SHA384,
        SignatureScheme::RSA_PKCS1_SHA512 => &signature::RSA_PKCS1_SHA512,
        _ => return None,
    })
}
