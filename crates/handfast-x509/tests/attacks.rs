//! Certificates that have fooled others: a zero byte in a name, an address that is written as a name,
//! a leaf that plays the authority, text that plays with the terminal.

mod support;
use handfast_x509::{Certificate, Refusal};
use rcgen::{CustomExtension, DnType, IsCa, SanType};
use support::*;

/// A server's certificate with these alternative names, as they are, in a subjectAltName of its own.
fn with_names(names: &[(u8, &[u8])]) -> (Node, Node) {
    let root = Node::root(authority("root"));
    let mut params = server("example.com");
    params.subject_alt_names.clear();
    let names: Vec<u8> = names.iter().flat_map(|(tag, name)| [&[*tag, name.len() as u8], *name].concat()).collect();
    let content = [&[0x30, names.len() as u8], &names[..]].concat();
    params.custom_extensions = vec![CustomExtension::from_oid_content(&[2, 5, 29, 17], content)];
    let leaf = root.issue(params);
    (root, leaf)
}

fn judged(names: &[(u8, &[u8])], host: &str) -> Result<(), Refusal> {
    let (root, leaf) = with_names(names);
    judge(&[&leaf], &[&root], host).map(|_| ())
}

const DNS: u8 = 0x82;
const URI: u8 = 0x86;
const EMAIL: u8 = 0x81;
const IP: u8 = 0x87;

#[test]
fn a_zero_byte_ends_no_name() {
    // A certificate for bank.example\0.evil.example, which C reads as bank.example.
    assert!(judged(&[(DNS, b"bank.example")], "bank.example").is_ok());
    let refusal = judged(&[(DNS, b"bank.example\0.evil.example")], "bank.example").unwrap_err();
    assert_eq!(refusal.reason().name(), "HostMismatch");
    assert!(refusal.to_string().contains(r"DNS:bank.example\u{0}.evil.example"), "{refusal}");
    assert!(judged(&[(DNS, b"bank.example\0")], "bank.example").is_err());
    assert!(judged(&[(DNS, b"\0bank.example")], "bank.example").is_err());
}

#[test]
fn a_name_that_looks_like_an_address_speaks_for_no_address() {
    assert!(judged(&[(IP, &[192, 0, 2, 1])], "192.0.2.1").is_ok());
    assert!(judged(&[(DNS, b"192.0.2.1")], "192.0.2.1").is_err());
    assert!(judged(&[(URI, b"https://192.0.2.1")], "192.0.2.1").is_err());
    // Nor does an address speak for a name of as many bytes.
    assert!(judged(&[(IP, b"a.io")], "a.io").is_err());
}

#[test]
fn a_name_of_another_form_speaks_for_no_host() {
    for (form, name) in [(EMAIL, &b"bank.example"[..]), (URI, b"bank.example"), (URI, b"https://bank.example/")] {
        assert_eq!(judged(&[(form, name)], "bank.example").unwrap_err().reason().name(), "HostMismatch");
    }
}

#[test]
fn a_wildcard_is_one_whole_label_with_two_behind_it() {
    assert!(judged(&[(DNS, b"*.bank.example")], "www.bank.example").is_ok());
    for pattern in [&b"*"[..], b"*.example", b"*.*.example", b"w*.bank.example", b"www.*.example", b"*www.bank.example"]
    {
        assert!(judged(&[(DNS, pattern)], "www.bank.example").is_err(), "{}", pattern.escape_ascii());
    }
    assert!(judged(&[(DNS, b"*.bank.example")], "bank.example").is_err());
    assert!(judged(&[(DNS, b"*.example")], "bank.example").is_err(), "one label behind it is not enough");
    assert!(judged(&[(DNS, b"bank.example.")], "bank.example").is_err(), "a presented name is not absolute");
    assert!(judged(&[(DNS, b"*.bank.example")], "a.b.bank.example").is_err());
    // What is encoded for another alphabet is no place for a wildcard either.
    assert!(judged(&[(DNS, b"xn--*.bank.example")], "xn--www.bank.example").is_err());
}

#[test]
fn the_common_name_speaks_for_nobody() {
    let root = Node::root(authority("root"));
    let mut params = server("bank.example");
    params.distinguished_name = named("bank.example");
    params.subject_alt_names = vec![SanType::DnsName("evil.example".try_into().unwrap())];
    assert!(judge(&[&root.issue(params)], &[&root], "bank.example").is_err());
}

#[test]
fn a_leaf_issues_nothing_whatever_it_lacks() {
    // The basicConstraints bug of 2002 and 2011: any leaf signs for any host.
    let root = Node::root(authority("root"));
    for is_ca in [IsCa::NoCa, IsCa::ExplicitNoCa] {
        for usages in [vec![], authority("x").key_usages] {
            let mut params = server("evil.example");
            (params.is_ca, params.key_usages) = (is_ca, usages);
            let leaf = root.issue(params);
            let forged = leaf.issue(server("bank.example"));
            let refusal = judge(&[&forged, &leaf], &[&root], "bank.example").unwrap_err();
            assert_eq!(refusal.reason().name(), "NotAuthority", "{refusal}");
        }
    }
}

#[test]
fn an_untrusted_twin_of_a_trusted_root_signs_nothing() {
    // Same name, same key identifier, another key; first beside the real one, then instead of it.
    let root = Node::root(authority("root"));
    let twin = Node::root(authority("root"));
    let forged = twin.issue(server("bank.example"));
    for chain in [&[&forged, &twin][..], &[&forged, &twin, &root], &[&forged, &root], &[&forged]] {
        assert!(judge(chain, &[&root], "bank.example").is_err());
    }
}

#[test]
fn hostile_text_reaches_no_terminal() {
    // Colours, a title, a carriage return, a change of the reading direction, a line of its own.
    let evil = "\u{1b}[2J\u{1b}]0;owned\u{7}\r\nverified: ok\u{202e}\u{85}\u{200b}";
    let root = Node::root(authority("root"));
    let mut params = server("example.com");
    params.distinguished_name.push(DnType::CommonName, evil);
    params.subject_alt_names.clear();
    let names = [&[0x30, 9, DNS, 7], &b"\x1b[2J\r\n\x07"[..]].concat();
    params.custom_extensions = vec![CustomExtension::from_oid_content(&[2, 5, 29, 17], names)];
    let leaf = root.issue(params);
    let refusal = judge(&[&leaf], &[], "bank.example").unwrap_err();
    let subject = Certificate::parse(&leaf.der).unwrap().subject_text();
    for text in [refusal.to_string(), refusal.headline(), subject, format!("{refusal:?}")] {
        let bad = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{200b}' | '\u{202e}');
        assert!(!text.contains(bad), "{text:?}");
        assert!(!text.lines().any(|line| line.starts_with("verified")), "{text:?}");
    }
}
