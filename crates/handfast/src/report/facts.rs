//! What the evidence says: the questions that the registry's rows ask.

use super::Role;
use super::chain::leaf_not_first;
use super::evidence::{Evidence, Narrowed};
use crate::{Error, Kind};
use handfast_codec::DecodeError;
use handfast_crypto::{AlertDescription as Alert, CipherSuite, ProtocolVersion};
use handfast_handshake::{Blame, Cause as Broken, Rule};
use handfast_record::{RecordError, Rule as RecordRule};
use handfast_x509::Certificate;

/// How the evidence speaks about a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    /// It excludes it.
    No,
    /// It does not exclude it.
    May,
    /// It speaks for it, and something else remains possible.
    Likely,
    /// It excludes every other.
    Is,
}

/// Proven or excluded.
pub(crate) fn is(holds: bool) -> Fit {
    if holds { Fit::Is } else { Fit::No }
}

/// How a transport fails, before TLS and below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transport {
    /// The name has no address.
    Lookup,
    /// The connection was refused: nobody listens.
    Refused,
    /// There is no way to the address.
    Unreachable,
    /// No connection came about in time.
    ConnectTimeout,
    /// There was a connection, and then nothing came in time.
    TimedOut,
    /// The connection was reset.
    Reset,
    /// Something else.
    Other,
}

/// What happened.
#[derive(Clone, Copy)]
pub(crate) enum Happened<'a> {
    Tls(&'a Error),
    Transport(Transport),
}

/// The failure with everything that is known about it.
pub(crate) struct Facts<'a> {
    pub(crate) happened: Happened<'a>,
    pub(crate) evidence: &'a Evidence,
    pub(super) leaf_not_first: bool,
}

/// What other protocols begin with, as a client and as a server see it.
const SERVERS_SAY: &[&[u8]] = &[b"HTTP/", b"<!DOCTYPE", b"<html", b"220", b"* OK", b"* PREAUTH", b"+OK", b"SSH-"];
const CLIENTS_SAY: &[&[u8]] = &[
    b"GET ",
    b"POST ",
    b"HEAD ",
    b"PUT ",
    b"OPTIONS ",
    b"CONNECT ",
    b"DELETE ",
    b"PATCH ",
    b"PRI * HTTP/",
    b"PROXY ",
    b"\r\n\r\n\0\r\nQUIT\n",
    b"SSH-",
];

impl<'a> Facts<'a> {
    pub(crate) fn new(happened: Happened<'a>, evidence: &'a Evidence) -> Self {
        let leaf_not_first = leaf_not_first(evidence);
        Self { happened, evidence, leaf_not_first }
    }

    pub(crate) fn role(&self) -> Role {
        if self.evidence.trail.server { Role::Server } else { Role::Client }
    }

    pub(crate) fn client(&self) -> bool {
        !self.evidence.trail.server
    }

    pub(crate) fn server(&self) -> bool {
        self.evidence.trail.server
    }

    pub(crate) fn tls(&self) -> Option<&'a Kind> {
        match self.happened {
            Happened::Tls(error) => Some(error.kind()),
            Happened::Transport(_) => None,
        }
    }

    pub(crate) fn transport(&self, which: Transport) -> bool {
        matches!(self.happened, Happened::Transport(transport) if transport == which)
    }

    // where it happened

    /// The handshake was over.
    pub(crate) fn connected(&self) -> bool {
        self.evidence.state.is_empty()
    }

    /// Not a byte had come.
    pub(crate) fn silent(&self) -> bool {
        self.evidence.trail.first().is_empty()
    }

    /// A client that has not seen a ServerHello.
    pub(crate) fn awaits_hello(&self) -> bool {
        self.client() && matches!(self.evidence.state, "WaitSh" | "WaitShRetried")
    }

    /// A server that has sent its flight with the certificate.
    pub(crate) fn awaits_client(&self) -> bool {
        self.server() && !matches!(self.evidence.state, "" | "Start" | "Choosing" | "StartRetried" | "Negotiated")
    }

    /// A server whose certificate the client has seen.
    pub(crate) fn saw_ours(&self) -> bool {
        self.awaits_client() || self.server() && self.connected()
    }

    /// A client that has sent its last flight.
    pub(crate) fn after_flight(&self) -> bool {
        self.client() && matches!(self.evidence.state, "" | "WaitCcs" | "WaitServerFinished")
    }

    // how the transport went

    pub(crate) fn timed_out(&self) -> bool {
        let limit = matches!(self.tls(), Some(Kind::Limit { what, .. }) if what.starts_with("milliseconds"));
        limit || self.transport(Transport::TimedOut)
    }

    /// It timed out before anything could be sent.
    pub(crate) fn never_connected(&self) -> bool {
        let nothing = self.evidence.trail.wire.1 == 0 && self.silent();
        self.client() && self.transport(Transport::TimedOut) && !self.connected() && nothing
    }

    pub(crate) fn truncated(&self) -> bool {
        matches!(self.tls(), Some(Kind::Truncated))
    }

    /// The transport ended within the handshake.
    pub(crate) fn cut(&self) -> bool {
        self.truncated() && !self.connected() && !self.only_warned()
    }

    pub(crate) fn first_protected(&self) -> bool {
        self.evidence.trail.opened == 0
    }

    // what came instead of TLS

    pub(crate) fn no_tls(&self) -> bool {
        self.record(RecordRule::NotTls)
    }

    pub(crate) fn begins(&self, with: &[&[u8]]) -> bool {
        let first = self.evidence.trail.first();
        with.iter().any(|with| first.starts_with(with))
    }

    /// A hello in the form of SSL 2, which no TLS peer has sent for a long time (RFC 5246 §E.2).
    pub(crate) fn ssl2(&self) -> bool {
        matches!(self.evidence.trail.first(), [0x80..=0xff, _, 1, 0 | 2 | 3, ..]) && self.server() && self.no_tls()
    }

    pub(crate) fn known_protocol(&self) -> bool {
        self.ssl2() || self.begins(if self.client() { SERVERS_SAY } else { CLIENTS_SAY })
    }

    // what was broken

    pub(crate) fn rule(&self, rules: &[Rule]) -> bool {
        self.broken_rule().is_some_and(|rule| rules.contains(&rule))
    }

    fn broken_rule(&self) -> Option<Rule> {
        match self.tls() {
            Some(Kind::Handshake(error)) => error.rule(),
            _ => None,
        }
    }

    fn broken(&self) -> Option<Broken> {
        match self.tls() {
            Some(Kind::Handshake(error)) => Some(error.cause()),
            _ => None,
        }
    }

    pub(crate) fn record_error(&self) -> Option<&'a RecordError> {
        match self.tls() {
            Some(Kind::Record(error)) => Some(error),
            _ => None,
        }
    }

    pub(crate) fn record(&self, rule: RecordRule) -> bool {
        self.record_error().is_some_and(|error| error.rule == rule)
    }

    pub(crate) fn malformed_message(&self) -> bool {
        let record = self.record(RecordRule::AlertLength) || self.record(RecordRule::EmptyFragment);
        // What can be read and must not be there is a breach, not bad form.
        let syntax = |error: DecodeError| error.alert() == Alert::DECODE_ERROR;
        record || matches!(self.broken(), Some(Broken::Decode(error)) if syntax(error))
    }

    pub(crate) fn malformed_certificate(&self) -> bool {
        matches!(self.broken(), Some(Broken::Certificate(_)))
    }

    pub(crate) fn limit(&self) -> bool {
        use RecordRule::{MessageTooLong, TooManyIdle, TooManyWarnings, TooMuchEarlyData};
        let spent = matches!(self.tls(), Some(Kind::Limit { .. })) && !self.timed_out();
        let records = [TooManyIdle, TooManyWarnings, TooMuchEarlyData, MessageTooLong];
        spent || records.iter().any(|rule| self.record(*rule)) || self.rule(&[Rule::KeyUpdates, Rule::Tickets])
    }

    /// A breach that has no row of its own.
    pub(crate) fn breach(&self) -> bool {
        const NAMED: &[Rule] = &[
            Rule::Downgrade,
            Rule::InappropriateFallback,
            Rule::KeyUsage,
            Rule::KeyKind,
            Rule::EmptyCertificate,
            Rule::BadSignature,
            Rule::BadKeyExchangeSignature,
            Rule::BadFinished,
        ];
        if let Some(error) = self.record_error() {
            let named = self.no_tls() || self.record(RecordRule::BadRecordMac) || self.malformed_message();
            return !named && !self.limit() && error.alert() != Alert::INTERNAL_ERROR;
        }
        let decoded = matches!(self.broken(), Some(Broken::Decode(_))) && !self.malformed_message();
        decoded || self.broken_rule().is_some_and(|rule| rule.blame() == Blame::Peer && !NAMED.contains(&rule))
    }

    pub(crate) fn own_trouble(&self) -> bool {
        // A client that finds nothing in common finds it within its own configuration.
        let nothing = [Rule::NoCommonSuite, Rule::NoCommonGroup, Rule::NoCommonCertificateCurve];
        match self.tls() {
            Some(Kind::Misuse(_) | Kind::Over) => true,
            Some(Kind::Record(error)) => error.alert() == Alert::INTERNAL_ERROR,
            Some(Kind::Handshake(error)) => {
                matches!(error.blame(), Blame::Usage | Blame::Backend) || self.client() && self.rule(&nothing)
            }
            _ => false,
        }
    }

    // what the peer said

    pub(crate) fn alert(&self, alerts: &[Alert]) -> bool {
        self.received().is_some_and(|alert| alerts.contains(&alert))
    }

    pub(crate) fn received(&self) -> Option<Alert> {
        match self.tls() {
            Some(Kind::Alert { description, .. }) => Some(*description),
            // Who warns in a handshake and then leaves has said why.
            Some(Kind::Truncated) if !self.connected() => self.warned(),
            None if self.transport(Transport::Reset) && !self.connected() => self.warned(),
            _ => None,
        }
    }

    fn warned(&self) -> Option<Alert> {
        self.evidence.trail.warned.filter(|_| !self.silent())
    }

    /// What the peer said, it said as a warning.
    pub(crate) fn only_warned(&self) -> bool {
        self.received().is_some() && !matches!(self.tls(), Some(Kind::Alert { .. }))
    }

    /// The server turned the ClientHello down without saying why.
    pub(crate) fn refused_offer(&self) -> bool {
        self.awaits_hello() && self.alert(&[Alert::HANDSHAKE_FAILURE, Alert::INSUFFICIENT_SECURITY])
    }

    /// An alert that is about a certificate.
    pub(crate) fn certificate_alert_proper(&self) -> bool {
        self.alert(&[
            Alert::BAD_CERTIFICATE,
            Alert::UNSUPPORTED_CERTIFICATE,
            Alert::CERTIFICATE_REVOKED,
            Alert::CERTIFICATE_EXPIRED,
            Alert::CERTIFICATE_UNKNOWN,
            Alert::UNKNOWN_CA,
            Alert::ACCESS_DENIED,
        ])
    }

    /// An alert with which servers answer a missing certificate.
    pub(crate) fn certificate_alert(&self) -> bool {
        self.certificate_alert_proper() || self.alert(&[Alert::HANDSHAKE_FAILURE])
    }

    pub(crate) fn breach_alert(&self) -> bool {
        self.alert(&[
            Alert::UNEXPECTED_MESSAGE,
            Alert::RECORD_OVERFLOW,
            Alert::DECOMPRESSION_FAILURE,
            Alert::ILLEGAL_PARAMETER,
            Alert::DECODE_ERROR,
            Alert::NO_RENEGOTIATION,
            Alert::MISSING_EXTENSION,
            Alert::UNSUPPORTED_EXTENSION,
        ])
    }

    // client certificates, seen from the client

    /// One was asked for, and we had none to show.
    pub(crate) fn declined(&self) -> bool {
        self.after_flight() && self.evidence.requested && !self.evidence.proved
    }

    pub(crate) fn proof_sent(&self) -> bool {
        self.after_flight() && self.evidence.proved
    }

    /// Our certificate went without the one that issued it.
    pub(crate) fn shown_alone(&self) -> bool {
        let chain = self.evidence.own.as_ref().map_or(&[][..], |own| &own.chain);
        let alone = |der: &[u8]| Certificate::parse(der).is_ok_and(|c| !c.is_self_issued());
        matches!(chain, [leaf] if alone(leaf))
    }

    // what was offered

    pub(crate) fn narrowed(&self) -> Narrowed {
        self.evidence.narrowed
    }

    pub(crate) fn narrowed_somewhere(&self) -> bool {
        let Narrowed { suites, groups, schemes, .. } = self.evidence.narrowed;
        suites || groups || schemes
    }

    pub(crate) fn indicated(&self) -> bool {
        self.evidence.trail.indicated
    }

    /// Nothing newer than TLS 1.1 came.
    pub(crate) fn only_old_versions(&self) -> bool {
        let old = |version: &ProtocolVersion| *version < ProtocolVersion::TLS1_2;
        match (&self.happened, &self.evidence.client) {
            (_, Some(offer)) if self.server() => !offer.versions.is_empty() && offer.versions.iter().all(old),
            (Happened::Tls(error), _) => match error.kind() {
                Kind::Handshake(error) => ProtocolVersion::from_name(error.came()).is_some_and(|v| old(&v)),
                _ => false,
            },
            _ => false,
        }
    }

    /// On a server: both sides have a suite of the version that would be spoken.
    pub(crate) fn suites_meet(&self) -> bool {
        let (Some(client), Some(server)) = (&self.evidence.client, &self.evidence.server) else { return false };
        let version = server.versions.iter().filter(|v| client.versions.contains(v)).max();
        let fits = |s: &&CipherSuite| s.info().is_some_and(|i| Some(&i.version) == version);
        server.suites.iter().filter(fits).any(|s| client.suites.contains(s))
    }
}
