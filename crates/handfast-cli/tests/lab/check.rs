//! Builds a fault, runs the tool into it, and holds what it says against the row.

use crate::fault::{Alert, Fault, Program, Rig, Visit};
use crate::lab::Lab;
use crate::peers::{self, Process};
use serde_json::Value;

/// What the tool said: exit status, standard output and standard error.
type Said = (i32, String, String);

/// The most lines and columns of a report.
const LINES: usize = 25;
const COLUMNS: usize = 100;

/// Everything about one fault under one seed. The programs of others run in the first round only.
pub(crate) fn check(fault: &Fault, seed: u64, first: bool) -> Result<(), String> {
    let lab = Lab::new(fault.id, seed)?;
    let mut wrong = Vec::new();
    // Whose arithmetic it is must make no difference.
    let backend = if seed.is_multiple_of(2) { "rustcrypto" } else { "ring" };
    let story = match fault.rig {
        Rig::Client(build) => {
            let target = build(&lab)?.with(&format!("--backend {backend}"));
            let (plain, json) = (peers::client(&target, false)?, peers::client(&target, true)?);
            let other = |program| peers::elsewhere(program, &target);
            both(fault, (&plain, &json), &target.words, first.then_some(&other as &dyn Fn(Program) -> _), &mut wrong)?
        }
        Rig::Server(build) => {
            let mut visit = build(&lab)?;
            visit.args.extend(["--backend".into(), backend.into()]);
            let ((plain, _), (json, client)) = (serve(&visit, false)?, serve(&visit, true)?);
            let other = |_| instead(&visit);
            let told = both(
                fault,
                (&plain, &json),
                &visit.words,
                first.then_some(&other as &dyn Fn(Program) -> _),
                &mut wrong,
            )?;
            format!("{told}--- the client:\n{client}")
        }
    };
    if std::env::var_os("HANDFAST_LAB_PRINT").is_some() {
        println!("\n===== {} =====\n{story}", fault.id);
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("{} (seed {seed}):\n  {}\n{story}", fault.id, wrong.join("\n  ")))
}

/// What the tool said in both forms, and what others say if they are asked; all of it comes back.
fn both(
    fault: &Fault,
    (plain, json): (&Said, &Said),
    words: &[(&str, String)],
    other: Option<&dyn Fn(Program) -> Result<String, String>>,
    wrong: &mut Vec<String>,
) -> Result<String, String> {
    let mut story = format!("[{}]\n{}{}", plain.0, plain.2, json.2);
    report(fault, plain, words, wrong);
    let error = fields(fault, json, wrong);
    let Some(other) = other else { return Ok(story) };
    for program in &fault.elsewhere {
        let output = other(*program)?;
        story.push_str(&format!("--- {} in our place:\n{output}", program.name()));
        named(fault, *program, &error, &output, wrong);
    }
    Ok(story)
}

/// Starts the server for one client, lets the client call, and waits for what the server says.
fn serve(visit: &Visit, json: bool) -> Result<(Said, String), String> {
    let mut command = peers::handfast();
    command.args(["server", "--once", "--listen", "0"]).args(&visit.args).arg(if json {
        "--json"
    } else {
        "--explain"
    });
    let server = Process::start(command, false)?;
    let port = server.wait(|_, err| {
        let (first, _) = err.split_once('\n')?;
        let (_, port) = first.split_once("127.0.0.1:")?;
        port.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    })?;
    let other = (visit.call)(port)?;
    let (status, out, err) = server.end()?;
    let told = err.split_once('\n').map_or("", |(_, rest)| rest).to_owned();
    Ok(((status, out, told), other))
}

/// Lets the client call `openssl s_server` in our place, and gives what that says about it.
fn instead(visit: &Visit) -> Result<String, String> {
    let (files, args) = visit.stand_in.as_ref().ok_or("nothing stands in for our server")?;
    let serving = peers::plain_s_server(files, args)?;
    _ = (visit.call)(serving.port)?;
    serving.complaint()
}

/// The report as text.
fn report(fault: &Fault, (status, out, err): &Said, words: &[(&str, String)], wrong: &mut Vec<String>) {
    let fill = |sentence: &str| {
        words.iter().fold(sentence.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    };
    // Long lines are broken between words.
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = flat(err);
    // The meaning of an exit status speaks of all causes that share it.
    let cause = flat(
        &err.lines()
            .filter(|line| !["exit ", "status "].iter().any(|label| line.trim_start().starts_with(label)))
            .collect::<Vec<_>>()
            .join("\n"),
    );
    for sentence in fault.say {
        let sentence = fill(sentence);
        if !said.contains(&flat(&sentence)) {
            wrong.push(format!("does not say {sentence:?}"));
        }
    }
    for sentence in fault.never {
        let sentence = fill(sentence);
        if cause.contains(&flat(&sentence)) {
            wrong.push(format!("must not say {sentence:?}"));
        }
    }
    if *status != fault.exit {
        wrong.push(format!("exits with {status}, not {}", fault.exit));
    }
    if !out.is_empty() {
        wrong.push(format!("standard output is not clean: {out:?}"));
    }
    let (lines, columns) = (err.lines().count(), err.lines().map(|l| l.chars().count()).max().unwrap_or(0));
    if lines > LINES || columns > COLUMNS {
        wrong.push(format!("a report of {lines} lines, {columns} columns"));
    }
}

/// The report as fields; gives the error.
fn fields(fault: &Fault, (status, out, err): &Said, wrong: &mut Vec<String>) -> Value {
    let object: Value = match serde_json::from_str(err) {
        Ok(object) => object,
        Err(error) => {
            wrong.push(format!("--json gives no JSON object ({error}): {err}"));
            return Value::Null;
        }
    };
    let error = object["error"].clone();
    let mut same = |what: &str, found: &Value, expected: Value| {
        if *found != expected {
            wrong.push(format!("{what} is {found}, not {expected}"));
        }
    };
    same("exit", &object["exit"], fault.exit.into());
    same("the exit status", &Value::from(*status), fault.exit.into());
    same("standard output", &Value::from(out.as_str()), "".into());
    let (direction, code) = match fault.alert {
        Alert::None => (Value::Null, Value::Null),
        Alert::Sent(code) => ("sent".into(), code.into()),
        Alert::Received(code) => ("received".into(), code.into()),
    };
    same("the alert's direction", &error["alert"]["direction"], direction);
    same("the alert", &error["alert"]["code"], code);
    same("the schema", &object["schema"], 2.into());
    let (us, them) = if matches!(fault.rig, Rig::Client(_)) { ("client", "server") } else { ("server", "client") };
    same("our role", &error["role"], us.into());
    let complained = match fault.alert {
        Alert::None => Value::Null,
        Alert::Sent(_) => us.into(),
        Alert::Received(_) => them.into(),
    };
    same("who complained", &error["complained"], complained);
    same("the cause", &error["cause"], fault.cause.into());
    same("the side at fault", &error["side"], fault.side.name().into());
    let message = error["step"]["message"].as_str().unwrap_or_default();
    // Where several messages could have come, all of them are named.
    if message.split(" or ").all(|one| one != fault.step) {
        wrong.push(format!("it ended at {message:?}, not {:?}", fault.step));
    }
    let open = |name: &str| error["others"].as_array().is_some_and(|all| all.iter().any(|other| other == name));
    match fault.truth {
        Some(truth) if error["confidence"] == "certain" => {
            wrong.push(format!("is certain, though it may as well be {truth}"));
        }
        Some(truth) if !open(truth) => wrong.push(format!("the others leave out {truth}: {}", error["others"])),
        _ => {}
    }
    error
}

/// What the registry says a program calls the cause must stand in what the program said. OpenSSL's
/// server speaks as nginx does, which is built on it.
fn named(fault: &Fault, program: Program, error: &Value, output: &str, wrong: &mut Vec<String>) {
    let names = &error["elsewhere"];
    let server = matches!(fault.rig, Rig::Server(_));
    let keys = [program.key(), if server { "nginx" } else { program.key() }];
    let called: Vec<_> = keys.iter().filter_map(|key| names[*key].as_str()).filter(|name| !name.is_empty()).collect();
    let mut missing = |name: String| {
        wrong.push(format!("{} does not call {} {name:?}", program.name(), fault.cause));
    };
    if !names.is_null() && !called.iter().any(|name| output.contains(name)) {
        missing(called.join(" or "));
    }
    if let (Program::Openssl, Some(number)) = (program, names["verify"].as_u64())
        && !output.contains(&format!("verify error:num={number}:"))
    {
        missing(format!("verify error {number}"));
    }
}
