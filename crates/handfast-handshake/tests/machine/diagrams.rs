//! docs/machine.md, drawn from the tables.

use crate::golden;
use crate::paths::ANSWERS;
use handfast_handshake::after::{ClientAfter, ServerAfter};
use handfast_handshake::{Arrow, client, server};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The arrows that can be reached from `start` without passing through `not`.
fn part(arrows: &'static [Arrow], start: &'static str, not: &[&str]) -> Vec<&'static Arrow> {
    let mut known = BTreeSet::from([start]);
    let wanted = |a: &&Arrow| !not.contains(&a.from) && !not.contains(&a.to);
    for _ in arrows {
        known.extend(arrows.iter().filter(wanted).filter(|a| known.contains(a.from)).map(|a| a.to).collect::<Vec<_>>());
    }
    arrows.iter().filter(wanted).filter(|a| known.contains(a.from)).collect()
}

fn diagram(text: &mut String, title: &str, prose: &str, start: &str, arrows: &[&Arrow]) {
    let _ = writeln!(text, "\n## {title}\n\n{prose}\n\n```mermaid\nstateDiagram-v2\n    [*] --> {start}");
    for a in arrows {
        let on = if ANSWERS.contains(&a.on) { format!("({})", a.on) } else { a.on.to_owned() };
        let _ = writeln!(text, "    {} --> {}: {on}{}", a.from, a.to, if a.rekey { " 🔑" } else { "" });
    }
    for end in ["Connected", "Established"] {
        if arrows.iter().any(|a| a.to == end) {
            let _ = writeln!(text, "    {end} --> [*]");
        }
    }
    text.push_str("```\n");
}

fn document() -> String {
    let (client, server) = (client::Machine::ARROWS, server::Machine::ARROWS);
    let mut text = String::from(
        "# The machines\n\n\
         Drawn from the transition tables in `crates/handfast-handshake/src/client/table.rs`, `server/table.rs` and\n\
         `after.rs`. Do not edit: `HANDFAST_BLESS=1 cargo test -p handfast-handshake diagrams` writes this file, and the\n\
         tests compare it.\n\n\
         An arrow bears the input that takes it: a message of the peer, or an (answer) of the application. 🔑 marks\n\
         the arrows after which we read with another key, so that no byte of a further message may have come under the\n\
         old one (RFC 9846 §5.1). Every input that a state has no arrow for ends in unexpected_message. The same as\n\
         lists of messages: `crates/handfast-handshake/tests/golden/*.paths.txt`.\n",
    );
    diagram(
        &mut text,
        "Client, TLS 1.3",
        "RFC 9846 §A.1. Sending the ClientHello comes before the first state.",
        "WaitSh",
        &part(client, "WaitSh", &["WaitCertificate"]),
    );
    let tls12 = ["WaitEe", "WaitShRetried"];
    let prose = "RFC 5246 §7.3, figure 1. It parts from TLS 1.3 at the ServerHello.";
    diagram(&mut text, "Client, TLS 1.2", prose, "WaitSh", &part(client, "WaitSh", &tls12));
    diagram(&mut text, "Server, TLS 1.3", "RFC 9846 §A.2.", "Start", &part(server, "Start", &["Negotiated12"]));
    let tls12 = ["Negotiated", "StartRetried"];
    let prose = "RFC 5246 §7.3, figure 1. It parts from TLS 1.3 when the version is chosen.";
    diagram(&mut text, "Server, TLS 1.2", prose, "Start", &part(server, "Start", &tls12));
    let all = |arrows: &'static [Arrow]| arrows.iter().collect::<Vec<_>>();
    let prose = "RFC 9846 §4.7. In TLS 1.2 nothing may come: the state `Settled12` has no arrow.";
    diagram(&mut text, "Client, after the handshake", prose, "Receiving", &all(ClientAfter::ARROWS));
    let prose = "RFC 9846 §4.7.3; `Settled12` likewise.";
    diagram(&mut text, "Server, after the handshake", prose, "Serving", &all(ServerAfter::ARROWS));
    text
}

#[test]
fn the_diagrams_in_the_docs_are_the_tables() {
    golden::check("../../docs/machine.md", &document());
}

#[test]
fn the_diagrams_leave_no_arrow_out() {
    let document = document();
    let tables = [client::Machine::ARROWS, server::Machine::ARROWS, ClientAfter::ARROWS, ServerAfter::ARROWS];
    for arrow in tables.into_iter().flatten() {
        assert!(document.contains(&format!("    {} --> {}: ", arrow.from, arrow.to)), "{arrow:?}");
    }
}
