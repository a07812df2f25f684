//! Path building and validation (RFC 5280 §6), depth first and within a budget.
//!
//! From the peer's certificate upwards, each step looks for an issuer by name: first among the
//! trusted roots, then among the certificates sent, in whatever order they came. Key identifiers
//! only order the candidates. A candidate is checked for what costs nothing first, then for the
//! signature it is said to have made, then for its name constraints; what fails is recorded and
//! the next is tried. A signature that was checked once is remembered, so the number of
//! signatures is bounded by pairs, not by paths; the number of steps is bounded by the budget.

use crate::algorithm::{PublicKey, SignatureId};
use crate::certificate::Certificate;
use crate::error::CertificateError;
use crate::extension::{KeyUsage, NameConstraints};
use crate::policy::{MAX_CHAIN, MAX_DEPTH, Path, Policy, Spent, Verified};
use crate::refusal::{Attempt, MAX_ATTEMPTS, Place, Reason, Refusal};
use crate::roots::{Anchor, Roots};
use crate::time::Time;
use crate::{constraints, host};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write;
use handfast_crypto::CryptoError;
use handfast_crypto::sign::{KeyKind, SignatureAlgorithm, Verify};
use pki_types::{IpAddr, ServerName};

/// Judges a chain: is there a path from its first certificate to a root, by which the peer may
/// do what the policy says?
///
/// `chain` is what the peer sent, its own certificate first and the others in any order
/// (RFC 9846 §4.5.1); certificates that no path needs are
/// ignored, also malformed ones, and so are those after the first [`MAX_CHAIN`].
///
/// Decisions that differ between validators: a peer's certificate may itself be an authority's
/// (RFC 5280 allows it, as OpenSSL and Go do; webpki does not), and one that is in the store byte
/// for byte is its own path; anyExtendedKeyUsage stands for every purpose, and so does the absence
/// of the extension.
///
/// # Errors
/// A [`Refusal`] with every path tried.
pub fn verify(chain: &[&[u8]], roots: &Roots, policy: &Policy<'_>, backend: &dyn Verify) -> Result<Verified, Refusal> {
    let certificates: Vec<_> = chain.iter().take(MAX_CHAIN).map(|der| Certificate::parse(der)).collect();
    let mut search = Search {
        certificates: &certificates,
        roots,
        policy,
        now: Time::from(policy.time),
        backend,
        spent: Spent::new(policy.budget),
        signatures: Vec::new(),
        tried: Vec::new(),
        more: 0,
        best: None,
    };
    let mut path = Path::default();
    path.push(0);
    match search.run(&mut path) {
        Ok(Some(anchor)) => Ok(Verified { path, anchor, spent: search.spent.used }),
        Ok(None) => {
            // One of these may be the issuer that was missed.
            for (index, parsed) in certificates.iter().enumerate() {
                if let Err(error) = parsed {
                    search.record(&path, Place::Sent(index), Reason::Malformed { error: *error });
                }
            }
            Err(search.refusal())
        }
        Err(stop) => {
            search.record(&path, Place::Sent(path.last().unwrap_or(0)), stop);
            Err(search.refusal())
        }
    }
}

type Parsed<'c> = Result<Certificate<'c>, CertificateError>;

struct Search<'s, 'c> {
    certificates: &'s [Parsed<'c>],
    roots: &'s Roots,
    policy: &'s Policy<'s>,
    now: Time,
    backend: &'s dyn Verify,
    spent: Spent,
    /// Who was found to have signed what, or not.
    signatures: Vec<(usize, Place, Result<(), Reason>)>,
    tried: Vec<Attempt>,
    more: usize,
    best: Option<Attempt>,
}

impl<'s, 'c> Search<'s, 'c> {
    /// `Ok(None)` is a refusal whose attempts are recorded; `Err` stops the search.
    fn run(&mut self, path: &mut Path) -> Result<Option<usize>, Reason> {
        let leaf = match self.certificates.first() {
            None => return Err(Reason::EmptyChain),
            Some(Err(error)) => return Err(Reason::Malformed { error: *error }),
            Some(Ok(leaf)) => leaf,
        };
        // All that is wrong with the peer's own certificate is told at once.
        let mut sound = true;
        for reason in self.leaf_faults(leaf) {
            sound = false;
            self.record(path, Place::Sent(0), reason);
        }
        if let Some(anchor) = self.roots.position(leaf) {
            return Ok(sound.then_some(anchor));
        }
        if !sound {
            // A path is of no use any more; but whoever mends one fault wants to know of the next.
            // If the budget ends this, the first faults still say more.
            _ = self.extend(&mut path.clone());
            return Ok(None);
        }
        self.extend(path)
    }

    fn leaf_faults(&self, leaf: &Certificate<'_>) -> Vec<Reason> {
        let mut faults = Vec::new();
        if let Some(name) = self.policy.name
            && !host::matches(leaf, name)
        {
            faults.push(mismatch(leaf, name));
        }
        faults.extend(self.validity_fault(leaf));
        if !leaf.allows_purpose(self.policy.purpose.oid()) {
            faults.push(Reason::Purpose { expected: self.policy.purpose.name() });
        }
        if !leaf.allows_digital_signature() {
            faults.push(Reason::MayNotAuthenticate);
        }
        if let Some(id) = leaf.unhandled_critical() {
            faults.push(Reason::UnhandledCritical { extension: id.to_string() });
        }
        let (key, least) = (leaf.public_key(), self.policy.least_rsa_bits);
        match key.modulus_bits() {
            Some(bits) if bits < least => faults.push(Reason::LeafKeyTooSmall { bits, least }),
            _ if key.kind().is_none() => faults.push(Reason::UnsupportedKey { key: key.to_string() }),
            _ => {}
        }
        faults
    }

    /// Both ends of the validity are part of it (RFC 5280 §4.1.2.5).
    fn validity_fault(&self, certificate: &Certificate<'_>) -> Option<Reason> {
        let (validity, now) = (certificate.validity(), self.now);
        if now < validity.not_before {
            Some(Reason::NotYetValid { not_before: validity.not_before, now })
        } else if now > validity.not_after {
            Some(Reason::Expired { not_after: validity.not_after, now })
        } else {
            None
        }
    }

    /// Looks for an issuer of the last certificate of `path`, and for theirs, up to a root. On
    /// success `path` is the whole path.
    fn extend(&mut self, path: &mut Path) -> Result<Option<usize>, Reason> {
        let Some((last, child)) = self.last(path) else { return Ok(None) };
        let mut found = false;

        let roots = self.roots;
        for &index in roots.with_subject(child.issuer()) {
            let Some(anchor) = roots.anchor(index) else { continue };
            self.spent.candidate()?;
            found = true;
            match self.anchor_fault(path, (last, child), (index, anchor)) {
                Ok(()) => return Ok(Some(index)),
                Err(stop @ Reason::BudgetSpent { .. }) => return Err(stop),
                Err(reason) => self.record(path, Place::Anchor(index), reason),
            }
        }

        for (index, candidate) in self.candidates(*path, child) {
            self.spent.candidate()?;
            found = true;
            match self.issuer_fault(path, (last, child), (index, candidate)) {
                Ok(()) => {
                    path.push(index);
                    if let Some(anchor) = self.extend(path)? {
                        return Ok(Some(anchor));
                    }
                    path.pop();
                }
                Err(stop @ Reason::BudgetSpent { .. }) => return Err(stop),
                Err(reason) => self.record(path, Place::Sent(index), reason),
            }
        }

        if !found {
            let reason = match (child.is_self_issued(), path.len()) {
                (true, 1) => Reason::SelfSigned,
                (true, _) => Reason::UntrustedRoot,
                (false, _) => Reason::UnknownIssuer { issuer: child.issuer_text() },
            };
            self.record(path, Place::Sent(last), reason);
        }
        Ok(None)
    }

    fn last(&self, path: &Path) -> Option<(usize, &'s Certificate<'c>)> {
        let index = path.last()?;
        Some((index, self.at(index)?))
    }

    fn at(&self, index: usize) -> Option<&'s Certificate<'c>> {
        self.certificates.get(index)?.as_ref().ok()
    }

    /// The certificates sent that bear the issuer's name, those with the right key identifier
    /// first, those with another one last. None that is in the path already by name and key: a
    /// loop adds nothing.
    fn candidates(
        &self,
        path: Path,
        child: &'s Certificate<'c>,
    ) -> impl Iterator<Item = (usize, &'s Certificate<'c>)> + use<'s, 'c> {
        let certificates = self.certificates;
        let at = move |i: usize| certificates.get(i)?.as_ref().ok();
        let in_path = move |c: &Certificate<'_>| {
            path.iter()
                .filter_map(at)
                .any(|p| p.subject() == c.subject() && p.public_key().spki() == c.public_key().spki())
        };
        let rank = |c: &Certificate<'_>| match (child.authority_key_id(), c.subject_key_id()) {
            (Some(a), Some(s)) if a == s => 0,
            (Some(_), Some(_)) => 2,
            _ => 1,
        };
        // One pass for each rank costs less than a list.
        (0..3u8).flat_map(move |wanted| {
            (0..certificates.len())
                .filter_map(move |i| Some((i, at(i)?)))
                .filter(move |(_, c)| c.subject() == child.issuer() && rank(c) == wanted && !in_path(c))
        })
    }

    /// What keeps a root from being the issuer that ends the path.
    fn anchor_fault(
        &mut self,
        path: &Path,
        child: (usize, &Certificate<'_>),
        (index, anchor): (usize, &Anchor),
    ) -> Result<(), Reason> {
        if let Some(reason) = &anchor.bar {
            return Err(reason.clone());
        }
        self.path_length_fault(path, anchor.path_len)?;
        if let Some(root) = anchor.certificate()
            && !root.allows_purpose(self.policy.purpose.oid())
        {
            return Err(Reason::Purpose { expected: self.policy.purpose.name() });
        }
        let malformed = |error| Reason::Malformed { error };
        self.signature_fault(child, Place::Anchor(index), &anchor.key().map_err(malformed)?, || anchor.name().text())?;
        match anchor.constraints().map_err(malformed)? {
            Some(constraints) => self.constraints_fault(path, &constraints),
            None => Ok(()),
        }
    }

    /// What keeps a certificate from being the next issuer of the path (RFC 5280 §6.1.4).
    fn issuer_fault(
        &mut self,
        path: &Path,
        child: (usize, &Certificate<'_>),
        (index, issuer): (usize, &Certificate<'_>),
    ) -> Result<(), Reason> {
        let allowed = self.policy.max_depth.min(MAX_DEPTH);
        let counted = self.intermediates(path) + usize::from(!issuer.is_self_issued());
        if counted > allowed {
            return Err(Reason::TooDeep { allowed });
        }
        if path.len() > MAX_DEPTH {
            return Err(Reason::TooDeep { allowed: MAX_DEPTH });
        }
        if issuer.version() != 3 || !issuer.is_ca() {
            return Err(Reason::NotAuthority { version: issuer.version() });
        }
        if issuer.key_usage().is_some_and(|usage| !usage.has(KeyUsage::KEY_CERT_SIGN)) {
            return Err(Reason::MayNotSign);
        }
        if let Some(reason) = self.validity_fault(issuer) {
            return Err(reason);
        }
        if let Some(id) = issuer.unhandled_critical() {
            return Err(Reason::UnhandledCritical { extension: id.to_string() });
        }
        if !issuer.allows_purpose(self.policy.purpose.oid()) {
            return Err(Reason::Purpose { expected: self.policy.purpose.name() });
        }
        self.path_length_fault(path, issuer.basic_constraints().and_then(|b| b.path_len))?;
        self.signature_fault(child, Place::Sent(index), &issuer.public_key(), || issuer.subject_text())?;
        match issuer.name_constraints() {
            Some(constraints) => self.constraints_fault(path, &constraints),
            None => Ok(()),
        }
    }

    fn path_length_fault(&self, path: &Path, allowed: Option<u32>) -> Result<(), Reason> {
        let found = self.intermediates(path);
        match allowed {
            Some(allowed) if usize::try_from(allowed).is_ok_and(|a| found > a) => {
                Err(Reason::PathLength { allowed, found })
            }
            _ => Ok(()),
        }
    }

    /// The intermediates of a path that count: those that are not self-issued, which authorities
    /// make to change keys (RFC 5280 §6.1.4 (l)).
    fn intermediates(&self, path: &Path) -> usize {
        path.iter().skip(1).filter_map(|i| self.at(i)).filter(|c| !c.is_self_issued()).count()
    }

    /// Constraints bind all certificates below, except self-issued intermediates
    /// (RFC 5280 §6.1.3 (b)).
    fn constraints_fault(&mut self, path: &Path, constraints: &NameConstraints<'_>) -> Result<(), Reason> {
        for (i, index) in path.iter().enumerate() {
            let Some(certificate) = self.at(index) else { continue };
            if i == 0 || !certificate.is_self_issued() {
                constraints::check(constraints, certificate, &mut self.spent)?;
            }
        }
        Ok(())
    }

    fn signature_fault(
        &mut self,
        (index, child): (usize, &Certificate<'_>),
        issuer: Place,
        key: &PublicKey<'_>,
        issuer_text: impl FnOnce() -> String,
    ) -> Result<(), Reason> {
        if let Some((_, _, known)) = self.signatures.iter().find(|(c, i, _)| *c == index && *i == issuer) {
            return known.clone();
        }
        let result = self.check_signature(child, key, matches!(issuer, Place::Anchor(_)), issuer_text);
        if !matches!(result, Err(Reason::BudgetSpent { .. })) {
            // Only where the same two can meet again.
            if self.certificates.len() > 3 {
                self.signatures.push((index, issuer, result.clone()));
            }
        }
        result
    }

    fn check_signature(
        &mut self,
        child: &Certificate<'_>,
        key: &PublicKey<'_>,
        trusted: bool,
        issuer_text: impl FnOnce() -> String,
    ) -> Result<(), Reason> {
        let algorithm = match child.signature_algorithm() {
            SignatureId::Known(algorithm) => algorithm,
            SignatureId::Weak(algorithm) => return Err(Reason::WeakSignature { algorithm }),
            SignatureId::Unknown(id) => return Err(Reason::UnsupportedSignature { algorithm: id.to_string() }),
        };
        let Some(kind) = key.kind() else { return Err(Reason::UnsupportedKey { key: key.to_string() }) };
        let least = self.policy.least_rsa_bits;
        if let Some(bits) = key.modulus_bits().filter(|bits| *bits < least) {
            return Err(Reason::IssuerKeyTooSmall { bits, least });
        }
        // RFC 9846 §4.3.3: the parameters of the signature are those of the key, if it has any.
        let other_hash =
            key.pss_hash().is_some_and(|only| matches!(algorithm, SignatureAlgorithm::RsaPss(hash) if hash != only));
        if other_hash || !can_make(kind, algorithm) {
            return Err(Reason::BadSignature { issuer: issuer_text(), trusted });
        }
        let unsupported = || {
            let mut text = child.signature_algorithm().to_string();
            _ = write!(text, " by a key of {key}");
            Reason::UnsupportedSignature { algorithm: text }
        };
        if !self.backend.supports(kind, algorithm) {
            return Err(unsupported());
        }
        self.spent.signature()?;
        self.backend.verify(kind, algorithm, key.bytes(), child.tbs(), child.signature()).map_err(|error| match error {
            CryptoError::Unsupported => unsupported(),
            CryptoError::BadKey => Reason::UnsupportedKey { key: key.to_string() },
            _ => Reason::BadSignature { issuer: issuer_text(), trusted },
        })
    }

    fn record(&mut self, path: &Path, candidate: Place, reason: Reason) {
        // A signature is the work of the issuer, but a bad one spoils the certificate that bears it: the
        // candidate may be sound, and merely not the one that signed.
        let failed_at = match &reason {
            Reason::BadSignature { .. } | Reason::WeakSignature { .. } | Reason::UnsupportedSignature { .. } => {
                path.last().map_or(candidate, Place::Sent)
            }
            _ => candidate,
        };
        let better =
            self.best.as_ref().is_none_or(|best| (reason.rank(), path.len()) > (best.reason.rank(), best.path.len()));
        let room = self.tried.len() < MAX_ATTEMPTS;
        if !room {
            self.more = self.more.saturating_add(1);
        }
        if !room && !better {
            return;
        }
        let subject = match failed_at {
            Place::Sent(i) => self.at(i).map(Certificate::subject_text),
            Place::Anchor(i) => self.roots.anchor(i).map(|a| a.name().text()),
        };
        let subject = subject.unwrap_or_else(|| "(unreadable)".to_string());
        let attempt = Attempt { path: path.iter().collect(), failed_at, subject, reason };
        if better {
            self.best = Some(attempt.clone());
        }
        if room {
            self.tried.push(attempt);
        }
    }

    fn refusal(self) -> Refusal {
        let main = self.best.unwrap_or_else(|| Attempt {
            path: Vec::new(),
            failed_at: Place::Sent(0),
            subject: String::new(),
            reason: Reason::EmptyChain,
        });
        Refusal::new(self.tried, self.more, self.spent.used, main)
    }
}

/// Whether a key of this kind can have made a signature of this kind at all.
const fn can_make(key: KeyKind, algorithm: SignatureAlgorithm) -> bool {
    use SignatureAlgorithm::{Ecdsa, RsaPkcs1, RsaPss};
    matches!(
        (key, algorithm),
        (KeyKind::Rsa, RsaPkcs1(_) | RsaPss(_))
            | (KeyKind::RsaPss, RsaPss(_))
            | (KeyKind::EcdsaP256 | KeyKind::EcdsaP384 | KeyKind::EcdsaP521, Ecdsa(_))
            | (KeyKind::Ed25519, SignatureAlgorithm::Ed25519)
    )
}

fn mismatch(leaf: &Certificate<'_>, name: &ServerName<'_>) -> Reason {
    const SHOWN: usize = 8;
    let found: Vec<String> = leaf.subject_alt_names().take(SHOWN).map(|n| n.to_string()).collect();
    let more = leaf.subject_alt_names().count().saturating_sub(SHOWN);
    match name {
        ServerName::IpAddress(IpAddr::V4(v4)) => {
            let expected = core::net::Ipv4Addr::from(*v4.as_ref()).to_string();
            Reason::AddressMismatch { expected, found, more }
        }
        ServerName::IpAddress(IpAddr::V6(v6)) => {
            let expected = core::net::Ipv6Addr::from(*v6.as_ref()).to_string();
            Reason::AddressMismatch { expected, found, more }
        }
        ServerName::DnsName(name) => Reason::HostMismatch { expected: name.as_ref().to_string(), found, more },
        _ => Reason::HostMismatch { expected: "a name of an unknown kind".to_string(), found, more },
    }
}
