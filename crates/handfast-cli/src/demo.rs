//! `handfast demo`: a client and a server on loopback, TLS 1.3 and then 1.2, told step by step.
//!
//! Everything is real: the certificates are made on the spot, the bytes go through TCP, the client
//! verifies the server. What the client cannot see, the server tells on the same page; each waits
//! for the other's bytes, so the lines come in the order of cause and effect.

use crate::args::DemoArgs;
use crate::exit::{self, Problem};
use crate::narrate::{Narrator, Page, View};
use crate::pki::{Authority, AuthorityOptions, LeafOptions};
use crate::setup;
use handfast::{ClientConfig, Credential, Failure, ProtocolVersion, Roots, ServerConfig, Stream, Versions};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

const HOST: &str = "localhost";
const QUESTION: &[u8] = b"Is anybody reading along?";
const ANSWER: &[u8] = b"Nobody but you.";

/// A peer on loopback that is silent for longer has died.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs both versions and writes the narration to what `out` gives.
///
/// # Errors
/// If a handshake fails, which it should not.
pub fn run(args: &DemoArgs, out: impl Fn() -> Box<dyn Write + Send>) -> Result<(), Problem> {
    let started = Instant::now();
    let provider = setup::provider(args.backend);
    let broken = |what: &dyn std::fmt::Display| Problem::new(exit::UNEXPLAINED, format!("the demo failed: {what}"));

    let authority = Authority::new(&AuthorityOptions::default()).map_err(|e| broken(&e))?;
    let leaf = authority.leaf(&LeafOptions::server([HOST])).map_err(|e| broken(&e))?;
    let chain = leaf.chain_der.iter().map(|der| der.to_vec()).collect();
    let credential = Credential::new(chain, leaf.key_der.secret_pkcs8_der(), &provider).map_err(|e| broken(&e))?;
    let mut roots = Roots::new();
    roots.add_der(authority.der()).map_err(|e| broken(&e))?;
    let server = ServerConfig::new(provider.clone(), credential).with_alpn(&[b"demo/1"]);
    let client = ClientConfig::new(provider.clone(), roots).with_alpn(&[b"demo/1"]);

    let page = Page::new(out());
    page.line(&format!("A throw-away CA, a certificate for {HOST}, a client (you) and a server on 127.0.0.1."));
    page.line(&format!("Backend: {}. Marks: ? a choice or a check   ~ keys   ! trouble", provider.name));
    for versions in [Versions::ALL, Versions::TLS1_2] {
        let page = Arc::new(Page::new(out()));
        // The client offers both versions each time; the second server is an old one.
        let server = server.clone().with_versions(versions);
        converse(&client, &server, versions.max, &page).map_err(|failure| {
            let report = failure.report();
            Problem::new(report.cause.exit(), format!("the demo failed: {report}"))
        })?;
    }
    page.line("");
    page.line(&format!("Both versions work here. All of it took {} ms. Next:", started.elapsed().as_millis()));
    page.line("  handfast client HOST            connect to a server and pipe stdin and stdout");
    page.line("  handfast ca new --out ca        make a CA of your own, then: handfast ca leaf --help");
    page.line("  handfast server --cert F --key F --www");
    Ok(())
}

/// One connection: handshake, a question, an answer, and both say that they are done.
fn converse(
    client: &ClientConfig,
    server: &ServerConfig,
    version: ProtocolVersion,
    page: &Arc<Page>,
) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    page.line("");
    page.line(&format!("{version} handshake with {HOST} at {address}"));

    let behind = Box::new(Narrator::new(page.clone(), View::BehindTheServer));
    let server = server.clone();
    let (ready, accepted) = mpsc::channel();
    let serving = thread::spawn(move || serve(&server, &listener, behind, &ready));
    let tcp = patient(TcpStream::connect(address)?)?;
    let front = Box::new(Narrator::new(page.clone(), View::Client));
    let mut tls = Stream::connect_observed(client, HOST, tcp, front)?;

    // A client need not wait; this one does, so that the server's last check is told in its place.
    _ = accepted.recv();
    tls.write_all(QUESTION)?;
    page.message("application data", Some(QUESTION.len()), "you ->", &[quoted(QUESTION)]);
    tls.close()?;
    page.message("alert", None, "you ->", &["close_notify: you send no more, and still read".into()]);
    let mut answer = Vec::new();
    tls.read_to_end(&mut answer)?;
    page.message("application data", Some(answer.len()), "<- server", &[quoted(&answer)]);
    page.message("alert", None, "<- server", &["close_notify: nothing was cut off".into()]);
    match serving.join() {
        Ok(served) => served?,
        Err(_) => return Err(io::Error::other("the server's thread ended early").into()),
    }
    let summary = tls.summary();
    let trips = if version == ProtocolVersion::TLS1_3 { "1 round trip" } else { "2 round trips" };
    let (sent, received) = tls.counts();
    page.line(&format!("OK  {}  {}  {}", summary.version, summary.suite, summary.group));
    page.line(&format!("    {trips} before your data; sent {sent} B, received {received} B"));
    Ok(())
}

fn serve(
    config: &ServerConfig,
    listener: &TcpListener,
    observer: Box<Narrator>,
    ready: &mpsc::Sender<()>,
) -> Result<(), Failure> {
    let (tcp, _) = listener.accept()?;
    let mut tls = Stream::accept_observed(config, patient(tcp)?, observer)?;
    _ = ready.send(());
    let mut question = Vec::new();
    tls.read_to_end(&mut question)?;
    tls.write_all(if question == QUESTION { ANSWER } else { b"What?" })?;
    tls.close()?;
    Ok(())
}

fn patient(tcp: TcpStream) -> io::Result<TcpStream> {
    tcp.set_read_timeout(Some(PATIENCE))?;
    tcp.set_nodelay(true)?;
    Ok(tcp)
}

fn quoted(text: &[u8]) -> String {
    format!("\"{}\"", text.escape_ascii())
}
