//! One test per reason to refuse a chain, and the report it makes.

mod support;
use handfast_crypto::AlertDescription;
use handfast_x509::{Budget, Place, Policy, Purpose, Reason, Refusal, Roots, ServerName, verify};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, CustomExtension, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use support::*;

/// A root, an intermediate that was changed, and its server.
fn through(change: impl FnOnce(&mut CertificateParams)) -> (Node, Node, Node) {
    let root = Node::root(authority("root"));
    let mut params = authority("middle");
    change(&mut params);
    let middle = root.issue(params);
    let leaf = middle.issue(server("example.com"));
    (root, middle, leaf)
}

fn refused_through(change: impl FnOnce(&mut CertificateParams)) -> Refusal {
    let (root, middle, leaf) = through(change);
    judge(&[&leaf, &middle], &[&root], "example.com").unwrap_err()
}

/// A server's certificate that was changed, straight from the root.
fn refused_leaf(change: impl FnOnce(&mut CertificateParams)) -> Refusal {
    let root = Node::root(authority("root"));
    let mut params = server("example.com");
    change(&mut params);
    judge(&[&root.issue(params)], &[&root], "example.com").unwrap_err()
}

/// The refusal has this reason, alert and number, and explains itself in some lines.
fn is(refusal: &Refusal, name: &str, alert: AlertDescription, openssl: u8) {
    let text = refusal.to_string();
    assert_eq!(refusal.reason().name(), name, "{text}");
    assert_eq!((refusal.alert(), refusal.openssl_code()), (alert, openssl), "{text}");
    assert!((1..=15).contains(&text.lines().count()), "{text}");
    assert!(text.starts_with(refusal.reason().text()), "{text}");
}

use AlertDescription as Alert;

#[test]
fn every_reason_has_a_test_in_this_file() {
    let source = include_str!("reasons.rs");
    for name in Reason::NAMES {
        assert!(source.contains(&format!(", \"{name}\", ")), "{name} has no test");
    }
}

#[test]
fn an_empty_chain_is_refused() {
    let refusal = judge(&[], &[], "example.com").unwrap_err();
    is(&refusal, "EmptyChain", Alert::BAD_CERTIFICATE, 1);
}

#[test]
fn a_search_beyond_the_budget_is_refused() {
    let (root, middle, leaf) = through(|_| ());
    let name = ServerName::try_from("example.com").unwrap();
    let whole = Policy::server(&name, now()).budget;
    for budget in [Budget { signatures: 1, ..whole }, Budget { candidates: 1, ..whole }] {
        let policy = Policy { budget, ..Policy::server(&name, now()) };
        let refusal = judge_with(&[&leaf, &middle], &[&root], &policy).unwrap_err();
        is(&refusal, "BudgetSpent", Alert::BAD_CERTIFICATE, 1);
    }
}

#[test]
fn a_malformed_certificate_is_refused_with_its_rule() {
    let root = Node::root(authority("root"));
    let mut leaf = root.issue(server("example.com"));
    leaf.der.push(0);
    let refusal = judge(&[&leaf], &[&root], "example.com").unwrap_err();
    is(&refusal, "Malformed", Alert::BAD_CERTIFICATE, 1);
    assert!(refusal.to_string().contains("nothing may follow here"), "{refusal}");
}

#[test]
fn an_expired_certificate_is_refused_with_its_dates() {
    let refusal = refused_leaf(|p| p.not_after = rcgen::date_time_ymd(2026, 5, 31));
    is(&refusal, "Expired", Alert::CERTIFICATE_EXPIRED, 10);
    let text = refusal.to_string();
    assert!(text.contains("valid until 2026-05-31T00:00:00Z, and it is 2026-06-01T00:00:00Z"), "{text}");
    let refusal = refused_through(|p| p.not_after = rcgen::date_time_ymd(2026, 5, 31));
    is(&refusal, "Expired", Alert::CERTIFICATE_EXPIRED, 10);
    assert_eq!(refusal.main().failed_at, Place::Sent(1));
}

#[test]
fn the_last_second_is_valid_and_the_next_is_not() {
    let root = Node::root(authority("root"));
    let leaf = root.issue(server("example.com"));
    let name = ServerName::try_from("example.com").unwrap();
    let end = 1_798_761_600; // 2027-01-01T00:00:00Z
    assert!(judge_with(&[&leaf], &[&root], &Policy::server(&name, at(end))).is_ok());
    assert!(judge_with(&[&leaf], &[&root], &Policy::server(&name, at(end + 1))).is_err());
}

#[test]
fn a_certificate_of_the_future_is_refused() {
    let refusal = refused_leaf(|p| p.not_before = rcgen::date_time_ymd(2026, 6, 2));
    is(&refusal, "NotYetValid", Alert::CERTIFICATE_EXPIRED, 9);
}

#[test]
fn another_host_is_refused_with_the_names_found() {
    let root = Node::root(authority("root"));
    let leaf = root.issue(server("example.com"));
    let refusal = judge(&[&leaf], &[&root], "example.org").unwrap_err();
    is(&refusal, "HostMismatch", Alert::BAD_CERTIFICATE, 62);
    assert!(refusal.to_string().contains("expected example.org, found DNS:example.com"), "{refusal}");
}

#[test]
fn a_host_in_the_common_name_alone_is_refused() {
    let refusal = refused_leaf(|p| p.subject_alt_names.clear());
    is(&refusal, "HostMismatch", Alert::BAD_CERTIFICATE, 62);
    assert!(refusal.to_string().contains("found no alternative name"), "{refusal}");
}

#[test]
fn another_address_is_refused() {
    let root = Node::root(authority("root"));
    let mut params = server("example.com");
    params.subject_alt_names = vec![SanType::IpAddress("192.0.2.1".parse().unwrap())];
    let leaf = root.issue(params);
    assert!(judge(&[&leaf], &[&root], "192.0.2.1").is_ok());
    let refusal = judge(&[&leaf], &[&root], "192.0.2.2").unwrap_err();
    is(&refusal, "AddressMismatch", Alert::BAD_CERTIFICATE, 64);
    let refusal = judge(&[&leaf], &[&root], "2001:db8::1").unwrap_err();
    is(&refusal, "AddressMismatch", Alert::BAD_CERTIFICATE, 64);
}

#[test]
fn a_certificate_for_another_purpose_is_refused() {
    let client = |p: &mut CertificateParams| p.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    is(&refused_leaf(client), "Purpose", Alert::UNSUPPORTED_CERTIFICATE, 26);
    is(&refused_through(client), "Purpose", Alert::UNSUPPORTED_CERTIFICATE, 26);
}

#[test]
fn a_client_is_judged_by_its_own_purpose() {
    let root = Node::root(authority("root"));
    let mut params = server("client");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let leaf = root.issue(params);
    assert!(judge_with(&[&leaf], &[&root], &Policy::client(now())).is_ok());
    let policy = Policy { purpose: Purpose::ServerAuth, ..Policy::client(now()) };
    assert!(judge_with(&[&leaf], &[&root], &policy).is_err());
}

#[test]
fn a_key_that_may_not_sign_handshakes_is_refused() {
    let refusal = refused_leaf(|p| p.key_usages = vec![KeyUsagePurpose::KeyAgreement]);
    is(&refusal, "MayNotAuthenticate", Alert::UNSUPPORTED_CERTIFICATE, 26);
}

fn critical(id: &[u64]) -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(id, vec![5, 0]);
    extension.set_criticality(true);
    extension
}

#[test]
fn an_unknown_critical_extension_is_refused_by_its_number() {
    let change = |p: &mut CertificateParams| p.custom_extensions = vec![critical(&[1, 3, 6, 1, 4, 1, 5, 7])];
    is(&refused_leaf(change), "UnhandledCritical", Alert::UNSUPPORTED_CERTIFICATE, 34);
    let refusal = refused_through(change);
    is(&refusal, "UnhandledCritical", Alert::UNSUPPORTED_CERTIFICATE, 34);
    assert!(refusal.to_string().contains("1.3.6.1.4.1.5.7"), "{refusal}");
}

/// An RSA key of 2048 bits is easily had; the policy is moved instead of the key.
fn rsa_policy<'a>(name: &'a ServerName<'a>) -> Policy<'a> {
    Policy { least_rsa_bits: 3072, ..Policy::server(name, now()) }
}

fn rsa() -> KeyPair {
    let pem = include_str!("support/rsa2048.pem");
    KeyPair::from_pem(pem).unwrap()
}

#[test]
fn a_short_key_of_the_server_is_refused() {
    let root = Node::root(authority("root"));
    let leaf = root.issue_with(server("example.com"), rsa());
    assert!(judge(&[&leaf], &[&root], "example.com").is_ok());
    let name = ServerName::try_from("example.com").unwrap();
    let refusal = judge_with(&[&leaf], &[&root], &rsa_policy(&name)).unwrap_err();
    is(&refusal, "LeafKeyTooSmall", Alert::BAD_CERTIFICATE, 66);
    assert!(refusal.to_string().contains("2048 bits, and 3072 are required"), "{refusal}");
}

#[test]
fn a_short_key_of_an_issuer_is_refused_also_in_a_root() {
    let root = Node::root_with(authority("root"), rsa());
    let leaf = root.issue(server("example.com"));
    assert!(judge(&[&leaf], &[&root], "example.com").is_ok());
    let name = ServerName::try_from("example.com").unwrap();
    let refusal = judge_with(&[&leaf], &[&root], &rsa_policy(&name)).unwrap_err();
    is(&refusal, "IssuerKeyTooSmall", Alert::BAD_CERTIFICATE, 67);
    assert_eq!(refusal.main().failed_at, Place::Anchor(0));
}

/// Replaces bytes in every place where they stand; the lengths are equal.
fn replace(der: &mut [u8], from: &[u8], to: &[u8]) {
    assert_eq!(from.len(), to.len());
    let places: Vec<_> = (0..der.len() - from.len()).filter(|i| der[*i..].starts_with(from)).collect();
    assert!(!places.is_empty());
    places.iter().for_each(|&i| der[i..i + to.len()].copy_from_slice(to));
}

const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const SHA256_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];

#[test]
fn a_key_of_an_unknown_kind_is_refused() {
    let root = Node::root(authority("root"));
    let mut leaf = root.issue(server("example.com"));
    replace(&mut leaf.der, P256, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01]); // P-192
    let refusal = judge(&[&leaf], &[&root], "example.com").unwrap_err();
    is(&refusal, "UnsupportedKey", Alert::UNSUPPORTED_CERTIFICATE, 6);
}

#[test]
fn a_signature_with_sha1_is_refused() {
    let root = Node::root_with(authority("root"), rsa());
    let mut leaf = root.issue(server("example.com"));
    replace(&mut leaf.der, SHA256_RSA, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5]);
    let refusal = judge(&[&leaf], &[&root], "example.com").unwrap_err();
    is(&refusal, "WeakSignature", Alert::BAD_CERTIFICATE, 68);
    assert!(refusal.to_string().contains("sha1WithRSAEncryption"), "{refusal}");
}

#[test]
fn a_signature_of_an_unknown_kind_is_refused() {
    let root = Node::root_with(authority("root"), rsa());
    let mut leaf = root.issue(server("example.com"));
    replace(&mut leaf.der, SHA256_RSA, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 99]);
    let refusal = judge(&[&leaf], &[&root], "example.com").unwrap_err();
    is(&refusal, "UnsupportedSignature", Alert::UNSUPPORTED_CERTIFICATE, 76);
}

fn permit(subtree: GeneralSubtree) -> impl FnOnce(&mut CertificateParams) {
    |p| p.name_constraints = Some(NameConstraints { permitted_subtrees: vec![subtree], excluded_subtrees: vec![] })
}

fn exclude(subtree: GeneralSubtree) -> impl FnOnce(&mut CertificateParams) {
    |p| p.name_constraints = Some(NameConstraints { permitted_subtrees: vec![], excluded_subtrees: vec![subtree] })
}

#[test]
fn a_name_outside_of_what_is_permitted_is_refused() {
    let refusal = refused_through(permit(GeneralSubtree::DnsName("example.org".into())));
    is(&refusal, "NotPermitted", Alert::BAD_CERTIFICATE, 47);
    let refusal = refused_through(permit(GeneralSubtree::DirectoryName(named("example.org"))));
    is(&refusal, "NotPermitted", Alert::BAD_CERTIFICATE, 47);
    let (root, middle, leaf) = through(permit(GeneralSubtree::DnsName("com".into())));
    assert!(judge(&[&leaf, &middle], &[&root], "example.com").is_ok());
}

#[test]
fn a_name_inside_of_what_is_excluded_is_refused() {
    let refusal = refused_through(exclude(GeneralSubtree::DnsName("com".into())));
    is(&refusal, "Excluded", Alert::BAD_CERTIFICATE, 48);
    assert!(refusal.to_string().contains("DNS:example.com is in DNS:com"), "{refusal}");
    let refusal = refused_through(exclude(GeneralSubtree::DirectoryName(named("EXAMPLE.com"))));
    is(&refusal, "Excluded", Alert::BAD_CERTIFICATE, 48);
}

#[test]
fn constraints_of_a_root_bind_however_it_was_added() {
    let mut params = authority("root");
    exclude(GeneralSubtree::DnsName("com".into()))(&mut params);
    let root = Node::root(params);
    let leaf = root.issue(server("example.com"));
    let refusal = judge(&[&leaf], &[&root], "example.com").unwrap_err();
    is(&refusal, "Excluded", Alert::BAD_CERTIFICATE, 48);
}

#[test]
fn an_address_outside_of_its_network_is_refused() {
    let root = Node::root(authority("root"));
    let mut params = authority("middle");
    permit(GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([192, 0, 2, 0], 24)))(&mut params);
    let middle = root.issue(params);
    for (address, holds) in [("192.0.2.9", true), ("198.51.100.9", false), ("2001:db8::1", false)] {
        let mut params = server("example.com");
        params.subject_alt_names = vec![SanType::IpAddress(address.parse().unwrap())];
        let leaf = middle.issue(params);
        assert_eq!(judge(&[&leaf, &middle], &[&root], address).is_ok(), holds, "{address}");
    }
}

#[test]
fn a_constraint_that_cannot_be_applied_is_refused() {
    // A URI in the certificate, and a constraint on URIs.
    let root = Node::root(authority("root"));
    let mut params = authority("middle");
    let subtree = [0x30, 0x0e, 0xa0, 0x0c, 0x30, 0x0a, 0x86, 0x08, b'.', b'e', b'x', b'a', b'.', b'c', b'o', b'm'];
    params.custom_extensions = vec![CustomExtension::from_oid_content(&[2, 5, 29, 30], subtree.to_vec())];
    let middle = root.issue(params);
    let mut params = server("example.com");
    params.subject_alt_names.push(SanType::URI("https://example.com".try_into().unwrap()));
    let leaf = middle.issue(params);
    let refusal = judge(&[&leaf, &middle], &[&root], "example.com").unwrap_err();
    is(&refusal, "UnsupportedConstraint", Alert::UNSUPPORTED_CERTIFICATE, 51);
    // Without a URI in the certificate the constraint says nothing about it.
    let leaf = middle.issue(server("example.com"));
    assert!(judge(&[&leaf, &middle], &[&root], "example.com").is_ok());
}

#[test]
fn an_issuer_that_is_no_authority_is_refused() {
    let refusal = refused_through(|p| p.is_ca = IsCa::ExplicitNoCa);
    is(&refusal, "NotAuthority", Alert::BAD_CERTIFICATE, 79);
    let refusal = refused_through(|p| p.is_ca = IsCa::NoCa);
    is(&refusal, "NotAuthority", Alert::BAD_CERTIFICATE, 79);
}

#[test]
fn a_root_that_is_no_authority_issues_nothing() {
    let mut params = authority("root");
    params.is_ca = IsCa::NoCa;
    let root = Node::root(params);
    let leaf = root.issue(server("example.com"));
    let refusal = judge(&[&leaf], &[&root], "example.com").unwrap_err();
    is(&refusal, "NotAuthority", Alert::BAD_CERTIFICATE, 79);
}

#[test]
fn an_issuer_that_may_not_sign_certificates_is_refused() {
    let refusal = refused_through(|p| p.key_usages = vec![KeyUsagePurpose::DigitalSignature]);
    is(&refusal, "MayNotSign", Alert::BAD_CERTIFICATE, 79);
}

#[test]
fn a_path_longer_than_an_issuer_allows_is_refused() {
    let root = Node::root(authority("root"));
    let mut params = authority("upper");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let upper = root.issue(params);
    let lower = upper.issue(authority("lower"));
    let leaf = lower.issue(server("example.com"));
    let refusal = judge(&[&leaf, &lower, &upper], &[&root], "example.com").unwrap_err();
    is(&refusal, "PathLength", Alert::BAD_CERTIFICATE, 25);
    let direct = upper.issue(server("example.com"));
    assert!(judge(&[&direct, &upper], &[&root], "example.com").is_ok());
}

#[test]
fn a_path_longer_than_the_policy_allows_is_refused() {
    let (root, middle, leaf) = through(|_| ());
    let name = ServerName::try_from("example.com").unwrap();
    let policy = Policy { max_depth: 0, ..Policy::server(&name, now()) };
    let refusal = judge_with(&[&leaf, &middle], &[&root], &policy).unwrap_err();
    is(&refusal, "TooDeep", Alert::BAD_CERTIFICATE, 22);
}

#[test]
fn an_issuer_of_the_right_name_with_another_key_is_refused() {
    let (root, _, leaf) = through(|_| ());
    let other = root.issue(authority("middle"));
    let refusal = judge(&[&leaf, &other], &[&root], "example.com").unwrap_err();
    is(&refusal, "BadSignature", Alert::BAD_CERTIFICATE, 7);
    assert!(refusal.to_string().contains("CN=middle, O=Test"), "{refusal}");
    assert!(refusal.headline().contains("is not signed by CN=middle, O=Test"), "{refusal}");
}

#[test]
fn a_root_of_the_right_name_with_another_key_leaves_the_blame_with_the_leaf() {
    let (root, namesake) = (Node::root(authority("root")), Node::root(authority("root")));
    let leaf = root.issue(server("example.com"));
    let refusal = judge(&[&leaf], &[&namesake], "example.com").unwrap_err();
    is(&refusal, "BadSignature", Alert::BAD_CERTIFICATE, 7);
    assert_eq!((refusal.main().failed_at, &refusal.main().path[..]), (Place::Sent(0), &[0][..]));
    let said = "(the peer's own) is not signed by the trusted root CN=root, O=Test: another CA of the same name?";
    assert!(refusal.headline().ends_with(said), "{refusal}");
}

#[test]
fn a_chain_to_a_root_that_is_sent_but_not_trusted_is_refused() {
    let (root, middle, leaf) = through(|_| ());
    let other = Node::root(authority("other"));
    let refusal = judge(&[&leaf, &middle, &root], &[&other], "example.com").unwrap_err();
    is(&refusal, "UntrustedRoot", Alert::UNKNOWN_CA, 19);
    assert_eq!(refusal.main().path, [0, 1, 2]);
}

#[test]
fn a_self_signed_server_is_refused() {
    let leaf = Node::root(server("example.com"));
    let refusal = judge(&[&leaf], &[], "example.com").unwrap_err();
    is(&refusal, "SelfSigned", Alert::UNKNOWN_CA, 18);
}

#[test]
fn a_missing_intermediate_is_named() {
    let (root, _, leaf) = through(|_| ());
    let refusal = judge(&[&leaf], &[&root], "example.com").unwrap_err();
    is(&refusal, "UnknownIssuer", Alert::UNKNOWN_CA, 20);
    let text = refusal.to_string();
    assert!(text.contains("neither trusted nor among the certificates sent: CN=middle, O=Test"), "{text}");
}

#[test]
fn all_faults_of_the_servers_own_certificate_are_told_at_once() {
    let root = Node::root(authority("root"));
    let leaf = root.issue(dated(server("example.com"), 2020, 2021));
    let refusal = judge(&[&leaf], &[&root], "example.org").unwrap_err();
    let names: Vec<_> = refusal.tried.iter().map(|a| a.reason.name()).collect();
    assert_eq!(names, ["HostMismatch", "Expired"]);
    assert!(refusal.to_string().contains("also: CN=example.com, O=Test: the certificate has expired"), "{refusal}");
}

#[test]
fn a_malformed_intermediate_is_told_beside_the_missing_issuer() {
    let (root, mut middle, leaf) = through(|_| ());
    middle.der.push(0);
    let refusal = judge(&[&leaf, &middle], &[&root], "example.com").unwrap_err();
    is(&refusal, "UnknownIssuer", Alert::UNKNOWN_CA, 20);
    let reasons: Vec<_> = refusal.tried.iter().map(|a| (a.failed_at, a.reason.name())).collect();
    assert_eq!(reasons, [(Place::Sent(0), "UnknownIssuer"), (Place::Sent(1), "Malformed")]);
}

#[test]
fn a_malformed_certificate_that_no_path_needs_is_ignored() {
    let (root, middle, leaf) = through(|_| ());
    let name = ServerName::try_from("example.com").unwrap();
    let mut roots = Roots::new();
    roots.add_der(&root.der).unwrap();
    let chain: [&[u8]; 3] = [&leaf.der, b"nonsense", &middle.der];
    let verified = verify(&chain, &roots, &Policy::server(&name, now()), &Ring::default()).unwrap();
    assert_eq!(verified.path.iter().collect::<Vec<_>>(), [0, 2]);
}
