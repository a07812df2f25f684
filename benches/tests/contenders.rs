//! A contender that skipped part of the work would look fast: all do the same.

use handfast_bench::contenders::{Version, Visit, show};
use handfast_bench::stack::{Link, Stack, Wire, connected};
use handfast_bench::{HOST, Pki};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What each made of it: its name, and whether data came through.
#[derive(Default)]
struct Outcomes(Vec<(String, bool)>);

impl Visit for Outcomes {
    fn visit<S: Stack + 'static>(&mut self, stack: S) {
        let through = catch_unwind(AssertUnwindSafe(|| {
            let (mut client, mut server) = connected(&stack);
            let (text, mut out, mut wire) = ([7; 1000], [0; 1000], Wire::new(2000));
            client.send(&text, &mut wire);
            let up = server.receive(&mut wire, &mut out);
            server.send(&text, &mut wire);
            assert_eq!((up, client.receive(&mut wire, &mut out)), (1000, 1000), "all of it came");
        }));
        self.0.push((stack.name().to_owned(), through.is_ok()));
    }
}

fn outcomes(pki: &Pki) -> Vec<(String, bool)> {
    let mut outcomes = Outcomes::default();
    for version in Version::BOTH {
        show(pki, version, &mut outcomes);
    }
    assert!(outcomes.0.len() >= 12, "both versions of six contenders at least");
    outcomes.0
}

#[test]
fn every_contender_connects_and_carries_data() {
    for (name, through) in outcomes(&Pki::new()) {
        assert!(through, "{name}");
    }
}

#[test]
fn every_contender_refuses_a_chain_from_another_root() {
    for (name, through) in outcomes(&Pki { root: Pki::new().root, ..Pki::new() }) {
        assert!(!through, "{name}");
    }
}

#[test]
fn every_contender_refuses_another_name() {
    for (name, through) in outcomes(&Pki::of(&format!("not.{HOST}"))) {
        assert!(!through, "{name}");
    }
}
