//! What `handfast ca` writes, judged by OpenSSL.

use libtest_mimic::{Arguments, Trial};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};

/// A directory that goes away with its test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("handfast-ca-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn handfast(dir: &Path, line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_handfast")).args(line.split_whitespace()).current_dir(dir).output().unwrap()
}

fn make(dir: &Path, line: &str) {
    let out = handfast(dir, line);
    assert!(out.status.success(), "{line}: {}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(out.stdout.iter().filter(|&&b| b == b'\n').count(), 2, "one line per file: {line}");
}

/// Runs openssl; what it said on both channels, and whether it was content.
fn openssl(dir: &Path, line: &str) -> (bool, String) {
    let out = Command::new("openssl").args(line.split_whitespace()).current_dir(dir).output().unwrap();
    let text = [out.stdout, out.stderr].concat();
    (out.status.success(), String::from_utf8_lossy(&text).into_owned())
}

fn verify(dir: &Path, options: &str) -> (bool, String) {
    openssl(dir, &format!("verify -x509_strict -CAfile ca.pem {options} leaf.pem"))
}

fn openssl_accepts_a_chain_of_every_kind_of_key() {
    for kind in ["rsa2048", "p256", "p384", "ed25519"] {
        let dir = Scratch::new(kind);
        make(&dir.0, &format!("ca new --key-type {kind} --out ca"));
        make(&dir.0, &format!("ca leaf --ca ca --key-type {kind} --name good.test --name 127.0.0.1 --out leaf"));
        for options in ["-purpose sslserver -verify_hostname good.test", "-verify_ip 127.0.0.1"] {
            let (ok, said) = verify(&dir.0, options);
            assert!(ok, "{kind}: {said}");
        }
        let (ok, said) = openssl(&dir.0, "pkey -in leaf.key -noout -check");
        assert!(ok || kind == "ed25519" && said.contains("not supported"), "{kind}: {said}");
        let (_, of_key) = openssl(&dir.0, "pkey -in leaf.key -pubout");
        let (_, of_cert) = openssl(&dir.0, "x509 -in leaf.pem -noout -pubkey");
        assert!(of_key.contains("PUBLIC KEY") && of_key == of_cert, "{kind}: the key belongs to the certificate");
    }
}

fn every_fault_is_the_one_that_openssl_names() {
    for (number, (ca, leaf, check, code)) in [
        ("", "--expired", "", 10),
        ("", "--not-yet-valid", "", 9),
        ("--expired", "", "", 10),
        ("--not-yet-valid", "", "", 9),
        ("", "--eku clientAuth", "-purpose sslserver", 26),
        ("", "--client", "-purpose sslserver", 26),
        ("", "--eku serverAuth", "-purpose sslclient", 26),
        ("", "", "-verify_hostname other.test", 62),
        ("", "", "-verify_ip 192.0.2.1", 64),
    ]
    .into_iter()
    .enumerate()
    {
        let dir = Scratch::new(&format!("fault-{number}"));
        make(&dir.0, &format!("ca new {ca} --out ca"));
        make(&dir.0, &format!("ca leaf --ca ca --name good.test {leaf} --out leaf"));
        let (ok, said) = verify(&dir.0, check);
        assert!(!ok && said.contains(&format!("error {code} at")), "{ca} {leaf} {check}: wanted {code}: {said}");
    }
}

fn a_self_signed_leaf_is_trusted_by_nobody() {
    let dir = Scratch::new("self");
    make(&dir.0, "ca new --out ca");
    make(&dir.0, "ca leaf --self-signed --name good.test --out leaf");
    let (ok, said) = verify(&dir.0, "");
    assert!(!ok && said.contains("error 18 at"), "{said}");
}

fn a_leaf_of_an_intermediate_needs_the_chain_that_its_file_holds() {
    let dir = Scratch::new("inter");
    make(&dir.0, "ca new --key-type p384 --out ca");
    make(&dir.0, "ca leaf --ca ca --intermediate --name good.test --out leaf");
    assert_eq!(std::fs::read_to_string(dir.0.join("leaf.pem")).unwrap().matches("BEGIN CERTIFICATE").count(), 2);
    let (ok, said) = verify(&dir.0, "");
    assert!(!ok && said.contains("error 20 at"), "{said}");
    let (ok, said) = verify(&dir.0, "-untrusted leaf.pem");
    assert!(ok, "{said}");
}

fn names_and_purposes_can_be_left_out() {
    let dir = Scratch::new("left-out");
    make(&dir.0, "ca new --out ca");
    make(&dir.0, "ca leaf --ca ca --name good.test --no-san --eku none --out leaf");
    let (ok, text) = openssl(&dir.0, "x509 -in leaf.pem -noout -text");
    assert!(ok && text.contains("CN = good.test"), "{text}");
    assert!(!text.contains("Subject Alternative Name") && !text.contains("Extended Key Usage"), "{text}");
}

fn nothing_is_overwritten_unless_forced() {
    let dir = Scratch::new("force");
    make(&dir.0, "ca new --out .");
    let before = std::fs::read(dir.0.join("ca.key")).unwrap();
    std::fs::remove_file(dir.0.join("ca.pem")).unwrap();
    let refused = handfast(&dir.0, "ca new --out ca");
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("ca.key exists"));
    assert!(!dir.0.join("ca.pem").exists(), "nothing is written by halves");
    make(&dir.0, "ca new --out ca --force");
    assert_ne!(std::fs::read(dir.0.join("ca.key")).unwrap(), before);
}

#[cfg(unix)]
fn a_key_file_is_for_its_owner_alone_even_when_it_replaces_an_open_one() {
    use std::os::unix::fs::PermissionsExt;
    let dir = Scratch::new("mode");
    let key = dir.0.join("ca.key");
    std::fs::write(&key, "old").unwrap();
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).unwrap();
    make(&dir.0, "ca new --out ca --force");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
}

fn a_key_that_is_not_the_authority_s_is_refused() {
    let dir = Scratch::new("mixed");
    make(&dir.0, "ca new --out ca");
    make(&dir.0, "ca new --out other");
    std::fs::copy(dir.0.join("other.key"), dir.0.join("ca.key")).unwrap();
    let out = handfast(&dir.0, "ca leaf --ca ca --name a --out leaf");
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).contains("does not belong"));
}

fn wrong_usage_exits_with_2() {
    let dir = Scratch::new("usage");
    for line in ["", "ca", "ca new", "ca leaf --out x", "nonsense", "client -bogus"] {
        assert_eq!(handfast(&dir.0, line).status.code(), Some(2), "{line}");
    }
}

fn two_authorities_without_a_name_have_two_names() {
    let dir = Scratch::new("names");
    let subject = |line: &str| {
        let out = handfast(&dir.0, line);
        assert!(out.status.success(), "{line}");
        String::from_utf8(out.stdout).unwrap().split('"').nth(1).expect("a quoted name").to_owned()
    };
    let (one, other) = (subject("ca new --out one"), subject("ca new --out other"));
    assert!(one.starts_with("handfast throw-away CA ") && one != other, "{one}; {other}");
}

/// The tests, and whether they need OpenSSL: without it those are ignored, and in CI they fail.
fn main() -> ExitCode {
    let tests: &[(fn(), &str, bool)] = &[
        (openssl_accepts_a_chain_of_every_kind_of_key, "openssl accepts a chain of every kind of key", true),
        (every_fault_is_the_one_that_openssl_names, "every fault is the one that openssl names", true),
        (a_self_signed_leaf_is_trusted_by_nobody, "a self signed leaf is trusted by nobody", true),
        (
            a_leaf_of_an_intermediate_needs_the_chain_that_its_file_holds,
            "a leaf of an intermediate needs the chain that its file holds",
            true,
        ),
        (names_and_purposes_can_be_left_out, "names and purposes can be left out", true),
        (nothing_is_overwritten_unless_forced, "nothing is overwritten unless forced", false),
        (
            a_key_file_is_for_its_owner_alone_even_when_it_replaces_an_open_one,
            "a key file is for its owner alone even when it replaces an open one",
            false,
        ),
        (a_key_that_is_not_the_authority_s_is_refused, "a key that is not the authority s is refused", false),
        (wrong_usage_exits_with_2, "wrong usage exits with 2", false),
        (two_authorities_without_a_name_have_two_names, "two authorities without a name have two names", false),
    ];
    let have = Command::new("openssl").arg("version").output().is_ok_and(|o| o.status.success());
    let ci = std::env::var("CI").as_deref() == Ok("true");
    let trials = tests.iter().map(|&(run, name, peer)| {
        let missing = peer && !have;
        let note = if missing { " (needs openssl: apt-get install openssl)" } else { "" };
        Trial::test(format!("{name}{note}"), move || {
            run();
            Ok(())
        })
        .with_ignored_flag(missing && !ci)
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
