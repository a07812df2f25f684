//! The messages that only TLS 1.2 has, or has in a form of its own (RFC 5246 §7.4, RFC 8422 §5).

use handfast_crypto::*;

use crate::{Asn1Cert, DecodeError, DistinguishedName, List, Reader, Rule};

/// A peer's chain in TLS 1.2, its own certificate first (RFC 5246 §7.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certificate12<'a> {
    /// The chain; empty if a client has no certificate.
    pub certificate_list: List<'a, Asn1Cert<'a>>,
}

impl<'a> Certificate12<'a> {
    /// Reads the body.
    pub fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        Ok(Self { certificate_list: r.list24("certificate_list", 0..=0xff_ffff)? })
    }
}

/// The ephemeral key of an ECDHE suite, signed (RFC 8422 §5.4).
///
/// ```text
/// curve_type  namedcurve  public.length  public │ algorithm  signature.length  signature
/// ├───────────────── params ───────────────────┤
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerKeyExchange<'a> {
    /// The curve.
    pub namedcurve: NamedGroup,
    /// The server's share, 1 to 255 bytes.
    pub public: &'a [u8],
    /// The parameters as they stand on the wire: what is signed, after the two randoms.
    pub params: &'a [u8],
    /// How they were signed.
    pub algorithm: SignatureScheme,
    /// The signature.
    pub signature: &'a [u8],
}

impl<'a> ServerKeyExchange<'a> {
    /// Reads the body.
    pub fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        let ((namedcurve, public), params) = r.span(|r| {
            r.scope("params", |r| {
                let refused = r.error(Rule::CurveType, "curve_type");
                // RFC 8422 §5.4: curves are named
                if r.code::<EcCurveType>("curve_type")? != EcCurveType::NAMED_CURVE {
                    return Err(refused);
                }
                Ok((r.code("namedcurve")?, r.opaque8("public", 1..=255)?))
            })
        })?;
        let algorithm = r.code("algorithm")?;
        Ok(Self { namedcurve, public, params, algorithm, signature: r.opaque16("signature", 0..=0xffff)? })
    }
}

/// A TLS 1.2 server's wish for the client's certificate (RFC 5246 §7.4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateRequest12<'a> {
    /// Kinds of keys; at least one.
    pub certificate_types: List<'a, ClientCertificateType>,
    /// Signatures the server accepts; at least one.
    pub supported_signature_algorithms: List<'a, SignatureScheme>,
    /// Authorities the server trusts; none means any.
    pub certificate_authorities: List<'a, DistinguishedName<'a>>,
}

impl<'a> CertificateRequest12<'a> {
    /// Reads the body.
    pub fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        Ok(Self {
            certificate_types: r.list8("certificate_types", 1..=255)?,
            supported_signature_algorithms: r.list16("supported_signature_algorithms", 2..=0xfffe)?,
            certificate_authorities: r.list16("certificate_authorities", 0..=0xffff)?,
        })
    }
}

/// The client's ephemeral key of an ECDHE suite (RFC 8422 §5.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientKeyExchange<'a> {
    /// The client's share, 1 to 255 bytes.
    pub ecdh_yc: &'a [u8],
}

impl<'a> ClientKeyExchange<'a> {
    /// Reads the body.
    pub fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        Ok(Self { ecdh_yc: r.opaque8("ecdh_Yc", 1..=255)? })
    }
}

/// A ticket for resumption in TLS 1.2 (RFC 5077 §3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewSessionTicket12<'a> {
    /// How long it may be good for, in seconds; 0 says nothing.
    pub ticket_lifetime_hint: u32,
    /// The ticket; empty if the server thought better of it.
    pub ticket: &'a [u8],
}

impl<'a> NewSessionTicket12<'a> {
    /// Reads the body.
    pub fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        Ok(Self { ticket_lifetime_hint: r.u32("ticket_lifetime_hint")?, ticket: r.opaque16("ticket", 0..=0xffff)? })
    }
}
