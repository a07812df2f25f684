//! Keys, certificates and settings that the tests share.

use handfast_codec::{CipherSuite, NamedGroup, SignatureScheme};
use handfast_conformance::puppet::Identity;
use handfast_crypto::Provider;
use handfast_handshake::ask::Credential;
use handfast_handshake::client::Target;
use handfast_handshake::server::ClientAuth;
use handfast_handshake::{Versions, client, server};
use handfast_rustcrypto::dangerous::SeededRandom;
use rcgen::{CertificateParams, KeyPair};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// The kinds of key that both backends sign with here.
pub const KEYS: &[&str] = &["p256", "p384", "ed25519", "rsa2048"];

/// Both backends; the pure one is seeded, so that it repeats itself, and may sign with RSA.
pub fn backends() -> [Provider; 2] {
    let random = Arc::new(SeededRandom::new([7; 32]));
    [handfast_ring::provider(), handfast_rustcrypto::dangerous_provider_with_rsa_signing(random)]
}

/// A private key of testdata, in PKCS#8.
pub fn key(name: &str) -> Vec<u8> {
    let file = format!("{}/../../testdata/keys/{name}.der", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&file).unwrap_or_else(|e| panic!("{file}: {e}"))
}

/// A self-signed leaf certificate for that key.
pub fn leaf(name: &str) -> Vec<u8> {
    static MADE: Mutex<Option<HashMap<String, Vec<u8>>>> = Mutex::new(None);
    let mut made = MADE.lock().unwrap();
    made.get_or_insert_default().entry(name.to_owned()).or_insert_with(|| leaf_with(name, |_| ())).clone()
}

/// The same with other parameters.
pub fn leaf_with(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
    let key = KeyPair::try_from(key(name)).unwrap();
    let mut params = CertificateParams::new(vec!["example.com".to_owned()]).unwrap();
    change(&mut params);
    params.self_signed(&key).unwrap().der().to_vec()
}

/// A credential of a machine.
pub fn credential(provider: &Provider, name: &str, ocsp: &[u8]) -> Arc<Credential> {
    let key = Arc::from(provider.keys.load(&key(name)).unwrap());
    Arc::new(Credential { chain: vec![leaf(name)], key, ocsp: ocsp.to_vec() })
}

/// The same for a puppet.
pub fn identity(provider: &Provider, name: &str) -> Identity {
    Identity { chain: vec![leaf(name)], key: Arc::from(provider.keys.load(&key(name)).unwrap()) }
}

fn schemes(provider: &Provider) -> Vec<SignatureScheme> {
    SignatureScheme::KNOWN.iter().copied().filter(|s| provider.verifies(*s)).collect()
}

/// Three groups; the client's first share is for the second of them, so that a server which asks
/// for the first gets its HelloRetryRequest answered.
pub const GROUPS: [NamedGroup; 3] = [NamedGroup::X25519, NamedGroup::SECP256R1, NamedGroup::SECP384R1];

pub fn client(provider: &Provider) -> client::Settings {
    client::Settings {
        provider: provider.clone(),
        versions: Versions::ALL,
        suites: CipherSuite::SPOKEN.to_vec(),
        groups: GROUPS.to_vec(),
        shares: vec![NamedGroup::SECP256R1],
        schemes: schemes(provider),
        alpn: Vec::new(),
        require_extended_main_secret: false,
        allow_legacy_servers: true,
        middlebox_compatibility: true,
        status_request: false,
        authenticates: false,
    }
}

pub fn server(provider: &Provider) -> server::Settings {
    server::Settings {
        provider: provider.clone(),
        versions: Versions::ALL,
        suites: CipherSuite::SPOKEN.to_vec(),
        groups: GROUPS.to_vec(),
        schemes: schemes(provider),
        alpn: Vec::new(),
        client_auth: ClientAuth::None,
        authorities: Vec::new(),
        require_extended_main_secret: false,
        retry_cookie: false,
    }
}

pub fn target() -> Target {
    Target { name: Arc::from("example.com"), indicate: true }
}
