//! The open part of x509-limbo as a ratchet: how many cases of each group go as expected.
//!
//! Cases with revocation lists, which are not supported, are counted apart. A case that is accepted
//! though it should not be is listed by name with the reason.

mod support;
#[path = "../../../testdata/support/vectors.rs"]
mod vectors;

use handfast_x509::{Policy, Purpose, Roots, ServerName, verify};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use support::*;

fn main() -> ExitCode {
    vectors::run(&[("the open cases go as counted", "limbo-open.json.xz", every_case)])
}

fn der(pem: &Value) -> Vec<u8> {
    let text: String = pem.as_str().unwrap().lines().filter(|l| !l.starts_with('-')).collect();
    let (mut bytes, mut bits, mut have) = (Vec::new(), 0u32, 0);
    for c in text.bytes().filter(|c| *c != b'=') {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".iter().position(|a| *a == c);
        bits = bits << 6 | u32::try_from(value.unwrap()).unwrap();
        have += 6;
        if have >= 8 {
            have -= 8;
            bytes.push(u8::try_from(bits >> have & 0xff).unwrap());
        }
    }
    bytes
}

/// Seconds since 1970 of an RFC 3339 time in UTC.
fn seconds(text: &str) -> u64 {
    let n = |range: std::ops::Range<usize>| text[range].parse::<i64>().unwrap();
    assert!(text.ends_with("+00:00") || text.ends_with('Z'), "{text}");
    let (year, month, day) = (n(0..4), n(5..7), n(8..10));
    let (y, m) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let days = y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468;
    u64::try_from(days * 86_400 + n(11..13) * 3_600 + n(14..16) * 60 + n(17..19)).unwrap()
}

/// Whether the case is accepted, or why not.
fn run(case: &Value) -> Result<(), String> {
    let list = |key: &str| case[key].as_array().unwrap().iter().map(der).collect::<Vec<_>>();
    let (mut roots, mut left_out) = (Roots::new(), String::new());
    for root in list("trusted_certs") {
        if let Err(error) = roots.add_der(&root) {
            left_out += &format!("; root left out: {error}");
        }
    }
    let mut chain = vec![der(&case["peer_certificate"])];
    chain.extend(list("untrusted_intermediates"));
    let chain: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
    let name = match case["expected_peer_name"]["value"].as_str() {
        Some(name) => Some(ServerName::try_from(name).map_err(|_| "not a server name".to_string())?),
        None => None,
    };
    let mut policy = Policy::client(case["validation_time"].as_str().map_or(now(), |t| at(seconds(t))));
    policy.name = name.as_ref();
    if case["validation_kind"] == "SERVER" {
        policy.purpose = Purpose::ServerAuth;
    }
    if let Some(depth) = case["max_chain_depth"].as_u64() {
        policy.max_depth = usize::try_from(depth).unwrap();
    }
    verify(&chain, &roots, &policy, &Ring::default()).map(|_| ()).map_err(|refusal| refusal.to_string() + &left_out)
}

/// What we accept and the suite does not, and why.
const ACCEPTED: &[(&str, &str)] = &[
    ("rfc5280::aki::cross-signed-root-missing-aki", "key identifiers only order candidates"),
    ("rfc5280::ski::root-missing-ski", "key identifiers only order candidates"),
    ("rfc5280::ski::intermediate-missing-ski", "key identifiers only order candidates"),
    ("webpki::aki::root-with-aki-missing-keyidentifier", "key identifiers only order candidates"),
    ("webpki::aki::root-with-aki-authoritycertissuer", "key identifiers only order candidates"),
    ("webpki::aki::root-with-aki-all-fields", "key identifiers only order candidates"),
    ("webpki::aki::root-with-aki-ski-mismatch", "key identifiers only order candidates"),
    ("rfc5280::nc::permitted-dns-match-noncritical", "constraints bind whether critical or not"),
    ("rfc5280::san::noncritical-with-empty-subject", "criticality of what we process changes nothing"),
    ("webpki::san::san-critical-with-nonempty-subject", "criticality of what we process changes nothing"),
    ("webpki::eku::ee-critical-eku", "criticality of what we process changes nothing"),
    ("rfc5280::san::underscore-dns", "underscores are in use"),
    ("rfc5280::serial::zero", "serial numbers of zero are in use"),
    ("rfc5280::validity::expired-root", "the store vouches for its roots, dates included"),
    ("webpki::cn::ipv4-hex-mismatch", "the common name is not looked at"),
    ("webpki::cn::ipv4-leading-zeros-mismatch", "the common name is not looked at"),
    ("webpki::cn::ipv6-uncompressed-mismatch", "the common name is not looked at"),
    ("webpki::cn::ipv6-non-rfc5952-mismatch", "the common name is not looked at"),
    ("webpki::cn::punycode-not-in-san", "the common name is not looked at"),
    ("webpki::cn::utf8-vs-punycode-mismatch", "the common name is not looked at"),
    ("webpki::cn::case-mismatch", "the common name is not looked at"),
    ("webpki::eku::ee-anyeku", "any purpose is every purpose (RFC 5280 §4.2.1.12)"),
    ("webpki::eku::ee-without-eku", "no extKeyUsage restricts nothing (RFC 5280 §4.2.1.12)"),
    ("webpki::eku::root-has-eku", "a root's extKeyUsage counts if it lists the purpose"),
    ("webpki::san::public-suffix-multi-label-wildcard-san", "there is no list of public suffixes"),
    ("webpki::san::public-suffix-private-namespace-wildcard-san", "there is no list of public suffixes"),
    ("webpki::ee-basicconstraints-ca", "an authority may be a peer (RFC 5280)"),
];

/// What we refuse and the suite does not, and why.
const REFUSED: &[(&str, &str)] = &[
    ("pathlen::validation-ignores-pathlen-in-leaf", "the key of a TLS peer must be allowed to sign"),
    ("rfc5280::ca-as-leaf", "the key of a TLS peer must be allowed to sign"),
];

/// Cases that go as expected, cases that need revocation lists.
const AGREE: usize = 6812;
const SKIPPED: usize = 6;

fn every_case(mut packed: &[u8]) {
    let mut text = Vec::new();
    lzma_rs::xz_decompress(&mut packed, &mut text).unwrap();
    let all: Value = serde_json::from_slice(&text).unwrap();
    let (mut agree, mut skipped, mut accepted, mut refused) = (0, 0, BTreeSet::new(), BTreeMap::new());
    let mut groups: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    for case in all["testcases"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        if !case["crls"].as_array().unwrap().is_empty() {
            skipped += 1;
            continue;
        }
        let group = id.rsplit_once("::").map_or(id, |(group, _)| group).to_string();
        let [right, wrong] = groups.entry(group).or_default();
        let result = run(case);
        let as_expected = result.is_ok() == (case["expected_result"] == "SUCCESS");
        *if as_expected { right } else { wrong } += 1;
        match result {
            _ if as_expected => agree += 1,
            Ok(()) => _ = accepted.insert(id),
            Err(why) => _ = refused.insert(id, why),
        }
    }
    let listed = |list: &[(&'static str, &str)]| list.iter().map(|(id, _)| *id).collect::<BTreeSet<_>>();
    assert_eq!(accepted, listed(ACCEPTED), "accepted though it should not be");
    assert_eq!(refused.keys().copied().collect::<BTreeSet<_>>(), listed(REFUSED), "{refused:#?}");
    assert_eq!((agree, skipped), (AGREE, SKIPPED), "as expected and not, of each group: {groups:#?}");
}
