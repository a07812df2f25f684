//! The groups that are there on request: X25519MLKEM768, ML-KEM-1024 and P-521.

mod common;

use common::{pki, pump};
use handfast::report::Offer;
use handfast::{
    ClientConfig, Credential, Error, Handshake, NamedGroup, Provider, Roots, ServerConfig, Summary, Versions,
};

const ON_REQUEST: [NamedGroup; 3] = [NamedGroup::X25519MLKEM768, NamedGroup::MLKEM1024, NamedGroup::SECP521R1];

fn providers() -> [Provider; 2] {
    [handfast_ring::provider(), handfast_rustcrypto::provider()]
}

fn client(provider: &Provider) -> ClientConfig {
    let mut roots = Roots::new();
    roots.add_der(&pki().roots).unwrap();
    ClientConfig::new(provider.clone(), roots)
}

fn server(provider: &Provider) -> ServerConfig {
    ServerConfig::new(provider.clone(), Credential::new(pki().chain.clone(), &pki().key, provider).unwrap())
}

/// The summaries of both sides, the client's first.
fn agree(client: &ClientConfig, server: &ServerConfig) -> Result<[Summary; 2], Error> {
    let (mut ours, mut theirs) = (Handshake::client(client, "localhost")?, Handshake::server(server));
    let (mut to_client, mut to_server) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        let done = pump(&mut ours, &mut to_client, &mut to_server)?;
        if pump(&mut theirs, &mut to_server, &mut to_client)? && done {
            return Ok([ours.finish()?.2, theirs.finish()?.2]);
        }
    }
    panic!("the handshake has no end");
}

/// Whether both agreed on `group`, hold the same secrets, and needed a retry.
fn agreed(sides: &[Summary; 2], group: NamedGroup, retried: bool) -> bool {
    let [exported, other] = [0, 1].map(|side| {
        let mut out = [0; 32];
        sides[side].export(b"EXPORTER-test", None, &mut out).unwrap();
        out
    });
    exported == other && sides.iter().all(|side| (side.group, side.retried) == (group, retried))
}

/// What a client with these settings offers in its first message.
fn offer(config: &ClientConfig) -> Offer {
    let hello = Handshake::client(config, "localhost").unwrap();
    Offer::of_hello(&hello.outgoing()[5..]).unwrap()
}

#[test]
fn every_pair_of_backends_shakes_hands_in_every_group() {
    for ours in providers() {
        for theirs in providers() {
            for group in ON_REQUEST {
                let client = client(&ours).with_groups(&[group]).with_versions(Versions::TLS1_3);
                let sides = agree(&client, &server(&theirs).with_groups(&[group])).unwrap();
                assert!(agreed(&sides, group, false), "{ours:?} {theirs:?} {group}");
            }
        }
    }
}

#[test]
fn a_server_asks_for_a_share_of_any_group() {
    for provider in providers() {
        for group in ON_REQUEST {
            let client = client(&provider).with_groups(&[NamedGroup::X25519, group]);
            let sides = agree(&client, &server(&provider).with_groups(&[group])).unwrap();
            assert!(agreed(&sides, group, true), "{provider:?} {group}");
        }
    }
}

#[test]
fn a_client_that_prefers_the_hybrid_can_be_asked_for_the_curve() {
    for provider in providers() {
        let client = client(&provider).with_groups(&[NamedGroup::X25519MLKEM768, NamedGroup::X25519]);
        let sides = agree(&client, &server(&provider)).unwrap();
        assert!(agreed(&sides, NamedGroup::X25519, true), "{provider:?}");
    }
}

#[test]
fn a_client_can_send_a_share_of_the_hybrid_and_one_of_the_curve() {
    let both = [NamedGroup::X25519MLKEM768, NamedGroup::X25519];
    for provider in providers() {
        let client = client(&provider).with_groups(&both).with_shares(&both);
        let sides = agree(&client, &server(&provider)).unwrap();
        assert!(agreed(&sides, NamedGroup::X25519, false), "{provider:?}");
        let sides = agree(&client, &server(&provider).with_groups(&both)).unwrap();
        assert!(agreed(&sides, NamedGroup::X25519MLKEM768, false), "{provider:?}");
    }
}

#[test]
fn nobody_offers_them_unasked() {
    let usual = [NamedGroup::X25519, NamedGroup::SECP256R1, NamedGroup::SECP384R1];
    for provider in providers() {
        assert_eq!(client(&provider).groups(), usual);
        assert_eq!(server(&provider).groups(), usual);
        assert!(ON_REQUEST.iter().all(|group| provider.group(*group).is_some()), "{provider:?}");
    }
}

#[test]
fn tls12_agrees_on_p521() {
    for provider in providers() {
        // The curve of the certificate's key is listed as well (RFC 8422 §5.3).
        let groups = [NamedGroup::SECP521R1, NamedGroup::SECP256R1];
        let client = client(&provider).with_versions(Versions::TLS1_2).with_groups(&groups);
        let sides = agree(&client, &server(&provider).with_groups(&groups)).unwrap();
        assert!(agreed(&sides, NamedGroup::SECP521R1, false), "{provider:?}");
    }
}

#[test]
fn a_client_of_tls12_alone_lists_no_kem() {
    for provider in providers() {
        let both = client(&provider).with_groups(&[NamedGroup::X25519MLKEM768, NamedGroup::X25519]);
        assert_eq!(offer(&both).groups, [NamedGroup::X25519MLKEM768, NamedGroup::X25519]);
        assert_eq!(offer(&both.with_versions(Versions::TLS1_2)).groups, [NamedGroup::X25519]);
    }
}

#[test]
fn tls12_passes_over_the_kems_of_both_sides() {
    let groups = [NamedGroup::X25519MLKEM768, NamedGroup::MLKEM1024, NamedGroup::SECP256R1];
    for provider in providers() {
        let server = server(&provider).with_versions(Versions::TLS1_2).with_groups(&groups);
        let sides = agree(&client(&provider).with_groups(&groups), &server).unwrap();
        assert!(agreed(&sides, NamedGroup::SECP256R1, false), "{provider:?}");
    }
}
