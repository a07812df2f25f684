//! A capture on loopback: with our key log, tshark reads what was encrypted.

use crate::matrix::{expect, send};
use crate::pki::{NAME, Pki, Who};
use crate::process::Process;
use crate::strings;
use handfast::{ClientConfig, KeyLogFile, Provider, ServerConfig, Stream, Versions};
use handfast_cli::pki::KeyType;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;

/// What the client and the server say under encryption.
const TEXTS: [&str; 2] = ["the client's secret\n", "the server's secret\n"];

/// Why nothing can be captured here, if so: the interface is listed only to those who may.
pub(crate) fn forbidden() -> Option<String> {
    let listed = Command::new("tshark").arg("-D").output().map(|o| String::from_utf8_lossy(&o.stdout).into_owned());
    let found = listed.unwrap_or_default().lines().any(|line| line.contains(" lo"));
    (!found).then(|| "needs the right to capture on loopback: run as root".into())
}

/// Captures a connection of ours with ourselves, and lets tshark read it with the client's key log.
pub(crate) fn tshark_reads(pki: &Pki, provider: &Provider, versions: Versions) -> Result<(), String> {
    let file = |end: &str| pki.file(&format!("{}-{}.{end}", provider.name.replace(' ', "-"), versions.max));
    let (capture, keys) = (file("pcapng"), file("keys"));
    let listener = TcpListener::bind("127.0.0.1:0").map_err(text)?;
    let port = listener.local_addr().map_err(text)?.port();

    let filter = format!("tcp port {port}");
    let mut tshark = Process::start("tshark", &strings(&["-i", "lo", "-f", &filter, "-w", &capture, "-P", "-l"]), &[])?;
    tshark.wait_for("Capture started.")?;
    let log = KeyLogFile::open(&keys).map_err(text)?;
    talk(pki, provider, versions, listener, Arc::new(log))?;
    // Both sides have closed, and everything before that is in the file.
    let both = |printed: &str| printed.lines().filter(|line| line.contains("[FIN")).count() >= 2;
    tshark.wait(both).ok_or_else(|| format!("the end was not captured: {}", tshark.told()))?;
    tshark.interrupt()?;
    tshark.wait_for_end()?;

    let mut read = strings(&["-r", &capture, "-o", &format!("tls.keylog_file:{keys}")]);
    read.extend(strings(&["-d", &format!("tcp.port=={port},tls")]));
    let with = |more: &[&str]| -> Result<String, String> {
        let mut args = read.clone();
        args.extend(strings(more));
        Process::start("tshark", &args, &[])?.wait_for_end()
    };
    let fields = with(&["-Y", "tls.handshake", "-T", "fields", "-e", "tls.handshake.type"])?;
    let types: Vec<u8> = fields.split(['\n', ',']).filter_map(|t| t.trim().parse().ok()).collect();
    // Without the keys nothing behind ServerHello (1.3) or ChangeCipherSpec (1.2) can be told.
    let wanted: &[u8] =
        if versions == Versions::TLS1_3 { &[1, 2, 8, 11, 15, 20, 20] } else { &[1, 2, 11, 12, 14, 16, 20, 20] };
    if types != wanted {
        return Err(format!("tshark saw the messages {types:?}, and not {wanted:?}\n{fields}"));
    }
    let followed = with(&["-q", "-z", "follow,tls,ascii,0"])?;
    match TEXTS.iter().find(|text| !followed.contains(text.trim_end())) {
        None => Ok(()),
        Some(text) => Err(format!("tshark did not see {text:?}:\n{followed}")),
    }
}

/// One connection with data both ways; the client's secrets go to `log`.
fn talk(
    pki: &Pki,
    provider: &Provider,
    versions: Versions,
    listener: TcpListener,
    log: Arc<KeyLogFile>,
) -> Result<(), String> {
    let server = ServerConfig::new(provider.clone(), pki.credential(Who::Server, KeyType::P256, provider));
    let client = ClientConfig::new(provider.clone(), pki.roots()).with_versions(versions).with_key_log(log);
    let address = listener.local_addr().map_err(text)?;
    std::thread::scope(|scope| {
        let serving = scope.spawn(move || -> Result<(), String> {
            let mut tls = Stream::accept(&server, listener.accept().map_err(text)?.0).map_err(text)?;
            expect(&mut tls, TEXTS[0])?;
            send(&mut tls, TEXTS[1])?;
            tls.close().map_err(text)?;
            tls.read_to_end(&mut Vec::new()).map(drop).map_err(text)
        });
        let mut tls = Stream::connect(&client, NAME, TcpStream::connect(address).map_err(text)?).map_err(text)?;
        send(&mut tls, TEXTS[0])?;
        expect(&mut tls, TEXTS[1])?;
        tls.close().map_err(text)?;
        tls.read_to_end(&mut Vec::new()).map_err(text)?;
        serving.join().map_err(|_| "the server panicked")?
    })
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
