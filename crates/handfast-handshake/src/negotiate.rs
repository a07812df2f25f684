//! Negotiation as pure functions: two lists in, one choice out.

use handfast_codec::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};
use handfast_crypto::sign::{KeyKind, SigningKey};

/// The range of versions that a configuration allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The oldest: TLS 1.2 or TLS 1.3.
    pub min: ProtocolVersion,
    /// The newest.
    pub max: ProtocolVersion,
}

impl Versions {
    /// TLS 1.2 and TLS 1.3.
    pub const ALL: Self = Self { min: ProtocolVersion::TLS1_2, max: ProtocolVersion::TLS1_3 };
    /// TLS 1.3 alone.
    pub const TLS1_3: Self = Self { min: ProtocolVersion::TLS1_3, max: ProtocolVersion::TLS1_3 };
    /// TLS 1.2 alone.
    pub const TLS1_2: Self = Self { min: ProtocolVersion::TLS1_2, max: ProtocolVersion::TLS1_2 };

    /// The part of the range that one of `suites` belongs to.
    #[must_use]
    pub fn with_suites(self, suites: &[CipherSuite]) -> Self {
        let has = |version| suites.iter().any(|s| s.info().is_some_and(|i| i.version == version));
        let (tls12, tls13) = (has(ProtocolVersion::TLS1_2), has(ProtocolVersion::TLS1_3));
        Self {
            min: if tls12 { self.min } else { self.min.max(ProtocolVersion::TLS1_3) },
            max: if tls13 { self.max } else { self.max.min(ProtocolVersion::TLS1_2) },
        }
    }

    /// Whether the range holds `version`.
    pub fn allows(self, version: ProtocolVersion) -> bool {
        self.min <= version && version <= self.max
    }

    /// The versions of the range, newest first.
    pub fn list(self) -> &'static [ProtocolVersion] {
        match (self.allows(ProtocolVersion::TLS1_3), self.allows(ProtocolVersion::TLS1_2)) {
            (true, true) => &[ProtocolVersion::TLS1_3, ProtocolVersion::TLS1_2],
            (true, false) => &[ProtocolVersion::TLS1_3],
            (false, true) => &[ProtocolVersion::TLS1_2],
            (false, false) => &[],
        }
    }
}

/// The first of `ours` that is among theirs: the side that owns `ours` has the say.
pub fn first<T: Copy>(ours: &[T], theirs: impl Fn(T) -> bool) -> Option<T> {
    ours.iter().copied().find(|o| theirs(*o))
}

/// The first scheme that `key` signs with, the peer accepts and `version` allows.
pub fn scheme(
    key: &dyn SigningKey,
    accepted: impl Fn(SignatureScheme) -> bool,
    version: ProtocolVersion,
) -> Option<SignatureScheme> {
    let usable = |s: &SignatureScheme| s.algorithm_for(key.kind(), version).is_some();
    key.schemes().iter().copied().find(|s| usable(s) && accepted(*s))
}

/// The first of `ours` that is among theirs, that belongs to `version` and fits a certificate with
/// this kind of key (RFC 9846 §4.2.1, RFC 5246 §7.4.2).
pub fn suite(
    ours: &[CipherSuite],
    theirs: impl Fn(CipherSuite) -> bool,
    version: ProtocolVersion,
    key: KeyKind,
) -> Option<CipherSuite> {
    let fits = |s: CipherSuite| s.info().is_some_and(|i| i.version == version && i.authentication.accepts(key));
    ours.iter().copied().find(|&o| fits(o) && theirs(o))
}

/// The first group of ours that the client sent a share for, or else the first that it supports
/// (then it must be asked for a share). A share at hand saves a round trip, so it beats preference
/// among equals (RFC 9846 §4.3.8).
pub fn group(
    ours: &[NamedGroup],
    shared: impl Fn(NamedGroup) -> bool,
    supported: impl Fn(NamedGroup) -> bool,
) -> Option<(NamedGroup, bool)> {
    match first(ours, shared) {
        Some(group) => Some((group, true)),
        None => first(ours, supported).map(|group| (group, false)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_without_a_suite_is_not_there() {
        let only13 = [CipherSuite::TLS_AES_128_GCM_SHA256];
        assert_eq!(Versions::ALL.with_suites(&only13), Versions::TLS1_3);
        assert_eq!(Versions::TLS1_2.with_suites(&only13).list(), &[]);
        assert_eq!(Versions::ALL.with_suites(CipherSuite::SPOKEN), Versions::ALL);
    }

    #[test]
    fn the_owner_of_the_list_decides() {
        assert_eq!(first(&[1, 2, 3], |t| [3, 2].contains(&t)), Some(2));
        assert_eq!(first(&[1], |t| t == 2), None);
    }

    #[test]
    fn a_share_at_hand_beats_preference() {
        let (ours, x, p) = ([NamedGroup::X25519, NamedGroup::SECP256R1], NamedGroup::X25519, NamedGroup::SECP256R1);
        assert_eq!(group(&ours, |g| g == p, |_| true), Some((p, true)));
        assert_eq!(group(&ours, |_| false, |_| true), Some((x, false)));
    }

    #[test]
    fn a_suite_must_fit_version_and_certificate() {
        let all = CipherSuite::SPOKEN;
        let pick = |v, k| suite(all, |_| true, v, k);
        assert_eq!(pick(ProtocolVersion::TLS1_3, KeyKind::Rsa), Some(CipherSuite::TLS_AES_128_GCM_SHA256));
        assert_eq!(
            pick(ProtocolVersion::TLS1_2, KeyKind::Rsa),
            Some(CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)
        );
    }
}
