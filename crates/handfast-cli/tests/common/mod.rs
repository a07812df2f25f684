//! The tool as a program: runs, servers that end with their test, and a place for their files.

use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// Longer than anything here takes, even on a busy machine.
const LONG: Duration = Duration::from_secs(60);

/// A directory with a CA (`ca`), a leaf for localhost (`leaf`) and a client's (`me`).
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let dir = Self(std::env::temp_dir().join(format!("handfast-cs-{name}-{}", std::process::id())));
        std::fs::create_dir_all(&dir.0).unwrap();
        dir.make("ca new --name Test-CA --out ca");
        dir.make("ca leaf --ca ca --name localhost --out leaf");
        dir.make("ca leaf --ca ca --client --name me --out me");
        dir
    }

    pub(crate) fn make(&self, line: &str) {
        let out = handfast(&self.0, line).output().unwrap();
        assert!(out.status.success(), "{line}: {}", String::from_utf8_lossy(&out.stderr));
    }

    pub(crate) fn server(&self, options: &str) -> Server {
        Server::start(handfast(&self.0, &format!("server --cert leaf.pem --key leaf.key --listen 0 {options}")))
    }

    /// Runs the client with this input until it ends.
    pub(crate) fn client(&self, port: u16, options: &str, input: &str) -> Output {
        let line = format!("client localhost:{port} --ca ca.pem {options}");
        self.run(&line, input)
    }

    pub(crate) fn run(&self, line: &str, input: &str) -> Output {
        let mut child = handfast(&self.0, line).spawn().unwrap();
        // A client that fails early does not read it.
        _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn handfast(dir: &Path, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_handfast"));
    command.args(line.split_whitespace()).current_dir(dir).env_remove("SSLKEYLOGFILE");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A server that is killed with its test.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) port: u16,
    lines: Receiver<String>,
}

impl Server {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (send, lines) = mpsc::channel();
        thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        let first = lines.recv_timeout(LONG).expect("the server says where it listens");
        let address = match serde_json::from_str::<Value>(&first) {
            Ok(object) => object["listening"].as_str().expect(&first).to_owned(),
            Err(_) => first,
        };
        let port = address.rsplit(':').next().unwrap().parse().expect(&address);
        Self { child, port, lines }
    }

    /// The next line about a client.
    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(LONG).expect("a line for the client")
    }

    pub(crate) fn status(&mut self) -> i32 {
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Asserts how a run of the tool ended and what it said, whose lines fit the page.
#[track_caller]
pub(crate) fn ended(out: &Output, status: i32, say: &[&str]) {
    let said = text(&out.stderr);
    assert_eq!(out.status.code(), Some(status), "{said}");
    // Long lines are broken between words.
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in say {
        assert!(flat(&said).contains(&flat(words)), "{words:?}: {said}");
    }
    assert!(said.lines().all(|line| line.chars().count() <= 100), "{said}");
}
