//! `handfast explain`: a handshake told on standard output, down to the last byte if asked.
//!
//! What fails is told as `handfast client` tells it, on standard error and with the same status.

use crate::args::{ClientArgs, ExplainArgs};
use crate::call;
use crate::exit::{self, Problem};
use crate::narrate::{Check, Flights, Narrator, Page, Trust, View, count, cut, wrap};
use crate::tape::Tape;
use crate::verdict::{self, Witness};
use crate::wire::{self, Wire};
use crate::{facts, report};
use handfast::codec::Alert;
use handfast::{AlertDescription, AlertLevel, Error, Event, Failure, Handshake, Observer, ProtocolVersion, Report};
use handfast::{Reply, Rx, RxEvent, Summary, Tx, record};
use serde_json::{Value, json};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a TLS 1.3 server may stay silent after our Finished before it counts as content. Its
/// tickets, or its alert if it refuses us, come at once.
const PATIENCE: Duration = Duration::from_millis(300);

/// Runs the client and returns the exit status.
pub fn run(args: &ExplainArgs) -> u8 {
    let peer = &args.client.peer;
    let json = args.client.negotiation.json;
    let mut object = report::outcome("explain", peer);
    // No key is missing, whatever fails.
    (object["messages"], object["checks"], object["round_trips"]) = (json!([]), json!([]), Value::Null);
    let quiet = json || args.step.is_some();
    let out: Box<dyn Write + Send> = if quiet { Box::new(io::sink()) } else { Box::new(io::stdout()) };
    let mut session = Session { args, page: None, ears: Ears::default(), out: Some(out) };
    let done = session.connect(&mut object);
    session.after(&mut object);
    let status = match done {
        Ok(status) => status,
        Err(problem) => {
            if !json {
                facts::tell(&call::told(&args.client, &problem));
            }
            if object["error"].is_null() {
                object["error"] = report::problem(&problem);
            }
            problem.status
        }
    };
    if json {
        object["exit"] = json!(status);
        object["ok"] = json!(status == exit::OK);
        say(&format!("{object}\n"));
    }
    status
}

/// Text for standard output. If nobody reads that, the exit status is still to be had.
fn say(text: &str) {
    _ = io::stdout().lock().write_all(text.as_bytes());
}

/// All who listen to one connection; a clone is the listener.
#[derive(Clone, Default)]
struct Ears(Arc<Mutex<Option<(Narrator, Tape)>>>, Witness);

impl Ears {
    fn with<T>(&self, ask: impl FnOnce(&mut Narrator, &mut Tape) -> T) -> Option<T> {
        let mut both = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        both.as_mut().map(|(narrator, tape)| ask(narrator, tape))
    }
}

impl Observer for Ears {
    fn event(&mut self, event: &Event<'_>) {
        self.1.event(event);
        self.with(|narrator, tape| {
            narrator.event(event);
            tape.event(event);
        });
    }
}

/// One run.
struct Session<'a> {
    args: &'a ExplainArgs,
    /// Once there is a connection.
    page: Option<Arc<Page>>,
    ears: Ears,
    out: Option<Box<dyn Write + Send>>,
}

impl Session<'_> {
    fn connect(&mut self, object: &mut Value) -> Result<u8, Problem> {
        let args = &self.args.client;
        let (config, roots) = call::configure(args)?;
        let name = args.verify_name();
        let (tcp, address) = wire::connect(&args.peer, args.timeout)?;
        object["address"] = json!(address.to_string());

        let page = Arc::new(Page::new(self.out.take().unwrap_or_else(|| Box::new(io::sink()))));
        self.page = Some(page.clone());
        page.line(&format!("handshake with {} at {address}; times count from the TCP connection", args.peer));
        let trust = call::trust(args, &roots, &config);
        let narrator = Narrator::new(page.clone(), View::Client).with_trust(trust.clone());
        let tape = Tape::new(page.clone(), self.args.secrets);
        *self.ears.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((narrator, tape));

        let observer = Box::new(self.ears.clone());
        let mut handshake = Handshake::client_observed(&config, name, Some(observer)).map_err(Problem::usage)?;
        let mut wire = Wire::new(tcp, args.timeout);
        let shaken = wire::shake(&mut handshake, &mut wire);
        let seen = self.ears.1.seen();
        object["server_name"] = json!(seen.name);
        object["chain"] = json!(seen.chain.as_ref().map(|chain| facts::chain_json(chain)));
        let fail = |report: Report| Problem::from(verdict::with(report, &seen));
        let rest = shaken.map_err(|failure| fail(failure.report()))?;
        let flights = self.ears.with(|narrator, _| narrator.flights().clone()).unwrap_or_default();
        object["round_trips"] = json!({ "handshake": flights.trips, "tls13": 1, "retried": flights.retried.is_some() });
        let took = page.ms();
        let (rx, tx, summary) = handshake.finish().map_err(|error| Problem::new(exit::UNEXPLAINED, error))?;
        object["negotiated"] = facts::negotiated(&summary);
        let anchor = summary.peer.as_ref().and_then(|chain| trust.root(chain));
        object["anchor"] = json!(anchor);

        let tcp = wire.tcp().map_err(|error| fail(Report::of_io_after(&error, &summary)))?;
        let mut tail = Tail { rx, tx, wire: rest, ears: self.ears.clone(), page: page.clone(), alert: None };
        // A server that judges a certificate of ours needs as long as the way to it is.
        let trip = Duration::from_secs_f64((took / 1000.0).max(0.0));
        let patience = if summary.certificate_requested { PATIENCE.max(trip * 3) } else { PATIENCE }.min(args.timeout);
        let heard = if summary.version == ProtocolVersion::TLS1_3 { tail.listen(tcp, patience) } else { Ok(()) };
        tail.close(tcp);
        heard.map_err(|failure| match failure {
            Failure::Tls(error) => fail(Report::after(&error, &summary)),
            failure => fail(failure.report()),
        })?;
        object["verified"] = json!(!args.accept_any_certificate);
        object["closed"] = json!("you said close_notify");
        self.ears.with(|narrator, _| narrator.finish());
        verdict_lines(&page, args, &summary, anchor.as_deref(), &trust);
        cost_lines(&page, &summary, &flights, took);
        if !self.args.bytes && !self.args.secrets {
            page.line("next: --bytes names every byte, --secrets shows every key, --json gives all of it as data");
        }
        Ok(if args.accept_any_certificate { exit::UNVERIFIED } else { exit::OK })
    }

    /// What is told when all is over, well or not: bytes and secrets, as far as there are any.
    fn after(&self, object: &mut Value) {
        let ExplainArgs { bytes, step, secrets, client, .. } = self.args;
        let checks = self.page.as_ref().map(|page| page.checks()).unwrap_or_default();
        let told = self.ears.with(|narrator, tape| {
            narrator.finish();
            object["messages"] = tape.json(*step, *bytes || step.is_some());
            object["checks"] =
                checks.iter().map(|Check { what, text }| json!({ "what": what, "text": text })).collect();
            if *secrets {
                object["warning"] = json!("secrets are inside: whoever has them reads the connection");
                object["secrets"] = tape.secrets_json();
            }
            if client.negotiation.json {
                return String::new();
            }
            let mut text = String::new();
            if *bytes || step.is_some() {
                let hex = tape.annotated(*step);
                if let (true, Some(step)) = (hex.is_empty(), step) {
                    let came = tape.names().join(", ");
                    text.push_str(&wrap("", &format!("there was no {step}, but {came}"), 4));
                }
                text.push_str(&hex);
            }
            if *secrets {
                text.push_str("\nSECRETS: whoever has these can read this connection. Do not share them.\n");
                text.push_str(&tape.secrets());
            }
            text
        });
        say(&told.unwrap_or_default());
    }
}

/// What comes behind the handshake.
struct Tail {
    rx: Rx,
    tx: Tx,
    /// Read and not used yet.
    wire: Vec<u8>,
    ears: Ears,
    page: Arc<Page>,
    /// The alert that we owe the server.
    alert: Option<AlertDescription>,
}

impl Tail {
    /// Waits for the first record of a server, which says whether it is content with us, and takes
    /// what came with it.
    fn listen(&mut self, mut tcp: &TcpStream, patience: Duration) -> Result<(), Failure> {
        let deadline = Instant::now() + patience;
        let mut buf = vec![0; record::MAX_WIRE];
        loop {
            if self.take()? {
                return Ok(());
            }
            // All of it together may take so long, however small the pieces are in which it comes.
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            tcp.set_read_timeout(Some(left))?;
            match tcp.read(&mut buf) {
                Ok(0) => return Ok(self.rx.transport_ended()?),
                Ok(n) => self.wire.extend_from_slice(buf.get(..n).unwrap_or_default()),
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => return Ok(()),
                    io::ErrorKind::Interrupted => {}
                    _ => return Err(error.into()),
                },
            }
        }
    }

    /// Takes all whole records; whether there was one.
    fn take(&mut self) -> Result<bool, Error> {
        let mut any = false;
        loop {
            let received = self.rx.receive_observed(&mut self.wire, Some(&mut self.ears));
            let received = received.map_err(|failed| {
                match failed.reply {
                    Some(Reply::Alert(alert)) => self.alert = Some(alert),
                    // The server has ended it.
                    _ => self.tx.abort(),
                }
                failed.error
            })?;
            let Some(received) = received else { return Ok(any) };
            any = true;
            match received.event {
                RxEvent::Data(range) => {
                    self.ears.with(|narrator, _| narrator.finish());
                    let fact = "not shown: handfast client would".into();
                    self.page.message("application data", Some(range.len()), "<- server", &[fact]);
                }
                RxEvent::Closed => {
                    self.ears.with(|narrator, _| narrator.finish());
                }
                _ => {}
            }
            self.wire.drain(..received.consumed.min(self.wire.len()));
        }
    }

    /// Says close_notify, or the alert that what came deserves. If it cannot be sent, the server is
    /// gone and needs none.
    fn close(&mut self, mut tcp: &TcpStream) {
        if self.tx.is_closed() {
            return;
        }
        let mut out = vec![0; 64];
        let (alert, sealed) = match self.alert {
            Some(alert) => (alert, self.tx.reply(Reply::Alert(alert), &mut out)),
            None => (AlertDescription::CLOSE_NOTIFY, self.tx.close(&mut out)),
        };
        let Ok(sealed) = sealed else { return };
        if tcp.write_all(out.get(..sealed.wire).unwrap_or_default()).is_err() {
            return;
        }
        let (level, text) = match self.alert {
            Some(alert) => (AlertLevel::FATAL, format!("{alert}: you end the connection")),
            None => (AlertLevel::WARNING, "close_notify: you send no more".into()),
        };
        self.ears.with(|narrator, tape| {
            narrator.finish();
            tape.sent_alert(Alert { level, description: alert });
        });
        self.page.message("alert", Some(2), "you ->", &[text]);
    }
}

fn verdict_lines(page: &Page, args: &ClientArgs, summary: &Summary, anchor: Option<&str>, trust: &Trust) {
    let Summary { version, suite, group, .. } = summary;
    page.told("OK  ", &format!("connected to {}: {version}, {suite}, {group}", args.peer));
    let (name, source) = (&trust.name, trust.source);
    let who = match anchor {
        _ if trust.anyone => "NOT verified, as you asked: anyone on the way can read and change everything".into(),
        Some(anchor) => format!("it is {name}, says {} ({source})", cut(anchor, 50)),
        None => format!("it is {name}, says a root of {source}"),
    };
    page.told("    ", &who);
}

/// How many round trips, and how many it could have been.
fn cost_lines(page: &Page, summary: &Summary, flights: &Flights, ms: f64) {
    let tls13 = summary.version == ProtocolVersion::TLS1_3;
    let trips = count(flights.trips as usize, "round trip");
    let could = match (tls13, &flights.retried) {
        (false, _) => "TLS 1.3 would need 1 and hide the certificates".into(),
        (true, None) => "TLS 1.2 would need 2 and show the certificates".into(),
        (true, Some(Some(group))) => format!("1 more than usual, for a key share for {group}"),
        (true, Some(None)) => "1 more than usual, for the server's cookie".to_string(),
    };
    page.told("    ", &format!("{trips}, {ms:.1} ms, before your first data; {could}"));
    let side = |(messages, bytes): (u32, usize)| format!("{} ({bytes} B)", count(messages as usize, "message"));
    page.told("    ", &format!("you sent {}, the server {}", side(flights.sent), side(flights.received)));
}
