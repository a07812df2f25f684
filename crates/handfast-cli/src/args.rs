//! The options of every subcommand, parsed into values that cannot be wrong.
//!
//! What one option alone can get wrong is refused by its parser; what only two together can get
//! wrong (`--min` above `--max`, a `--cert` without its `--key`) by [`ClientArgs::check`] and
//! [`ServerArgs::check`].

mod explain;

pub use explain::ExplainArgs;

use crate::names;
use crate::pki::{KeyType, Purpose};
use clap::{Args, Subcommand, ValueEnum};
use handfast::x509::ServerName;
use handfast_crypto::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// The library that does the arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
pub enum Backend {
    /// ring: fast.
    #[default]
    Ring,
    /// RustCrypto: pure Rust.
    Rustcrypto,
}

/// A host and a port: `HOST[:PORT]`, with an IPv6 address in brackets if a port follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// A DNS name or an IP address, without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

impl Endpoint {
    /// Reads `text`; without a port in it the port is `port`.
    ///
    /// # Errors
    /// A sentence that shows the form.
    pub fn parse(text: &str, port: u16) -> Result<Self, String> {
        Self::read(text, port, 0)
    }

    fn read(text: &str, port: u16, least: u16) -> Result<Self, String> {
        let form = || "expected HOST, HOST:PORT or [IPV6]:PORT".to_string();
        let (host, rest) = if let Some(inner) = text.strip_prefix('[') {
            inner.split_once(']').ok_or_else(form)?
        } else if text.matches(':').count() > 1 {
            (text, "")
        } else {
            text.split_at(text.find(':').unwrap_or(text.len()))
        };
        let port = match rest.strip_prefix(':') {
            Some(digits) => digits.parse().map_err(|_| format!("{digits:?} is not a port ({least} to 65535)"))?,
            None if rest.is_empty() => port,
            None => return Err(form()),
        };
        let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '/' | '[' | ']');
        if host.is_empty() || host.contains(odd) {
            return Err(form());
        }
        Ok(Self { host: host.into(), port })
    }

    fn remote(text: &str) -> Result<Self, String> {
        match Self::read(text, 443, 1)? {
            Self { port: 0, .. } => Err("\"0\" is not a port (1 to 65535)".into()),
            endpoint => Ok(endpoint),
        }
    }

    fn local(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(port) => Ok(Self { host: "127.0.0.1".into(), port }),
            Err(_) => Self::parse(text, 4433),
        }
    }
}

/// The form that [`Endpoint::parse`] reads.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// One protocol name of ALPN: 1 to 255 bytes (RFC 7301 §3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlpnName(pub String);

impl FromStr for AlpnName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if (1..=255).contains(&text.len()) {
            Ok(Self(text.into()))
        } else {
            Err("a protocol name has 1 to 255 bytes".into())
        }
    }
}

/// Options that say what may be negotiated; the same for both roles.
#[derive(Args, Clone, Debug)]
pub struct Negotiation {
    /// Lowest protocol version: 1.2 or 1.3.
    #[arg(long, value_name = "VERSION", default_value = "1.2", value_parser = names::version)]
    pub min: ProtocolVersion,
    /// Highest protocol version: 1.2 or 1.3.
    #[arg(long, value_name = "VERSION", default_value = "1.3", value_parser = names::version)]
    pub max: ProtocolVersion,
    /// Protocols for ALPN, preferred first (h2,http/1.1).
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub alpn: Vec<AlpnName>,
    /// Key exchange groups, preferred first (x25519,secp256r1); default: x25519, secp256r1, secp384r1.
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = names::group)]
    pub groups: Vec<NamedGroup>,
    /// Cipher suites of both versions, preferred first; default: all.
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = names::suite)]
    pub suites: Vec<CipherSuite>,
    /// Signature schemes accepted from the peer (ecdsa_secp256r1_sha256); default: all.
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = names::scheme)]
    pub schemes: Vec<SignatureScheme>,
    /// Append the secrets of each connection to FILE, for Wireshark.
    #[arg(long, value_name = "FILE")]
    pub keylogfile: Option<PathBuf>,
    /// The outcome as one JSON object on standard error; standard output stays the peer's data.
    #[arg(long)]
    pub json: bool,
    /// The library that does the arithmetic.
    #[arg(long, value_name = "NAME", default_value = "ring")]
    pub backend: Backend,
}

impl Negotiation {
    fn check(&self) -> Result<(), String> {
        if self.min > self.max {
            return Err(format!("--min ({}) is above --max ({}): no version is left", self.min, self.max));
        }
        let usable = |s: &CipherSuite| s.info().is_some_and(|i| self.min <= i.version && i.version <= self.max);
        if !self.suites.is_empty() && !self.suites.iter().any(usable) {
            return Err(format!("none of the --suites belongs to a version from {} to {}", self.min, self.max));
        }
        Ok(())
    }
}

/// `handfast demo`.
#[derive(Args, Clone, Debug)]
pub struct DemoArgs {
    /// The library that does the arithmetic.
    #[arg(long, value_name = "NAME", default_value = "ring")]
    pub backend: Backend,
}

/// What to send in server_name (RFC 6066 §3) in place of the name that is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sni {
    /// No name at all.
    Nothing,
}

impl Sni {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::Nothing),
            _ => Err("expected none; which name is sent and verified says --name".into()),
        }
    }
}

/// `handfast client`.
#[derive(Args, Clone, Debug)]
pub struct ClientArgs {
    /// Where to connect: HOST or HOST:PORT; the port is 443 if it is not given.
    #[arg(value_name = "HOST[:PORT]", value_parser = Endpoint::remote)]
    pub peer: Endpoint,
    /// Trust the CA certificates in FILE (PEM) instead of the Mozilla roots.
    #[arg(long, alias = "cacert", value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// The name to ask for (SNI) and to find in the certificate; default: HOST.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// none: do not say which name is wanted (no SNI); it is verified all the same.
    #[arg(long, value_name = "none", value_parser = Sni::read)]
    pub sni: Option<Sni>,
    /// Certificate chain (PEM) to show if the server asks for one.
    #[arg(long, value_name = "FILE", requires = "key")]
    pub cert: Option<PathBuf>,
    /// Its private key (PEM, PKCS#8).
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,
    /// What may be negotiated.
    #[command(flatten)]
    pub negotiation: Negotiation,
    /// Tell the handshake step by step on standard error.
    #[arg(long, conflicts_with = "json")]
    pub explain: bool,
    /// Print the server's certificates as PEM, on standard error.
    #[arg(long)]
    pub showcerts: bool,
    /// Give up if the handshake takes longer.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub timeout: Duration,
    /// Take the input lines K (change keys, and the server's too), k (change keys) and Q (quit) as
    /// commands.
    #[arg(long)]
    pub commands: bool,
    /// Go on whatever the certificate says. DANGER: anyone on the way can read and change
    /// everything; the exit status is 3 even on success.
    #[arg(long)]
    pub accept_any_certificate: bool,
}

impl ClientArgs {
    /// The name to verify: `--name`, else the host.
    pub fn verify_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.peer.host)
    }

    /// Checks what only several options together can get wrong.
    ///
    /// # Errors
    /// A sentence for the user; the exit status is then 2.
    pub fn check(&self) -> Result<(), String> {
        self.negotiation.check()
    }
}

/// `handfast server`.
#[derive(Args, Clone, Debug)]
pub struct ServerArgs {
    /// Certificate chain (PEM). Repeat with --key: the client's SNI chooses among the pairs.
    #[arg(long = "cert", value_name = "FILE", required = true)]
    pub certs: Vec<PathBuf>,
    /// Private key (PEM, PKCS#8) of the --cert with the same position.
    #[arg(long = "key", value_name = "FILE", required = true)]
    pub keys: Vec<PathBuf>,
    /// Require a client certificate under one of the CAs in FILE (PEM).
    #[arg(long, value_name = "FILE")]
    pub client_ca: Option<PathBuf>,
    /// Only ask for a client certificate: a client may decline, but what it shows must verify.
    #[arg(long, requires = "client_ca")]
    pub request_client_cert: bool,
    /// What may be negotiated.
    #[command(flatten)]
    pub negotiation: Negotiation,
    /// Answer each HTTP request with a page about its connection.
    #[arg(long, conflicts_with = "echo")]
    pub www: bool,
    /// Send back what arrives.
    #[arg(long)]
    pub echo: bool,
    /// Exit after the first connection.
    #[arg(long)]
    pub once: bool,
    /// Print the whole report of each client that fails, not its first line alone.
    #[arg(long, conflicts_with = "json")]
    pub explain: bool,
    /// Where to listen: PORT (on 127.0.0.1) or HOST:PORT; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4433", value_parser = Endpoint::local)]
    pub listen: Endpoint,
}

impl ServerArgs {
    /// Each certificate chain with its key, in the order given.
    pub fn pairs(&self) -> impl Iterator<Item = (&PathBuf, &PathBuf)> {
        self.certs.iter().zip(&self.keys)
    }

    /// Checks what only several options together can get wrong.
    ///
    /// # Errors
    /// A sentence for the user; the exit status is then 2.
    pub fn check(&self) -> Result<(), String> {
        let (certs, keys) = (self.certs.len(), self.keys.len());
        if certs != keys {
            return Err(format!("every --cert needs its --key: {certs} --cert but {keys} --key"));
        }
        self.negotiation.check()
    }
}

/// `handfast ca`.
#[derive(Subcommand, Clone, Debug)]
pub enum CaCommand {
    /// Make a throw-away certificate authority.
    New(NewArgs),
    /// Make a certificate under one.
    Leaf(LeafArgs),
}

/// What `ca new` and `ca leaf` share.
#[derive(Args, Clone, Debug)]
pub struct MakeArgs {
    /// Kind of key.
    #[arg(long, value_name = "TYPE", default_value = "p256")]
    pub key_type: KeyType,
    /// How many days the certificate holds.
    #[arg(long, value_name = "N", default_value = "30", value_parser = clap::value_parser!(u16).range(1..))]
    pub days: u16,
    /// Fault: it ended three days ago.
    #[arg(long, conflicts_with = "not_yet_valid")]
    pub expired: bool,
    /// Fault: it begins in three days.
    #[arg(long)]
    pub not_yet_valid: bool,
    /// Where to write: PREFIX.pem and PREFIX.key, or files in an existing directory.
    #[arg(long, value_name = "PREFIX|DIR")]
    pub out: PathBuf,
    /// Overwrite files that exist.
    #[arg(long)]
    pub force: bool,
}

/// `handfast ca new`.
#[derive(Args, Clone, Debug)]
pub struct NewArgs {
    /// Common name of the authority; default: a new one each time, as two authorities of one name
    /// are easily confused.
    #[arg(long, value_name = "CN")]
    pub name: Option<String>,
    /// The rest.
    #[command(flatten)]
    pub make: MakeArgs,
}

/// `handfast ca leaf`.
#[derive(Args, Clone, Debug)]
pub struct LeafArgs {
    /// The authority that `ca new --out` wrote: the same PREFIX or DIR.
    #[arg(long, value_name = "PREFIX|DIR", required_unless_present = "self_signed")]
    pub ca: Option<PathBuf>,
    /// DNS name or IP address; repeat for more.
    #[arg(long = "name", value_name = "DNS|IP", required = true, value_parser = subject)]
    pub names: Vec<String>,
    /// For a client: short for --eku clientAuth.
    #[arg(long, conflicts_with = "eku")]
    pub client: bool,
    /// Extended key usage.
    #[arg(long, value_name = "USAGE", default_value = "serverAuth")]
    pub eku: Purpose,
    /// Fault: no subjectAltName, only a common name.
    #[arg(long)]
    pub no_san: bool,
    /// Fault: signed by its own key.
    #[arg(long, conflicts_with_all = ["ca", "intermediate"])]
    pub self_signed: bool,
    /// Issue through a fresh intermediate, which PREFIX.pem then holds after the leaf.
    #[arg(long)]
    pub intermediate: bool,
    /// The rest.
    #[command(flatten)]
    pub make: MakeArgs,
}

/// A name that a certificate can be for: of a host, maybe with `*` as its first label, or an address.
fn subject(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("*.").unwrap_or(text);
    match ServerName::try_from(host) {
        Ok(name) if host == text || matches!(name, ServerName::DnsName(_)) => Ok(text.into()),
        _ => Err("expected a host name or an IP address".into()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .filter(|s| (0.001..=86_400.0).contains(s))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "expected seconds: 0.001 to 86400".into())
}
