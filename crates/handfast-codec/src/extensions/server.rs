//! The extensions a server answers a hello with: ServerHello, HelloRetryRequest, EncryptedExtensions.

use handfast_crypto::*;

use super::{
    Extensions, KeyShareEntry, Place, block,
    body::{chosen_protocol, record_size_limit},
    may_stand, unknown,
};
use crate::{DecodeError, Element, List, Reader, Rule, SerializedSct};

/// The extensions of a ServerHello of either version. A field is `None` (or `false`) if the
/// extension is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerHelloExtensions<'a> {
    /// Every extension in wire order.
    pub raw: Extensions<'a>,
    /// TLS 1.3: the version, in place of legacy_version (RFC 9846 §4.3.1).
    pub supported_versions: Option<ProtocolVersion>,
    /// TLS 1.3: the server's share (RFC 9846 §4.3.8).
    pub key_share: Option<KeyShareEntry<'a>>,
    /// TLS 1.3: which of the client's PSKs, from 0 (RFC 9846 §4.3.11).
    pub pre_shared_key: Option<u16>,
    /// TLS 1.2: the host name was used (RFC 6066 §3).
    pub server_name: bool,
    /// TLS 1.2: a CertificateStatus may follow (RFC 6066 §8).
    pub status_request: bool,
    /// TLS 1.2: the server's point formats (RFC 8422 §5.2).
    pub ec_point_formats: Option<List<'a, EcPointFormat>>,
    /// TLS 1.2: the protocol chosen (RFC 7301 §3.1).
    pub application_layer_protocol_negotiation: Option<&'a [u8]>,
    /// TLS 1.2: certificate timestamps (RFC 6962 §3.3.1).
    pub signed_certificate_timestamp: Option<List<'a, SerializedSct<'a>>>,
    /// TLS 1.2: the type of certificate the client shall present (RFC 7250 §3).
    pub client_certificate_type: Option<CertificateType>,
    /// TLS 1.2: the type of certificate the server presents (RFC 7250 §3).
    pub server_certificate_type: Option<CertificateType>,
    /// TLS 1.2: the main secret is bound to the handshake (RFC 7627 §5.1).
    pub extended_main_secret: bool,
    /// TLS 1.2: the largest record content the server takes (RFC 8449 §4).
    pub record_size_limit: Option<u16>,
    /// TLS 1.2: a NewSessionTicket will follow (RFC 5077 §3.2).
    pub session_ticket: bool,
    /// TLS 1.2: verify data of both sides; empty in a first handshake (RFC 5746 §3.2).
    pub renegotiation_info: Option<&'a [u8]>,
}

impl<'a> ServerHelloExtensions<'a> {
    /// Reads the block with its length prefix. That each extension belongs in the version chosen is
    /// checked by [`ServerHello::read`](crate::ServerHello::read), which knows it.
    pub fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        let mut out = Self::default();
        out.raw = block(r, &[Place::ServerHello, Place::ServerHello12], |extension, r| out.read_one(extension, r))?;
        Ok(out)
    }

    fn read_one(&mut self, extension: ExtensionType, r: &mut Reader<'a, '_>) -> Result<(), DecodeError> {
        match extension {
            ExtensionType::SUPPORTED_VERSIONS => self.supported_versions = Some(r.code("selected_version")?),
            ExtensionType::KEY_SHARE => self.key_share = Some(KeyShareEntry::read(r, "server_share".into())?),
            ExtensionType::PRE_SHARED_KEY => self.pre_shared_key = Some(r.u16("selected_identity")?),
            ExtensionType::SERVER_NAME => self.server_name = true,
            ExtensionType::STATUS_REQUEST => self.status_request = true,
            ExtensionType::EC_POINT_FORMATS => self.ec_point_formats = Some(r.list8("ec_point_format_list", 1..=255)?),
            ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION => {
                self.application_layer_protocol_negotiation = Some(chosen_protocol(r)?);
            }
            ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP => {
                self.signed_certificate_timestamp = Some(r.list16("sct_list", 1..=0xffff)?);
            }
            ExtensionType::CLIENT_CERTIFICATE_TYPE => {
                self.client_certificate_type = Some(r.code("client_certificate_type")?);
            }
            ExtensionType::SERVER_CERTIFICATE_TYPE => {
                self.server_certificate_type = Some(r.code("server_certificate_type")?);
            }
            ExtensionType::EXTENDED_MAIN_SECRET => self.extended_main_secret = true,
            ExtensionType::RECORD_SIZE_LIMIT => self.record_size_limit = Some(record_size_limit(r)?),
            ExtensionType::SESSION_TICKET => self.session_ticket = true,
            ExtensionType::RENEGOTIATION_INFO => {
                self.renegotiation_info = Some(r.opaque8("renegotiated_connection", 0..=255)?);
            }
            _ => unknown(r)?,
        }
        Ok(())
    }

    /// Refuses what does not belong in a ServerHello of this version (RFC 9846 §4.3).
    pub(crate) fn check_placement(&self, version: ProtocolVersion) -> Result<(), DecodeError> {
        let place = if version == ProtocolVersion::TLS1_3 { Place::ServerHello } else { Place::ServerHello12 };
        self.raw.check(Rule::MisplacedExtension, |extension| may_stand(extension, place))
    }

    /// Refuses an answer to what the client did not offer (RFC 9846 §4.3). For renegotiation_info the
    /// suite `TLS_EMPTY_RENEGOTIATION_INFO_SCSV` counts as an offer (RFC 5746 §3.4).
    pub fn check_solicited(&self, offered: impl Fn(ExtensionType) -> bool) -> Result<(), DecodeError> {
        self.raw.check_solicited(offered)
    }
}

/// The extensions of a HelloRetryRequest (RFC 9846 §4.2.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HelloRetryRequestExtensions<'a> {
    /// Every extension in wire order.
    pub raw: Extensions<'a>,
    /// The version (RFC 9846 §4.3.1).
    pub supported_versions: ProtocolVersion,
    /// The group to send a share for (RFC 9846 §4.3.8).
    pub key_share: Option<NamedGroup>,
    /// What the next ClientHello must bring back (RFC 9846 §4.3.2).
    pub cookie: Option<&'a [u8]>,
    /// The confirmation that the inner hello was accepted, not looked into (RFC 9849 §5).
    pub encrypted_client_hello: Option<&'a [u8]>,
}

impl<'a> HelloRetryRequestExtensions<'a> {
    /// Reads the block with its length prefix.
    pub fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        let mut out = Self::default();
        let mut version = None;
        let missing = r.error(Rule::NoSupportedVersions, "supported_versions");
        out.raw = block(r, &[Place::HelloRetryRequest], |extension, r| {
            match extension {
                ExtensionType::SUPPORTED_VERSIONS => version = Some(r.code("selected_version")?),
                ExtensionType::KEY_SHARE => out.key_share = Some(r.code("selected_group")?),
                ExtensionType::COOKIE => out.cookie = Some(r.opaque16("cookie", 1..=0xffff)?),
                ExtensionType::ENCRYPTED_CLIENT_HELLO => out.encrypted_client_hello = Some(r.rest("confirmation")?),
                _ => unknown(r)?,
            }
            Ok(())
        })?;
        // RFC 9846 §4.2.4: supported_versions is always there
        out.supported_versions = version.ok_or(missing)?;
        Ok(out)
    }

    /// Refuses an answer to what the client did not offer; a cookie may come unasked (RFC 9846 §4.3).
    pub fn check_solicited(&self, offered: impl Fn(ExtensionType) -> bool) -> Result<(), DecodeError> {
        self.raw.check_solicited(|extension| extension == ExtensionType::COOKIE || offered(extension))
    }
}

/// The content of EncryptedExtensions (RFC 9846 §4.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EncryptedExtensionsBlock<'a> {
    /// Every extension in wire order.
    pub raw: Extensions<'a>,
    /// The host name was used (RFC 6066 §3).
    pub server_name: bool,
    /// Groups the server prefers, for the next connection (RFC 9846 §4.3.7).
    pub supported_groups: Option<List<'a, NamedGroup>>,
    /// The protocol chosen (RFC 7301 §3.1).
    pub application_layer_protocol_negotiation: Option<&'a [u8]>,
    /// The type of certificate the client shall present (RFC 7250 §3).
    pub client_certificate_type: Option<CertificateType>,
    /// The type of certificate the server presents (RFC 7250 §3).
    pub server_certificate_type: Option<CertificateType>,
    /// The largest record content the server takes (RFC 8449 §4).
    pub record_size_limit: Option<u16>,
    /// Early data is accepted (RFC 9846 §4.3.10).
    pub early_data: bool,
    /// Configurations to try again with, not looked into (RFC 9849 §5).
    pub encrypted_client_hello: Option<&'a [u8]>,
    /// QUIC's transport parameters, not looked into (RFC 9001 §8.2).
    pub quic_transport_parameters: Option<&'a [u8]>,
}

impl<'a> EncryptedExtensionsBlock<'a> {
    /// Reads the block with its length prefix.
    pub fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        let mut out = Self::default();
        out.raw = block(r, &[Place::EncryptedExtensions], |extension, r| out.read_one(extension, r))?;
        Ok(out)
    }

    fn read_one(&mut self, extension: ExtensionType, r: &mut Reader<'a, '_>) -> Result<(), DecodeError> {
        match extension {
            ExtensionType::SERVER_NAME => self.server_name = true,
            ExtensionType::SUPPORTED_GROUPS => self.supported_groups = Some(r.list16("named_group_list", 2..=0xffff)?),
            ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION => {
                self.application_layer_protocol_negotiation = Some(chosen_protocol(r)?);
            }
            ExtensionType::CLIENT_CERTIFICATE_TYPE => {
                self.client_certificate_type = Some(r.code("client_certificate_type")?);
            }
            ExtensionType::SERVER_CERTIFICATE_TYPE => {
                self.server_certificate_type = Some(r.code("server_certificate_type")?);
            }
            ExtensionType::RECORD_SIZE_LIMIT => self.record_size_limit = Some(record_size_limit(r)?),
            ExtensionType::EARLY_DATA => self.early_data = true,
            ExtensionType::ENCRYPTED_CLIENT_HELLO => {
                self.encrypted_client_hello = Some(r.rest("ECHEncryptedExtensions")?)
            }
            ExtensionType::QUIC_TRANSPORT_PARAMETERS => {
                self.quic_transport_parameters = Some(r.rest("transport_parameters")?);
            }
            _ => unknown(r)?,
        }
        Ok(())
    }

    /// Refuses an answer to what the client did not offer (RFC 9846 §4.3).
    pub fn check_solicited(&self, offered: impl Fn(ExtensionType) -> bool) -> Result<(), DecodeError> {
        self.raw.check_solicited(offered)
    }
}
