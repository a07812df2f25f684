//! RSA: verifying for everyone, signing for the dangerous provider.

use crate::dangerous::stretch;
use crate::verify::digest;
use alloc::vec::Vec;
use handfast_crypto::sign::{KeyKind, SigningKey};
use handfast_crypto::{CryptoError, HashAlgorithm, Random, SignatureScheme};
use rsa::pkcs1::EncodeRsaPublicKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::rand_core::{self, CryptoRng, RngCore};
use rsa::sha2::{Sha256, Sha384, Sha512};
use rsa::traits::{PublicKeyParts, SignatureScheme as Padding};
use rsa::{BigUint, Pkcs1v15Sign, Pss, RsaPrivateKey, RsaPublicKey};
use zeroize::Zeroizing;

/// The sizes of modulus that are accepted, in bits: less is weak, more is a way to keep us busy.
const BITS: core::ops::RangeInclusive<usize> = 2048..=8192;

pub(crate) fn verify_pkcs1(
    hash: HashAlgorithm,
    public_key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), CryptoError> {
    verify(hash, pkcs1(hash)?, public_key, message, signature)
}

pub(crate) fn verify_pss(
    hash: HashAlgorithm,
    public_key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), CryptoError> {
    verify(hash, pss(hash)?, public_key, message, signature)
}

fn verify(
    hash: HashAlgorithm,
    padding: impl Padding,
    public_key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), CryptoError> {
    let key = decode(public_key)?;
    // RFC 8017 §5.2.2: a signature is a number below the modulus. The library reduces it instead,
    // which would make a second valid signature out of every valid one.
    if signature.len() != key.size() || BigUint::from_bytes_be(signature) >= *key.n() {
        return Err(CryptoError::BadSignature);
    }
    digest(hash, message, |d| key.verify(padding, d, signature).map_err(|_| CryptoError::BadSignature))
}

/// The DER of RSAPublicKey (RFC 8017 §A.1.1), within the policy.
fn decode(der: &[u8]) -> Result<RsaPublicKey, CryptoError> {
    let parts = rsa::pkcs1::RsaPublicKey::try_from(der).map_err(|_| CryptoError::BadKey)?;
    let (modulus, exponent) = (parts.modulus.as_bytes(), parts.public_exponent.as_bytes());
    // Before any arithmetic, so that its cost has a bound.
    if modulus.len() > *BITS.end() / 8 || exponent.len() > 8 {
        return Err(CryptoError::BadKey);
    }
    let (n, e) = (BigUint::from_bytes_be(modulus), BigUint::from_bytes_be(exponent));
    if !BITS.contains(&n.bits()) {
        return Err(CryptoError::BadKey);
    }
    RsaPublicKey::new_with_max_size(n, e, *BITS.end()).map_err(|_| CryptoError::BadKey)
}

/// An RSA private key, as only the dangerous provider makes it.
pub(crate) struct RsaKey {
    private: RsaPrivateKey,
    public: Vec<u8>,
}

impl RsaKey {
    pub(crate) fn load(pkcs8: &[u8]) -> Result<Self, CryptoError> {
        let private = RsaPrivateKey::from_pkcs8_der(pkcs8).map_err(|_| CryptoError::BadKey)?;
        if !BITS.contains(&private.n().bits()) {
            return Err(CryptoError::BadKey);
        }
        let public = private.to_public_key().to_pkcs1_der().map_err(|_| CryptoError::BadKey)?;
        Ok(Self { public: public.into_vec(), private })
    }
}

impl SigningKey for RsaKey {
    fn kind(&self) -> KeyKind {
        KeyKind::Rsa
    }

    fn schemes(&self) -> &[SignatureScheme] {
        &[
            SignatureScheme::RSA_PSS_RSAE_SHA256,
            SignatureScheme::RSA_PSS_RSAE_SHA384,
            SignatureScheme::RSA_PSS_RSAE_SHA512,
            SignatureScheme::RSA_PKCS1_SHA256,
            SignatureScheme::RSA_PKCS1_SHA384,
            SignatureScheme::RSA_PKCS1_SHA512,
        ]
    }

    fn public_key(&self) -> &[u8] {
        &self.public
    }

    fn sign(&self, scheme: SignatureScheme, random: &dyn Random, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let mut stretched = Stretched::new(random)?;
        let (hash, is_pss) = match scheme {
            SignatureScheme::RSA_PSS_RSAE_SHA256 => (HashAlgorithm::Sha256, true),
            SignatureScheme::RSA_PSS_RSAE_SHA384 => (HashAlgorithm::Sha384, true),
            SignatureScheme::RSA_PSS_RSAE_SHA512 => (HashAlgorithm::Sha512, true),
            SignatureScheme::RSA_PKCS1_SHA256 => (HashAlgorithm::Sha256, false),
            SignatureScheme::RSA_PKCS1_SHA384 => (HashAlgorithm::Sha384, false),
            SignatureScheme::RSA_PKCS1_SHA512 => (HashAlgorithm::Sha512, false),
            _ => return Err(CryptoError::Unsupported),
        };
        digest(hash, message, |d| {
            let signed = if is_pss {
                self.private.sign_with_rng(&mut stretched, pss(hash)?, d)
            } else {
                self.private.sign_with_rng(&mut stretched, pkcs1(hash)?, d)
            };
            signed.map_err(|_| CryptoError::BadKey)
        })
    }
}

fn pkcs1(hash: HashAlgorithm) -> Result<Pkcs1v15Sign, CryptoError> {
    match hash {
        HashAlgorithm::Sha256 => Ok(Pkcs1v15Sign::new::<Sha256>()),
        HashAlgorithm::Sha384 => Ok(Pkcs1v15Sign::new::<Sha384>()),
        HashAlgorithm::Sha512 => Ok(Pkcs1v15Sign::new::<Sha512>()),
        _ => Err(CryptoError::Unsupported),
    }
}

/// With a salt of the hash's length (RFC 9846 §4.3.3), and blinded when it signs.
fn pss(hash: HashAlgorithm) -> Result<Pss, CryptoError> {
    match hash {
        HashAlgorithm::Sha256 => Ok(Pss::new_blinded::<Sha256>()),
        HashAlgorithm::Sha384 => Ok(Pss::new_blinded::<Sha384>()),
        HashAlgorithm::Sha512 => Ok(Pss::new_blinded::<Sha512>()),
        _ => Err(CryptoError::Unsupported),
    }
}

/// 32 random bytes, stretched to as many as the library asks for. Its trait cannot fail, ours can:
/// so the one draw that may fail comes first.
struct Stretched {
    seed: Zeroizing<[u8; 32]>,
    block: u64,
}

impl Stretched {
    fn new(random: &dyn Random) -> Result<Self, CryptoError> {
        let mut seed = Zeroizing::new([0; 32]);
        random.fill(&mut *seed)?;
        Ok(Self { seed, block: 0 })
    }
}

impl RngCore for Stretched {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        self.block = stretch(&self.seed, 0, self.block, out);
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for Stretched {}
