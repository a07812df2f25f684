//! Handshake messages as one enum, and the ways in: decode one, or explain one.

use handfast_crypto::{HandshakeType, ProtocolVersion};

use crate::{
    Certificate, Certificate12, CertificateRequest, CertificateRequest12, CertificateStatus, CertificateVerify,
    ClientHello, ClientKeyExchange, CompressedCertificate, DecodeError, EncryptedExtensions, FieldSink, Finished,
    HelloRetryRequest, KeyUpdate, NewSessionTicket, NewSessionTicket12, Reader, Rule, ServerHello, ServerKeyExchange,
    hello::has_retry_random,
};

/// What must be known to read a message: the same type has two forms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DecodeContext {
    /// The version spoken; `None` before it is agreed on, when only hellos make sense.
    pub version: Option<ProtocolVersion>,
}

impl DecodeContext {
    /// Before the version is agreed on.
    pub const HELLO: Self = Self { version: None };

    /// After.
    pub const fn new(version: ProtocolVersion) -> Self {
        Self { version: Some(version) }
    }
}

/// A handshake message of either version (RFC 9846 §4, RFC 5246 §7.4), borrowed from its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant is the message of that name, whose type says what it is")]
#[allow(clippy::large_enum_variant, reason = "it lives on the stack for the length of one handler")]
pub enum Message<'a> {
    HelloRequest,
    ClientHello(ClientHello<'a>),
    ServerHello(ServerHello<'a>),
    HelloRetryRequest(HelloRetryRequest<'a>),
    EncryptedExtensions(EncryptedExtensions<'a>),
    Certificate(Certificate<'a>),
    Certificate12(Certificate12<'a>),
    CompressedCertificate(CompressedCertificate<'a>),
    CertificateStatus(CertificateStatus<'a>),
    ServerKeyExchange(ServerKeyExchange<'a>),
    CertificateRequest(CertificateRequest<'a>),
    CertificateRequest12(CertificateRequest12<'a>),
    ServerHelloDone,
    CertificateVerify(CertificateVerify<'a>),
    ClientKeyExchange(ClientKeyExchange<'a>),
    Finished(Finished<'a>),
    NewSessionTicket(NewSessionTicket<'a>),
    NewSessionTicket12(NewSessionTicket12<'a>),
    EndOfEarlyData,
    KeyUpdate(KeyUpdate),
}

impl<'a> Message<'a> {
    /// Decodes a whole message, its four-byte header included.
    ///
    /// `version` is `None` until it is agreed on; then only hellos can be read. Offsets in errors and
    /// views count from the header's first byte.
    pub fn decode(raw: &'a [u8], version: Option<ProtocolVersion>) -> Result<Self, DecodeError> {
        Reader::all(raw, |r| Self::read(r, DecodeContext { version }))
    }

    /// Reads header and body.
    pub fn read(r: &mut Reader<'a, '_>, context: DecodeContext) -> Result<Self, DecodeError> {
        let unknown = r.error(Rule::UnknownMessage, "msg_type");
        let msg_type: HandshakeType = r.code("msg_type")?;
        let mismatch = r.error(Rule::MessageLength, "length");
        if r.length(3, "length")? != r.peek().len() {
            return Err(mismatch);
        }
        let tls12 = context.version == Some(ProtocolVersion::TLS1_2);
        let tls13 = context.version == Some(ProtocolVersion::TLS1_3);
        Ok(match (msg_type, context.version) {
            // either version
            (HandshakeType::CLIENT_HELLO, _) => Self::ClientHello(ClientHello::read(r)?),
            (HandshakeType::SERVER_HELLO, _) if has_retry_random(r.peek()) => {
                Self::HelloRetryRequest(HelloRetryRequest::read(r)?)
            }
            (HandshakeType::SERVER_HELLO, _) => Self::ServerHello(ServerHello::read(r)?),
            (HandshakeType::CERTIFICATE_VERIFY, Some(_)) if tls12 || tls13 => {
                Self::CertificateVerify(CertificateVerify::read(r)?)
            }
            (HandshakeType::FINISHED, Some(version)) if tls12 || tls13 => Self::Finished(Finished::read(r, version)?),
            // TLS 1.3
            (HandshakeType::ENCRYPTED_EXTENSIONS, _) if tls13 => {
                Self::EncryptedExtensions(EncryptedExtensions::read(r)?)
            }
            (HandshakeType::CERTIFICATE_REQUEST, _) if tls13 => Self::CertificateRequest(CertificateRequest::read(r)?),
            (HandshakeType::CERTIFICATE, _) if tls13 => Self::Certificate(Certificate::read(r)?),
            (HandshakeType::COMPRESSED_CERTIFICATE, _) if tls13 => {
                Self::CompressedCertificate(CompressedCertificate::read(r)?)
            }
            (HandshakeType::END_OF_EARLY_DATA, _) if tls13 => Self::EndOfEarlyData,
            (HandshakeType::NEW_SESSION_TICKET, _) if tls13 => Self::NewSessionTicket(NewSessionTicket::read(r)?),
            (HandshakeType::KEY_UPDATE, _) if tls13 => Self::KeyUpdate(KeyUpdate::read(r)?),
            // TLS 1.2; a HelloRequest may come at any time (RFC 5246 §7.4.1.1)
            (HandshakeType::HELLO_REQUEST, _) if !tls13 => Self::HelloRequest,
            (HandshakeType::CERTIFICATE, _) if tls12 => Self::Certificate12(Certificate12::read(r)?),
            (HandshakeType::CERTIFICATE_STATUS, _) if tls12 => Self::CertificateStatus(CertificateStatus::read(r)?),
            (HandshakeType::SERVER_KEY_EXCHANGE, _) if tls12 => Self::ServerKeyExchange(ServerKeyExchange::read(r)?),
            (HandshakeType::CERTIFICATE_REQUEST, _) if tls12 => {
                Self::CertificateRequest12(CertificateRequest12::read(r)?)
            }
            (HandshakeType::SERVER_HELLO_DONE, _) if tls12 => Self::ServerHelloDone,
            (HandshakeType::CLIENT_KEY_EXCHANGE, _) if tls12 => Self::ClientKeyExchange(ClientKeyExchange::read(r)?),
            (HandshakeType::NEW_SESSION_TICKET, _) if tls12 => Self::NewSessionTicket12(NewSessionTicket12::read(r)?),
            // RFC 9846 §4: every other number is unexpected
            _ => return Err(unknown),
        })
    }

    /// The message's type; HelloRetryRequest has one of its own here, though not on the wire.
    pub const fn handshake_type(&self) -> HandshakeType {
        match self {
            Self::HelloRequest => HandshakeType::HELLO_REQUEST,
            Self::ClientHello(_) => HandshakeType::CLIENT_HELLO,
            Self::ServerHello(_) => HandshakeType::SERVER_HELLO,
            Self::HelloRetryRequest(_) => HandshakeType::HELLO_RETRY_REQUEST,
            Self::EncryptedExtensions(_) => HandshakeType::ENCRYPTED_EXTENSIONS,
            Self::Certificate(_) | Self::Certificate12(_) => HandshakeType::CERTIFICATE,
            Self::CompressedCertificate(_) => HandshakeType::COMPRESSED_CERTIFICATE,
            Self::CertificateStatus(_) => HandshakeType::CERTIFICATE_STATUS,
            Self::ServerKeyExchange(_) => HandshakeType::SERVER_KEY_EXCHANGE,
            Self::CertificateRequest(_) | Self::CertificateRequest12(_) => HandshakeType::CERTIFICATE_REQUEST,
            Self::ServerHelloDone => HandshakeType::SERVER_HELLO_DONE,
            Self::CertificateVerify(_) => HandshakeType::CERTIFICATE_VERIFY,
            Self::ClientKeyExchange(_) => HandshakeType::CLIENT_KEY_EXCHANGE,
            Self::Finished(_) => HandshakeType::FINISHED,
            Self::NewSessionTicket(_) | Self::NewSessionTicket12(_) => HandshakeType::NEW_SESSION_TICKET,
            Self::EndOfEarlyData => HandshakeType::END_OF_EARLY_DATA,
            Self::KeyUpdate(_) => HandshakeType::KEY_UPDATE,
        }
    }
}

/// Tells `sink` every field of a handshake message, its four-byte header included.
///
/// It is [`Message::decode`] with a listener: the same code, the same errors.
pub fn fields(message: &[u8], context: DecodeContext, sink: &mut dyn FieldSink) -> Result<(), DecodeError> {
    Reader::observed(message, sink, |r| Message::read(r, context)).map(|_| ())
}

/// The type of the handshake message that starts here and the length of its body, once its four-byte
/// header is there (RFC 9846 §4).
pub const fn handshake_header(bytes: &[u8]) -> Option<(HandshakeType, usize)> {
    match bytes {
        [msg_type, a, b, c, ..] => {
            Some((HandshakeType(*msg_type), (*a as usize) << 16 | (*b as usize) << 8 | *c as usize))
        }
        _ => None,
    }
}
