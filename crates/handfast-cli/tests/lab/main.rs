//! The lab: faults that are built with real programs, and what the tool must say about each.
//!
//! A row of the tables is a fault: how the peer is built, what handfast is started with, and what its
//! report must say: the cause, whose fault, at which message, the exit status, the alert, and the
//! sentence that a newcomer needs. See docs/lab.md.
//!
//! `HANDFAST_LAB_SEED=N` builds every fault with other names, dates, ports and places;
//! `HANDFAST_LAB_PRINT=1` prints what handfast and the other clients said.
#![forbid(unsafe_code)]

mod check;
mod controls;
mod document;
mod fault;
mod lab;
mod peers;
mod pki;
mod proxy;
mod puppet;
mod sockets;
mod table_certificate;
mod table_chain;
mod table_client_certificate;
mod table_negotiation;
mod table_proof;
mod table_server;
mod table_transport;

use fault::{Fault, Program};
use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::BTreeSet;
use std::process::ExitCode;

/// Every fault, in the order of the document.
fn faults() -> Vec<Fault> {
    [
        table_certificate::faults(),
        table_chain::faults(),
        table_negotiation::faults(),
        table_client_certificate::faults(),
        table_proof::faults(),
        table_transport::faults(),
        table_server::faults(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The seeds to build each fault with: two of ours, or the one that is asked for.
fn seeds() -> Vec<u64> {
    match std::env::var("HANDFAST_LAB_SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => vec![seed],
        None => vec![lab::SEED, lab::SEED + 1],
    }
}

/// A trial under each seed; without a program that it needs it is ignored, and in CI it fails.
fn trial(
    name: &str,
    needs: &[Program],
    missing: &[Program],
    run: impl Fn(u64, bool) -> Result<(), String> + Send + 'static,
) -> Trial {
    let Some(program) = needs.iter().find(|program| missing.contains(program)) else {
        let again = format!("cargo test -p handfast-cli --test lab -- --exact {name}");
        return Trial::test(name, move || {
            seeds().into_iter().enumerate().try_for_each(|(round, seed)| {
                let run = run(seed, round == 0);
                run.map_err(|why| Failed::from(format!("{why}\nagain: HANDFAST_LAB_SEED={seed} {again}")))
            })
        });
    };
    let why = format!("needs {0}: apt-get install {0}", program.name());
    let ci = std::env::var("CI").as_deref() == Ok("true");
    Trial::test(format!("{name} ({why})"), move || Err(why.into())).with_ignored_flag(!ci)
}

fn main() -> ExitCode {
    let args = Arguments::from_args();
    let missing: Vec<_> = Program::ALL.into_iter().filter(|program| !peers::found(*program)).collect();
    let mut trials = vec![
        Trial::test("every_fault_has_a_name_of_its_own", || {
            let all = faults();
            let names: BTreeSet<_> = all.iter().map(|fault| fault.id).collect();
            if names.len() == all.len() { Ok(()) } else { Err("a name stands twice in the tables".into()) }
        }),
        Trial::test("every_cause_is_in_the_registry_and_has_its_exit_status", || {
            faults().iter().try_for_each(document::registered).map_err(Failed::from)
        }),
        Trial::test("the_document_lists_every_fault", || document::check(&faults()).map_err(Failed::from)),
    ];
    trials.extend(controls::CONTROLS.iter().map(|(name, run)| {
        trial(name, &[Program::Openssl], &missing, move |seed, _| run(&lab::Lab::new(name, seed)?))
    }));
    trials.extend(faults().into_iter().map(|fault| {
        let needs: Vec<_> = fault.needs.iter().chain(&fault.elsewhere).copied().collect();
        trial(fault.id, &needs, &missing, move |seed, first| check::check(&fault, seed, first))
    }));
    libtest_mimic::run(&args, trials).exit_code()
}
