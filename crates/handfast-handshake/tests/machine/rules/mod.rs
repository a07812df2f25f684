//! Every rule of the machines has a test that breaks it, and only it. The list is complete or
//! this does not pass.

mod authentication;
mod hellos;
mod key_exchange;
mod ours;

use crate::fixture;
use crate::stand::Stand;
use handfast_codec::ProtocolVersion;
use handfast_conformance::puppet::Puppet;
use handfast_crypto::Provider;
use handfast_handshake::{Error, Rule, client, server};
use handfast_schedule::Side;
use std::collections::BTreeSet;

/// `name: Rule, |provider| …;` makes a test that runs on both backends: the expression must end in
/// an error which names this rule and carries its alert, and be listed in `BROKEN`.
macro_rules! breaks {
    ($( $name:ident: $Rule:ident, $body:expr; )*) => {
        /// The rules that are broken here.
        pub const BROKEN: &[handfast_handshake::Rule] = &[ $( handfast_handshake::Rule::$Rule, )* ];
        $(
            #[test]
            fn $name() {
                for provider in crate::fixture::backends() {
                    let broken: fn(&handfast_crypto::Provider) -> Result<(), handfast_handshake::Error> = $body;
                    crate::rules::expect(broken(&provider), handfast_handshake::Rule::$Rule);
                }
            }
        )*
    };
}
use breaks;

fn expect(result: Result<(), Error>, rule: Rule) {
    let error = result.expect_err("a rule was broken");
    assert_eq!(error.rule(), Some(rule), "{error}");
    // The judge and the chooser say which alert fits; all other alerts are the table's.
    if ![Rule::Refused, Rule::NoCredential].contains(&rule) {
        assert_eq!(error.alert(), rule.alert());
    }
    assert_eq!((error.blame(), error.section()), (rule.blame(), rule.section()));
    assert!(error.to_string().contains(rule.text()), "{error}");
}

pub const V12: ProtocolVersion = ProtocolVersion::TLS1_2;
pub const V13: ProtocolVersion = ProtocolVersion::TLS1_3;

fn puppet(side: Side, version: ProtocolVersion, provider: &Provider) -> Puppet {
    let mut puppet = Puppet::new(side, version, provider.clone(), Some(fixture::identity(provider, "p256")));
    puppet.groups = fixture::GROUPS.to_vec();
    puppet
}

/// A client with these settings, whose server is a puppet of this version.
pub fn client(
    p: &Provider,
    version: ProtocolVersion,
    change: impl FnOnce(&mut client::Settings, &mut Puppet),
) -> Stand {
    let (mut settings, mut puppet) = (fixture::client(p), puppet(Side::Server, version, p));
    change(&mut settings, &mut puppet);
    Stand::client(settings, puppet).unwrap()
}

/// A server with these settings, whose client is a puppet of this version.
pub fn server(
    p: &Provider,
    version: ProtocolVersion,
    change: impl FnOnce(&mut server::Settings, &mut Puppet),
) -> Stand {
    let (mut settings, mut puppet) = (fixture::server(p), puppet(Side::Client, version, p));
    change(&mut settings, &mut puppet);
    let mut stand = Stand::server(settings, puppet);
    stand.policy.credential = Some(fixture::credential(p, "p256", &[]));
    stand
}

#[test]
fn every_rule_is_broken_by_a_test() {
    let lists = [authentication::BROKEN, hellos::BROKEN, key_exchange::BROKEN, ours::BROKEN];
    let broken: BTreeSet<_> = lists.concat().iter().map(|r| r.name()).collect();
    let all: BTreeSet<_> = Rule::ALL.iter().map(|r| r.name()).collect();
    assert_eq!(broken, all);
}
