//! The key exchange: groups, shares, curves.

use super::{V12, V13, breaks, client, server};
use crate::fixture;
use handfast_codec::{ExtensionType, NamedGroup, SignatureScheme, encode};
use handfast_conformance::puppet::{Kind, Puppet};
use handfast_handshake::{Question, Versions};
use std::sync::Arc;

/// A key_share body: one entry for this group, with these bytes.
fn entry(group: NamedGroup, share: &[u8]) -> Vec<u8> {
    [&group.0.to_be_bytes(), &(share.len() as u16).to_be_bytes()[..], share].concat()
}

/// The same in the list of a ClientHello.
fn entries(group: NamedGroup, share: &[u8]) -> Vec<u8> {
    let entry = entry(group, share);
    [&(entry.len() as u16).to_be_bytes()[..], &entry].concat()
}

breaks! {
    a_share_answers_a_share: ShareGroup, |p| {
        let other = entry(NamedGroup::X25519, &[9; 32]);
        client(p, V13, |_, _| ()).say_hello(Kind::ServerHello, |h| h.set(ExtensionType::KEY_SHARE, &other))
    };
    after_a_retry_only_the_group_asked_for_is_good: ShareGroup, |p| {
        let mut stand = client(p, V13, |_, _| ());
        stand.say(Kind::HelloRetryRequest)?;
        let other = entry(NamedGroup::SECP256R1, &[4; 65]);
        stand.say_hello(Kind::ServerHello, |h| h.set(ExtensionType::KEY_SHARE, &other))
    };
    every_share_is_for_a_group_that_is_listed: ShareNotListed, |p| {
        let only_p256 = [0, 2, 0, 23];
        server(p, V13, |_, _| ()).say_hello(Kind::ClientHello, |h| h.set(ExtensionType::SUPPORTED_GROUPS, &only_p256))
    };
    shares_stand_in_the_order_of_the_groups: ShareNotListed, |p| {
        let swapped = |_: &mut _, puppet: &mut Puppet| {
            puppet.shares = vec![NamedGroup::SECP256R1, NamedGroup::X25519];
        };
        server(p, V13, swapped).say(Kind::ClientHello)
    };
    a_servers_share_is_a_point: BadShare, |p| {
        let zeros = entry(NamedGroup::SECP256R1, &[0; 65]);
        client(p, V13, |_, _| ()).say_hello(Kind::ServerHello, |h| h.set(ExtensionType::KEY_SHARE, &zeros))
    };
    a_servers_share_has_the_length_of_its_group: BadShare, |p| {
        let short = entry(NamedGroup::SECP256R1, &[4; 64]);
        client(p, V13, |_, _| ()).say_hello(Kind::ServerHello, |h| h.set(ExtensionType::KEY_SHARE, &short))
    };
    a_clients_share_does_not_lead_to_zero: BadShare, |p| {
        let zeros = entries(NamedGroup::X25519, &[0; 32]);
        server(p, V13, |_, _| ()).say_hello(Kind::ClientHello, |h| h.set(ExtensionType::KEY_SHARE, &zeros))
    };
    a_tls12_servers_share_is_a_point: BadShare, |p| {
        let mut stand = client(p, V12, |_, _| ());
        stand.say_all(&[Kind::ServerHello, Kind::Certificate])?;
        let message = stand.puppet.signed_key_exchange(NamedGroup::X25519, &[0; 32]);
        stand.say_bytes(message)
    };
    a_tls12_clients_share_is_a_point: BadShare, |p| {
        let mut stand = server(p, V12, |_, _| ());
        stand.say(Kind::ClientHello)?;
        let mut message = Vec::new();
        encode::client_key_exchange(&mut message, &[0; 32]).unwrap();
        stand.say_bytes(message)
    };
    without_a_common_group_there_is_no_handshake: NoCommonGroup, |p| {
        server(p, V13, |s, puppet| {
            (s.groups, puppet.groups) = (vec![NamedGroup::SECP384R1], vec![NamedGroup::X25519]);
        })
        .say(Kind::ClientHello)
    };
    without_a_common_curve_there_is_no_tls12: NoCommonGroup, |p| {
        // The client lists the curve of the certificate's key, so only the exchange has none.
        server(p, V12, |s, puppet| {
            let listed = vec![NamedGroup::X25519, NamedGroup::SECP256R1];
            (s.groups, puppet.groups) = (vec![NamedGroup::SECP384R1], listed);
        })
        .say(Kind::ClientHello)
    };
    a_kem_in_common_is_no_group_of_tls12: NoCommonGroup, |p| {
        server(p, V12, |s, puppet| {
            s.groups = vec![NamedGroup::X25519MLKEM768, NamedGroup::MLKEM1024];
            puppet.groups = vec![NamedGroup::X25519MLKEM768, NamedGroup::MLKEM1024, NamedGroup::SECP256R1];
        })
        .say(Kind::ClientHello)
    };
    a_kem_is_no_curve_of_tls12: CurveNotOffered, |p| {
        let offers = vec![NamedGroup::X25519MLKEM768, NamedGroup::SECP256R1];
        let mut stand = client(p, V12, |c, _| (c.versions, c.groups) = (Versions::ALL, offers));
        stand.say_all(&[Kind::ServerHello, Kind::Certificate])?;
        let message = stand.puppet.signed_key_exchange(NamedGroup::X25519MLKEM768, &[4; 65]);
        stand.say_bytes(message)
    };
    a_kem_takes_a_whole_encapsulation_key: BadShare, |p| {
        // All ones are coefficients above the modulus (FIPS 203 §7.2).
        let over = entries(NamedGroup::MLKEM1024, &[0xff; 1568]);
        let kem = |s: &mut handfast_handshake::server::Settings, puppet: &mut Puppet| {
            (s.groups, puppet.groups) = (vec![NamedGroup::MLKEM1024], vec![NamedGroup::MLKEM1024]);
            puppet.shares = puppet.groups.clone();
        };
        server(p, V13, kem).say_hello(Kind::ClientHello, |h| h.set(ExtensionType::KEY_SHARE, &over))
    };
    both_halves_of_a_hybrid_share_count: BadShare, |p| {
        let hybrid = vec![NamedGroup::X25519MLKEM768];
        let mut stand = client(p, V13, |c, puppet| {
            (c.groups, c.shares, puppet.groups) = (hybrid.clone(), hybrid.clone(), hybrid.clone());
        });
        // Any ciphertext will do, but the curve comes out as zero.
        let zeros = entry(NamedGroup::X25519MLKEM768, &[0; 1120]);
        stand.say_hello(Kind::ServerHello, |h| h.set(ExtensionType::KEY_SHARE, &zeros))
    };
    the_key_of_a_tls12_server_is_on_a_curve_that_was_offered: CertificateCurve, |p| {
        let mut stand = client(p, V12, |c, _| c.groups = vec![NamedGroup::X25519]);
        stand.say_all(&[Kind::ServerHello, Kind::Certificate])
    };
    a_tls12_server_has_no_use_for_a_key_on_a_curve_that_was_not_listed: NoCommonCertificateCurve, |p| {
        server(p, V12, |_, puppet| puppet.groups = vec![NamedGroup::X25519]).say(Kind::ClientHello)
    };
    a_curve_that_was_not_offered_is_refused: CurveNotOffered, |p| {
        let mut stand = client(p, V12, |c, _| c.groups = vec![NamedGroup::SECP256R1]);
        stand.say_all(&[Kind::ServerHello, Kind::Certificate, Kind::ServerKeyExchange])
    };
}

#[test]
fn a_tls12_server_that_prefers_a_kem_agrees_on_a_curve() {
    for p in fixture::backends() {
        let mut stand = server(&p, V12, |s, puppet| {
            s.groups = vec![NamedGroup::X25519MLKEM768, NamedGroup::MLKEM1024, NamedGroup::SECP256R1];
            puppet.groups.clone_from(&s.groups);
        });
        stand.say(Kind::ClientHello).unwrap();
        assert_eq!(stand.puppet.peer_group(), Some(NamedGroup::SECP256R1));
    }
}

#[test]
fn a_tls12_client_without_groups_gets_secp256r1() {
    for p in fixture::backends() {
        let mut stand = server(&p, V12, |_, _| ());
        stand.say_hello(Kind::ClientHello, |h| h.remove(ExtensionType::SUPPORTED_GROUPS)).unwrap();
        assert_eq!(stand.puppet.peer_group(), Some(NamedGroup::SECP256R1));
    }
}

#[test]
fn a_tls12_server_passes_over_a_credential_whose_curve_was_not_listed() {
    for p in fixture::backends() {
        // The suite and the schemes would do for the first credential.
        let mut stand = server(&p, V12, |_, puppet| puppet.groups = vec![NamedGroup::SECP384R1]);
        let hello = stand.puppet.say(Kind::ClientHello);
        stand.take(Kind::ClientHello, &hello, true).unwrap();
        let Some(Question::Choose(choose)) = stand.open.take() else { panic!("a server chooses") };
        let both = ["p256", "p384"].map(|name| fixture::credential(&p, name, &[]));
        stand.answer(choose.answer(Arc::from(both)), true).unwrap();
        let Some(Question::Sign(sign)) = &stand.open else { panic!("a server signs") };
        assert_eq!(sign.credential.chain, [fixture::leaf("p384")]);
    }
}

#[test]
fn a_key_that_is_on_no_listed_curve_is_fine_in_tls13() {
    // There the signature scheme names the curve (RFC 9846 §4.3.3).
    for p in fixture::backends() {
        let mut stand = client(&p, V13, |c, puppet| {
            (c.groups, c.shares) = (vec![NamedGroup::X25519], vec![NamedGroup::X25519]);
            c.schemes = vec![SignatureScheme::ECDSA_SECP256R1_SHA256];
            puppet.groups = vec![NamedGroup::X25519];
        });
        stand.say_all(&[Kind::ServerHello, Kind::EncryptedExtensions, Kind::Certificate]).unwrap();
        stand.say_all(&[Kind::CertificateVerify, Kind::Finished]).unwrap();
        assert!(stand.connected);
    }
}
