//! Certificates, signatures, Finished, and what the application decides about them.

use super::hellos::syntax;
use super::{V12, V13, breaks, client, server};
use crate::fixture;
use handfast_codec::Rule as Syntax;
use handfast_codec::{AlertDescription, CipherSuite, SignatureScheme, encode};
use handfast_conformance::puppet::{Identity, Kind};
use handfast_crypto::Provider;
use handfast_handshake::server::ClientAuth;
use handfast_handshake::{Cause, Error, Question, Rule};

const TO_CERTIFICATE: [Kind; 3] = [Kind::ServerHello, Kind::EncryptedExtensions, Kind::Certificate];

/// A TLS 1.3 client hears everything up to this chain.
fn client_hears_chain(p: &Provider, chain: Vec<Vec<u8>>) -> Result<(), Error> {
    let mut stand = client(p, V13, |_, puppet| puppet.identity = identity(p, chain));
    stand.say_all(&TO_CERTIFICATE)
}

/// An identity with this chain, whatever its key is.
fn identity(p: &Provider, chain: Vec<Vec<u8>>) -> Option<Identity> {
    Some(Identity { chain, ..fixture::identity(p, "p256") })
}

/// A TLS 1.3 client hears a CertificateVerify that claims this scheme.
fn client_hears_scheme(p: &Provider, scheme: SignatureScheme) -> Result<(), Error> {
    let mut stand = client(p, V13, |_, puppet| puppet.claims = Some(scheme));
    stand.say_all(&TO_CERTIFICATE)?;
    stand.say(Kind::CertificateVerify)
}

/// A certificate with a kind of key that nobody has heard of.
fn strange() -> Vec<u8> {
    let (ed25519, strange) = ([6, 3, 0x2b, 0x65, 0x70], [6, 3, 0x2b, 0x65, 0x7f]);
    let mut der = fixture::leaf("ed25519");
    while let Some(at) = der.windows(5).position(|w| w == ed25519) {
        der[at..at + 5].copy_from_slice(&strange);
    }
    der
}

/// A certificate with an RSA key that may sign PSS with SHA-256 alone (RFC 4055 §3.1).
fn pss_sha256() -> Vec<u8> {
    fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let length = (content.len() as u16).to_be_bytes();
        let header = if content.len() < 128 { vec![tag, length[1]] } else { vec![tag, 0x82, length[0], length[1]] };
        [header, content].concat()
    }
    let sha256 = tlv(0x30, &[&[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0]]);
    let mgf = tlv(0x30, &[&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8], &sha256]);
    let set = tlv(0x30, &[&tlv(0xa0, &[&sha256]), &tlv(0xa1, &[&mgf]), &tlv(0xa2, &[&[2, 1, 32]])]);
    let pss = tlv(0x30, &[&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10], &set]);
    let key = tlv(0x30, &[&tlv(2, &[&[0], &[0xff; 256]]), &[2, 3, 1, 0, 1]]);
    let spki = tlv(0x30, &[&pss, &tlv(3, &[&[0], &key])]);
    let name = tlv(0x30, &[&tlv(0x31, &[&tlv(0x30, &[&[6, 3, 0x55, 4, 3], &[0x0c, 1, b'x']])])]);
    let time = tlv(0x17, &[b"250101000000Z"]);
    let tbs = tlv(0x30, &[&[2, 1, 1], &pss, &name, &tlv(0x30, &[&time, &time]), &name, &spki]);
    tlv(0x30, &[&tbs, &pss, &tlv(3, &[&[0; 257]])])
}

breaks! {
    a_key_for_pss_with_one_hash_signs_with_no_other: SchemeKey, |p| {
        let mut stand = client(p, V13, |_, puppet| {
            puppet.identity = identity(p, vec![pss_sha256()]);
            puppet.claims = Some(SignatureScheme::RSA_PSS_PSS_SHA384);
        });
        stand.say_all(&TO_CERTIFICATE)?;
        stand.say(Kind::CertificateVerify)
    };
    a_key_must_have_a_scheme_that_the_client_accepts: NoCommonScheme, |p| {
        server(p, V13, |_, puppet| puppet.schemes = vec![SignatureScheme::ED25519]).say(Kind::ClientHello)
    };
    a_tls12_key_must_have_a_scheme_that_the_client_accepts: NoCommonScheme, |p| {
        server(p, V12, |_, puppet| puppet.schemes = vec![SignatureScheme::ED25519]).say(Kind::ClientHello)
    };
    a_clients_key_must_have_a_scheme_that_the_server_accepts: NoCommonScheme, |p| {
        let mut stand = client(p, V13, |c, puppet| {
            c.authenticates = true;
            puppet.schemes = vec![SignatureScheme::ED25519];
        });
        stand.policy.credential = Some(fixture::credential(p, "p256", &[]));
        stand.say_all(&[Kind::ServerHello, Kind::EncryptedExtensions, Kind::CertificateRequest, Kind::Certificate])?;
        stand.say_all(&[Kind::CertificateVerify, Kind::Finished])
    };
    a_scheme_that_was_not_offered_is_refused: SchemeNotOffered, |p| client_hears_scheme(p, SignatureScheme(0x0201));
    a_scheme_must_fit_the_key: SchemeKey, |p| client_hears_scheme(p, SignatureScheme::ED25519);
    pkcs1_is_not_for_tls13: SchemeKey, |p| {
        let rsa = Some(fixture::identity(p, "rsa2048"));
        let mut stand = client(p, V13, |_, puppet| {
            (puppet.identity, puppet.claims) = (rsa, Some(SignatureScheme::RSA_PKCS1_SHA256));
        });
        stand.say_all(&TO_CERTIFICATE)?;
        stand.say(Kind::CertificateVerify)
    };
    a_curve_is_tied_to_its_hash_in_tls13: SchemeKey, |p| {
        client_hears_scheme(p, SignatureScheme::ECDSA_SECP384R1_SHA384)
    };
    a_server_proves_that_it_holds_the_key: BadSignature, |p| {
        let mut stand = client(p, V13, |_, puppet| puppet.spoils = Some(Kind::CertificateVerify));
        stand.say_all(&TO_CERTIFICATE)?;
        stand.say(Kind::CertificateVerify)
    };
    a_stolen_certificate_proves_nothing: BadSignature, |p| {
        let stolen = fixture::leaf_with("p384", |_| ());
        let mut stand = client(p, V13, |_, puppet| {
            puppet.identity = identity(p, vec![stolen]);
            puppet.claims = Some(SignatureScheme::ECDSA_SECP384R1_SHA384);
        });
        stand.say_all(&TO_CERTIFICATE)?;
        stand.say(Kind::CertificateVerify)
    };
    a_client_proves_that_it_holds_the_key: BadSignature, |p| {
        let mut stand = server(p, V13, |s, puppet| {
            (s.client_auth, puppet.spoils) = (ClientAuth::Request, Some(Kind::CertificateVerify));
        });
        stand.say_all(&[Kind::ClientHello, Kind::Certificate, Kind::CertificateVerify])
    };
    a_tls12_client_proves_that_it_holds_the_key: BadSignature, |p| {
        let mut stand = server(p, V12, |s, puppet| {
            (s.client_auth, puppet.spoils) = (ClientAuth::Request, Some(Kind::CertificateVerify));
        });
        stand.say_all(&[Kind::ClientHello, Kind::Certificate, Kind::ClientKeyExchange, Kind::CertificateVerify])
    };
    a_tls12_server_signs_its_share: BadKeyExchangeSignature, |p| {
        let mut stand = client(p, V12, |_, puppet| puppet.spoils = Some(Kind::ServerKeyExchange));
        stand.say_all(&[Kind::ServerHello, Kind::Certificate, Kind::ServerKeyExchange])
    };
    a_servers_finished_must_fit: BadFinished, |p| {
        let mut stand = client(p, V13, |_, puppet| puppet.spoils = Some(Kind::Finished));
        stand.say_all(&TO_CERTIFICATE)?;
        stand.say_all(&[Kind::CertificateVerify, Kind::Finished])
    };
    a_clients_finished_must_fit: BadFinished, |p| {
        server(p, V13, |_, puppet| puppet.spoils = Some(Kind::Finished)).say_all(&[Kind::ClientHello, Kind::Finished])
    };
    a_tls12_servers_finished_must_fit: BadFinished, |p| {
        let mut stand = client(p, V12, |_, puppet| puppet.spoils = Some(Kind::Finished));
        stand.say_all(&[Kind::ServerHello, Kind::Certificate, Kind::ServerKeyExchange, Kind::ServerHelloDone])?;
        stand.say_all(&[Kind::ChangeCipherSpec, Kind::Finished])
    };
    a_tls12_clients_finished_must_fit: BadFinished, |p| {
        let mut stand = server(p, V12, |_, puppet| puppet.spoils = Some(Kind::Finished));
        stand.say_all(&[Kind::ClientHello, Kind::ClientKeyExchange, Kind::ChangeCipherSpec, Kind::Finished])
    };
    a_finished_of_another_length_does_not_fit: BadFinished, |p| {
        let mut stand = server(p, V13, |_, _| ());
        stand.say(Kind::ClientHello)?;
        stand.say_bytes(vec![20, 0, 0, 0])
    };
    a_server_shows_a_certificate: EmptyCertificate, |p| client_hears_chain(p, Vec::new());
    a_tls12_server_shows_a_certificate: EmptyCertificate, |p| {
        client(p, V12, |_, _| ()).say_all(&[Kind::ServerHello, Kind::EmptyCertificate])
    };
    a_request_has_no_context_in_a_handshake: RequestContext, |p| {
        let mut stand = client(p, V13, |_, _| ());
        stand.say_all(&[Kind::ServerHello, Kind::EncryptedExtensions])?;
        let mut message = Vec::new();
        let schemes = [SignatureScheme::ED25519];
        encode::certificate_request(&mut message, &[1], |x| x.signature_algorithms(&schemes)).unwrap();
        stand.say_bytes(message)
    };
    a_certificate_has_no_context_in_a_handshake: RequestContext, |p| {
        let mut stand = server(p, V13, |s, _| s.client_auth = ClientAuth::Request);
        stand.say(Kind::ClientHello)?;
        let mut message = Vec::new();
        encode::certificate(&mut message, &[1], [fixture::leaf("p256")], |_, _| ()).unwrap();
        stand.say_bytes(message)
    };
    a_servers_certificate_has_no_context_either: RequestContext, |p| {
        let mut stand = client(p, V13, |_, _| ());
        stand.say_all(&[Kind::ServerHello, Kind::EncryptedExtensions])?;
        let mut message = Vec::new();
        encode::certificate(&mut message, &[1], [fixture::leaf("p256")], |_, _| ()).unwrap();
        stand.say_bytes(message)
    };
    a_strange_kind_of_key_is_refused: KeyKind, |p| client_hears_chain(p, vec![strange()]);
    a_key_that_may_not_sign_is_refused: KeyUsage, |p| {
        let agrees = |params: &mut rcgen::CertificateParams| {
            params.key_usages = vec![rcgen::KeyUsagePurpose::KeyAgreement];
        };
        client_hears_chain(p, vec![fixture::leaf_with("p256", agrees)])
    };
    a_tls12_suite_names_the_kind_of_key: SuiteCertificate, |p| {
        let ecdsa = CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
        let rsa = Some(fixture::identity(p, "rsa2048"));
        let mut stand = client(p, V12, |_, puppet| (puppet.identity, puppet.suite) = (rsa, ecdsa));
        stand.say_all(&[Kind::ServerHello, Kind::Certificate])
    };
    a_server_may_turn_a_client_away: NoCredential, |p| {
        let mut stand = server(p, V13, |_, _| ());
        stand.policy.credential = None;
        stand.say(Kind::ClientHello)
    };
    a_demanded_certificate_must_come: CertificateRequired, |p| {
        let mut stand = server(p, V13, |s, _| s.client_auth = ClientAuth::Require);
        stand.say_all(&[Kind::ClientHello, Kind::EmptyCertificate])
    };
    a_demanded_certificate_must_come_in_tls12: CertificateRequired12, |p| {
        let mut stand = server(p, V12, |s, _| s.client_auth = ClientAuth::Require);
        stand.say_all(&[Kind::ClientHello, Kind::EmptyCertificate])
    };
    a_chain_may_be_refused: Refused, |p| {
        let mut stand = client(p, V13, |_, _| ());
        stand.policy.accepts = false;
        stand.say_all(&TO_CERTIFICATE)?;
        stand.say(Kind::CertificateVerify)
    };
    a_clients_chain_may_be_refused: Refused, |p| {
        let mut stand = server(p, V12, |s, _| s.client_auth = ClientAuth::Request);
        stand.policy.accepts = false;
        stand.say_all(&[Kind::ClientHello, Kind::Certificate, Kind::ClientKeyExchange, Kind::CertificateVerify])
    };
}

#[test]
fn a_refusal_says_which_alert_goes_out() {
    for p in fixture::backends() {
        let mut stand = client(&p, V13, |_, _| ());
        stand.policy.accepts = false;
        stand.say_all(&TO_CERTIFICATE).unwrap();
        let error = stand.say(Kind::CertificateVerify).unwrap_err();
        assert_eq!((error.rule(), error.alert()), (Some(Rule::Refused), AlertDescription::UNKNOWN_CA));
        assert_eq!(error.came(), "nobody knows the issuer");
    }
}

/// A Certificate of TLS 1.3 whose entry carries a staple.
fn stapled() -> Vec<u8> {
    let mut message = Vec::new();
    encode::certificate(&mut message, &[], [fixture::leaf("p256")], |_, x| x.ocsp_response(&[1])).unwrap();
    message
}

#[test]
fn a_staple_that_was_not_asked_for_is_refused() {
    for p in fixture::backends() {
        let mut stand = client(&p, V13, |_, _| ());
        stand.say_all(&TO_CERTIFICATE[..2]).unwrap();
        assert_eq!(syntax(stand.say_bytes(stapled())), Syntax::UnsolicitedExtension);
        let mut stand = server(&p, V13, |s, _| s.client_auth = ClientAuth::Request);
        stand.say(Kind::ClientHello).unwrap();
        assert_eq!(syntax(stand.say_bytes(stapled())), Syntax::UnsolicitedExtension);
    }
}

#[test]
fn a_server_hello_done_is_empty() {
    for p in fixture::backends() {
        let mut stand = client(&p, V12, |_, _| ());
        stand.say_all(&[Kind::ServerHello, Kind::Certificate, Kind::ServerKeyExchange]).unwrap();
        assert_eq!(syntax(stand.say_bytes(vec![14, 0, 0, 1, 0])), Syntax::TrailingBytes);
    }
}

#[test]
fn a_leaf_that_is_no_certificate_is_refused() {
    for p in fixture::backends() {
        let error = client_hears_chain(&p, vec![vec![0x30, 0]]).unwrap_err();
        assert!(matches!(error.cause(), Cause::Certificate(_)));
        assert_eq!(error.alert(), AlertDescription::BAD_CERTIFICATE);
    }
}

#[test]
fn a_chain_that_will_be_accepted_still_needs_its_key() {
    // The judge says yes to everything; possession is proven all the same.
    for p in fixture::backends() {
        let mut stand = client(&p, V13, |_, puppet| puppet.spoils = Some(Kind::CertificateVerify));
        assert!(stand.policy.accepts);
        stand.say_all(&TO_CERTIFICATE).unwrap();
        assert!(stand.say(Kind::CertificateVerify).is_err() && stand.open.is_none());
    }
}

#[test]
fn a_tls12_client_shows_a_key_of_a_type_that_was_asked_for() {
    use handfast_codec::ClientCertificateType as Type;
    use handfast_handshake::ask::Authenticate;
    let p = &fixture::backends()[1];
    let fits = |name: &str, version, types: &[Type]| {
        let schemes = SignatureScheme::KNOWN.to_vec();
        let asked = Authenticate { version, schemes, authorities: Vec::new(), types: types.to_vec() };
        asked.scheme_for(&*fixture::credential(p, name, &[]).key).is_some()
    };
    for (name, wanted, other) in [
        ("p256", Type::ECDSA_SIGN, Type::RSA_SIGN),
        ("ed25519", Type::ECDSA_SIGN, Type::RSA_SIGN),
        ("rsa2048", Type::RSA_SIGN, Type::ECDSA_SIGN),
    ] {
        assert!(fits(name, V12, &[other, wanted]) && fits(name, V13, &[]), "{name}");
        assert!(!fits(name, V12, &[other]), "{name}");
    }
}

/// A client whose server has shown its chain and proven its key; the question is open.
fn judging(p: &Provider, version: handfast_codec::ProtocolVersion) -> crate::stand::Stand {
    let (before, last): (&[Kind], _) = match version {
        V12 => (&[Kind::ServerHello, Kind::Certificate, Kind::ServerKeyExchange], Kind::ServerHelloDone),
        _ => (&TO_CERTIFICATE, Kind::CertificateVerify),
    };
    let mut stand = client(p, version, |_, _| ());
    stand.say_all(before).unwrap();
    let bytes = stand.puppet.say(last);
    stand.take(last, &bytes, true).unwrap();
    stand
}

/// A server whose client has shown its chain and proven its key; the question is open.
fn judging_client(p: &Provider, version: handfast_codec::ProtocolVersion) -> crate::stand::Stand {
    let before: &[Kind] = match version {
        V12 => &[Kind::ClientHello, Kind::Certificate, Kind::ClientKeyExchange],
        _ => &[Kind::ClientHello, Kind::Certificate],
    };
    let mut stand = server(p, version, |s, _| s.client_auth = ClientAuth::Require);
    stand.say_all(before).unwrap();
    let bytes = stand.puppet.say(Kind::CertificateVerify);
    stand.take(Kind::CertificateVerify, &bytes, true).unwrap();
    stand
}

#[test]
fn a_verdict_on_another_connections_chain_is_no_answer() {
    for p in fixture::backends() {
        for version in [V13, V12] {
            for stand in [judging, judging_client] {
                // The same chain, byte by byte, but another peer's.
                let (mut ours, mut other) = (stand(&p, version), stand(&p, version));
                let Some(Question::Judge(judge)) = other.open.take() else { panic!("a chain is judged") };
                let error = ours.answer(judge.accept(), true).unwrap_err();
                assert_eq!((error.rule(), ours.subject.state()), (Some(Rule::WrongAnswer), "Failed"));
                let mut ours = stand(&p, version);
                ours.answer_open(true).unwrap();
            }
        }
    }
}

#[test]
fn a_choice_for_another_hello_is_no_answer() {
    for p in fixture::backends() {
        let [mut ours, mut other] = [(); 2].map(|()| {
            let mut stand = server(&p, V13, |_, _| ());
            let hello = stand.puppet.say(Kind::ClientHello);
            stand.take(Kind::ClientHello, &hello, true).unwrap();
            stand
        });
        let Some(Question::Choose(choose)) = other.open.take() else { panic!("a server chooses") };
        let answer = choose.answer(std::sync::Arc::from([fixture::credential(&p, "p256", &[])]));
        let error = ours.answer(answer, true).unwrap_err();
        assert_eq!((error.rule(), ours.subject.state()), (Some(Rule::WrongAnswer), "Failed"));
    }
}
