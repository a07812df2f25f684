//! `handfast client`: connect, verify, say what was found, then pipe standard input and output.
//!
//! Standard output carries the server's data and nothing else.

use crate::args::ClientArgs;
use crate::call;
use crate::exit::{self, Problem};
use crate::narrate::{Narrator, Page, View, wrap};
use crate::pipe::{self, Ended, Manner};
use crate::verdict::{self, Seen, Witness};
use crate::wire::{self, Wire};
use crate::{facts, report};
use handfast::{ClientConfig, Event, Handshake, Observer, ProtocolVersion, Refusal, Report, Roots, Summary};
use serde_json::{Value, json};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

/// The width of the labels before facts.
const LABEL: usize = 12;

/// Runs the client and returns the exit status. What it has to say goes to standard error.
pub fn run(args: &ClientArgs) -> u8 {
    let mut object = report::outcome("client", &args.peer);
    let status = match connect(args, &mut object) {
        Ok(status) => status,
        Err(problem) => {
            if !args.negotiation.json {
                facts::tell(&call::told(args, &problem));
            }
            object["error"] = report::problem(&problem);
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

fn connect(args: &ClientArgs, object: &mut Value) -> Result<u8, Problem> {
    let (config, roots) = call::configure(args)?;
    let name = args.verify_name();
    let (tcp, address) = wire::connect(&args.peer, args.timeout)?;
    object["address"] = json!(address.to_string());

    let witness = Witness::default();
    let narrator = args.explain.then(|| {
        let page = Arc::new(Page::new(Box::new(io::stderr())));
        Narrator::new(page, View::Client).with_trust(call::trust(args, &roots, &config))
    });
    let observer = Box::new(Listeners(witness.clone(), narrator));
    let mut handshake = Handshake::client_observed(&config, name, Some(observer)).map_err(Problem::usage)?;
    let mut wire = Wire::new(tcp, args.timeout);
    let shaken = wire::shake(&mut handshake, &mut wire);
    let seen = witness.seen();
    object["server_name"] = json!(seen.name);
    object["chain"] = json!(seen.chain.as_ref().map(|chain| facts::chain_json(chain)));
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
            return Err(verdict::with(failure.report(), &seen).into());
        }
    };
    let (rx, tx, summary) = handshake.finish().map_err(|error| Problem::new(exit::UNEXPLAINED, error))?;
    object["negotiated"] = facts::negotiated(&summary);

    let trust = Belief::of(args, &roots, &summary, &config);
    object["verified"] = json!(trust.verified());
    object["anchor"] = json!(trust.judged.as_ref().and_then(|judged| judged.as_ref().ok()));
    object["would_refuse"] = match &trust.judged {
        Some(Err(refusal)) => report::refusal(refusal),
        _ => Value::Null,
    };
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
    let tcp = wire.tcp().map_err(|error| Report::of_io_after(&error, &summary))?;
    let Ended { sent, received, how } = pipe::run(tcp, (rx, tx, rest), &manner, say);
    object["sent"] = json!(sent);
    object["received"] = json!(received);
    let how = how.map_err(|error| {
        let mut report = verdict::with(Report::of_io_after(&error, &summary), &seen);
        report.note(format!("{sent} bytes of data were sent and {received} received"));
        Problem::from(report)
    })?;
    object["closed"] = json!(how);
    if !args.negotiation.json {
        facts::tell(&format!("  closed    sent {sent} B, received {received} B; {how}\n"));
    }
    Ok(if trust.verified() { exit::OK } else { exit::UNVERIFIED })
}

/// The witness and, if asked for, the narrator.
struct Listeners(Witness, Option<Narrator>);

impl Observer for Listeners {
    fn event(&mut self, event: &Event<'_>) {
        self.0.event(event);
        if let Some(narrator) = &mut self.1 {
            narrator.event(event);
        }
    }
}

/// How far the server is to be believed.
struct Belief {
    /// The root, or why there is none.
    judged: Option<Result<String, Box<Refusal>>>,
    asked: bool,
    source: &'static str,
}

impl Belief {
    fn of(args: &ClientArgs, roots: &Roots, summary: &Summary, config: &ClientConfig) -> Self {
        let chain = summary.peer.as_ref();
        let judged = chain.and_then(|chain| facts::anchor(chain, roots, args.verify_name(), config.provider()));
        let source = if args.ca.is_some() { "your --ca file" } else { "the Mozilla roots" };
        Self { judged, asked: !args.accept_any_certificate, source }
    }

    /// The handshake does not complete with a server that was refused.
    fn verified(&self) -> bool {
        self.asked
    }

    fn told(&self, name: &str) -> Vec<String> {
        let source = self.source;
        match (self.asked, &self.judged) {
            (true, Some(Ok(anchor))) => vec![format!("yes: {name} matches; trusted through {anchor} ({source})")],
            (true, _) => vec![format!("yes: {name} matches; trusted through {source}")],
            (false, judged) => vec![
                "NO, as you asked: anyone on the way can read and change everything".into(),
                match judged {
                    Some(Ok(anchor)) => format!("would be accepted: trusted through {anchor} ({source})"),
                    Some(Err(refusal)) => format!("would be refused: {}", refusal.reason()),
                    None => "would be refused: there is no certificate or no name to judge".into(),
                },
            ],
        }
    }
}

fn connected(args: &ClientArgs, address: SocketAddr, summary: &Summary, seen: &Seen, trust: &Belief) -> String {
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
    for (i, line) in trust.told(args.verify_name()).iter().enumerate() {
        fact(if i == 0 { "verified" } else { "" }, line);
    }
    let silent = match seen.alpn.join(", ") {
        offered if offered.is_empty() => "none".into(),
        offered => format!("none: you offered {offered}, the server chose nothing"),
    };
    fact("ALPN", &facts::alpn(summary).unwrap_or(silent));
    fact(
        "you",
        match (summary.certificate_requested, summary.own_scheme.is_some()) {
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
