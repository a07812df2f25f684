//! The extensions of a ClientHello, of either version.

use handfast_crypto::*;

use super::{
    Extensions, KeyShareEntry, OfferedPsks, Place, StatusRequest, block,
    body::{client_shares, record_size_limit, server_name},
    unknown,
};
use crate::{DecodeError, DistinguishedName, List, ProtocolName, Reader, Rule};

/// What a client offers and asks for. A field is `None` (or `false`) if the extension is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClientExtensions<'a> {
    /// Every extension in wire order, those that have no field here among them.
    pub raw: Extensions<'a>,
    /// The host name the client wants to reach: printable ASCII (RFC 6066 §3).
    pub server_name: Option<&'a str>,
    /// The client wants an OCSP response (RFC 6066 §8).
    pub status_request: Option<StatusRequest<'a>>,
    /// Groups in order of preference (RFC 9846 §4.3.7).
    pub supported_groups: Option<List<'a, NamedGroup>>,
    /// Point formats, TLS 1.2 alone (RFC 8422 §5.1.2).
    pub ec_point_formats: Option<List<'a, EcPointFormat>>,
    /// Signatures the client accepts in the handshake (RFC 9846 §4.3.3).
    pub signature_algorithms: Option<List<'a, SignatureScheme>>,
    /// Signatures it accepts in certificates, if they differ (RFC 9846 §4.3.3).
    pub signature_algorithms_cert: Option<List<'a, SignatureScheme>>,
    /// Application protocols in order of preference (RFC 7301).
    pub application_layer_protocol_negotiation: Option<List<'a, ProtocolName<'a>>>,
    /// The client wants certificate timestamps (RFC 6962 §3.3.1).
    pub signed_certificate_timestamp: bool,
    /// Certificate types the client can present (RFC 7250 §3).
    pub client_certificate_type: Option<List<'a, CertificateType>>,
    /// Certificate types the client can judge (RFC 7250 §3).
    pub server_certificate_type: Option<List<'a, CertificateType>>,
    /// How many bytes of padding (RFC 7685).
    pub padding: Option<usize>,
    /// The client can bind the main secret to the handshake, TLS 1.2 alone (RFC 7627).
    pub extended_main_secret: bool,
    /// Certificate compression the client can undo (RFC 8879 §3).
    pub compress_certificate: Option<List<'a, CertificateCompressionAlgorithm>>,
    /// The largest record content the client takes, at least 64 (RFC 8449 §4).
    pub record_size_limit: Option<u16>,
    /// A ticket of TLS 1.2, or empty to ask for one (RFC 5077 §3.2).
    pub session_ticket: Option<&'a [u8]>,
    /// PSKs and their binders (RFC 9846 §4.3.11).
    pub pre_shared_key: Option<OfferedPsks<'a>>,
    /// Early data follows (RFC 9846 §4.3.10).
    pub early_data: bool,
    /// Versions in order of preference (RFC 9846 §4.3.1).
    pub supported_versions: Option<List<'a, ProtocolVersion>>,
    /// The cookie of a HelloRetryRequest, brought back (RFC 9846 §4.3.2).
    pub cookie: Option<&'a [u8]>,
    /// How PSKs may be used (RFC 9846 §4.3.9).
    pub psk_key_exchange_modes: Option<List<'a, PskKeyExchangeMode>>,
    /// Authorities the client trusts (RFC 9846 §4.3.4).
    pub certificate_authorities: Option<List<'a, DistinguishedName<'a>>>,
    /// The client can authenticate after the handshake (RFC 9846 §4.3.6).
    pub post_handshake_auth: bool,
    /// Key shares, at most one for a group, possibly none (RFC 9846 §4.3.8).
    pub key_share: Option<List<'a, KeyShareEntry<'a>>>,
    /// The verify data of the connection that is renegotiated: empty at first (RFC 5746 §3.2).
    pub renegotiation_info: Option<&'a [u8]>,
    /// ECHClientHello, not looked into (RFC 9849 §5).
    pub encrypted_client_hello: Option<&'a [u8]>,
    /// QUIC's transport parameters, not looked into (RFC 9001 §8.2).
    pub quic_transport_parameters: Option<&'a [u8]>,
}

impl<'a> ClientExtensions<'a> {
    /// Reads the block with its length prefix.
    pub fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        let mut out = Self::default();
        out.raw = block(r, &[Place::ClientHello], |extension, r| {
            // RFC 9846 §4.3.11: nothing follows pre_shared_key
            if out.pre_shared_key.is_some() {
                return Err(r.error(Rule::PreSharedKeyNotLast, "pre_shared_key"));
            }
            out.read_one(extension, r)
        })?;
        Ok(out)
    }

    fn read_one(&mut self, extension: ExtensionType, r: &mut Reader<'a, '_>) -> Result<(), DecodeError> {
        match extension {
            ExtensionType::SERVER_NAME => self.server_name = server_name(r)?,
            ExtensionType::STATUS_REQUEST => self.status_request = Some(StatusRequest::read(r)?),
            ExtensionType::SUPPORTED_GROUPS => self.supported_groups = Some(r.list16("named_group_list", 2..=0xffff)?),
            ExtensionType::EC_POINT_FORMATS => self.ec_point_formats = Some(r.list8("ec_point_format_list", 1..=255)?),
            ExtensionType::SIGNATURE_ALGORITHMS => {
                self.signature_algorithms = Some(r.list16("supported_signature_algorithms", 2..=0xfffe)?);
            }
            ExtensionType::SIGNATURE_ALGORITHMS_CERT => {
                self.signature_algorithms_cert = Some(r.list16("supported_signature_algorithms", 2..=0xfffe)?);
            }
            ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION => {
                self.application_layer_protocol_negotiation = Some(r.list16("protocol_name_list", 2..=0xffff)?);
            }
            // The body is empty, which the block checks; so with the other flags below.
            ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP => self.signed_certificate_timestamp = true,
            ExtensionType::CLIENT_CERTIFICATE_TYPE => {
                self.client_certificate_type = Some(r.list8("client_certificate_types", 1..=255)?);
            }
            ExtensionType::SERVER_CERTIFICATE_TYPE => {
                self.server_certificate_type = Some(r.list8("server_certificate_types", 1..=255)?);
            }
            ExtensionType::PADDING => self.padding = Some(r.rest("padding")?.len()),
            ExtensionType::EXTENDED_MAIN_SECRET => self.extended_main_secret = true,
            ExtensionType::COMPRESS_CERTIFICATE => self.compress_certificate = Some(r.list8("algorithms", 2..=254)?),
            ExtensionType::RECORD_SIZE_LIMIT => self.record_size_limit = Some(record_size_limit(r)?),
            ExtensionType::SESSION_TICKET => self.session_ticket = Some(r.rest("ticket")?),
            ExtensionType::PRE_SHARED_KEY => self.pre_shared_key = Some(OfferedPsks::read(r)?),
            ExtensionType::EARLY_DATA => self.early_data = true,
            ExtensionType::SUPPORTED_VERSIONS => self.supported_versions = Some(r.list8("versions", 2..=254)?),
            ExtensionType::COOKIE => self.cookie = Some(r.opaque16("cookie", 1..=0xffff)?),
            ExtensionType::PSK_KEY_EXCHANGE_MODES => self.psk_key_exchange_modes = Some(r.list8("ke_modes", 1..=255)?),
            ExtensionType::CERTIFICATE_AUTHORITIES => {
                self.certificate_authorities = Some(r.list16("authorities", 3..=0xffff)?);
            }
            ExtensionType::POST_HANDSHAKE_AUTH => self.post_handshake_auth = true,
            ExtensionType::KEY_SHARE => self.key_share = Some(client_shares(r)?),
            ExtensionType::RENEGOTIATION_INFO => {
                self.renegotiation_info = Some(r.opaque8("renegotiated_connection", 0..=255)?);
            }
            ExtensionType::ENCRYPTED_CLIENT_HELLO => self.encrypted_client_hello = Some(r.rest("ECHClientHello")?),
            ExtensionType::QUIC_TRANSPORT_PARAMETERS => {
                self.quic_transport_parameters = Some(r.rest("transport_parameters")?);
            }
            _ => unknown(r)?,
        }
        Ok(())
    }
}
