//! Fixed certificates and keys, and a backend whose every random byte follows from a seed.
//!
//! The certificates are written by `cargo run -p handfast-fuzz --example seed`; their keys are
//! [`key`]s of the numbers below, known to everybody.

use handfast_crypto::Provider;
use handfast_handshake::ask::Credential;
use handfast_rustcrypto::dangerous::SeededRandom;
use handfast_x509::{Roots, UnixTime};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// The host that the sound server certificates are for.
pub const HOST: &str = "example.com";
/// The number of the root's key.
pub const ROOT_KEY: u8 = 1;
/// The number of the key of an authority below the root.
pub const MIDDLE_KEY: u8 = 2;
/// The number of the server's key.
pub const SERVER_KEY: u8 = 3;
/// The number of the client's key.
pub const CLIENT_KEY: u8 = 4;
/// The number of the key of a root that nobody trusts.
pub const STRANGER_KEY: u8 = 5;

/// The certificates by name. The first, the root, is trusted; the next [`SOUND`] have a path to it.
pub const CERTIFICATES: &[(&str, &[u8])] = &[
    ("root", include_bytes!("../pki/root.der")),
    ("server", include_bytes!("../pki/server.der")),
    ("middle", include_bytes!("../pki/middle.der")),
    ("below", include_bytes!("../pki/below.der")),
    ("client", include_bytes!("../pki/client.der")),
    ("expired", include_bytes!("../pki/expired.der")),
    ("elsewhere", include_bytes!("../pki/elsewhere.der")),
    ("stranger", include_bytes!("../pki/stranger.der")),
];

/// The certificates that may stand at the front of a path for [`HOST`].
pub const SOUND: [&str; 2] = ["server", "below"];

/// A certificate by its name.
pub fn certificate(name: &str) -> &'static [u8] {
    CERTIFICATES.iter().find(|(n, _)| *n == name).map_or(&[], |(_, der)| der)
}

/// The Ed25519 key of this number, as PKCS#8 (RFC 8410 §7).
pub fn key(number: u8) -> [u8; 48] {
    let mut pkcs8 = [number; 48];
    pkcs8[..16].copy_from_slice(&[0x30, 46, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 34, 4, 32]);
    pkcs8
}

/// The moment at which everything happens: 2026-06-01.
pub fn now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(1_780_272_000))
}

/// The pure backend, seeded.
pub fn provider(seed: u8) -> Provider {
    handfast_rustcrypto::provider_with(Arc::new(SeededRandom::new([seed; 32])))
}

/// The store that holds the root.
pub fn roots() -> &'static Roots {
    static ROOTS: LazyLock<Roots> = LazyLock::new(|| {
        let mut roots = Roots::new();
        roots.add_der(certificate("root")).expect("the root is sound");
        roots
    });
    &ROOTS
}

/// The server's certificate with its key.
pub fn server() -> &'static Arc<Credential> {
    static SERVER: LazyLock<Arc<Credential>> = LazyLock::new(|| credential("server", SERVER_KEY));
    &SERVER
}

/// The client's certificate with its key.
pub fn client() -> &'static Arc<Credential> {
    static CLIENT: LazyLock<Arc<Credential>> = LazyLock::new(|| credential("client", CLIENT_KEY));
    &CLIENT
}

fn credential(name: &str, number: u8) -> Arc<Credential> {
    let signer = provider(0).keys.load(&key(number)).expect("the key is sound");
    Arc::new(Credential { chain: vec![certificate(name).to_vec()], key: Arc::from(signer), ocsp: Vec::new() })
}
