//! Every state × every kind of input × aligned or not.

use crate::fixture;
use crate::paths::{ANSWERS, possible, table};
use crate::stand::{Stand, unasked};
use handfast_codec::{AlertDescription, ProtocolVersion};
use handfast_conformance::puppet::Kind;
use handfast_crypto::Provider;
use handfast_handshake::{Client, Error, Input, Rule, client, server};
use handfast_schedule::Side;
use std::collections::BTreeSet;

/// A stand whose machine is in this state, honestly.
fn at(side: Side, state: &str, provider: &Provider) -> Stand {
    let found = possible(side).into_iter().find_map(|route| {
        let count =
            if route.arrows[0].from == state { 0 } else { route.arrows.iter().position(|a| a.to == state)? + 1 };
        Some(route.stand_after(count, provider))
    });
    found.unwrap_or_else(|| panic!("{state} is not reached by any path"))
}

/// Gives the machine one input of this kind: the honest one where there is such.
fn give(stand: &mut Stand, on: &str, aligned: bool, provider: &Provider) -> Result<(), Error> {
    if !ANSWERS.contains(&on) {
        let kind = Kind::named(on).unwrap();
        let bytes = stand.puppet.say(kind);
        return stand.take(kind, &bytes, aligned);
    }
    let drawn = stand.open.as_ref().is_some_and(|q| {
        let debug = format!("{q:?}");
        let kinds = [("Choose", "Choice"), ("Authenticate", "Credential"), ("Sign", "Signature"), ("Judge", "Verdict")];
        kinds.iter().any(|(question, answer)| *answer == on && debug.starts_with(question))
    });
    if drawn {
        return stand.answer_open(aligned);
    }
    stand.answer(unasked(on, &fixture::credential(provider, "p256", &[])), aligned)
}

/// Tries everything in every state of one role and returns how many tries that were.
fn try_all(side: Side, states: &[&'static str], provider: &Provider) -> usize {
    let (mut tries, mut taken) = (0, BTreeSet::new());
    for state in states {
        for on in Input::KINDS {
            let drawn: Vec<_> = table(side).iter().filter(|a| a.from == *state && a.on == *on).collect();
            // Whether this run's arrow changes the reading key shows when it is taken aligned.
            let mut rekey = false;
            for aligned in [true, false] {
                tries += 1;
                let what = format!("{side}: {on} in {state}, aligned: {aligned}");
                let mut stand = at(side, state, provider);
                assert_eq!(stand.subject.state(), *state);
                let before = stand.moves().len();
                let result = give(&mut stand, on, aligned, provider);
                if drawn.is_empty() && ignores(side, on, &stand) {
                    assert!(
                        result.is_ok() && stand.subject.state() == *state && stand.effects.list.is_empty(),
                        "{what}"
                    );
                } else if drawn.is_empty() {
                    let (rule, alert) = match ANSWERS.contains(on) {
                        true => (Rule::WrongAnswer, AlertDescription::INTERNAL_ERROR),
                        false => (Rule::UnexpectedMessage, AlertDescription::UNEXPECTED_MESSAGE),
                    };
                    failed(&stand, result, rule, alert, &what);
                } else if rekey && !aligned {
                    failed(&stand, result, Rule::Straddles, AlertDescription::UNEXPECTED_MESSAGE, &what);
                } else {
                    result.unwrap_or_else(|e| panic!("{what}: {e}"));
                    let moved = stand.moves()[before];
                    let arrow = drawn.iter().find(|a| (a.from, a.on, a.to) == moved);
                    let arrow = arrow.unwrap_or_else(|| panic!("{what}: {moved:?} is not drawn"));
                    assert_eq!(stand.subject.state(), arrow.to, "{what}");
                    assert!(aligned || !arrow.rekey, "{what}");
                    (rekey, _) = (arrow.rekey, taken.insert((arrow.from, arrow.on)));
                }
            }
        }
    }
    let all: BTreeSet<_> = table(side).iter().map(|a| (a.from, a.on)).collect();
    assert_eq!(taken, all, "every drawn pair of state and input was taken");
    tries
}

/// A HelloRequest during a handshake that is not TLS 1.3 is ignored (RFC 5246 §7.4.1.1).
fn ignores(side: Side, on: &str, stand: &Stand) -> bool {
    let version = match &stand.subject {
        crate::stand::Subject::Client(m) => Client::version(m),
        _ => None,
    };
    side == Side::Client && on == "HelloRequest" && version != Some(ProtocolVersion::TLS1_3)
}

fn failed(stand: &Stand, result: Result<(), Error>, rule: Rule, alert: AlertDescription, what: &str) {
    let error = result.expect_err(what);
    assert_eq!((error.rule(), error.alert()), (Some(rule), alert), "{what}: {error}");
    assert_eq!(stand.subject.state(), "Failed", "{what}");
    assert!(stand.effects.list.is_empty() && stand.effects.bytes.is_empty(), "{what}: an effect remains");
}

#[test]
fn a_client_takes_what_is_drawn_and_nothing_else() {
    for provider in fixture::backends() {
        assert_eq!(try_all(Side::Client, client::Machine::STATES, &provider), 22 * 22 * 2);
    }
}

#[test]
fn a_server_takes_what_is_drawn_and_nothing_else() {
    for provider in fixture::backends() {
        assert_eq!(try_all(Side::Server, server::Machine::STATES, &provider), 18 * 22 * 2);
    }
}

#[test]
fn a_machine_that_failed_stays_so() {
    let [provider, _] = fixture::backends();
    for side in [Side::Client, Side::Server] {
        for on in Input::KINDS {
            let mut stand = at(side, table(side)[0].from, &provider);
            assert!(stand.say(Kind::KeyUpdate).is_err());
            if !ignores(side, on, &stand) {
                assert!(give(&mut stand, on, true, &provider).is_err(), "{side}: {on}");
            }
            assert_eq!(stand.subject.state(), "Failed");
        }
    }
}

#[test]
fn a_hello_request_after_a_retry_is_refused_since_the_version_is_settled() {
    let [provider, _] = fixture::backends();
    let mut stand = at(Side::Client, "WaitShRetried", &provider);
    let error = stand.say(Kind::HelloRequest).unwrap_err();
    assert_eq!(error.rule(), Some(Rule::UnexpectedMessage));
}

/// Where a table leads must be reachable, and must lead on.
#[test]
fn every_state_is_reached_and_reaches_an_end() {
    for (side, states) in [(Side::Client, client::Machine::STATES), (Side::Server, server::Machine::STATES)] {
        let close = |mut known: BTreeSet<&'static str>, back: bool| {
            for _ in states {
                for a in table(side) {
                    let (from, to) = if back { (a.to, a.from) } else { (a.from, a.to) };
                    if known.contains(from) {
                        known.insert(to);
                    }
                }
            }
            known
        };
        let all: BTreeSet<_> = states.iter().copied().collect();
        assert_eq!(close([table(side)[0].from].into(), false), all, "{side}: reachable");
        assert_eq!(close(["Connected", "Established"].into(), true), all, "{side}: leads to an end");
    }
}
