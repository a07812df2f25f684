//! The two small tables of what may come after the handshake.

use crate::fixture;
use crate::paths::possible;
use crate::stand::Stand;
use handfast_codec::{AlertDescription, ProtocolVersion};
use handfast_conformance::puppet::Kind;
use handfast_crypto::Provider;
use handfast_handshake::after::{ClientAfter, ServerAfter};
use handfast_handshake::{Arrow, Rule};
use handfast_schedule::Side;
use std::collections::BTreeSet;

/// A live connection of this role and version.
pub fn live(side: Side, version: ProtocolVersion, provider: &Provider) -> Stand {
    let route = possible(side).into_iter().find(|r| r.version() == version).unwrap();
    let mut stand = route.stand_after(route.arrows.len(), provider);
    stand.finish().unwrap();
    stand
}

fn table(side: Side) -> &'static [Arrow] {
    match side {
        Side::Client => ClientAfter::ARROWS,
        Side::Server => ServerAfter::ARROWS,
    }
}

/// The wish to start again, which TLS 1.2 has and we refuse.
pub fn again(side: Side) -> Kind {
    match side {
        Side::Client => Kind::HelloRequest,
        Side::Server => Kind::ClientHello,
    }
}

#[test]
fn after_the_handshake_only_what_is_drawn_is_taken() {
    for provider in fixture::backends() {
        let mut tries = 0;
        for side in [Side::Client, Side::Server] {
            let mut taken = BTreeSet::new();
            for version in [ProtocolVersion::TLS1_3, ProtocolVersion::TLS1_2] {
                for (kind, aligned) in Kind::ALL.iter().flat_map(|k| [(*k, true), (*k, false)]) {
                    tries += 1;
                    let mut stand = live(side, version, &provider);
                    let (state, before) = (stand.subject.state(), stand.moves().len());
                    let on = if kind == Kind::EmptyCertificate { Kind::Certificate } else { kind }.name();
                    let arrow = table(side).iter().find(|a| a.from == state && a.on == on);
                    let read_keys = stand.read_keys;
                    let bytes = stand.puppet.say(kind);
                    let result = stand.take(kind, &bytes, aligned);
                    let what = format!("{side}: {on} in {state}, aligned: {aligned}");
                    if let Some(arrow) = arrow.filter(|a| aligned || !a.rekey) {
                        result.unwrap_or_else(|e| panic!("{what}: {e}"));
                        assert_eq!(stand.moves()[before], (arrow.from, arrow.on, arrow.to), "{what}");
                        assert_eq!(stand.read_keys - read_keys, usize::from(arrow.rekey), "{what}");
                        taken.insert((arrow.from, arrow.on, arrow.to));
                        continue;
                    }
                    let error = result.expect_err(&what);
                    let renegotiates = version == ProtocolVersion::TLS1_2 && kind == again(side);
                    let (rule, alert) = match arrow {
                        Some(_) => (Rule::Straddles, AlertDescription::UNEXPECTED_MESSAGE),
                        None if renegotiates => (Rule::Renegotiation, AlertDescription::NO_RENEGOTIATION),
                        None => (Rule::UnexpectedMessage, AlertDescription::UNEXPECTED_MESSAGE),
                    };
                    assert_eq!((error.rule(), error.alert()), (Some(rule), alert), "{what}: {error}");
                    assert_eq!(stand.subject.state(), "Failed", "{what}");
                    assert!(stand.effects.list.is_empty(), "{what}: an effect remains");
                }
            }
            let drawn: BTreeSet<_> = table(side).iter().map(|a| (a.from, a.on, a.to)).collect();
            assert_eq!(taken, drawn);
        }
        assert_eq!(tries, 2 * 2 * 19 * 2);
    }
}

#[test]
fn data_between_key_updates_makes_room_for_more() {
    let [provider, _] = fixture::backends();
    let mut stand = live(Side::Client, ProtocolVersion::TLS1_3, &provider);
    for _ in 0..3 * handfast_handshake::after::MAX_KEY_UPDATES {
        stand.say(Kind::KeyUpdate).unwrap();
        let crate::stand::Subject::After(after) = &mut stand.subject else { panic!("it is live") };
        after.data_came();
    }
}
