//! What the benches share: backends, one P-256 server, and connected pairs of handfast and of rustls.
//!
//! `cargo bench -p handfast-bench` measures, `cargo bench -p handfast-bench -- --test` runs everything
//! once. rustls (with ring) stands beside handfast as a yardstick, in the same run and on the same
//! certificate; only ratios of one run mean something.
#![forbid(unsafe_code)]

pub mod contenders;
#[cfg(feature = "peers")]
pub mod openssl;
pub mod ours;
pub mod stack;
pub mod theirs;

use handfast_crypto::Provider;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// Every backend, by name.
pub fn backends() -> Vec<Provider> {
    vec![handfast_ring::provider(), handfast_rustcrypto::provider()]
}

/// The sizes of text that are measured, in bytes.
pub const SIZES: [usize; 3] = [100, 1024, 16 * 1024];

/// The host that the server's certificate is for.
pub const HOST: &str = "example.com";

/// A root, an authority below it and a server below that, all with ECDSA keys on P-256.
pub struct Pki {
    /// The root's certificate in DER.
    pub root: Vec<u8>,
    /// What the server sends, in DER: its own certificate, then that of the authority above it.
    pub chain: Vec<Vec<u8>>,
    /// The server's key as PKCS#8.
    pub key: Vec<u8>,
}

impl Default for Pki {
    fn default() -> Self {
        Self::new()
    }
}

impl Pki {
    /// With fresh keys, for [`HOST`].
    pub fn new() -> Self {
        Self::of(HOST)
    }

    /// With fresh keys, for that host.
    pub fn of(host: &str) -> Self {
        let authority = |name: &str| {
            let mut params = CertificateParams::default();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.distinguished_name.push(DnType::CommonName, name);
            (params, KeyPair::generate().expect("a key"))
        };
        let (params, key) = authority("Root");
        let root = params.self_signed(&key).expect("a root").der().to_vec();
        let issuer = Issuer::new(params, key);
        let (params, key) = authority("Intermediate");
        let intermediate = params.signed_by(&key, &issuer).expect("an intermediate").der().to_vec();
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![host.to_owned()]).expect("a host name");
        params.use_authority_key_identifier_extension = true;
        let leaf = params.signed_by(&key, &issuer).expect("a leaf").der().to_vec();
        Self { root, chain: vec![leaf, intermediate], key: key.serialize_der() }
    }
}
