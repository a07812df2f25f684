//! A peer program: started, spoken to, listened to, and ended when it is dropped.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::time::{Duration, Instant};

/// How long anything may take before a test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A running program and what it has printed so far, on both its outputs.
pub(crate) struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    printed: Arc<Printed>,
    line: String,
}

#[derive(Default)]
struct Printed {
    text: Mutex<Text>,
    more: Condvar,
}

#[derive(Default)]
struct Text {
    bytes: Vec<u8>,
    /// How many of the two outputs have ended.
    ended: usize,
}

impl Process {
    /// Starts a program.
    pub(crate) fn start(program: &str, args: &[String], environment: &[(&str, String)]) -> Result<Self, String> {
        let line = format!("{program} {}", args.join(" "));
        let mut child = Command::new(program)
            .args(args)
            .envs(environment.iter().map(|(k, v)| (*k, v)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| format!("{line}: {e}"))?;
        let printed = Arc::new(Printed::default());
        let (stdout, stderr) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
        listen(stdout, &printed);
        listen(stderr, &printed);
        let stdin = child.stdin.take();
        Ok(Self { child, stdin, printed, line })
    }

    /// Waits until it has printed `what`, and returns everything it has printed.
    pub(crate) fn wait_for(&self, what: &str) -> Result<String, String> {
        self.wait(|text| text.contains(what)).ok_or_else(|| format!("never saw {what:?} from {}", self.told()))
    }

    /// Waits until `enough` is true of what it has printed.
    pub(crate) fn wait(&self, enough: impl Fn(&str) -> bool) -> Option<String> {
        let end = Instant::now() + PATIENCE;
        let mut text = self.printed.text.lock().expect("no thread panics with it");
        loop {
            let so_far = String::from_utf8_lossy(&text.bytes).into_owned();
            if enough(&so_far) {
                return Some(so_far);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || text.ended == 2 {
                return None;
            }
            text = self.printed.more.wait_timeout(text, left).expect("no thread panics with it").0;
        }
    }

    /// Waits until it has ended by itself, and returns everything it has printed.
    pub(crate) fn wait_for_end(&mut self) -> Result<String, String> {
        let end = Instant::now() + PATIENCE;
        let mut text = self.printed.text.lock().expect("no thread panics with it");
        while text.ended < 2 {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(text);
                return Err(format!("still runs: {}", self.told()));
            }
            text = self.printed.more.wait_timeout(text, left).expect("no thread panics with it").0;
        }
        Ok(String::from_utf8_lossy(&text.bytes).into_owned())
    }

    /// Types something; one call is one read of the program if it has read all that was typed before.
    pub(crate) fn say(&mut self, text: &str) -> Result<(), String> {
        let stdin = self.stdin.as_mut().ok_or("its input is closed")?;
        stdin.write_all(text.as_bytes()).and_then(|()| stdin.flush()).map_err(|e| format!("{e}: {}", self.told()))
    }

    /// Ends it at once, without a goodbye.
    pub(crate) fn kill(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }

    /// Asks it to stop, as Ctrl-C does.
    pub(crate) fn interrupt(&self) -> Result<(), String> {
        let done = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        done.map_err(|e| e.to_string()).and_then(|s| if s.success() { Ok(()) } else { Err("kill failed".into()) })
    }

    /// Its command line and its output, for messages.
    pub(crate) fn told(&self) -> String {
        let text = self.printed.text.lock().expect("no thread panics with it");
        format!("`{}`, which said:\n{}", self.line, String::from_utf8_lossy(&text.bytes))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn listen(mut from: impl Read + Send + 'static, printed: &Arc<Printed>) {
    let printed = printed.clone();
    std::thread::spawn(move || {
        let mut buf = [0; 4096];
        loop {
            let n = from.read(&mut buf).unwrap_or(0);
            let mut text = printed.text.lock().expect("no thread panics with it");
            text.bytes.extend_from_slice(&buf[..n]);
            text.ended += usize::from(n == 0);
            printed.more.notify_all();
            if n == 0 {
                return;
            }
        }
    });
}

/// `openssl s_server`, listening.
pub(crate) struct Serving {
    /// The process.
    pub(crate) process: Process,
    port: u16,
}

impl Serving {
    /// Starts it on a port that the system picks.
    pub(crate) fn start(args: &[String], environment: &[(&str, String)]) -> Result<Self, String> {
        let mut all = ["s_server", "-accept", "127.0.0.1:0"].map(str::to_owned).to_vec();
        all.extend_from_slice(args);
        let process = Process::start("openssl", &all, environment)?;
        let port = |text: &str| {
            let line = text.lines().find_map(|l| l.strip_prefix("ACCEPT "))?;
            line.rsplit_once(':')?.1.trim().parse().ok()
        };
        let printed = process.wait(|text| text.ends_with('\n') && port(text).is_some());
        let port = printed.as_deref().and_then(port).ok_or_else(|| format!("no port from {}", process.told()))?;
        Ok(Self { process, port })
    }

    /// Connects to it.
    pub(crate) fn connect(&self) -> Result<TcpStream, String> {
        let tcp = TcpStream::connect(("127.0.0.1", self.port)).map_err(|e| e.to_string())?;
        patient(tcp)
    }
}

/// `openssl s_client`, connected to us.
pub(crate) struct Calling {
    /// The process.
    pub(crate) process: Process,
    /// Our end.
    pub(crate) tcp: TcpStream,
}

impl Calling {
    /// Starts it and accepts its connection.
    pub(crate) fn start(args: &[String], environment: &[(&str, String)]) -> Result<Self, String> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
        let address = listener.local_addr().map_err(|e| e.to_string())?.to_string();
        let mut all = ["s_client", "-connect", &address].map(str::to_owned).to_vec();
        all.extend_from_slice(args);
        let process = Process::start("openssl", &all, environment)?;
        // Should the program never call, the thread goes with the test.
        let (send, receive) = mpsc::channel();
        std::thread::spawn(move || send.send(listener.accept()));
        let called = receive.recv_timeout(PATIENCE).map_err(|_| format!("nobody called: {}", process.told()))?;
        let tcp = patient(called.map_err(|e| e.to_string())?.0)?;
        Ok(Self { process, tcp })
    }
}

fn patient(tcp: TcpStream) -> Result<TcpStream, String> {
    tcp.set_read_timeout(Some(PATIENCE)).map_err(|e| e.to_string())?;
    tcp.set_write_timeout(Some(PATIENCE)).map_err(|e| e.to_string())?;
    tcp.set_nodelay(true).map_err(|e| e.to_string())?;
    Ok(tcp)
}
