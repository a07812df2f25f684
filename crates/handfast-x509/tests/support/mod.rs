//! What the tests of paths share: a verifier on ring, and a small authority.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use handfast_crypto::sign::{KeyKind, SignatureAlgorithm, Verify};
use handfast_crypto::{CryptoError, HashAlgorithm};
use handfast_x509::{Policy, Refusal, Roots, ServerName, UnixTime, Verified, verify};
use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Verifies with ring, and counts.
#[derive(Default)]
pub struct Ring {
    pub verified: AtomicUsize,
}

impl Ring {
    fn algorithm(
        key: KeyKind,
        algorithm: SignatureAlgorithm,
    ) -> Option<&'static dyn ring::signature::VerificationAlgorithm> {
        use HashAlgorithm::{Sha256, Sha384, Sha512};
        use SignatureAlgorithm::{Ecdsa, RsaPkcs1, RsaPss};
        use ring::signature as r;
        Some(match (key, algorithm) {
            (KeyKind::Rsa, RsaPkcs1(Sha256)) => &r::RSA_PKCS1_2048_8192_SHA256,
            (KeyKind::Rsa, RsaPkcs1(Sha384)) => &r::RSA_PKCS1_2048_8192_SHA384,
            (KeyKind::Rsa, RsaPkcs1(Sha512)) => &r::RSA_PKCS1_2048_8192_SHA512,
            (KeyKind::Rsa | KeyKind::RsaPss, RsaPss(Sha256)) => &r::RSA_PSS_2048_8192_SHA256,
            (KeyKind::Rsa | KeyKind::RsaPss, RsaPss(Sha384)) => &r::RSA_PSS_2048_8192_SHA384,
            (KeyKind::Rsa | KeyKind::RsaPss, RsaPss(Sha512)) => &r::RSA_PSS_2048_8192_SHA512,
            (KeyKind::EcdsaP256, Ecdsa(Sha256)) => &r::ECDSA_P256_SHA256_ASN1,
            (KeyKind::EcdsaP256, Ecdsa(Sha384)) => &r::ECDSA_P256_SHA384_ASN1,
            (KeyKind::EcdsaP384, Ecdsa(Sha256)) => &r::ECDSA_P384_SHA256_ASN1,
            (KeyKind::EcdsaP384, Ecdsa(Sha384)) => &r::ECDSA_P384_SHA384_ASN1,
            (KeyKind::Ed25519, SignatureAlgorithm::Ed25519) => &r::ED25519,
            _ => return None,
        })
    }
}

impl Verify for Ring {
    fn supports(&self, key: KeyKind, algorithm: SignatureAlgorithm) -> bool {
        Self::algorithm(key, algorithm).is_some()
    }

    fn verify(
        &self,
        key: KeyKind,
        algorithm: SignatureAlgorithm,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        self.verified.fetch_add(1, Ordering::Relaxed);
        let algorithm = Self::algorithm(key, algorithm).ok_or(CryptoError::Unsupported)?;
        ring::signature::UnparsedPublicKey::new(algorithm, public_key)
            .verify(message, signature)
            .map_err(|_| CryptoError::BadSignature)
    }
}

/// A certificate with its key, able to issue others.
pub struct Node {
    pub der: Vec<u8>,
    pub issuer: Issuer<'static, KeyPair>,
}

/// An authority's parameters: valid 2020 to 2040, cA, keyCertSign.
pub fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    dated(params, 2020, 2040)
}

/// A server's parameters: valid 2025 to 2027, for `host`.
pub fn server(host: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![host.to_string()]).unwrap();
    params.distinguished_name = named(host);
    dated(params, 2025, 2027)
}

pub fn named(name: &str) -> DistinguishedName {
    let mut dn = DistinguishedName::new();
    dn.push(DnType::OrganizationName, "Test");
    dn.push(DnType::CommonName, name);
    dn
}

pub fn dated(mut params: CertificateParams, from: i32, to: i32) -> CertificateParams {
    params.not_before = rcgen::date_time_ymd(from, 1, 1);
    params.not_after = rcgen::date_time_ymd(to, 1, 1);
    params
}

impl Node {
    pub fn root(params: CertificateParams) -> Self {
        Self::root_with(params, KeyPair::generate().unwrap())
    }

    pub fn root_with(params: CertificateParams, key: KeyPair) -> Self {
        let der = params.self_signed(&key).unwrap().der().to_vec();
        Self { der, issuer: Issuer::new(params, key) }
    }

    pub fn issue(&self, params: CertificateParams) -> Self {
        self.issue_with(params, KeyPair::generate().unwrap())
    }

    pub fn issue_with(&self, params: CertificateParams, key: KeyPair) -> Self {
        let der = params.signed_by(&key, &self.issuer).unwrap().der().to_vec();
        Self { der, issuer: Issuer::new(params, key) }
    }
}

pub fn store(roots: &[&Node]) -> Roots {
    let mut store = Roots::new();
    roots.iter().for_each(|r| store.add_der(&r.der).unwrap());
    store
}

/// 2026-06-01T00:00:00Z.
pub fn now() -> UnixTime {
    at(1_780_272_000)
}

pub fn at(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}

/// Judges a server for `host` now.
pub fn judge(chain: &[&Node], roots: &[&Node], host: &str) -> Result<Verified, Refusal> {
    let name = ServerName::try_from(host).unwrap();
    judge_with(chain, roots, &Policy::server(&name, now()))
}

pub fn judge_with(chain: &[&Node], roots: &[&Node], policy: &Policy<'_>) -> Result<Verified, Refusal> {
    let chain: Vec<&[u8]> = chain.iter().map(|n| n.der.as_slice()).collect();
    verify(&chain, &store(roots), policy, &Ring::default())
}
