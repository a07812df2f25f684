use super::PkiError;
use pki_types::PrivatePkcs8KeyDer;
use rand_core::{OsRng, RngCore};
use rcgen::KeyPair;
use rsa::pkcs8::EncodePrivateKey;

/// The kinds of key that a throw-away certificate can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, clap::ValueEnum)]
pub enum KeyType {
    /// RSA with a modulus of 2048 bits; takes up to a second to generate.
    Rsa2048,
    /// ECDSA on secp256r1.
    #[default]
    P256,
    /// ECDSA on secp384r1.
    P384,
    /// Ed25519.
    Ed25519,
}

impl KeyType {
    /// Every kind, for tests that want them all.
    pub const ALL: [Self; 4] = [Self::Rsa2048, Self::P256, Self::P384, Self::Ed25519];
}

impl std::fmt::Display for KeyType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Rsa2048 => "RSA 2048",
            Self::P256 => "ECDSA P-256",
            Self::P384 => "ECDSA P-384",
            Self::Ed25519 => "Ed25519",
        })
    }
}

/// A private key, which signs certificates or goes into one. Prints without its secret.
#[derive(Debug)]
pub struct Key(pub(super) KeyPair);

/// An Ed25519 key in PKCS#8 is this and then the 32 bytes of the seed (RFC 8410 §7).
const ED25519_PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

impl Key {
    /// A fresh key from the operating system's randomness.
    ///
    /// # Errors
    /// If the random source or the generation fails.
    pub fn generate(kind: KeyType) -> Result<Self, PkiError> {
        let failed = |e: &dyn std::fmt::Display| PkiError::new(format!("cannot generate an {kind} key: {e}"));
        let made = match kind {
            KeyType::P256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
            KeyType::P384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384),
            // ring would write PKCS#8 version 2 with the public key, which OpenSSL 3.0 does not read.
            KeyType::Ed25519 => {
                let mut pkcs8 = [0; 48];
                let (head, seed) = pkcs8.split_at_mut(ED25519_PKCS8.len());
                head.copy_from_slice(&ED25519_PKCS8);
                OsRng.try_fill_bytes(seed).map_err(|e| failed(&e))?;
                return Self::from_pkcs8(&pkcs8);
            }
            KeyType::Rsa2048 => {
                let key = rsa::RsaPrivateKey::new(&mut OsRng, 2048).map_err(|e| failed(&e))?;
                return Self::from_pkcs8(key.to_pkcs8_der().map_err(|e| failed(&e))?.as_bytes());
            }
        };
        made.map(Self).map_err(|e| failed(&e))
    }

    /// A key from PKCS#8 DER. An RSA key may have any size that ring signs with.
    ///
    /// # Errors
    /// If it is not PKCS#8, or not a key of one of the four kinds.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, PkiError> {
        KeyPair::try_from(&PrivatePkcs8KeyDer::from(der))
            .map(Self)
            .map_err(|e| PkiError::new(format!("cannot use this private key (wanted: PKCS#8): {e}")))
    }

    /// The key as PKCS#8 DER.
    pub fn pkcs8(&self) -> PrivatePkcs8KeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.0.serialize_der())
    }

    /// The key as PKCS#8 in PEM, labelled `PRIVATE KEY`.
    pub fn pem(&self) -> String {
        self.0.serialize_pem()
    }

    /// The kind of the key, as it is named in print.
    pub fn kind(&self) -> KeyType {
        let algorithm = self.0.algorithm();
        if algorithm == &rcgen::PKCS_ED25519 {
            KeyType::Ed25519
        } else if algorithm == &rcgen::PKCS_ECDSA_P256_SHA256 {
            KeyType::P256
        } else if algorithm == &rcgen::PKCS_ECDSA_P384_SHA384 {
            KeyType::P384
        } else {
            KeyType::Rsa2048
        }
    }

    /// A second handle on the same key; certificates that share a key are a test case.
    ///
    /// # Errors
    /// None in practice: what was loaded once loads again.
    pub fn duplicate(&self) -> Result<Self, PkiError> {
        Self::from_pkcs8(self.0.serialized_der())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_key_survives_pkcs8_and_keeps_its_kind() {
        for kind in KeyType::ALL {
            let key = Key::generate(kind).unwrap();
            assert_eq!(key.kind(), kind);
            let again = key.duplicate().unwrap();
            assert_eq!(again.kind(), kind);
            assert_eq!(again.pkcs8(), key.pkcs8());
        }
    }

    #[test]
    fn a_key_prints_without_its_secret() {
        let key = Key::generate(KeyType::Ed25519).unwrap();
        assert!(format!("{key:?}").contains("elided"));
    }

    #[test]
    fn what_is_not_pkcs8_is_refused() {
        assert!(Key::from_pkcs8(b"no key").unwrap_err().to_string().contains("PKCS#8"));
    }

    #[test]
    fn both_backends_load_every_kind_of_key_they_sign_with() {
        let backends = [handfast_ring::provider(), handfast_rustcrypto::provider()];
        for kind in KeyType::ALL {
            let key = Key::generate(kind).unwrap();
            for backend in &backends {
                // Signing with RSA is off in the pure backend by policy.
                if kind == KeyType::Rsa2048 && backend.name != handfast_ring::provider().name {
                    continue;
                }
                let loaded = backend.keys.load(key.pkcs8().secret_pkcs8_der());
                assert!(loaded.is_ok(), "{kind} with {}", backend.name);
            }
        }
    }
}
