//! A certificate as a view of its bytes (RFC 5280 §4.1).

use crate::algorithm::{Oid, PublicKey, SignatureId, oid};
use crate::error::{CertificateError, CertificateRule};
use crate::extension::{BasicConstraints, Extensions, GeneralNames, KeyUsage, NameConstraints};
use crate::name::Name;
use crate::time::{Time, Validity};
use crate::tlv::{Cursor, is_minimal_integer, tag};
use alloc::string::String;
use core::fmt;

/// A certificate: read and checked once, borrowing every field from the DER.
///
/// ```text
/// Certificate ::= SEQUENCE {
///     tbsCertificate  SEQUENCE { [0] version, serialNumber, signature, issuer, validity, subject,
///                                subjectPublicKeyInfo, [1] and [2] unique identifiers, [3] extensions }
///     signatureAlgorithm
///     signature       BIT STRING }
/// ```
///
/// What parses is well-formed, no more: time, names, issuer and signature are for [`verify`](crate::verify()).
#[derive(Clone, Debug)]
pub struct Certificate<'a> {
    der: &'a [u8],
    tbs: &'a [u8],
    version: u8,
    serial: &'a [u8],
    signature_algorithm: SignatureId<'a>,
    signature: &'a [u8],
    issuer: Name<'a>,
    validity: Validity,
    subject: Name<'a>,
    key: PublicKey<'a>,
    pub(crate) extensions: Extensions<'a>,
}

impl<'a> Certificate<'a> {
    /// Reads one certificate, which must fill `der`.
    ///
    /// Two liberties that the web demands: a serial number may be zero or negative, and a BOOLEAN
    /// may spell out its default.
    ///
    /// # Errors
    /// The rule that is broken, with field and offset.
    pub fn parse(der: &'a [u8]) -> Result<Self, CertificateError> {
        let mut outer = Cursor::new(der, "Certificate");
        let certificate = outer.expect(tag::SEQUENCE, "Certificate")?;
        outer.finish()?;
        let mut input = certificate.open();
        let tbs = input.expect(tag::SEQUENCE, "tbsCertificate")?;
        let outer_algorithm = input.expect(tag::SEQUENCE, "signatureAlgorithm")?;
        let signature = input.expect(tag::BIT_STRING, "signatureValue")?.octet_bits()?;
        input.finish()?;

        let mut input = tbs.open();
        let version = read_version(&mut input)?;
        let serial = input.expect(tag::INTEGER, "serialNumber")?;
        if !is_minimal_integer(serial.value) || serial.value.len() > 21 {
            return Err(serial.error(CertificateRule::Serial));
        }
        let inner_algorithm = input.expect(tag::SEQUENCE, "signature")?;
        if inner_algorithm.raw != outer_algorithm.raw {
            return Err(inner_algorithm.error(CertificateRule::AlgorithmMismatch));
        }
        let signature_algorithm = SignatureId::read(&inner_algorithm, "signature")?;
        let issuer_element = input.expect(tag::SEQUENCE, "issuer")?;
        let issuer = Name::read(&issuer_element)?;
        if issuer.is_empty() {
            return Err(issuer_element.error(CertificateRule::EmptyIssuer));
        }
        let mut times = input.expect(tag::SEQUENCE, "validity")?.open();
        let not_before = Time::read(&mut times, "notBefore")?;
        let not_after = Time::read(&mut times, "notAfter")?;
        times.finish()?;
        let subject = Name::read(&input.expect(tag::SEQUENCE, "subject")?)?;
        let spki = input.expect(tag::SEQUENCE, "subjectPublicKeyInfo")?;
        let key = PublicKey::read(spki.open(), spki.raw)?;

        // The unique identifiers of version 2 are read over: nobody may use them (§4.1.2.8).
        let before_ids = input;
        let ids = [input.optional(0x81, "issuerUniqueID")?, input.optional(0x82, "subjectUniqueID")?];
        if version < 2 && ids.iter().any(Option::is_some) {
            return Err(before_ids.error(CertificateRule::ExtensionsNeedV3));
        }
        let extensions = match input.optional(tag::context_constructed(3), "extensions")? {
            None => Extensions::default(),
            Some(wrapped) if version < 3 => return Err(wrapped.error(CertificateRule::ExtensionsNeedV3)),
            Some(wrapped) => Extensions::read(wrapped.open())?,
        };
        input.finish()?;
        Ok(Self {
            der,
            tbs: tbs.raw,
            version,
            serial: serial.value,
            signature_algorithm,
            signature,
            issuer,
            validity: Validity { not_before, not_after },
            subject,
            key,
            extensions,
        })
    }

    /// All bytes of the certificate.
    pub const fn der(&self) -> &'a [u8] {
        self.der
    }

    /// The signed part with its header: the message of the signature.
    pub const fn tbs(&self) -> &'a [u8] {
        self.tbs
    }

    /// 1, 2 or 3.
    pub const fn version(&self) -> u8 {
        self.version
    }

    /// The serial number: a big-endian integer in two's complement, 1 to 21 octets.
    pub const fn serial(&self) -> &'a [u8] {
        self.serial
    }

    /// What the issuer signed with; equal inside and outside of the signed part.
    pub const fn signature_algorithm(&self) -> SignatureId<'a> {
        self.signature_algorithm
    }

    /// The signature's bytes.
    pub const fn signature(&self) -> &'a [u8] {
        self.signature
    }

    /// Who signed it.
    pub const fn issuer(&self) -> Name<'a> {
        self.issuer
    }

    /// Whom it is about; may be empty when the alternative names say it.
    pub const fn subject(&self) -> Name<'a> {
        self.subject
    }

    /// When it is valid.
    pub const fn validity(&self) -> Validity {
        self.validity
    }

    /// The subject's public key.
    pub const fn public_key(&self) -> PublicKey<'a> {
        self.key
    }

    /// basicConstraints, if present.
    pub const fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.extensions.basic_constraints
    }

    /// Whether this is the certificate of an authority: basicConstraints with cA.
    pub const fn is_ca(&self) -> bool {
        matches!(self.extensions.basic_constraints, Some(BasicConstraints { ca: true, .. }))
    }

    /// keyUsage, if present.
    pub const fn key_usage(&self) -> Option<KeyUsage> {
        self.extensions.key_usage
    }

    /// Whether the key may sign a handshake: keyUsage is absent or has digitalSignature
    /// (RFC 9846 §4.5.1.2). The handshake asks this whatever is decided about the path.
    pub fn allows_digital_signature(&self) -> bool {
        self.extensions.key_usage.is_none_or(|usage| usage.has(KeyUsage::DIGITAL_SIGNATURE))
    }

    /// The purposes of extKeyUsage; `None` if it is absent, which restricts nothing.
    pub fn purposes(&self) -> Option<impl Iterator<Item = Oid<'a>> + use<'a>> {
        let mut list = self.extensions.purposes?;
        Some(core::iter::from_fn(move || Oid::read(&mut list, "extKeyUsage").ok()))
    }

    /// The names of subjectAltName, in order; none if it is absent.
    pub fn subject_alt_names(&self) -> GeneralNames<'a> {
        self.extensions.alt_names()
    }

    /// The content of subjectKeyIdentifier.
    pub const fn subject_key_id(&self) -> Option<&'a [u8]> {
        self.extensions.subject_key_id
    }

    /// The keyIdentifier of authorityKeyIdentifier.
    pub const fn authority_key_id(&self) -> Option<&'a [u8]> {
        self.extensions.authority_key_id
    }

    /// The first critical extension that is not processed here.
    pub const fn unhandled_critical(&self) -> Option<Oid<'a>> {
        self.extensions.unhandled
    }

    /// Whether the certificate is for this host or address (RFC 9525): by its subjectAltName alone,
    /// never by its common name.
    pub fn is_for(&self, name: &pki_types::ServerName<'_>) -> bool {
        crate::host::matches(self, name)
    }

    /// Whether subject and issuer are the same name; the signature is not looked at.
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// The subject in the manner of RFC 4514, bounded and escaped.
    pub fn subject_text(&self) -> String {
        self.subject.text()
    }

    /// The issuer in the manner of RFC 4514, bounded and escaped.
    pub fn issuer_text(&self) -> String {
        self.issuer.text()
    }

    /// The subject's last commonName; for people only (RFC 9525 §2).
    pub fn common_name(&self) -> Option<String> {
        self.subject.common_name()
    }

    pub(crate) const fn name_constraints(&self) -> Option<NameConstraints<'a>> {
        self.extensions.constraints
    }

    /// Whether extKeyUsage is absent, or lists this purpose or any (RFC 5280 §4.2.1.12).
    pub(crate) fn allows_purpose(&self, purpose: &[u8]) -> bool {
        self.purposes().is_none_or(|mut list| list.any(|p| p.0 == purpose || p.0 == oid::ANY_EXT_KEY_USAGE))
    }
}

/// The certificate in one line: `CN=example, by CN=Authority, until 2030-01-01T00:00:00Z`. Bounded
/// and escaped.
impl fmt::Display for Certificate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, by {}, until {}", self.subject.text(), self.issuer.text(), self.validity.not_after)
    }
}

fn read_version(input: &mut Cursor<'_>) -> Result<u8, CertificateError> {
    let Some(wrapped) = input.optional(tag::context_constructed(0), "version")? else { return Ok(1) };
    let mut inner = wrapped.open();
    let version = inner.expect(tag::INTEGER, "version")?;
    inner.finish()?;
    match version.value {
        // 0 is the default and should be absent; nothing hangs on it.
        [v @ 0..=2] => Ok(v + 1),
        _ => Err(version.error(CertificateRule::Version)),
    }
}
