//! The leaves of a message cover it without gap or overlap; and nothing panics on any bytes.

mod covered;
mod samples;

use covered::covered;
use handfast_codec::*;
use proptest::{collection::vec, prelude::*};
use samples::*;

#[test]
fn the_fields_of_every_sample_partition_it() {
    for sample in samples() {
        assert!(Message::decode(&sample.wire, sample.version).is_ok(), "{}", sample.name);
        covered(&sample.wire, sample.version);
    }
}

#[test]
fn every_sample_cut_short_or_altered_is_read_or_refused_alike_by_both() {
    for sample in samples() {
        for at in 0..sample.wire.len() {
            covered(&sample.wire[..at], sample.version);
            for bit in [1, 0x80, 0xff] {
                let mut wire = sample.wire.clone();
                wire[at] ^= bit;
                covered(&wire, sample.version);
            }
        }
    }
}

#[test]
fn paths_read_like_the_rfc() {
    let mut list = FieldList::default();
    fields(&full_client_hello(), DecodeContext::HELLO, &mut list).unwrap();
    let value = |path: &str| list.fields().iter().find(|f| f.path == path).map(|f| f.value.as_str());
    assert_eq!(value("msg_type"), Some("ClientHello (0x1)"));
    assert_eq!(value("cipher_suites.length"), Some("4"));
    assert_eq!(value("cipher_suites[0]"), Some("TLS_AES_128_GCM_SHA256 (0x1301)"));
    assert_eq!(value("cipher_suites[1]"), Some("unknown CipherSuite 0xa0a"));
    assert_eq!(value("extensions[1].extension_type"), Some("server_name (0x0)"));
    let name = "extensions[1].extension_data.server_name_list[0].host_name.name";
    assert_eq!(value(name), Some("\"example.com\""));
}

fn any_version() -> impl Strategy<Value = Option<ProtocolVersion>> {
    prop_oneof![Just(None), Just(TLS12), Just(TLS13), Just(Some(ProtocolVersion::TLS1_1))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_bytes_make_a_decoder_panic(version in any_version(), wire in vec(any::<u8>(), 0..300)) {
        covered(&wire, version);
        let _ = (Alert::decode(&wire), ChangeCipherSpec::decode(&wire), RecordHeader::parse(&wire));
    }

    #[test]
    fn no_body_under_a_fitting_header_makes_a_decoder_panic(
        version in any_version(),
        msg_type in 0u8..30,
        body in vec(any::<u8>(), 0..300),
    ) {
        let wire = wire(|out| Writer::message(out, HandshakeType(msg_type), |w| w.bytes(&body)));
        covered(&wire, version);
    }

    #[test]
    fn no_extension_body_makes_a_decoder_panic(row in 0..PLACEMENTS.len(), body in vec(0u8..40, 0..60)) {
        let extension = PLACEMENTS[row].extension;
        covered(&client_hello(|x| x.raw(extension, &body)), None);
        covered(&server_hello(|x| x.raw(extension, &body)), None);
        covered(&retry(|x| x.raw(extension, &body)), None);
        let in_message = |msg_type, prefix: &[u8]| wire(|out| Writer::message(out, msg_type, |w| {
            w.bytes(prefix);
            w.extensions(|x| x.raw(extension, &body));
        }));
        covered(&in_message(HandshakeType::ENCRYPTED_EXTENSIONS, &[]), TLS13);
        covered(&in_message(HandshakeType::CERTIFICATE_REQUEST, &[0]), TLS13);
        covered(&wire(|out| encode::certificate(out, &[], [[1]], |_, x| x.raw(extension, &body))), TLS13);
    }

    #[test]
    fn a_client_hello_comes_back_as_it_was_sent(
        random: [u8; 32],
        session_id in vec(any::<u8>(), 0..=32),
        suites in vec(any::<u16>().prop_map(CipherSuite), 1..40),
        groups in vec(any::<u16>().prop_map(NamedGroup), 1..20),
        schemes in vec(any::<u16>().prop_map(SignatureScheme), 1..20),
        protocols in vec(vec(any::<u8>(), 1..10), 1..5),
        key in vec(any::<u8>(), 1..200),
        identity in vec(any::<u8>(), 1..100),
    ) {
        let hello = encode::ClientHello {
            cipher_suites: &suites,
            legacy_session_id: &session_id,
            ..encode::ClientHello::new(&random)
        };
        let psk = PskIdentity { identity: &identity, obfuscated_ticket_age: 1 };
        let share = KeyShareEntry { group: groups[0], key_exchange: &key };
        let wire = wire(|out| encode::client_hello(out, &hello, |x| {
            x.supported_groups(&groups);
            x.signature_algorithms(&schemes);
            x.application_layer_protocol_negotiation(&protocols);
            x.client_shares([share]);
            x.offered_psks(&[psk], &[32]);
        }));
        covered(&wire, None);
        let Ok(Message::ClientHello(read)) = Message::decode(&wire, None) else { panic!() };
        prop_assert_eq!(read.random, &random);
        prop_assert_eq!(read.legacy_session_id, session_id);
        prop_assert!(read.cipher_suites.iter().eq(suites));
        let x = read.extensions;
        prop_assert!(x.supported_groups.unwrap().iter().eq(groups));
        prop_assert!(x.signature_algorithms.unwrap().iter().eq(schemes));
        prop_assert!(x.application_layer_protocol_negotiation.unwrap().iter().map(|p| p.0.to_vec()).eq(protocols));
        prop_assert!(x.key_share.unwrap().iter().eq([share]));
        prop_assert!(x.pre_shared_key.unwrap().identities.iter().eq([psk]));
    }

    #[test]
    fn chains_tickets_and_signatures_come_back_as_they_were_sent(
        context in vec(any::<u8>(), 0..=255),
        chain in vec(vec(any::<u8>(), 1..300), 0..5),
        bytes in vec(any::<u8>(), 1..300),
        number: u32,
    ) {
        let sent = wire(|out| encode::certificate(out, &context, &chain, |_, x| x.ocsp_response(&bytes)));
        covered(&sent, TLS13);
        let Ok(Message::Certificate(read)) = Message::decode(&sent, TLS13) else { panic!() };
        prop_assert_eq!(read.certificate_request_context, &context);
        prop_assert!(read.certificate_list.iter().all(|e| e.extensions.status_request.unwrap().response == bytes));
        prop_assert!(read.certificate_list.iter().map(|e| e.cert_data.to_vec()).eq(chain.clone()));

        let sent = wire(|out| encode::certificate12(out, &chain));
        covered(&sent, TLS12);
        let Ok(Message::Certificate12(read)) = Message::decode(&sent, TLS12) else { panic!() };
        prop_assert!(read.certificate_list.iter().map(|c| c.0.to_vec()).eq(chain));

        let ticket = encode::NewSessionTicket {
            ticket_lifetime: number, ticket_age_add: !number, ticket_nonce: &context, ticket: &bytes,
        };
        let sent = wire(|out| encode::new_session_ticket(out, &ticket, |x| x.max_early_data_size(number)));
        covered(&sent, TLS13);
        let Ok(Message::NewSessionTicket(read)) = Message::decode(&sent, TLS13) else { panic!() };
        prop_assert_eq!((read.ticket_lifetime, read.ticket_age_add), (number, !number));
        prop_assert_eq!((read.ticket_nonce, read.ticket), (&context[..], &bytes[..]));
        prop_assert_eq!(read.extensions.early_data, Some(number));

        let scheme = SignatureScheme(number as u16);
        let sent = wire(|out| encode::certificate_verify(out, scheme, &bytes));
        covered(&sent, TLS12);
        let Ok(Message::CertificateVerify(read)) = Message::decode(&sent, TLS13) else { panic!() };
        prop_assert_eq!((read.algorithm, read.signature), (scheme, &bytes[..]));
    }
}
