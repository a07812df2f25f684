//! Writing extensions: the counterpart of the readers beside this file.

use handfast_crypto::*;

use crate::{KeyShareEntry, OidFilter, PskIdentity, Writer};

/// Writes the extensions of a block, in the order they are called.
///
/// One method for each form an extension has; which form a message wants is in the method's text.
pub struct ExtensionWriter<'w, 'v> {
    w: &'w mut Writer<'v>,
}

impl<'w, 'v> ExtensionWriter<'w, 'v> {
    /// Inside a block that the writer has opened.
    pub(crate) fn of(w: &'w mut Writer<'v>) -> Self {
        Self { w }
    }

    /// Any extension, with its body as bytes: GREASE, QUIC's, ECH's, or an empty acknowledgement.
    pub fn raw(&mut self, extension_type: ExtensionType, extension_data: &[u8]) {
        self.w.extension(extension_type, |w| w.bytes(extension_data));
    }

    /// An extension with an empty body: a flag or an acknowledgement.
    pub fn empty(&mut self, extension_type: ExtensionType) {
        self.raw(extension_type, &[]);
    }

    /// Any extension, with its body written by `write`.
    pub fn with(&mut self, extension_type: ExtensionType, write: impl FnOnce(&mut Writer<'_>)) {
        self.w.extension(extension_type, |w| write(w));
    }

    /// ClientHello: the host name, without a dot at its end and no IP address (RFC 6066 §3).
    pub fn server_name(&mut self, host_name: &str) {
        self.w.extension(ExtensionType::SERVER_NAME, |w| {
            w.vec16(|w| {
                w.code(NameType::HOST_NAME);
                w.opaque16(host_name.as_bytes());
            });
        });
    }

    /// ClientHello: asks for an OCSP response from any responder (RFC 6066 §8).
    pub fn status_request(&mut self) {
        self.w.extension(ExtensionType::STATUS_REQUEST, |w| {
            w.code(CertificateStatusType::OCSP);
            w.opaque16(&[]);
            w.opaque16(&[]);
        });
    }

    /// Certificate: an OCSP response (RFC 9846 §4.5.1.1).
    pub fn ocsp_response(&mut self, response: &[u8]) {
        self.w.extension(ExtensionType::STATUS_REQUEST, |w| {
            w.code(CertificateStatusType::OCSP);
            w.opaque24(response);
        });
    }

    /// ClientHello, EncryptedExtensions: groups in order of preference (RFC 9846 §4.3.7).
    pub fn supported_groups(&mut self, groups: &[NamedGroup]) {
        self.w.extension(ExtensionType::SUPPORTED_GROUPS, |w| w.vec16(|w| w.codes(groups)));
    }

    /// Hellos of TLS 1.2: point formats (RFC 8422 §5.1.2).
    pub fn ec_point_formats(&mut self, formats: &[EcPointFormat]) {
        self.w.extension(ExtensionType::EC_POINT_FORMATS, |w| w.vec8(|w| w.codes(formats)));
    }

    /// ClientHello, CertificateRequest: signatures accepted (RFC 9846 §4.3.3).
    pub fn signature_algorithms(&mut self, schemes: &[SignatureScheme]) {
        self.w.extension(ExtensionType::SIGNATURE_ALGORITHMS, |w| w.vec16(|w| w.codes(schemes)));
    }

    /// ClientHello, CertificateRequest: signatures accepted in certificates (RFC 9846 §4.3.3).
    pub fn signature_algorithms_cert(&mut self, schemes: &[SignatureScheme]) {
        self.w.extension(ExtensionType::SIGNATURE_ALGORITHMS_CERT, |w| w.vec16(|w| w.codes(schemes)));
    }

    /// ClientHello: protocols in order of preference. A server's answer: a single one (RFC 7301 §3.1).
    pub fn application_layer_protocol_negotiation<P: AsRef<[u8]>>(&mut self, protocols: &[P]) {
        self.w.extension(ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION, |w| {
            w.vec16(|w| protocols.iter().for_each(|p| w.opaque8(p.as_ref())));
        });
    }

    /// ServerHello of TLS 1.2, Certificate: timestamps (RFC 6962 §3.3.1). To ask for them: [`Self::empty`].
    pub fn sct_list<S: AsRef<[u8]>>(&mut self, timestamps: &[S]) {
        self.w.extension(ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP, |w| {
            w.vec16(|w| timestamps.iter().for_each(|t| w.opaque16(t.as_ref())));
        });
    }

    /// ClientHello: `client_certificate_type` or `server_certificate_type` (RFC 7250 §3). A server's
    /// answer is the single byte: [`Self::raw`].
    pub fn certificate_types(&mut self, extension_type: ExtensionType, types: &[CertificateType]) {
        self.w.extension(extension_type, |w| w.vec8(|w| w.codes(types)));
    }

    /// ClientHello: zero bytes (RFC 7685).
    pub fn padding(&mut self, length: usize) {
        self.w.extension(ExtensionType::PADDING, |w| w.zeros(length));
    }

    /// Hellos of TLS 1.2 (RFC 7627 §5.1).
    pub fn extended_main_secret(&mut self) {
        self.empty(ExtensionType::EXTENDED_MAIN_SECRET);
    }

    /// ClientHello, CertificateRequest: compressions understood (RFC 8879 §3).
    pub fn compress_certificate(&mut self, algorithms: &[CertificateCompressionAlgorithm]) {
        self.w.extension(ExtensionType::COMPRESS_CERTIFICATE, |w| w.vec8(|w| w.codes(algorithms)));
    }

    /// Hellos, EncryptedExtensions: the largest record content taken (RFC 8449 §4).
    pub fn record_size_limit(&mut self, limit: u16) {
        self.w.extension(ExtensionType::RECORD_SIZE_LIMIT, |w| w.u16(limit));
    }

    /// ClientHello: a ticket of TLS 1.2, or empty to ask for one; ServerHello: empty (RFC 5077 §3.2).
    pub fn session_ticket(&mut self, ticket: &[u8]) {
        self.raw(ExtensionType::SESSION_TICKET, ticket);
    }

    /// ClientHello: PSKs, with room for binders of these lengths (RFC 9846 §4.3.11). It must be the last
    /// extension; [`encode::set_binders`](crate::encode::set_binders) then fills the room.
    pub fn offered_psks(&mut self, identities: &[PskIdentity<'_>], binder_lengths: &[usize]) {
        self.w.extension(ExtensionType::PRE_SHARED_KEY, |w| {
            w.vec16(|w| {
                for identity in identities {
                    w.opaque16(identity.identity);
                    w.u32(identity.obfuscated_ticket_age);
                }
            });
            w.vec16(|w| {
                for &length in binder_lengths {
                    w.vec8(|w| w.zeros(length));
                }
            });
        });
    }

    /// ServerHello: which PSK was chosen, from 0 (RFC 9846 §4.3.11).
    pub fn selected_identity(&mut self, index: u16) {
        self.w.extension(ExtensionType::PRE_SHARED_KEY, |w| w.u16(index));
    }

    /// ClientHello, EncryptedExtensions: early data (RFC 9846 §4.3.10).
    pub fn early_data(&mut self) {
        self.empty(ExtensionType::EARLY_DATA);
    }

    /// NewSessionTicket: how much early data the ticket allows (RFC 9846 §4.3.10).
    pub fn max_early_data_size(&mut self, size: u32) {
        self.w.extension(ExtensionType::EARLY_DATA, |w| w.u32(size));
    }

    /// ClientHello: versions in order of preference (RFC 9846 §4.3.1).
    pub fn supported_versions(&mut self, versions: &[ProtocolVersion]) {
        self.w.extension(ExtensionType::SUPPORTED_VERSIONS, |w| w.vec8(|w| w.codes(versions)));
    }

    /// ServerHello, HelloRetryRequest: the version (RFC 9846 §4.3.1).
    pub fn selected_version(&mut self, version: ProtocolVersion) {
        self.w.extension(ExtensionType::SUPPORTED_VERSIONS, |w| w.code(version));
    }

    /// HelloRetryRequest, and the ClientHello that answers it (RFC 9846 §4.3.2).
    pub fn cookie(&mut self, cookie: &[u8]) {
        self.w.extension(ExtensionType::COOKIE, |w| w.opaque16(cookie));
    }

    /// ClientHello: how PSKs may be used (RFC 9846 §4.3.9).
    pub fn psk_key_exchange_modes(&mut self, modes: &[PskKeyExchangeMode]) {
        self.w.extension(ExtensionType::PSK_KEY_EXCHANGE_MODES, |w| w.vec8(|w| w.codes(modes)));
    }

    /// ClientHello, CertificateRequest: DER of the names of authorities (RFC 9846 §4.3.4).
    pub fn certificate_authorities<N: AsRef<[u8]>>(&mut self, names: &[N]) {
        self.w.extension(ExtensionType::CERTIFICATE_AUTHORITIES, |w| {
            w.vec16(|w| names.iter().for_each(|n| w.opaque16(n.as_ref())));
        });
    }

    /// CertificateRequest: what the certificate should contain (RFC 9846 §4.3.5).
    pub fn oid_filters(&mut self, filters: &[OidFilter<'_>]) {
        self.w.extension(ExtensionType::OID_FILTERS, |w| {
            w.vec16(|w| {
                for filter in filters {
                    w.opaque8(filter.certificate_extension_oid);
                    w.opaque16(filter.certificate_extension_values);
                }
            });
        });
    }

    /// ClientHello: authentication after the handshake is possible (RFC 9846 §4.3.6).
    pub fn post_handshake_auth(&mut self) {
        self.empty(ExtensionType::POST_HANDSHAKE_AUTH);
    }

    /// ClientHello: shares in order of preference, possibly none (RFC 9846 §4.3.8).
    pub fn client_shares<'k>(&mut self, shares: impl IntoIterator<Item = KeyShareEntry<'k>>) {
        self.w.extension(ExtensionType::KEY_SHARE, |w| {
            w.vec16(|w| shares.into_iter().for_each(|share| key_share(w, share)));
        });
    }

    /// ServerHello: the server's share (RFC 9846 §4.3.8).
    pub fn server_share(&mut self, share: KeyShareEntry<'_>) {
        self.w.extension(ExtensionType::KEY_SHARE, |w| key_share(w, share));
    }

    /// HelloRetryRequest: the group wanted (RFC 9846 §4.3.8).
    pub fn selected_group(&mut self, group: NamedGroup) {
        self.w.extension(ExtensionType::KEY_SHARE, |w| w.code(group));
    }

    /// Hellos of TLS 1.2: verify data, empty in a first handshake (RFC 5746 §3.2).
    pub fn renegotiation_info(&mut self, renegotiated_connection: &[u8]) {
        self.w.extension(ExtensionType::RENEGOTIATION_INFO, |w| w.opaque8(renegotiated_connection));
    }
}

fn key_share(w: &mut Writer<'_>, share: KeyShareEntry<'_>) {
    w.code(share.group);
    w.opaque16(share.key_exchange);
}
