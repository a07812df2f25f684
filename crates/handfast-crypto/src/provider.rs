use crate::aead::Aead;
use crate::group::Group;
use crate::hash::Hash;
use crate::sign::{KeyKind, LoadKey, SignatureAlgorithm, Verify};
use crate::{AeadAlgorithm, CipherSuite, HashAlgorithm, NamedGroup, ProtocolVersion, Random, SignatureScheme};
use alloc::sync::Arc;
use core::fmt;

/// One choice of every primitive. Cheap to clone; there is no global one.
///
/// The order of [`Provider::groups`] is the order of preference; the fields are public so that a
/// provider can be composed primitive by primitive:
///
/// ```text
/// let mixed = Provider { groups: other.groups, ..handfast_ring::provider() };
/// ```
#[derive(Clone)]
pub struct Provider {
    /// The backend's name, for reports.
    pub name: &'static str,
    /// Hashes with their HMAC.
    pub hashes: &'static [&'static dyn Hash],
    /// AEAD algorithms.
    pub aeads: &'static [&'static dyn Aead],
    /// Key exchange groups, preferred first.
    pub groups: &'static [&'static dyn Group],
    /// Signature verification.
    pub verify: &'static dyn Verify,
    /// Private key loading.
    pub keys: &'static dyn LoadKey,
    /// The random source.
    pub random: Arc<dyn Random>,
}

impl Provider {
    /// The hash with this name, if the backend has it.
    pub fn hash(&self, algorithm: HashAlgorithm) -> Option<&'static dyn Hash> {
        self.hashes.iter().copied().find(|h| h.algorithm() == algorithm)
    }

    /// The AEAD with this name, if the backend has it.
    pub fn aead(&self, algorithm: AeadAlgorithm) -> Option<&'static dyn Aead> {
        self.aeads.iter().copied().find(|a| a.algorithm() == algorithm)
    }

    /// The group with this name, if the backend has it.
    pub fn group(&self, group: NamedGroup) -> Option<&'static dyn Group> {
        self.groups.iter().copied().find(|g| g.group() == group)
    }

    /// Whether every primitive of `suite` is here.
    pub fn has_suite(&self, suite: CipherSuite) -> bool {
        suite.info().is_some_and(|i| self.hash(i.hash).is_some() && self.aead(i.aead).is_some())
    }

    /// Whether a handshake signature with `scheme` can be verified for some kind of key.
    pub fn verifies(&self, scheme: SignatureScheme) -> bool {
        const KINDS: [KeyKind; 6] = [
            KeyKind::Rsa,
            KeyKind::RsaPss,
            KeyKind::EcdsaP256,
            KeyKind::EcdsaP384,
            KeyKind::EcdsaP521,
            KeyKind::Ed25519,
        ];
        KINDS.iter().any(|&kind| {
            scheme
                .algorithm_for(kind, ProtocolVersion::TLS1_2)
                .is_some_and(|a: SignatureAlgorithm| self.verify.supports(kind, a))
        })
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Provider({})", self.name)
    }
}
