//! The sentences of a report: what was seen, said once and escaped.

use super::chain::shown;
use super::evidence::{Evidence, Offer, escaped};
use super::facts::{Facts, Happened, Transport};
use super::step::message_name;
use super::{Cause, Clash, Names, Role, Spent};
use crate::Kind;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Display;
use handfast_crypto::{AlertDescription as Alert, ProtocolVersion};
use handfast_handshake::{Blame, Cause as Broken, Rule};
use handfast_record::Rule as RecordRule;
use handfast_x509::{Attempt, Certificate, Place, Reason, Refusal, Time};

/// `{peer}` filled in.
pub(crate) fn filled(text: &str, role: Role) -> String {
    text.replace("{peer}", role.peer().name())
}

/// The first line: the title of the cause, and what is particular about this one.
pub(crate) fn verdict(cause: Cause, facts: &Facts<'_>) -> String {
    let mut text = filled(cause.title(), facts.role());
    match offers(cause, facts.evidence) {
        Some(clash) => text.push_str(&both(&clash, facts)),
        None => text.push_str(&detail(facts)),
    }
    text
}

/// What was to be chosen from, as far as it fits into a sentence.
fn both(clash: &Clash, facts: &Facts<'_>) -> String {
    let said = |list: &[String]| if list.is_empty() { "none".into() } else { listed(list, 2) };
    let peer = facts.role().peer().name();
    match (facts.role(), &clash.server) {
        (Role::Server, Some(server)) => {
            format!(": you take {}; the {peer} offers {}", said(server), said(&clash.client))
        }
        (_, _) if facts.received().is_some() => format!(": you offered {}{}", said(&clash.client), detail(facts)),
        _ => format!(": you offered {}", said(&clash.client)),
    }
}

fn detail(facts: &Facts<'_>) -> String {
    if let Some(alert) = facts.received() {
        let warning = if facts.only_warned() { "as a warning, " } else { "" };
        let name = facts.evidence.name.as_ref().filter(|_| alert == Alert::UNRECOGNIZED_NAME);
        let name = name.map(|name| format!(": {}", escaped(name.as_bytes()))).unwrap_or_default();
        return format!("{name} ({warning}alert {alert}, {})", alert.0);
    }
    match facts.tls() {
        Some(Kind::Chain(refusal)) => of_reason(refusal),
        Some(Kind::Record(error)) if error.rule == RecordRule::NotTls => {
            let first = line(facts.evidence.trail.first());
            format!(": the {} sent \"{first}\"", facts.role().peer().name())
        }
        Some(Kind::Record(error)) if facts.breach() || facts.limit() || facts.own_trouble() => {
            format!(": {}", error.rule.text())
        }
        Some(Kind::Handshake(error)) => match error.cause() {
            Broken::Rule(rule) if facts.breach() || facts.limit() || facts.own_trouble() => format!(": {}", told(rule)),
            Broken::Rule(Rule::Refused) => format!(": {}", error.came()),
            Broken::Rule(Rule::BadSignature | Rule::BadKeyExchangeSignature) => match facts.weak_leaf() {
                Some(bits) => format!(": {bits} bits, and 2048 are required"),
                None => String::new(),
            },
            Broken::Decode(error) => format!(": {error}"),
            Broken::Certificate(error) => format!(": {error}"),
            _ => String::new(),
        },
        Some(Kind::Limit { what, limit, .. }) => format!(": no more than {limit} {what}"),
        Some(Kind::Misuse(what)) => format!(": {what}"),
        Some(Kind::Truncated) if facts.cut() => inside(facts),
        None if facts.transport(Transport::Reset) && !facts.silent() => inside(facts),
        None if facts.transport(Transport::TimedOut) && !facts.silent() => inside(facts),
        _ => String::new(),
    }
}

/// A rule as it is told to whoever uses the tool.
fn told(rule: Rule) -> String {
    format!("the rule is that {}", rule.text())
}

/// Where the peer's bytes ended.
fn inside(facts: &Facts<'_>) -> String {
    let evidence = facts.evidence;
    match (evidence.partial, evidence.trail.part) {
        (Some((kind, have, want)), _) => format!(", inside {} ({have} of {want} bytes)", message_name(kind)),
        (None, Some((have, want, Some(kind)))) => {
            format!(", inside the record with {} ({have} of {want} bytes)", message_name(kind))
        }
        (None, Some((have, want, None))) if have > 0 => format!(", inside a record ({have} of {want} bytes)"),
        _ if evidence.awaits.is_empty() => String::new(),
        _ => format!(", where you awaited {}", evidence.awaits.join(" or ")),
    }
}

fn of_reason(refusal: &Refusal) -> String {
    let subject = &refusal.main().subject;
    match refusal.reason() {
        Reason::Expired { not_after, now } => format!(" ({subject}, {} ago)", span(*not_after, *now)),
        Reason::NotYetValid { not_before, now } => format!(" ({subject}, not for another {})", span(*now, *not_before)),
        Reason::HostMismatch { expected, found, more } | Reason::AddressMismatch { expected, found, more } => {
            let shown: Vec<_> = found.iter().take(3).map(|name| cut(name)).collect();
            let names = match found.len() - shown.len() + more {
                _ if found.is_empty() => "nothing".into(),
                0 => listed(&shown, 3),
                hidden => format!("{} and {hidden} more", listed(&shown, 3)),
            };
            format!(": you asked for {}, it is for {names}", cut(expected))
        }
        Reason::UnknownIssuer { issuer } => format!(": {issuer}"),
        Reason::BadSignature { issuer, .. } => format!(": {subject} is not signed by {issuer}"),
        Reason::LeafKeyTooSmall { bits, least } | Reason::IssuerKeyTooSmall { bits, least } => {
            format!(": {bits} bits, and {least} are required ({subject})")
        }
        Reason::Purpose { expected } => format!(": it is not for {expected}"),
        Reason::NotPermitted { name } | Reason::UnsupportedConstraint { name } => format!(": {name}"),
        Reason::Excluded { name, subtree } => format!(": {name} is in {subtree}"),
        Reason::UnhandledCritical { extension } => format!(": {extension} ({subject})"),
        Reason::WeakSignature { algorithm } => format!(": {algorithm} ({subject})"),
        Reason::UnsupportedKey { key } => format!(": {key} ({subject})"),
        Reason::UnsupportedSignature { algorithm } => format!(": {algorithm} ({subject})"),
        Reason::Malformed { error } => format!(": {error}"),
        Reason::BudgetSpent { what, limit } => format!(": more than {limit} {what}"),
        _ => format!(" ({subject})"),
    }
}

/// Rules after which one wants to know which certificate it is about.
const ABOUT_THE_CERTIFICATE: &[Rule] = &[
    Rule::KeyUsage,
    Rule::KeyKind,
    Rule::SchemeKey,
    Rule::SuiteCertificate,
    Rule::CertificateCurve,
    Rule::BadSignature,
    Rule::BadKeyExchangeSignature,
];

/// A certificate in one line.
fn of_certificate(number: usize, der: &[u8]) -> String {
    match Certificate::parse(der) {
        Ok(certificate) => format!("sent {number}: {certificate}"),
        Err(error) => format!("sent {number}: cannot be read: {error}"),
    }
}

/// How long it is from one moment to another, in the largest unit that fits.
fn span(from: Time, to: Time) -> String {
    let seconds = to.0.saturating_sub(from.0).max(0);
    for (unit, long) in [("day", 86_400), ("hour", 3_600), ("minute", 60)] {
        let many = seconds / long;
        if many > 0 {
            return format!("{many} {unit}{}", if many == 1 { "" } else { "s" });
        }
    }
    format!("{seconds} seconds")
}

/// The front of a text that a peer has made.
pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.into(),
    }
}

/// How much of one name or value is told, in characters.
const LONGEST: usize = 64;

/// The first line of bytes, escaped.
fn line(bytes: &[u8]) -> String {
    escaped(bytes.split(|b| matches!(b, b'\r' | b'\n')).next().unwrap_or_default())
}

/// The first `most` of a list, and how many more there are.
pub(crate) fn listed<T: Display>(items: &[T], most: usize) -> String {
    let mut text = String::new();
    for item in items.iter().take(most) {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(&cut(&item.to_string()));
    }
    match items.len().saturating_sub(most) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

fn texts<T: Display>(items: &[T]) -> Vec<String> {
    items.iter().map(ToString::to_string).collect()
}

/// What was to be chosen, and from what.
pub(crate) fn offers(cause: Cause, evidence: &Evidence) -> Option<Clash> {
    let client = evidence.client.as_ref()?;
    let server = evidence.server.as_ref();
    let clash =
        |what, list: fn(&Offer) -> Vec<String>| Some(Clash { what, client: list(client), server: server.map(list) });
    match cause {
        Cause::NoCommonVersion | Cause::OldVersionOnly | Cause::Fallback | Cause::Downgrade => {
            clash("protocol version", |o| texts(&o.versions))
        }
        Cause::NoCommonSuite | Cause::SuiteCertificate => clash("cipher suite", |o| texts(&o.suites)),
        Cause::NoCommonGroup | Cause::CertificateCurve => clash("key exchange group", |o| texts(&o.groups)),
        Cause::NoCommonScheme => clash("signature scheme", |o| texts(&o.schemes)),
        Cause::NoCommonAlpn => clash("application protocol", |o| o.alpn.clone()),
        _ => None,
    }
}

/// What was expected and what came, with the name of the rule.
pub(crate) fn clash(facts: &Facts<'_>) -> (Option<String>, String, String) {
    match facts.tls() {
        Some(Kind::Handshake(error)) => {
            let name = match error.cause() {
                Broken::Rule(rule) => rule.name().to_string(),
                Broken::Decode(error) => format!("{:?}", error.rule),
                Broken::Certificate(error) => format!("{:?}", error.rule),
                _ => return (None, String::new(), String::new()),
            };
            (Some(name), error.wanted().to_string(), error.came().to_string())
        }
        Some(Kind::Record(error)) if error.expected != error.found => {
            (Some(format!("{:?}", error.rule)), error.expected.to_string(), error.found.to_string())
        }
        Some(Kind::Record(error)) => (Some(format!("{:?}", error.rule)), String::new(), String::new()),
        Some(Kind::Chain(refusal)) => {
            let name = refusal.reason().name().to_string();
            match refusal.reason() {
                Reason::HostMismatch { expected, found, .. } | Reason::AddressMismatch { expected, found, .. } => {
                    (Some(name), cut(expected), listed(found, 8))
                }
                Reason::Expired { not_after, now } => (Some(name), not_after.to_string(), now.to_string()),
                Reason::NotYetValid { not_before, now } => (Some(name), not_before.to_string(), now.to_string()),
                Reason::Purpose { expected } => (Some(name), (*expected).to_string(), String::new()),
                Reason::LeafKeyTooSmall { bits, least } | Reason::IssuerKeyTooSmall { bits, least } => {
                    (Some(name), least.to_string(), bits.to_string())
                }
                Reason::PathLength { allowed, found } => (Some(name), allowed.to_string(), found.to_string()),
                _ => (Some(name), String::new(), String::new()),
            }
        }
        _ => (None, String::new(), String::new()),
    }
}

/// The limit that was reached.
pub(crate) fn spent(facts: &Facts<'_>) -> Option<Spent> {
    match facts.tls()? {
        Kind::Limit { what, limit, spent } => Some(Spent { what: (*what).to_string(), limit: *limit, spent: *spent }),
        Kind::Record(error) if facts.limit() => {
            Some(Spent { what: error.rule.text().to_string(), limit: error.expected.into(), spent: error.found.into() })
        }
        Kind::Handshake(error) if facts.limit() => Some(Spent {
            what: error.rule()?.text().to_string(),
            limit: error.wanted().split(' ').find_map(|word| word.parse().ok())?,
            spent: error.came().split(' ').find_map(|word| word.parse().ok())?,
        }),
        Kind::Chain(refusal) => match refusal.reason() {
            Reason::BudgetSpent { what, limit } => {
                // All of it is gone, and the search was not over.
                Some(Spent { what: (*what).to_string(), limit: (*limit).into(), spent: (*limit).into() })
            }
            _ => None,
        },
        _ => None,
    }
}

/// What was seen, a sentence each, the most telling first.
pub(crate) fn evidence(facts: &Facts<'_>) -> Vec<String> {
    let mut seen = Vec::new();
    match facts.tls() {
        Some(Kind::Handshake(error)) => {
            if let Some(rule) = error.rule().filter(|_| !facts.breach()) {
                seen.push(told(rule));
            }
            if facts.rule(ABOUT_THE_CERTIFICATE) {
                let peer = facts.role().peer().name();
                seen.extend(
                    shown(facts.evidence)
                        .iter()
                        .take(3)
                        .enumerate()
                        .map(|(i, der)| format!("the {peer} {}", of_certificate(i, der))),
                );
            }
            // What was offered has lines of its own.
            match (error.wanted(), error.came()) {
                ("", "") => {}
                _ if error.blame() == Blame::NoOverlap => {}
                ("", came) => seen.push(format!("found {came}")),
                (wanted, "") => seen.push(format!("expected {wanted}")),
                (wanted, came) => seen.push(format!("expected {wanted}; found {came}")),
            }
        }
        Some(Kind::Record(error)) if error.rule != RecordRule::NotTls => {
            let numbers =
                if error.rule == RecordRule::BadRecordMac { error.rule.text().into() } else { error.to_string() };
            seen.push(format!("record {} since the last change of keys: {numbers}", error.record));
        }
        Some(Kind::Chain(refusal)) => chain(refusal, facts, &mut seen),
        Some(Kind::Alert { .. }) => alert(facts, &mut seen),
        Some(Kind::Limit { what, limit, spent }) => {
            seen.push(format!("{what}: at most {limit}, and {spent} were spent"))
        }
        _ => {}
    }
    if matches!(facts.happened, Happened::Transport(_)) || facts.cut() || facts.timed_out() {
        wire(facts, &mut seen);
    }
    if facts.no_tls() {
        let first = facts.evidence.trail.first();
        let hex: Vec<_> = first.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        seen.push(format!("first bytes: {}; a TLS record begins with 16 03", hex.join(" ")));
    }
    seen
}

fn wire(facts: &Facts<'_>, seen: &mut Vec<String>) {
    let evidence = facts.evidence;
    let (read, written) = evidence.trail.wire;
    let part = evidence.trail.part.map_or(0, |(have, _, _)| u64::from(have));
    if written > 0 || read > 0 {
        let mut text = format!("you had sent {written} bytes and read {}", read + part);
        if let Some(last) = evidence.trail.last {
            text.push_str(&format!("; the last whole message was {}", message_name(last)));
        }
        if let Some(elapsed) = evidence.elapsed {
            text.push_str(&format!("; it was {}.{:03} s old", elapsed.as_secs(), elapsed.subsec_millis()));
        }
        seen.push(text);
    }
}

fn alert(facts: &Facts<'_>, seen: &mut Vec<String>) {
    let evidence = facts.evidence;
    if facts.declined() {
        seen.push("the server asked for a certificate and you showed none".into());
    } else if facts.proof_sent() || facts.saw_ours() && facts.certificate_alert_proper() {
        let chain = evidence.own.as_ref().map_or(&[][..], |own| &own.chain);
        seen.extend(chain.iter().take(3).enumerate().map(|(i, der)| format!("you {}", of_certificate(i, der))));
        if facts.client() && facts.shown_alone() && facts.alert(&[Alert::UNKNOWN_CA]) {
            seen.push("it went alone: its issuer's was not among them".into());
        }
    } else if facts.awaits_hello() {
        seen.push("the server's answer to your ClientHello is the alert alone".into());
        if facts.refused_offer()
            && let Some(offer) = &evidence.client
        {
            for (what, list, short) in [
                ("versions", texts(&offer.versions), facts.narrowed().versions),
                ("suites", texts(&offer.suites), facts.narrowed().suites),
                ("groups", texts(&offer.groups), facts.narrowed().groups),
                ("signature schemes", texts(&offer.schemes), facts.narrowed().schemes),
            ] {
                let short = if short { " (fewer than you could)" } else { "" };
                seen.push(format!("offered {what}{short}: {}", listed(&list, 3)));
            }
        }
    }
}

fn chain(refusal: &Refusal, facts: &Facts<'_>, seen: &mut Vec<String>) {
    let whose = |attempt: &Attempt| match attempt.failed_at {
        Place::Sent(0) => format!("the {}'s own", facts.role().peer().name()),
        Place::Sent(number) => format!("number {number} of those sent"),
        Place::Anchor(_) => "a trusted root".to_string(),
    };
    let main = refusal.main();
    seen.push(format!("{} ({}): {}", main.subject, whose(main), main.reason));
    let others: Vec<_> = refusal.tried.iter().filter(|attempt| *attempt != main).collect();
    for attempt in others.iter().take(3) {
        seen.push(format!("also tried: {} ({}): {}", attempt.subject, whose(attempt), attempt.reason));
    }
    if others.len() > 3 || refusal.more > 0 {
        seen.push(format!("and {} more paths", others.len().saturating_sub(3) + refusal.more));
    }
    let peer = facts.role().peer().name();
    seen.extend(
        shown(facts.evidence)
            .iter()
            .take(4)
            .enumerate()
            .map(|(i, der)| format!("the {peer} {}", of_certificate(i, der))),
    );
    if facts.refused(&["UnknownIssuer", "UntrustedRoot", "SelfSigned", "BadSignature"]) {
        match &facts.evidence.roots {
            (_, usize::MAX) => {}
            (names, count) if *count > names.len() => seen.push(format!("you trust {count} roots")),
            (names, _) => seen.push(format!("you trust {}", listed(names, 3))),
        }
    }
    if facts.evidence.version == Some(ProtocolVersion::TLS1_2) && facts.refused(&["BadSignature"]) {
        seen.push("in TLS 1.2 certificates travel in the clear: a device on the way could have changed it".into());
    }
}

/// What to do next. What a client shows is mended by the client, whoever reads this.
pub(crate) fn fix(cause: Cause, facts: &Facts<'_>) -> String {
    let text = match cause.exit() {
        _ if facts.client() || facts.refusal().is_none() => cause.fix(),
        40 | 41 => {
            "the client must show a certificate under one of your CAs, with its intermediates; a stranger's CA is not \
             to be trusted to make this go away"
        }
        42 => "the client must renew its certificate; if its dates are right, one of the two clocks is wrong",
        _ => "the client needs another certificate: made for clients (clientAuth), by a CA that may issue it",
    };
    filled(text, facts.role())
}

/// What others call it, here.
pub(crate) fn names(cause: Cause, facts: &Facts<'_>) -> Names {
    let names = cause.names();
    if let Some(refusal) = facts.refusal() {
        let verify = Some(refusal.openssl_code()).filter(|code| *code > 1 && names.verify.is_some());
        return match facts.role() {
            // A chain that ends at an issuer nobody has is one thing to OpenSSL, whatever else is known.
            Role::Client if cause == Cause::UnknownRoot && verify == Some(20) => Cause::MissingIntermediate.names(),
            Role::Client => Names { verify: verify.or(names.verify), ..names },
            // Browsers and curl judge servers; of their own certificate they only hear.
            Role::Server => Names {
                verify: verify.or(names.verify),
                curl: "",
                chrome: "ERR_BAD_SSL_CLIENT_AUTH_CERT",
                firefox: "",
                nginx: "client SSL certificate verify error",
                ..names
            },
        };
    }
    let said = |openssl, python| Names { openssl, curl: openssl, nginx: openssl, python, ..names };
    match (cause, facts.received()) {
        (Cause::ClientCertificateRequired, Some(Alert::HANDSHAKE_FAILURE)) => {
            said("handshake failure", "HANDSHAKE_FAILURE")
        }
        (Cause::ClientRefusesCertificate, Some(alert)) => match alert {
            Alert::BAD_CERTIFICATE => said("bad certificate", "BAD_CERTIFICATE"),
            Alert::UNSUPPORTED_CERTIFICATE => said("unsupported certificate", "UNSUPPORTED_CERTIFICATE"),
            Alert::CERTIFICATE_REVOKED => said("certificate revoked", "CERTIFICATE_REVOKED"),
            Alert::ACCESS_DENIED => said("access denied", "ACCESS_DENIED"),
            _ => names,
        },
        _ => names,
    }
}
