//! What is worth telling about a connection: as lines, and as JSON.

use handfast::ask::Chain;
use handfast::x509::{self, Certificate, Policy, ServerName};
use handfast::{Provider, Refusal, Roots, Summary, UnixTime};
use serde_json::{Value, json};
use std::io::Write;

/// The version of every JSON object that the tool prints.
pub(crate) const SCHEMA: u32 = 2;

/// Text for standard error. If nobody reads that, the work goes on all the same.
pub(crate) fn tell(text: &str) {
    _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// How many certificates of a chain are told.
const MOST: usize = 64;

/// A line for each certificate: subject, issuer, last day.
pub(crate) fn chain_lines(chain: &Chain) -> Vec<String> {
    chain
        .iter()
        .take(MOST)
        .map(|der| match Certificate::parse(der) {
            Ok(certificate) => certificate.to_string(),
            Err(error) => format!("cannot be read: {error}"),
        })
        .collect()
}

/// The same as JSON.
pub(crate) fn chain_json(chain: &Chain) -> Value {
    let one = |der: &[u8]| match Certificate::parse(der) {
        Ok(certificate) => json!({
            "subject": certificate.subject_text(),
            "issuer": certificate.issuer_text(),
            "not_before": certificate.validity().not_before.to_string(),
            "not_after": certificate.validity().not_after.to_string(),
        }),
        Err(error) => json!({ "error": error.to_string() }),
    };
    chain.iter().take(MOST).map(one).collect()
}

/// The chain as PEM.
pub(crate) fn chain_pem(chain: &Chain) -> String {
    let plain = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    chain.iter().map(|der| pem::encode_config(&pem::Pem::new("CERTIFICATE", der), plain)).collect()
}

/// The root through which a server's chain is trusted now, or why it is not; none for a name that
/// cannot be one.
pub(crate) fn anchor(
    chain: &Chain,
    roots: &Roots,
    name: &str,
    provider: &Provider,
) -> Option<Result<String, Box<Refusal>>> {
    let name = ServerName::try_from(name.strip_suffix('.').unwrap_or(name)).ok()?;
    let chain: Vec<_> = chain.iter().collect();
    let verdict = x509::verify(&chain, roots, &Policy::server(&name, UnixTime::now()), provider.verify);
    Some(verdict.map(|verified| roots.subject_text(verified.anchor)).map_err(Box::new))
}

/// The subject of the peer's own certificate.
pub(crate) fn subject(summary: &Summary) -> Option<String> {
    let chain = summary.peer.as_ref()?;
    Some(Certificate::parse(chain.leaf()?).ok()?.subject_text())
}

/// What was negotiated, as JSON.
pub(crate) fn negotiated(summary: &Summary) -> Value {
    json!({
        "version": summary.version.to_string(),
        "suite": summary.suite.to_string(),
        "group": summary.group.to_string(),
        "alpn": alpn(summary),
        "peer_scheme": summary.peer_scheme.map(|scheme| scheme.to_string()),
        "own_scheme": summary.own_scheme.map(|scheme| scheme.to_string()),
        "retried": summary.retried,
        "client_certificate_requested": summary.certificate_requested,
        "extended_main_secret": summary.extended_main_secret,
    })
}

/// The application protocol, escaped.
pub(crate) fn alpn(summary: &Summary) -> Option<String> {
    summary.alpn.as_ref().map(|name| name.escape_ascii().to_string())
}
