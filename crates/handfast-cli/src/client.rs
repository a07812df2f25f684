//! `handfast client`: connect, verify, say what was found, then pipe standard input and output.
//!
//! Standard output carries the server's data and nothing else.

use crate::args::ClientArgs;
use crate::exit::{self, Problem};
use crate::facts;
use crate::narrate::wrap;
use crate::pipe::{self, Ended, Manner};
use crate::setup;
use crate::verdict::{self, Role, Seen, Witness};
use crate::wire::{self, Wire};
use handfast::x509::ServerName;
use handfast::{ClientConfig, Failure, Handshake, Limits, ProtocolVersion, Roots, Summary, pem};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::net::SocketAddr;

/// The width of the labels before facts.
const LABEL: usize = 12;

/// Runs the client and returns the exit status. What it has to say goes to standard error.
pub fn run(args: &ClientArgs) -> u8 {
    let mut object = json!({ "schema": facts::SCHEMA, "command": "client", "peer": args.peer.to_string() });
    let status = match connect(args, &mut object) {
        Ok(status) => status,
        Err(problem) => {
            if !args.negotiation.json {
                facts::tell(&told(args, &problem));
            }
            object["error"] = error_json(&problem);
            problem.status
        }
    };
    if args.negotiation.json {
        object["exit"] = json!(status);
        object["ok"] = json!(status == exit::OK);
        facts::tell(&format!("{object}\n"));
    }
    status
}

/// The verdict, then the facts, each behind its label.
fn told(args: &ClientArgs, problem: &Problem) -> String {
    if problem.status == exit::USAGE {
        return wrap("error: ", &problem.text, 4);
    }
    let mut lines = problem.text.lines();
    let mut text = wrap(&format!("x {}: ", args.peer), lines.next().unwrap_or_default(), 4);
    let status = format!("  exit      {}, {}", problem.status, exit::meaning(problem.status));
    for line in lines.chain([status.as_str()]) {
        let (label, fact) = line.split_at_checked(LABEL).unwrap_or(("", line));
        text.push_str(&wrap(label, fact, LABEL));
    }
    text
}

fn error_json(problem: &Problem) -> Value {
    let mut lines = problem.text.lines();
    let verdict = lines.next().unwrap_or_default();
    let detail: Vec<_> = lines.map(str::trim).collect();
    json!({ "verdict": verdict, "detail": detail, "meaning": exit::meaning(problem.status) })
}

fn connect(args: &ClientArgs, object: &mut Value) -> Result<u8, Problem> {
    let (config, roots) = configure(args)?;
    let name = args.verify_name();
    let (tcp, address) = wire::connect(&args.peer, args.timeout)?;
    object["address"] = json!(address.to_string());

    let witness = Witness::default();
    let observer = Box::new(witness.clone());
    let mut handshake = Handshake::client_observed(&config, name, Some(observer)).map_err(Problem::usage)?;
    let mut wire = Wire::new(tcp, args.timeout);
    let shaken = wire::shake(&mut handshake, &mut wire);
    let seen = witness.seen();
    if let (true, Some(chain)) = (args.showcerts, &seen.chain) {
        let pem = facts::chain_pem(chain);
        match args.negotiation.json {
            true => object["pem"] = json!(pem),
            false => facts::tell(&pem),
        }
    }
    let rest = match shaken {
        Ok(rest) => rest,
        Err(failure) => {
            object["chain"] = json!(seen.chain.as_ref().map(|chain| facts::chain_json(chain)));
            return Err(failed(&failure, wire.first(), &seen));
        }
    };
    let (rx, tx, summary) = handshake.finish().map_err(|error| Problem::new(exit::UNEXPLAINED, error))?;
    object["negotiated"] = facts::negotiated(&summary);

    let trust = Trust::of(args, roots.as_ref(), &summary, &config);
    object["verified"] = json!(trust.verified());
    object["anchor"] = json!(trust.anchor);
    let manner = Manner {
        accepted: summary.version != ProtocolVersion::TLS1_3,
        hold_back: summary.certificate_requested,
        commands: args.commands,
        grace: args.timeout,
    };
    let say = || {
        if !args.negotiation.json {
            facts::tell(&connected(args, address, &summary, &seen, &trust));
        }
    };
    if manner.accepted {
        say();
    }
    let tcp = wire.tcp().map_err(|error| Problem::new(exit::of_io(&error), error))?;
    let Ended { sent, received, how } = pipe::run(tcp, (rx, tx, rest), &manner, say);
    object["sent"] = json!(sent);
    object["received"] = json!(received);
    let how = how.map_err(|error| {
        let (status, verdict) = verdict::judge_io(&error, Role::Client, &seen);
        Problem::new(
            status,
            format!("{verdict}\n  why       {error}\n  closed    sent {sent} B, received {received} B"),
        )
    })?;
    object["closed"] = json!(how);
    if !args.negotiation.json {
        facts::tell(&format!("  closed    sent {sent} B, received {received} B; {how}\n"));
    }
    Ok(if trust.verified() { exit::OK } else { exit::UNVERIFIED })
}

/// The configuration, and the roots if the server is verified.
fn configure(args: &ClientArgs) -> Result<(ClientConfig, Option<Roots>), Problem> {
    let name = args.verify_name();
    if ServerName::try_from(name.strip_suffix('.').unwrap_or(name)).is_err() {
        return Err(Problem::usage(format!("{name:?} is neither a host name nor an address")));
    }
    let roots = match &args.ca {
        Some(file) => setup::roots(file)?,
        None => setup::mozilla(),
    };
    let provider = setup::provider(args.negotiation.backend);
    let limits = Limits { deadline: args.timeout, ..Limits::default() };
    let mut config = ClientConfig::new(provider.clone(), roots.clone()).with_limits(limits);
    if let (Some(cert), Some(key)) = (&args.cert, &args.key) {
        config = config.with_credential(pem::load_credential(cert, key, &provider).map_err(Problem::usage)?);
    }
    if args.accept_any_certificate {
        config = config.dangerous_accept_any_certificate();
    }
    let config = setup::negotiate!(config, &args.negotiation);
    Ok((config, (!args.accept_any_certificate).then_some(roots)))
}

fn failed(failure: &Failure, first: &[u8], seen: &Seen) -> Problem {
    let (status, mut text) = verdict::judge(failure, Role::Client, first, seen);
    let why = failure.to_string();
    for (i, line) in why.lines().enumerate() {
        // The report of a refused chain brings lines of its own.
        _ = write!(text, "\n{}{line}", if i == 0 { "  why       " } else { "          " });
    }
    if let Failure::Tls(error) = failure {
        if let Some(alert) = error.alert() {
            _ = write!(text, "\n  told      you sent alert {alert} ({})", alert.0);
        }
        for (i, line) in seen.chain.iter().flat_map(|chain| facts::chain_lines(chain)).enumerate() {
            _ = write!(text, "\n  chain {i}   {line}");
        }
    }
    Problem { status, text }
}

/// How far the server is to be believed.
struct Trust {
    anchor: Option<String>,
    asked: bool,
    source: &'static str,
}

impl Trust {
    fn of(args: &ClientArgs, roots: Option<&Roots>, summary: &Summary, config: &ClientConfig) -> Self {
        let chain = summary.peer.as_ref();
        let anchor = roots
            .zip(chain)
            .and_then(|(roots, chain)| facts::anchor(chain, roots, args.verify_name(), config.provider()));
        let source = if args.ca.is_some() { "your --ca file" } else { "the Mozilla roots" };
        Self { anchor, asked: roots.is_some(), source }
    }

    /// The handshake does not complete with a server that was refused.
    fn verified(&self) -> bool {
        self.asked
    }
}

fn connected(args: &ClientArgs, address: SocketAddr, summary: &Summary, seen: &Seen, trust: &Trust) -> String {
    let Summary { version, suite, group, .. } = summary;
    let mut text = wrap("", &format!("connected to {} ({address})", args.peer), 4);
    let mut fact = |name: &str, value: &str| text.push_str(&wrap(&format!("  {name:<9} "), value, LABEL));
    fact("version", &version.to_string());
    fact("suite", &suite.to_string());
    fact("group", &format!("{group}{}", if summary.retried { ", after a HelloRetryRequest" } else { "" }));
    for (i, line) in summary.peer.iter().flat_map(|chain| facts::chain_lines(chain)).enumerate() {
        fact(&format!("chain {i}"), &line);
    }
    fact("signed", &summary.peer_scheme.map_or_else(|| "no".into(), |scheme| format!("with {scheme}")));
    fact(
        "verified",
        &match &trust.anchor {
            _ if !trust.asked => "NO, as you asked: anyone on the way can read and change everything".into(),
            Some(anchor) => format!("yes: {} matches; trusted through {anchor} ({})", args.verify_name(), trust.source),
            None => format!("yes: {} matches; trusted through {}", args.verify_name(), trust.source),
        },
    );
    fact("ALPN", &facts::alpn(summary).unwrap_or_else(|| "none".into()));
    fact(
        "you",
        match (summary.certificate_requested, seen.shown) {
            (false, _) => "were not asked for a certificate",
            (true, true) => "were asked for a certificate and showed yours",
            (true, false) => "were asked for a certificate and showed none",
        },
    );
    if summary.extended_main_secret == Some(false) {
        fact("note", "the server lacks the extended main secret (RFC 7627)");
    }
    text
}
