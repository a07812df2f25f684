//! Every rule has a message that breaks it, and nothing else is reported for it.

mod samples;

use std::collections::BTreeSet;

use handfast_codec::*;
use samples::*;

/// What a message that breaks a rule is refused with.
fn refused(wire: &[u8], version: Option<ProtocolVersion>) -> DecodeError {
    let error = Message::decode(wire, version).expect_err("accepted");
    // A listener changes nothing.
    assert_eq!(fields(wire, DecodeContext { version }, &mut FieldList::default()), Err(error));
    error
}

fn in_client_hello(extension: ExtensionType, body: &[u8]) -> DecodeError {
    refused(&client_hello(|x| x.raw(extension, body)), None)
}

fn in_encrypted_extensions(extension: ExtensionType, body: &[u8]) -> DecodeError {
    refused(&wire(|out| encode::encrypted_extensions(out, |x| x.raw(extension, body))), TLS13)
}

/// One row for each way to break a rule that is worth telling apart.
fn breaches() -> Vec<(Rule, DecodeError)> {
    let identity = PskIdentity { identity: &[1; 8], obfuscated_ticket_age: 0 };
    let tls13 = ProtocolVersion::TLS1_3;
    let retry = wire(|out| encode::hello_retry_request(out, &[], CipherSuite(0x1301), |x| x.cookie(&[1])));
    let unsolicited = wire(|out| encode::encrypted_extensions(out, |x| x.early_data()));
    let Ok(Message::EncryptedExtensions(unsolicited)) = Message::decode(&unsolicited, TLS13) else { panic!() };
    let newer = encode::ServerHello {
        legacy_version: tls13,
        ..encode::ServerHello::new(&[0; 32], &[], CipherSuite::TLS_AES_128_GCM_SHA256)
    };
    vec![
        (Rule::Truncated, refused(&[], None)),
        (Rule::Truncated, refused(&[24, 0, 0, 0], TLS13)),
        (Rule::Truncated, in_client_hello(ExtensionType::SUPPORTED_GROUPS, &[0, 4, 0, 29])),
        (Rule::TrailingBytes, refused(&[24, 0, 0, 2, 0, 0], TLS13)),
        (Rule::TrailingBytes, refused(&[14, 0, 0, 1, 0], TLS12)),
        (Rule::TrailingBytes, in_client_hello(ExtensionType::EXTENDED_MAIN_SECRET, &[0])),
        (Rule::TrailingBytes, in_encrypted_extensions(ExtensionType::SERVER_NAME, &[0])),
        (Rule::VectorTooShort, in_client_hello(ExtensionType::COOKIE, &[0, 0])),
        (Rule::VectorTooShort, in_client_hello(ExtensionType::SUPPORTED_VERSIONS, &[0])),
        (Rule::VectorTooShort, in_client_hello(ExtensionType::SERVER_NAME, &[0, 0])),
        (Rule::VectorTooShort, refused(&[11, 0, 0, 7, 0, 0, 0, 3, 0, 0, 0], TLS13)),
        (Rule::VectorTooShort, refused(&[11, 0, 0, 6, 0, 0, 3, 0, 0, 0], TLS12)),
        (
            Rule::VectorTooLong,
            refused(
                &wire(|out| {
                    let hello =
                        encode::ClientHello { legacy_session_id: &[0; 33], ..encode::ClientHello::new(&[0; 32]) };
                    encode::client_hello(out, &hello, |_| {})
                }),
                None,
            ),
        ),
        (Rule::VectorUneven, in_client_hello(ExtensionType::SUPPORTED_GROUPS, &[0, 3, 0, 29, 0])),
        (Rule::MessageLength, refused(&[24, 0, 0, 2, 0], TLS13)),
        (Rule::MessageLength, refused(&[24, 0, 0, 1, 0, 0], TLS13)),
        (Rule::FinishedLength, refused(&wire(|out| encode::finished(out, &[0; 32])), TLS12)),
        (Rule::UnknownMessage, refused(&[99, 0, 0, 0], TLS13)),
        (Rule::UnknownMessage, refused(&[8, 0, 0, 2, 0, 0], TLS12)),
        (Rule::UnknownMessage, refused(&[14, 0, 0, 0], TLS13)),
        (Rule::UnknownMessage, refused(&[254, 0, 0, 0], None)),
        (Rule::ChangeCipherSpecValue, ChangeCipherSpec::decode(&[2]).unwrap_err()),
        (Rule::ChangeCipherSpecValue, ChangeCipherSpec::decode(&[1, 1]).unwrap_err()),
        (Rule::VersionNotNegotiable, refused(&wire(|out| encode::server_hello(out, &newer, |_| {})), None)),
        (Rule::KeyUpdateValue, refused(&[24, 0, 0, 1, 2], TLS13)),
        (Rule::CurveType, refused(&[12, 0, 0, 1, 1], TLS12)),
        (Rule::StatusType, refused(&[22, 0, 0, 1, 2], TLS12)),
        (
            Rule::DuplicateExtension,
            refused(
                &client_hello(|x| {
                    x.early_data();
                    x.early_data();
                }),
                None,
            ),
        ),
        (
            Rule::DuplicateExtension,
            refused(&client_hello(|x| [0x4000, 0x5000, 0x4000].iter().for_each(|&t| x.empty(ExtensionType(t)))), None),
        ),
        (Rule::MisplacedExtension, in_client_hello(ExtensionType::OID_FILTERS, &[0, 0])),
        (Rule::MisplacedExtension, in_encrypted_extensions(ExtensionType::COOKIE, &[0, 1, 0])),
        (
            Rule::MisplacedExtension,
            refused(
                &server_hello(|x| {
                    x.selected_version(tls13);
                    x.extended_main_secret();
                }),
                None,
            ),
        ),
        (Rule::MisplacedExtension, refused(&server_hello(|x| x.server_share(share(NamedGroup::X25519))), None)),
        (Rule::MisplacedExtension, refused(&server_hello(|x| x.selected_version(ProtocolVersion::TLS1_2)), None)),
        (Rule::UnsolicitedExtension, unsolicited.extensions.check_solicited(|_| false).unwrap_err()),
        (
            Rule::PreSharedKeyNotLast,
            refused(
                &client_hello(|x| {
                    x.offered_psks(&[identity], &[32]);
                    x.early_data();
                }),
                None,
            ),
        ),
        (Rule::NoSupportedVersions, refused(&retry, None)),
        (Rule::NoSignatureAlgorithms, refused(&[13, 0, 0, 3, 0, 0, 0], TLS13)),
        (Rule::BinderCount, refused(&client_hello(|x| x.offered_psks(&[identity], &[32, 32])), None)),
        (Rule::DuplicateKeyShare, refused(&client_hello(|x| x.client_shares([share(NamedGroup::X25519); 2])), None)),
        (Rule::DuplicateServerName, in_client_hello(ExtensionType::SERVER_NAME, &[0, 8, 0, 0, 1, 97, 0, 0, 1, 98])),
        (Rule::HostNameText, in_client_hello(ExtensionType::SERVER_NAME, &[0, 4, 0, 0, 1, 0])),
        (
            Rule::ProtocolNotOne,
            in_encrypted_extensions(ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION, &[0, 4, 1, 97, 1, 98]),
        ),
        (Rule::RecordSizeLimit, in_client_hello(ExtensionType::RECORD_SIZE_LIMIT, &[0, 63])),
    ]
}

#[test]
fn each_breach_is_refused_with_its_rule() {
    for (index, (rule, error)) in breaches().into_iter().enumerate() {
        assert_eq!(error.rule, rule, "row {index}: {error}");
        assert_eq!(error.alert(), rule.alert());
    }
}

#[test]
fn every_rule_has_a_breach() {
    let tested: BTreeSet<Rule> = breaches().into_iter().map(|(rule, _)| rule).collect();
    let missing: Vec<_> = Rule::ALL.iter().filter(|rule| !tested.contains(rule)).collect();
    assert!(missing.is_empty(), "no test breaks {missing:?}");
}

#[test]
fn shape_is_a_decode_error_and_meaning_is_not() {
    assert_eq!(Rule::TrailingBytes.alert(), AlertDescription::DECODE_ERROR);
    assert_eq!(Rule::DuplicateExtension.alert(), AlertDescription::ILLEGAL_PARAMETER);
    assert_eq!(Rule::MisplacedExtension.alert(), AlertDescription::ILLEGAL_PARAMETER);
    assert_eq!(Rule::UnsolicitedExtension.alert(), AlertDescription::UNSUPPORTED_EXTENSION);
    assert_eq!(Rule::NoSignatureAlgorithms.alert(), AlertDescription::MISSING_EXTENSION);
}

#[test]
fn an_error_points_at_the_extension() {
    let wire = client_hello(|x| {
        x.early_data();
        x.raw(ExtensionType::OID_FILTERS, &[0, 0]);
    });
    let error = refused(&wire, None);
    assert_eq!(error.field, "oid_filters");
    assert_eq!(wire[error.offset..error.offset + 2], [0, 48]);
}

#[test]
fn an_unsolicited_extension_is_pointed_at() {
    let wire = wire(|out| {
        encode::encrypted_extensions(out, |x| {
            x.record_size_limit(100);
            x.early_data();
        })
    });
    let Ok(Message::EncryptedExtensions(message)) = Message::decode(&wire, TLS13) else { panic!() };
    let error = message.extensions.check_solicited(|e| e == ExtensionType::RECORD_SIZE_LIMIT).unwrap_err();
    assert_eq!((error.field, error.offset), ("early_data", wire.len() - 4));
}

#[test]
fn a_cookie_may_come_unasked() {
    let wire = retry(|x| {
        x.selected_version(ProtocolVersion::TLS1_3);
        x.cookie(&[1]);
    });
    let Ok(Message::HelloRetryRequest(message)) = Message::decode(&wire, None) else { panic!() };
    assert_eq!(message.extensions.check_solicited(|e| e == ExtensionType::SUPPORTED_VERSIONS), Ok(()));
    assert!(message.extensions.check_solicited(|_| false).is_err());
}

#[test]
fn each_extension_is_refused_wherever_its_row_does_not_list_it() {
    for row in PLACEMENTS {
        let hello = Message::decode(&client_hello(|x| x.empty(row.extension)), None).map(|_| ()).map_err(|e| e.rule);
        let refused = hello == Err(Rule::MisplacedExtension);
        assert_ne!(refused, row.places.contains(&Place::ClientHello), "{} in ClientHello", row.extension);
        let ticket =
            encode::NewSessionTicket { ticket_lifetime: 0, ticket_age_add: 0, ticket_nonce: &[], ticket: &[1] };
        let wire = wire(|out| encode::new_session_ticket(out, &ticket, |x| x.empty(row.extension)));
        let refused = Message::decode(&wire, TLS13).map(|_| ()).map_err(|e| e.rule) == Err(Rule::MisplacedExtension);
        assert_ne!(refused, row.places.contains(&Place::NewSessionTicket), "{} in NewSessionTicket", row.extension);
    }
}
