//! The extensions that path validation acts upon (RFC 5280 §4.2), read once.

use crate::algorithm::{Oid, oid};
use crate::error::{CertificateError, CertificateRule};
use crate::name::GeneralName;
use crate::tlv::{Cursor, Tlv, is_minimal_integer, tag};

type Result<T> = core::result::Result<T, CertificateError>;

/// How many extensions a certificate may have. Nothing on the web comes near; the search for
/// duplicates is quadratic.
pub const MAX_EXTENSIONS: usize = 64;

/// basicConstraints (RFC 5280 §4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether the subject is a certification authority.
    pub ca: bool,
    /// How many intermediate certificates that are not self-issued may follow it in a path.
    pub path_len: Option<u32>,
}

/// keyUsage (RFC 5280 §4.2.1.3): bit 0 of the standard is the highest bit here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage(pub u16);

impl KeyUsage {
    /// Bit 0.
    pub const DIGITAL_SIGNATURE: Self = Self(1 << 15);
    /// Bit 5.
    pub const KEY_CERT_SIGN: Self = Self(1 << 10);

    /// Whether all bits of `other` are set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What the extensions of one certificate say.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Extensions<'a> {
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) key_usage: Option<KeyUsage>,
    /// The content of ExtKeyUsageSyntax: object identifiers, checked.
    pub(crate) purposes: Option<Cursor<'a>>,
    /// The content of subjectAltName: general names, checked.
    pub(crate) alt_names: Option<Cursor<'a>>,
    pub(crate) constraints: Option<NameConstraints<'a>>,
    pub(crate) authority_key_id: Option<&'a [u8]>,
    pub(crate) subject_key_id: Option<&'a [u8]>,
    /// The first critical extension that nothing here processes. policyConstraints counts also
    /// when it is not critical: to ignore a demand for a policy would be to accept too much.
    pub(crate) unhandled: Option<Oid<'a>>,
}

impl<'a> Extensions<'a> {
    /// Reads the content of the `[3]` field of a TBSCertificate.
    pub(crate) fn read(mut wrapped: Cursor<'a>) -> Result<Self> {
        let list = wrapped.expect(tag::SEQUENCE, "extensions")?;
        wrapped.finish()?;
        let mut input = non_empty(&list)?;
        let mut seen: [&[u8]; MAX_EXTENSIONS] = [&[]; MAX_EXTENSIONS];
        let mut count = 0;
        let mut all = Self::default();
        while !input.is_empty() {
            let extension = input.expect(tag::SEQUENCE, "extension")?;
            let mut fields = extension.open();
            let id = Oid::read(&mut fields, "extnID")?;
            let critical = fields.boolean_or_false("critical")?;
            let value = fields.expect(tag::OCTET_STRING, id.name().unwrap_or("extnValue"))?;
            fields.finish()?;
            if seen.iter().take(count).any(|s| *s == id.0) {
                return Err(extension.error(CertificateRule::DuplicateExtension));
            }
            let Some(slot) = seen.get_mut(count) else {
                return Err(extension.error(CertificateRule::TooManyExtensions));
            };
            *slot = id.0;
            count += 1;
            all.take(id, critical, &value)?;
        }
        let authority = all.basic_constraints.is_some_and(|b| b.ca);
        if all.constraints.is_some() && !authority {
            return Err(list.error(CertificateRule::ConstraintsNeedAuthority));
        }
        Ok(all)
    }

    fn take(&mut self, id: Oid<'a>, critical: bool, value: &Tlv<'a>) -> Result<()> {
        let mut inner = value.open();
        match id.0 {
            oid::BASIC_CONSTRAINTS => self.basic_constraints = Some(basic_constraints(&mut inner)?),
            oid::KEY_USAGE => {
                let bits = inner.expect(tag::BIT_STRING, "keyUsage")?;
                self.key_usage = Some(KeyUsage(bits.named_bits()?));
            }
            oid::EXT_KEY_USAGE => {
                let list = non_empty(&inner.expect(tag::SEQUENCE, "extKeyUsage")?)?;
                let mut check = list;
                while !check.is_empty() {
                    Oid::read(&mut check, "extKeyUsage")?;
                }
                self.purposes = Some(list);
            }
            oid::SUBJECT_ALT_NAME => {
                let list = non_empty(&inner.expect(tag::SEQUENCE, "subjectAltName")?)?;
                let mut check = list;
                while !check.is_empty() {
                    let place = check.error(CertificateRule::GeneralName);
                    if let GeneralName::Ip(octets) = GeneralName::read(&mut check, "subjectAltName")?
                        && !matches!(octets.len(), 4 | 16)
                    {
                        return Err(place);
                    }
                }
                self.alt_names = Some(list);
            }
            oid::NAME_CONSTRAINTS => {
                let constraints = inner.expect(tag::SEQUENCE, "nameConstraints")?;
                self.constraints = Some(NameConstraints::read(constraints.open())?);
            }
            oid::SUBJECT_KEY_ID => {
                self.subject_key_id = Some(inner.expect(tag::OCTET_STRING, "subjectKeyIdentifier")?.value);
                must_not_be(critical, value)?;
            }
            oid::AUTHORITY_KEY_ID => {
                let mut fields = inner.expect(tag::SEQUENCE, "authorityKeyIdentifier")?.open();
                self.authority_key_id = fields.optional(0x80, "keyIdentifier")?.map(|k| k.value);
                fields.optional(0xa1, "authorityCertIssuer")?;
                fields.optional(0x82, "authorityCertSerialNumber")?;
                fields.finish()?;
                must_not_be(critical, value)?;
            }
            oid::AUTHORITY_INFO_ACCESS => {
                let mut list = non_empty(&inner.expect(tag::SEQUENCE, "authorityInfoAccess")?)?;
                while !list.is_empty() {
                    let mut access = list.expect(tag::SEQUENCE, "AccessDescription")?.open();
                    Oid::read(&mut access, "accessMethod")?;
                    GeneralName::read(&mut access, "accessLocation")?;
                    access.finish()?;
                }
                must_not_be(critical, value)?;
            }
            // With every policy acceptable at the start and none demanded, policies restrict
            // nothing (RFC 5280 §6.1.1 (c) and (e)), so reading them is processing them.
            oid::CERTIFICATE_POLICIES => {
                non_empty(&inner.expect(tag::SEQUENCE, "certificatePolicies")?)?;
            }
            oid::INHIBIT_ANY_POLICY => {
                inner.expect(tag::INTEGER, "inhibitAnyPolicy")?;
            }
            _ => {
                if (critical || id.0 == oid::POLICY_CONSTRAINTS) && self.unhandled.is_none() {
                    self.unhandled = Some(id);
                }
                return Ok(());
            }
        }
        inner.finish()
    }

    pub(crate) fn alt_names(&self) -> GeneralNames<'a> {
        GeneralNames(self.alt_names)
    }
}

fn must_not_be(critical: bool, value: &Tlv<'_>) -> Result<()> {
    if critical { Err(value.error(CertificateRule::Critical)) } else { Ok(()) }
}

fn non_empty<'a>(list: &Tlv<'a>) -> Result<Cursor<'a>> {
    if list.value.is_empty() { Err(list.error(CertificateRule::EmptyList)) } else { Ok(list.open()) }
}

fn basic_constraints(input: &mut Cursor<'_>) -> Result<BasicConstraints> {
    let mut fields = input.expect(tag::SEQUENCE, "basicConstraints")?.open();
    let ca = fields.boolean_or_false("cA")?;
    let path_len = match fields.optional(tag::INTEGER, "pathLenConstraint")? {
        None => None,
        Some(n) => {
            let bad = n.error(CertificateRule::PathLength);
            let negative = n.value.first().is_none_or(|b| b & 0x80 != 0);
            if negative || !is_minimal_integer(n.value) || n.value.len() > 4 {
                return Err(bad);
            }
            Some(n.value.iter().fold(0u32, |v, &b| v << 8 | u32::from(b)))
        }
    };
    fields.finish()?;
    Ok(BasicConstraints { ca, path_len })
}

/// The names of a subjectAltName, in their order. Empty where the extension is absent.
#[derive(Clone, Debug)]
pub struct GeneralNames<'a>(Option<Cursor<'a>>);

impl<'a> Iterator for GeneralNames<'a> {
    type Item = GeneralName<'a>;

    fn next(&mut self) -> Option<GeneralName<'a>> {
        GeneralName::read_again(self.0.as_mut()?, "GeneralName").ok()
    }
}

/// nameConstraints (RFC 5280 §4.2.1.10), checked: two lists of subtrees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NameConstraints<'a> {
    /// The content of the SEQUENCE.
    pub(crate) content: &'a [u8],
    pub(crate) permitted: Option<Cursor<'a>>,
    pub(crate) excluded: Option<Cursor<'a>>,
}

impl<'a> NameConstraints<'a> {
    /// Reads the content of the SEQUENCE, as trust anchors carry it.
    pub(crate) fn read(mut input: Cursor<'a>) -> Result<Self> {
        let content = input.rest();
        let place = input.error(CertificateRule::EmptyList);
        let mut subtrees = |tag, field| -> Result<Option<Cursor<'a>>> {
            let Some(list) = input.optional(tag, field)? else { return Ok(None) };
            let list = non_empty(&list)?;
            let mut check = list;
            while !check.is_empty() {
                subtree(&mut check, GeneralName::read)?;
            }
            Ok(Some(list))
        };
        let permitted = subtrees(0xa0, "permittedSubtrees")?;
        let excluded = subtrees(0xa1, "excludedSubtrees")?;
        input.finish()?;
        if content.is_empty() { Err(place) } else { Ok(Self { content, permitted, excluded }) }
    }
}

/// The bases of a list of subtrees that was checked before.
pub(crate) fn subtrees<'a>(list: Option<Cursor<'a>>) -> impl Iterator<Item = GeneralName<'a>> {
    let mut list = list;
    core::iter::from_fn(move || subtree(list.as_mut()?, GeneralName::read_again).ok())
}

/// One GeneralSubtree. The profile fixes minimum to 0, which DER leaves out, and maximum to absent.
fn subtree<'a>(
    input: &mut Cursor<'a>,
    read: fn(&mut Cursor<'a>, &'static str) -> Result<GeneralName<'a>>,
) -> Result<GeneralName<'a>> {
    let place = input.error(CertificateRule::NameConstraint);
    let mut fields = input.expect(tag::SEQUENCE, "GeneralSubtree")?.open();
    let base = read(&mut fields, "GeneralSubtree.base")?;
    if !fields.is_empty() {
        let minimum = fields.any()?;
        if minimum.tag != 0x80 || minimum.value != [0] || !fields.is_empty() {
            return Err(place);
        }
    }
    // A mask is ones and then zeros (RFC 4632 §3.1).
    if let GeneralName::Ip(octets) = base {
        let mask = match octets.len() {
            8 | 32 => octets.get(octets.len() / 2..).unwrap_or(&[]),
            _ => return Err(place),
        };
        let mut after = mask.iter().skip_while(|&&b| b == 0xff);
        let edge = after.next().is_none_or(|b| b.leading_ones() + b.trailing_zeros() >= 8);
        if !edge || after.any(|&b| b != 0) {
            return Err(place);
        }
    }
    Ok(base)
}
