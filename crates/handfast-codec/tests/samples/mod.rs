//! One message of each kind, with every extension that has a form of its own.
#![allow(dead_code, reason = "each test file uses its part")]

use handfast_codec::*;

pub(crate) const TLS12: Option<ProtocolVersion> = Some(ProtocolVersion::TLS1_2);
pub(crate) const TLS13: Option<ProtocolVersion> = Some(ProtocolVersion::TLS1_3);

/// A message, the version it is read in and its name.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) version: Option<ProtocolVersion>,
    pub(crate) wire: Vec<u8>,
}

pub(crate) fn wire(write: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    out
}

pub(crate) fn client_hello(extensions: impl FnOnce(&mut ExtensionWriter<'_, '_>)) -> Vec<u8> {
    let cipher_suites = &[CipherSuite::TLS_AES_128_GCM_SHA256, CipherSuite(0x0a0a)];
    let hello =
        encode::ClientHello { cipher_suites, legacy_session_id: &[5; 32], ..encode::ClientHello::new(&[7; 32]) };
    wire(|out| encode::client_hello(out, &hello, extensions))
}

pub(crate) fn server_hello(extensions: impl FnOnce(&mut ExtensionWriter<'_, '_>)) -> Vec<u8> {
    let hello = encode::ServerHello::new(&[8; 32], &[5; 32], CipherSuite::TLS_AES_128_GCM_SHA256);
    wire(|out| encode::server_hello(out, &hello, extensions))
}

pub(crate) fn retry(extensions: impl FnOnce(&mut ExtensionWriter<'_, '_>)) -> Vec<u8> {
    wire(|out| encode::hello_retry_request(out, &[5; 32], CipherSuite::TLS_AES_128_GCM_SHA256, extensions))
}

pub(crate) fn share(group: NamedGroup) -> KeyShareEntry<'static> {
    KeyShareEntry { group, key_exchange: &[9; 32] }
}

pub(crate) fn full_client_hello() -> Vec<u8> {
    client_hello(|x| {
        x.raw(ExtensionType(0x1a1a), &[0]);
        x.server_name("example.com");
        x.status_request();
        x.supported_groups(&[NamedGroup::X25519, NamedGroup::SECP256R1]);
        x.ec_point_formats(&[EcPointFormat::UNCOMPRESSED]);
        x.signature_algorithms(&[SignatureScheme::ED25519]);
        x.signature_algorithms_cert(&[SignatureScheme::RSA_PKCS1_SHA256]);
        x.application_layer_protocol_negotiation(&["h2", "http/1.1"]);
        x.empty(ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP);
        x.certificate_types(ExtensionType::CLIENT_CERTIFICATE_TYPE, &[CertificateType::X509]);
        x.certificate_types(ExtensionType::SERVER_CERTIFICATE_TYPE, &[CertificateType::RAW_PUBLIC_KEY]);
        x.padding(3);
        x.extended_main_secret();
        x.compress_certificate(&[CertificateCompressionAlgorithm::ZLIB]);
        x.record_size_limit(64);
        x.session_ticket(&[]);
        x.early_data();
        x.supported_versions(&[ProtocolVersion::TLS1_3, ProtocolVersion::TLS1_2]);
        x.cookie(&[1]);
        x.psk_key_exchange_modes(&[PskKeyExchangeMode::PSK_DHE_KE]);
        x.certificate_authorities(&[[0x30, 0]]);
        x.post_handshake_auth();
        x.client_shares([share(NamedGroup::X25519)]);
        x.renegotiation_info(&[]);
        x.raw(ExtensionType::ENCRYPTED_CLIENT_HELLO, &[1]);
        x.raw(ExtensionType::QUIC_TRANSPORT_PARAMETERS, &[1, 2]);
        let identity = PskIdentity { identity: b"ticket", obfuscated_ticket_age: 77 };
        x.offered_psks(&[identity, identity], &[32, 48]);
    })
}

pub(crate) fn samples() -> Vec<Sample> {
    let sample = |name, version, wire| Sample { name, version, wire };
    let params = wire(|out| encode::ecdhe_params(out, NamedGroup::X25519, &[3; 32]));
    let ed25519 = SignatureScheme::ED25519;
    let ticket = encode::NewSessionTicket { ticket_lifetime: 60, ticket_age_add: 1, ticket_nonce: &[0], ticket: b"t" };
    vec![
        sample("ClientHello", None, full_client_hello()),
        sample("ClientHello without extensions", None, client_hello(|_| {})),
        sample(
            "ServerHello",
            None,
            server_hello(|x| {
                x.selected_version(ProtocolVersion::TLS1_3);
                x.server_share(share(NamedGroup::X25519));
                x.selected_identity(1);
            }),
        ),
        sample("ServerHello without extensions", None, server_hello(|_| {})),
        sample(
            "ServerHello of TLS 1.2",
            None,
            server_hello(|x| {
                x.empty(ExtensionType::SERVER_NAME);
                x.empty(ExtensionType::STATUS_REQUEST);
                x.ec_point_formats(&[EcPointFormat::UNCOMPRESSED]);
                x.application_layer_protocol_negotiation(&["h2"]);
                x.sct_list(&["sct"]);
                x.raw(ExtensionType::CLIENT_CERTIFICATE_TYPE, &[0]);
                x.raw(ExtensionType::SERVER_CERTIFICATE_TYPE, &[2]);
                x.extended_main_secret();
                x.record_size_limit(16385);
                x.session_ticket(&[]);
                x.renegotiation_info(&[]);
            }),
        ),
        sample(
            "HelloRetryRequest",
            None,
            retry(|x| {
                x.selected_version(ProtocolVersion::TLS1_3);
                x.selected_group(NamedGroup::SECP256R1);
                x.cookie(b"cookie");
                x.raw(ExtensionType::ENCRYPTED_CLIENT_HELLO, &[0; 8]);
            }),
        ),
        sample(
            "EncryptedExtensions",
            TLS13,
            wire(|out| {
                encode::encrypted_extensions(out, |x| {
                    x.empty(ExtensionType::SERVER_NAME);
                    x.supported_groups(&[NamedGroup::X25519]);
                    x.application_layer_protocol_negotiation(&["h2"]);
                    x.raw(ExtensionType::CLIENT_CERTIFICATE_TYPE, &[0]);
                    x.raw(ExtensionType::SERVER_CERTIFICATE_TYPE, &[2]);
                    x.record_size_limit(16385);
                    x.early_data();
                    x.raw(ExtensionType::ENCRYPTED_CLIENT_HELLO, &[4]);
                    x.raw(ExtensionType::QUIC_TRANSPORT_PARAMETERS, &[]);
                })
            }),
        ),
        sample(
            "Certificate",
            TLS13,
            wire(|out| {
                encode::certificate(out, b"context", ["leaf", "issuer"], |index, x| {
                    if index == 0 {
                        x.ocsp_response(b"good");
                        x.sct_list(&["one", "two"]);
                        x.raw(ExtensionType::DELEGATED_CREDENTIAL, b"credential");
                    }
                })
            }),
        ),
        sample("Certificate of TLS 1.2", TLS12, wire(|out| encode::certificate12(out, ["leaf", "issuer"]))),
        sample(
            "CompressedCertificate",
            TLS13,
            wire(|out| encode::compressed_certificate(out, CertificateCompressionAlgorithm::ZLIB, 900, b"zip")),
        ),
        sample(
            "CertificateRequest",
            TLS13,
            wire(|out| {
                encode::certificate_request(out, &[], |x| {
                    x.signature_algorithms(&[ed25519]);
                    x.signature_algorithms_cert(&[ed25519]);
                    x.empty(ExtensionType::STATUS_REQUEST);
                    x.empty(ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP);
                    x.compress_certificate(&[CertificateCompressionAlgorithm::ZSTD]);
                    x.certificate_authorities(&["name"]);
                    let (certificate_extension_oid, certificate_extension_values) = (&[0x55][..], &[][..]);
                    x.oid_filters(&[OidFilter { certificate_extension_oid, certificate_extension_values }]);
                })
            }),
        ),
        sample(
            "CertificateRequest of TLS 1.2",
            TLS12,
            wire(|out| encode::certificate_request12(out, &[ClientCertificateType::ECDSA_SIGN], &[ed25519], &["name"])),
        ),
        sample("CertificateVerify", TLS13, wire(|out| encode::certificate_verify(out, ed25519, &[6; 64]))),
        sample("CertificateVerify of TLS 1.2", TLS12, wire(|out| encode::certificate_verify(out, ed25519, &[6; 64]))),
        sample("Finished", TLS13, wire(|out| encode::finished(out, &[4; 48]))),
        sample("Finished of TLS 1.2", TLS12, wire(|out| encode::finished(out, &[4; 12]))),
        sample("EndOfEarlyData", TLS13, wire(encode::end_of_early_data)),
        sample("KeyUpdate", TLS13, wire(|out| encode::key_update(out, KeyUpdateRequest::UPDATE_REQUESTED))),
        sample(
            "NewSessionTicket",
            TLS13,
            wire(|out| {
                encode::new_session_ticket(out, &ticket, |x| {
                    x.max_early_data_size(1 << 20);
                    x.raw(ExtensionType(0x2a2a), &[]);
                })
            }),
        ),
        sample("NewSessionTicket of TLS 1.2", TLS12, wire(|out| encode::new_session_ticket12(out, 60, b"ticket"))),
        sample("HelloRequest", None, wire(encode::hello_request)),
        sample("ServerKeyExchange", TLS12, wire(|out| encode::server_key_exchange(out, &params, ed25519, &[6; 64]))),
        sample("ServerHelloDone", TLS12, wire(encode::server_hello_done)),
        sample("ClientKeyExchange", TLS12, wire(|out| encode::client_key_exchange(out, &[3; 32]))),
        sample("CertificateStatus", TLS12, wire(|out| encode::certificate_status(out, b"good"))),
    ]
}
