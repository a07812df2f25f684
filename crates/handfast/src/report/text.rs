//! A report as text: at most 25 lines of at most 100 columns.

use super::words::listed;
use super::{Confidence, Doing, Report, Role};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use handfast_handshake::Direction;

/// The longest line, in columns.
const WIDTH: usize = 100;
/// The most lines; the tool adds one of its own.
const LINES: usize = 24;
/// The most lines for one fact.
const FACT: usize = 5;
/// Where the text of a labelled line begins.
const INDENT: usize = 12;

impl Report {
    /// The whole report; `head` stands before the verdict, as the name of the peer.
    pub fn text(&self, head: &str) -> String {
        let mut before = Vec::new();
        wrap(&mut before, "", &format!("{head}{}", self.verdict), 2);
        let mut after = Vec::new();
        let fact = |lines: &mut Vec<String>, label: &str, text: &str| {
            if !text.is_empty() {
                wrap(lines, &format!("  {label:<10}"), text, INDENT);
            }
        };
        fact(&mut before, "fix", &self.fix);
        let others: Vec<_> = self.others.iter().map(|cause| cause.name()).collect();
        let cause = match (self.confidence, others.is_empty()) {
            (Confidence::OneOf, false) => {
                format!("one of {}, {}: the evidence does not decide", self.cause.name(), listed(&others, 8))
            }
            (confidence, true) => format!("{}, {}", self.cause.name(), confidence.name()),
            (confidence, false) => {
                format!("{}, {}; not excluded: {}", self.cause.name(), confidence.name(), listed(&others, 8))
            }
        };
        fact(&mut before, "cause", &cause);
        fact(&mut before, "at fault", &self.at_fault());
        fact(&mut before, "step", &self.step_text());
        if let Some(clash) = &self.offers {
            let you = |role: Role| if role == self.role { "you" } else { role.name() };
            let server = clash.server.as_ref().map_or("does not say".to_string(), |list| said(list));
            let (client, server) = (said(&clash.client), server);
            let text = format!("{}: {}: {client}; {}: {server}", clash.what, you(Role::Client), you(Role::Server));
            fact(&mut before, "offers", &text);
        }
        fact(&mut after, "elsewhere", &self.elsewhere());
        fact(&mut after, "rule", [self.rule.as_deref().unwrap_or_default(), self.section].join(" ").trim());

        let room = LINES.saturating_sub(before.len() + after.len());
        let mut seen = Vec::new();
        for (i, text) in self.evidence.iter().enumerate() {
            fact(&mut seen, if i == 0 { "evidence" } else { "" }, text);
        }
        if seen.len() > room {
            seen.truncate(room.saturating_sub(1));
            seen.push(format!("{:INDENT$}…", ""));
        }
        let lines: Vec<_> = before.into_iter().chain(seen).chain(after).collect();
        lines.join("\n")
    }

    fn at_fault(&self) -> String {
        match self.fault {
            super::Fault::Side(role) if role == self.role => format!("you (the {})", role.name()),
            super::Fault::Side(role) => format!("the {}", role.name()),
            super::Fault::Both => "neither alone: the two sides do not fit".into(),
            super::Fault::Network => "something between the two sides".into(),
            super::Fault::Unknown => "the evidence does not say".into(),
        }
    }

    /// Where it happened and who complained, in one line.
    fn step_text(&self) -> String {
        let step = &self.step;
        let mut text = match step.doing {
            Doing::Connecting => "before TLS began".to_string(),
            Doing::Connected => "after the handshake".to_string(),
            Doing::Reading => step.message.clone(),
            Doing::Awaiting if step.message.is_empty() => "between two messages".to_string(),
            Doing::Awaiting => format!("while you awaited {}", step.message),
        };
        if let Some(offset) = step.offset {
            text.push_str(&format!(", byte {offset}"));
        }
        if let Some(field) = &step.field {
            text.push_str(&format!(" ({field})"));
        }
        if !step.state.is_empty() && step.doing != Doing::Connecting {
            text.push_str(&format!(", state {}", step.state));
        }
        match (self.alert, self.complained) {
            (Some(alert), Some(role)) if alert.direction == Direction::Read => {
                text.push_str(&format!(
                    "; the {} complained: {} ({})",
                    role.name(),
                    alert.description,
                    alert.description.0
                ));
            }
            (Some(alert), Some(_)) => {
                text.push_str(&format!("; you complained and sent {} ({})", alert.description, alert.description.0));
            }
            _ if matches!(step.doing, Doing::Connecting) => {}
            _ => text.push_str("; nobody sent an alert"),
        }
        text
    }

    fn elsewhere(&self) -> String {
        let names = &self.names;
        let openssl = match (names.verify, names.openssl) {
            (Some(number), text) => format!("{number}: {text}"),
            (None, text) => text.to_string(),
        };
        let list = [
            ("openssl", openssl.as_str()),
            ("curl", names.curl),
            ("Chrome", names.chrome),
            ("Firefox", names.firefox),
            ("nginx", names.nginx),
            ("Python", names.python),
        ];
        let known = list.iter().filter(|(_, text)| !text.is_empty());
        known.map(|(who, text)| format!("{who} \"{text}\"")).collect::<Vec<_>>().join(" · ")
    }
}

fn said(list: &[String]) -> String {
    if list.is_empty() { "none".into() } else { listed(list, 6) }
}

/// Adds `text` behind `label`, broken at spaces; further lines begin at `indent`.
fn wrap(lines: &mut Vec<String>, label: &str, text: &str, indent: usize) {
    let (mut line, first) = (label.to_string(), lines.len());
    let mut empty = true;
    for word in text.split_whitespace() {
        let mut word = word;
        while line.chars().count() + usize::from(!empty) + word.chars().count() > WIDTH {
            if !empty {
                lines.push(core::mem::replace(&mut line, format!("{:indent$}", "")));
                empty = true;
                continue;
            }
            // A word that is longer than a line.
            let at = word.char_indices().nth(WIDTH.saturating_sub(line.chars().count())).map_or(word.len(), |(i, _)| i);
            let (now, rest) = word.split_at_checked(at).unwrap_or((word, ""));
            line.push_str(now);
            lines.push(core::mem::replace(&mut line, format!("{:indent$}", "")));
            word = rest;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    if !empty {
        lines.push(line);
    }
    if lines.len() - first > FACT {
        lines.truncate(first + FACT);
        if let Some(last) = lines.last_mut() {
            *last = last.chars().take(WIDTH - 2).chain(" …".chars()).collect();
        }
    }
}

/// The whole report.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(""))
    }
}
