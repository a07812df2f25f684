//! Every path through the tables, from the start to a live connection.

use crate::stand::{Stand, Subject};
use crate::{fixture, golden};
use handfast_codec::ProtocolVersion;
use handfast_conformance::puppet::{Kind, Puppet};
use handfast_crypto::Provider;
use handfast_handshake::server::ClientAuth;
use handfast_handshake::{Arrow, client, server};
use handfast_schedule::Side;
use std::collections::BTreeSet;

/// Inputs that are answers, not messages.
pub const ANSWERS: [&str; 4] = ["Choice", "Credential", "Signature", "Verdict"];

/// A way through a table.
#[derive(Clone)]
pub struct Route {
    /// Whose table it is.
    pub side: Side,
    pub arrows: Vec<&'static Arrow>,
}

/// The table of a role.
pub fn table(side: Side) -> &'static [Arrow] {
    match side {
        Side::Client => client::Machine::ARROWS,
        Side::Server => server::Machine::ARROWS,
    }
}

/// Every route from the first state to a state that no arrow leaves, in the order of the table.
pub fn routes(side: Side) -> Vec<Route> {
    fn walk(side: Side, at: &str, taken: &mut Vec<&'static Arrow>, out: &mut Vec<Route>) {
        let mut leaving = table(side).iter().filter(|a| a.from == at).peekable();
        if leaving.peek().is_none() {
            out.push(Route { side, arrows: taken.clone() });
        }
        for arrow in leaving {
            assert!(taken.iter().all(|t| t.from != arrow.to), "a loop would make paths endless: {arrow:?}");
            taken.push(arrow);
            walk(side, arrow.to, taken, out);
            taken.pop();
        }
    }
    let mut out = Vec::new();
    walk(side, table(side)[0].from, &mut Vec::new(), &mut out);
    out
}

/// The routes that a run can take; see [`Route::is_possible`].
pub fn possible(side: Side) -> Vec<Route> {
    routes(side).into_iter().filter(Route::is_possible).collect()
}

impl Route {
    fn on(&self, input: &str) -> bool {
        self.arrows.iter().any(|a| a.on == input)
    }

    fn through(&self, state: &str) -> bool {
        self.arrows.iter().any(|a| a.from == state)
    }

    /// A client is asked who it is only if the server wished to know. The states between the wish
    /// and the question remember it without a name of their own, so the table draws more than runs.
    pub fn is_possible(&self) -> bool {
        self.side == Side::Server || self.on("CertificateRequest") || !self.on("Credential")
    }

    pub fn version(&self) -> ProtocolVersion {
        let tls12 = self.arrows.iter().any(|a| ["WaitCertificate", "Negotiated12"].contains(&a.to));
        if tls12 { ProtocolVersion::TLS1_2 } else { ProtocolVersion::TLS1_3 }
    }

    /// The inputs in their order, answers in parentheses.
    pub fn line(&self) -> String {
        line(self.arrows.iter().map(|a| a.on))
    }

    /// What a reader must know besides the line.
    pub fn remark(&self) -> &'static str {
        match self.through("WaitStatusOrKeyExchange") && !self.on("CertificateStatus") {
            true => "  # CertificateStatus was promised",
            false => "",
        }
    }

    /// What the puppet says on this route.
    pub fn script(&self) -> Vec<Kind> {
        let messages = self.arrows.iter().filter(|a| !ANSWERS.contains(&a.on));
        messages.map(|a| self.kind(a)).collect()
    }

    /// What the puppet says to have this arrow taken.
    fn kind(&self, arrow: &Arrow) -> Kind {
        let declined = arrow.on == "Certificate" && ["WaitFinished", "WaitClientKeyExchange"].contains(&arrow.to);
        if declined { Kind::EmptyCertificate } else { Kind::named(arrow.on).unwrap() }
    }

    /// A machine and a puppet that are set up for this route, before its first arrow.
    pub fn stand(&self, provider: &Provider) -> Stand {
        self.stand_with(provider, provider)
    }

    /// The same, with a provider of the machine's own.
    fn stand_with(&self, provider: &Provider, own: &Provider) -> Stand {
        let identity = Some(fixture::identity(provider, "p256"));
        let mut puppet = Puppet::new(self.side.peer(), self.version(), provider.clone(), identity);
        puppet.groups = fixture::GROUPS.to_vec();
        let ours = fixture::credential(provider, "p256", &[]);
        match self.side {
            Side::Client => {
                let mut settings = fixture::client(own);
                settings.authenticates = self.on("Credential");
                settings.status_request = self.through("WaitStatusOrKeyExchange");
                puppet.staple = if settings.status_request { vec![1, 2, 3] } else { Vec::new() };
                let mut stand = Stand::client(settings, puppet).unwrap();
                stand.policy.credential = self.on("Signature").then_some(ours);
                stand
            }
            Side::Server => {
                let mut settings = fixture::server(own);
                settings.client_auth = if self.on("Certificate") { ClientAuth::Request } else { ClientAuth::None };
                puppet.shares = if self.through("StartRetried") { Vec::new() } else { vec![fixture::GROUPS[0]] };
                let mut stand = Stand::server(settings, puppet);
                stand.policy.credential = Some(ours);
                stand
            }
        }
    }

    /// The machine after the first `count` arrows, taken one by one.
    pub fn stand_after(&self, count: usize, provider: &Provider) -> Stand {
        self.stand_after_with(count, provider, provider)
    }

    /// The same, with a provider of the machine's own.
    pub fn stand_after_with(&self, count: usize, provider: &Provider, own: &Provider) -> Stand {
        let mut stand = self.stand_with(provider, own);
        for arrow in &self.arrows[..count] {
            assert_eq!(stand.subject.state(), arrow.from);
            let read_keys = stand.read_keys;
            if ANSWERS.contains(&arrow.on) {
                stand.answer_open(true).unwrap();
            } else {
                let kind = self.kind(arrow);
                let bytes = stand.puppet.say(kind);
                stand.take(kind, &bytes, true).unwrap_or_else(|e| panic!("{}: {e}", self.line()));
            }
            assert_eq!(stand.subject.state(), arrow.to, "on {} of {}", arrow.on, self.line());
            // `:rekey` is said exactly where it happens.
            assert_eq!(stand.read_keys - read_keys, usize::from(arrow.rekey), "{arrow:?}");
        }
        stand
    }
}

pub fn line<'a>(inputs: impl Iterator<Item = &'a str>) -> String {
    let shown = inputs.map(|i| if ANSWERS.contains(&i) { format!("({i})") } else { i.to_owned() });
    shown.collect::<Vec<_>>().join(" ")
}

fn text(side: Side) -> String {
    let of = |wanted: fn(&Route) -> bool| {
        let all: BTreeSet<_> = routes(side).iter().enumerate().filter(|(_, r)| wanted(r)).map(|(i, _)| i).collect();
        let lines = all.into_iter().map(|i| format!("{}{}\n", routes(side)[i].line(), routes(side)[i].remark()));
        lines.collect::<String>()
    };
    let (role, figures, sends) = match side {
        Side::Client => ("client", "RFC 9846 A.1 and figures 1 and 2", "After our ClientHello:"),
        Side::Server => ("server", "RFC 9846 A.2 and figures 1 and 2", "From the first byte:"),
    };
    let mut text = format!(
        "# Every path of a {role} to a live connection, one on each line: what comes in, in order.\n\
         # Messages are the peer's; (answers) are the application's. Made from the table by the tests.\n\
         # {sends}\n\n# TLS 1.3: {figures}\n{}\n# TLS 1.2: RFC 5246 7.3, figure 1\n{}",
        of(|r| r.is_possible() && r.version() == ProtocolVersion::TLS1_3),
        of(|r| r.is_possible() && r.version() == ProtocolVersion::TLS1_2),
    );
    let never = of(|r| !r.is_possible());
    if !never.is_empty() {
        text += "\n# Drawn, but no run takes these: a client is asked for a credential only after a\n\
                 # CertificateRequest, which the states in between remember.\n";
        text += &never;
    }
    text
}

#[test]
fn the_paths_of_a_client_are_those_of_the_figures() {
    golden::check("tests/golden/client.paths.txt", &text(Side::Client));
}

#[test]
fn the_paths_of_a_server_are_those_of_the_figures() {
    golden::check("tests/golden/server.paths.txt", &text(Side::Server));
}

#[test]
fn every_path_that_can_be_run_ends_in_a_connection() {
    for provider in fixture::backends() {
        for side in [Side::Client, Side::Server] {
            for route in possible(side) {
                let mut stand = route.stand_after(route.arrows.len(), &provider);
                assert!(stand.connected, "{}", route.line());
                // The puppet agrees: the machine's Finished is over the same messages.
                assert_eq!(stand.puppet.heard_good_finished(), Some(true), "{}", route.line());
                stand.finish().unwrap();
                assert!(matches!(stand.subject, Subject::After(_)));
            }
        }
    }
}

#[test]
fn paths_that_are_drawn_but_impossible_cannot_be_run() {
    let [provider, _] = fixture::backends();
    for route in routes(Side::Client).into_iter().filter(|r| !r.is_possible()) {
        let mut stand = route.stand(&provider);
        stand.say_all(&route.script()).unwrap();
        assert!(stand.connected && !stand.moves().iter().any(|(_, on, _)| *on == "Credential"), "{}", route.line());
    }
}

#[test]
fn every_arrow_is_taken_by_a_run() {
    let [provider, _] = fixture::backends();
    for side in [Side::Client, Side::Server] {
        let taken: BTreeSet<_> =
            possible(side).iter().flat_map(|r| r.stand_after(r.arrows.len(), &provider).moves().to_vec()).collect();
        let drawn: BTreeSet<_> = table(side).iter().map(|a| (a.from, a.on, a.to)).collect();
        assert_eq!(taken, drawn);
    }
}
