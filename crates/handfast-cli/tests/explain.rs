//! `handfast explain`, run as a user runs it, against our own server and against what is none.

#[allow(dead_code, reason = "shared with tests that need more of it")]
mod common;

use common::{Scratch, ended, text};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Output;

fn explain(dir: &Scratch, port: u16, options: &str) -> Output {
    dir.run(&format!("explain localhost:{port} --ca ca.pem {options}"), "")
}

/// What a good run says.
#[track_caller]
fn told(out: &Output) -> String {
    assert_eq!(out.status.code(), Some(0), "{}{}", text(&out.stdout), text(&out.stderr));
    assert_eq!(text(&out.stderr), "");
    let told = text(&out.stdout);
    assert!(told.starts_with('{') || told.lines().all(|line| line.chars().count() <= 100), "{told}");
    told
}

/// Asserts that these stand in the text in this order.
#[track_caller]
fn in_order(text: &str, parts: &[&str]) {
    // Long lines are broken between words.
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rest = &*flat;
    for part in parts {
        let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
        let at = rest.find(&part).unwrap_or_else(|| panic!("{part:?} in its place: {text}"));
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn a_handshake_of_tls_1_3_takes_25_to_40_lines_and_one_round_trip() {
    let dir = Scratch::new("explain13");
    let server = dir.server("--alpn h2");
    for backend in ["ring", "rustcrypto"] {
        let told = told(&explain(&dir, server.port, &format!("--alpn h2,http/1.1 --backend {backend}")));
        assert!((25..=40).contains(&told.lines().count()), "{told}");
        in_order(&told, &["handshake with localhost", "ms  ClientHello ", "you ->", "key share for x25519"]);
        in_order(&told, &["ServerHello", "<- server", "TLS 1.3 (1st of 2)", "it took the first each time"]);
        in_order(
            &told,
            &["every message below is encrypted", "EncryptedExtensions", "Certificate ", "CertificateVerify"],
        );
        in_order(&told, &["CertificateVerify", "Finished", "<- server", "Finished", "you ->", "close_notify"]);
        in_order(&told, &["OK  connected to localhost", "it is localhost, says CN=Test-CA (your --ca file)"]);
        in_order(
            &told,
            &["    1 round trip, ", "TLS 1.2 would need 2", "you sent 2 messages", "the server 5 messages"],
        );
        assert!(told.contains("h2 is in your offer"), "{told}");
    }
}

#[test]
fn a_handshake_of_tls_1_2_takes_25_to_40_lines_and_two_round_trips() {
    let dir = Scratch::new("explain12");
    let server = dir.server("--max 1.2 --alpn h2");
    let told = told(&explain(&dir, server.port, "--alpn h2"));
    assert!((25..=40).contains(&told.lines().count()), "{told}");
    in_order(
        &told,
        &["TLS 1.2 (2nd of 2)", "passed over TLS 1.3", "no downgrade mark", "in the clear: the network sees it"],
    );
    in_order(&told, &["ServerKeyExchange", "ServerHelloDone", "ClientKeyExchange", "ChangeCipherSpec", "Finished"]);
    in_order(&told, &["main_secret", "ChangeCipherSpec", "<- server", "every message below is encrypted", "Finished"]);
    in_order(&told, &["    2 round trips, ", "TLS 1.3 would need 1 and hide the certificates"]);
}

#[test]
fn every_check_is_named_with_what_was_found() {
    let dir = Scratch::new("explainchecks");
    for (version, over) in [("1.3", "the signature over all messages before it"), ("1.2", "signed both randoms")] {
        let server = dir.server(&format!("--min {version} --max {version}"));
        let told = told(&explain(&dir, server.port, ""));
        for check in [
            "you checked: the chain: CN=localhost <- CN=Test-CA, a root of your --ca file",
            "you checked: the name: localhost is DNS:localhost in the certificate",
            "you checked: the dates: valid now and for ",
            "you checked: the purpose: it may be a server (extKeyUsage has serverAuth)",
            "you checked: the server's Finished is what you computed too",
            over,
        ] {
            assert_eq!(told.matches(check).count(), 1, "{check}: {told}");
        }
    }
}

#[test]
fn a_retry_is_one_more_round_trip_and_its_reason_is_told() {
    let dir = Scratch::new("explainretry");
    let server = dir.server("--groups secp384r1 --client-ca ca.pem");
    let told = told(&explain(&dir, server.port, "--cert me.pem --key me.key"));
    assert!(told.lines().count() <= 45, "{told}");
    in_order(&told, &["ClientHello", "HelloRetryRequest", "ClientHello", "the same offer again", "ServerHello"]);
    in_order(&told, &["CertificateRequest", "you signed with your private key", "CertificateVerify", "you ->"]);
    in_order(&told, &["    2 round trips, ", "1 more than usual, for a key share for secp384r1"]);
}

#[test]
fn a_chain_of_two_certificates_is_told_link_by_link() {
    let dir = Scratch::new("explainchain");
    dir.make("ca leaf --ca ca --name localhost --name 127.0.0.1 --intermediate --out leaf --force");
    let server = dir.server("");
    let told_by_name = told(&explain(&dir, server.port, ""));
    in_order(&told_by_name, &["CN=localhost, by ", "the chain: CN=localhost <- CN=", " <- CN=Test-CA"]);
    assert!(told_by_name.contains("is DNS:localhost in the certificate (and 1 more)"), "{told_by_name}");
    let by_address = dir.run(&format!("explain 127.0.0.1:{} --ca ca.pem", server.port), "");
    assert!(told(&by_address).contains("the name: 127.0.0.1 is IP:127.0.0.1 in the certificate"));
}

#[test]
fn a_failure_is_told_as_far_as_it_came_and_then_as_the_client_tells_it() {
    let dir = Scratch::new("explainfails");
    dir.make("ca new --name Other-CA --out other");
    let server = dir.server("--groups x25519");
    let strict = dir.server("--client-ca ca.pem");
    for (port, options, status, last) in [
        (server.port, "--ca other.pem", 40, "! you sent fatal alert unknown_ca (48)"),
        (server.port, "--ca ca.pem --name else.test", 43, "! you sent fatal alert bad_certificate (42)"),
        (
            server.port,
            "--ca ca.pem --max 1.2 --groups secp384r1",
            -1,
            "! server sent fatal alert handshake_failure (40)",
        ),
        (strict.port, "--ca ca.pem --min 1.3", 50, "! server sent fatal alert certificate_required (116)"),
        (strict.port, "--ca ca.pem --max 1.2", 50, "! server sent fatal alert handshake_failure (40)"),
    ] {
        let explained = dir.run(&format!("explain localhost:{port} {options}"), "");
        let client = dir.run(&format!("client localhost:{port} {options}"), "");
        assert_eq!(explained.status.code(), client.status.code(), "{options}: {}", text(&explained.stderr));
        assert!(status < 0 || explained.status.code() == Some(status), "{options}: {:?}", explained.status);
        let told = text(&explained.stdout);
        in_order(&told, &["ms  ClientHello", last]);
        assert_eq!(told.contains("! you refused the chain: "), last.contains("you sent"), "{told}");
        assert!(!told.contains("connected to"), "{told}");
        // The client's report, but for what is counted anew each time.
        let first = |out: &Output| text(&out.stderr).lines().next().unwrap().to_string();
        assert_eq!(first(&explained), first(&client));
        ended(&explained, explained.status.code().unwrap(), &["x localhost:"]);
    }
}

#[test]
fn nobody_there_is_a_report_without_a_narration() {
    let dir = Scratch::new("explainnobody");
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let out = explain(&dir, free, "");
    ended(&out, 11, &["nobody listens on this port"]);
    assert_eq!(text(&out.stdout), "");
}

#[test]
fn who_accepts_anything_is_told_that_nothing_was_checked() {
    let dir = Scratch::new("explainany");
    let server = dir.server("");
    let out = dir.run(&format!("explain localhost:{} --accept-any-certificate", server.port), "");
    assert_eq!(out.status.code(), Some(3));
    let told = text(&out.stdout);
    assert!(told.contains("! nothing was checked of the chain, as you asked"), "{told}");
    assert!(told.contains("NOT verified, as you asked") && !told.contains("you checked: the chain"), "{told}");
}

#[test]
fn a_client_that_explains_does_not_claim_what_was_not_checked() {
    let dir = Scratch::new("clientany");
    let server = dir.server("");
    let out = dir.run(&format!("client localhost:{} --explain --accept-any-certificate", server.port), "");
    ended(&out, 3, &["nothing was checked of the chain"]);
    assert!(!text(&out.stderr).contains("accepted the chain"), "{}", text(&out.stderr));
}

/// A server that answers any hello with these bytes.
fn answers(with: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for tcp in listener.incoming() {
            let mut tcp = tcp.unwrap();
            assert!(tcp.read(&mut [0; 4096]).unwrap() > 0);
            tcp.write_all(with).unwrap();
            // Until the client has left.
            let _ = tcp.read_to_end(&mut Vec::new());
        }
    });
    port
}

#[test]
fn a_message_that_cannot_be_read_is_told_with_the_rule_and_its_bytes() {
    let dir = Scratch::new("explainbroken");
    // A ServerHello whose session id claims 200 bytes, of which 32 are allowed.
    let port = answers(
        b"\x16\x03\x03\x00\x2c\x02\x00\x00\x28\x03\x03\
          RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\xc8\x13\x01\x00\x00\x00",
    );
    let out = explain(&dir, port, "--bytes");
    assert_eq!(out.status.code(), Some(63), "{}", text(&out.stderr));
    let told = text(&out.stdout);
    in_order(&told, &["ServerHello 44 B <- server cannot be read: legacy_session_id_echo", "! you sent fatal alert"]);
    in_order(&told, &["38  c8", "legacy_session_id_echo.length = 200 bytes", "39  13 01 00 00 00", "not read = "]);
    in_order(&told, &["refused: legacy_session_id_echo at byte 38", "Alert  2 B  you ->"]);
}

#[test]
fn bytes_of_one_step_are_those_of_that_step() {
    let dir = Scratch::new("explainstep");
    let server = dir.server("");
    let one = told(&explain(&dir, server.port, "--step server_hello"));
    assert!(one.starts_with("\nServerHello  122 B  <- server  "), "{one}");
    assert!(one.contains("     0  02                       msg_type = ServerHello (0x2)\n"), "{one}");
    assert!(one.contains("extension_data.server_share.group = x25519 (0x1d)"), "{one}");
    assert!(!one.contains("ClientHello"), "{one}");
    let none = told(&explain(&dir, server.port, "--step ServerKeyExchange"));
    assert!(none.starts_with("there was no ServerKeyExchange, but ClientHello, ServerHello, "), "{none}");
    ended(&dir.run("explain h --step x", ""), 2, &["no such message; possible: ClientHello"]);
}

#[test]
fn every_message_comes_with_its_bytes_and_whether_the_network_saw_them() {
    let dir = Scratch::new("explainbytes");
    for (version, steps) in [
        (
            "1.3",
            &[
                "ClientHello  221 B  you ->",
                "in the clear",
                "ServerHello  122 B  <- server",
                "in the clear",
                "ChangeCipherSpec  1 B  you ->",
                "in the clear",
                "EncryptedExtensions  ",
                "encrypted",
                "Certificate  ",
                "certificate of CN=localhost, by CN=Test-CA",
                "CertificateVerify",
                "Finished  36 B  <- server",
                "Finished  36 B  you ->",
                "Alert  2 B  you ->",
                "encrypted",
                "description = close_notify (0x0)",
            ][..],
        ),
        (
            "1.2",
            &[
                "Certificate  ",
                "in the clear",
                "ServerKeyExchange  ",
                "ServerHelloDone  4 B",
                "ClientKeyExchange  37 B  you ->",
                "ChangeCipherSpec  1 B  you ->",
                "Finished  16 B  you ->",
                "encrypted",
                "ChangeCipherSpec  1 B  <- server",
                "Finished  16 B  <- server",
            ][..],
        ),
    ] {
        let server = dir.server(&format!("--max {version}"));
        let told = told(&explain(&dir, server.port, "--bytes"));
        let (_, bytes) = told.split_once("\n\n").expect("bytes behind the narration");
        in_order(bytes, steps);
        assert!(!bytes.contains("not read") && !bytes.contains("not named") && !bytes.contains("refused"), "{bytes}");
    }
}

/// The secrets of a key log, as hex.
fn logged(dir: &Scratch) -> Vec<String> {
    let log = std::fs::read_to_string(dir.0.join("keys")).unwrap();
    let secrets: Vec<_> = log.lines().filter_map(|line| line.split(' ').nth(2)).map(String::from).collect();
    assert!(!secrets.is_empty(), "{log}");
    secrets
}

#[test]
fn secrets_are_shown_only_to_those_who_ask() {
    let dir = Scratch::new("explainsecrets");
    for version in ["1.2", "1.3"] {
        let server = dir.server(&format!("--max {version}"));
        // Line breaks and spaces hide nothing.
        let flat = |out: &Output| told(out).split_whitespace().collect::<String>();
        for options in ["", "--bytes", "--json", "--bytes --json"] {
            let said = flat(&explain(&dir, server.port, &format!("--keylogfile keys {options}")));
            for secret in logged(&dir) {
                assert!(!said.contains(&secret), "{options}: {secret}");
            }
            std::fs::remove_file(dir.0.join("keys")).unwrap();
        }
        for options in ["--secrets", "--secrets --json"] {
            let said = flat(&explain(&dir, server.port, &format!("--keylogfile keys {options}")));
            for secret in logged(&dir) {
                assert!(said.contains(&secret), "{options}: {secret}: {said}");
            }
            std::fs::remove_file(dir.0.join("keys")).unwrap();
        }
        let told = told(&explain(&dir, server.port, "--secrets"));
        assert_eq!(told.matches("\nSECRETS: whoever has these can read this connection.").count(), 1, "{told}");
    }
}

#[test]
fn json_is_the_whole_narration_as_one_object() {
    let dir = Scratch::new("explainjson");
    for (version, trips) in [("1.3", 1), ("1.2", 2)] {
        let server = dir.server(&format!("--max {version}"));
        let plain: Value = serde_json::from_str(&told(&explain(&dir, server.port, "--json"))).expect("one object");
        assert_eq!((&plain["command"], &plain["exit"]), (&"explain".into(), &0.into()));
        assert_eq!(
            (&plain["ok"], &plain["verified"], &plain["anchor"]),
            (&true.into(), &true.into(), &"CN=Test-CA".into())
        );
        assert_eq!((&plain["round_trips"]["handshake"], &plain["round_trips"]["tls13"]), (&trips.into(), &1.into()));
        let checks: Vec<_> = plain["checks"].as_array().unwrap().iter().map(|c| c["what"].as_str().unwrap()).collect();
        for check in ["offer", "chain", "name", "dates", "purpose", "signature", "finished"] {
            assert!(checks.contains(&check), "{check}: {checks:?}");
        }
        let hello = &plain["messages"][0];
        assert_eq!(
            (&hello["name"], &hello["from"], &hello["length"]),
            (&"ClientHello".into(), &"you".into(), &221.into())
        );
        assert_eq!(hello["fields"][0]["value"], "ClientHello (0x1)");
        assert!(hello["fields"][0]["hex"].is_null() && plain["secrets"].is_null());
        let bytes: Value = serde_json::from_str(&told(&explain(&dir, server.port, "--json --bytes"))).unwrap();
        assert_eq!(bytes["messages"][0]["fields"][0]["hex"], "01");
        for message in bytes["messages"].as_array().unwrap() {
            let mut end = 0;
            for field in message["fields"].as_array().unwrap() {
                assert_eq!(field["start"], end, "{message}");
                end = field["end"].as_u64().unwrap();
                assert_eq!(field["hex"].as_str().unwrap().len() as u64, 2 * (end - field["start"].as_u64().unwrap()));
            }
            assert_eq!(message["length"], end);
        }
        let client = dir.run(&format!("client localhost:{} --ca ca.pem --json", server.port), "");
        let client: Value = serde_json::from_slice(&client.stderr).unwrap();
        for key in client.as_object().unwrap().keys() {
            assert!(plain.as_object().unwrap().contains_key(key), "{key}");
        }
    }
    let server = dir.server("");
    let failed = explain(&dir, server.port, "--json --name else.test");
    assert_eq!((failed.status.code(), text(&failed.stderr).as_str()), (Some(43), ""));
    let failed: Value = serde_json::from_slice(&failed.stdout).unwrap();
    assert_eq!((&failed["exit"], &failed["ok"], &failed["round_trips"]), (&43.into(), &false.into(), &Value::Null));
    assert!(failed["messages"].as_array().unwrap().len() > 3 && failed["error"].is_object(), "{failed}");
}

#[test]
fn a_hostile_name_reaches_no_terminal() {
    let dir = Scratch::new("explainhostile");
    let server = dir.server("");
    let out = explain(&dir, server.port, "--alpn \u{1b}[31mred,\u{7}\u{202e}x --bytes");
    let told = told(&out);
    assert!(told.contains("\\x1b[31mred"), "{told}");
    assert!(told.chars().all(|c| c == '\n' || !c.is_control()) && !told.contains('\u{202e}'), "{told:?}");
}

#[test]
fn a_name_may_be_kept_back_and_schemes_chosen() {
    let dir = Scratch::new("explainsni");
    let server = dir.server("");
    let quiet = told(&explain(&dir, server.port, "--sni none --schemes ecdsa_secp256r1_sha256"));
    assert!(!quiet.contains("to localhost, in the clear") && quiet.contains("the name: localhost is DNS:localhost"));
    assert!(quiet.contains("9 suites, 1 signature scheme\n"), "{quiet}");
    let theirs = told(&explain(&dir, server.port, "-noservername -sigalgs ECDSA+SHA256 -msg -state -showcerts"));
    assert_eq!(theirs.lines().nth(2).unwrap().trim(), "9 suites, 1 signature scheme");
    let out = explain(&dir, server.port, "--schemes ed25519");
    assert_ne!(out.status.code(), Some(0));
    assert!(text(&out.stdout).contains("! server sent fatal alert handshake_failure (40)"), "{}", text(&out.stdout));
}

#[test]
fn options_that_belong_to_the_client_are_refused() {
    let dir = Scratch::new("explainusage");
    for option in ["--explain", "--showcerts", "--commands"] {
        ended(&dir.run(&format!("explain h {option}"), ""), 2, &[&format!("{option} is an option of handfast client")]);
    }
    let help = dir.run("explain --help", "");
    let said = text(&help.stdout);
    assert_eq!(help.status.code(), Some(0));
    for word in ["--bytes", "--step <NAME>", "--secrets", "Exit statuses:", "-noservername", "standard output"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(!said.contains("--commands") && said.lines().all(|line| line.chars().count() <= 100), "{said}");
}
