//! Order, limits, protocols, and mistakes that no peer makes.

use super::{V12, V13, breaks, client, server};
use crate::after::{again, live};
use crate::fixture;
use crate::stand::{Stand, Subject, unasked};
use handfast_codec::{NamedGroup, encode};
use handfast_conformance::puppet::{Kind, Puppet};
use handfast_crypto::{CryptoError, Provider, Random};
use handfast_handshake::after::{MAX_KEY_UPDATES, MAX_TICKETS};
use handfast_handshake::{Error, Rule, Versions};
use handfast_schedule::Side;
use std::sync::Arc;

/// A random source that never delivers.
struct Silent;

impl Random for Silent {
    fn fill(&self, _: &mut [u8]) -> Result<(), CryptoError> {
        Err(CryptoError::Random)
    }
}

/// What comes of starting a client with these settings.
fn started(p: &Provider, change: impl FnOnce(&mut handfast_handshake::client::Settings)) -> Result<(), Error> {
    let mut settings = fixture::client(p);
    change(&mut settings);
    Stand::client(settings, Puppet::new(Side::Server, V13, p.clone(), None)).map(|_| ())
}

breaks! {
    a_message_has_its_place: UnexpectedMessage, |p| client(p, V13, |_, _| ()).say(Kind::Finished);
    a_message_has_a_type: UnknownMessage, |p| server(p, V13, |_, _| ()).say_bytes(vec![99, 0, 0, 0]);
    nothing_at_all_is_no_message: UnknownMessage, |p| client(p, V13, |_, _| ()).say_bytes(Vec::new());
    no_message_straddles_a_key_change: Straddles, |p| {
        let mut stand = client(p, V13, |_, _| ());
        let hello = stand.puppet.say(Kind::ServerHello);
        stand.take(Kind::ServerHello, &hello, false)
    };
    a_client_does_not_renegotiate: Renegotiation, |p| live(Side::Client, V12, p).say(again(Side::Client));
    a_server_does_not_renegotiate: Renegotiation, |p| live(Side::Server, V12, p).say(again(Side::Server));
    key_updates_without_data_are_limited: KeyUpdates, |p| {
        let mut stand = live(Side::Server, V13, p);
        (0..MAX_KEY_UPDATES).for_each(|_| stand.say(Kind::KeyUpdate).unwrap());
        stand.say(Kind::KeyUpdate)
    };
    tickets_are_limited: Tickets, |p| {
        let mut stand = live(Side::Client, V13, p);
        (0..MAX_TICKETS).for_each(|_| stand.say(Kind::NewSessionTicket).unwrap());
        stand.say(Kind::NewSessionTicket)
    };
    a_protocol_that_was_not_offered_is_refused: AlpnNotOffered, |p| {
        let mut stand = client(p, V13, |c, _| c.alpn = vec![b"h2".to_vec()]);
        stand.say(Kind::ServerHello)?;
        let mut message = Vec::new();
        encode::encrypted_extensions(&mut message, |x| x.application_layer_protocol_negotiation(&[b"h3"])).unwrap();
        stand.say_bytes(message)
    };
    a_protocol_that_was_not_offered_is_refused_in_tls12: AlpnNotOffered, |p| {
        let alpn = handfast_codec::ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION;
        let mut stand = client(p, V12, |c, _| c.alpn = vec![b"h2".to_vec()]);
        stand.say_hello(Kind::ServerHello, |h| h.set(alpn, &[0, 3, 2, b'h', b'3']))
    };
    without_a_common_protocol_there_is_no_handshake: NoCommonAlpn, |p| {
        let alpn = handfast_codec::ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION;
        let mut stand = server(p, V13, |s, _| s.alpn = vec![b"h2".to_vec()]);
        stand.say_hello(Kind::ClientHello, |h| h.set(alpn, &[0, 3, 2, b'h', b'3']))
    };
    a_signer_that_fails_ends_the_handshake: SignerFailed, |p| {
        let mut stand = server(p, V13, |_, _| ());
        stand.policy.signs = false;
        stand.say(Kind::ClientHello)
    };
    without_randomness_nothing_starts: Backend, |p| started(p, |c| c.provider.random = Arc::new(Silent));
    a_server_without_randomness_does_not_answer: Backend, |p| {
        server(p, V13, |s, _| s.provider.random = Arc::new(Silent)).say(Kind::ClientHello)
    };
    settings_must_fit_their_fields: Encoding, |p| started(p, |c| c.alpn = vec![vec![b'x'; 256]]);
    a_client_needs_a_suite_to_offer: NoCommonSuite, |p| started(p, |c| c.suites = Vec::new());
    a_client_needs_a_group_to_offer: NoCommonGroup, |p| started(p, |c| c.groups = Vec::new());
    a_tls12_client_needs_a_curve_to_offer: NoCommonGroup, |p| {
        started(p, |c| {
            c.versions = Versions::TLS1_2;
            c.groups = vec![NamedGroup::X25519MLKEM768, NamedGroup::MLKEM1024];
        })
    };
    nobody_answers_what_was_not_asked: WrongAnswer, |p| {
        client(p, V13, |_, _| ()).answer(unasked("Verdict", &fixture::credential(p, "p256", &[])), true)
    };
    a_handshake_is_not_finished_early: NotOverYet, |p| client(p, V13, |_, _| ()).finish();
    a_servers_handshake_is_not_finished_early: NotOverYet, |p| server(p, V13, |_, _| ()).finish();
}

#[test]
fn a_message_of_an_unknown_type_ends_handshake_and_connection() {
    let [p, _] = fixture::backends();
    let after = [Side::Client, Side::Server].map(|side| live(side, V13, &p));
    let handshakes = [client(&p, V13, |_, _| ()), server(&p, V13, |_, _| ())];
    for mut stand in handshakes.into_iter().chain(after) {
        assert_eq!(stand.say_bytes(vec![99, 0, 0, 0]).unwrap_err().rule(), Some(Rule::UnknownMessage));
        assert_eq!(stand.subject.state(), "Failed");
    }
}

#[test]
fn a_hello_request_with_a_body_is_not_ignored() {
    let [p, _] = fixture::backends();
    let mut stand = client(&p, V12, |_, _| ());
    assert!(stand.say_bytes(vec![0, 0, 0, 0]).is_ok());
    assert_eq!(stand.say_bytes(vec![0, 0, 0, 1, 0]).unwrap_err().rule(), Some(Rule::UnexpectedMessage));
}

#[test]
fn a_step_that_fails_takes_back_what_it_had_queued() {
    // The protocol is chosen after the ServerHello is queued and the keys are made.
    for p in fixture::backends() {
        let alpn = handfast_codec::ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION;
        let mut stand = server(&p, V13, |s, _| s.alpn = vec![b"h2".to_vec()]);
        let error = stand.say_hello(Kind::ClientHello, |h| h.set(alpn, &[0, 3, 2, b'h', b'3'])).unwrap_err();
        assert_eq!(error.rule(), Some(Rule::NoCommonAlpn));
        assert!(stand.effects.list.is_empty() && stand.effects.bytes.is_empty());
        assert_eq!(stand.subject.state(), "Failed");
    }
}

#[test]
fn a_server_that_is_sure_of_itself_asks_for_no_protocol() {
    // RFC 7301 §3.2 speaks of servers that have protocols; one without ignores the offer.
    for p in fixture::backends() {
        let alpn = handfast_codec::ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION;
        let mut stand = server(&p, V13, |_, _| ());
        stand.say_hello(Kind::ClientHello, |h| h.set(alpn, &[0, 3, 2, b'h', b'3'])).unwrap();
        stand.say(Kind::Finished).unwrap();
        assert!(stand.connected);
    }
}

#[test]
fn an_update_that_asks_for_ours_says_so() {
    for p in fixture::backends() {
        let mut stand = live(Side::Client, V13, &p);
        let Subject::After(after) = &mut stand.subject else { panic!("it is live") };
        let before = after.ratchet().unwrap().secret().duplicate();
        let mut effects = handfast_handshake::Effects::default();
        let message = [24, 0, 0, 1, 1];
        after.message(&message, true, &mut handfast_handshake::Cx::new(&mut effects, None)).unwrap();
        use handfast_handshake::Effect::{Install, UpdateOwnKey};
        assert!(matches!(effects.list[..], [Install { .. }, UpdateOwnKey]));
        assert!(!after.ratchet().unwrap().secret().same_as(before.bytes()), "the key has changed");
    }
}
