//! A certificate chain with its key, checked to belong together when it is made.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use handfast_crypto::sign::SigningKey;
use handfast_crypto::{CryptoError, Provider};
use handfast_handshake::ask;
use handfast_x509::{Certificate, CertificateError};
use pki_types::ServerName;

/// A certificate chain and the private key of its first certificate. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Credential(Arc<ask::Credential>);

/// Why a credential cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum CredentialError {
    /// There is no certificate.
    NoCertificate,
    /// The first certificate cannot be read.
    Certificate(CertificateError),
    /// The private key cannot be loaded by this backend.
    Key(CryptoError),
    /// The private key is not that of the first certificate.
    Mismatch {
        /// The subject of the first certificate.
        subject: String,
    },
}

impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCertificate => f.write_str("expected at least one certificate, leaf first; found none"),
            Self::Certificate(error) => write!(f, "the first certificate cannot be read: {error}"),
            Self::Key(CryptoError::Unsupported) => {
                f.write_str("the private key is of a kind that this backend does not sign with")
            }
            Self::Key(error) => write!(f, "the private key cannot be loaded: {error}"),
            Self::Mismatch { subject } => write!(
                f,
                "the private key does not belong to the first certificate ({subject}); the leaf must come first, and the key must be its own"
            ),
        }
    }
}

impl core::error::Error for CredentialError {}

impl Credential {
    /// A credential from DER: certificates, leaf first and without the root, and the PKCS#8 key.
    ///
    /// # Errors
    /// [`CredentialError`], if they cannot be read or do not belong together.
    pub fn new(chain: Vec<Vec<u8>>, pkcs8: &[u8], provider: &Provider) -> Result<Self, CredentialError> {
        let key = provider.keys.load(pkcs8).map_err(CredentialError::Key)?;
        Self::with_key(chain, Arc::from(key))
    }

    /// A credential whose key may live elsewhere.
    ///
    /// # Errors
    /// As [`Credential::new`].
    pub fn with_key(chain: Vec<Vec<u8>>, key: Arc<dyn SigningKey>) -> Result<Self, CredentialError> {
        let leaf = chain.first().ok_or(CredentialError::NoCertificate)?;
        let certificate = Certificate::parse(leaf).map_err(CredentialError::Certificate)?;
        if certificate.public_key().bytes() != key.public_key() {
            return Err(CredentialError::Mismatch { subject: certificate.subject_text().to_string() });
        }
        Ok(Self(Arc::new(ask::Credential { chain, key, ocsp: Vec::new() })))
    }

    /// The same with an OCSP response to staple (RFC 6066 §8), in DER.
    #[must_use]
    pub fn with_ocsp(self, response: Vec<u8>) -> Self {
        let ask::Credential { chain, key, .. } = &*self.0;
        Self(Arc::new(ask::Credential { chain: chain.clone(), key: key.clone(), ocsp: response }))
    }

    /// The certificates in DER, leaf first.
    pub fn chain(&self) -> &[Vec<u8>] {
        &self.0.chain
    }

    pub(crate) fn shared(&self) -> Arc<ask::Credential> {
        self.0.clone()
    }

    /// Whether the leaf is for this host (RFC 9525).
    pub(crate) fn is_for(&self, host: &str) -> bool {
        let Ok(name) = ServerName::try_from(host) else { return false };
        let leaf = self.0.chain.first().and_then(|der| Certificate::parse(der).ok());
        leaf.is_some_and(|leaf| leaf.is_for(&name))
    }
}
