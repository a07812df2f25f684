//! Client × server: whatever the settings, nobody is left waiting for the other.

use crate::fixture;
use crate::pair::{Fate, Plan};
use handfast_codec::{NamedGroup, ProtocolVersion};
use handfast_crypto::Provider;
use handfast_handshake::server::ClientAuth;
use handfast_handshake::{Rule, Traffic, Versions};
use std::collections::BTreeMap;

const VERSIONS: [Versions; 3] = [Versions::TLS1_2, Versions::TLS1_3, Versions::ALL];
const AUTHS: [ClientAuth; 3] = [ClientAuth::None, ClientAuth::Request, ClientAuth::Require];

/// Every combination for these keys: how many ended in each way.
fn all(provider: &Provider, keys: &[&str]) -> BTreeMap<&'static str, usize> {
    let mut ends = BTreeMap::new();
    for key in keys {
        let credential = fixture::credential(provider, key, &[]);
        for (ours, theirs) in VERSIONS.iter().flat_map(|c| VERSIONS.iter().map(move |s| (*c, *s))) {
            for (retry, auth) in AUTHS.iter().flat_map(|a| [(false, *a), (true, *a)]) {
                for (shows, protocols) in [false, true].iter().flat_map(|s| [(*s, 0), (*s, 1), (*s, 2)]) {
                    let (mut client, mut server) = (fixture::client(provider), fixture::server(provider));
                    (client.versions, server.versions) = (ours, theirs);
                    server.groups = vec![if retry { NamedGroup::X25519 } else { NamedGroup::SECP256R1 }];
                    (server.client_auth, client.authenticates) = (auth, shows);
                    if protocols > 0 {
                        client.alpn = vec![b"h2".to_vec()];
                        server.alpn = vec![if protocols == 1 { b"h2".to_vec() } else { b"h3".to_vec() }];
                    }
                    let mut plan = Plan::new(client, server, credential.clone());
                    plan.shows = shows.then(|| credential.clone());
                    let what =
                        format!("{key} {ours:?} {theirs:?} retry {retry} {auth:?} shows {shows} alpn {protocols}");
                    let run = plan.run();

                    // What ought to come of it, from the settings alone.
                    let newest = ours.max.min(theirs.max);
                    let speak = ours.allows(newest) && theirs.allows(newest);
                    let expected = match (speak, protocols, auth) {
                        (false, ..) => Some(Rule::NoCommonVersion),
                        (_, 2, _) => Some(Rule::NoCommonAlpn),
                        (_, _, ClientAuth::Require) if !shows && newest == ProtocolVersion::TLS1_3 => {
                            Some(Rule::CertificateRequired)
                        }
                        (_, _, ClientAuth::Require) if !shows => Some(Rule::CertificateRequired12),
                        _ => None,
                    };
                    let end = match (&run.client.fate, &run.server.fate, expected) {
                        (Fate::Done, Fate::Done, None) => {
                            let tls13 = matches!(run.client.traffic, Some(Traffic::V13(_)));
                            assert_eq!(tls13, newest == ProtocolVersion::TLS1_3, "{what}");
                            if tls13 { "TLS 1.3" } else { "TLS 1.2" }
                        }
                        (Fate::Told(alert), Fate::Failed(error), Some(rule)) => {
                            assert_eq!((error.rule(), error.alert()), (Some(rule), *alert), "{what}");
                            rule.name()
                        }
                        // The client of TLS 1.3 is done with its Finished; the alert reaches its record layer.
                        (Fate::Done, Fate::Failed(error), Some(Rule::CertificateRequired)) => {
                            assert_eq!(error.rule(), expected, "{what}");
                            "CertificateRequired"
                        }
                        (client, server, _) => panic!("{what}: {client:?} and {server:?}"),
                    };
                    *ends.entry(end).or_default() += 1;
                }
            }
        }
    }
    ends
}

#[test]
fn no_combination_of_settings_leaves_anybody_waiting() {
    let [ring, rustcrypto] = fixture::backends();
    for (provider, keys) in [(ring, fixture::KEYS), (rustcrypto, &fixture::KEYS[2..3])] {
        let ends = all(&provider, keys);
        let n = keys.len();
        // 9 pairs of versions × retry or not × 3 wishes for a certificate × shown or not × 3 protocols.
        let expected = [
            ("CertificateRequired", 16 * n),
            ("CertificateRequired12", 12 * n),
            ("NoCommonAlpn", 84 * n),
            ("NoCommonVersion", 72 * n),
            ("TLS 1.2", 60 * n),
            ("TLS 1.3", 80 * n),
        ];
        assert_eq!(ends, BTreeMap::from(expected));
        assert_eq!(ends.values().sum::<usize>(), 324 * n);
    }
}
