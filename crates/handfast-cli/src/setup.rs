//! What the subcommands build their configurations from: backend, roots, credentials, key log.

use crate::args::{Backend, Negotiation};
use crate::exit::Problem;
use handfast::{KeyLog, KeyLogFile, ProtocolVersion, Provider, Roots, Versions, pem};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The backend of this name.
pub(crate) fn provider(backend: Backend) -> Provider {
    match backend {
        Backend::Ring => handfast_ring::provider(),
        Backend::Rustcrypto => handfast_rustcrypto::provider(),
    }
}

/// The CA certificates of a PEM file.
///
/// # Errors
/// If the file cannot be used; the sentence names it.
pub(crate) fn roots(path: &Path) -> Result<Roots, Problem> {
    let mut roots = Roots::new();
    for (i, der) in pem::load_certificates(path).map_err(Problem::usage)?.iter().enumerate() {
        roots
            .add_der(der)
            .map_err(|error| Problem::usage(format!("{}, certificate {}: {error}", path.display(), i + 1)))?;
    }
    Ok(roots)
}

/// The roots that Mozilla trusts for servers.
pub(crate) fn mozilla() -> Roots {
    let mut roots = Roots::new();
    for anchor in webpki_roots::TLS_SERVER_ROOTS {
        // One root fewer, should one not be readable, is better than none.
        _ = roots.add_anchor(anchor);
    }
    roots
}

/// The key log: `--keylogfile`, else the file that the environment variable SSLKEYLOGFILE names.
///
/// # Errors
/// If the file cannot be opened for writing.
pub(crate) fn key_log(option: Option<&Path>) -> Result<Option<Arc<dyn KeyLog>>, Problem> {
    let variable = || std::env::var_os("SSLKEYLOGFILE").filter(|name| !name.is_empty()).map(PathBuf::from);
    let Some(path) = option.map(Path::to_path_buf).or_else(variable) else { return Ok(None) };
    match KeyLogFile::open(&path) {
        Ok(log) => Ok(Some(Arc::new(log))),
        Err(error) => Err(Problem::usage(format!("cannot write the key log {}: {error}", path.display()))),
    }
}

/// The versions from `--min` to `--max` that have a suite among `--suites`: to offer a version
/// without a suite would only lead to a refusal later.
pub(crate) fn versions(negotiation: &Negotiation) -> Versions {
    let spoken = |version: &ProtocolVersion| {
        let of_version = |suite: &handfast::CipherSuite| suite.info().is_some_and(|i| i.version == *version);
        (negotiation.min..=negotiation.max).contains(version)
            && (negotiation.suites.is_empty() || negotiation.suites.iter().any(of_version))
    };
    let versions = [ProtocolVersion::TLS1_2, ProtocolVersion::TLS1_3];
    Versions {
        min: versions.iter().find(|v| spoken(v)).copied().unwrap_or(negotiation.min),
        max: versions.iter().rfind(|v| spoken(v)).copied().unwrap_or(negotiation.max),
    }
}

/// Applies what `--suites`, `--groups`, `--schemes`, `--alpn`, `--min`, `--max` and `--keylogfile` say to a
/// configuration of either role.
macro_rules! negotiate {
    ($config:expr, $negotiation:expr) => {{
        let (mut config, negotiation): (_, &$crate::args::Negotiation) = ($config, $negotiation);
        config = config.with_versions($crate::setup::versions(negotiation));
        if !negotiation.suites.is_empty() {
            config = config.with_suites(&negotiation.suites);
        }
        if !negotiation.groups.is_empty() {
            config = config.with_groups(&negotiation.groups);
        }
        if !negotiation.schemes.is_empty() {
            config = config.with_schemes(&negotiation.schemes);
        }
        let alpn: Vec<&[u8]> = negotiation.alpn.iter().map(|name| name.0.as_bytes()).collect();
        config = config.with_alpn(&alpn);
        if let Some(log) = $crate::setup::key_log(negotiation.keylogfile.as_deref())? {
            config = config.with_key_log(log);
        }
        if config.suites().is_empty() || config.groups().is_empty() {
            let backend = config.provider().name;
            return Err($crate::exit::Problem::usage(format!("{backend} has none of the --suites or --groups")));
        }
        config
    }};
}
pub(crate) use negotiate;
