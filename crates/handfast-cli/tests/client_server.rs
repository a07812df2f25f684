//! `handfast client` and `handfast server`, run as a user runs them, against each other and against
//! peers that are neither.

mod common;

use common::{Scratch, Server, ended, handfast, text};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

#[test]
fn client_and_server_echo_in_both_versions_on_both_backends() {
    let dir = Scratch::new("echo");
    for backend in ["ring", "rustcrypto"] {
        let server = dir.server(&format!("--echo --backend {backend} --alpn h2,demo"));
        for version in ["1.2", "1.3"] {
            let options = format!("--min {version} --max {version} --backend {backend} --alpn demo");
            let out = dir.client(server.port, &options, "over and out\n");
            let spoken = format!("version   TLS {version}");
            ended(&out, 0, &["connected to localhost", &spoken, "verified  yes", "CN=Test-CA", "ALPN      demo"]);
            assert!(text(&out.stderr).contains("closed    sent 13 B, received 13 B; the server said close_notify"));
            assert_eq!(text(&out.stdout), "over and out\n");
            let line = server.line();
            assert!(line.starts_with("ok 127.0.0.1:"), "{line}");
            for word in [&format!("TLS {version}"), "name=localhost", "alpn=demo", "in=13 out=13"] {
                assert!(line.contains(word), "{word}: {line}");
            }
        }
    }
}

#[test]
fn a_megabyte_goes_both_ways_while_keys_change() {
    let dir = Scratch::new("bulk");
    let server = dir.server("--echo");
    let piece = "0123456789abcdef".repeat(4096) + "\n";
    let input = [piece.as_str(), "K\n", &piece, "k\n", &piece.repeat(14)].concat();
    let out = dir.client(server.port, "--commands", &input);
    ended(&out, 0, &[]);
    assert!(text(&out.stdout) == piece.repeat(16), "{} bytes came back", out.stdout.len());
}

#[test]
fn a_command_that_tls_1_2_does_not_know_ends_nothing() {
    let dir = Scratch::new("keys");
    let server = dir.server("--echo --max 1.2");
    let out = dir.client(server.port, "--commands", "a\nK\nb\n");
    ended(&out, 0, &["not changed", "TLS 1.2 cannot change its keys"]);
    assert_eq!(text(&out.stdout), "a\nb\n");
}

#[test]
fn without_a_service_the_server_prints_what_comes() {
    let dir = Scratch::new("print");
    let mut server = dir.server("--once");
    ended(&dir.client(server.port, "", "to whom it may concern"), 0, &["received 0 B"]);
    let mut printed = String::new();
    server.child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    assert_eq!(printed, "to whom it may concern");
    assert_eq!(server.status(), 0);
}

#[test]
fn once_ends_with_the_outcome_of_its_client() {
    let dir = Scratch::new("once");
    dir.make("ca new --name Other-CA --out other");
    let mut server = dir.server("--once");
    let out = dir.run(&format!("client localhost:{} --ca other.pem", server.port), "");
    ended(&out, 40, &["the issuer of the server's certificate was not sent", "sent unknown_ca (48)", "CN=Test-CA"]);
    let line = server.line();
    assert!(line.contains("the client does not trust the issuer of your certificate (alert unknown_ca, 48)"), "{line}");
    assert_eq!(server.status(), 41);
}

#[test]
fn every_refusal_of_a_certificate_has_its_status() {
    let dir = Scratch::new("refusals");
    dir.make("ca new --name Other-CA --out other");
    for (leaf, options, status) in [
        ("--name localhost --intermediate", "--ca other.pem", 41),
        ("--name localhost --self-signed", "--ca ca.pem", 41),
        ("--name localhost --expired", "--ca ca.pem", 42),
        ("--name localhost --not-yet-valid", "--ca ca.pem", 42),
        ("--name else.test", "--ca ca.pem", 43),
        ("--name localhost --no-san", "--ca ca.pem", 43),
        ("--name localhost --eku clientAuth", "--ca ca.pem", 44),
        ("--name else.test --expired", "--accept-any-certificate", 3),
    ] {
        let ca = if leaf.contains("--self-signed") { "" } else { "--ca ca" };
        dir.make(&format!("ca leaf {ca} {leaf} --out bad --force"));
        let server = Server::start(handfast(&dir.0, "server --cert bad.pem --key bad.key --listen 0"));
        let out = dir.run(&format!("client localhost:{} {options}", server.port), "");
        ended(&out, status, &[if status == 3 { "verified  NO" } else { "x localhost:" }]);
    }
}

#[test]
fn a_client_certificate_is_demanded_shown_and_named() {
    let dir = Scratch::new("mtls");
    let server = dir.server("--client-ca ca.pem --echo");
    for version in ["1.2", "1.3"] {
        let range = format!("--min {version} --max {version}");
        ended(
            &dir.client(server.port, &range, "x"),
            50,
            &["a client certificate is demanded, and none was shown", "the client shows one (--cert and --key)"],
        );
        assert!(server.line().contains("a client certificate is demanded, and none was shown"));
        let out = dir.client(server.port, &format!("{range} --cert me.pem --key me.key"), "x");
        ended(&out, 0, &["were asked for a certificate and showed yours"]);
        assert_eq!(text(&out.stdout), "x");
        assert!(server.line().contains("client=CN=me"));
    }
}

#[test]
fn the_name_that_a_client_asks_for_chooses_the_certificate() {
    let dir = Scratch::new("sni");
    dir.make("ca leaf --ca ca --name other.test --out second");
    let server = dir.server("--cert second.pem --key second.key");
    ended(&dir.client(server.port, "--name other.test", ""), 0, &["chain 0   CN=other.test"]);
    ended(&dir.client(server.port, "", ""), 0, &["chain 0   CN=localhost"]);
}

#[test]
fn what_is_not_in_common_is_told_with_both_offers() {
    let dir = Scratch::new("overlap");
    let server = dir.server("--groups x25519 --alpn h2 --min 1.3");
    for (options, status, line) in [
        (
            "--groups secp384r1",
            32,
            "no key exchange group in common: you take x25519; the client offers secp384r1 [status 32]",
        ),
        ("--alpn http/1.1", 34, "no application protocol in common: you take h2; the client offers http/1.1"),
        ("--max 1.2", 30, "no protocol version in common: you take TLS 1.3; the client offers TLS 1.2 [status 30]"),
    ] {
        ended(&dir.client(server.port, options, ""), status, &["the server complained"]);
        let told = server.line();
        assert!(told.contains(line), "{line}: {told}");
    }
}

#[test]
fn a_plain_http_client_is_told_at_once_and_the_server_goes_on() {
    let dir = Scratch::new("http");
    let server = dir.server("--echo");
    let mut tcp = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    tcp.write_all(b"GET /secret HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut alert = [0; 7];
    tcp.read_exact(&mut alert).unwrap();
    assert_eq!(alert, [21, 3, 3, 0, 2, 2, 70]);
    drop(tcp);
    let line = server.line();
    assert!(
        line.contains(
            "the client sent a plain HTTP request to this TLS port: the client sent \"GET /secret HTTP/1.1\""
        ),
        "{line}"
    );
    ended(&dir.client(server.port, "", ""), 0, &[]);
}

/// A peer that is no TLS server: does this to its one client.
fn odd_peer(does: impl FnOnce(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || does(listener.accept().unwrap().0));
    port
}

#[test]
fn what_is_no_tls_server_is_told_apart() {
    let dir = Scratch::new("odd");
    let say = |words: &'static [u8]| {
        odd_peer(move |mut tcp| {
            let mut hello = [0; 64];
            let n = tcp.read(&mut hello).unwrap();
            assert!(n > 0);
            tcp.write_all(words).unwrap();
            // Until the client has left.
            let _ = tcp.read_to_end(&mut Vec::new());
        })
    };
    let http = say(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    ended(&dir.client(http, "", ""), 20, &["this port speaks plain HTTP, not TLS", "HTTP/1.1 400 Bad Request"]);
    ended(&dir.client(say(b"220 mail.test ESMTP\r\n"), "", ""), 20, &["STARTTLS"]);
    ended(&dir.client(say(b"SSH-2.0-x\r\n"), "", ""), 20, &["SSH"]);
    // A server that takes the hello and says goodbye, and one that says nothing.
    let leaves = odd_peer(|mut tcp| {
        let mut hello = [0; 4096];
        let n = tcp.read(&mut hello).unwrap();
        assert!(n > 0);
    });
    ended(&dir.client(leaves, "", ""), 14, &["closed the connection before it had sent a byte"]);
    let silent = odd_peer(|mut tcp| drop(tcp.read_to_end(&mut Vec::new())));
    ended(&dir.client(silent, "--timeout 1", ""), 12, &["the server accepted the connection and then said nothing"]);
}

#[test]
fn nobody_there_and_no_such_name_are_told_apart() {
    let dir = Scratch::new("nobody");
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let out = dir.run(&format!("client 127.0.0.1:{free}"), "");
    ended(&out, 11, &["nobody listens on this port: 127.0.0.1"]);
    ended(&dir.run("client no-such-host.invalid", ""), 10, &["has no address"]);
}

#[test]
fn a_connection_that_is_cut_is_no_success() {
    let dir = Scratch::new("cut");
    let mut server = dir.server("--echo");
    let mut client = handfast(&dir.0, &format!("client localhost:{} --ca ca.pem", server.port)).spawn().unwrap();
    let mut stdin = client.stdin.take().unwrap();
    stdin.write_all(b"x").unwrap();
    let mut echo = [0];
    client.stdout.as_mut().unwrap().read_exact(&mut echo).unwrap();
    server.child.kill().unwrap();
    let out = client.wait_with_output().unwrap();
    drop(stdin);
    ended(&out, 62, &["connected to", "ended the connection without close_notify"]);
}

/// The keys of an object, in order.
fn keys(object: &Value) -> Vec<&String> {
    object.as_object().expect("an object").keys().collect()
}

#[test]
fn json_is_one_object_with_the_same_fields_for_both_roles() {
    let dir = Scratch::new("json");
    let server = dir.server("--echo --json");
    let good = dir.client(server.port, "--json", "abc");
    let object: Value = serde_json::from_slice(&good.stderr).expect("one object and nothing else");
    assert_eq!((&object["schema"], &object["exit"], &object["sent"]), (&2.into(), &0.into(), &3.into()));
    assert_eq!(object["negotiated"]["version"], "TLS 1.3");
    assert_eq!(object["chain"][0]["subject"], "CN=localhost");
    assert_eq!((&object["server_name"], &object["anchor"]), (&"localhost".into(), &"CN=Test-CA".into()));
    assert_eq!((&object["verified"], &object["error"]), (&true.into(), &Value::Null));
    let line: Value = serde_json::from_str(&server.line()).unwrap();
    assert_eq!((&line["ok"], &line["received"]), (&true.into(), &3.into()));
    assert_eq!(line["server_name"], "localhost");
    assert_eq!(keys(&line), keys(&object));
    assert_eq!(keys(&line["negotiated"]), keys(&object["negotiated"]));

    let bad = dir.client(server.port, "--json --name else.test", "");
    assert_eq!(bad.status.code(), Some(43));
    let object: Value = serde_json::from_slice(&bad.stderr).unwrap();
    assert_eq!((&object["ok"], &object["exit"]), (&false.into(), &43.into()));
    let error = &object["error"];
    assert!(error["verdict"].as_str().unwrap().contains("is for other names: you asked for else.test"));
    assert_eq!((&error["blame"], &error["section"]), (&"policy".into(), &"RFC 9525 §6".into()));
    assert_eq!((&error["expected"], &error["found"]), (&"else.test".into(), &"DNS:localhost".into()));
    assert_eq!((&error["alert"]["direction"], &error["alert"]["code"]), (&"sent".into(), &42.into()));
    assert_eq!((&error["refusal"]["reason"], &error["refusal"]["openssl"]), (&"HostMismatch".into(), &62.into()));
    assert_eq!(error["refusal"]["paths"][0]["failed_at"]["sent"], 0);
    let line: Value = serde_json::from_str(&server.line()).unwrap();
    assert_eq!((&line["exit"], &line["server_name"]), (&71.into(), &"else.test".into()));
    let told = &line["error"];
    assert_eq!((&error["step"]["state"], &error["rule"]), (&"Judging".into(), &"HostMismatch".into()));
    assert_eq!((&told["alert"]["direction"], &told["alert"]["name"]), (&"received".into(), &"bad_certificate".into()));
    assert_eq!((keys(&line), keys(told)), (keys(&object), keys(error)));

    let strict = dir.server("--json --alpn h2");
    let none = dir.client(strict.port, "--json --alpn http/1.1", "");
    assert_eq!(none.status.code(), Some(34));
    let line: Value = serde_json::from_str(&strict.line()).unwrap();
    let broken = &line["error"];
    assert_eq!((&broken["blame"], &broken["rule"]), (&"no_overlap".into(), &"NoCommonAlpn".into()));
    assert_eq!((&broken["expected"], &broken["found"]), (&"h2".into(), &"http/1.1".into()));
    assert!(broken["step"]["state"].is_string() && broken["alert"]["direction"] == "sent", "{broken}");

    let nobody = dir.run("client no-such-host.invalid --json", "");
    let nobody: Value = serde_json::from_slice(&nobody.stderr).unwrap();
    assert_eq!((keys(&nobody), keys(&nobody["error"])), (keys(&object), keys(error)));
}

#[test]
fn explain_tells_the_handshake_on_standard_error() {
    let dir = Scratch::new("explain");
    let server = dir.server("--echo");
    for option in ["--explain", "-msg -state"] {
        let out = dir.client(server.port, option, "x");
        ended(&out, 0, &["ClientHello", "you ->", "<- server", "you checked: the chain", "connected to localhost"]);
        assert_eq!(text(&out.stdout), "x");
    }
    ended(&dir.client(server.port, "--explain --name else.test", ""), 43, &["you sent fatal alert bad_certificate"]);
}

#[test]
fn who_accepts_anything_is_told_what_would_have_been_refused() {
    let dir = Scratch::new("anything");
    dir.make("ca new --name Other-CA --out other");
    let server = dir.server("--echo");
    let run =
        |options: &str| dir.run(&format!("client localhost:{} --accept-any-certificate {options}", server.port), "");
    ended(&run("--ca ca.pem"), 3, &["verified  NO", "would be accepted: trusted through CN=Test-CA"]);
    ended(&run("--ca other.pem"), 3, &["verified  NO", "would be refused: the issuer is neither trusted nor"]);
    let object: Value = serde_json::from_slice(&run("--ca other.pem --json").stderr).unwrap();
    assert_eq!((&object["verified"], &object["would_refuse"]["reason"]), (&false.into(), &"UnknownIssuer".into()));
}

#[test]
fn another_ca_of_the_same_name_is_suspected() {
    let dir = Scratch::new("namesake");
    dir.make("ca new --name Test-CA --out namesake");
    let server = dir.server("--echo");
    let out = dir.run(&format!("client localhost:{} --ca namesake.pem", server.port), "");
    let said = "CN=localhost is not signed by CN=Test-CA";
    ended(&out, 41, &[said, "two CAs of the same name are the usual reason", "the trusted root CN=Test-CA"]);
}

#[test]
fn a_handshake_failure_comes_with_what_was_offered_and_the_likely_cause() {
    let dir = Scratch::new("failure");
    let server = dir.server("--groups x25519 --alpn h2");
    let out = dir.client(server.port, "--groups secp384r1", "");
    ended(&out, 32, &["NoCommonGroup, very likely", "versions: TLS 1.3, TLS 1.2", "could): secp384r1", "RefusedOffer"]);
    ended(&dir.client(server.port, "", ""), 0, &["ALPN none"]);
    let silent = dir.server("");
    ended(&dir.client(silent.port, "--alpn h2", ""), 0, &["ALPN      none: you offered h2, the server chose nothing"]);
}

#[test]
fn every_help_and_every_complaint_fits_the_page() {
    let dir = Scratch::new("help");
    for line in ["--help", "client --help", "server --help", "ca --help", "ca new --help", "ca leaf --help"] {
        let out = dir.run(line, "");
        let said = text(&out.stdout);
        assert_eq!(out.status.code(), Some(0), "{said}");
        assert!(said.lines().all(|line| line.chars().count() <= 100), "{said}");
    }
    let help = text(&dir.run("client --help", "").stdout);
    assert!(
        help.contains("Exit statuses:") && help.contains("SSLKEYLOGFILE") && help.contains("-servername"),
        "{help}"
    );
    for (line, say) in [
        ("client h --suites foo", "no such cipher suite"),
        ("client h -bogus", "-bogus is not known"),
        ("client h -tls1_1", "handfast never speaks TLS 1.1"),
        ("client localhost:99999", "is not a port (1 to 65535)"),
        ("ca leaf --self-signed --out x --name bad*name", "expected a host name or an IP address"),
    ] {
        ended(&dir.run(line, ""), 2, &["error: ", say]);
    }
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let dir = Scratch::new("files");
    let missing = dir.run("client localhost:1 --ca nope.pem", "");
    ended(&missing, 2, &["error: cannot read nope.pem: No such file or directory"]);
    let wrong = dir.run("server --cert leaf.pem --key ca.key", "");
    let said = "ca.key is not the key of the first certificate in leaf.pem (CN=localhost); the leaf must come first";
    ended(&wrong, 2, &[said]);
}

#[test]
fn a_key_log_and_the_chain_are_written_where_asked() {
    let dir = Scratch::new("keylog");
    let server = dir.server("");
    let out = dir.client(server.port, "--keylogfile keys --showcerts", "");
    ended(&out, 0, &[]);
    let leaf = std::fs::read_to_string(dir.0.join("leaf.pem")).unwrap();
    assert!(text(&out.stderr).contains(leaf.trim()), "the chain as PEM");
    let log = std::fs::read_to_string(dir.0.join("keys")).unwrap();
    for label in ["CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0", "EXPORTER_SECRET"] {
        assert!(log.lines().any(|line| line.starts_with(label)), "{label}: {log}");
    }
}

#[test]
fn options_that_cannot_be_used_are_wrong_usage() {
    let dir = Scratch::new("usage");
    for line in [
        "client localhost:1 --ca missing.pem",
        "client localhost:1 --ca leaf.key",
        "client localhost:1 --ca ca.pem --name a..b",
        "client localhost:1 --min 1.3 --max 1.2",
        "client localhost:1 --cert leaf.pem --key ca.key",
        "server --cert leaf.pem --key ca.key",
        "server --cert leaf.pem --key leaf.key --listen 192.0.2.1:1",
    ] {
        let out = dir.run(line, "");
        assert_eq!(out.status.code(), Some(2), "{line}: {}", text(&out.stderr));
        assert!(text(&out.stderr).starts_with("error: "), "{line}: {}", text(&out.stderr));
    }
}
