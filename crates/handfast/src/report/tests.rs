//! The registry asked with everything that can happen: every rule, reason, alert, transport failure
//! and limit, in every role and at every step.

use super::evidence::{Evidence, Narrowed, Offer, Trail};
use super::facts::{Facts, Fit, Happened, Transport};
use super::{Cause, Confidence, Report, Role, diagnose};
use crate::{Error, Kind};
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use handfast_codec::AlertLevel;
use handfast_crypto::{AlertDescription as Alert, ProtocolVersion};
use handfast_handshake::Rule;
use handfast_record::{RecordError, Rule as RecordRule};
use handfast_x509::{Attempt, CertificateError, CertificateRule, Place, Reason, Refusal, Time};
use std::collections::BTreeSet;

/// What happened, as far as it can be made again and again.
#[derive(Clone, Debug)]
enum Happening {
    Rule(Rule),
    Record(RecordRule),
    Chain(Reason, Place),
    Alert(Alert),
    Closed,
    Truncated,
    Limit(&'static str),
    Misuse,
    Over,
    Transport(Transport),
}

const CLIENT_STATES: &[&str] = &["WaitSh", "WaitShRetried", "WaitEe", "Judging", "WaitCcs", "WaitServerFinished", ""];
const SERVER_STATES: &[&str] =
    &["Start", "Choosing", "StartRetried", "WaitCert", "WaitFinished", "WaitClientKeyExchange", ""];
const FIRSTS: &[&[u8]] = &[
    b"",
    b"\x16\x03\x03\0\x40",
    b"HTTP/1.1 400 Bad",
    b"220 mail ESMTP",
    b"* OK imap",
    b"+OK pop",
    b"SSH-2.0-x",
    b"GET / HTTP/1.1",
    b"PROXY TCP4 1",
    b"\x1b[31mred\x07",
    b"<html>",
];

fn reasons() -> Vec<Reason> {
    let text = || -> String { "CN=x\u{1b}[31m".escape_debug().to_string() };
    let (now, before) = (Time(2_000_000_000), Time(1_900_000_000));
    let names = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
    let host = |found: &[&str]| Reason::HostMismatch { expected: "a.b.test".into(), found: names(found), more: 0 };
    vec![
        Reason::EmptyChain,
        Reason::BudgetSpent { what: "signatures", limit: 100 },
        Reason::Malformed { error: CertificateError { rule: CertificateRule::ALL[0], field: "x", offset: 3 } },
        Reason::Expired { not_after: before, now },
        Reason::NotYetValid { not_before: now, now: before },
        host(&[]),
        host(&["DNS:*.test"]),
        host(&["DNS:other.test"]),
        Reason::AddressMismatch { expected: "192.0.2.1".into(), found: names(&["x"]), more: 9 },
        Reason::Purpose { expected: "serverAuth" },
        Reason::MayNotAuthenticate,
        Reason::UnhandledCritical { extension: "1.2.3".into() },
        Reason::LeafKeyTooSmall { bits: 1024, least: 2048 },
        Reason::UnsupportedKey { key: text() },
        Reason::IssuerKeyTooSmall { bits: 1024, least: 2048 },
        Reason::WeakSignature { algorithm: "sha1" },
        Reason::UnsupportedSignature { algorithm: text() },
        Reason::NotPermitted { name: text() },
        Reason::Excluded { name: text(), subtree: text() },
        Reason::UnsupportedConstraint { name: text() },
        Reason::NotAuthority { version: 3 },
        Reason::MayNotSign,
        Reason::PathLength { allowed: 0, found: 1 },
        Reason::TooDeep { allowed: 8 },
        Reason::BadSignature { issuer: text(), trusted: true },
        Reason::UntrustedRoot,
        Reason::SelfSigned,
        Reason::UnknownIssuer { issuer: text() },
    ]
}

fn everything() -> Vec<Happening> {
    let mut all: Vec<_> = Rule::ALL.iter().copied().map(Happening::Rule).collect();
    all.extend(RecordRule::ALL.iter().copied().map(Happening::Record));
    for reason in reasons() {
        // Names are looked for in the peer's own certificate.
        let own = matches!(reason, Reason::HostMismatch { .. } | Reason::AddressMismatch { .. });
        let places = [Place::Sent(0), Place::Sent(1), Place::Anchor(0)];
        let places = places.into_iter().take(if own { 1 } else { 3 });
        all.extend(places.map(|at| Happening::Chain(reason.clone(), at)));
    }
    all.extend(Alert::KNOWN.iter().copied().chain([Alert(200)]).map(Happening::Alert));
    all.extend([Happening::Closed, Happening::Truncated, Happening::Misuse, Happening::Over]);
    all.extend(["milliseconds for the handshake", "handshake bytes"].map(Happening::Limit));
    use Transport::{ConnectTimeout, Lookup, Other, Refused, Reset, TimedOut, Unreachable};
    all.extend([Lookup, Refused, Unreachable, ConnectTimeout, TimedOut, Reset, Other].map(Happening::Transport));
    all
}

impl Happening {
    fn error(&self, state: &'static str) -> Option<Error> {
        Some(Error::new(
            match self {
                Self::Rule(rule) => {
                    let error =
                        handfast_handshake::Error::new(*rule).expected("at most 3").found("TLS 1.0").at(state, "x");
                    Kind::Handshake(error)
                }
                Self::Record(rule) => {
                    Kind::Record(RecordError { rule: *rule, expected: 32, found: 33, header: *b"HTTP/", record: 0 })
                }
                Self::Chain(reason, at) => {
                    let subject = "CN=leaf".to_string();
                    Kind::Chain(Refusal::single(Attempt {
                        path: vec![],
                        failed_at: *at,
                        subject,
                        reason: reason.clone(),
                    }))
                }
                Self::Alert(description) => Kind::Alert { level: AlertLevel::FATAL, description: *description },
                Self::Closed => Kind::Closed,
                Self::Truncated => Kind::Truncated,
                Self::Limit(what) => Kind::Limit { what, limit: 3, spent: 4 },
                Self::Misuse => Kind::Misuse("a call"),
                Self::Over => Kind::Over,
                Self::Transport(_) => return None,
            },
            state,
        ))
    }
}

/// Calls `look` with everything that can happen, at every step, under every evidence that matters.
fn everywhere(mut look: impl FnMut(&Happening, Happened<'_>, &Evidence)) {
    let offer = |version| Offer { versions: vec![version], ..Offer::default() };
    for happening in everything() {
        for server in [false, true] {
            for state in if server { SERVER_STATES } else { CLIENT_STATES } {
                let error = happening.error(state);
                let happened = match (&error, &happening) {
                    (Some(error), _) => Happened::Tls(error),
                    (None, Happening::Transport(transport)) => Happened::Transport(*transport),
                    _ => continue,
                };
                // What came first matters where it was no TLS.
                let firsts =
                    if matches!(happening, Happening::Record(RecordRule::NotTls)) { FIRSTS } else { &FIRSTS[..2] };
                for first in firsts {
                    for bits in 0..128_u8 {
                        let bit = |n: u8| bits >> n & 1 == 1;
                        let mut evidence = Evidence::new(Trail::new(server));
                        evidence.trail.see(first);
                        evidence.trail.indicated = bit(0);
                        evidence.trail.opened = bit(0).into();
                        (evidence.requested, evidence.proved) = (bit(1), bit(1) && bit(2));
                        evidence.narrowed = Narrowed {
                            versions: bit(4),
                            suites: bit(5),
                            one_kind: bit(5) && bit(3),
                            groups: bit(6),
                            schemes: bit(6) && bit(0),
                        };
                        let version = if bit(4) { ProtocolVersion::TLS1_0 } else { ProtocolVersion::TLS1_2 };
                        (evidence.state, evidence.client) = (state, Some(offer(version)));
                        let spoken = if bit(4) { ProtocolVersion::TLS1_2 } else { ProtocolVersion::TLS1_3 };
                        evidence.version = Some(spoken);
                        evidence.trail.warned = (bit(5) && bit(6)).then_some(Alert::UNRECOGNIZED_NAME);
                        evidence.server = server.then(|| offer(ProtocolVersion::TLS1_2));
                        evidence.awaits = vec!["ServerHello"];
                        look(&happening, happened, &evidence);
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_certain_excludes_every_other_cause() {
    everywhere(|happening, happened, evidence| {
        let facts = Facts::new(happened, evidence);
        let fits: Vec<_> = Cause::ALL.iter().filter(|c| c.fits(&facts) != Fit::No).collect();
        let proven = fits.iter().filter(|c| c.fits(&facts) == Fit::Is).count();
        assert!(proven == 0 || fits.len() == 1, "{happening:?} in {:?}: {fits:?}\n{evidence:?}", evidence.state);
        let (_, confidence, others) = diagnose(&facts);
        assert_eq!(confidence == Confidence::Certain, proven == 1 && !facts.only_warned());
        assert!(confidence != Confidence::Certain || others.is_empty());
    });
}

#[test]
fn every_cause_can_be_found() {
    let mut found = BTreeSet::new();
    everywhere(|_, happened, evidence| {
        let (cause, _, others) = diagnose(&Facts::new(happened, evidence));
        found.insert(cause);
        found.extend(others);
    });
    // These need a peer's chain or a message; the tests of the tool meet them.
    let elsewhere =
        [Cause::LeafNotFirst, Cause::WrongIntermediate, Cause::MissingIntermediate, Cause::ClientIntermediateMissing];
    found.extend(elsewhere);
    found.insert(Cause::MalformedMessage);
    let missing: Vec<_> = Cause::ALL.iter().filter(|c| !found.contains(c)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn little_is_left_unexplained() {
    let mut left = BTreeSet::new();
    everywhere(|happening, happened, evidence| {
        if diagnose(&Facts::new(happened, evidence)).0 == Cause::Unexplained {
            left.insert(alloc::format!("{happening:?}"));
        }
    });
    // Alerts of extensions that are not spoken, or that say nothing where they come, and odd errors
    // of the transport; an unknown issuer without a chain cannot happen.
    let known = [
        "Alert(certificate_unobtainable)",
        "Alert(bad_certificate_status_response)",
        "Alert(bad_certificate_hash_value)",
        "Alert(ech_required)",
        "Alert(export_restriction)",
        "Alert(no_certificate)",
        "Alert(general_error)",
        "Alert(0xc8)",
        "Transport(Other)",
    ];
    left.retain(|name| !known.contains(&name.as_str()) && !name.starts_with("Chain(UnknownIssuer"));
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn a_report_fits_the_page_and_says_what_to_do() {
    let mut seen = BTreeSet::new();
    everywhere(|happening, happened, evidence| {
        // Once for each cause and happening: the texts do not depend on the rest.
        let name = alloc::format!("{happening:?}{}{}", evidence.state, evidence.trail.server);
        if !seen.insert(name) {
            return;
        }
        let report = Report::make(happened, evidence);
        let text = report.text("x 192.0.2.1:4433: ");
        assert!(text.lines().count() <= 24, "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
        assert!(!text.contains("{peer}") && !report.fix.is_empty(), "{text}");
        assert!(report.verdict.chars().count() > 10 && !text.contains("  fix       \n"), "{text}");
    });
}

#[test]
fn an_alert_is_told_with_the_side_that_sent_it() {
    let error = Error::new(Kind::Alert { level: AlertLevel::FATAL, description: Alert::UNKNOWN_CA }, "");
    let mut evidence = Evidence::new(Trail::new(false));
    (evidence.requested, evidence.proved) = (true, true);
    let report = Report::make(Happened::Tls(&error), &evidence);
    assert_eq!((report.cause, report.complained), (Cause::ClientCertificateUntrusted, Some(Role::Server)));
    assert!(report.to_string().contains("the server complained: unknown_ca (48)"), "{report}");

    let error = Error::new(
        Kind::Record(RecordError { rule: RecordRule::BadRecordMac, expected: 0, found: 0, header: [0; 5], record: 0 }),
        "WaitEe",
    );
    let mut evidence = Evidence::new(Trail::new(false));
    evidence.state = "WaitEe";
    let report = Report::make(Happened::Tls(&error), &evidence);
    assert_eq!((report.cause, report.confidence), (Cause::ServerHelloAltered, Confidence::VeryLikely));
    assert_eq!((report.complained, report.others), (Some(Role::Client), vec![Cause::RecordDamaged]));
}

#[test]
fn names_and_statuses_are_told_apart() {
    let names: BTreeSet<_> = Cause::ALL.iter().map(|c| c.name()).collect();
    assert_eq!(names.len(), Cause::ALL.len());
    let verdicts: BTreeSet<_> = Cause::ALL.iter().map(|c| c.title()).collect();
    assert_eq!(verdicts.len(), Cause::ALL.len());
}

/// The cause of what happened to a client that had shown its certificate.
fn cause_of(happening: &Happening, state: &'static str) -> (Cause, Confidence) {
    let mut evidence = Evidence::new(Trail::new(false));
    (evidence.requested, evidence.proved, evidence.state) = (true, true, state);
    let error = happening.error(state).unwrap();
    let (cause, confidence, _) = diagnose(&Facts::new(Happened::Tls(&error), &evidence));
    (cause, confidence)
}

#[test]
fn what_the_other_tests_cannot_stage_has_its_cause() {
    let chain = |reason: Reason| Happening::Chain(reason, Place::Sent(0));
    let budget = chain(Reason::BudgetSpent { what: "signatures", limit: 100 });
    for (happening, state, cause) in [
        (budget, "Judging", Cause::ChainTooCostly),
        (chain(Reason::UnsupportedKey { key: "DSA".into() }), "Judging", Cause::UnsupportedAlgorithm),
        (Happening::Rule(Rule::Refused), "Judging", Cause::RefusedByApplication),
        (Happening::Rule(Rule::NoRenegotiationInfo), "WaitSh", Cause::ProtectionMissing),
        (Happening::Rule(Rule::InappropriateFallback), "Choosing", Cause::Fallback),
        (Happening::Alert(Alert::CERTIFICATE_REVOKED), "", Cause::ClientCertificateRefused),
    ] {
        assert_eq!(cause_of(&happening, state), (cause, Confidence::Certain), "{happening:?}");
    }
}

#[test]
fn silence_means_something_else_for_each_role_and_time() {
    for (server, state, cause) in [
        (false, "WaitSh", Cause::SilentAfterHello),
        (true, "Start", Cause::ClientSilent),
        (true, "", Cause::SilentLater),
        (false, "", Cause::SilentLater),
    ] {
        let mut evidence = Evidence::new(Trail::new(server));
        (evidence.state, evidence.trail.wire.1) = (state, 200);
        let report = Report::make(Happened::Transport(Transport::TimedOut), &evidence);
        assert_eq!((report.cause, report.cause.exit()), (cause, 12), "{report}");
    }
}

#[test]
fn in_tls12_a_failed_proof_leaves_open_that_the_handshake_was_altered() {
    for (version, others) in
        [(ProtocolVersion::TLS1_2, vec![Cause::HandshakeAltered]), (ProtocolVersion::TLS1_3, vec![])]
    {
        let error = Happening::Rule(Rule::BadSignature).error("WaitCv").unwrap();
        let mut evidence = Evidence::new(Trail::new(false));
        (evidence.state, evidence.version) = ("WaitCv", Some(version));
        let report = Report::make(Happened::Tls(&error), &evidence);
        assert_eq!((report.cause, report.others), (Cause::BadCertificateVerify, others));
    }
}

/// What a server reports of a hello with these lists.
fn report_of(offer: Offer) -> Report {
    let mut evidence = Evidence::new(Trail::new(true));
    (evidence.state, evidence.client) = ("Choosing", Some(offer));
    evidence.server = Some(Offer { versions: vec![ProtocolVersion::TLS1_3], ..Offer::default() });
    let error = handfast_handshake::Error::new(Rule::NoCommonVersion).at("Choosing", "Choice");
    Report::make(Happened::Tls(&Error::new(Kind::Handshake(error), "Choosing")), &evidence)
}

#[test]
fn versions_that_nobody_knows_are_not_old() {
    let offer = |versions: &[u16]| Offer {
        versions: versions.iter().map(|v| ProtocolVersion(*v)).collect(),
        ..Offer::default()
    };
    assert_eq!(report_of(offer(&[0x7f1c])).cause, Cause::NoCommonVersion);
    assert_eq!(report_of(offer(&[])).cause, Cause::NoCommonVersion);
    assert_eq!(report_of(offer(&[0x0302, 0x0301])).cause, Cause::OldVersionOnly);
}

#[test]
fn what_was_said_as_a_warning_is_believed_and_not_certain() {
    let error = Error::new(Kind::Truncated, "WaitSh");
    let mut evidence = Evidence::new(Trail::new(false));
    evidence.state = "WaitSh";
    evidence.trail.see(&[21, 3, 3, 0, 2, 1, 112]);
    evidence.trail.warned = Some(Alert::UNRECOGNIZED_NAME);
    let report = Report::make(Happened::Tls(&error), &evidence);
    assert_eq!((report.cause, report.confidence), (Cause::NameRefused, Confidence::VeryLikely));
    assert!(report.verdict.contains("as a warning, alert unrecognized_name"), "{report}");
    assert_eq!(report.complained, Some(Role::Server));
}

#[test]
fn a_peer_cannot_make_a_report_long() {
    let name = "x".repeat(60_000);
    let names: Vec<_> = (0..64).map(|n| alloc::format!("DNS:{n}{name}")).collect();
    let reason = Reason::HostMismatch { expected: name.clone(), found: names, more: 12 };
    let error = Happening::Chain(reason, Place::Sent(0)).error("Judging").unwrap();
    let mut evidence = Evidence::new(Trail::new(false));
    evidence.state = "Judging";
    let text = Report::make(Happened::Tls(&error), &evidence).to_string();
    assert!(text.lines().count() <= 24 && text.len() < 4_000, "{} bytes:\n{text}", text.len());
    assert!(text.contains("and 73 more"), "{text}");

    let alpn = (0..64).map(|_| super::evidence::escaped(&[0xff; 255])).collect();
    let report = report_of(Offer { alpn, ..Offer::default() });
    assert!(report.to_string().lines().count() <= 24, "{report}");
}
