//! `handfast demo`, run as a user runs it.

use std::process::Command;

fn demo(options: &[&str]) -> String {
    let out = Command::new(env!("CARGO_BIN_EXE_handfast")).arg("demo").args(options).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(out.stderr.is_empty());
    String::from_utf8(out.stdout).unwrap()
}

#[test]
fn both_versions_are_told_message_by_message_on_both_backends() {
    for backend in ["ring", "rustcrypto"] {
        let text = demo(&["--backend", backend]);
        let (tls13, tls12) = text.split_once("TLS 1.2 handshake with localhost").expect("two handshakes");
        assert!(tls13.contains("TLS 1.3 handshake with localhost"), "{text}");
        let order = |text: &str, messages: &[&str]| {
            let mut rest = text;
            for message in messages {
                let at = rest.find(&format!(" ms  {message} ")).unwrap_or_else(|| panic!("{message} in order: {text}"));
                rest = &rest[at + 1..];
            }
        };
        order(tls13, &["ClientHello", "ServerHello", "EncryptedExtensions", "Certificate", "CertificateVerify"]);
        order(tls13, &["CertificateVerify", "Finished", "Finished", "application data", "application data"]);
        order(tls12, &["ClientHello", "ServerHello", "Certificate", "ServerKeyExchange", "ServerHelloDone"]);
        order(tls12, &["ServerHelloDone", "ClientKeyExchange", "ChangeCipherSpec", "Finished", "ChangeCipherSpec"]);
        assert_eq!(text.matches("sent 25 B, received 15 B").count(), 2, "{text}");
        assert!(!text.contains("\n          ! "), "no trouble: {text}");
    }
}

#[test]
fn a_handshake_takes_25_to_40_lines_of_at_most_100_columns() {
    let text = demo(&[]);
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    for handshake in text.split("\n\n").filter(|part| part.contains("handshake with")) {
        let lines = handshake.lines().count();
        assert!((25..=40).contains(&lines), "{lines} lines: {handshake}");
    }
}

#[test]
fn a_check_is_told_before_what_follows_from_it() {
    let text = demo(&[]);
    let at = |line: &str| text.find(line).unwrap_or_else(|| panic!("{line}: {text}"));
    assert!(at("you checked: the server's Finished") < at("-> main_secret -> application"));
    assert!(at("server chose TLS 1.3") < at("you checked: TLS 1.3"));
    assert!(at("server checked: your Finished") < at("Is anybody reading along?"));
}
