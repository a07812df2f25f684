use handfast_crypto::sign::{KeyKind, SignatureAlgorithm, Verify};
use handfast_crypto::{CryptoError, HashAlgorithm};
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

pub(crate) struct Ring;

impl Verify for Ring {
    fn supports(&self, key: KeyKind, algorithm: SignatureAlgorithm) -> bool {
        find(key, algorithm).is_some()
    }

    fn verify(
        &self,
        key: KeyKind,
        algorithm: SignatureAlgorithm,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        let ring = find(key, algorithm).ok_or(CryptoError::Unsupported)?;
        if !well_shaped(key, public_key) {
            return Err(CryptoError::BadKey);
        }
        UnparsedPublicKey::new(ring, public_key).verify(message, signature).map_err(|_| CryptoError::BadSignature)
    }
}

fn find(key: KeyKind, algorithm: SignatureAlgorithm) -> Option<&'static dyn VerificationAlgorithm> {
    use HashAlgorithm::{Sha256, Sha384, Sha512};
    use SignatureAlgorithm::{Ecdsa, Ed25519, RsaPkcs1, RsaPss};
    Some(match (key, algorithm) {
        (KeyKind::Rsa, RsaPkcs1(Sha256)) => &signature::RSA_PKCS1_2048_8192_SHA256,
        (KeyKind::Rsa, RsaPkcs1(Sha384)) => &signature::RSA_PKCS1_2048_8192_SHA384,
        (KeyKind::Rsa, RsaPkcs1(Sha512)) => &signature::RSA_PKCS1_2048_8192_SHA512,
        (KeyKind::Rsa | KeyKind::RsaPss, RsaPss(Sha256)) => &signature::RSA_PSS_2048_8192_SHA256,
        (KeyKind::Rsa | KeyKind::RsaPss, RsaPss(Sha384)) => &signature::RSA_PSS_2048_8192_SHA384,
        (KeyKind::Rsa | KeyKind::RsaPss, RsaPss(Sha512)) => &signature::RSA_PSS_2048_8192_SHA512,
        (KeyKind::EcdsaP256, Ecdsa(Sha256)) => &signature::ECDSA_P256_SHA256_ASN1,
        (KeyKind::EcdsaP256, Ecdsa(Sha384)) => &signature::ECDSA_P256_SHA384_ASN1,
        (KeyKind::EcdsaP384, Ecdsa(Sha256)) => &signature::ECDSA_P384_SHA256_ASN1,
        (KeyKind::EcdsaP384, Ecdsa(Sha384)) => &signature::ECDSA_P384_SHA384_ASN1,
        (KeyKind::Ed25519, Ed25519) => &signature::ED25519,
        _ => return None,
    })
}

/// What can be said about a public key without arithmetic. ring reports a bad key and a bad
/// signature alike, and the difference matters to whoever has to replace the certificate.
fn well_shaped(key: KeyKind, public_key: &[u8]) -> bool {
    match key {
        KeyKind::Rsa | KeyKind::RsaPss => modulus_bits(public_key).is_some_and(|bits| (2048..=8192).contains(&bits)),
        KeyKind::EcdsaP256 => public_key.len() == 65 && public_key.first() == Some(&4),
        KeyKind::EcdsaP384 => public_key.len() == 97 && public_key.first() == Some(&4),
        KeyKind::Ed25519 => public_key.len() == 32,
        _ => false,
    }
}

/// The length in bits of the modulus in `RSAPublicKey ::= SEQUENCE { modulus INTEGER, .. }`
/// (RFC 8017 §A.1.1); `None` if that is not what `der` holds.
fn modulus_bits(der: &[u8]) -> Option<usize> {
    let (sequence, rest) = element(der, 0x30)?;
    let (modulus, after) = element(sequence, 0x02)?;
    let (_exponent, end) = element(after, 0x02)?;
    if !rest.is_empty() || !end.is_empty() {
        return None;
    }
    // One leading zero byte keeps a number with its top bit set from being negative.
    let magnitude = modulus.strip_prefix(&[0]).unwrap_or(modulus);
    let top = magnitude.first()?;
    Some(magnitude.len() * 8 - top.leading_zeros() as usize)
}

/// The content of one DER element with this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = der.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        0x81 => rest.split_first().map(|(&a, rest)| (usize::from(a), rest))?,
        0x82 => rest.split_first_chunk().map(|(&b, rest)| (usize::from(u16::from_be_bytes(b)), rest))?,
        _ => return None,
    };
    if first != tag { None } else { rest.split_at_checked(length) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// `SEQUENCE { INTEGER of len bytes that starts with top, INTEGER 65537 }`.
    fn rsa(len: usize, top: u8) -> Vec<u8> {
        let mut integer = Vec::from([0x02, 0x82, (len >> 8) as u8, len as u8, top]);
        integer.resize(4 + len, 0xff);
        integer.extend([0x02, 3, 1, 0, 1]);
        let mut out = Vec::from([0x30, 0x82, (integer.len() >> 8) as u8, integer.len() as u8]);
        out.extend(integer);
        out
    }

    #[test]
    fn the_bits_of_a_modulus_are_counted_from_its_first_set_bit() {
        assert_eq!(modulus_bits(&rsa(257, 0)), Some(2048));
        assert_eq!(modulus_bits(&rsa(256, 0x7f)), Some(2047));
        assert_eq!(modulus_bits(&rsa(1025, 1)), Some(8193));
    }

    #[test]
    fn what_is_not_an_rsa_key_has_no_modulus() {
        let whole = rsa(257, 0);
        for len in 0..whole.len() {
            assert_eq!(modulus_bits(&whole[..len]), None, "cut to {len} bytes");
        }
        assert_eq!(modulus_bits(&[&whole[..], &[0]].concat()), None);
    }
}
