//! What is written is what is read, for every message.

mod samples;

use handfast_codec::*;
use samples::*;

#[test]
fn every_sample_is_read_as_what_it_is() {
    for sample in samples() {
        let message = Message::decode(&sample.wire, sample.version).unwrap_or_else(|e| panic!("{}: {e}", sample.name));
        assert!(sample.name.starts_with(message.handshake_type().name().unwrap()), "{}: {message:?}", sample.name);
        let (_, length) = handshake_header(&sample.wire).unwrap();
        assert_eq!(length + 4, sample.wire.len());
    }
}

#[test]
fn a_client_hello_says_everything_that_was_written() {
    let mut wire = full_client_hello();
    let room = encode::binders_size(&[32, 48]);
    assert!(encode::set_binders(&mut wire, &[&[1; 32], &[2; 48]]));
    let Ok(Message::ClientHello(hello)) = Message::decode(&wire, None) else { panic!() };
    assert_eq!(hello.random, &[7; 32]);
    assert_eq!(hello.legacy_session_id, [5; 32]);
    assert!(hello.cipher_suites.iter().eq([CipherSuite(0x1301), CipherSuite(0x0a0a)]));
    assert!(hello.offers_version(ProtocolVersion::TLS1_3) && !hello.offers_version(ProtocolVersion::TLS1_1));
    let x = hello.extensions;
    assert_eq!(x.server_name, Some("example.com"));
    assert_eq!(x.supported_groups.unwrap().first(), Some(NamedGroup::X25519));
    assert!(x.ec_point_formats.unwrap().contains(EcPointFormat::UNCOMPRESSED));
    assert!(x.signature_algorithms.unwrap().iter().eq([SignatureScheme::ED25519]));
    assert!(x.signature_algorithms_cert.unwrap().iter().eq([SignatureScheme::RSA_PKCS1_SHA256]));
    let protocols = x.application_layer_protocol_negotiation.unwrap();
    assert!(protocols.iter().map(|p| p.0).eq([&b"h2"[..], b"http/1.1"]));
    assert_eq!(protocols.len(), 2);
    assert!(matches!(x.status_request, Some(StatusRequest::Ocsp { .. })));
    assert!(x.client_certificate_type.unwrap().contains(CertificateType::X509));
    assert!(x.server_certificate_type.unwrap().contains(CertificateType::RAW_PUBLIC_KEY));
    assert_eq!((x.padding, x.record_size_limit, x.session_ticket), (Some(3), Some(64), Some(&[][..])));
    assert!(x.extended_main_secret && x.early_data && x.post_handshake_auth && x.signed_certificate_timestamp);
    assert!(x.compress_certificate.unwrap().contains(CertificateCompressionAlgorithm::ZLIB));
    assert_eq!(x.cookie, Some(&[1][..]));
    assert!(x.psk_key_exchange_modes.unwrap().contains(PskKeyExchangeMode::PSK_DHE_KE));
    assert_eq!(x.certificate_authorities.unwrap().first(), Some(DistinguishedName(&[0x30, 0])));
    assert_eq!(x.key_share.unwrap().first(), Some(share(NamedGroup::X25519)));
    assert_eq!(x.renegotiation_info, Some(&[][..]));
    assert_eq!(x.encrypted_client_hello, Some(&[1][..]));
    assert_eq!(x.quic_transport_parameters, Some(&[1, 2][..]));
    assert_eq!(x.raw.find(ExtensionType(0x1a1a)), Some(&[0][..]));
    let psks = x.pre_shared_key.unwrap();
    assert_eq!(psks.identities.len(), 2);
    assert_eq!(psks.binders_at, wire.len() - room);
    assert!(psks.binders.iter().map(|b| b.0).eq([&[1; 32][..], &[2; 48][..]]));
}

#[test]
fn binders_that_do_not_fit_their_room_are_refused() {
    let mut wire = full_client_hello();
    let before = wire.clone();
    assert!(!encode::set_binders(&mut wire, &[&[1; 48], &[2; 32]]));
    assert!(!encode::set_binders(&mut wire, &[&[1; 32]]));
    assert!(!encode::set_binders(&mut [], &[&[1; 32]]));
    assert_eq!(wire, before);
}

#[test]
fn the_signed_parameters_are_exactly_those_on_the_wire() {
    let params = wire(|out| encode::ecdhe_params(out, NamedGroup::X25519, &[3; 32]));
    let wire = wire(|out| encode::server_key_exchange(out, &params, SignatureScheme::ED25519, &[6; 64]));
    let Ok(Message::ServerKeyExchange(message)) = Message::decode(&wire, TLS12) else { panic!() };
    assert_eq!(message.params, params);
    assert_eq!((message.namedcurve, message.public), (NamedGroup::X25519, &[3; 32][..]));
    assert_eq!(message.signature, [6; 64]);
}

#[test]
fn a_certificate_keeps_each_entry_with_its_extensions() {
    let samples = samples();
    let sample = samples.iter().find(|s| s.name == "Certificate").unwrap();
    let Ok(Message::Certificate(message)) = Message::decode(&sample.wire, TLS13) else { panic!() };
    let entries: Vec<_> = message.certificate_list.iter().collect();
    assert_eq!(entries.len(), 2);
    assert_eq!((entries[0].cert_data, entries[1].cert_data), (&b"leaf"[..], &b"issuer"[..]));
    assert_eq!(entries[0].extensions.status_request.unwrap().response, b"good");
    assert_eq!(entries[0].extensions.signed_certificate_timestamp.unwrap().len(), 2);
    assert!(entries[1].extensions.raw.is_empty());
}

#[test]
fn a_retry_is_told_from_a_server_hello_by_its_random() {
    let wire = retry(|x| x.selected_version(ProtocolVersion::TLS1_3));
    assert!(matches!(Message::decode(&wire, None), Ok(Message::HelloRetryRequest(_))));
    let wire = server_hello(|x| x.selected_version(ProtocolVersion::TLS1_3));
    assert!(matches!(Message::decode(&wire, None), Ok(Message::ServerHello(_))));
}

#[test]
fn a_hello_of_sixteen_thousand_extensions_is_read() {
    let all = (0x4000..0x4000 + 16_000).map(ExtensionType);
    let wire = client_hello(|x| all.clone().for_each(|e| x.empty(e)));
    let Ok(Message::ClientHello(hello)) = Message::decode(&wire, None) else { panic!() };
    assert_eq!(hello.extensions.raw.len(), 16_000);
}

#[test]
fn a_server_name_of_an_unknown_type_alone_is_no_host_name() {
    let wire = client_hello(|x| x.raw(ExtensionType::SERVER_NAME, &[0, 4, 9, 0, 1, 0]));
    let Ok(Message::ClientHello(hello)) = Message::decode(&wire, None) else { panic!() };
    assert_eq!(hello.extensions.server_name, None);
}

#[test]
fn a_server_hello_of_tls12_says_everything_that_was_written() {
    let samples = samples();
    let sample = samples.iter().find(|s| s.name == "ServerHello of TLS 1.2").unwrap();
    let Ok(Message::ServerHello(hello)) = Message::decode(&sample.wire, None) else { panic!() };
    assert_eq!((hello.version(), hello.random_end()), (ProtocolVersion::TLS1_2, &[8; 8]));
    let x = hello.extensions;
    assert!(x.server_name && x.status_request && x.extended_main_secret && x.session_ticket);
    assert_eq!(x.application_layer_protocol_negotiation, Some(&b"h2"[..]));
    assert_eq!(x.signed_certificate_timestamp.unwrap().first(), Some(SerializedSct(b"sct")));
    assert_eq!(x.client_certificate_type, Some(CertificateType::X509));
    assert_eq!(x.server_certificate_type, Some(CertificateType::RAW_PUBLIC_KEY));
    assert_eq!((x.record_size_limit, x.renegotiation_info), (Some(16385), Some(&[][..])));
    assert!(x.ec_point_formats.unwrap().contains(EcPointFormat::UNCOMPRESSED));
}

#[test]
fn the_other_messages_say_what_was_written() {
    for sample in samples() {
        match Message::decode(&sample.wire, sample.version).unwrap() {
            Message::ServerHello(m) if sample.name == "ServerHello" => {
                assert_eq!(m.version(), ProtocolVersion::TLS1_3);
                assert_eq!(m.extensions.key_share, Some(share(NamedGroup::X25519)));
                assert_eq!(m.extensions.pre_shared_key, Some(1));
            }
            Message::HelloRetryRequest(m) => {
                assert_eq!(m.extensions.supported_versions, ProtocolVersion::TLS1_3);
                assert_eq!(m.extensions.key_share, Some(NamedGroup::SECP256R1));
                assert_eq!(m.extensions.cookie, Some(&b"cookie"[..]));
                assert_eq!(m.extensions.encrypted_client_hello, Some(&[0; 8][..]));
            }
            Message::EncryptedExtensions(m) => {
                let x = m.extensions;
                assert!(x.server_name && x.early_data);
                assert_eq!(x.application_layer_protocol_negotiation, Some(&b"h2"[..]));
                assert_eq!(x.supported_groups.unwrap().first(), Some(NamedGroup::X25519));
                assert_eq!((x.record_size_limit, x.encrypted_client_hello), (Some(16385), Some(&[4][..])));
                assert_eq!(x.quic_transport_parameters, Some(&[][..]));
            }
            Message::CertificateRequest(m) => {
                assert!(m.certificate_request_context.is_empty());
                let x = m.extensions;
                assert!(x.status_request && x.signed_certificate_timestamp);
                assert!(x.signature_algorithms.iter().eq([SignatureScheme::ED25519]));
                assert_eq!(x.certificate_authorities.unwrap().first(), Some(DistinguishedName(b"name")));
                assert_eq!(x.oid_filters.unwrap().first().unwrap().certificate_extension_oid, [0x55]);
                assert!(x.compress_certificate.unwrap().contains(CertificateCompressionAlgorithm::ZSTD));
            }
            Message::CertificateRequest12(m) => {
                assert!(m.certificate_types.iter().eq([ClientCertificateType::ECDSA_SIGN]));
                assert!(m.supported_signature_algorithms.iter().eq([SignatureScheme::ED25519]));
                assert_eq!(m.certificate_authorities.first(), Some(DistinguishedName(b"name")));
            }
            Message::CompressedCertificate(m) => {
                assert_eq!((m.algorithm, m.uncompressed_length), (CertificateCompressionAlgorithm::ZLIB, 900));
                assert_eq!(m.compressed_certificate_message, b"zip");
            }
            Message::CertificateStatus(m) => assert_eq!(m.response, b"good"),
            Message::ClientKeyExchange(m) => assert_eq!(m.ecdh_yc, [3; 32]),
            Message::Finished(m) => assert!(m.verify_data.iter().all(|&b| b == 4)),
            Message::KeyUpdate(m) => assert_eq!(m.request_update, KeyUpdateRequest::UPDATE_REQUESTED),
            Message::NewSessionTicket12(m) => {
                assert_eq!((m.ticket_lifetime_hint, m.ticket), (60, &b"ticket"[..]));
            }
            _ => {}
        }
    }
}

#[test]
fn an_observed_message_reads_as_an_unobserved_one() {
    let wire = full_client_hello();
    let mut list = FieldList::default();
    let observed = Reader::observed(&wire, &mut list, |r| Message::read(r, DecodeContext::HELLO));
    assert_eq!(observed, Message::decode(&wire, None));
}
