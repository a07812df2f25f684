use crate::aead::TAG_LEN;
use crate::sign::{KeyKind, SignatureAlgorithm};
use crate::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

/// The hash functions that suites and signatures name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum HashAlgorithm {
    /// SHA-256: 32 bytes.
    Sha256,
    /// SHA-384: 48 bytes.
    Sha384,
    /// SHA-512: 64 bytes. In signatures only; no suite uses it.
    Sha512,
}

impl HashAlgorithm {
    /// The length of a hash value, in bytes.
    #[allow(clippy::len_without_is_empty, reason = "a hash value is never empty")]
    pub const fn len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

impl core::fmt::Display for HashAlgorithm {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        })
    }
}

/// The AEAD algorithms that suites name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AeadAlgorithm {
    /// AES-128-GCM.
    Aes128Gcm,
    /// AES-256-GCM.
    Aes256Gcm,
    /// ChaCha20-Poly1305.
    ChaCha20Poly1305,
}

impl AeadAlgorithm {
    /// The key length, in bytes.
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes128Gcm => 16,
            Self::Aes256Gcm | Self::ChaCha20Poly1305 => 32,
        }
    }

    /// The tag length, in bytes.
    pub const fn tag_len(self) -> usize {
        TAG_LEN
    }

    /// How many full-size records one key may protect before its confidentiality margin is spent:
    /// 2^24.5 for AES-GCM; for ChaCha20-Poly1305 the sequence number runs out first (RFC 9846 §5.5).
    pub const fn record_limit(self) -> u64 {
        match self {
            Self::Aes128Gcm | Self::Aes256Gcm => 23_726_566,
            Self::ChaCha20Poly1305 => u64::MAX,
        }
    }

    /// Whether a TLS 1.2 record carries eight bytes of its nonce (RFC 5288 §3), or none because
    /// the nonce is made from the sequence number (RFC 7905 §2).
    pub const fn explicit_nonce_len_1_2(self) -> usize {
        match self {
            Self::Aes128Gcm | Self::Aes256Gcm => 8,
            Self::ChaCha20Poly1305 => 0,
        }
    }
}

/// What key a TLS 1.2 suite wants in the server's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Authentication {
    /// Not the suite's business: TLS 1.3 (RFC 9846 §4.2.1).
    Any,
    /// An RSA key (RFC 5289 §3.2).
    Rsa,
    /// An ECDSA or EdDSA key (RFC 5289 §3.1, RFC 8422 §5.10).
    Ecdsa,
}

impl Authentication {
    /// Whether a key of this kind fits.
    pub const fn accepts(self, key: KeyKind) -> bool {
        match self {
            Self::Any => true,
            Self::Rsa => matches!(key, KeyKind::Rsa | KeyKind::RsaPss),
            Self::Ecdsa => {
                matches!(key, KeyKind::EcdsaP256 | KeyKind::EcdsaP384 | KeyKind::EcdsaP521 | KeyKind::Ed25519)
            }
        }
    }
}

/// What a cipher suite stands for. [`CipherSuite::info`] knows the suites that handfast speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SuiteInfo {
    /// The one version that may use it.
    pub version: ProtocolVersion,
    /// How records are protected.
    pub aead: AeadAlgorithm,
    /// The hash of the key schedule and the transcript.
    pub hash: HashAlgorithm,
    /// What key the server's certificate must hold.
    pub authentication: Authentication,
}

impl CipherSuite {
    /// The suites that handfast speaks, strongest habit first: TLS 1.3, then the ECDHE AEAD suites
    /// of TLS 1.2.
    pub const SPOKEN: &'static [CipherSuite] = &[
        Self::TLS_AES_128_GCM_SHA256,
        Self::TLS_AES_256_GCM_SHA384,
        Self::TLS_CHACHA20_POLY1305_SHA256,
        Self::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        Self::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        Self::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        Self::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        Self::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        Self::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ];

    /// What the suite stands for, if it is one that handfast speaks.
    pub const fn info(self) -> Option<SuiteInfo> {
        use AeadAlgorithm::{Aes128Gcm, Aes256Gcm, ChaCha20Poly1305};
        use Authentication::{Any, Ecdsa, Rsa};
        use HashAlgorithm::{Sha256, Sha384};
        let (v, aead, hash, authentication) = match self {
            Self::TLS_AES_128_GCM_SHA256 => (ProtocolVersion::TLS1_3, Aes128Gcm, Sha256, Any),
            Self::TLS_AES_256_GCM_SHA384 => (ProtocolVersion::TLS1_3, Aes256Gcm, Sha384, Any),
            Self::TLS_CHACHA20_POLY1305_SHA256 => (ProtocolVersion::TLS1_3, ChaCha20Poly1305, Sha256, Any),
            Self::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 => (ProtocolVersion::TLS1_2, Aes128Gcm, Sha256, Ecdsa),
            Self::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 => (ProtocolVersion::TLS1_2, Aes256Gcm, Sha384, Ecdsa),
            Self::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 => {
                (ProtocolVersion::TLS1_2, ChaCha20Poly1305, Sha256, Ecdsa)
            }
            Self::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => (ProtocolVersion::TLS1_2, Aes128Gcm, Sha256, Rsa),
            Self::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => (ProtocolVersion::TLS1_2, Aes256Gcm, Sha384, Rsa),
            Self::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => {
                (ProtocolVersion::TLS1_2, ChaCha20Poly1305, Sha256, Rsa)
            }
            _ => return None,
        };
        Some(SuiteInfo { version: v, aead, hash, authentication })
    }
}

impl NamedGroup {
    /// Whether TLS 1.2 can use the group: its messages hold one point of at most 255 bytes
    /// (RFC 8422 §5.1.1, §5.4), which rules out everything with a KEM in it.
    pub const fn is_ecdhe_1_2(self) -> bool {
        matches!(self, Self::SECP256R1 | Self::SECP384R1 | Self::SECP521R1 | Self::X25519 | Self::X448)
    }
}

impl SignatureScheme {
    /// How a key of this kind signs with this scheme in this version; `None` if it may not.
    ///
    /// TLS 1.3 ties each ECDSA scheme to one curve and has no PKCS#1 v1.5 in handshakes
    /// (RFC 9846 §4.3.3); in TLS 1.2 the same code point names hash and key kind only
    /// (RFC 5246 §7.4.1.4.1). SHA-1 is never used.
    pub fn algorithm_for(self, key: KeyKind, version: ProtocolVersion) -> Option<SignatureAlgorithm> {
        use HashAlgorithm::{Sha256, Sha384, Sha512};
        use KeyKind::{EcdsaP256, EcdsaP384, EcdsaP521, Ed25519, Rsa, RsaPss};
        let tls12 = version == ProtocolVersion::TLS1_2;
        let ecdsa = matches!(key, EcdsaP256 | EcdsaP384 | EcdsaP521);
        match self {
            Self::RSA_PKCS1_SHA256 if tls12 && key == Rsa => Some(SignatureAlgorithm::RsaPkcs1(Sha256)),
            Self::RSA_PKCS1_SHA384 if tls12 && key == Rsa => Some(SignatureAlgorithm::RsaPkcs1(Sha384)),
            Self::RSA_PKCS1_SHA512 if tls12 && key == Rsa => Some(SignatureAlgorithm::RsaPkcs1(Sha512)),
            Self::RSA_PSS_RSAE_SHA256 if key == Rsa => Some(SignatureAlgorithm::RsaPss(Sha256)),
            Self::RSA_PSS_RSAE_SHA384 if key == Rsa => Some(SignatureAlgorithm::RsaPss(Sha384)),
            Self::RSA_PSS_RSAE_SHA512 if key == Rsa => Some(SignatureAlgorithm::RsaPss(Sha512)),
            Self::RSA_PSS_PSS_SHA256 if key == RsaPss => Some(SignatureAlgorithm::RsaPss(Sha256)),
            Self::RSA_PSS_PSS_SHA384 if key == RsaPss => Some(SignatureAlgorithm::RsaPss(Sha384)),
            Self::RSA_PSS_PSS_SHA512 if key == RsaPss => Some(SignatureAlgorithm::RsaPss(Sha512)),
            Self::ECDSA_SECP256R1_SHA256 if key == EcdsaP256 || tls12 && ecdsa => {
                Some(SignatureAlgorithm::Ecdsa(Sha256))
            }
            Self::ECDSA_SECP384R1_SHA384 if key == EcdsaP384 || tls12 && ecdsa => {
                Some(SignatureAlgorithm::Ecdsa(Sha384))
            }
            Self::ECDSA_SECP521R1_SHA512 if key == EcdsaP521 || tls12 && ecdsa => {
                Some(SignatureAlgorithm::Ecdsa(Sha512))
            }
            Self::ED25519 if key == Ed25519 => Some(SignatureAlgorithm::Ed25519),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spoken_suite_is_known_and_named() {
        for suite in CipherSuite::SPOKEN {
            assert!(suite.info().is_some() && suite.name().is_some());
        }
    }

    #[test]
    fn tls13_ties_a_curve_to_a_hash_and_tls12_does_not() {
        let scheme = SignatureScheme::ECDSA_SECP256R1_SHA256;
        assert_eq!(scheme.algorithm_for(KeyKind::EcdsaP384, ProtocolVersion::TLS1_3), None);
        assert_eq!(
            scheme.algorithm_for(KeyKind::EcdsaP384, ProtocolVersion::TLS1_2),
            Some(SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256))
        );
    }

    #[test]
    fn tls13_has_no_pkcs1_in_handshakes() {
        let scheme = SignatureScheme::RSA_PKCS1_SHA256;
        assert_eq!(scheme.algorithm_for(KeyKind::Rsa, ProtocolVersion::TLS1_3), None);
        assert!(scheme.algorithm_for(KeyKind::Rsa, ProtocolVersion::TLS1_2).is_some());
    }
}
