//! Whether a certificate speaks for the name that was asked for (RFC 9525).

use crate::certificate::Certificate;
use crate::name::GeneralName;
use pki_types::{IpAddr, ServerName};

/// Whether one of the alternative names is this name. The common name is never looked at
/// (RFC 9525 §2), and an address never matches a dNSName.
pub(crate) fn matches(certificate: &Certificate<'_>, name: &ServerName<'_>) -> bool {
    certificate.subject_alt_names().any(|presented| match (name, presented) {
        (ServerName::DnsName(name), GeneralName::Dns(pattern)) => matches_dns(name.as_ref(), pattern),
        (ServerName::IpAddress(IpAddr::V4(v4)), GeneralName::Ip(octets)) => octets == v4.as_ref(),
        (ServerName::IpAddress(IpAddr::V6(v6)), GeneralName::Ip(octets)) => octets == v6.as_ref(),
        _ => false,
    })
}

/// RFC 9525 §6.3: label by label without regard to ASCII case. `*` counts only as the complete
/// left-most label and stands for exactly one label. As webpki does, it needs two labels after
/// it, so that `*.com` speaks for nobody. The reference may be absolute (final dot); a presented
/// name may not.
pub(crate) fn matches_dns(reference: &str, presented: &str) -> bool {
    let reference = reference.strip_suffix('.').unwrap_or(reference);
    if !is_presentable(presented) || reference.is_empty() {
        return false;
    }
    match presented.strip_prefix("*.") {
        None => reference.eq_ignore_ascii_case(presented),
        Some(parent) => match reference.split_once('.') {
            Some((label, rest)) => !label.is_empty() && rest.eq_ignore_ascii_case(parent),
            None => false,
        },
    }
}

/// Whether a dNSName is a host name, or `*.` and a host name of two labels or more. Underscores
/// are let through: they are in use.
pub(crate) fn is_presentable(name: &str) -> bool {
    let (host, least) = name.strip_prefix("*.").map_or((name, 1), |parent| (parent, 2));
    is_host(host) && host.split('.').count() >= least
}

/// Letters, digits, hyphens and underscores in labels of 1 to 63, 253 in all, no final dot.
pub(crate) fn is_host(name: &str) -> bool {
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_label_by_label() {
        for (reference, presented, expected) in [
            ("example.com", "example.com", true),
            ("EXAMPLE.com", "example.COM", true),
            ("example.com.", "example.com", true),
            ("example.com", "example.com.", false),
            ("www.example.com", "*.example.com", true),
            ("example.com", "*.example.com", false),
            ("a.b.example.com", "*.example.com", false),
            ("example.com", "*.com", false),
            ("www.example.com", "w*.example.com", false),
            ("www.example.com", "*w.example.com", false),
            ("www.example.com", "www.*.com", false),
            ("www.example.com", "*", false),
            ("www.example.com", "*.*.com", false),
            ("www.example.com", "", false),
            ("www.example.com", ".example.com", false),
            ("www.example.com", "www..example.com", false),
            ("a_b.example.com", "a_b.example.com", true),
        ] {
            assert_eq!(matches_dns(reference, presented), expected, "{reference} {presented}");
        }
    }
}
