//! The messages that prove who a peer is, and the small ones of TLS 1.3 (RFC 9846 §4.4 to §4.7).

use handfast_crypto::*;

use crate::{
    CertificateExtensions, CertificateRequestExtensions, DecodeError, Element, EncryptedExtensionsBlock, Label, List,
    NewSessionTicketExtensions, Reader, Rule,
};

/// What a TLS 1.3 server answers outside the ServerHello (RFC 9846 §4.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncryptedExtensions<'a> {
    /// The answers.
    pub extensions: EncryptedExtensionsBlock<'a>,
}

impl<'a> EncryptedExtensions<'a> {
    /// Reads the body.
    pub fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        Ok(Self { extensions: EncryptedExtensionsBlock::read(r)? })
    }
}

/// A TLS 1.3 server's wish for the client's certificate (RFC 9846 §4.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateRequest<'a> {
    /// Echoed by the client's Certificate; empty during the handshake, at most 255 bytes.
    pub certificate_request_context: &'a [u8],
    /// What the certificate must be like.
    pub extensions: CertificateRequestExtensions<'a>,
}

impl<'a> CertificateRequest<'a> {
    /// Reads the body.
    pub fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        Ok(Self {
            certificate_request_context: r.opaque8("certificate_request_context", 0..=255)?,
            extensions: CertificateRequestExtensions::read(r)?,
        })
    }
}

/// One certificate of a TLS 1.3 chain, with what belongs to it (RFC 9846 §4.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateEntry<'a> {
    /// DER of the certificate, or of a SubjectPublicKeyInfo where raw public keys were agreed on; at
    /// least one byte.
    pub cert_data: &'a [u8],
    /// Status and timestamps.
    pub extensions: CertificateExtensions<'a>,
}

impl<'a> Element<'a> for CertificateEntry<'a> {
    const NAME: &'static str = "CertificateEntry";
    const BYTES: Option<usize> = None;

    fn read(r: &mut Reader<'a, '_>, label: Label) -> Result<Self, DecodeError> {
        r.scope(label, |r| {
            let cert_data = r.opaque24("cert_data", 1..=0xff_ffff)?;
            Ok(Self { cert_data, extensions: CertificateExtensions::read(r)? })
        })
    }
}

/// A peer's chain in TLS 1.3, its own certificate first (RFC 9846 §4.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certificate<'a> {
    /// That of the request this answers; empty in the server's.
    pub certificate_request_context: &'a [u8],
    /// The chain. Empty if a client has no certificate; a server's empty chain is the handshake's to refuse.
    pub certificate_list: List<'a, CertificateEntry<'a>>,
}

impl<'a> Certificate<'a> {
    /// Reads the body.
    pub fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        Ok(Self {
            certificate_request_context: r.opaque8("certificate_request_context", 0..=255)?,
            certificate_list: r.list24("certificate_list", 0..=0xff_ffff)?,
        })
    }
}

/// A Certificate message in compressed form (RFC 8879 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompressedCertificate<'a> {
    /// How it was compressed.
    pub algorithm: CertificateCompressionAlgorithm,
    /// The length of the Certificate's body, which decompression must reach exactly.
    pub uncompressed_length: u32,
    /// The compressed body, at least one byte. Decompressed, it is read by [`Certificate::read`].
    pub compressed_certificate_message: &'a [u8],
}

impl<'a> CompressedCertificate<'a> {
    /// Reads the body.
    pub fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        Ok(Self {
            algorithm: r.code("algorithm")?,
            uncompressed_length: r.u24("uncompressed_length")?,
            compressed_certificate_message: r.opaque24("compressed_certificate_message", 1..=0xff_ffff)?,
        })
    }
}

/// The signature over the handshake so far (RFC 9846 §4.5.2; the same layout in RFC 5246 §7.4.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateVerify<'a> {
    /// How it was signed.
    pub algorithm: SignatureScheme,
    /// The signature.
    pub signature: &'a [u8],
}

impl<'a> CertificateVerify<'a> {
    /// Reads the body.
    pub fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        Ok(Self { algorithm: r.code("algorithm")?, signature: r.opaque16("signature", 0..=0xffff)? })
    }
}

/// The proof that both sides saw the same handshake (RFC 9846 §4.5.3, RFC 5246 §7.4.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finished<'a> {
    /// TLS 1.3: as long as the suite's hash, which the handshake checks. TLS 1.2: twelve bytes.
    pub verify_data: &'a [u8],
}

impl<'a> Finished<'a> {
    /// Reads the body; in TLS 1.2 its length is fixed.
    pub fn read(r: &mut Reader<'a, '_>, version: ProtocolVersion) -> Result<Self, DecodeError> {
        let refused = r.error(Rule::FinishedLength, "verify_data");
        let verify_data = r.rest("verify_data")?;
        // RFC 5246 §7.4.9: twelve bytes for every suite that we speak
        if version != ProtocolVersion::TLS1_3 && verify_data.len() != 12 {
            return Err(refused);
        }
        Ok(Self { verify_data })
    }
}

/// A ticket for resumption in TLS 1.3 (RFC 9846 §4.7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewSessionTicket<'a> {
    /// How long it is good for, in seconds. More than a week is not for a server to say and not for a
    /// client to use, whatever stands here.
    pub ticket_lifetime: u32,
    /// Added to the age that is sent with the ticket.
    pub ticket_age_add: u32,
    /// Makes the PSK differ from those of the connection's other tickets.
    pub ticket_nonce: &'a [u8],
    /// The ticket, at least one byte.
    pub ticket: &'a [u8],
    /// Whether it allows early data.
    pub extensions: NewSessionTicketExtensions<'a>,
}

impl<'a> NewSessionTicket<'a> {
    /// Reads the body.
    pub fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        Ok(Self {
            ticket_lifetime: r.u32("ticket_lifetime")?,
            ticket_age_add: r.u32("ticket_age_add")?,
            ticket_nonce: r.opaque8("ticket_nonce", 0..=255)?,
            ticket: r.opaque16("ticket", 1..=0xffff)?,
            extensions: NewSessionTicketExtensions::read(r)?,
        })
    }
}

/// The sender's next record uses new keys (RFC 9846 §4.7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUpdate {
    /// Whether the receiver shall do the same; one of the two known values.
    pub request_update: KeyUpdateRequest,
}

impl KeyUpdate {
    /// Reads the body.
    pub fn read(r: &mut Reader<'_, '_>) -> Result<Self, DecodeError> {
        let refused = r.error(Rule::KeyUpdateValue, "request_update");
        let request_update = r.code("request_update")?;
        match request_update {
            KeyUpdateRequest::UPDATE_NOT_REQUESTED | KeyUpdateRequest::UPDATE_REQUESTED => Ok(Self { request_update }),
            // RFC 9846 §4.7.3: any other value ends the connection
            _ => Err(refused),
        }
    }
}
