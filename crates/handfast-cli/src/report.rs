//! A failure as JSON: every field by itself, the same for both roles.

use crate::exit::{self, Problem};
use handfast::x509::{Place, Reason};
use handfast::{Blame, Error, Failure, Kind, Refusal, Rule};
use serde_json::{Value, json};
use std::fmt::Display;
use std::io;

/// What an outcome has: all of it, so that no key is missing; `null` is what did not come about.
pub(crate) fn outcome(command: &str, peer: &dyn Display) -> Value {
    json!({
        "schema": crate::facts::SCHEMA, "command": command, "peer": peer.to_string(), "address": null,
        "ok": false, "exit": null, "server_name": null, "negotiated": null, "chain": null,
        "verified": null, "anchor": null, "would_refuse": null,
        "sent": null, "received": null, "closed": null, "error": null,
    })
}

/// A handshake that failed.
pub(crate) fn failure(status: u8, verdict: &str, failure: &Failure) -> Value {
    match failure {
        Failure::Tls(error) => tls(status, verdict, error),
        _ => plain(status, verdict),
    }
}

/// A connection that failed: an error of the standard library, which may hold one of TLS.
pub(crate) fn of_io(status: u8, verdict: &str, error: &io::Error) -> Value {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(error) => tls(status, verdict, error),
        None => plain(status, verdict),
    }
}

/// What has nothing to do with TLS; of several lines the first is the verdict.
pub(crate) fn problem(problem: &Problem) -> Value {
    plain(problem.status, problem.text.lines().next().unwrap_or_default())
}

fn plain(status: u8, verdict: &str) -> Value {
    json!({
        "verdict": verdict, "exit": status, "meaning": exit::meaning(status), "blame": null, "rule": null,
        "section": null, "state": null, "expected": null, "found": null, "alert": null, "refusal": null,
    })
}

fn tls(status: u8, verdict: &str, error: &Error) -> Value {
    let mut object = plain(status, verdict);
    object["blame"] = json!(blame(error.blame()));
    object["section"] = json!(error.section());
    // Where it was judged, not what became of it.
    object["state"] = match error.kind() {
        Kind::Handshake(broken) => text(broken.state()),
        _ => text(if error.state() == "Failed" { "" } else { error.state() }),
    };
    let (direction, alert) = match error.kind() {
        Kind::Alert { description, .. } => ("received", Some(*description)),
        _ => ("sent", error.alert()),
    };
    object["alert"] = alert
        .map_or(Value::Null, |alert| json!({ "direction": direction, "name": alert.to_string(), "code": alert.0 }));
    let (rule, expected, found) = match error.kind() {
        Kind::Handshake(broken) => {
            (broken.rule().map(Rule::name).map(String::from), text(broken.wanted()), text(broken.came()))
        }
        Kind::Record(broken) => (Some(format!("{:?}", broken.rule)), json!(broken.expected), json!(broken.found)),
        Kind::Chain(refused) => {
            let (expected, found) = clash(refused.reason());
            (Some(refused.reason().name().into()), expected, found)
        }
        Kind::Limit { limit, spent, .. } => (None, json!(limit), json!(spent)),
        _ => (None, Value::Null, Value::Null),
    };
    object["rule"] = json!(rule);
    object["expected"] = expected;
    object["found"] = found;
    if let Kind::Chain(refused) = error.kind() {
        object["refusal"] = refusal(refused);
    }
    object
}

/// A refused chain, with every path that was tried.
pub(crate) fn refusal(refusal: &Refusal) -> Value {
    let paths = refusal.tried.iter().map(|attempt| {
        let failed_at = match attempt.failed_at {
            Place::Sent(number) => json!({ "sent": number }),
            Place::Anchor(number) => json!({ "root": number }),
        };
        json!({
            "path": attempt.path, "failed_at": failed_at, "subject": attempt.subject,
            "reason": attempt.reason.name(), "text": attempt.reason.to_string(),
        })
    });
    json!({
        "reason": refusal.reason().name(),
        "text": refusal.reason().to_string(),
        "subject": refusal.main().subject,
        "openssl": refusal.openssl_code(),
        "paths": paths.collect::<Vec<_>>(),
    })
}

/// What was expected and what was found, where a reason has both.
fn clash(reason: &Reason) -> (Value, Value) {
    match reason {
        Reason::HostMismatch { expected, found, .. } | Reason::AddressMismatch { expected, found, .. } => {
            (json!(expected), json!(found))
        }
        Reason::Expired { not_after, now } => (json!(not_after.to_string()), json!(now.to_string())),
        Reason::NotYetValid { not_before, now } => (json!(not_before.to_string()), json!(now.to_string())),
        Reason::Purpose { expected } => (json!(expected), Value::Null),
        Reason::LeafKeyTooSmall { bits, least } | Reason::IssuerKeyTooSmall { bits, least } => {
            (json!(least), json!(bits))
        }
        Reason::PathLength { allowed, found } => (json!(allowed), json!(found)),
        _ => (Value::Null, Value::Null),
    }
}

fn blame(blame: Blame) -> &'static str {
    match blame {
        Blame::Peer => "peer",
        Blame::NoOverlap => "no_overlap",
        Blame::Policy => "policy",
        Blame::Told => "told",
        Blame::Limit => "limit",
        Blame::Usage => "usage",
        Blame::Backend => "backend",
        _ => "other",
    }
}

fn text(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}
