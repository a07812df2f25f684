//! Two streams of ours over a socket pair, each version, backend and key: data both ways.

mod common;

use common::pki;
use handfast::pem::{certificates, private_key};
use handfast::{
    ClientAuth, ClientConfig, Credential, NamedGroup, ProtocolVersion, Provider, Roots, ServerConfig, Stream, Versions,
};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

fn roots() -> Roots {
    let mut roots = Roots::new();
    roots.add_der(&pki().roots).unwrap();
    roots
}

fn providers() -> [Provider; 2] {
    [handfast_ring::provider(), handfast_rustcrypto::provider()]
}

/// Runs both sides; the server echoes one message and closes, the client half-closes first.
fn exchange(client: ClientConfig, server: ServerConfig) -> (ProtocolVersion, bool, bool) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serving = thread::spawn(move || {
        let (tcp, _) = listener.accept().unwrap();
        let mut tls = Stream::accept(&server, tcp).unwrap();
        let mut text = Vec::new();
        tls.read_to_end(&mut text).unwrap();
        tls.write_all(&text).unwrap();
        tls.close().unwrap();
        let mut exported = [0; 32];
        tls.summary().export(b"EXPORTER-test", Some(b"x"), &mut exported).unwrap();
        (exported, tls.summary().peer.is_some())
    });
    let mut tls = Stream::connect(&client, "localhost", TcpStream::connect(address).unwrap()).unwrap();
    let text: Vec<u8> = (0..40_000u32).map(|n| n as u8).collect();
    tls.write_all(&text).unwrap();
    tls.close().unwrap();
    let mut echo = Vec::new();
    tls.read_to_end(&mut echo).unwrap();
    assert_eq!(echo, text);
    let mut exported = [0; 32];
    tls.summary().export(b"EXPORTER-test", Some(b"x"), &mut exported).unwrap();
    let (theirs, authenticated) = serving.join().unwrap();
    assert_eq!(exported, theirs);
    (tls.summary().version, tls.summary().retried, authenticated)
}

#[test]
fn data_flows_both_ways_in_both_versions_on_both_backends() {
    for ours in providers() {
        for theirs in providers() {
            for versions in [Versions::TLS1_3, Versions::TLS1_2] {
                let credential = Credential::new(pki().chain.clone(), &pki().key, &theirs).unwrap();
                let client = ClientConfig::new(ours.clone(), roots()).with_versions(versions);
                let server = ServerConfig::new(theirs.clone(), credential);
                assert_eq!(exchange(client, server).0, versions.max);
            }
        }
    }
}

#[test]
fn a_client_shows_its_certificate_and_may_be_asked_to_retry() {
    let provider = handfast_ring::provider();
    for versions in [Versions::TLS1_3, Versions::TLS1_2] {
        let credential = || Credential::new(pki().chain.clone(), &pki().key, &provider).unwrap();
        let client = ClientConfig::new(provider.clone(), roots()).with_versions(versions).with_credential(credential());
        let server = ServerConfig::new(provider.clone(), credential())
            .with_client_auth(ClientAuth::Require, roots())
            .with_groups(&[NamedGroup::SECP384R1])
            .with_retry_cookie();
        let (version, retried, authenticated) = exchange(client, server);
        assert_eq!((version, retried, authenticated), (versions.max, versions == Versions::TLS1_3, true));
    }
}

#[test]
fn pem_and_der_say_the_same() {
    let pem = rcgen::KeyPair::try_from(&pki().key[..]).unwrap().serialize_pem();
    assert_eq!(private_key("key", pem.as_bytes()).unwrap()[..], pki().key[..]);
    assert!(certificates("key", pem.as_bytes()).is_err());
}
