//! Handfast against other implementations, over real sockets.
//!
//! Tests that need a program which is not installed are reported as ignored; in CI they fail.
#![forbid(unsafe_code)]

mod capture;
mod flows;
mod matrix;
mod pki;
mod process;
mod traffic;

use handfast::Versions;
use libtest_mimic::{Arguments, Failed, Trial};
use matrix::{COMBINATIONS, PER_SETTING, Setting};
use pki::Pki;
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

/// The handshakes that must happen: each combination in both roles on both backends.
const HANDSHAKES: usize = 576;
const _: () = assert!(HANDSHAKES == COMBINATIONS * 2 * 2);

/// The handshakes that happened and passed.
static PASSED: AtomicUsize = AtomicUsize::new(0);

/// The certificates, made when the first test wants them.
type SharedPki = Arc<LazyLock<Pki>>;

/// Our backends; the pure one signs with RSA here, where keys are worth nothing.
fn backends() -> Vec<handfast::Provider> {
    let random = handfast_rustcrypto::provider().random;
    vec![handfast_ring::provider(), handfast_rustcrypto::dangerous_provider_with_rsa_signing(random)]
}

/// A list of strings.
fn strings(of: &[&str]) -> Vec<String> {
    of.iter().map(|s| (*s).to_owned()).collect()
}

/// A program that tests need.
#[derive(Clone)]
struct Program {
    /// Why tests that need it cannot run; nothing if they can.
    missing: Option<String>,
}

impl Program {
    fn find(name: &str, version: &str) -> Self {
        let run = Command::new(name).arg(version).stdout(Stdio::null()).stderr(Stdio::null()).status();
        let missing = !run.is_ok_and(|s| s.success());
        Self { missing: missing.then(|| format!("needs {name}: apt-get install {name}")) }
    }

    /// A test that needs it.
    fn trial(&self, name: &str, run: impl FnOnce() -> Result<(), String> + Send + 'static) -> Trial {
        match self.missing.clone() {
            None => Trial::test(name, || run().map_err(Failed::from)),
            Some(why) => {
                let in_ci = std::env::var("CI").is_ok_and(|v| v == "true");
                Trial::test(format!("{name} ({why})"), move || Err(why.into())).with_ignored_flag(!in_ci)
            }
        }
    }
}

fn matrix_trials(openssl: &Program, pki: &SharedPki) -> Vec<Trial> {
    type Role = fn(&Pki, &Setting) -> Result<usize, String>;
    let roles: [(&str, Role); 2] =
        [("openssl serves", matrix::openssl_serves), ("openssl connects", matrix::openssl_connects)];
    let mut trials = Vec::new();
    for provider in backends() {
        for (role, run) in roles {
            for setting in Setting::all(&provider) {
                let name = format!("{role}; {}: {PER_SETTING} suites and groups", setting.name());
                let pki = pki.clone();
                trials.push(openssl.trial(&name, move || {
                    PASSED.fetch_add(run(&pki, &setting)?, Ordering::Relaxed);
                    Ok(())
                }));
            }
        }
    }
    trials
}

fn flow_trials(openssl: &Program, pki: &SharedPki) -> Vec<Trial> {
    let mut trials = Vec::new();
    for provider in backends() {
        for (name, flow) in flows::FLOWS {
            let (pki, provider) = (pki.clone(), provider.clone());
            trials.push(openssl.trial(&format!("{name} ({})", provider.name), move || flow(&pki, &provider)));
        }
    }
    trials
}

fn capture_trials(tshark: &Program, pki: &SharedPki) -> Vec<Trial> {
    let mut trials = Vec::new();
    for provider in backends() {
        for versions in [Versions::TLS1_3, Versions::TLS1_2] {
            let (pki, provider) = (pki.clone(), provider.clone());
            let name = format!("tshark decrypts {} with our key log ({})", versions.max, provider.name);
            trials.push(tshark.trial(&name, move || capture::tshark_reads(&pki, &provider, versions)));
        }
    }
    trials
}

fn main() -> ExitCode {
    let args = Arguments::from_args();
    let openssl = Program::find("openssl", "version");
    let pki = SharedPki::new(LazyLock::new(Pki::new));
    let mut trials = flow_trials(&openssl, &pki);
    let mut tshark = Program::find("tshark", "--version");
    tshark.missing = tshark.missing.or_else(capture::forbidden);
    trials.extend(capture_trials(&tshark, &pki));
    trials.extend(matrix_trials(&openssl, &pki));
    let all = args.filter.is_none() && args.skip.is_empty() && !args.list && !args.ignored && openssl.missing.is_none();
    let conclusion = libtest_mimic::run(&args, trials);
    let passed = PASSED.load(Ordering::Relaxed);
    if all {
        println!("{passed} of {HANDSHAKES} combinations with OpenSSL passed\n");
    }
    if conclusion.has_failed() || (all && passed != HANDSHAKES) {
        return ExitCode::from(101);
    }
    ExitCode::SUCCESS
}
