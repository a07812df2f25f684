//! One test per rule about the form of a certificate, on DER taken apart and put together again.

mod support;
use handfast_crypto::sign::KeyKind;
use handfast_x509::{Certificate, CertificateError, CertificateRule, GeneralName, SignatureId};
use proptest::prelude::*;
use support::*;

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match content.len() {
        n @ 0..=127 => out.push(n as u8),
        n => out.extend([0x82, (n >> 8) as u8, n as u8]),
    }
    if (128..256).contains(&content.len()) {
        out.splice(1..4, [0x81, content.len() as u8]);
    }
    out.extend_from_slice(content);
    out
}

fn seq(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// An extension by its number under 2.5.29.
fn extension(id: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { tlv(1, &[0xff]) } else { Vec::new() };
    seq(&[&tlv(6, &[0x55, 0x1d, id]), &critical, &tlv(4, value)])
}

/// The parts of a certificate that parses; a test breaks one.
struct Parts {
    version: Vec<u8>,
    serial: Vec<u8>,
    inner: Vec<u8>,
    outer: Vec<u8>,
    issuer: Vec<u8>,
    not_before: Vec<u8>,
    spki: Vec<u8>,
    extensions: Vec<Vec<u8>>,
    wrapped: Option<Vec<u8>>,
    signature: Vec<u8>,
    after: Vec<u8>,
}

fn parts() -> Parts {
    let ed25519 = seq(&[&tlv(6, &[0x2b, 0x65, 0x70])]);
    let cn = seq(&[&tlv(6, &[0x55, 4, 3]), &tlv(0x0c, b"name")]);
    Parts {
        version: tlv(0xa0, &tlv(2, &[2])),
        serial: tlv(2, &[1]),
        inner: ed25519.clone(),
        outer: ed25519.clone(),
        issuer: seq(&[&tlv(0x31, &cn)]),
        not_before: tlv(0x17, b"250101000000Z"),
        spki: seq(&[&ed25519, &tlv(3, &[0; 33])]),
        extensions: vec![extension(0x0e, false, &tlv(4, b"id"))],
        wrapped: None,
        signature: tlv(3, &[0; 65]),
        after: Vec::new(),
    }
}

impl Parts {
    fn der(&self) -> Vec<u8> {
        let validity = seq(&[&self.not_before, &tlv(0x18, b"20500101000000Z")]);
        let extensions = self.wrapped.clone().unwrap_or_else(|| tlv(0xa3, &tlv(0x30, &self.extensions.concat())));
        let tbs = seq(&[
            &self.version,
            &self.serial,
            &self.inner,
            &self.issuer,
            &validity,
            &self.issuer,
            &self.spki,
            &extensions,
        ]);
        [seq(&[&tbs, &self.outer, &self.signature]), self.after.clone()].concat()
    }
}

/// The rule that is broken after this change.
fn broken(change: impl FnOnce(&mut Parts)) -> (CertificateRule, &'static str) {
    let mut parts = parts();
    change(&mut parts);
    let CertificateError { rule, field, .. } = Certificate::parse(&parts.der()).unwrap_err();
    (rule, field)
}

fn with_extension(id: u8, value: &[u8]) -> (CertificateRule, &'static str) {
    broken(|p| p.extensions.push(extension(id, false, value)))
}

#[test]
fn the_unbroken_certificate_is_read() {
    let der = parts().der();
    let certificate = Certificate::parse(&der).unwrap();
    assert_eq!(certificate.version(), 3);
    assert_eq!(certificate.serial(), [1]);
    assert_eq!(certificate.subject_text(), "CN=name");
    assert_eq!(certificate.common_name().as_deref(), Some("name"));
    assert_eq!(certificate.public_key().kind(), Some(KeyKind::Ed25519));
    assert_eq!(certificate.subject_key_id(), Some(&b"id"[..]));
    assert_eq!(certificate.validity().not_before.to_string(), "2025-01-01T00:00:00Z");
    assert!(certificate.allows_digital_signature());
}

#[test]
fn every_rule_has_a_test_in_this_file() {
    let source = include_str!("rules.rs");
    for rule in CertificateRule::ALL {
        assert!(source.contains(&format!("Rule::{rule:?},")), "{rule:?} has no test");
        assert!(!rule.text().is_empty() && rule.section().starts_with("RFC 5280"));
    }
}

use CertificateRule as Rule;

#[test]
fn an_indefinite_or_padded_length_is_refused() {
    assert_eq!(broken(|p| p.serial = vec![2, 0x80, 1, 0, 0]), (Rule::Der, "serialNumber"));
    assert_eq!(broken(|p| p.serial = vec![2, 0x81, 1, 1]), (Rule::Der, "serialNumber"));
    assert_eq!(Certificate::parse(&[]).unwrap_err().rule, Rule::Der);
}

#[test]
fn another_type_is_refused_with_its_place() {
    assert_eq!(broken(|p| p.serial = tlv(4, &[1])), (Rule::Tag, "serialNumber"));
    let mut parts = parts();
    parts.serial = tlv(4, &[1]);
    // Two headers of three octets (long form) and the five of the version stand before it.
    let der = parts.der();
    let error = Certificate::parse(&der).unwrap_err();
    assert_eq!(der.get(error.offset), Some(&4));
    assert!(error.to_string().starts_with("serialNumber at byte "), "{error}");
}

#[test]
fn bytes_after_the_end_are_refused() {
    assert_eq!(broken(|p| p.after = vec![0]), (Rule::TrailingBytes, "Certificate"));
    assert_eq!(with_extension(0x0f, &[3, 2, 7, 0x80, 0]), (Rule::TrailingBytes, "keyUsage"));
}

#[test]
fn a_signature_of_odd_bits_is_refused() {
    assert_eq!(broken(|p| p.signature = tlv(3, &[1, 0])), (Rule::BitString, "signatureValue"));
    assert_eq!(with_extension(0x0f, &[3, 2, 8, 0]), (Rule::BitString, "keyUsage"));
}

#[test]
fn a_version_four_is_refused() {
    assert_eq!(broken(|p| p.version = tlv(0xa0, &tlv(2, &[3]))), (Rule::Version, "version"));
}

#[test]
fn a_serial_number_may_be_zero_or_negative_but_not_long() {
    for serial in [&[0][..], &[0x80], &[0xff; 1], &[0x7f; 20]] {
        let mut parts = parts();
        parts.serial = tlv(2, serial);
        assert!(Certificate::parse(&parts.der()).is_ok(), "{serial:?}");
    }
    for serial in [&[][..], &[0, 1], &[0x7f; 22]] {
        assert_eq!(broken(|p| p.serial = tlv(2, serial)), (Rule::Serial, "serialNumber"));
    }
}

#[test]
fn two_different_statements_of_the_algorithm_are_refused() {
    let other = seq(&[&tlv(6, &[0x2b, 0x65, 0x71])]);
    assert_eq!(broken(|p| p.outer = other), (Rule::AlgorithmMismatch, "signature"));
}

#[test]
fn a_name_with_an_empty_set_is_refused() {
    assert_eq!(broken(|p| p.issuer = seq(&[&tlv(0x31, &[])])), (Rule::Name, "issuer"));
}

#[test]
fn an_empty_issuer_is_refused() {
    assert_eq!(broken(|p| p.issuer = seq(&[])), (Rule::EmptyIssuer, "issuer"));
}

#[test]
fn a_time_without_seconds_is_refused() {
    assert_eq!(broken(|p| p.not_before = tlv(0x17, b"2501010000Z")), (Rule::Time, "notBefore"));
}

#[test]
fn a_key_of_the_wrong_length_is_refused() {
    let spki = seq(&[&seq(&[&tlv(6, &[0x2b, 0x65, 0x70])]), &tlv(3, &[0; 32])]);
    assert_eq!(broken(|p| p.spki = spki), (Rule::Key, "subjectPublicKey"));
}

#[test]
fn extensions_in_version_one_are_refused() {
    assert_eq!(broken(|p| p.version = Vec::new()), (Rule::ExtensionsNeedV3, "extensions"));
}

#[test]
fn the_sixty_fifth_extension_is_refused() {
    let many = |p: &mut Parts| p.extensions = (60..125).map(|i| extension(i, false, &[])).collect();
    assert_eq!(broken(many), (Rule::TooManyExtensions, "extension"));
}

#[test]
fn an_extension_that_occurs_twice_is_refused() {
    assert_eq!(with_extension(0x0e, &tlv(4, b"id")), (Rule::DuplicateExtension, "extension"));
}

#[test]
fn an_empty_list_is_refused() {
    assert_eq!(with_extension(0x11, &seq(&[])), (Rule::EmptyList, "subjectAltName"));
    assert_eq!(broken(|p| p.extensions.clear()), (Rule::EmptyList, "extensions"));
}

#[test]
fn a_critical_key_identifier_is_refused() {
    let critical = |p: &mut Parts| p.extensions = vec![extension(0x0e, true, &tlv(4, b"id"))];
    assert_eq!(broken(critical), (Rule::Critical, "subjectKeyIdentifier"));
}

#[test]
fn a_negative_path_length_is_refused() {
    let value = seq(&[&tlv(1, &[0xff]), &tlv(2, &[0xff])]);
    assert_eq!(with_extension(0x13, &value), (Rule::PathLength, "pathLenConstraint"));
}

#[test]
fn an_address_of_five_octets_is_refused() {
    assert_eq!(with_extension(0x11, &seq(&[&tlv(0x87, &[1; 5])])), (Rule::GeneralName, "subjectAltName"));
    assert_eq!(with_extension(0x11, &seq(&[&tlv(0x82, &[0xc3, 0xa4])])), (Rule::GeneralName, "subjectAltName"));
}

#[test]
fn constraints_without_authority_are_refused() {
    let constraints = seq(&[&tlv(0xa0, &seq(&[&tlv(0x82, b"a.test")]))]);
    assert_eq!(with_extension(0x1e, &constraints), (Rule::ConstraintsNeedAuthority, "extensions"));
}

#[test]
fn a_constraint_with_a_maximum_or_a_torn_mask_is_refused() {
    let maximum = seq(&[&tlv(0xa0, &seq(&[&tlv(0x82, b"a.test"), &tlv(0x81, &[1])]))]);
    assert_eq!(with_extension(0x1e, &maximum), (Rule::NameConstraint, "permittedSubtrees"));
    let torn = seq(&[&tlv(0xa1, &seq(&[&tlv(0x87, &[1, 2, 3, 4, 255, 0, 255, 0])]))]);
    assert_eq!(with_extension(0x1e, &torn), (Rule::NameConstraint, "excludedSubtrees"));
}

#[test]
fn weak_algorithms_are_read_by_name() {
    let mut parts = parts();
    let sha1 = seq(&[&tlv(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5]), &[5, 0]]);
    (parts.inner, parts.outer) = (sha1.clone(), sha1);
    let der = parts.der();
    let algorithm = Certificate::parse(&der).unwrap().signature_algorithm();
    assert_eq!(algorithm, SignatureId::Weak("sha1WithRSAEncryption"));
}

#[test]
fn pss_is_read_with_its_three_standard_parameter_sets_only() {
    use handfast_crypto::{HashAlgorithm, sign::SignatureAlgorithm};
    let read = |number: u8, salt: u8| {
        let pss = pss(number, salt);
        let mut parts = parts();
        (parts.inner, parts.outer) = (pss.clone(), pss);
        match Certificate::parse(&parts.der()).unwrap().signature_algorithm() {
            SignatureId::Known(SignatureAlgorithm::RsaPss(hash)) => Some(hash),
            _ => None,
        }
    };
    assert_eq!(read(1, 32), Some(HashAlgorithm::Sha256));
    assert_eq!(read(2, 48), Some(HashAlgorithm::Sha384));
    assert_eq!(read(3, 64), Some(HashAlgorithm::Sha512));
    assert_eq!(read(1, 20), None);
}

/// The AlgorithmIdentifier of RSASSA-PSS with SHA-256 (1), SHA-384 (2) or SHA-512 (3) and a salt of this length.
fn pss(number: u8, salt: u8) -> Vec<u8> {
    let hash = seq(&[&tlv(6, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, number]), &[5, 0]]);
    let mgf = seq(&[&tlv(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8]), &hash]);
    let set = seq(&[&tlv(0xa0, &hash), &tlv(0xa1, &mgf), &tlv(0xa2, &tlv(2, &[salt]))]);
    seq(&[&tlv(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10]), &set])
}

/// A backend to which every signature is good.
struct Gullible;

impl handfast_crypto::sign::Verify for Gullible {
    fn supports(&self, _: KeyKind, _: handfast_crypto::sign::SignatureAlgorithm) -> bool {
        true
    }

    fn verify(
        &self,
        _: KeyKind,
        _: handfast_crypto::sign::SignatureAlgorithm,
        _: &[u8],
        _: &[u8],
        _: &[u8],
    ) -> Result<(), handfast_crypto::CryptoError> {
        Ok(())
    }
}

#[test]
fn a_key_for_pss_with_one_hash_signs_with_no_other() {
    let key = tlv(0x30, &[tlv(2, &[&[0], &[0xff; 256][..]].concat()), tlv(2, &[1, 0, 1])].concat());
    let mut root = parts();
    root.spki = seq(&[&pss(2, 48), &tlv(3, &[&[0], &key[..]].concat())]);
    root.extensions = vec![extension(0x13, true, &seq(&[&tlv(1, &[0xff])]))];
    let mut roots = handfast_x509::Roots::new();
    roots.add_der(&root.der()).unwrap();
    let signed_with = |number, salt| {
        let mut leaf = parts();
        (leaf.inner, leaf.outer) = (pss(number, salt), pss(number, salt));
        handfast_x509::verify(&[&leaf.der()], &roots, &handfast_x509::Policy::client(now()), &Gullible)
    };
    assert!(signed_with(2, 48).is_ok());
    assert_eq!(signed_with(1, 32).unwrap_err().reason().name(), "BadSignature");
}

#[test]
fn text_for_people_is_escaped() {
    let mut parts = parts();
    let cn = seq(&[&tlv(6, &[0x55, 4, 3]), &tlv(0x0c, "a\n,b\u{202e}".as_bytes())]);
    parts.issuer = seq(&[&tlv(0x31, &cn)]);
    let der = parts.der();
    assert_eq!(Certificate::parse(&der).unwrap().subject_text(), "CN=a\\u{a}\\,b\\u{202e}");
}

#[test]
fn alternative_names_are_read_in_their_order() {
    let mut params = server("example.com");
    params.subject_alt_names.push(rcgen::SanType::IpAddress("192.0.2.1".parse().unwrap()));
    let der = Node::root(params).der;
    let certificate = Certificate::parse(&der).unwrap();
    let names: Vec<_> = certificate.subject_alt_names().collect();
    assert_eq!(names, [GeneralName::Dns("example.com"), GeneralName::Ip(&[192, 0, 2, 1])]);
    assert_eq!(names[1].to_string(), "IP:192.0.2.1");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn a_mutated_chain_is_judged_without_a_panic(edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4), cut in any::<prop::sample::Index>(), shorten in any::<bool>()) {
        use std::sync::LazyLock;
        static CHAIN: LazyLock<(Node, Node, Node)> = LazyLock::new(|| {
            let root = Node::root(authority("root"));
            let mut params = authority("middle");
            params.name_constraints = Some(rcgen::NameConstraints {
                permitted_subtrees: vec![rcgen::GeneralSubtree::DnsName("example.com".into())],
                excluded_subtrees: vec![],
            });
            let middle = root.issue(params);
            let leaf = middle.issue(server("example.com"));
            (root, middle, leaf)
        });
        let (root, middle, leaf) = &*CHAIN;
        let mutate = |der: &[u8]| {
            let mut der = der.to_vec();
            for (place, value) in &edits {
                let i = place.index(der.len());
                der[i] = *value;
            }
            if shorten { der.truncate(cut.index(der.len())); }
            der
        };
        let name = handfast_x509::ServerName::try_from("example.com").unwrap();
        let policy = handfast_x509::Policy::server(&name, now());
        let (bad_leaf, bad_middle) = (mutate(&leaf.der), mutate(&middle.der));
        for chain in [[bad_leaf.as_slice(), &middle.der], [&leaf.der, bad_middle.as_slice()]] {
            let changed = chain[0] != leaf.der || chain[1] != middle.der;
            match handfast_x509::verify(&chain, &store(&[root]), &policy, &Ring::default()) {
                Ok(_) => prop_assert!(!changed, "a changed chain was accepted"),
                Err(refusal) => prop_assert!(refusal.to_string().lines().count() <= 15),
            }
        }
    }
}
