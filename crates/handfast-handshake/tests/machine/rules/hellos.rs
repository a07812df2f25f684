//! The hellos: version, suite, session id, and the HelloRetryRequest.

use super::{V12, V13, breaks, client, server};
use crate::stand::Subject;
use handfast_codec::{
    CipherSuite, CompressionMethod, DOWNGRADE_TO_TLS11, DOWNGRADE_TO_TLS12, ExtensionType, NamedGroup,
};
use handfast_codec::{ProtocolVersion, Rule as Syntax, encode};
use handfast_conformance::hello::Hello;
use handfast_conformance::puppet::Kind;
use handfast_handshake::{Cause, Cx, Effect, Effects, Error, Fact, Question, Rule, Versions};
use std::sync::Arc;

const AES_128: CipherSuite = CipherSuite::TLS_AES_128_GCM_SHA256;
const AES_256: CipherSuite = CipherSuite::TLS_AES_256_GCM_SHA384;

breaks! {
    a_server_without_a_common_version_says_so: NoCommonVersion, |p| {
        server(p, V12, |s, _| s.versions = Versions::TLS1_3).say(Kind::ClientHello)
    };
    a_client_refuses_an_older_server: NoCommonVersion, |p| {
        client(p, V12, |c, _| c.versions = Versions::TLS1_3).say(Kind::ServerHello)
    };
    a_version_that_was_not_offered_is_refused: SelectedVersion, |p| {
        client(p, V13, |c, _| c.versions = Versions::TLS1_2).say(Kind::ServerHello)
    };
    a_retry_for_a_version_that_was_not_offered_is_refused: SelectedVersion, |p| {
        client(p, V13, |c, _| c.versions = Versions::TLS1_2).say(Kind::HelloRetryRequest)
    };
    after_a_retry_there_is_no_way_back_to_tls12: RetryVersion, |p| {
        let mut stand = client(p, V13, |_, _| ());
        stand.say(Kind::HelloRetryRequest)?;
        stand.say_hello(Kind::ServerHello, |h| h.extensions.clear())
    };
    the_version_field_is_frozen: LegacyVersion, |p| {
        client(p, V13, |_, _| ()).say_hello(Kind::ServerHello, |h| h.legacy_version = ProtocolVersion(0x0301))
    };
    a_retry_keeps_the_version_field_too: LegacyVersion, |p| {
        client(p, V13, |_, _| ()).say_hello(Kind::HelloRetryRequest, |h| h.legacy_version = ProtocolVersion(0x0302))
    };
    a_client_of_tls13_freezes_it_as_well: LegacyVersion, |p| {
        server(p, V13, |_, _| ()).say_hello(Kind::ClientHello, |h| h.legacy_version = ProtocolVersion(0x0304))
    };
    whoever_lists_versions_freezes_it_even_for_tls12: LegacyVersion, |p| {
        server(p, V12, |_, _| ()).say_hello(Kind::ClientHello, |h| h.legacy_version = ProtocolVersion(0x0301))
    };
    a_marked_random_is_a_downgrade: Downgrade, |p| {
        client(p, V12, |_, _| ()).say_hello(Kind::ServerHello, |h| h.random[24..].copy_from_slice(&DOWNGRADE_TO_TLS12))
    };
    a_random_marked_for_tls11_is_one_too: Downgrade, |p| {
        client(p, V12, |_, _| ()).say_hello(Kind::ServerHello, |h| h.random[24..].copy_from_slice(&DOWNGRADE_TO_TLS11))
    };
    a_needless_fallback_is_refused: InappropriateFallback, |p| {
        server(p, V12, |_, _| ()).say_hello(Kind::ClientHello, |h| h.suites.push(CipherSuite::TLS_FALLBACK_SCSV))
    };
    a_suite_that_was_not_offered_is_refused: SuiteNotOffered, |p| {
        client(p, V13, |c, puppet| (c.suites, puppet.suite) = (vec![AES_128], AES_256)).say(Kind::ServerHello)
    };
    a_suite_of_another_version_is_refused: SuiteVersion, |p| {
        let other = CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
        client(p, V13, |_, puppet| puppet.suite = other).say(Kind::ServerHello)
    };
    a_tls13_suite_in_tls12_is_refused: SuiteVersion, |p| {
        client(p, V12, |_, puppet| puppet.suite = AES_128).say(Kind::ServerHello)
    };
    the_suite_stays_that_of_the_retry: RetrySuite, |p| {
        let mut stand = client(p, V13, |_, _| ());
        stand.say(Kind::HelloRetryRequest)?;
        stand.say_hello(Kind::ServerHello, |h| h.suites = vec![AES_256])
    };
    without_a_common_suite_there_is_no_handshake: NoCommonSuite, |p| {
        server(p, V13, |s, puppet| (s.suites, puppet.suite) = (vec![AES_128], AES_256)).say(Kind::ClientHello)
    };
    a_tls12_suite_must_fit_the_certificate: NoCommonSuite, |p| {
        let rsa = CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;
        server(p, V12, |_, puppet| puppet.suite = rsa).say(Kind::ClientHello)
    };
    the_session_id_is_echoed: SessionIdEcho, |p| {
        client(p, V13, |_, _| ()).say_hello(Kind::ServerHello, |h| h.session_id[0] ^= 1)
    };
    a_retry_echoes_the_session_id_too: SessionIdEcho, |p| {
        client(p, V13, |_, _| ()).say_hello(Kind::HelloRetryRequest, |h| h.session_id.clear())
    };
    a_session_that_was_not_offered_is_not_resumed: SessionIdUnknown, |p| {
        let mut stand = client(p, V12, |_, _| ());
        let id = stand.puppet.session_id().to_vec();
        stand.say_hello(Kind::ServerHello, |h| h.session_id = id)
    };
    a_server_does_not_compress: Compression, |p| {
        client(p, V13, |_, _| ()).say_hello(Kind::ServerHello, |h| h.compressions = vec![CompressionMethod(1)])
    };
    a_tls12_server_does_not_compress: Compression, |p| {
        client(p, V12, |_, _| ()).say_hello(Kind::ServerHello, |h| h.compressions = vec![CompressionMethod(1)])
    };
    a_tls13_client_offers_no_compression: Compression, |p| {
        server(p, V13, |_, _| ()).say_hello(Kind::ClientHello, |h| h.compressions.push(CompressionMethod(1)))
    };
    a_tls12_client_offers_no_compression_at_all: Compression, |p| {
        server(p, V12, |_, _| ()).say_hello(Kind::ClientHello, |h| h.compressions = vec![CompressionMethod(1)])
    };
    a_tls13_server_hello_has_a_share: MissingExtension, |p| {
        client(p, V13, |_, _| ()).say_hello(Kind::ServerHello, |h| h.remove(ExtensionType::KEY_SHARE))
    };
    a_tls13_client_hello_lists_groups: MissingExtension, |p| {
        server(p, V13, |_, _| ()).say_hello(Kind::ClientHello, |h| h.remove(ExtensionType::SUPPORTED_GROUPS))
    };
    a_tls13_client_hello_has_shares: MissingExtension, |p| {
        server(p, V13, |_, _| ()).say_hello(Kind::ClientHello, |h| h.remove(ExtensionType::KEY_SHARE))
    };
    a_tls13_client_hello_lists_schemes: MissingExtension, |p| {
        server(p, V13, |_, _| ()).say_hello(Kind::ClientHello, |h| h.remove(ExtensionType::SIGNATURE_ALGORITHMS))
    };
    a_psk_comes_with_its_modes: MissingExtension, |p| {
        server(p, V13, |_, _| ()).say_hello(Kind::ClientHello, |h| h.set(ExtensionType::PRE_SHARED_KEY, &psk()))
    };
    a_server_knows_the_uncompressed_point_format: PointFormat, |p| {
        client(p, V12, |_, _| ()).say_hello(Kind::ServerHello, |h| h.set(ExtensionType::EC_POINT_FORMATS, &[1, 1]))
    };
    a_client_knows_the_uncompressed_point_format: PointFormat, |p| {
        server(p, V12, |_, _| ()).say_hello(Kind::ClientHello, |h| h.set(ExtensionType::EC_POINT_FORMATS, &[1, 1]))
    };
    a_first_handshake_renegotiates_nothing: RenegotiationInfo, |p| {
        client(p, V12, |_, _| ()).say_hello(Kind::ServerHello, |h| h.set(ExtensionType::RENEGOTIATION_INFO, &[1, 7]))
    };
    a_clients_first_handshake_renegotiates_nothing: RenegotiationInfo, |p| {
        server(p, V12, |_, _| ()).say_hello(Kind::ClientHello, |h| h.set(ExtensionType::RENEGOTIATION_INFO, &[1, 7]))
    };
    a_server_that_may_be_renegotiated_is_refused_by_policy: NoRenegotiationInfo, |p| {
        let mut stand = client(p, V12, |c, _| c.allow_legacy_servers = false);
        stand.say_hello(Kind::ServerHello, |h| h.remove(ExtensionType::RENEGOTIATION_INFO))
    };
    a_client_can_insist_on_the_extended_main_secret: NoExtendedMainSecret, |p| {
        let mut stand = client(p, V12, |c, _| c.require_extended_main_secret = true);
        stand.say_hello(Kind::ServerHello, |h| h.remove(ExtensionType::EXTENDED_MAIN_SECRET))
    };
    a_server_can_insist_on_the_extended_main_secret: NoExtendedMainSecret, |p| {
        let mut stand = server(p, V12, |s, _| s.require_extended_main_secret = true);
        stand.say_hello(Kind::ClientHello, |h| h.remove(ExtensionType::EXTENDED_MAIN_SECRET))
    };
    a_retry_asks_for_a_change: RetryWithoutChange, |p| {
        client(p, V13, |_, _| ()).say_hello(Kind::HelloRetryRequest, |h| h.remove(ExtensionType::KEY_SHARE))
    };
    a_retry_does_not_ask_for_a_share_that_came: RetryGroup, |p| {
        client(p, V13, |c, _| c.shares = c.groups.clone()).say(Kind::HelloRetryRequest)
    };
    a_retry_does_not_ask_for_a_group_that_was_not_listed: RetryGroup, |p| {
        client(p, V13, |_, puppet| puppet.groups = vec![NamedGroup::X448]).say(Kind::HelloRetryRequest)
    };
    a_retry_brings_no_cookie_that_cannot_be_brought_back: RetryCookie, |p| {
        client(p, V13, |_, puppet| puppet.cookie = vec![5; 65_500]).say(Kind::HelloRetryRequest)
    };
    the_second_hello_keeps_its_suites: RetryHelloChanged, |p| {
        second_hello(p, |h| h.suites.push(AES_256))
    };
    the_second_hello_keeps_its_random: RetryHelloChanged, |p| second_hello(p, |h| h.random[0] ^= 1);
    the_second_hello_keeps_its_session_id: RetryHelloChanged, |p| second_hello(p, |h| h.session_id.push(1));
    the_second_hello_keeps_its_extensions: RetryHelloChanged, |p| {
        second_hello(p, |h| h.set(ExtensionType::SERVER_NAME, &[0, 4, 0, 0, 1, b'x']))
    };
    the_second_hello_keeps_their_order: RetryHelloChanged, |p| second_hello(p, |h| h.extensions.swap(0, 1));
    the_second_hello_offers_no_early_data: RetryHelloChanged, |p| {
        second_hello(p, |h| h.set(ExtensionType::EARLY_DATA, &[]))
    };
    the_second_hello_has_the_share_asked_for: RetryShare, |p| {
        second_hello(p, |h| h.set(ExtensionType::KEY_SHARE, &[0, 0]))
    };
    the_second_hello_has_no_other_share: RetryShare, |p| {
        second_hello(p, |h| h.set(ExtensionType::KEY_SHARE, &[0, 5, 0, 24, 0, 1, 4]))
    };
    the_second_hello_has_no_share_besides: RetryShare, |p| {
        second_hello(p, |h| {
            let mut shares = h.find(ExtensionType::KEY_SHARE).unwrap()[2..].to_vec();
            shares.extend_from_slice(&[&[0, 23, 0, 65, 4][..], &[7; 64]].concat());
            h.set(ExtensionType::KEY_SHARE, &[&(shares.len() as u16).to_be_bytes()[..], &shares].concat());
        })
    };
    the_second_hello_has_key_share_at_all: MissingExtension, |p| {
        second_hello(p, |h| h.remove(ExtensionType::KEY_SHARE))
    };
    a_cookie_that_was_changed_is_refused: Cookie, |p| {
        second_hello(p, |h| {
            let mut cookie = h.find(ExtensionType::COOKIE).unwrap().to_vec();
            *cookie.last_mut().unwrap() ^= 1;
            h.set(ExtensionType::COOKIE, &cookie);
        })
    };
    a_cookie_out_of_nowhere_is_refused: Cookie, |p| {
        let mut stand = server(p, V13, |_, puppet| puppet.shares = Vec::new());
        stand.say(Kind::ClientHello)?;
        stand.say_hello(Kind::ClientHello, |h| h.set(ExtensionType::COOKIE, &[0, 1, 7]))
    };
    a_cookie_that_was_left_out_is_refused: Cookie, |p| second_hello(p, |h| h.remove(ExtensionType::COOKIE));
}

/// A pre_shared_key of one identity and one binder.
fn psk() -> Vec<u8> {
    let identity = [&[0, 1, 7][..], &[0; 4]].concat();
    [&[0, identity.len() as u8][..], &identity, &[0, 33, 32], &[5; 32]].concat()
}

/// A server that sent a retry with a cookie hears this second hello.
fn second_hello(p: &handfast_crypto::Provider, edit: impl FnOnce(&mut Hello)) -> Result<(), Error> {
    let mut stand = server(p, V13, |s, puppet| {
        s.retry_cookie = true;
        puppet.shares = Vec::new();
    });
    stand.say(Kind::ClientHello)?;
    assert_eq!(stand.subject.state(), "StartRetried");
    stand.say_hello(Kind::ClientHello, edit)
}

pub fn syntax(result: Result<(), Error>) -> Syntax {
    match result.unwrap_err().cause() {
        Cause::Decode(error) => error.rule,
        other => panic!("{other:?} is no rule of the syntax"),
    }
}

#[test]
fn only_tls13_is_selected_through_the_extension() {
    for p in crate::fixture::backends() {
        for version in [[3, 3], [3, 5]] {
            let other = |h: &mut Hello| {
                h.set(ExtensionType::SUPPORTED_VERSIONS, &version);
                h.remove(ExtensionType::KEY_SHARE);
            };
            let error = client(&p, V13, |_, _| ()).say_hello(Kind::ServerHello, other).unwrap_err();
            assert_eq!(error.alert(), handfast_codec::AlertDescription::ILLEGAL_PARAMETER);
            assert_eq!(syntax(Err(error)), Syntax::MisplacedExtension);
        }
    }
}

#[test]
fn an_answer_to_what_was_not_asked_is_refused() {
    for p in crate::fixture::backends() {
        // A client that did not ask for a staple, a protocol, or an unknown extension.
        for (kind, body) in [(ExtensionType::STATUS_REQUEST, &[][..]), (ExtensionType(0x1234), &[1])] {
            let said = client(&p, V12, |_, _| ()).say_hello(Kind::ServerHello, |h| h.set(kind, body));
            assert_eq!(syntax(said), Syntax::UnsolicitedExtension);
        }
        let said = client(&p, V13, |_, _| ()).say_hello(Kind::ServerHello, |h| h.set(ExtensionType(0x1234), &[]));
        assert_eq!(syntax(said), Syntax::UnsolicitedExtension);
        let said = client(&p, V13, |_, _| ()).say_hello(Kind::HelloRetryRequest, |h| h.set(ExtensionType(0x1234), &[]));
        assert_eq!(syntax(said), Syntax::UnsolicitedExtension);
        let mut stand = client(&p, V13, |_, _| ());
        stand.say(Kind::ServerHello).unwrap();
        let mut message = Vec::new();
        let protocol = |x: &mut handfast_codec::ExtensionWriter<'_, '_>| {
            x.application_layer_protocol_negotiation(&[b"h2"]);
        };
        encode::encrypted_extensions(&mut message, protocol).unwrap();
        assert_eq!(syntax(stand.say_bytes(message)), Syntax::UnsolicitedExtension);
    }
}

#[test]
fn the_second_hello_may_drop_early_data_and_change_padding() {
    for p in crate::fixture::backends() {
        let mut stand = server(&p, V13, |_, puppet| puppet.shares = Vec::new());
        let before = |h: &mut Hello| {
            h.set(ExtensionType::PADDING, &[0; 9]);
            h.set(ExtensionType::EARLY_DATA, &[]);
        };
        stand.say_hello(Kind::ClientHello, before).unwrap();
        stand.say_all(&[Kind::ClientHello, Kind::Finished]).unwrap();
        assert!(stand.connected);
    }
}

#[test]
fn a_server_without_session_id_or_renegotiation_info_is_fine_by_default() {
    for p in crate::fixture::backends() {
        let mut stand = client(&p, V12, |_, _| ());
        stand.say_hello(Kind::ServerHello, |h| h.extensions.clear()).unwrap();
        stand.say_all(&[Kind::Certificate, Kind::ServerKeyExchange, Kind::ServerHelloDone]).unwrap();
        stand.say_all(&[Kind::ChangeCipherSpec, Kind::Finished]).unwrap();
        assert!(stand.connected);
    }
}

#[test]
fn without_the_extended_main_secret_tls12_works_and_exports_nothing() {
    use handfast_handshake::Traffic;
    for p in crate::fixture::backends() {
        let without = |h: &mut Hello| h.remove(ExtensionType::EXTENDED_MAIN_SECRET);
        let mut ours = client(&p, V12, |_, _| ());
        ours.say_hello(Kind::ServerHello, without).unwrap();
        ours.say_all(&[Kind::Certificate, Kind::ServerKeyExchange, Kind::ServerHelloDone]).unwrap();
        let mut theirs = server(&p, V12, |_, _| ());
        theirs.say_hello(Kind::ClientHello, without).unwrap();
        theirs.say(Kind::ClientKeyExchange).unwrap();
        for mut stand in [ours, theirs] {
            stand.say_all(&[Kind::ChangeCipherSpec, Kind::Finished]).unwrap();
            assert_eq!(stand.puppet.heard_good_finished(), Some(true));
            let traffic = match stand.subject {
                Subject::Client(m) => m.finish().unwrap(),
                Subject::Server(m) => m.finish().unwrap(),
                Subject::After(_) => panic!("not finished yet"),
            };
            let Traffic::V12(traffic) = &traffic else { panic!("it is TLS 1.2") };
            assert!(!traffic.main.is_extended());
        }
    }
}

#[test]
fn a_retry_may_ask_for_nothing_but_a_cookie() {
    for p in crate::fixture::backends() {
        let mut stand = client(&p, V13, |_, puppet| puppet.cookie = vec![5; 40]);
        stand.say_hello(Kind::HelloRetryRequest, |h| h.remove(ExtensionType::KEY_SHARE)).unwrap();
        assert_eq!(stand.puppet.peer_group(), Some(NamedGroup::SECP256R1), "the share of before");
        assert_eq!(stand.puppet.heard_cookie(), [5; 40]);
        stand.say_all(&[Kind::ServerHello, Kind::EncryptedExtensions, Kind::Certificate]).unwrap();
        stand.say_all(&[Kind::CertificateVerify, Kind::Finished]).unwrap();
        assert!(stand.connected && stand.puppet.heard_good_finished() == Some(true));
    }
}

#[test]
fn a_server_marks_its_random_when_it_could_do_better() {
    for p in crate::fixture::backends() {
        for (versions, marked) in [(Versions::ALL, true), (Versions::TLS1_2, false)] {
            let mut stand = server(&p, V12, |s, _| s.versions = versions);
            stand.say(Kind::ClientHello).unwrap();
            assert_eq!(stand.puppet.server_random()[24..] == DOWNGRADE_TO_TLS12, marked);
        }
    }
}

#[test]
fn a_version_field_that_thawed_is_answered_with_protocol_version() {
    use handfast_codec::AlertDescription;
    for p in crate::fixture::backends() {
        let thaw = |h: &mut Hello| h.legacy_version = ProtocolVersion(0x0302);
        let errors = [
            client(&p, V13, |_, _| ()).say_hello(Kind::ServerHello, thaw).unwrap_err(),
            server(&p, V13, |_, _| ()).say_hello(Kind::ClientHello, thaw).unwrap_err(),
        ];
        assert_eq!(errors.map(|e| e.alert()), [AlertDescription::PROTOCOL_VERSION; 2]);
    }
}

#[test]
fn without_a_list_of_versions_a_larger_field_means_tls12() {
    for p in crate::fixture::backends() {
        let mut stand = server(&p, V12, |_, _| ());
        let larger = |h: &mut Hello| {
            h.remove(ExtensionType::SUPPORTED_VERSIONS);
            h.legacy_version = ProtocolVersion(0x0304);
        };
        stand.say_hello(Kind::ClientHello, larger).unwrap();
        assert_eq!(stand.subject.state(), "WaitClientKeyExchange");
    }
}

#[test]
fn a_psk_with_its_modes_is_passed_over() {
    for p in crate::fixture::backends() {
        let mut stand = server(&p, V13, |_, _| ());
        let offer = |h: &mut Hello| {
            h.set(ExtensionType::PSK_KEY_EXCHANGE_MODES, &[1, 1]);
            h.set(ExtensionType::PRE_SHARED_KEY, &psk());
        };
        stand.say_hello(Kind::ClientHello, offer).unwrap();
        stand.say(Kind::Finished).unwrap();
        assert!(stand.connected);
    }
}

/// What a server with a staple queues after a hello that `edit` has changed.
fn queued(p: &handfast_crypto::Provider, version: ProtocolVersion, edit: impl FnOnce(&mut Hello)) -> Effects {
    let mut stand = server(p, version, |_, _| ());
    let hello = stand.puppet.say_hello(Kind::ClientHello, edit);
    let Subject::Server(machine) = &mut stand.subject else { panic!("it is a server") };
    let mut effects = Effects::default();
    machine.message(&hello, true, &mut Cx::new(&mut effects, None)).unwrap();
    let Some(Effect::Ask(Question::Choose(choose))) = effects.list.pop() else { panic!("a server chooses") };
    let answer = choose.answer(Arc::from([crate::fixture::credential(p, "p256", STAPLE)]));
    machine.answer(answer, true, &mut Cx::new(&mut effects, None)).unwrap();
    effects
}

const STAPLE: &[u8] = b"a staple of ours";

#[test]
fn a_status_request_of_an_unknown_type_gets_no_staple() {
    for p in crate::fixture::backends() {
        for version in [V13, V12] {
            for (kind, stapled) in [(1, true), (2, false), (9, false)] {
                let ask = |h: &mut Hello| h.set(ExtensionType::STATUS_REQUEST, &[kind, 0, 0, 0, 0]);
                let effects = queued(&p, version, ask);
                let found = effects.bytes.windows(STAPLE.len()).any(|w| w == STAPLE);
                assert_eq!(found, stapled, "{version}, type {kind}");
            }
        }
    }
}

#[test]
fn early_data_is_passed_over_where_it_was_offered_and_nowhere_else() {
    let skips = |effects: &Effects| effects.list.iter().any(|e| matches!(e, Effect::SkipEarlyData));
    let retries = |effects: &Effects| effects.list.iter().any(|e| matches!(e, Effect::Learn(Fact::Retried)));
    for p in crate::fixture::backends() {
        for offered in [true, false] {
            for retried in [true, false] {
                let effects = queued(&p, V13, |h| {
                    if offered {
                        h.set(ExtensionType::EARLY_DATA, &[]);
                    }
                    if retried {
                        h.set(ExtensionType::KEY_SHARE, &[0, 0]);
                    }
                });
                assert_eq!((skips(&effects), retries(&effects)), (offered, retried));
            }
        }
    }
}

#[test]
fn a_hello_request_means_nothing_to_a_client_of_tls13_alone() {
    for p in crate::fixture::backends() {
        let error = client(&p, V13, |c, _| c.versions = Versions::TLS1_3).say(Kind::HelloRequest).unwrap_err();
        assert_eq!(error.rule(), Some(Rule::UnexpectedMessage));
        // A version without a suite is not offered, whatever the range says.
        let error = client(&p, V13, |c, _| c.suites = vec![AES_128]).say(Kind::HelloRequest).unwrap_err();
        assert_eq!(error.rule(), Some(Rule::UnexpectedMessage));
        client(&p, V13, |_, _| ()).say(Kind::HelloRequest).unwrap();
    }
}
