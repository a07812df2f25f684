//! Programs of others, and handfast itself: started, listened to, and ended when dropped.

use crate::fault::{Program, Target};
use crate::pki::Files;
use std::io::Read;
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long anything may take before a fault counts as failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What a program has printed so far.
#[derive(Default)]
struct Printed {
    out: Vec<u8>,
    err: Vec<u8>,
    /// How many of the two have ended.
    ended: usize,
}

/// A program that runs beside the test.
pub(crate) struct Process {
    child: Child,
    /// Held open: `s_server` ends with its input.
    _stdin: Option<ChildStdin>,
    printed: Arc<(Mutex<Printed>, Condvar)>,
}

impl Process {
    pub(crate) fn start(mut command: Command, input: bool) -> Result<Self, String> {
        command.stdin(if input { Stdio::piped() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).env_remove("SSLKEYLOGFILE");
        let mut child = command.spawn().map_err(|e| format!("{command:?}: {e}"))?;
        let printed = Arc::default();
        listen(child.stdout.take(), &printed, |p| &mut p.out);
        listen(child.stderr.take(), &printed, |p| &mut p.err);
        Ok(Self { _stdin: child.stdin.take(), child, printed })
    }

    /// Waits until `found` finds something in standard output and standard error.
    pub(crate) fn wait<T>(&self, found: impl Fn(&str, &str) -> Option<T>) -> Result<T, String> {
        let end = Instant::now() + PATIENCE;
        let mut printed = lock(&self.printed.0);
        loop {
            let (out, err) = (text(&printed.out), text(&printed.err));
            if let Some(found) = found(&out, &err) {
                return Ok(found);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || printed.ended == 2 {
                return Err(format!("a program did not say what it should:\n{out}{err}"));
            }
            let waited = self.printed.1.wait_timeout(printed, left);
            printed = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until it has ended by itself: the exit status, standard output and standard error.
    pub(crate) fn end(mut self) -> Result<(i32, String, String), String> {
        let end = Instant::now() + PATIENCE;
        let mut printed = lock(&self.printed.0);
        while printed.ended < 2 {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(format!("a program does not end:\n{}{}", text(&printed.out), text(&printed.err)));
            }
            let waited = self.printed.1.wait_timeout(printed, left);
            printed = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let said = (text(&printed.out), text(&printed.err));
        drop(printed);
        let status = self.child.wait().map_err(|e| e.to_string())?;
        Ok((status.code().unwrap_or(-1), said.0, said.1))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn listen(
    from: Option<impl Read + Send + 'static>,
    printed: &Arc<(Mutex<Printed>, Condvar)>,
    of: fn(&mut Printed) -> &mut Vec<u8>,
) {
    let printed = printed.clone();
    std::thread::spawn(move || {
        let (mut from, mut buf) = (from, [0; 4096]);
        loop {
            let n = from.as_mut().map_or(0, |from| from.read(&mut buf).unwrap_or(0));
            let mut so_far = lock(&printed.0);
            of(&mut so_far).extend_from_slice(buf.get(..n).unwrap_or_default());
            so_far.ended += usize::from(n == 0);
            printed.1.notify_all();
            if n == 0 {
                return;
            }
        }
    });
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs a program to its end, which must be a success.
pub(crate) fn run(program: &str, args: &[&str]) -> Result<String, String> {
    let out = Command::new(program).args(args).stdin(Stdio::null()).output().map_err(|e| format!("{program}: {e}"))?;
    let said = format!("{}{}", text(&out.stdout), text(&out.stderr));
    if out.status.success() { Ok(said) } else { Err(format!("{program} {}: {said}", args.join(" "))) }
}

/// The tool.
pub(crate) fn handfast() -> Command {
    Command::new(env!("CARGO_BIN_EXE_handfast"))
}

/// handfast's client at its end; nothing is typed into it.
pub(crate) fn client(target: &Target, json: bool) -> Result<(i32, String, String), String> {
    let mut command = handfast();
    command.arg("client").arg(&target.address);
    for (option, value) in [("--name", &target.name), ("--ca", &target.ca)] {
        command.args(value.iter().flat_map(|value| [option, value]));
    }
    command.args(&target.args).args(json.then_some("--json"));
    Process::start(command, false)?.end()
}

/// A program that serves, and where.
pub(crate) struct Serving {
    pub(crate) port: u16,
    process: Process,
}

impl Serving {
    /// Waits until OpenSSL has told an error, and gives all that it has said.
    pub(crate) fn complaint(&self) -> Result<String, String> {
        self.process.wait(|out, err| {
            let told = err.lines().any(|line| line.contains(":error:")) && err.ends_with('\n');
            told.then(|| format!("{out}{err}"))
        })
    }
}

/// `openssl s_server` with this chain, which serves pages to one client after another.
pub(crate) fn s_server(files: &Files, args: &str) -> Result<Serving, String> {
    plain_s_server(files, &format!("-www {args}"))
}

/// The same, which prints what it gets and what went wrong.
pub(crate) fn plain_s_server(files: &Files, args: &str) -> Result<Serving, String> {
    let mut command = Command::new("openssl");
    command.args(["s_server", "-accept", "127.0.0.1:0", "-cert", &files.leaf, "-key", &files.key]);
    if !files.rest.is_empty() {
        command.args(["-cert_chain", &files.rest]);
    }
    command.args(args.split_whitespace());
    let process = Process::start(command, true)?;
    let port = process.wait(|out, _| {
        let line = out.lines().filter(|_| out.ends_with('\n')).find_map(|l| l.strip_prefix("ACCEPT "))?;
        line.rsplit_once(':')?.1.trim().parse().ok()
    })?;
    Ok(Serving { port, process })
}

/// `openssl s_client` at its end.
pub(crate) fn s_client(port: u16, args: &str) -> Result<String, String> {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &format!("127.0.0.1:{port}"), "-brief"]).args(args.split_whitespace());
    let (_, out, err) = Process::start(command, false)?.end()?;
    Ok(out + &err)
}

/// What Python's ssl module says as the client: `connect.py PORT NAME CA FIELD=VALUE…`.
const PYTHON: &str = r#"
import socket, ssl, sys, warnings
warnings.simplefilter("ignore")
host, port = sys.argv[1].rsplit(":", 1)
name, ca, fields = sys.argv[2], sys.argv[3], sys.argv[4:]
context = ssl.create_default_context(cafile=ca or None)
for field in fields:
    key, value = field.split("=", 1)
    if key in ("minimum_version", "maximum_version"):
        setattr(context, key, getattr(ssl.TLSVersion, value))
    elif key == "alpn":
        context.set_alpn_protocols(value.split(","))
    elif key == "ciphers":
        context.set_ciphers(value)
    elif key == "curve":
        context.set_ecdh_curve(value)
    elif key == "cert":
        context.load_cert_chain(*value.split(","))
    elif key == "nosni":
        context.check_hostname, name = False, None
try:
    with socket.create_connection((host, int(port)), timeout=5) as tcp:
        with context.wrap_socket(tcp, server_hostname=name) as tls:
            tls.sendall(b"GET / HTTP/1.0\r\n\r\n")
            tls.recv(1)
            print("connected")
except Exception as error:
    print(type(error).__name__, error)
"#;

/// Python's ssl module as the client.
pub(crate) fn python(address: &str, name: &str, ca: &str, fields: &[String]) -> Result<String, String> {
    let mut command = Command::new("python3");
    command.args(["-c", PYTHON, address, name, ca]).args(fields);
    let (_, out, err) = Process::start(command, false)?.end()?;
    Ok(out + &err)
}

/// What another client says to the same fault.
pub(crate) fn elsewhere(program: Program, target: &Target) -> Result<String, String> {
    let (host, port) = target.address.rsplit_once(':').ok_or("an address without a port")?;
    let name = target.name.as_deref().unwrap_or(host);
    let ca = target.ca.as_deref().unwrap_or_default();
    match program {
        Program::Python => python(&target.address, name, ca, &target.python),
        Program::Openssl => {
            let mut command = Command::new("openssl");
            command.args(["s_client", "-connect", &target.address, "-CAfile", ca, "-verify_return_error"]);
            let verify = if name.parse::<std::net::IpAddr>().is_ok() { "-verify_ip" } else { "-verify_hostname" };
            command.args([verify, name]).args(&target.openssl);
            if !target.openssl.iter().any(|arg| arg == "-noservername") {
                command.args(["-servername", name]);
            }
            let (_, out, err) = Process::start(command, false)?.end()?;
            Ok(out + &err)
        }
        Program::Curl => {
            let mut command = Command::new("curl");
            command.args(["-sS", "-m", "5", "--noproxy", "*", "--cacert", ca, "-o", "/dev/null"]);
            command.args(["--resolve", &format!("{name}:{port}:127.0.0.1"), &format!("https://{name}:{port}/")]);
            command.args(&target.curl);
            let (status, out, err) = Process::start(command, false)?.end()?;
            Ok(format!("{out}{err}curl exits with {status}\n"))
        }
    }
}

/// Whether a program is there.
pub(crate) fn found(program: Program) -> bool {
    let version = if program == Program::Openssl { "version" } else { "--version" };
    Command::new(program.name()).arg(version).output().is_ok_and(|out: Output| out.status.success())
}
