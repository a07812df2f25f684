//! `handfast server`: a thread for each client, a line for each client, and for each that fails a
//! line that says why.

use crate::args::ServerArgs;
use crate::exit::{self, Problem};
use crate::narrate::wrap;
use crate::verdict::{self, Seen, Witness};
use crate::wire::{self, Wire};
use crate::{facts, report, setup, www};
use handfast::x509::{self, Certificate};
use handfast::{ClientAuth, Handshake, Limits, Report, ServerConfig, Stream, Summary, UnixTime, pem};
use serde_json::{Value, json};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// How many clients are served at once; one more is turned away.
const MOST: usize = 256;

/// How long a client may take for its handshake, and then for its HTTP request.
const PATIENCE: Duration = Duration::from_secs(10);

/// What happens to a client's data.
#[derive(Clone, Copy)]
enum Service {
    Print,
    Echo,
    Www,
}

/// Everything that a client's thread needs.
struct Server {
    config: ServerConfig,
    service: Service,
    json: bool,
    explain: bool,
    busy: AtomicUsize,
}

/// Serves until it is killed; with `--once`, until the first client is done, whose outcome is the
/// exit status. Lines about clients go to standard error, their data to standard output.
///
/// # Errors
/// If the options, the files that they name or the address cannot be used.
pub fn run(args: &ServerArgs) -> Result<u8, Problem> {
    let config = configure(args)?;
    let listener = TcpListener::bind((args.listen.host.as_str(), args.listen.port))
        .map_err(|error| Problem::usage(format!("cannot listen on {}: {error}", args.listen)))?;
    let address = listener.local_addr().map_err(|error| Problem::new(exit::UNEXPLAINED, error))?;
    let json = args.negotiation.json;
    if json {
        let object = json!({ "schema": facts::SCHEMA, "command": "server", "listening": address.to_string() });
        facts::tell(&format!("{object}\n"));
    } else {
        facts::tell(&format!("listening on {address}\n"));
        args.certs.iter().for_each(|file| warn(file));
    }
    let service = match (args.www, args.echo) {
        (true, _) => Service::Www,
        (_, true) => Service::Echo,
        _ => Service::Print,
    };
    let server = Arc::new(Server { config, service, json, explain: args.explain, busy: AtomicUsize::new(0) });
    loop {
        let (tcp, peer) = match listener.accept() {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, perhaps: wait for clients to leave.
                facts::tell(&format!("x cannot accept: {error}\n"));
                thread::sleep(Duration::from_millis(100));
                continue;
            }
        };
        if args.once {
            return Ok(server.client(tcp, peer));
        }
        if server.busy.fetch_add(1, Ordering::Relaxed) >= MOST {
            server.busy.fetch_sub(1, Ordering::Relaxed);
            facts::tell(&format!("x {peer} turned away: {MOST} clients are being served\n"));
            continue;
        }
        let at_work = Working(server.clone());
        thread::spawn(move || at_work.0.client(tcp, peer));
    }
}

/// Counts a client out, however its thread ends.
struct Working(Arc<Server>);

impl Drop for Working {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

fn configure(args: &ServerArgs) -> Result<ServerConfig, Problem> {
    let provider = setup::provider(args.negotiation.backend);
    let mut credentials = Vec::new();
    for (cert, key) in args.pairs() {
        credentials.push(pem::load_credential(cert, key, &provider).map_err(Problem::usage)?);
    }
    let first = credentials.first().cloned().ok_or_else(|| Problem::usage("there is no --cert"))?;
    let limits = Limits { deadline: PATIENCE, ..Limits::default() };
    let mut config = ServerConfig::new(provider, first).with_credentials(credentials).with_limits(limits);
    if let Some(file) = &args.client_ca {
        let auth = if args.request_client_cert { ClientAuth::Request } else { ClientAuth::Require };
        config = config.with_client_auth(auth, setup::roots(file)?);
    }
    Ok(setup::negotiate!(config, &args.negotiation))
}

/// Says of a certificate file that every client will refuse what is in it.
fn warn(file: &Path) {
    let Ok(chain) = pem::load_certificates(file) else { return };
    let now = x509::Time::from(UnixTime::now());
    for certificate in chain.iter().filter_map(|der| Certificate::parse(der).ok()) {
        let validity = certificate.validity();
        if now < validity.not_before || validity.not_after < now {
            facts::tell(&wrap("! ", &format!("{} is not valid now: {certificate}", file.display()), 4));
        }
    }
}

impl Server {
    /// Serves one client, says how it went, and returns the exit status that it amounts to.
    fn client(&self, tcp: TcpStream, peer: SocketAddr) -> u8 {
        _ = tcp.set_nodelay(true);
        let witness = Witness::default();
        let handshake = Handshake::server_observed(&self.config, Some(Box::new(witness.clone())));
        let mut wire = Wire::new(tcp, PATIENCE);
        match wire::stream(handshake, &mut wire) {
            Ok(stream) => self.serve(stream, peer),
            Err(failure) => {
                let seen = witness.seen();
                let report = verdict::with(failure.report(), &seen);
                self.refused(peer, &report, &seen);
                wire.linger();
                report.cause.exit()
            }
        }
    }

    fn serve(&self, mut stream: Stream<&mut Wire>, peer: SocketAddr) -> u8 {
        let served = match self.service {
            Service::Www => www::serve(&mut stream, peer),
            Service::Echo => stream.get_mut().unhurried().and_then(|()| echo(&mut stream)),
            Service::Print => stream.get_mut().unhurried().and_then(|()| print(&mut stream)),
        };
        let closed = served.and_then(|()| stream.close());
        let (sent, received) = stream.counts();
        let trouble = closed.err().map(|error| stream.report(&error));
        let status = trouble.as_ref().map_or(exit::OK, |report| report.cause.exit());
        self.done(peer, status, stream.summary(), (sent, received), trouble);
        stream.get_mut().linger();
        status
    }

    fn done(
        &self,
        peer: SocketAddr,
        status: u8,
        summary: &Summary,
        (sent, received): (u64, u64),
        trouble: Option<Report>,
    ) {
        let subject = facts::subject(summary);
        if self.json {
            let mut object = outcome(peer, status);
            object["server_name"] = json!(summary.server_name);
            object["negotiated"] = facts::negotiated(summary);
            object["chain"] = json!(summary.peer.as_ref().map(|chain| facts::chain_json(chain)));
            object["verified"] = json!(summary.peer.is_some());
            object["sent"] = json!(sent);
            object["received"] = json!(received);
            match trouble {
                Some(report) => object["error"] = report::of(&report),
                None => object["closed"] = json!("the client said close_notify"),
            }
            return facts::tell(&format!("{object}\n"));
        }
        let mut line = format!("{peer} {} {} {}", summary.version, summary.suite, summary.group);
        for (label, value) in [("name", &summary.server_name), ("alpn", &facts::alpn(summary)), ("client", &subject)] {
            if let Some(value) = value {
                line.push_str(&format!(" {label}={value}"));
            }
        }
        line.push_str(&format!(" in={received} out={sent}"));
        match trouble {
            None => facts::tell(&format!("ok {line}\n")),
            Some(report) => self.tell(&line, &report),
        }
    }

    fn refused(&self, peer: SocketAddr, report: &Report, seen: &Seen) {
        if self.json {
            let mut object = outcome(peer, report.cause.exit());
            object["server_name"] = json!(seen.name);
            object["chain"] = json!(seen.chain.as_ref().map(|chain| facts::chain_json(chain)));
            object["error"] = report::of(report);
            return facts::tell(&format!("{object}\n"));
        }
        let name = seen.name.as_ref().map(|name| format!(" name={name}")).unwrap_or_default();
        self.tell(&format!("{peer}{name}"), report);
    }

    /// What went wrong with a client: a line, or the whole report.
    fn tell(&self, line: &str, report: &Report) {
        let status = report.cause.exit();
        facts::tell(&match self.explain {
            true => {
                format!("{}\n  status    {status}, {}\n", report.text(&format!("x {line}: ")), exit::meaning(status))
            }
            false => format!("x {line}: {} [status {status}]\n", report.verdict),
        });
    }
}

fn outcome(peer: SocketAddr, status: u8) -> Value {
    let mut object = report::outcome("server", &peer);
    object["address"] = json!(peer.to_string());
    object["ok"] = json!(status == exit::OK);
    object["exit"] = json!(status);
    object
}

fn echo(stream: &mut Stream<&mut Wire>) -> io::Result<()> {
    let mut text = vec![0; 1 << 14];
    loop {
        match stream.read(&mut text)? {
            0 => return Ok(()),
            n => stream.write_all(text.get(..n).unwrap_or_default())?,
        }
    }
}

fn print(stream: &mut Stream<&mut Wire>) -> io::Result<()> {
    let mut text = vec![0; 1 << 14];
    loop {
        let n = stream.read(&mut text)?;
        if n == 0 {
            return Ok(());
        }
        // Whether anybody reads our output is no affair of the client's.
        let mut stdout = io::stdout().lock();
        _ = stdout.write_all(text.get(..n).unwrap_or_default()).and_then(|()| stdout.flush());
    }
}

impl Wire {
    /// From here on the client may take its time.
    fn unhurried(&mut self) -> io::Result<()> {
        self.set_timeout(None);
        Ok(())
    }

    /// Ends our side and reads the rest for a moment. To close with bytes unread resets the
    /// connection, and a reset can overtake what we said last: the alert, or the page.
    fn linger(&mut self) {
        self.set_timeout(Some(Duration::from_millis(500)));
        let ended = self.tcp().is_ok_and(|tcp| tcp.shutdown(Shutdown::Write).is_ok());
        let mut rest = [0; 1024];
        let mut rounds = 64;
        while ended && rounds > 0 && self.read(&mut rest).is_ok_and(|n| n > 0) {
            rounds -= 1;
        }
    }
}
