//! curl against `handfast server --www`.

#[allow(dead_code, reason = "shared with tests that need more of it")]
mod common;

use common::{Scratch, text};
use libtest_mimic::{Arguments, Trial};
use std::process::{Command, ExitCode};

fn curl_fetches_the_page_of_www() {
    let dir = Scratch::new("curl");
    let server = dir.server("--www");
    for (option, version) in [("--tlsv1.3", "TLS 1.3"), ("--tls-max=1.2", "TLS 1.2")] {
        let (option, value) = option.split_once('=').unwrap_or((option, ""));
        let url = format!("https://localhost:{}/", server.port);
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--noproxy", "*", "--cacert", "ca.pem", option]);
        let out = curl.args([value].iter().filter(|v| !v.is_empty())).arg(&url).current_dir(&dir.0).output().unwrap();
        assert!(out.status.success(), "{}", text(&out.stderr));
        let page = text(&out.stdout);
        assert!(page.contains("You have reached handfast over TLS.") && page.contains(version), "{page}");
        assert!(server.line().contains(version));
    }
}

/// Without curl the test is ignored, and in CI it fails.
fn main() -> ExitCode {
    let missing = !Command::new("curl").arg("--version").output().is_ok_and(|out| out.status.success());
    let note = if missing { " (needs curl: apt-get install curl)" } else { "" };
    let trial = Trial::test(format!("curl fetches the page of --www{note}"), || {
        curl_fetches_the_page_of_www();
        Ok(())
    });
    let ci = std::env::var("CI").as_deref() == Ok("true");
    libtest_mimic::run(&Arguments::from_args(), vec![trial.with_ignored_flag(missing && !ci)]).exit_code()
}
