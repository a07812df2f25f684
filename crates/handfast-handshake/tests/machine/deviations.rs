//! Every path with one message left out, said twice, swapped with the next, or put in: the machine
//! follows another drawn path, or fails. The peer is a puppet, whose keys and Finished fit whatever
//! was said, so nothing but the order can give it away.

use crate::paths::{Route, line, possible, table};
use crate::stand::Subject;
use crate::{fixture, golden};
use handfast_codec::AlertDescription;
use handfast_conformance::puppet::Kind;
use handfast_crypto::Provider;
use handfast_handshake::after::{ClientAfter, ServerAfter};
use handfast_handshake::{Error, Rule};
use handfast_schedule::Side;
use std::fmt::Write;

/// How a run ended.
enum End {
    /// A connection, along this line; and whether more was taken after the handshake.
    Connected { path: String, more: bool },
    /// A connection, and then a message after the handshake that was refused.
    Refused(Error),
    /// No connection.
    Failed(Error),
    /// No connection yet, in this state.
    Waits(&'static str),
}

fn run(route: &Route, script: &[Kind], provider: &Provider) -> End {
    let mut stand = route.stand(provider);
    let mut path = None;
    for kind in script {
        let said = stand.say(*kind);
        match (said, &path) {
            (Err(error), None) => {
                assert!(!stand.connected, "a failure after Connected");
                assert_eq!(stand.subject.state(), "Failed");
                assert!(stand.effects.list.is_empty(), "an effect remains");
                return End::Failed(error);
            }
            (Err(error), Some(_)) => return End::Refused(error),
            (Ok(()), None) if stand.connected => {
                path = Some((line(stand.moves().iter().map(|m| m.1)), stand.moves().len()));
                // What the puppet heard fits what it said: it was no accident.
                assert_eq!(stand.puppet.heard_good_finished(), Some(true));
                stand.finish().unwrap();
            }
            (Ok(()), _) => {}
        }
    }
    match path {
        Some((path, count)) => End::Connected { path, more: stand.moves().len() > count },
        None => {
            assert!(!matches!(stand.subject, Subject::After(_)));
            End::Waits(stand.subject.state())
        }
    }
}

/// One message more, fewer or elsewhere: what was done, and the script that comes of it.
fn deviations(script: &[Kind]) -> Vec<(String, Vec<Kind>)> {
    let mut out = Vec::new();
    let place = |at: usize| script.get(at).map_or("at the end".to_owned(), |k| format!("before {}", k.name()));
    let nth = |at: usize| {
        let same = script[..at].iter().filter(|k| **k == script[at]).count();
        if same == 0 { String::new() } else { " again".to_owned() }
    };
    for at in 0..script.len() {
        let mut less = script.to_vec();
        let gone = less.remove(at);
        out.push((format!("drop {}{}", gone.name(), nth(at)), less));
        let mut twice = script.to_vec();
        twice.insert(at, gone);
        out.push((format!("repeat {}{}", gone.name(), nth(at)), twice));
        if at + 1 < script.len() && script[at] != script[at + 1] {
            let mut swapped = script.to_vec();
            swapped.swap(at, at + 1);
            out.push((format!("swap {} and {}", script[at].name(), script[at + 1].name()), swapped));
        }
    }
    for at in 0..=script.len() {
        for kind in Kind::ALL {
            let mut more = script.to_vec();
            more.insert(at, *kind);
            out.push((format!("insert {} {}", kind.name(), place(at)), more));
        }
    }
    out
}

/// Whether a table has an arrow for what an error says it was about.
fn is_drawn(side: Side, error: &Error) -> bool {
    let after = match side {
        Side::Client => ClientAfter::ARROWS,
        Side::Server => ServerAfter::ARROWS,
    };
    table(side).iter().chain(after).any(|a| a.from == error.state() && a.on == error.on())
}

/// Runs every deviation of every path; returns the golden text and the number of runs.
fn report(side: Side, provider: &Provider) -> (String, usize) {
    let paths: Vec<_> = possible(side);
    let known: Vec<_> = paths.iter().map(Route::line).collect();
    let (mut text, mut runs) = (String::new(), 0);
    for route in &paths {
        let _ = writeln!(text, "\n{}{}", route.line(), route.remark());
        let mut unexpected = 0;
        for (what, script) in deviations(&route.script()) {
            runs += 1;
            let end = match run(route, &script, provider) {
                End::Connected { path, more } => {
                    assert!(known.contains(&path), "{what}: an undrawn path: {path}");
                    match (path == route.line(), more) {
                        (true, false) => "ignored, the same path".to_owned(),
                        (true, true) => "taken, after the handshake".to_owned(),
                        (false, _) => format!("follows {path}"),
                    }
                }
                End::Failed(error) | End::Refused(error) if error.rule() == Some(Rule::UnexpectedMessage) => {
                    assert!(!is_drawn(side, &error), "{what}: {error}");
                    assert_eq!(error.alert(), AlertDescription::UNEXPECTED_MESSAGE);
                    unexpected += 1;
                    continue;
                }
                End::Failed(error) | End::Refused(error) => {
                    assert!(is_drawn(side, &error) || error.rule() == Some(Rule::Renegotiation), "{what}: {error}");
                    format!("{} ({})", error.alert(), error.section())
                }
                End::Waits(state) => {
                    // Only a script that breaks off can leave the machine waiting.
                    assert!(what.starts_with("drop"), "{what} leaves it in {state}");
                    format!("waits in {state}")
                }
            };
            let _ = writeln!(text, "    {what}: {end}");
        }
        let _ = writeln!(text, "    {unexpected} others: unexpected_message");
    }
    (text, runs)
}

fn check(side: Side, expected_runs: usize) {
    let head = format!(
        "# Every path of a {side} with one message dropped, repeated, swapped with the next or inserted, said\n\
         # by a peer whose keys and Finished fit what it said. Listed is what does not simply end in\n\
         # unexpected_message. Made by the tests.\n"
    );
    for provider in fixture::backends() {
        let (text, runs) = report(side, &provider);
        golden::check(&format!("tests/golden/{side}.deviations.txt"), &format!("{head}{text}"));
        assert_eq!(runs, expected_runs);
    }
}

#[test]
fn a_server_that_deviates_does_not_get_a_connection() {
    check(Side::Client, 3330);
}

#[test]
fn a_client_that_deviates_does_not_get_a_connection() {
    check(Side::Server, 951);
}
