//! Our client and our server, both honest: the handshakes of the RFCs' figures.

use crate::fixture;
use crate::pair::{End, Fate, Plan, Run};
use handfast_codec::{AlertDescription, CipherSuite, NamedGroup, ProtocolVersion};
use handfast_crypto::Provider;
use handfast_handshake::server::ClientAuth;
use handfast_handshake::{Direction, Epoch, Fact, Rule, Traffic, Versions};

/// A plan in which nothing special happens: one round trip, no client certificate.
fn plan(provider: &Provider, versions: Versions) -> Plan {
    let (mut client, mut server) = (fixture::client(provider), fixture::server(provider));
    client.versions = versions;
    server.groups = vec![NamedGroup::SECP256R1, NamedGroup::X25519];
    server.versions = versions;
    Plan::new(client, server, fixture::credential(provider, "p256", &[]))
}

/// Runs a plan on both backends; both ends must finish and agree on everything.
fn agree(versions: Versions, change: impl Fn(&mut Plan, &Provider), flow: &str) {
    for provider in fixture::backends() {
        let mut plan = plan(&provider, versions);
        change(&mut plan, &provider);
        let run = plan.run();
        check(&run);
        assert_eq!(run.flow().trim(), flow.lines().map(str::trim).collect::<Vec<_>>().join("\n").trim());
    }
}

fn check(run: &Run) {
    let (client, server) = (&run.client, &run.server);
    assert!(matches!((&client.fate, &server.fate), (Fate::Done, Fate::Done)), "{:?} {:?}", client.fate, server.fate);
    assert_eq!(facts(client), facts(server), "both learn the same");
    assert_eq!(
        keys(client, Direction::Write),
        keys(server, Direction::Read),
        "what the client writes, the server reads"
    );
    assert_eq!(keys(client, Direction::Read), keys(server, Direction::Write), "and the other way around");
    assert!(client.notes.moves > 0 && client.notes.installed == client.keys.len());
    let (ours, theirs) = (client.traffic.as_ref().unwrap(), server.traffic.as_ref().unwrap());
    match (ours, theirs) {
        (Traffic::V13(c), Traffic::V13(s)) => {
            assert!(c.read.same_as(s.write.bytes()) && c.write.same_as(s.read.bytes()));
            assert!(!c.read.same_as(c.write.bytes()));
        }
        (Traffic::V12(c), Traffic::V12(s)) => assert!(c.main.secret().same_as(s.main.secret().bytes())),
        _ => panic!("both have the same version"),
    }
    let (mut a, mut b) = ([0; 40], [1; 40]);
    let exported = ours.export(b"EXPERIMENTAL test", Some(b"context"), &mut a);
    assert_eq!(exported, theirs.export(b"EXPERIMENTAL test", Some(b"context"), &mut b));
    // RFC 7627 §5.4: no exporter without the extended main secret.
    let extended = !client.facts.iter().any(|f| matches!(f, Fact::ExtendedMainSecret(false)));
    assert_eq!(exported.is_ok(), extended);
    assert_eq!(a == b, extended);
}

fn keys(end: &End, direction: Direction) -> Vec<(Epoch, &[u8])> {
    end.keys.iter().filter(|k| k.0 == direction).map(|k| (k.1, &k.2[..])).collect()
}

/// The facts that both ends learn, as text; whose scheme it is depends on who looks.
fn facts(end: &End) -> Vec<String> {
    let same = end
        .facts
        .iter()
        .filter(|f| !matches!(f, Fact::PeerScheme(_) | Fact::OwnScheme(_) | Fact::Peer(_) | Fact::ServerName(_)));
    let mut all: Vec<_> = same.map(|f| format!("{f:?}")).collect();
    all.sort();
    all
}

fn schemes(end: &End) -> (Option<&Fact>, Option<&Fact>) {
    let find = |wanted: fn(&&Fact) -> bool| end.facts.iter().find(wanted);
    (find(|f| matches!(f, Fact::OwnScheme(_))), find(|f| matches!(f, Fact::PeerScheme(_))))
}

const FULL: &str = "client: ClientHello
    server: ServerHello [ChangeCipherSpec] EncryptedExtensions Certificate CertificateVerify Finished
    client: [ChangeCipherSpec] Finished";

#[test]
fn tls13_takes_one_round_trip() {
    agree(Versions::TLS1_3, |_, _| (), FULL);
}

#[test]
fn the_newest_common_version_is_spoken() {
    agree(Versions::ALL, |_, _| (), FULL);
}

#[test]
fn without_middlebox_compatibility_there_is_no_change_cipher_spec() {
    let flow = "client: ClientHello
        server: ServerHello EncryptedExtensions Certificate CertificateVerify Finished
        client: Finished";
    agree(Versions::TLS1_3, |plan, _| plan.client.middlebox_compatibility = false, flow);
}

#[test]
fn tls13_runs_with_every_suite_and_key() {
    for suite in CipherSuite::SPOKEN.iter().filter(|s| s.info().unwrap().version == ProtocolVersion::TLS1_3) {
        for key in fixture::KEYS {
            let change = |plan: &mut Plan, p: &Provider| {
                plan.client.suites = vec![*suite];
                plan.serves = fixture::credential(p, key, &[]);
            };
            agree(Versions::TLS1_3, change, FULL);
        }
    }
}

const RETRIED: &str = "client: ClientHello
    server: HelloRetryRequest [ChangeCipherSpec]
    client: [ChangeCipherSpec] ClientHello
    server: ServerHello EncryptedExtensions Certificate CertificateVerify Finished
    client: Finished";

#[test]
fn a_server_may_ask_for_another_share() {
    agree(Versions::ALL, |plan, _| plan.server.groups = vec![NamedGroup::X25519], RETRIED);
}

#[test]
fn a_client_without_shares_asks_for_a_retry() {
    agree(Versions::ALL, |plan, _| plan.client.shares = Vec::new(), RETRIED);
}

#[test]
fn a_cookie_comes_back() {
    let change = |plan: &mut Plan, _: &Provider| {
        plan.server.groups = vec![NamedGroup::SECP384R1];
        plan.server.retry_cookie = true;
    };
    agree(Versions::ALL, change, RETRIED);
}

const AUTH: &str = "client: ClientHello
    server: ServerHello [ChangeCipherSpec] EncryptedExtensions CertificateRequest Certificate CertificateVerify Finished
    client: [ChangeCipherSpec] Certificate CertificateVerify Finished";
const DECLINED: &str = "client: ClientHello
    server: ServerHello [ChangeCipherSpec] EncryptedExtensions CertificateRequest Certificate CertificateVerify Finished
    client: [ChangeCipherSpec] Certificate Finished";

#[test]
fn a_tls13_client_shows_who_it_is() {
    for (auth, key) in [ClientAuth::Request, ClientAuth::Require].into_iter().zip(["rsa2048", "ed25519"]) {
        let change = |plan: &mut Plan, p: &Provider| {
            plan.server.client_auth = auth;
            plan.client.authenticates = true;
            plan.shows = Some(fixture::credential(p, key, &[]));
        };
        agree(Versions::TLS1_3, change, AUTH);
    }
}

#[test]
fn a_tls13_client_may_decline() {
    for authenticates in [true, false] {
        let change = |plan: &mut Plan, _: &Provider| {
            plan.server.client_auth = ClientAuth::Request;
            plan.client.authenticates = authenticates;
        };
        agree(Versions::TLS1_3, change, DECLINED);
    }
}

#[test]
fn a_client_that_must_not_decline_is_turned_away() {
    let cases = [
        (Versions::TLS1_3, Rule::CertificateRequired, AlertDescription::CERTIFICATE_REQUIRED),
        (Versions::TLS1_2, Rule::CertificateRequired12, AlertDescription::HANDSHAKE_FAILURE),
    ];
    for provider in fixture::backends() {
        for (versions, rule, alert) in cases {
            let mut plan = plan(&provider, versions);
            plan.server.client_auth = ClientAuth::Require;
            let run = plan.run();
            let Fate::Failed(error) = &run.server.fate else { panic!("{:?}", run.server.fate) };
            assert_eq!((error.rule(), error.alert()), (Some(rule), alert));
            // A TLS 1.3 client is done before it hears of it; its record layer gets the alert.
            let told = matches!(run.client.fate, Fate::Told(a) if a == alert);
            assert_eq!(told, versions == Versions::TLS1_2);
        }
    }
}

const FULL12: &str = "client: ClientHello
    server: ServerHello Certificate ServerKeyExchange ServerHelloDone
    client: ClientKeyExchange [ChangeCipherSpec] Finished
    server: [ChangeCipherSpec] Finished";

#[test]
fn tls12_takes_two_round_trips() {
    agree(Versions::TLS1_2, |_, _| (), FULL12);
}

#[test]
fn tls12_runs_with_every_suite() {
    for suite in CipherSuite::SPOKEN.iter().filter(|s| s.info().unwrap().version == ProtocolVersion::TLS1_2) {
        for key in fixture::KEYS {
            let kind = handfast_crypto::sign::KeyKind::Rsa;
            if suite.info().unwrap().authentication.accepts(kind) != (*key == "rsa2048") {
                continue;
            }
            let change = |plan: &mut Plan, p: &Provider| {
                plan.client.suites = vec![*suite];
                plan.serves = fixture::credential(p, key, &[]);
            };
            agree(Versions::TLS1_2, change, FULL12);
        }
    }
}

#[test]
fn a_tls12_client_shows_who_it_is() {
    let flow = "client: ClientHello
        server: ServerHello Certificate ServerKeyExchange CertificateRequest ServerHelloDone
        client: Certificate ClientKeyExchange CertificateVerify [ChangeCipherSpec] Finished
        server: [ChangeCipherSpec] Finished";
    for (auth, key) in [ClientAuth::Request, ClientAuth::Require].into_iter().zip(["rsa2048", "p384"]) {
        let change = |plan: &mut Plan, p: &Provider| {
            plan.server.client_auth = auth;
            plan.client.authenticates = true;
            plan.shows = Some(fixture::credential(p, key, &[]));
        };
        agree(Versions::TLS1_2, change, flow);
    }
}

#[test]
fn a_tls12_client_may_decline() {
    let flow = "client: ClientHello
        server: ServerHello Certificate ServerKeyExchange CertificateRequest ServerHelloDone
        client: Certificate ClientKeyExchange [ChangeCipherSpec] Finished
        server: [ChangeCipherSpec] Finished";
    for authenticates in [true, false] {
        let change = |plan: &mut Plan, _: &Provider| {
            plan.server.client_auth = ClientAuth::Request;
            plan.client.authenticates = authenticates;
        };
        agree(Versions::TLS1_2, change, flow);
    }
}

/// The suites of one version.
fn suites_of(version: ProtocolVersion) -> Vec<CipherSuite> {
    CipherSuite::SPOKEN.iter().copied().filter(|s| s.info().unwrap().version == version).collect()
}

#[test]
fn a_version_without_a_suite_is_neither_offered_nor_chosen() {
    let only_12 = || suites_of(ProtocolVersion::TLS1_2);
    // The server could mark its random as a downgrade, and the client would then refuse.
    agree(Versions::ALL, |plan, _| plan.server.suites = only_12(), FULL12);
    agree(Versions::ALL, |plan, _| plan.client.suites = only_12(), FULL12);
    let only_13 = || suites_of(ProtocolVersion::TLS1_3);
    for p in fixture::backends() {
        for to_client in [true, false] {
            let mut plan = plan(&p, Versions::ALL);
            let (ours, theirs) = match to_client {
                true => (&mut plan.client.suites, &mut plan.server.versions),
                false => (&mut plan.server.suites, &mut plan.client.versions),
            };
            (*ours, *theirs) = (only_13(), Versions::TLS1_2);
            let run = plan.run();
            let Fate::Failed(error) = &run.server.fate else { panic!("{:?}", run.server.fate) };
            assert_eq!(error.rule(), Some(Rule::NoCommonVersion));
        }
    }
}

#[test]
fn the_servers_order_of_protocols_decides() {
    for versions in [Versions::TLS1_3, Versions::TLS1_2] {
        for provider in fixture::backends() {
            let mut plan = plan(&provider, versions);
            plan.client.alpn = vec![b"http/1.1".to_vec(), b"h2".to_vec()];
            plan.server.alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
            let run = plan.run();
            check(&run);
            assert!(run.client.facts.iter().any(|f| matches!(f, Fact::Alpn(p) if p[..] == *b"h2")));
        }
    }
}

#[test]
fn the_name_reaches_the_server() {
    let [provider, _] = fixture::backends();
    let run = plan(&provider, Versions::ALL).run();
    check(&run);
    assert!(run.server.facts.iter().any(|f| matches!(f, Fact::ServerName(n) if n == "example.com")));
}

#[test]
fn a_staple_reaches_the_client() {
    let with = "client: ClientHello
        server: ServerHello Certificate CertificateStatus ServerKeyExchange ServerHelloDone
        client: ClientKeyExchange [ChangeCipherSpec] Finished
        server: [ChangeCipherSpec] Finished";
    let change = |plan: &mut Plan, p: &Provider| {
        plan.client.status_request = true;
        plan.serves = fixture::credential(p, "p256", &[1, 2, 3]);
    };
    agree(Versions::TLS1_2, change, with);
    agree(Versions::TLS1_3, change, FULL);
    // Who does not ask gets none.
    agree(Versions::TLS1_2, |plan, p| plan.serves = fixture::credential(p, "p256", &[1, 2, 3]), FULL12);
}

#[test]
fn each_end_knows_with_what_the_other_signed() {
    let [provider, _] = fixture::backends();
    for versions in [Versions::TLS1_3, Versions::TLS1_2] {
        let mut plan = plan(&provider, versions);
        plan.server.client_auth = ClientAuth::Require;
        plan.client.authenticates = true;
        plan.shows = Some(fixture::credential(&provider, "ed25519", &[]));
        let run = plan.run();
        check(&run);
        let show = |fact: Option<&Fact>| format!("{fact:?}").replace("Own", "").replace("Peer", "");
        let ((client_own, client_peer), (server_own, server_peer)) = (schemes(&run.client), schemes(&run.server));
        assert_eq!(show(client_own), show(server_peer));
        assert_eq!(show(server_own), show(client_peer));
        assert_ne!(show(client_own), show(server_own));
        let peers = |end: &End| end.facts.iter().filter(|f| matches!(f, Fact::Peer(_))).count();
        assert_eq!((peers(&run.client), peers(&run.server)), (1, 1));
    }
}

#[test]
fn the_same_seed_gives_the_same_handshake() {
    let once = || {
        let [_, provider] = fixture::backends();
        let run = plan(&provider, Versions::ALL).run();
        check(&run);
        (run.client.notes.derived, run.client.keys.into_iter().map(|k| k.2).collect::<Vec<_>>())
    };
    assert_eq!(once(), once());
}

#[test]
fn both_ends_derive_the_same_secrets_in_plain_sight() {
    let [provider, _] = fixture::backends();
    let run = plan(&provider, Versions::TLS1_3).run();
    check(&run);
    for name in ["handshake_secret", "main_secret", "client_handshake_traffic_secret", "exporter_secret"] {
        assert!(run.client.derived(name).is_some(), "{name}");
        assert_eq!(run.client.derived(name), run.server.derived(name), "{name}");
    }
    assert_eq!(run.client.notes.asked, ["Judge"]);
    assert_eq!(run.server.notes.asked, ["Choose", "Sign"]);
    assert!(run.server.notes.chose >= 4, "version, suite, group and scheme are choices");
}
