//! How groups, suites, signature schemes and versions may be spelled: as the registries do, or as
//! OpenSSL does.

use handfast_crypto::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};
use std::fmt::Display;

/// The groups that both backends have; the first three are offered unless told otherwise.
pub const GROUPS: &[NamedGroup] = &[
    NamedGroup::X25519,
    NamedGroup::SECP256R1,
    NamedGroup::SECP384R1,
    NamedGroup::X25519MLKEM768,
    NamedGroup::MLKEM1024,
    NamedGroup::SECP521R1,
];

/// The signature schemes that both backends verify, in their order of preference.
pub const SCHEMES: &[SignatureScheme] = &[
    SignatureScheme::ECDSA_SECP256R1_SHA256,
    SignatureScheme::ECDSA_SECP384R1_SHA384,
    SignatureScheme::ED25519,
    SignatureScheme::RSA_PSS_RSAE_SHA256,
    SignatureScheme::RSA_PSS_RSAE_SHA384,
    SignatureScheme::RSA_PSS_RSAE_SHA512,
    SignatureScheme::RSA_PSS_PSS_SHA256,
    SignatureScheme::RSA_PSS_PSS_SHA384,
    SignatureScheme::RSA_PSS_PSS_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
];

/// What can be looked at byte by byte, as it is named where it is told.
pub const STEPS: &[&str] = &[
    "ClientHello",
    "HelloRetryRequest",
    "ServerHello",
    "EncryptedExtensions",
    "CertificateRequest",
    "Certificate",
    "CertificateStatus",
    "CertificateVerify",
    "ServerKeyExchange",
    "ServerHelloDone",
    "ClientKeyExchange",
    "ChangeCipherSpec",
    "Finished",
    "NewSessionTicket",
    "KeyUpdate",
    "HelloRequest",
    "Alert",
];

/// Other spellings (left) of registered names (right). Case does not matter on either side.
const ALIASES: &[(&str, &str)] = &[
    ("P-256", "secp256r1"),
    ("P256", "secp256r1"),
    ("prime256v1", "secp256r1"),
    ("P-384", "secp384r1"),
    ("P384", "secp384r1"),
    ("P-521", "secp521r1"),
    ("ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    ("ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    ("ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
    ("ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    ("ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    ("ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    ("ECDSA+SHA256", "ecdsa_secp256r1_sha256"),
    ("ECDSA+SHA384", "ecdsa_secp384r1_sha384"),
    ("RSA-PSS+SHA256", "rsa_pss_rsae_sha256"),
    ("RSA-PSS+SHA384", "rsa_pss_rsae_sha384"),
    ("RSA-PSS+SHA512", "rsa_pss_rsae_sha512"),
    ("RSA+SHA256", "rsa_pkcs1_sha256"),
    ("RSA+SHA384", "rsa_pkcs1_sha384"),
    ("RSA+SHA512", "rsa_pkcs1_sha512"),
    ("1.2", "TLS 1.2"),
    ("TLSv1.2", "TLS 1.2"),
    ("1.1", "TLS 1.1"),
    ("TLSv1.1", "TLS 1.1"),
    ("1.0", "TLS 1.0"),
    ("TLSv1", "TLS 1.0"),
    ("1.3", "TLS 1.3"),
    ("TLSv1.3", "TLS 1.3"),
];

/// A group by any of its names.
///
/// # Errors
/// A sentence that lists what is possible.
pub fn group(text: &str) -> Result<NamedGroup, String> {
    pick("group", NamedGroup::from_name(registered(text)), GROUPS, GROUPS)
}

/// A cipher suite by any of its names.
///
/// # Errors
/// A sentence that lists what is possible.
pub fn suite(text: &str) -> Result<CipherSuite, String> {
    pick("cipher suite", CipherSuite::from_name(registered(text)), CipherSuite::SPOKEN, CipherSuite::SPOKEN)
}

/// A signature scheme by any of its names.
///
/// # Errors
/// A sentence that lists what is possible.
pub fn scheme(text: &str) -> Result<SignatureScheme, String> {
    pick("signature scheme", SignatureScheme::from_name(registered(text)), SCHEMES, SCHEMES)
}

/// A kind of message, as `ServerHello` or `server_hello`.
///
/// # Errors
/// A sentence that lists what is possible.
pub fn step(text: &str) -> Result<&'static str, String> {
    let plain = text.replace('_', "");
    let step = STEPS.iter().find(|step| step.eq_ignore_ascii_case(&plain));
    step.copied().ok_or_else(|| format!("no such message; possible: {}", STEPS.join(", ")))
}

/// A protocol version: `1.2` or `1.3`.
///
/// # Errors
/// A sentence that lists what is possible.
pub fn version(text: &str) -> Result<ProtocolVersion, String> {
    let spoken = [ProtocolVersion::TLS1_2, ProtocolVersion::TLS1_3];
    pick("version", ProtocolVersion::from_name(registered(text)), &spoken, &["1.2", "1.3"])
}

/// The registered name for `text`, or `text` itself.
fn registered(text: &str) -> &str {
    ALIASES.iter().find(|(other, _)| other.eq_ignore_ascii_case(text)).map_or(text, |(_, name)| name)
}

/// The value if it is one of those `spoken`; `shown` is how those are printed otherwise.
fn pick<T: PartialEq + Display>(
    what: &str,
    value: Option<T>,
    spoken: &[T],
    shown: &[impl Display],
) -> Result<T, String> {
    let why = match value {
        Some(value) if spoken.contains(&value) => return Ok(value),
        Some(value) => format!("{value} is not spoken here"),
        None => format!("no such {what}"),
    };
    let possible: Vec<String> = shown.iter().map(ToString::to_string).collect();
    Err(format!("{why}; possible: {}", possible.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_backends_offer_the_groups_suites_and_schemes_of_the_tables() {
        for backend in [handfast_ring::provider(), handfast_rustcrypto::provider()] {
            let offered: Vec<_> = backend.groups.iter().map(|g| g.group()).collect();
            assert_eq!(offered, GROUPS, "{}", backend.name);
            assert!(CipherSuite::SPOKEN.iter().all(|&s| backend.has_suite(s)), "{}", backend.name);
            let config = handfast::ClientConfig::new(backend.clone(), handfast::Roots::new());
            let hello = handfast::Handshake::client(&config, "localhost").unwrap();
            let offer = handfast::report::Offer::of_hello(&hello.outgoing()[5..]).unwrap();
            assert_eq!(offer.schemes, SCHEMES, "{}", backend.name);
        }
    }

    #[test]
    fn every_alias_leads_to_a_registered_name() {
        for (alias, name) in ALIASES {
            let known = NamedGroup::from_name(name).is_some()
                || CipherSuite::from_name(name).is_some()
                || SignatureScheme::from_name(name).is_some()
                || ProtocolVersion::from_name(name).is_some();
            assert!(known, "{alias} -> {name}");
        }
    }

    #[test]
    fn every_suite_of_tls12_has_its_openssl_name() {
        for suite in CipherSuite::SPOKEN.iter().filter(|s| s.to_string().contains("ECDHE")) {
            assert!(ALIASES.iter().any(|(_, name)| *name == suite.to_string()), "{suite}");
        }
    }

    #[test]
    fn registered_and_openssl_spellings_mean_the_same() {
        for text in ["secp256r1", "P-256", "p-256", "prime256v1"] {
            assert_eq!(group(text), Ok(NamedGroup::SECP256R1), "{text}");
        }
        assert_eq!(group("X25519"), Ok(NamedGroup::X25519));
        assert_eq!(group("x25519mlkem768"), Ok(NamedGroup::X25519MLKEM768));
        assert_eq!(group("mlkem1024"), Ok(NamedGroup::MLKEM1024));
        assert_eq!((group("P-521"), group("secp521r1")), (Ok(NamedGroup::SECP521R1), Ok(NamedGroup::SECP521R1)));
        assert_eq!(suite("tls_aes_128_gcm_sha256"), Ok(CipherSuite::TLS_AES_128_GCM_SHA256));
        assert_eq!(suite("ECDHE-ECDSA-AES128-GCM-SHA256"), Ok(CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256));
        assert_eq!(scheme("ECDSA+SHA256"), Ok(SignatureScheme::ECDSA_SECP256R1_SHA256));
        assert_eq!(scheme("rsa_pss_rsae_sha256"), scheme("RSA-PSS+SHA256"));
        assert_eq!((step("server_hello"), step("ALERT")), (Ok("ServerHello"), Ok("Alert")));
        assert_eq!(version("1.3"), Ok(ProtocolVersion::TLS1_3));
        assert_eq!(version("TLSv1.2"), Ok(ProtocolVersion::TLS1_2));
    }

    #[test]
    fn a_refusal_tells_unknown_from_unspoken_and_lists_what_is_possible() {
        let list = "possible: x25519, secp256r1, secp384r1, X25519MLKEM768, MLKEM1024, secp521r1";
        assert_eq!(group("brainpool"), Err(format!("no such group; {list}")));
        assert_eq!(group("X448"), Err(format!("x448 is not spoken here; {list}")));
        let said = scheme("rsa_pkcs1_sha1").unwrap_err();
        assert!(said.starts_with("rsa_pkcs1_sha1 is not spoken here; possible: ecdsa_secp256r1_sha256, "), "{said}");
        assert_eq!(version("1.4").unwrap_err(), "no such version; possible: 1.2, 1.3");
        assert_eq!(version("1.1").unwrap_err(), "TLS 1.1 is not spoken here; possible: 1.2, 1.3");
        assert_eq!(version("TLS 1.1").unwrap_err(), "TLS 1.1 is not spoken here; possible: 1.2, 1.3");
        assert!(suite("TLS_RSA_WITH_AES_128_CBC_SHA").unwrap_err().contains("TLS_AES_128_GCM_SHA256, "));
    }
}
