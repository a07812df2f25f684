//! The bodies of the extensions that are more than a number or a list of numbers.

use handfast_crypto::{CertificateStatusType, NameType, NamedGroup};

use crate::{DecodeError, Element, Label, List, PskBinderEntry, Reader, ResponderId, Rule};

use super::Seen;

/// A public share for one group (RFC 9846 §4.3.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyShareEntry<'a> {
    /// The group.
    pub group: NamedGroup,
    /// What the group's own definition says, at least one byte.
    pub key_exchange: &'a [u8],
}

impl<'a> Element<'a> for KeyShareEntry<'a> {
    const NAME: &'static str = "KeyShareEntry";
    const BYTES: Option<usize> = None;

    fn read(r: &mut Reader<'a, '_>, label: Label) -> Result<Self, DecodeError> {
        r.scope(label, |r| Ok(Self { group: r.code("group")?, key_exchange: r.opaque16("key_exchange", 1..=0xffff)? }))
    }
}

/// A client's key shares: possibly none, and no two for one group.
pub(super) fn client_shares<'a>(r: &mut Reader<'a, '_>) -> Result<List<'a, KeyShareEntry<'a>>, DecodeError> {
    let start = r.offset();
    let shares = r.list16::<KeyShareEntry<'_>>("client_shares", 0..=0xffff)?;
    let mut seen = Seen::default();
    // RFC 9846 §4.3.8: not two shares for one group
    if shares.iter().all(|share| seen.insert(share.group.0)) {
        Ok(shares)
    } else {
        Err(DecodeError { rule: Rule::DuplicateKeyShare, field: "client_shares", offset: start })
    }
}

/// The name of a PSK that the client offers (RFC 9846 §4.3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PskIdentity<'a> {
    /// A ticket, or the label of an external key.
    pub identity: &'a [u8],
    /// The ticket's age in milliseconds plus its `ticket_age_add`, modulo 2^32.
    pub obfuscated_ticket_age: u32,
}

impl<'a> Element<'a> for PskIdentity<'a> {
    const NAME: &'static str = "PskIdentity";
    const BYTES: Option<usize> = None;

    fn read(r: &mut Reader<'a, '_>, label: Label) -> Result<Self, DecodeError> {
        r.scope(label, |r| {
            let identity = r.opaque16("identity", 1..=0xffff)?;
            Ok(Self { identity, obfuscated_ticket_age: r.u32("obfuscated_ticket_age")? })
        })
    }
}

/// The PSKs that a client offers, each with the proof that it knows it (RFC 9846 §4.3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferedPsks<'a> {
    /// Their names, in order of preference.
    pub identities: List<'a, PskIdentity<'a>>,
    /// One binder for each identity, in the same order.
    pub binders: List<'a, PskBinderEntry<'a>>,
    /// Where the binders' length prefix starts, counted from the start of the decoded bytes. The message
    /// up to here is what the binders are computed over (RFC 9846 §4.3.11.2).
    pub binders_at: usize,
}

impl<'a> OfferedPsks<'a> {
    pub(super) fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        let identities = r.list16("identities", 7..=0xffff)?;
        let binders_at = r.offset();
        let binders: List<'_, PskBinderEntry<'_>> = r.list16("binders", 33..=0xffff)?;
        // RFC 9846 §4.3.11: one binder for each identity
        if identities.len() != binders.len() {
            return Err(DecodeError { rule: Rule::BinderCount, field: "binders", offset: binders_at });
        }
        Ok(Self { identities, binders, binders_at })
    }
}

/// The host name of a client's server_name; `None` if it holds only names of types we do not know.
pub(super) fn server_name<'a>(r: &mut Reader<'a, '_>) -> Result<Option<&'a str>, DecodeError> {
    r.vec16("server_name_list", 1..=0xffff, |r| {
        let mut host_name = None;
        let mut seen = Seen::default();
        let mut index = 0;
        while !r.is_empty() {
            r.scope(Label::element("ServerName", index), |r| {
                let start = r.offset();
                let name_type: NameType = r.code("name_type")?;
                // RFC 6066 §3: not two names of one type
                if !seen.insert(name_type.0.into()) {
                    return Err(DecodeError { rule: Rule::DuplicateServerName, field: "server_name", offset: start });
                }
                match name_type {
                    NameType::HOST_NAME => {
                        host_name = Some(r.vec16("host_name", 1..=0xffff, |r| r.text("name", Rule::HostNameText))?);
                    }
                    // RFC 6066 §3: later types, too, begin with a two-byte length
                    _ => {
                        r.opaque16("name", 0..=0xffff)?;
                    }
                }
                Ok(())
            })?;
            index += 1;
        }
        Ok(host_name)
    })
}

/// A client's wish for proof that the server's certificate is not revoked (RFC 6066 §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusRequest<'a> {
    /// OCSP.
    Ocsp {
        /// The responders that the client trusts; none means any.
        responder_id_list: List<'a, ResponderId<'a>>,
        /// DER of the OCSP request's extensions, possibly empty.
        request_extensions: &'a [u8],
    },
    /// A type we do not know, and its body.
    Unknown(CertificateStatusType, &'a [u8]),
}

impl<'a> StatusRequest<'a> {
    pub(super) fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        match r.code("status_type")? {
            CertificateStatusType::OCSP => Ok(Self::Ocsp {
                responder_id_list: r.list16("responder_id_list", 0..=0xffff)?,
                request_extensions: r.opaque16("request_extensions", 0..=0xffff)?,
            }),
            other => Ok(Self::Unknown(other, r.rest("request")?)),
        }
    }
}

/// An OCSP response for a certificate: the message of TLS 1.2 and the body of status_request in a
/// TLS 1.3 Certificate entry (RFC 6066 §8, RFC 9846 §4.5.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateStatus<'a> {
    /// DER of the OCSP response, at least one byte.
    pub response: &'a [u8],
}

impl<'a> CertificateStatus<'a> {
    /// Reads the body.
    pub fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        let refused = r.error(Rule::StatusType, "status_type");
        // RFC 6066 §8: only ocsp is defined
        if r.code::<CertificateStatusType>("status_type")? != CertificateStatusType::OCSP {
            return Err(refused);
        }
        Ok(Self { response: r.opaque24("response", 1..=0xff_ffff)? })
    }
}

/// A certificate extension that a client's certificate should have (RFC 9846 §4.3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OidFilter<'a> {
    /// DER of the object identifier, at least one byte.
    pub certificate_extension_oid: &'a [u8],
    /// DER of the values it must hold.
    pub certificate_extension_values: &'a [u8],
}

impl<'a> Element<'a> for OidFilter<'a> {
    const NAME: &'static str = "OIDFilter";
    const BYTES: Option<usize> = None;

    fn read(r: &mut Reader<'a, '_>, label: Label) -> Result<Self, DecodeError> {
        r.scope(label, |r| {
            let certificate_extension_oid = r.opaque8("certificate_extension_oid", 1..=255)?;
            let certificate_extension_values = r.opaque16("certificate_extension_values", 0..=0xffff)?;
            Ok(Self { certificate_extension_oid, certificate_extension_values })
        })
    }
}

/// A record size limit of 64 or more (RFC 8449 §4).
pub(super) fn record_size_limit(r: &mut Reader<'_, '_>) -> Result<u16, DecodeError> {
    let refused = r.error(Rule::RecordSizeLimit, "record_size_limit");
    let limit = r.u16("record_size_limit")?;
    if limit < 64 { Err(refused) } else { Ok(limit) }
}

/// A server's choice of protocol: a list of exactly one name (RFC 7301 §3.1).
pub(super) fn chosen_protocol<'a>(r: &mut Reader<'a, '_>) -> Result<&'a [u8], DecodeError> {
    let refused = r.error(Rule::ProtocolNotOne, "protocol_name_list");
    let list = r.list16::<crate::ProtocolName<'_>>("protocol_name_list", 2..=0xffff)?;
    let mut names = list.iter();
    match (names.next(), names.next()) {
        (Some(name), None) => Ok(name.0),
        _ => Err(refused),
    }
}
