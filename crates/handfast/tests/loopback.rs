//! Two streams of ours over a socket pair, each version, backend and key: data both ways.

use handfast::pem::{certificates, private_key};
use handfast::{
    ClientAuth, ClientConfig, Credential, NamedGroup, ProtocolVersion, Provider, Roots, ServerConfig, Stream, Versions,
};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

struct Pki {
    roots: Vec<u8>,
    chain: Vec<Vec<u8>>,
    key: Vec<u8>,
}

/// A CA and a leaf for localhost that serves either role.
fn pki() -> Pki {
    use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::new(vec![]).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.distinguished_name.push(rcgen::DnType::CommonName, "Test CA");
    let root = ca.self_signed(&ca_key).unwrap();
    let issuer = Issuer::new(ca, ca_key);
    let key = KeyPair::generate().unwrap();
    let mut leaf = CertificateParams::new(vec!["localhost".into()]).unwrap();
    leaf.distinguished_name.push(rcgen::DnType::CommonName, "localhost");
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    Pki { roots: root.der().to_vec(), chain: vec![leaf.der().to_vec()], key: key.serialize_der() }
}

fn roots(pki: &Pki) -> Roots {
    let mut roots = Roots::new();
    roots.add_der(&pki.roots).unwrap();
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
    let pki = pki();
    for ours in providers() {
        for theirs in providers() {
            for versions in [Versions::TLS1_3, Versions::TLS1_2] {
                let credential = Credential::new(pki.chain.clone(), &pki.key, &theirs).unwrap();
                let client = ClientConfig::new(ours.clone(), roots(&pki)).with_versions(versions);
                let server = ServerConfig::new(theirs.clone(), credential);
                assert_eq!(exchange(client, server).0, versions.max);
            }
        }
    }
}

#[test]
fn a_client_shows_its_certificate_and_may_be_asked_to_retry() {
    let pki = pki();
    let provider = handfast_ring::provider();
    for versions in [Versions::TLS1_3, Versions::TLS1_2] {
        let credential = || Credential::new(pki.chain.clone(), &pki.key, &provider).unwrap();
        let client =
            ClientConfig::new(provider.clone(), roots(&pki)).with_versions(versions).with_credential(credential());
        let server = ServerConfig::new(provider.clone(), credential())
            .with_client_auth(ClientAuth::Require, roots(&pki))
            .with_groups(&[NamedGroup::SECP384R1])
            .with_retry_cookie();
        let (version, retried, authenticated) = exchange(client, server);
        assert_eq!((version, retried, authenticated), (versions.max, versions == Versions::TLS1_3, true));
    }
}

#[test]
fn pem_and_der_say_the_same() {
    let pki = pki();
    let pem = rcgen::KeyPair::try_from(&pki.key[..]).unwrap().serialize_pem();
    assert_eq!(private_key("key", pem.as_bytes()).unwrap()[..], pki.key[..]);
    assert!(certificates("key", pem.as_bytes()).is_err());
}
