//! `handfast explain` against `openssl s_server`.

#[allow(dead_code, reason = "shared with tests that need more of it")]
mod common;

use common::{Scratch, text};
use libtest_mimic::{Arguments, Trial};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, ExitCode, Stdio};

/// A server that is killed with its test.
struct Openssl(Child, u16);

impl Openssl {
    fn start(dir: &Scratch, options: &str) -> Self {
        // Between here and there somebody else could take it; then the server says so and ends.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("openssl");
        command.args(["s_server", "-accept", &format!("127.0.0.1:{port}"), "-cert", "leaf.pem", "-key", "leaf.key"]);
        command.args(options.split_whitespace()).current_dir(&dir.0);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        // Its output is read to the end, so that it never waits for a reader.
        let (ready, heard) = std::sync::mpsc::channel();
        std::thread::spawn(move || lines.filter(|line| line.contains("ACCEPT")).for_each(|_| _ = ready.send(())));
        heard.recv_timeout(std::time::Duration::from_secs(60)).expect("openssl listens");
        Self(child, port)
    }
}

impl Drop for Openssl {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn explain(dir: &Scratch, server: &Openssl, options: &str) -> (i32, String) {
    let out = dir.run(&format!("explain localhost:{} --ca ca.pem {options}", server.1), "");
    let told = text(&out.stdout);
    assert!(told.lines().all(|line| line.chars().count() <= 100), "{told}");
    (out.status.code().unwrap(), told)
}

fn both_versions_take_25_to_40_lines() {
    let dir = Scratch::new("explainopenssl");
    for (version, trips) in [("-tls1_3", "    1 round trip, "), ("-tls1_2", "    2 round trips, ")] {
        let server = Openssl::start(&dir, &format!("{version} -alpn h2"));
        let (status, told) = explain(&dir, &server, "--alpn h2");
        assert_eq!(status, 0, "{told}");
        assert!((25..=40).contains(&told.lines().count()), "{told}");
        assert!(told.contains(trips) && told.contains("you checked: the chain: CN=localhost <- CN=Test-CA"), "{told}");
    }
}

fn tickets_are_told_before_the_verdict() {
    let dir = Scratch::new("explaintickets");
    let server = Openssl::start(&dir, "-tls1_3");
    let (status, told) = explain(&dir, &server, "--bytes");
    assert_eq!(status, 0, "{told}");
    let ticket = told.find("NewSessionTicket").expect(&told);
    assert!(ticket < told.find("OK  connected to").expect(&told), "{told}");
    assert!(told.contains("msg_type = NewSessionTicket (0x4)"), "{told}");
}

fn a_demand_for_a_certificate_is_told_instead_of_success() {
    let dir = Scratch::new("explaindemand");
    for version in ["-tls1_3", "-tls1_2"] {
        let server = Openssl::start(&dir, &format!("{version} -Verify 1 -verify_return_error -CAfile ca.pem"));
        let (status, told) = explain(&dir, &server, "");
        assert_eq!(status, 50, "{told}");
        assert!(told.contains("! server sent fatal alert") && !told.contains("connected to"), "{told}");
        let (status, told) = explain(&dir, &server, "--cert me.pem --key me.key");
        assert_eq!(status, 0, "{told}");
        assert!(told.contains("you signed with your private key") && told.lines().count() <= 45, "{told}");
    }
}

fn a_retry_is_counted() {
    let dir = Scratch::new("explainopensslretry");
    let server = Openssl::start(&dir, "-tls1_3 -groups P-384");
    let (status, told) = explain(&dir, &server, "");
    assert_eq!(status, 0, "{told}");
    assert!(told.contains("    2 round trips, ") && told.contains("1 more than usual"), "{told}");
}

/// Without openssl the tests are ignored, and in CI they fail.
fn main() -> ExitCode {
    let missing = !Command::new("openssl").arg("version").output().is_ok_and(|out| out.status.success());
    let note = if missing { " (needs openssl: apt-get install openssl)" } else { "" };
    let ci = std::env::var("CI").as_deref() == Ok("true");
    let tests: [(&str, fn()); 4] = [
        ("a handshake with openssl takes 25 to 40 lines in both versions", both_versions_take_25_to_40_lines),
        ("tickets are told before the verdict", tickets_are_told_before_the_verdict),
        (
            "a demand for a certificate is told instead of success",
            a_demand_for_a_certificate_is_told_instead_of_success,
        ),
        ("a retry is counted", a_retry_is_counted),
    ];
    let trials = tests.into_iter().map(|(name, test)| {
        let run = move || {
            test();
            Ok(())
        };
        Trial::test(format!("{name}{note}"), run).with_ignored_flag(missing && !ci)
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
