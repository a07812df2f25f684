//! A failure as JSON: every field by itself, the same for both roles.

use crate::exit::{self, Problem};
use handfast::report::{Names, SeenAlert};
use handfast::x509::Place;
use handfast::{Blame, Direction, Refusal, Report};
use serde_json::{Value, json};
use std::fmt::Display;

/// What an outcome has: all of it, so that no key is missing; `null` is what did not come about.
pub(crate) fn outcome(command: &str, peer: &dyn Display) -> Value {
    json!({
        "schema": crate::facts::SCHEMA, "command": command, "peer": peer.to_string(), "address": null,
        "ok": false, "exit": null, "server_name": null, "negotiated": null, "chain": null,
        "verified": null, "anchor": null, "would_refuse": null,
        "sent": null, "received": null, "closed": null, "error": null,
    })
}

/// What went wrong, with everything that is known about it. Every key is always there; `null` is
/// what does not apply.
pub(crate) fn problem(problem: &Problem) -> Value {
    match &problem.report {
        Some(report) => of(report),
        None => {
            let keys = [
                "cause",
                "confidence",
                "others",
                "explanation",
                "side",
                "complained",
                "role",
                "version",
                "step",
                "alert",
                "offers",
                "refusal",
                "evidence",
                "fix",
                "rule",
                "section",
                "expected",
                "found",
                "blame",
                "spent",
                "elsewhere",
            ];
            let mut object = head(problem.status, problem.text.lines().next().unwrap_or_default());
            for key in keys {
                object[key] = Value::Null;
            }
            object
        }
    }
}

fn head(status: u8, verdict: &str) -> Value {
    json!({ "verdict": verdict, "exit": status, "meaning": exit::meaning(status) })
}

/// A report as JSON.
pub(crate) fn of(report: &Report) -> Value {
    let mut object = head(report.cause.exit(), &report.verdict);
    let step = &report.step;
    let Names { verify, openssl, curl, chrome, firefox, nginx, python } = report.names;
    let more = json!({
        "cause": report.cause.name(),
        "confidence": report.confidence.name(),
        "others": report.others.iter().map(|cause| cause.name()).collect::<Vec<_>>(),
        "explanation": report.explanation(),
        "side": report.fault.name(),
        "complained": report.complained.map(|role| role.name()),
        "role": report.role.name(),
        "version": report.version.map(|version| version.to_string()),
        "step": {
            "state": text(step.state), "doing": step.doing.name(), "message": text(&step.message),
            "offset": step.offset, "field": step.field,
        },
        "alert": report.alert.map(alert),
        "offers": report.offers.as_ref().map(|o| json!({ "what": o.what, "client": o.client, "server": o.server })),
        "refusal": report.refusal.as_ref().map(refusal),
        "evidence": report.evidence,
        "fix": report.fix,
        "rule": report.rule,
        "section": report.section,
        "expected": text(&report.expected),
        "found": text(&report.found),
        "blame": report.blame.map(blame),
        "spent": report.spent.as_ref().map(|s| json!({ "what": s.what, "limit": s.limit, "spent": s.spent })),
        "elsewhere": {
            "openssl": text(openssl), "verify": verify, "curl": text(curl), "chrome": text(chrome),
            "firefox": text(firefox), "nginx": text(nginx), "python": text(python),
        },
    });
    if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more);
    }
    object
}

fn alert(alert: SeenAlert) -> Value {
    let direction = if alert.direction == Direction::Read { "received" } else { "sent" };
    json!({ "direction": direction, "name": alert.description.to_string(), "code": alert.description.0 })
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
