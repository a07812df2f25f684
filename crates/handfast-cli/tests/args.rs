//! The options as a user types them.

use clap::Parser;
use handfast_cli::args::{Backend, CaCommand, ClientArgs, Endpoint, ExplainArgs, ServerArgs};
use handfast_cli::legacy::rewrite;
use handfast_cli::pki::{KeyType, Purpose};
use handfast_crypto::{CipherSuite, NamedGroup, ProtocolVersion};
use std::ffi::OsString;
use std::time::Duration;

#[derive(Parser, Debug)]
enum Cli {
    Client(ClientArgs),
    Explain(ExplainArgs),
    Server(ServerArgs),
    #[command(subcommand)]
    Ca(CaCommand),
}

fn words(line: &str) -> Vec<OsString> {
    std::iter::once("handfast").chain(line.split_whitespace()).map(OsString::from).collect()
}

fn client(line: &str) -> Result<ClientArgs, String> {
    match Cli::try_parse_from(words(&format!("client {line}"))).map_err(|e| e.to_string())? {
        Cli::Client(args) => args.check().map(|()| args),
        other => Err(format!("{other:?}")),
    }
}

fn server(line: &str) -> Result<ServerArgs, String> {
    match Cli::try_parse_from(words(&format!("server {line}"))).map_err(|e| e.to_string())? {
        Cli::Server(args) => args.check().map(|()| args),
        other => Err(format!("{other:?}")),
    }
}

fn ca(line: &str) -> Result<CaCommand, String> {
    match Cli::try_parse_from(words(&format!("ca {line}"))).map_err(|e| e.to_string())? {
        Cli::Ca(command) => Ok(command),
        other => Err(format!("{other:?}")),
    }
}

#[test]
fn a_client_needs_nothing_but_a_host() {
    let args = client("example.com").unwrap();
    assert_eq!(args.peer, Endpoint { host: "example.com".into(), port: 443 });
    assert_eq!(args.verify_name(), "example.com");
    assert_eq!((args.negotiation.min, args.negotiation.max), (ProtocolVersion::TLS1_2, ProtocolVersion::TLS1_3));
    assert_eq!(args.timeout, Duration::from_secs(10));
    assert_eq!(args.negotiation.backend, Backend::Ring);
    assert!(!args.accept_any_certificate);
}

#[test]
fn a_client_takes_every_option() {
    let args = client(
        "h:8443 --ca a.pem --name n --min 1.3 --max 1.3 --alpn h2,http/1.1 --cert c --key k --groups P-256,x25519 \
         --suites TLS_AES_256_GCM_SHA384 --showcerts --json --keylogfile l --timeout 0.5 --accept-any-certificate \
         --backend rustcrypto",
    )
    .unwrap();
    assert_eq!(args.verify_name(), "n");
    assert_eq!(args.negotiation.groups, [NamedGroup::SECP256R1, NamedGroup::X25519]);
    assert_eq!(args.negotiation.suites, [CipherSuite::TLS_AES_256_GCM_SHA384]);
    assert_eq!(args.negotiation.alpn.iter().map(|a| a.0.as_str()).collect::<Vec<_>>(), ["h2", "http/1.1"]);
    assert_eq!(args.timeout, Duration::from_millis(500));
    assert_eq!(args.negotiation.backend, Backend::Rustcrypto);
    assert!(args.showcerts && args.negotiation.json && args.accept_any_certificate);
}

#[test]
fn hosts_are_names_or_addresses_with_or_without_a_port() {
    for (text, host, port) in [
        ("a:1", "a", 1),
        ("::1", "::1", 443),
        ("[::1]", "::1", 443),
        ("[::1]:9", "::1", 9),
        ("192.0.2.1", "192.0.2.1", 443),
    ] {
        assert_eq!(client(text).unwrap().peer, Endpoint { host: host.into(), port }, "{text}");
    }
    for text in ["a:b", "a:65536", "a:0", ":1", "[::1", "[::1]x", "https://a", "a/b"] {
        assert!(client(text).is_err(), "{text}");
    }
}

#[test]
fn wrong_values_are_refused_with_what_is_possible() {
    for (line, expected) in [
        ("h --groups x", "possible: x25519, secp256r1, secp384r1"),
        ("h --suites x", "possible: TLS_AES_128_GCM_SHA256"),
        ("h --min 1.1", "TLS 1.1 is not spoken here; possible: 1.2, 1.3"),
        ("h --explain --json", "cannot be used with"),
        ("h --min 1.3 --max 1.2", "no version is left"),
        ("h --max 1.2 --suites TLS_AES_128_GCM_SHA256", "none of the --suites"),
        ("h --backend x", "ring, rustcrypto"),
        ("h --timeout 0", "expected seconds"),
        ("h --timeout NaN", "expected seconds"),
        ("h --cert c", "--key"),
        ("h --alpn a,,b", "1 to 255 bytes"),
        ("h --schemes x", "possible: ecdsa_secp256r1_sha256"),
        ("h --sni x", "expected none"),
    ] {
        let error = client(line).unwrap_err();
        assert!(error.contains(expected), "{line}: {error}");
    }
}

#[test]
fn explain_takes_what_a_client_takes_and_what_to_show() {
    let words = words("explain h --min 1.3 --bytes --step server-hello");
    assert!(Cli::try_parse_from(words).is_err());
    let line = rewrite(self::words("explain -connect h:1 -msg -servername n --bytes --step server_hello")).unwrap();
    let Cli::Explain(args) = Cli::try_parse_from(line).unwrap() else { panic!("not explain") };
    assert!(args.check().is_ok() && args.bytes && !args.secrets);
    assert_eq!((args.step, args.client.verify_name()), (Some("ServerHello"), "n"));
}

#[test]
fn a_server_pairs_certificates_with_keys_in_order() {
    let args = server("--cert a --key b --cert c --key d --listen 0").unwrap();
    let pairs: Vec<_> = args.pairs().map(|(c, k)| (c.to_str(), k.to_str())).collect();
    assert_eq!(pairs, [(Some("a"), Some("b")), (Some("c"), Some("d"))]);
    assert_eq!(args.listen, Endpoint { host: "127.0.0.1".into(), port: 0 });
    assert!(server("--cert a --cert b --key k").unwrap_err().contains("2 --cert but 1 --key"));
    assert!(server("").is_err());
}

#[test]
fn a_server_shows_pages_or_echoes_and_asks_only_under_a_ca() {
    assert!(server("--cert a --key b --www --echo").is_err());
    assert!(server("--cert a --key b --request-client-cert").is_err());
    assert!(server("--cert a --key b --client-ca c --request-client-cert --www --once").is_ok());
}

#[test]
fn ca_options_become_typed_values() {
    let CaCommand::Leaf(leaf) = ca("leaf --ca d --name a --name ::1 --key-type rsa2048 --eku none --out x").unwrap()
    else {
        panic!("not a leaf")
    };
    assert_eq!((leaf.names.len(), leaf.make.key_type, leaf.eku), (2, KeyType::Rsa2048, Purpose::Unstated));
    for line in [
        "new",
        "new --out x --expired --not-yet-valid",
        "new --out x --days 0",
        "leaf --name a --out x",
        "leaf --ca d --out x",
        "leaf --ca d --self-signed --name a --out x",
        "leaf --self-signed --intermediate --name a --out x",
        "leaf --ca d --client --eku none --name a --out x",
    ] {
        assert!(ca(line).is_err(), "{line}");
    }
}

#[test]
fn spellings_of_openssl_become_ours() {
    for (theirs, ours) in [
        ("client -connect h:1 -servername n", "client h:1 --name n"),
        ("client -connect=h:1", "client h:1"),
        ("client -servername n -verify_hostname n -connect h", "client --name n h"),
        ("client h -CAfile f -cert c -key k", "client h --ca f --cert c --key k"),
        ("client h -alpn h2,http/1.1 -tls1_2", "client h --alpn h2,http/1.1 --min 1.2 --max 1.2"),
        ("client h -tls1_3 -groups P-256:X25519", "client h --min 1.3 --max 1.3 --groups P-256,X25519"),
        ("client h -curves P-384 -no_tls1_3", "client h --groups P-384 --max 1.2"),
        ("client h -keylogfile f -showcerts", "client h --keylogfile f --showcerts"),
        ("client h -noservername -sigalgs ECDSA+SHA256:ed25519", "client h --sni none --schemes ECDSA+SHA256,ed25519"),
        ("client h -quiet -brief -verify_return_error -verify 3", "client h"),
        ("client h -cipher A:B -ciphersuites C", "client h --suites A,B --suites C"),
        ("client h -help", "client h --help"),
        ("client h -msg -state -no_ssl3 -no_tls1_1", "client h --explain"),
        ("client - --name -- -connect", "client - --name -- -connect"),
        ("server -accept 4433 -www", "server --listen 0.0.0.0:4433 --www"),
        ("server -accept *:1", "server --listen 0.0.0.0:1"),
        ("server -accept h:1 -cert2 f -key2 g", "server --listen h:1 --cert f --key g"),
        ("server -Verify 1 -CAfile f", "server --client-ca f"),
        ("server -verify 1 -CAfile f", "server --client-ca f --request-client-cert"),
        ("server -CAfile f --www", "server --www"),
        ("ca -connect", "ca -connect"),
    ] {
        assert_eq!(rewrite(words(theirs)), Ok(words(ours)), "{theirs}");
    }
}

#[test]
fn a_list_of_one_version_leaves_the_other_version_its_suites() {
    let line = rewrite(words("client h -cipher ECDHE-RSA-AES128-GCM-SHA256")).unwrap();
    let Cli::Client(args) = Cli::try_parse_from(line).unwrap() else { panic!("not a client") };
    assert_eq!(args.negotiation.suites.first(), Some(&CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256));
    assert_eq!(args.negotiation.suites.len(), 4);
}

#[test]
fn an_unknown_spelling_is_refused_with_the_known_ones() {
    for (line, expected) in [
        ("client h -bogus", "-bogus is not known. Of OpenSSL's spellings handfast client takes -connect"),
        ("client h -www", "-www is no option of handfast client"),
        ("client h -tls1", "never speaks TLS 1.0"),
        ("server -ssl3", "never speaks SSL 3"),
        ("client -connect", "-connect needs a value"),
        ("server -Verify 1", "need -CAfile"),
    ] {
        let error = rewrite(words(line)).unwrap_err();
        assert!(error.contains(expected), "{line}: {error}");
    }
}
