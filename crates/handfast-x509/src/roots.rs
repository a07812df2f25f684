//! The trust store: whom a path may end at.

use crate::algorithm::PublicKey;
use crate::certificate::Certificate;
use crate::error::{CertificateError, CertificateRule};
use crate::extension::{KeyUsage, NameConstraints};
use crate::name::Name;
use crate::refusal::Reason;
use crate::tlv::Cursor;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use pki_types::TrustAnchor;

/// Trust anchors, found by subject name. Build it once and share it in an `Arc`.
///
/// An anchor given as [`TrustAnchor`] is a name, a key and perhaps name constraints. One given as
/// a certificate also keeps what its extensions restrict: cA, pathLenConstraint, keyCertSign,
/// extKeyUsage and critical extensions we do not know count as they would in any other
/// certificate (RFC 5937 §3.2). Its validity and its own signature do not: whoever put it into
/// the store vouches for it (RFC 5280 §6.1.1 (d) leaves the anchor's dates out), and stores drop
/// what they no longer trust.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    anchors: Vec<Anchor>,
    by_subject: BTreeMap<Vec<u8>, Vec<usize>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Anchor {
    subject: Vec<u8>,
    /// The content of the SubjectPublicKeyInfo, without the header.
    spki: Vec<u8>,
    constraints: Option<Vec<u8>>,
    certificate: Option<Vec<u8>>,
    pub(crate) path_len: Option<u32>,
    /// Why it may not issue at all.
    pub(crate) bar: Option<Reason>,
}

impl Roots {
    /// An empty store, which trusts nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a root certificate. One that is no authority (version 3 without cA) is trusted only as
    /// a peer's own certificate, byte for byte.
    ///
    /// # Errors
    /// If the certificate cannot be read. The store is unchanged; to skip such a root is sound.
    pub fn add_der(&mut self, der: &[u8]) -> Result<(), CertificateError> {
        let certificate = Certificate::parse(der)?;
        if self.position(&certificate).is_some() {
            return Ok(());
        }
        let spki = Cursor::new(certificate.public_key().spki(), "subjectPublicKeyInfo").any()?.value;
        let constraints = certificate.name_constraints().map(|c| c.content.to_vec());
        self.push(Anchor {
            subject: certificate.subject().content().to_vec(),
            spki: spki.to_vec(),
            constraints,
            path_len: certificate.basic_constraints().and_then(|b| b.path_len),
            bar: bar(&certificate),
            certificate: Some(der.to_vec()),
        });
        Ok(())
    }

    /// Adds an anchor in parts, such as those of `webpki_roots::TLS_SERVER_ROOTS`.
    ///
    /// # Errors
    /// If name, key or constraints cannot be read; offsets count from the start of that part.
    pub fn add_anchor(&mut self, anchor: &TrustAnchor<'_>) -> Result<(), CertificateError> {
        let subject = anchor.subject.as_ref();
        Name::check(Cursor::new(subject, "subject"))?;
        if subject.is_empty() {
            return Err(Cursor::new(subject, "subject").error(CertificateRule::Name));
        }
        let spki = anchor.subject_public_key_info.as_ref();
        PublicKey::read(Cursor::new(spki, "subjectPublicKeyInfo"), spki)?;
        let constraints = anchor.name_constraints.as_ref().map(|c| c.as_ref().to_vec());
        if let Some(constraints) = &constraints {
            NameConstraints::read(Cursor::new(constraints, "nameConstraints"))?;
        }
        self.push(Anchor {
            subject: subject.to_vec(),
            spki: spki.to_vec(),
            constraints,
            certificate: None,
            path_len: None,
            bar: None,
        });
        Ok(())
    }

    /// A store of these anchors.
    ///
    /// # Errors
    /// As [`Roots::add_anchor`], at the first that cannot be read.
    pub fn from_anchors(anchors: &[TrustAnchor<'_>]) -> Result<Self, CertificateError> {
        let mut roots = Self::new();
        anchors.iter().try_for_each(|anchor| roots.add_anchor(anchor))?;
        Ok(roots)
    }

    /// How many anchors there are.
    pub fn len(&self) -> usize {
        self.anchors.len()
    }

    /// Whether nobody is trusted.
    pub fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    /// The subject of an anchor in the manner of RFC 4514; empty if there is no such anchor.
    pub fn subject_text(&self, anchor: usize) -> String {
        self.anchor(anchor).map(|a| a.name().text()).unwrap_or_default()
    }

    /// The subjects of all anchors as DER with header, for certificate_authorities
    /// (RFC 9846 §4.3.4).
    pub fn subjects(&self) -> impl Iterator<Item = Vec<u8>> + '_ {
        self.anchors.iter().filter_map(|anchor| {
            use der::Encode;
            der::asn1::AnyRef::new(der::Tag::Sequence, &anchor.subject).ok()?.to_der().ok()
        })
    }

    pub(crate) fn with_subject(&self, name: Name<'_>) -> &[usize] {
        self.by_subject.get(name.content()).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn anchor(&self, index: usize) -> Option<&Anchor> {
        self.anchors.get(index)
    }

    /// The anchor that is this certificate, byte for byte.
    pub(crate) fn position(&self, certificate: &Certificate<'_>) -> Option<usize> {
        let same = |i: &usize| self.anchor(*i).is_some_and(|a| a.certificate.as_deref() == Some(certificate.der()));
        self.with_subject(certificate.subject()).iter().copied().find(same)
    }

    fn push(&mut self, anchor: Anchor) {
        self.by_subject.entry(anchor.subject.clone()).or_default().push(self.anchors.len());
        self.anchors.push(anchor);
    }
}

impl Anchor {
    pub(crate) fn name(&self) -> Name<'_> {
        Name::from_content(&self.subject)
    }

    pub(crate) fn key(&self) -> Result<PublicKey<'_>, CertificateError> {
        PublicKey::read(Cursor::new(&self.spki, "subjectPublicKeyInfo"), &self.spki)
    }

    pub(crate) fn constraints(&self) -> Result<Option<NameConstraints<'_>>, CertificateError> {
        self.constraints.as_deref().map(|c| NameConstraints::read(Cursor::new(c, "nameConstraints"))).transpose()
    }

    /// The certificate it came from, if it came as one.
    pub(crate) fn certificate(&self) -> Option<Certificate<'_>> {
        Certificate::parse(self.certificate.as_deref()?).ok()
    }
}

/// What in a root certificate keeps it from issuing. A version 1 root has no extensions to say
/// that it is an authority; being in the store says it.
fn bar(root: &Certificate<'_>) -> Option<Reason> {
    if root.version() == 3 && !root.is_ca() {
        return Some(Reason::NotAuthority { version: 3 });
    }
    if let Some(id) = root.unhandled_critical() {
        return Some(Reason::UnhandledCritical { extension: id.to_string() });
    }
    let may_sign = root.key_usage().is_none_or(|usage| usage.has(KeyUsage::KEY_CERT_SIGN));
    (!may_sign).then_some(Reason::MayNotSign)
}
