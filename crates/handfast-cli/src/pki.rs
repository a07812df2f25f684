//! Throw-away certificate authorities and certificates, in memory: sound ones, and ones with a
//! named fault.
//!
//! Keys are drawn from the operating system and live as ordinary bytes: what is made here
//! protects nothing.
//!
//! ```
//! use handfast_cli::pki::{Authority, AuthorityOptions, LeafOptions};
//!
//! let root = Authority::new(&AuthorityOptions::default())?;
//! let server = root.leaf(&LeafOptions::server(["localhost", "127.0.0.1"]))?;
//! assert_eq!(server.chain_der.len(), 1);
//! # Ok::<(), handfast_cli::pki::PkiError>(())
//! ```

mod key;

pub use key::{Key, KeyType};

use pki_types::pem::PemObject;
use pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};
use time::OffsetDateTime;

const DAY: i64 = 24 * 60 * 60;

/// Why a certificate could not be made, in one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PkiError(String);

impl PkiError {
    fn new(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for PkiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PkiError {}

/// When a certificate holds: both ends in seconds since 1970, both included (RFC 5280 §4.1.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first second.
    pub not_before: i64,
    /// The last second.
    pub not_after: i64,
}

impl Validity {
    /// From an hour before `now`, so that a peer's slow clock does no harm, for `days` days.
    pub fn days(now: i64, days: u16) -> Self {
        Self { not_before: now - 60 * 60, not_after: now + i64::from(days) * DAY }
    }

    /// Ended three days before `now`, having held for `days` days.
    pub fn expired(now: i64, days: u16) -> Self {
        Self { not_before: now - 3 * DAY - i64::from(days) * DAY, not_after: now - 3 * DAY }
    }

    /// Begins three days after `now` and holds for `days` days.
    pub fn not_yet(now: i64, days: u16) -> Self {
        Self { not_before: now + 3 * DAY, not_after: now + 3 * DAY + i64::from(days) * DAY }
    }

    /// What the system's clock says, in seconds since 1970.
    pub fn now() -> i64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(i64::MAX))
    }
}

/// Thirty days from now.
impl Default for Validity {
    fn default() -> Self {
        Self::days(Self::now(), 30)
    }
}

/// The two dates (UTC), as `2026-11-21 to 2026-12-21`.
impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = |f: &mut fmt::Formatter<'_>, at| match OffsetDateTime::from_unix_timestamp(at) {
            Ok(t) => write!(f, "{:04}-{:02}-{:02}", t.year(), u8::from(t.month()), t.day()),
            Err(_) => write!(f, "second {at}"),
        };
        day(f, self.not_before)?;
        f.write_str(" to ")?;
        day(f, self.not_after)
    }
}

/// What an authority is to be.
#[derive(Debug, Clone)]
pub struct AuthorityOptions {
    /// The common name of its subject.
    pub name: String,
    /// The kind of its key.
    pub key_type: KeyType,
    /// When its certificate holds.
    pub validity: Validity,
}

impl Default for AuthorityOptions {
    fn default() -> Self {
        Self { name: "handfast throw-away CA".into(), key_type: KeyType::default(), validity: Validity::default() }
    }
}

/// What the extended key usage of a certificate says it is for (RFC 5280 §4.2.1.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Purpose {
    /// serverAuth.
    #[default]
    #[value(name = "serverAuth")]
    Server,
    /// clientAuth.
    #[value(name = "clientAuth")]
    Client,
    /// serverAuth and clientAuth.
    #[value(name = "both")]
    Both,
    /// No extended key usage at all.
    #[value(name = "none")]
    Unstated,
}

/// What an end entity certificate is to be.
#[derive(Debug, Clone)]
pub struct LeafOptions {
    /// DNS names and IP addresses of its subjectAltName; the first that is short enough is also
    /// the common name.
    pub names: Vec<String>,
    /// The kind of its key.
    pub key_type: KeyType,
    /// When it holds.
    pub validity: Validity,
    /// What it is for.
    pub purpose: Purpose,
    /// Whether it has a subjectAltName; without one no current verifier finds a name (RFC 9525).
    pub san: bool,
}

impl LeafOptions {
    /// A sound P-256 certificate of a server with these names.
    pub fn server<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Self {
            names: names.into_iter().map(Into::into).collect(),
            key_type: KeyType::default(),
            validity: Validity::default(),
            purpose: Purpose::Server,
            san: true,
        }
    }

    /// A sound P-256 certificate of a client with this name.
    pub fn client(name: &str) -> Self {
        Self { purpose: Purpose::Client, ..Self::server([name]) }
    }

    fn params(&self) -> Result<CertificateParams, PkiError> {
        if let Some(odd) = self.names.iter().find(|n| n.is_empty() || !n.is_ascii()) {
            return Err(PkiError::new(format!("{odd:?} is neither a DNS name in ASCII (xn--…) nor an IP address")));
        }
        let san = if self.san { self.names.clone() } else { Vec::new() };
        let mut params =
            CertificateParams::new(san).map_err(|e| PkiError::new(format!("cannot use the names: {e}")))?;
        // A common name holds at most 64 characters (RFC 5280 appendix A.1, ub-common-name).
        subject(&mut params, self.names.iter().find(|n| n.len() <= 64).map(String::as_str));
        hold(&mut params, self.validity)?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = match self.purpose {
            Purpose::Server => vec![ExtendedKeyUsagePurpose::ServerAuth],
            Purpose::Client => vec![ExtendedKeyUsagePurpose::ClientAuth],
            Purpose::Both => vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth],
            Purpose::Unstated => Vec::new(),
        };
        Ok(params)
    }

    /// A certificate that vouches for itself, with a fresh key.
    ///
    /// # Errors
    /// If a name or the validity cannot be written into a certificate.
    pub fn self_signed(&self) -> Result<Issued, PkiError> {
        let key = Key::generate(self.key_type)?;
        let cert = self.params()?.self_signed(&key.0).map_err(cannot_sign)?;
        Ok(Issued::new(&key, std::iter::once(cert.into())))
    }
}

/// An end entity certificate with its key and what a server sends along.
#[derive(Debug)]
pub struct Issued {
    /// The certificate, then the intermediates; not the root.
    pub chain_pem: String,
    /// The private key: PKCS#8.
    pub key_pem: String,
    /// The same chain in DER.
    pub chain_der: Vec<CertificateDer<'static>>,
    /// The same key in DER.
    pub key_der: PrivatePkcs8KeyDer<'static>,
}

impl Issued {
    fn new(key: &Key, chain: impl Iterator<Item = CertificateDer<'static>>) -> Self {
        let chain_der: Vec<_> = chain.collect();
        let chain_pem = chain_der.iter().map(|c| pem(c)).collect();
        Self { chain_pem, key_pem: key.pem(), chain_der, key_der: key.pkcs8() }
    }
}

/// A certificate authority: a root, or an intermediate below one.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    cert: CertificateDer<'static>,
    /// What a leaf's chain needs between the leaf and the root: for an intermediate its own
    /// certificate first, for a root nothing.
    above: Vec<CertificateDer<'static>>,
}

impl Authority {
    /// A root with a fresh key.
    ///
    /// # Errors
    /// If the name or the validity cannot be written into a certificate.
    pub fn new(options: &AuthorityOptions) -> Result<Self, PkiError> {
        let key = Key::generate(options.key_type)?;
        let params = authority(options)?;
        let cert = params.self_signed(&key.0).map_err(cannot_sign)?;
        Ok(Self { issuer: Issuer::new(params, key.0), cert: cert.into(), above: Vec::new() })
    }

    /// A root that was stored as PEM: its certificate (the first of `certificate`) and its key.
    ///
    /// # Errors
    /// If either cannot be read, or the key is not the certificate's.
    pub fn load(certificate: &str, key: &str) -> Result<Self, PkiError> {
        let cert = CertificateDer::from_pem_slice(certificate.as_bytes())
            .map_err(|e| PkiError::new(format!("found no CERTIFICATE block: {e}")))?;
        let key = PrivatePkcs8KeyDer::from_pem_slice(key.as_bytes())
            .map_err(|e| PkiError::new(format!("found no PRIVATE KEY block: {e}")))?;
        let key = Key::from_pkcs8(key.secret_pkcs8_der())?;
        // The subjectPublicKeyInfo stands in a certificate as it is, and only there.
        let public = rcgen::PublicKeyData::subject_public_key_info(&key.0);
        if !cert.windows(public.len()).any(|w| w == public) {
            return Err(PkiError::new("the private key does not belong to the certificate".into()));
        }
        let issuer = Issuer::from_ca_cert_der(&cert, key.0)
            .map_err(|e| PkiError::new(format!("cannot read the CA certificate: {e}")))?;
        Ok(Self { issuer, cert, above: Vec::new() })
    }

    /// An authority below this one, with a fresh key. It may issue leaves, not further authorities.
    ///
    /// # Errors
    /// As [`Authority::new`].
    pub fn intermediate(&self, options: &AuthorityOptions) -> Result<Self, PkiError> {
        let key = Key::generate(options.key_type)?;
        let mut params = authority(options)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.use_authority_key_identifier_extension = true;
        let cert = CertificateDer::from(params.signed_by(&key.0, &self.issuer).map_err(cannot_sign)?);
        let above = std::iter::once(cert.clone()).chain(self.above.iter().cloned()).collect();
        Ok(Self { issuer: Issuer::new(params, key.0), cert, above })
    }

    /// A certificate with a fresh key, issued by this authority.
    ///
    /// # Errors
    /// If a name or the validity cannot be written into a certificate.
    pub fn leaf(&self, options: &LeafOptions) -> Result<Issued, PkiError> {
        self.leaf_for(options, &Key::generate(options.key_type)?)
    }

    /// The same for a key that exists; `options.key_type` is not used. Saves time where many
    /// certificates may share one RSA key.
    ///
    /// # Errors
    /// As [`Authority::leaf`].
    pub fn leaf_for(&self, options: &LeafOptions, key: &Key) -> Result<Issued, PkiError> {
        let mut params = options.params()?;
        params.use_authority_key_identifier_extension = true;
        let cert: Certificate = params.signed_by(&key.0, &self.issuer).map_err(cannot_sign)?;
        Ok(Issued::new(key, std::iter::once(cert.into()).chain(self.above.iter().cloned())))
    }

    /// The authority's certificate: for a root, the trust anchor.
    pub fn der(&self) -> &CertificateDer<'static> {
        &self.cert
    }

    /// The authority's certificate in PEM.
    pub fn pem(&self) -> String {
        pem(&self.cert)
    }

    /// The authority's private key: PKCS#8 in PEM.
    pub fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }
}

fn authority(options: &AuthorityOptions) -> Result<CertificateParams, PkiError> {
    let mut params = CertificateParams::default();
    if options.name.is_empty() || options.name.chars().count() > 64 {
        return Err(PkiError::new("the name of a CA has 1 to 64 characters".into()));
    }
    subject(&mut params, Some(&options.name));
    hold(&mut params, options.validity)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn subject(params: &mut CertificateParams, name: Option<&str>) {
    params.distinguished_name = rcgen::DistinguishedName::new();
    if let Some(name) = name {
        params.distinguished_name.push(DnType::CommonName, name);
    }
}

fn hold(params: &mut CertificateParams, validity: Validity) -> Result<(), PkiError> {
    let at = |seconds| {
        OffsetDateTime::from_unix_timestamp(seconds)
            .map_err(|_| PkiError::new(format!("second {seconds} since 1970 is no date of a certificate")))
    };
    params.not_before = at(validity.not_before)?;
    params.not_after = at(validity.not_after)?;
    Ok(())
}

fn cannot_sign(e: rcgen::Error) -> PkiError {
    PkiError::new(format!("cannot make the certificate: {e}"))
}

fn pem(der: &[u8]) -> String {
    let plain = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new("CERTIFICATE", der), plain)
}
