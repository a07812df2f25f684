//! What can go wrong: one table of rules, and the error that names one of them.

use crate::Arrow;
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use handfast_codec::{AlertDescription, DecodeError};
use handfast_crypto::CryptoError;
use handfast_x509::CertificateError;

/// Whose doing a failure is: the outermost word of every report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Blame {
    /// The peer broke a rule of the protocol.
    Peer,
    /// Both sides kept the rules and have nothing in common.
    NoOverlap,
    /// Our own policy refused what the peer showed.
    Policy,
    /// The peer told us, with an alert or by closing.
    Told,
    /// A limit was reached.
    Limit,
    /// The program called us wrongly.
    Usage,
    /// The cryptographic backend failed.
    Backend,
}

impl fmt::Display for Blame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Peer => "the peer broke a rule",
            Self::NoOverlap => "we do not overlap",
            Self::Policy => "our policy refused",
            Self::Told => "the peer told us",
            Self::Limit => "a limit was reached",
            Self::Usage => "called wrongly",
            Self::Backend => "the backend failed",
        })
    }
}

macro_rules! rules {
    ($( $Rule:ident: $blame:ident, $alert:ident, $section:literal, $text:literal; )*) => {
        /// Every rule that the machines enforce. One row each: whose doing a breach is, the alert
        /// that answers it, the section that states it, and our own words.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Rule { $( #[doc = concat!($text, " (", $section, ").")] $Rule, )* }

        impl Rule {
            /// Every rule, in the order of the table.
            pub const ALL: &'static [Rule] = &[ $( Rule::$Rule, )* ];
            /// Whose doing a breach is.
            pub const fn blame(self) -> Blame { match self { $( Self::$Rule => Blame::$blame, )* } }
            /// The alert that answers a breach.
            pub const fn alert(self) -> AlertDescription { match self { $( Self::$Rule => AlertDescription::$alert, )* } }
            /// The section that states the rule.
            pub const fn section(self) -> &'static str { match self { $( Self::$Rule => $section, )* } }
            /// The rule in our own words.
            pub const fn text(self) -> &'static str { match self { $( Self::$Rule => $text, )* } }
            /// The name of the rule, for tables and tests.
            pub const fn name(self) -> &'static str { match self { $( Self::$Rule => stringify!($Rule), )* } }
        }
    };
}

rules! {
    // order of messages
    UnexpectedMessage: Peer, UNEXPECTED_MESSAGE, "RFC 9846 §4", "a message may come only where the flow has a place for it";
    UnknownMessage: Peer, UNEXPECTED_MESSAGE, "RFC 9846 §4", "a handshake message has a type that TLS knows";
    Straddles: Peer, UNEXPECTED_MESSAGE, "RFC 9846 §5.1", "no handshake byte may follow in the same flight when the key changes";
    Renegotiation: Peer, NO_RENEGOTIATION, "RFC 5246 §7.2.2", "a handshake is not started again on a live connection";

    // the hellos
    NoCommonVersion: NoOverlap, PROTOCOL_VERSION, "RFC 9846 §4.3.1", "client and server share a protocol version";
    SelectedVersion: Peer, ILLEGAL_PARAMETER, "RFC 9846 §4.3.1", "the server selects a version that we offered, and through supported_versions only TLS 1.3";
    RetryVersion: Peer, ILLEGAL_PARAMETER, "RFC 9846 §4.2.4", "the server keeps to the version of its HelloRetryRequest";
    LegacyVersion: Peer, PROTOCOL_VERSION, "RFC 9846 §4.2.2, §4.2.3", "a hello of TLS 1.3 carries 0x0303 as its legacy version";
    Downgrade: Peer, ILLEGAL_PARAMETER, "RFC 9846 §4.2.3", "a server that could do better does not mark its random as a downgrade";
    InappropriateFallback: Peer, INAPPROPRIATE_FALLBACK, "RFC 7507 §3", "a client that says it fell back must not have been able to do better here";
    SuiteNotOffered: Peer, ILLEGAL_PARAMETER, "RFC 9846 §4.2.3", "the server picks a cipher suite that we offered";
    SuiteVersion: Peer, ILLEGAL_PARAMETER, "RFC 9846 §4.2.3", "the cipher suite belongs to the negotiated version";
    RetrySuite: Peer, ILLEGAL_PARAMETER, "RFC 9846 §4.2.4", "the server keeps to the cipher suite of its HelloRetryRequest";
    NoCommonSuite: NoOverlap, HANDSHAKE_FAILURE, "RFC 9846 §4.2.1", "client and server share a cipher suite that fits the certificate";
    SessionIdEcho: Peer, ILLEGAL_PARAMETER, "RFC 9846 §4.2.3", "the server echoes our session id";
    SessionIdUnknown: Peer, ILLEGAL_PARAMETER, "RFC 5246 §7.4.1.3", "the server resumes only a session that we offered";
    Compression: Peer, ILLEGAL_PARAMETER, "RFC 9846 §4.2.2", "compression is never used";
    MissingExtension: Peer, MISSING_EXTENSION, "RFC 9846 §9.2", "what the version needs for negotiating is present";
    PointFormat: Peer, ILLEGAL_PARAMETER, "RFC 8422 §5.1.2", "the uncompressed point format is always among those offered";
    RenegotiationInfo: Peer, HANDSHAKE_FAILURE, "RFC 5746 §3.4", "renegotiation_info is empty in a first handshake";
    NoRenegotiationInfo: Policy, HANDSHAKE_FAILURE, "RFC 5746 §4.1", "a TLS 1.2 server shows that it is safe against renegotiation attacks";
    NoExtendedMainSecret: Policy, HANDSHAKE_FAILURE, "RFC 7627 §5.2", "the configuration asks for the extended main secret and the peer does not have it";

    // HelloRetryRequest
    RetryWithoutChange: Peer, ILLEGAL_PARAMETER, "RFC 9846 §4.2.4", "a HelloRetryRequest asks for a change of the ClientHello";
    RetryGroup: Peer, ILLEGAL_PARAMETER, "RFC 9846 §4.3.8", "the group asked for in a HelloRetryRequest is one that we support and did not send a share for";
    RetryCookie: Peer, ILLEGAL_PARAMETER, "RFC 9846 §4.3.2", "the cookie of a HelloRetryRequest leaves room for the rest of the ClientHello that brings it back";
    RetryHelloChanged: Peer, ILLEGAL_PARAMETER, "RFC 9846 §4.2.2", "the second ClientHello differs from the first only where the retry allows";
    RetryShare: Peer, ILLEGAL_PARAMETER, "RFC 9846 §4.3.8", "the second ClientHello carries one share, for the group that was asked for";
    Cookie: Peer, ILLEGAL_PARAMETER, "RFC 9846 §4.3.2", "the cookie comes back as it was sent";

    // key exchange
    ShareGroup: Peer, ILLEGAL_PARAMETER, "RFC 9846 §4.3.8", "the peer's share is for a group that we sent a share for";
    ShareNotListed: Peer, ILLEGAL_PARAMETER, "RFC 9846 §4.3.8", "every share is for a group that supported_groups lists, in the same order, once";
    BadShare: Peer, ILLEGAL_PARAMETER, "RFC 9846 §4.3.8.2", "a key share is a valid public value of its group";
    NoCommonGroup: NoOverlap, HANDSHAKE_FAILURE, "RFC 9846 §4.2.1", "client and server share a key exchange group";
    NoCommonCertificateCurve: NoOverlap, HANDSHAKE_FAILURE, "RFC 8422 §5.3", "in TLS 1.2 the client lists the curve of the server's ECDSA key among its groups";
    CertificateCurve: Peer, ILLEGAL_PARAMETER, "RFC 8422 §5.3", "in TLS 1.2 the curve of the server's ECDSA key is one that we offered";
    CurveNotOffered: Peer, ILLEGAL_PARAMETER, "RFC 8422 §5.4", "the server picks a curve that we offered";

    // authentication
    NoCommonScheme: NoOverlap, HANDSHAKE_FAILURE, "RFC 9846 §4.3.3", "a key of ours can sign with a scheme that the peer accepts";
    SchemeNotOffered: Peer, ILLEGAL_PARAMETER, "RFC 9846 §4.5.2", "the peer signs with a scheme that we offered";
    SchemeKey: Peer, ILLEGAL_PARAMETER, "RFC 9846 §4.5.2", "the scheme of a signature fits the key of the certificate and the version";
    BadSignature: Peer, DECRYPT_ERROR, "RFC 9846 §4.5.2", "the signature over the handshake verifies under the certificate's key";
    BadKeyExchangeSignature: Peer, DECRYPT_ERROR, "RFC 8422 §5.4", "the signature over the server's key share verifies under the certificate's key";
    BadFinished: Peer, DECRYPT_ERROR, "RFC 9846 §4.5.3, RFC 5246 §7.4.9", "Finished proves that both sides saw the same handshake";
    EmptyCertificate: Peer, DECODE_ERROR, "RFC 9846 §4.5.1.3, RFC 5246 §7.4.2", "a server shows at least one certificate";
    RequestContext: Peer, ILLEGAL_PARAMETER, "RFC 9846 §4.5.1", "the certificate request context is empty in a handshake and echoed after it";
    KeyKind: Peer, UNSUPPORTED_CERTIFICATE, "RFC 9846 §4.5.1.2", "the certificate holds a kind of key that we know";
    KeyUsage: Peer, ILLEGAL_PARAMETER, "RFC 9846 §4.5.1.2", "the key usage of the leaf allows digital signatures";
    SuiteCertificate: Peer, ILLEGAL_PARAMETER, "RFC 5246 §7.4.2", "the certificate's key is of the kind that the cipher suite names";
    NoCredential: Policy, UNRECOGNIZED_NAME, "RFC 6066 §3", "there is a certificate for the name that the client asked for";
    CertificateRequired: Policy, CERTIFICATE_REQUIRED, "RFC 9846 §4.5.1.3", "the client shows a certificate where we demand one";
    CertificateRequired12: Policy, HANDSHAKE_FAILURE, "RFC 5246 §7.4.6", "the client shows a certificate where we demand one";
    Refused: Policy, BAD_CERTIFICATE, "RFC 9846 §4.5.1.3", "the peer's certificates are accepted";

    // extensions
    AlpnNotOffered: Peer, ILLEGAL_PARAMETER, "RFC 7301 §3.1", "the server picks one application protocol out of those that we offered";
    NoCommonAlpn: NoOverlap, NO_APPLICATION_PROTOCOL, "RFC 7301 §3.2", "client and server share an application protocol";

    // after the handshake
    KeyUpdates: Limit, UNEXPECTED_MESSAGE, "handfast", "keys are not updated over and over without data in between";
    Tickets: Limit, UNEXPECTED_MESSAGE, "handfast", "a server sends a bounded number of tickets";

    // ours
    SignerFailed: Backend, INTERNAL_ERROR, "RFC 9846 §4.5.2", "our own key signs";
    Backend: Backend, INTERNAL_ERROR, "RFC 9846 §6.2", "the cryptographic backend works";
    Encoding: Usage, INTERNAL_ERROR, "RFC 9846 §3.4", "what we were configured to send fits its field";
    WrongAnswer: Usage, INTERNAL_ERROR, "RFC 9846 §6.2", "an answer is given to the question that was asked";
    NotOverYet: Usage, INTERNAL_ERROR, "RFC 9846 §4", "the handshake is used in the order that its calls describe";
}

/// What was broken: a rule of the machines, of the message syntax, or of certificate syntax.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Cause {
    /// A rule of the flow or of the negotiation.
    Rule(Rule),
    /// A rule of the message syntax; it knows field and byte.
    Decode(DecodeError),
    /// A rule of the certificate syntax.
    Certificate(CertificateError),
}

/// Why a handshake failed: which rule, in which state, on which message, what was expected and
/// what came. One pointer wide; made on failure only.
pub struct Error(Box<Inner>);

struct Inner {
    cause: Cause,
    state: &'static str,
    on: &'static str,
    expected: String,
    found: String,
    alert: Option<AlertDescription>,
}

impl Error {
    /// A breach of `rule`.
    pub fn new(rule: Rule) -> Self {
        Self::from_cause(Cause::Rule(rule))
    }

    fn from_cause(cause: Cause) -> Self {
        let (expected, found) = (String::new(), String::new());
        Self(Box::new(Inner { cause, state: "", on: "", expected, found, alert: None }))
    }

    /// Adds what would have been right.
    #[must_use]
    pub fn expected(mut self, what: impl fmt::Display) -> Self {
        self.0.expected = bounded(what);
        self
    }

    /// Adds what came instead.
    #[must_use]
    pub fn found(mut self, what: impl fmt::Display) -> Self {
        self.0.found = bounded(what);
        self
    }

    /// Overrides the rule's alert: the judge of a chain knows the fitting one.
    #[must_use]
    pub fn with_alert(mut self, alert: AlertDescription) -> Self {
        self.0.alert = Some(alert);
        self
    }

    /// An input that has no arrow in this state. A TLS 1.3 server's wish for a missing message
    /// is not guessed: the drawn ones are listed.
    pub fn unexpected(arrows: &[Arrow], state: &'static str, on: &'static str) -> Self {
        let mut wanted = String::new();
        let mut last = "";
        for arrow in arrows.iter().filter(|a| a.from == state) {
            if arrow.on != last {
                wanted.push_str(if wanted.is_empty() { "" } else { " or " });
                wanted.push_str(arrow.on);
                last = arrow.on;
            }
        }
        let error = Self::new(Rule::UnexpectedMessage).found(on);
        (if wanted.is_empty() { error } else { error.expected(wanted) }).at(state, on)
    }

    /// A key change with bytes of a further message already there.
    pub fn straddles(state: &'static str, on: &'static str) -> Self {
        Self::new(Rule::Straddles).at(state, on)
    }

    /// Adds where it happened, unless that is known already.
    #[must_use]
    pub fn at(mut self, state: &'static str, on: &'static str) -> Self {
        if self.0.state.is_empty() {
            self.0.state = state;
            self.0.on = on;
        }
        self
    }

    /// An answer that no open question waits for is the program's mistake, not the peer's.
    pub(crate) fn for_answer(mut self) -> Self {
        if self.rule() == Some(Rule::UnexpectedMessage) {
            self.0.cause = Cause::Rule(Rule::WrongAnswer);
        }
        self
    }

    /// What was broken.
    pub fn cause(&self) -> Cause {
        self.0.cause
    }

    /// The broken rule of the machines, if it is one of theirs.
    pub fn rule(&self) -> Option<Rule> {
        match self.0.cause {
            Cause::Rule(rule) => Some(rule),
            _ => None,
        }
    }

    /// Whose doing it is.
    pub fn blame(&self) -> Blame {
        match self.0.cause {
            Cause::Rule(rule) => rule.blame(),
            Cause::Decode(_) | Cause::Certificate(_) => Blame::Peer,
        }
    }

    /// The alert that the peer gets. Total: every failure has one.
    pub fn alert(&self) -> AlertDescription {
        self.0.alert.unwrap_or(match self.0.cause {
            Cause::Rule(rule) => rule.alert(),
            Cause::Decode(error) => error.alert(),
            Cause::Certificate(_) => AlertDescription::BAD_CERTIFICATE,
        })
    }

    /// The section that states the rule.
    pub fn section(&self) -> &'static str {
        match self.0.cause {
            Cause::Rule(rule) => rule.section(),
            Cause::Decode(error) => error.section(),
            Cause::Certificate(_) => "RFC 5280 §4.1",
        }
    }

    /// The state in which it happened; empty before the first.
    pub fn state(&self) -> &'static str {
        self.0.state
    }

    /// The input on which it happened.
    pub fn on(&self) -> &'static str {
        self.0.on
    }

    /// What would have been right, where that can be said.
    pub fn wanted(&self) -> &str {
        &self.0.expected
    }

    /// What came instead, where that can be said.
    pub fn came(&self) -> &str {
        &self.0.found
    }
}

/// Text of at most 400 bytes: a peer's list may be much longer.
fn bounded(what: impl fmt::Display) -> String {
    struct Cut(String);
    impl fmt::Write for Cut {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let room = 400_usize.saturating_sub(self.0.len());
            match text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= room).last() {
                Some(end) => self.0.push_str(text.get(..end).unwrap_or_default()),
                None if text.is_empty() => {}
                None => return Err(fmt::Error),
            }
            if room < text.len() { Err(fmt::Error) } else { Ok(()) }
        }
    }
    let mut cut = Cut(String::new());
    // The one error there is comes from ourselves, when it is full.
    if fmt::write(&mut cut, format_args!("{what}")).is_err() {
        cut.0.push('…');
    }
    cut.0
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.cause {
            Cause::Rule(rule) => write!(f, "{}: the rule is that {}", rule.blame(), rule.text())?,
            Cause::Decode(error) => write!(f, "{}: {error}", Blame::Peer)?,
            Cause::Certificate(error) => write!(f, "{}: {error}", Blame::Peer)?,
        }
        if !self.0.expected.is_empty() {
            write!(f, "; expected {}", self.0.expected)?;
        }
        if !self.0.found.is_empty() {
            write!(f, "; found {}", self.0.found)?;
        }
        if !self.0.state.is_empty() {
            write!(f, " (in state {}, on {})", self.0.state, self.0.on)?;
        }
        write!(f, " [{}]", self.section())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.0.cause)
    }
}

impl core::error::Error for Error {}

impl From<Rule> for Error {
    fn from(rule: Rule) -> Self {
        Self::new(rule)
    }
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Self::from_cause(Cause::Decode(error))
    }
}

impl From<CertificateError> for Error {
    fn from(error: CertificateError) -> Self {
        Self::from_cause(Cause::Certificate(error))
    }
}

/// A backend that fails where no peer is to blame. Where one is, the handler says which rule.
impl From<CryptoError> for Error {
    fn from(error: CryptoError) -> Self {
        Self::new(Rule::Backend).found(error)
    }
}

/// `Err(rule)` unless `condition` holds: how a handler states a rule on one line.
pub(crate) fn ensure(condition: bool, rule: Rule) -> Result<(), Error> {
    if condition { Ok(()) } else { Err(Error::new(rule)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn an_error_names_rule_place_and_both_sides() {
        let arrows = [Arrow { from: "WaitCv", on: "CertificateVerify", to: "Judging", rekey: false }];
        let text = format!("{}", Error::unexpected(&arrows, "WaitCv", "Finished"));
        assert!(text.contains("expected CertificateVerify; found Finished (in state WaitCv, on Finished)"), "{text}");
        assert!(text.contains("RFC 9846"), "{text}");
    }

    #[test]
    fn an_error_is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
