//! The extensions of a Certificate entry, a CertificateRequest and a NewSessionTicket of TLS 1.3.

use handfast_crypto::*;

use super::{CertificateStatus, Extensions, OidFilter, Place, block, unknown};
use crate::{DecodeError, DistinguishedName, List, Reader, Rule, SerializedSct};

/// The extensions of one Certificate entry (RFC 9846 §4.5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CertificateExtensions<'a> {
    /// Every extension in wire order.
    pub raw: Extensions<'a>,
    /// An OCSP response for this certificate (RFC 9846 §4.5.1.1).
    pub status_request: Option<CertificateStatus<'a>>,
    /// Timestamps of this certificate (RFC 6962 §3.3.1).
    pub signed_certificate_timestamp: Option<List<'a, SerializedSct<'a>>>,
    /// A delegated credential, not looked into (RFC 9345 §4).
    pub delegated_credential: Option<&'a [u8]>,
}

impl<'a> CertificateExtensions<'a> {
    /// Reads the block with its length prefix.
    pub fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        let mut out = Self::default();
        out.raw = block(r, &[Place::Certificate], |extension, r| {
            match extension {
                ExtensionType::STATUS_REQUEST => out.status_request = Some(CertificateStatus::read(r)?),
                ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP => {
                    out.signed_certificate_timestamp = Some(r.list16("sct_list", 1..=0xffff)?);
                }
                ExtensionType::DELEGATED_CREDENTIAL => out.delegated_credential = Some(r.rest("credential")?),
                _ => unknown(r)?,
            }
            Ok(())
        })?;
        Ok(out)
    }

    /// Refuses an answer to what was not asked for: by the ClientHello for a server's certificate, by
    /// the CertificateRequest for a client's (RFC 9846 §4.5.1).
    pub fn check_solicited(&self, offered: impl Fn(ExtensionType) -> bool) -> Result<(), DecodeError> {
        self.raw.check_solicited(offered)
    }
}

/// What a server wants of the client's certificate (RFC 9846 §4.4.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CertificateRequestExtensions<'a> {
    /// Every extension in wire order.
    pub raw: Extensions<'a>,
    /// Signatures the server accepts; always there (RFC 9846 §4.3.3).
    pub signature_algorithms: List<'a, SignatureScheme>,
    /// Signatures it accepts in certificates, if they differ (RFC 9846 §4.3.3).
    pub signature_algorithms_cert: Option<List<'a, SignatureScheme>>,
    /// The server wants an OCSP response (RFC 9846 §4.5.1.1).
    pub status_request: bool,
    /// The server wants certificate timestamps.
    pub signed_certificate_timestamp: bool,
    /// Certificate compression the server can undo (RFC 8879 §3).
    pub compress_certificate: Option<List<'a, CertificateCompressionAlgorithm>>,
    /// Authorities the server trusts (RFC 9846 §4.3.4).
    pub certificate_authorities: Option<List<'a, DistinguishedName<'a>>>,
    /// What the certificate should contain (RFC 9846 §4.3.5).
    pub oid_filters: Option<List<'a, OidFilter<'a>>>,
}

impl<'a> CertificateRequestExtensions<'a> {
    /// Reads the block with its length prefix.
    pub fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        let mut out = Self::default();
        let mut signature_algorithms = None;
        let missing = r.error(Rule::NoSignatureAlgorithms, "signature_algorithms");
        out.raw = block(r, &[Place::CertificateRequest], |extension, r| {
            match extension {
                ExtensionType::SIGNATURE_ALGORITHMS => {
                    signature_algorithms = Some(r.list16("supported_signature_algorithms", 2..=0xfffe)?);
                }
                ExtensionType::SIGNATURE_ALGORITHMS_CERT => {
                    out.signature_algorithms_cert = Some(r.list16("supported_signature_algorithms", 2..=0xfffe)?);
                }
                ExtensionType::STATUS_REQUEST => out.status_request = true,
                ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP => out.signed_certificate_timestamp = true,
                ExtensionType::COMPRESS_CERTIFICATE => out.compress_certificate = Some(r.list8("algorithms", 2..=254)?),
                ExtensionType::CERTIFICATE_AUTHORITIES => {
                    out.certificate_authorities = Some(r.list16("authorities", 3..=0xffff)?);
                }
                ExtensionType::OID_FILTERS => out.oid_filters = Some(r.list16("filters", 0..=0xffff)?),
                _ => unknown(r)?,
            }
            Ok(())
        })?;
        // RFC 9846 §4.4.2: signature_algorithms is always there
        out.signature_algorithms = signature_algorithms.ok_or(missing)?;
        Ok(out)
    }
}

/// The extensions of a NewSessionTicket (RFC 9846 §4.7.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NewSessionTicketExtensions<'a> {
    /// Every extension in wire order.
    pub raw: Extensions<'a>,
    /// How many bytes of early data the ticket allows: max_early_data_size (RFC 9846 §4.3.10).
    pub early_data: Option<u32>,
}

impl<'a> NewSessionTicketExtensions<'a> {
    /// Reads the block with its length prefix.
    pub fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        let mut out = Self::default();
        out.raw = block(r, &[Place::NewSessionTicket], |extension, r| {
            match extension {
                ExtensionType::EARLY_DATA => out.early_data = Some(r.u32("max_early_data_size")?),
                _ => unknown(r)?,
            }
            Ok(())
        })?;
        Ok(out)
    }
}
