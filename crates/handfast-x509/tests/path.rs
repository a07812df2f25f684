//! How a path is found.

mod support;
use handfast_x509::{Certificate, MAX_ATTEMPTS, Policy, Refusal, Roots, ServerName, TrustAnchor, Verified, verify};
use rcgen::{GeneralSubtree, KeyPair, KeyUsagePurpose, NameConstraints, SanType};
use std::sync::atomic::Ordering;
use support::*;

#[test]
fn a_chain_with_an_intermediate_holds() {
    let root = Node::root(authority("root"));
    let middle = root.issue(authority("middle"));
    let leaf = middle.issue(server("example.com"));
    let verified = judge(&[&leaf, &middle], &[&root], "example.com").unwrap();
    assert_eq!(verified.path.iter().collect::<Vec<_>>(), [0, 1]);
    let mut roots = Roots::new();
    roots.add_der(&root.der).unwrap();
    assert_eq!(roots.subject_text(verified.anchor), "CN=root, O=Test");
    assert_eq!(verified.spent.signatures, 2);
}

#[test]
fn intermediates_may_come_in_any_order_with_strangers_among_them() {
    let root = Node::root(authority("root"));
    let upper = root.issue(authority("upper"));
    let lower = upper.issue(authority("lower"));
    let leaf = lower.issue(server("example.com"));
    let stranger = Node::root(authority("stranger"));
    let verified = judge(&[&leaf, &stranger, &upper, &lower, &leaf], &[&root], "example.com").unwrap();
    assert_eq!(verified.path.iter().collect::<Vec<_>>(), [0, 3, 2]);
}

#[test]
fn a_cross_signed_intermediate_leads_around_an_unknown_root() {
    let (old, new) = (Node::root(authority("old")), Node::root(authority("new")));
    let middle = old.issue(authority("middle"));
    let leaf = middle.issue(server("example.com"));
    let key = || KeyPair::from_pem(&middle.issuer.key().serialize_pem()).unwrap();
    let cross = new.issue_with(authority("middle"), key());
    let expired = new.issue_with(dated(authority("middle"), 2020, 2021), key());
    let verified = judge(&[&leaf, &expired, &middle, &cross], &[&new], "example.com").unwrap();
    assert_eq!(verified.path.iter().collect::<Vec<_>>(), [0, 3]);
}

#[test]
fn a_certificate_that_is_in_the_store_is_its_own_path() {
    let pinned = Node::root(server("example.com"));
    let verified = judge(&[&pinned], &[&pinned], "example.com").unwrap();
    assert_eq!((verified.path.len(), verified.spent.signatures), (1, 0));
    assert!(judge(&[&pinned], &[&pinned], "example.org").is_err(), "the name still counts");
}

#[test]
fn an_authority_may_be_a_peer() {
    let root = Node::root(authority("root"));
    let mut params = authority("example.com");
    params.subject_alt_names = server("example.com").subject_alt_names;
    params.key_usages.push(KeyUsagePurpose::DigitalSignature);
    assert!(judge(&[&root.issue(params)], &[&root], "example.com").is_ok());
}

#[test]
fn the_dates_of_a_root_are_not_looked_at() {
    let root = Node::root(dated(authority("root"), 2001, 2002));
    let leaf = root.issue(server("example.com"));
    assert!(judge(&[&leaf], &[&root], "example.com").is_ok());
}

#[test]
fn a_thicket_of_namesakes_ends_at_the_budget() {
    // Every authority has the same name and signs every other: the paths are exponentially many.
    let keys: Vec<KeyPair> = (0..12).map(|_| KeyPair::generate().unwrap()).collect();
    let copy = |key: &KeyPair| KeyPair::from_pem(&key.serialize_pem()).unwrap();
    let root = Node::root(authority("root"));
    let signers: Vec<Node> = keys.iter().map(|k| Node::root_with(authority("twin"), copy(k))).collect();
    let mut chain = vec![signers[0].issue(server("example.com"))];
    for signer in &signers {
        for key in &keys {
            chain.push(signer.issue_with(authority("twin"), copy(key)));
        }
    }
    let sent: Vec<&[u8]> = chain.iter().map(|n| n.der.as_slice()).collect();
    let name = ServerName::try_from("example.com").unwrap();
    let ring = Ring::default();
    let refusal = verify(&sent, &store(&[&root]), &Policy::server(&name, now()), &ring).unwrap_err();
    assert_eq!(refusal.reason().name(), "BudgetSpent", "{refusal}");
    assert!(ring.verified.load(Ordering::Relaxed) <= 100);
    assert_eq!(refusal.tried.len(), MAX_ATTEMPTS);
    assert!(refusal.to_string().lines().count() <= 15, "{refusal}");
}

/// What judging costs where a leaf with these alternative names comes from an authority that may
/// not name any of these.
fn constrained(names: Vec<SanType>, excluded: Vec<GeneralSubtree>) -> Result<Verified, Refusal> {
    let mut params = authority("constrained");
    params.name_constraints = Some(NameConstraints { permitted_subtrees: vec![], excluded_subtrees: excluded });
    let root = Node::root(params);
    let mut params = server("example.com");
    params.subject_alt_names.extend(names);
    judge(&[&root.issue(params)], &[&root], "example.com")
}

#[test]
fn comparing_a_very_long_name_costs_more_than_comparing_a_short_one() {
    // To look at every byte of this mailbox once for every subtree would take a second and more.
    let long = SanType::Rfc822Name(format!("{}@example.com", "a".repeat(50_000)).try_into().unwrap());
    let excluded = (0..1_000).map(|n| GeneralSubtree::Rfc822Name(format!("{n}.test"))).collect();
    let refusal = constrained(vec![long], excluded).unwrap_err();
    assert_eq!(refusal.reason().name(), "BudgetSpent", "{refusal}");
}

#[test]
fn hundreds_of_hosts_under_hundreds_of_subtrees_are_within_the_budget() {
    let host = |n| SanType::DnsName(format!("host-{n}.department.example.com").try_into().unwrap());
    let excluded = (0..400).map(|n| GeneralSubtree::DnsName(format!("no-{n}.department.test"))).collect();
    let verified = constrained((0..400).map(host).collect(), excluded).unwrap();
    assert!(verified.spent.comparisons >= 400 * 400);
}

#[test]
fn the_roots_of_the_web_can_be_trusted_in_parts() {
    let roots = Roots::from_anchors(webpki_roots::TLS_SERVER_ROOTS).unwrap();
    assert_eq!(roots.len(), webpki_roots::TLS_SERVER_ROOTS.len());
    assert!(roots.subjects().all(|der| der.first() == Some(&0x30)));
}

#[test]
fn an_anchor_in_parts_ends_a_path_and_keeps_its_constraints() {
    let root = Node::root(authority("root"));
    let certificate = Certificate::parse(&root.der).unwrap();
    let content = |spki: &[u8]| spki[2..].to_vec(); // a P-256 key: the header is two octets
    let anchor = |constraints: Option<&[u8]>| TrustAnchor {
        subject: certificate.subject().content().into(),
        subject_public_key_info: content(certificate.public_key().spki()).into(),
        name_constraints: constraints.map(|c| c.to_vec().into()),
    };
    let leaf = root.issue(server("example.com"));
    let name = ServerName::try_from("example.com").unwrap();
    let policy = Policy::server(&name, now());
    let judge = |roots: &Roots| verify(&[&leaf.der], roots, &policy, &Ring::default());
    assert!(judge(&Roots::from_anchors(&[anchor(None)]).unwrap()).is_ok());
    let excluded = [0xa1, 0x07, 0x30, 0x05, 0x82, 0x03, b'c', b'o', b'm'];
    let refusal = judge(&Roots::from_anchors(&[anchor(Some(&excluded))]).unwrap()).unwrap_err();
    assert_eq!(refusal.reason().name(), "Excluded");
}
