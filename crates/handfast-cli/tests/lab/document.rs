//! docs/lab.md lists every fault: the table in it is made from ours.

use crate::fault::{Alert, Fault, Rig};
use handfast::report::Cause;
use std::fmt::Write as _;
use std::path::Path;

const START: &str =
    "<!-- the table below is made by HANDFAST_BLESS=1 cargo test -p handfast-cli --test lab document -->\n";

/// Whether the document holds the table; with `HANDFAST_BLESS=1` it is written.
pub(crate) fn check(faults: &[Fault]) -> Result<(), String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/lab.md");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let (head, _) = text.split_once(START).ok_or("docs/lab.md has no place for the table")?;
    let whole = format!("{head}{START}{}", table(faults));
    if text == whole {
        return Ok(());
    }
    if std::env::var_os("HANDFAST_BLESS").is_some() {
        return std::fs::write(&path, whole).map_err(|e| e.to_string());
    }
    Err("docs/lab.md lists other faults than the lab: HANDFAST_BLESS=1 writes it anew".into())
}

/// Whether the causes of a row are rows of the registry.
pub(crate) fn registered(fault: &Fault) -> Result<(), String> {
    for name in [fault.cause].into_iter().chain(fault.truth) {
        let cause = Cause::ALL.iter().find(|cause| cause.name() == name);
        let cause = cause.ok_or_else(|| format!("{}: {name} is not in the registry", fault.id))?;
        if name == fault.cause && i32::from(cause.exit()) != fault.exit {
            return Err(format!("{}: {name} exits with {}", fault.id, cause.exit()));
        }
    }
    Ok(())
}

fn table(faults: &[Fault]) -> String {
    let mut text = format!("\n{} faults.\n\n", faults.len());
    text.push_str("| fault | what is wrong | handfast is the | cause | at fault | at | alert | exit |\n");
    text.push_str("|---|---|---|---|---|---|---|---|\n");
    for fault in faults {
        let role = if matches!(fault.rig, Rig::Client(_)) { "client" } else { "server" };
        let alert = match fault.alert {
            Alert::None => String::new(),
            Alert::Sent(code) => format!("{code} sent"),
            Alert::Received(code) => format!("{code} received"),
        };
        let cause = match fault.truth {
            None => fault.cause.into(),
            Some(truth) => format!("{}, or {truth}", fault.cause),
        };
        let Fault { id, what, step, exit, .. } = fault;
        _ = writeln!(text, "| {id} | {what} | {role} | {cause} | {} | {step} | {alert} | {exit} |", fault.side.name());
    }
    let here = |cause: &&Cause| faults.iter().any(|fault| fault.cause == cause.name());
    let rest: Vec<_> = Cause::ALL.iter().filter(|cause| !here(cause)).map(|cause| cause.name()).collect();
    _ = writeln!(text, "\nCauses of the registry that no fault here ends in: {}.", rest.join(", "));
    text
}
