//! The registry of causes: one row for everything that is known to go wrong with a handshake.
//!
//! The tool, its exit statuses, the tests and docs/causes.md read these rows and nothing else.

use super::facts::{Facts, Fit, Transport, is};
use crate::Kind;
use handfast_crypto::AlertDescription as Alert;
use handfast_handshake::Rule;
use handfast_record::Rule as RecordRule;

/// Whose fault a cause usually is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum At {
    /// The other side.
    Peer,
    /// Whoever asks: this side.
    You,
    /// The client, whichever side asks.
    Client,
    /// Neither alone: the two do not fit.
    Both,
    /// What lies between them.
    Network,
    /// The evidence does not say.
    Unknown,
}

/// What others call the same thing: what people paste into a search. Each is a piece of what is
/// really printed; empty where nothing characteristic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names {
    /// The number that `openssl verify` and `s_client` give (X509_V_ERR_*).
    pub verify: Option<u8>,
    /// OpenSSL 3.
    pub openssl: &'static str,
    /// curl with OpenSSL.
    pub curl: &'static str,
    /// Chromium and its kin.
    pub chrome: &'static str,
    /// Firefox.
    pub firefox: &'static str,
    /// nginx, in its error log: as the server, or towards its upstream.
    pub nginx: &'static str,
    /// Python's ssl module.
    pub python: &'static str,
}

macro_rules! causes {
    ($( $(#[$doc:meta])* $Cause:ident: $exit:literal, $At:ident, $section:literal,
        $title:literal,
        $fix:literal,
        [$verify:literal, $openssl:literal, $curl:literal, $chrome:literal, $firefox:literal, $nginx:literal, $python:literal],
        $fits:expr; )*) => {
        /// A likely cause of a failure. In its texts `{peer}` stands for the role of the other side.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Cause { $( $(#[$doc])* #[doc = $title] $Cause, )* }

        impl Cause {
            /// Every cause, in the order of the table.
            pub const ALL: &'static [Cause] = &[ $( Cause::$Cause, )* ];

            /// Its name: stable, for programs.
            pub const fn name(self) -> &'static str { match self { $( Self::$Cause => stringify!($Cause), )* } }

            /// The exit status of the tool `handfast`: stable too.
            pub const fn exit(self) -> u8 { match self { $( Self::$Cause => $exit, )* } }

            /// Whose fault it usually is.
            pub const fn at(self) -> At { match self { $( Self::$Cause => At::$At, )* } }

            /// The section that states the rule.
            pub const fn section(self) -> &'static str { match self { $( Self::$Cause => $section, )* } }

            /// What happened, in one clause with `{peer}` in it.
            pub const fn title(self) -> &'static str { match self { $( Self::$Cause => $title, )* } }

            /// What to do next, with `{peer}` in it.
            pub const fn fix(self) -> &'static str { match self { $( Self::$Cause => $fix, )* } }

            /// What others call it.
            pub const fn names(self) -> Names {
                match self { $( Self::$Cause => Names {
                    verify: if $verify == 0 { None } else { Some($verify) },
                    openssl: $openssl, curl: $curl, chrome: $chrome, firefox: $firefox, nginx: $nginx, python: $python,
                }, )* }
            }

            /// How the evidence speaks about it.
            pub(crate) fn fits(self, facts: &Facts<'_>) -> Fit {
                let fits: fn(&Facts<'_>) -> Fit = match self { $( Self::$Cause => $fits, )* };
                fits(facts)
            }
        }
    };
}

causes! {
    // before TLS
    NameLookup: 10, You, "", "the name has no address",
        "check the spelling of the name, and the resolver of this machine",
        [0, "Name or service not known", "curl: (6) Could not resolve host", "ERR_NAME_NOT_RESOLVED", "NS_ERROR_UNKNOWN_HOST", "host not found in upstream", "Name or service not known"],
        |f| is(f.transport(Transport::Lookup));
    PortClosed: 11, Peer, "", "nobody listens on this port",
        "start the {peer}, or check port and address: a firewall would be silent or say unreachable",
        [0, "Connection refused", "curl: (7) Failed to connect", "ERR_CONNECTION_REFUSED", "NS_ERROR_CONNECTION_REFUSED", "connect() failed (111: Connection refused)", "Connection refused"],
        |f| is(f.transport(Transport::Refused));
    Unreachable: 11, Network, "", "the {peer} cannot be reached",
        "check route, VPN and firewall between here and the {peer}",
        [0, "No route to host", "curl: (7) Failed to connect", "ERR_ADDRESS_UNREACHABLE", "NS_ERROR_NET_ERROR", "connect() failed (113: No route to host)", "No route to host"],
        |f| is(f.transport(Transport::Unreachable));
    NoAnswer: 12, Network, "", "no TCP connection came about in time",
        "a firewall that drops packets looks like this; so does a {peer} that is down",
        [0, "", "curl: (28)", "ERR_CONNECTION_TIMED_OUT", "NS_ERROR_NET_TIMEOUT", "upstream timed out (110: Connection timed out) while connecting", "timed out"],
        |f| is(f.transport(Transport::ConnectTimeout) || f.never_connected());
    SilentAfterHello: 12, Peer, "RFC 9846 §4.2", "the {peer} accepted the connection and then said nothing",
        "is it a TLS port? A hung worker, a firewall that swallows large ClientHellos, or a protocol in which the {peer} waits for something else first look like this",
        [0, "", "curl: (28)", "ERR_TIMED_OUT", "NS_ERROR_NET_TIMEOUT", "upstream timed out (110: Connection timed out) while SSL handshaking", "The handshake operation timed out"],
        |f| is(f.client() && f.timed_out() && f.silent() && !f.connected() && !f.never_connected());
    StalledLater: 12, Peer, "", "the {peer} fell silent in the middle of the handshake",
        "try again: if it stalls at the same step, ask for the {peer}'s log; large flights that get lost point to the path's MTU",
        [0, "", "curl: (28)", "ERR_TIMED_OUT", "NS_ERROR_NET_TIMEOUT", "upstream timed out (110: Connection timed out) while SSL handshaking", "The handshake operation timed out"],
        |f| is(f.timed_out() && !f.silent() && !f.connected());
    ClientSilent: 12, Peer, "RFC 9846 §4.2", "the client connected and then said nothing",
        "nothing, if it was a health check, a browser that connects ahead, or a port scan; those who mean TLS begin with a ClientHello",
        [0, "", "", "", "", "client timed out (110: Connection timed out) while SSL handshaking", "The handshake operation timed out"],
        |f| is(f.server() && f.timed_out() && f.silent() && !f.connected());
    SilentLater: 12, Peer, "", "the connection was complete, and then nothing came in time",
        "nothing, if the {peer} had nothing to say: browsers connect ahead; otherwise ask for its log",
        [0, "", "curl: (28)", "ERR_TIMED_OUT", "NS_ERROR_NET_TIMEOUT", "client timed out (110: Connection timed out)", "timed out"],
        |f| is(f.timed_out() && f.connected());
    ResetAfterHello: 13, Unknown, "", "the connection was reset before the {peer} had sent a byte",
        "something on the way or in front of the {peer} may drop what it does not like: try --max 1.2, and without a name (--sni none)",
        [0, "errno=104", "Connection reset by peer", "ERR_CONNECTION_RESET", "PR_CONNECT_RESET_ERROR", "Connection reset by peer", "Connection reset by peer"],
        |f| is(f.client() && f.transport(Transport::Reset) && f.silent());
    ResetLater: 13, Unknown, "", "the connection was reset in the middle",
        "repeat it: the same place each time points to a device or a crash, another place to the network",
        [0, "errno=104", "Connection reset by peer", "ERR_CONNECTION_RESET", "NS_ERROR_NET_RESET", "Connection reset by peer", "Connection reset by peer"],
        |f| is(f.transport(Transport::Reset) && !f.silent() && !f.only_warned());
    NothingSaid: 14, Peer, "", "the client connected and left without a word",
        "nothing, if it was a health check or a port scan; those who mean TLS begin with a ClientHello",
        [0, "unexpected eof while reading", "", "", "", "peer closed connection in SSL handshake", "EOF occurred in violation of protocol"],
        |f| is(f.server() && f.silent() && (f.cut() || f.transport(Transport::Reset)));
    LeftAtCertificate: 14, Peer, "RFC 9846 §6.1", "the client left without an alert when it had seen your certificate",
        "look at what you serve with handfast client: a browser that shows a warning, or a client that pins another key, leaves like this",
        [0, "unexpected eof while reading", "", "", "", "peer closed connection in SSL handshake", "EOF occurred in violation of protocol"],
        |f| if f.server() && f.cut() && !f.silent() && f.awaits_client() { Fit::Likely } else { Fit::No };
    ClosedAfterHello: 14, Peer, "RFC 9846 §6.1", "the server closed the connection before it had sent a byte",
        "is it a TLS port? A {peer} that is overloaded, restarts, or refuses this address closes like this: see its log",
        [0, "unexpected eof while reading", "curl: (35)", "ERR_CONNECTION_CLOSED", "PR_END_OF_FILE_ERROR", "peer closed connection in SSL handshake", "EOF occurred in violation of protocol"],
        |f| is(f.client() && f.cut() && f.silent());
    ClosedInHandshake: 14, Peer, "RFC 9846 §6.1", "the {peer} said goodbye in the middle of the handshake",
        "it gave up on purpose and gave no reason: its log may",
        [0, "unexpected eof while reading", "curl: (35)", "ERR_CONNECTION_CLOSED", "PR_END_OF_FILE_ERROR", "peer closed connection in SSL handshake", ""],
        |f| is(matches!(f.tls(), Some(Kind::Closed)) || f.alert(&[Alert::USER_CANCELED, Alert::CLOSE_NOTIFY]));

    // not TLS
    SpeaksHttp: 20, You, "RFC 9846 §5.1", "this port speaks plain HTTP, not TLS",
        "use http://, or find the port that speaks TLS (443 as a rule)",
        [0, "wrong version number", "wrong version number", "ERR_SSL_PROTOCOL_ERROR", "SSL_ERROR_RX_RECORD_TOO_LONG", "wrong version number", "WRONG_VERSION_NUMBER"],
        |f| is(f.client() && f.no_tls() && f.begins(&[b"HTTP/", b"<!DOCTYPE", b"<html"]));
    SpeaksSmtp: 20, You, "RFC 3207", "this port speaks SMTP or FTP, in which TLS starts with a command",
        "use a client that says STARTTLS (SMTP) or AUTH TLS (FTP) first, or the port that begins with TLS (465, 990)",
        [0, "wrong version number", "wrong version number", "ERR_SSL_PROTOCOL_ERROR", "SSL_ERROR_RX_RECORD_TOO_LONG", "wrong version number", "WRONG_VERSION_NUMBER"],
        |f| is(f.client() && f.no_tls() && f.begins(&[b"220"]));
    SpeaksMail: 20, You, "RFC 8314", "this port speaks IMAP or POP3, in which TLS starts with a command",
        "use a client that says STARTTLS (IMAP) or STLS (POP3) first, or the port that begins with TLS (993, 995)",
        [0, "wrong version number", "wrong version number", "ERR_SSL_PROTOCOL_ERROR", "SSL_ERROR_RX_RECORD_TOO_LONG", "wrong version number", "WRONG_VERSION_NUMBER"],
        |f| is(f.client() && f.no_tls() && f.begins(&[b"* OK", b"* PREAUTH", b"+OK"]));
    SpeaksSsh: 20, You, "RFC 4253 §4.2", "this port speaks SSH, not TLS",
        "use an SSH client, or find the port that speaks TLS",
        [0, "wrong version number", "wrong version number", "ERR_SSL_PROTOCOL_ERROR", "SSL_ERROR_RX_RECORD_TOO_LONG", "wrong version number", "WRONG_VERSION_NUMBER"],
        |f| is(f.no_tls() && f.begins(&[b"SSH-"]));
    HttpRequest: 20, Peer, "RFC 9846 §5.1", "the client sent a plain HTTP request to this TLS port",
        "let it use https://, or answer plain HTTP on another port with a redirect",
        [0, "http request", "Received HTTP/0.9 when not allowed", "ERR_EMPTY_RESPONSE", "", "client sent plain HTTP request to HTTPS port", "HTTP_REQUEST"],
        |f| is(f.server() && f.no_tls() && f.begins(&[b"GET ", b"POST ", b"HEAD ", b"PUT ", b"OPTIONS ", b"CONNECT ", b"DELETE ", b"PATCH ", b"PRI * HTTP/"]));
    ProxyHeader: 20, Peer, "", "the client sent a PROXY protocol header before TLS",
        "take the header off before TLS, or turn it off in the load balancer (send-proxy)",
        [0, "wrong version number", "", "", "", "broken header while reading PROXY protocol", "WRONG_VERSION_NUMBER"],
        |f| is(f.server() && f.no_tls() && f.begins(&[b"PROXY ", b"\r\n\r\n\0\r\nQUIT\n"]));
    NotTls: 20, Unknown, "RFC 9846 §5.1", "the {peer} does not speak TLS",
        "find out what this port is for: the evidence shows what came instead of a TLS record",
        [0, "wrong version number", "wrong version number", "ERR_SSL_PROTOCOL_ERROR", "SSL_ERROR_RX_RECORD_TOO_LONG", "wrong version number", "WRONG_VERSION_NUMBER"],
        |f| is(f.no_tls() && !f.known_protocol());

    // versions
    OldVersionOnly: 30, Peer, "RFC 8996 §4, §5", "the {peer} speaks nothing newer than TLS 1.1",
        "update the {peer}: TLS 1.0 and 1.1 are broken and forbidden, and not spoken here",
        [0, "protocol version", "protocol version", "ERR_SSL_VERSION_OR_CIPHER_MISMATCH", "SSL_ERROR_UNSUPPORTED_VERSION", "unsupported protocol", "PROTOCOL_VERSION"],
        |f| match () {
            () if f.ssl2() => Fit::Is,
            () if f.rule(&[Rule::NoCommonVersion]) => is(f.only_old_versions()),
            () if f.alert(&[Alert::PROTOCOL_VERSION]) && f.client() && !f.narrowed().versions => Fit::Likely,
            () => Fit::No,
        };
    NoCommonVersion: 30, Both, "RFC 9846 §4.3.1", "you and the {peer} have no protocol version in common",
        "allow both TLS 1.2 and 1.3 on one of the sides",
        [0, "protocol version", "protocol version", "ERR_SSL_VERSION_OR_CIPHER_MISMATCH", "SSL_ERROR_UNSUPPORTED_VERSION", "unsupported protocol", "PROTOCOL_VERSION"],
        |f| match () {
            () if f.rule(&[Rule::NoCommonVersion]) => is(!f.only_old_versions()),
            () if f.alert(&[Alert::PROTOCOL_VERSION]) && f.client() && f.narrowed().versions => Fit::Is,
            () if f.alert(&[Alert::PROTOCOL_VERSION]) => Fit::May,
            () if f.refused_offer() && f.narrowed().versions => Fit::May,
            () => Fit::No,
        };
    Fallback: 30, Peer, "RFC 7507 §3", "a client that had failed with a newer version came back with an older one",
        "find out why its first try failed; both sides can do better than this",
        [0, "inappropriate fallback", "inappropriate fallback", "ERR_SSL_FALLBACK_BEYOND_MINIMUM_VERSION", "SSL_ERROR_INAPPROPRIATE_FALLBACK_ALERT", "inappropriate fallback", "INAPPROPRIATE_FALLBACK"],
        |f| is(f.rule(&[Rule::InappropriateFallback]));
    FallbackRefused: 30, Unknown, "RFC 7507 §3", "the {peer} says that you came back with an older version than you both speak",
        "you do not do that: a device on the way may have; compare another network",
        [0, "inappropriate fallback", "inappropriate fallback", "ERR_SSL_FALLBACK_BEYOND_MINIMUM_VERSION", "SSL_ERROR_INAPPROPRIATE_FALLBACK_ALERT", "inappropriate fallback", "inappropriate fallback"],
        |f| is(f.alert(&[Alert::INAPPROPRIATE_FALLBACK]));
    Downgrade: 30, Unknown, "RFC 9846 §4.2.3", "the server chose an older version and says that it could speak TLS 1.3 with you",
        "somebody on the way may have changed your ClientHello: find the device that intercepts TLS here",
        [0, "inappropriate fallback", "curl: (35)", "ERR_TLS13_DOWNGRADE_DETECTED", "SSL_ERROR_RX_MALFORMED_SERVER_HELLO", "inappropriate fallback", "INAPPROPRIATE_FALLBACK"],
        |f| is(f.rule(&[Rule::Downgrade]));

    // what is negotiated
    NoCommonSuite: 31, Both, "RFC 9846 §4.2.1", "you and the {peer} have no cipher suite in common",
        "widen the list of suites on one side; both sides should have TLS_AES_128_GCM_SHA256 (1.3) or an ECDHE suite with GCM (1.2)",
        [0, "handshake failure", "handshake failure", "ERR_SSL_VERSION_OR_CIPHER_MISMATCH", "SSL_ERROR_NO_CYPHER_OVERLAP", "no shared cipher", "HANDSHAKE_FAILURE"],
        |f| match () {
            () if f.rule(&[Rule::NoCommonSuite]) => is(f.server() && !f.suites_meet()),
            () if f.alert(&[Alert::INSUFFICIENT_SECURITY]) => Fit::Likely,
            () if f.refused_offer() && f.narrowed().suites => if f.narrowed().one_kind { Fit::May } else { Fit::Likely },
            () if f.refused_offer() => Fit::May,
            () => Fit::No,
        };
    SuiteCertificate: 31, Both, "RFC 8422 §2, RFC 5246 §7.4.2", "the suites that both have need another kind of certificate than the server's",
        "an ECDSA certificate needs ECDHE_ECDSA suites, an RSA certificate ECDHE_RSA; TLS 1.3 has no such tie",
        [0, "handshake failure", "handshake failure", "ERR_SSL_VERSION_OR_CIPHER_MISMATCH", "SSL_ERROR_NO_CYPHER_OVERLAP", "no shared cipher", "HANDSHAKE_FAILURE"],
        |f| match () {
            () if f.rule(&[Rule::NoCommonSuite]) => is(f.server() && f.suites_meet()),
            () if f.refused_offer() && f.narrowed().one_kind => Fit::Likely,
            () if f.refused_offer() && f.narrowed().suites => Fit::May,
            () => Fit::No,
        };
    NoCommonGroup: 32, Both, "RFC 9846 §4.2.1", "you and the {peer} have no key exchange group in common",
        "allow x25519 or secp256r1 on both sides",
        [0, "handshake failure", "handshake failure", "ERR_SSL_VERSION_OR_CIPHER_MISMATCH", "SSL_ERROR_NO_CYPHER_OVERLAP", "no suitable key share", "HANDSHAKE_FAILURE"],
        |f| match () {
            () if f.rule(&[Rule::NoCommonGroup]) => is(f.server()),
            () if f.refused_offer() && f.narrowed().groups => Fit::Likely,
            () if f.refused_offer() => Fit::May,
            () => Fit::No,
        };
    CertificateCurve: 32, Both, "RFC 8422 §5.3", "in TLS 1.2 the client must list the curve of the server's certificate among its groups, and does not",
        "allow that curve on the client (secp256r1 as a rule), use an RSA certificate, or TLS 1.3, which has no such tie",
        [0, "no shared cipher", "handshake failure", "ERR_SSL_VERSION_OR_CIPHER_MISMATCH", "SSL_ERROR_NO_CYPHER_OVERLAP", "no shared cipher", "HANDSHAKE_FAILURE"],
        |f| is(f.server() && f.rule(&[Rule::NoCommonCertificateCurve]));
    NoCommonScheme: 33, Both, "RFC 9846 §4.3.3", "no signature scheme fits both the certificate's key and what the verifier accepts",
        "allow a scheme for the key of the certificate (ecdsa_secp256r1_sha256, rsa_pss_rsae_sha256, ed25519), or use another key",
        [0, "handshake failure", "handshake failure", "ERR_SSL_VERSION_OR_CIPHER_MISMATCH", "SSL_ERROR_UNSUPPORTED_SIGNATURE_ALGORITHM", "no suitable signature algorithm", "HANDSHAKE_FAILURE"],
        |f| match () {
            () if f.rule(&[Rule::NoCommonScheme]) => Fit::Is,
            () if f.refused_offer() && f.narrowed().schemes => Fit::Likely,
            () if f.refused_offer() => Fit::May,
            () => Fit::No,
        };
    NoCommonAlpn: 34, Both, "RFC 7301 §3.2", "you and the {peer} have no application protocol in common",
        "offer a protocol that the server has (h2, http/1.1), or leave ALPN out",
        [0, "no application protocol", "no application protocol", "ERR_ALPN_NEGOTIATION_FAILED", "SSL_ERROR_NEXT_PROTOCOL_NO_PROTOCOL", "no application protocol", "no application protocol"],
        |f| is(f.rule(&[Rule::NoCommonAlpn]) || f.alert(&[Alert::NO_APPLICATION_PROTOCOL]));
    NameRefused: 35, Both, "RFC 6066 §3", "the server has nothing for the name that was asked for",
        "check the name; the server needs a certificate and a virtual host for it",
        [0, "unrecognized name", "unrecognized name", "ERR_SSL_UNRECOGNIZED_NAME_ALERT", "SSL_ERROR_UNRECOGNIZED_NAME_ALERT", "unrecognized name", "UNRECOGNIZED_NAME"],
        |f| match () {
            () if f.rule(&[Rule::NoCredential]) || f.alert(&[Alert::UNRECOGNIZED_NAME]) => Fit::Is,
            () if f.alert(&[Alert::INTERNAL_ERROR]) && f.awaits_hello() => Fit::May,
            () if f.refused_offer() => Fit::May,
            () => Fit::No,
        };
    RefusedOffer: 71, Both, "RFC 9846 §6.2", "the {peer} found nothing acceptable in what was offered and does not say what it lacks",
        "its own log says which: suite, group, signature scheme, certificate for this name, or a certificate from you. If you have narrowed what you offer, widen it, one list at a time",
        [0, "handshake failure", "handshake failure", "ERR_SSL_VERSION_OR_CIPHER_MISMATCH", "SSL_ERROR_HANDSHAKE_FAILURE_ALERT", "handshake failure", "HANDSHAKE_FAILURE"],
        |f| match () {
            () if f.refused_offer() => if f.narrowed_somewhere() { Fit::May } else { Fit::Likely },
            () if f.alert(&[Alert::HANDSHAKE_FAILURE, Alert::INSUFFICIENT_SECURITY]) => Fit::May,
            () => Fit::No,
        };
    PskRefused: 36, Both, "RFC 9846 §4.3.11", "the {peer} says that it does not know the pre-shared key or session",
        "compare identity and key on both sides; a session may be too old: start a new one",
        [0, "unknown psk identity", "unknown psk identity", "ERR_SSL_PROTOCOL_ERROR", "SSL_ERROR_UNKNOWN_PSK_IDENTITY_ALERT", "unknown psk identity", "UNKNOWN_PSK_IDENTITY"],
        |f| is(f.alert(&[Alert::UNKNOWN_PSK_IDENTITY]));

    // certificates: the chain
    LeafNotFirst: 44, Peer, "RFC 9846 §4.5.1, RFC 5246 §7.4.2", "the {peer}'s own certificate does not come first: a CA certificate does",
        "put the {peer}'s own certificate first in the file, then each one's issuer behind it",
        [0, "", "", "NET::ERR_CERT_COMMON_NAME_INVALID", "SSL_ERROR_BAD_CERT_DOMAIN", "", "certificate verify failed"],
        |f| is(f.wrong_first());
    WrongIntermediate: 40, Peer, "RFC 5280 §6.1", "the {peer} sends a certificate that did not issue its own, and not the one that did",
        "install the right chain: the CA that issued the certificate hands out the intermediate that belongs to it",
        [20, "unable to get local issuer certificate", "unable to get local issuer certificate", "NET::ERR_CERT_AUTHORITY_INVALID", "SEC_ERROR_UNKNOWN_ISSUER", "20:unable to get local issuer certificate", "unable to get local issuer certificate"],
        |f| match () {
            () if !f.leaf(&["UnknownIssuer"]) || f.sent() < 2 || f.leaf_not_first() => Fit::No,
            () if f.unreadable() => Fit::May,
            () => Fit::Likely,
        };
    MissingIntermediate: 40, Peer, "RFC 9846 §4.5.1, RFC 5280 §6.1", "the issuer of the {peer}'s certificate was not sent, and is not among the roots that you trust",
        "is the issuer a private root? Then trust it (--ca FILE). Otherwise the {peer} must send leaf and intermediate (nginx: ssl_certificate with the full chain); browsers hide this fault, they fetch or remember intermediates",
        [20, "unable to get local issuer certificate", "unable to get local issuer certificate", "NET::ERR_CERT_AUTHORITY_INVALID", "SEC_ERROR_UNKNOWN_ISSUER", "20:unable to get local issuer certificate", "unable to get local issuer certificate"],
        |f| match () {
            // With roots of one's own the wrong ones are as likely.
            () if f.leaf(&["UnknownIssuer"]) && f.sent() == 1 => if f.few_roots() { Fit::May } else { Fit::Likely },
            () if f.refused(&["UnknownIssuer"]) && !f.leaf_not_first() => Fit::May,
            () => Fit::No,
        };
    UnknownRoot: 41, Both, "RFC 5280 §6.1", "the chain is issued by a root that you do not trust",
        "is it a private CA? Then trust its root (--ca FILE); if not, somebody else may be answering in the {peer}'s place",
        [19, "in certificate chain", "in certificate chain", "NET::ERR_CERT_AUTHORITY_INVALID", "SEC_ERROR_UNKNOWN_ISSUER", "19:self-signed certificate in certificate chain", "in certificate chain"],
        |f| match () {
            () if f.refused(&["UntrustedRoot"]) && !f.leaf_not_first() => Fit::Is,
            () if f.issuer(&["UnknownIssuer"]) => Fit::Likely,
            () if f.leaf(&["UnknownIssuer", "SelfSigned"]) && !f.leaf_not_first() => Fit::May,
            () => Fit::No,
        };
    SelfSigned: 41, Peer, "RFC 5280 §6.1", "the {peer}'s certificate is signed by its own key",
        "use a certificate from a CA; or, if you know this very certificate, trust it (--ca with it)",
        [18, "self-signed certificate", "self-signed certificate", "NET::ERR_CERT_AUTHORITY_INVALID", "MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT", "18:self-signed certificate", "self-signed certificate"],
        |f| if f.refused(&["SelfSigned"]) && !f.leaf_not_first() { Fit::Likely } else { Fit::No };
    IssuerNamesake: 41, Unknown, "RFC 5280 §6.1.3 (a)(1)", "a certificate is not signed by the issuer that it names",
        "two CAs of the same name are the usual reason: was the CA made again after it had issued? Or the certificate was changed on the way",
        [7, "certificate signature failure", "certificate signature failure", "NET::ERR_CERT_INVALID", "SEC_ERROR_BAD_SIGNATURE", "7:certificate signature failure", "certificate signature failure"],
        |f| is(f.refused(&["BadSignature"]) && !f.leaf_not_first());
    LeafExpired: 42, Peer, "RFC 5280 §6.1.3 (a)(2)", "the {peer}'s certificate has expired",
        "renew the certificate and reload the {peer}; check that what it serves is the new one",
        [10, "certificate has expired", "certificate has expired", "NET::ERR_CERT_DATE_INVALID", "SEC_ERROR_EXPIRED_CERTIFICATE", "10:certificate has expired", "certificate has expired"],
        |f| is(f.leaf(&["Expired"]) && !f.leaf_not_first());
    IssuerExpired: 42, Peer, "RFC 5280 §6.1.3 (a)(2)", "an intermediate certificate has expired, not the {peer}'s own",
        "install the CA's current intermediate; the {peer}'s own certificate need not be issued again for this",
        [10, "certificate has expired", "certificate has expired", "NET::ERR_CERT_DATE_INVALID", "SEC_ERROR_EXPIRED_ISSUER_CERTIFICATE", "10:certificate has expired", "certificate has expired"],
        |f| is(f.issuer(&["Expired"]) && !f.leaf_not_first());
    LeafNotYetValid: 42, Unknown, "RFC 5280 §6.1.3 (a)(2)", "the {peer}'s certificate is not valid yet",
        "look at your clock first: if it is right, the {peer} serves a certificate from the future",
        [9, "certificate is not yet valid", "certificate is not yet valid", "NET::ERR_CERT_DATE_INVALID", "MOZILLA_PKIX_ERROR_NOT_YET_VALID_CERTIFICATE", "9:certificate is not yet valid", "certificate is not yet valid"],
        |f| is(f.leaf(&["NotYetValid"]) && !f.leaf_not_first());
    IssuerNotYetValid: 42, Unknown, "RFC 5280 §6.1.3 (a)(2)", "an intermediate certificate is not valid yet",
        "look at your clock first: if it is right, the {peer} serves an intermediate from the future",
        [9, "certificate is not yet valid", "certificate is not yet valid", "NET::ERR_CERT_DATE_INVALID", "MOZILLA_PKIX_ERROR_NOT_YET_VALID_ISSUER_CERTIFICATE", "9:certificate is not yet valid", "certificate is not yet valid"],
        |f| is(f.issuer(&["NotYetValid"]) && !f.leaf_not_first());

    // certificates: the name
    DefaultCertificate: 43, You, "RFC 6066 §3, RFC 9525 §6", "you sent no server name, and the server answered with the certificate of its default host",
        "send the name (leave out --sni none); servers with several hosts choose the certificate by it",
        [62, "hostname mismatch", "no alternative certificate subject name matches", "NET::ERR_CERT_COMMON_NAME_INVALID", "SSL_ERROR_BAD_CERT_DOMAIN", "upstream SSL certificate does not match", "Hostname mismatch"],
        |f| if f.leaf(&["HostMismatch"]) && f.other_name() && !f.leaf_not_first() { Fit::Likely } else { Fit::No };
    CommonNameOnly: 43, Peer, "RFC 9525 §2, §6.3", "the {peer}'s certificate has no subjectAltName: its common name does not count",
        "reissue it with the name as a subjectAltName (DNS); OpenSSL and curl still accept the common name, browsers and Go do not",
        [0, "", "", "NET::ERR_CERT_COMMON_NAME_INVALID", "SSL_ERROR_BAD_CERT_DOMAIN", "", ""],
        |f| is(f.leaf(&["HostMismatch"]) && f.no_names() && !f.other_name() && !f.leaf_not_first());
    WildcardDepth: 43, Peer, "RFC 9525 §6.3", "the {peer}'s certificate has a wildcard, and a wildcard stands for exactly one label",
        "reissue it with the full name, or with a wildcard one label deeper",
        [62, "hostname mismatch", "no alternative certificate subject name matches", "NET::ERR_CERT_COMMON_NAME_INVALID", "SSL_ERROR_BAD_CERT_DOMAIN", "upstream SSL certificate does not match", "Hostname mismatch"],
        |f| is(f.leaf(&["HostMismatch"]) && f.wildcard_depth() && !f.other_name() && !f.leaf_not_first());
    AddressMismatch: 43, Both, "RFC 9525 §6.4", "the {peer}'s certificate does not have the address that you asked for",
        "connect by a name of the certificate, or reissue it with the address as a subjectAltName (IP)",
        [64, "IP address mismatch", "no alternative certificate subject name matches", "NET::ERR_CERT_COMMON_NAME_INVALID", "SSL_ERROR_BAD_CERT_DOMAIN", "upstream SSL certificate does not match", "IP address mismatch"],
        |f| is(f.leaf(&["AddressMismatch"]) && !f.leaf_not_first());
    NameMismatch: 43, Both, "RFC 9525 §6", "the {peer}'s certificate is for other names",
        "connect to a name of the certificate, or reissue it with the name that you use",
        [62, "hostname mismatch", "no alternative certificate subject name matches", "NET::ERR_CERT_COMMON_NAME_INVALID", "SSL_ERROR_BAD_CERT_DOMAIN", "upstream SSL certificate does not match", "Hostname mismatch"],
        |f| match () {
            () if !f.leaf(&["HostMismatch"]) || f.leaf_not_first() => Fit::No,
            () if f.other_name() => Fit::May,
            () => is(!f.no_names() && !f.wildcard_depth()),
        };

    // certificates: what they may do
    NotAnAuthority: 44, Peer, "RFC 5280 §6.1.4 (k)", "the issuer is not a CA: its certificate does not say that it may issue others",
        "have the certificate issued by a real CA certificate (basicConstraints cA)",
        [79, "invalid CA certificate", "invalid CA certificate", "NET::ERR_CERT_INVALID", "SEC_ERROR_CA_CERT_INVALID", "79:invalid CA certificate", "invalid CA certificate"],
        |f| is(f.refused(&["NotAuthority"]) && !f.leaf_not_first());
    MayNotSign: 44, Peer, "RFC 5280 §6.1.4 (n)", "the issuer's keyUsage does not allow it to sign certificates",
        "have the CA certificate made again with keyUsage keyCertSign",
        [79, "invalid CA certificate", "invalid CA certificate", "NET::ERR_CERT_INVALID", "SEC_ERROR_INADEQUATE_KEY_USAGE", "79:invalid CA certificate", "invalid CA certificate"],
        |f| is(f.refused(&["MayNotSign"]) && !f.leaf_not_first());
    PathLength: 44, Peer, "RFC 5280 §6.1.4 (l), (m)", "a CA of the chain allows fewer intermediates below it",
        "use an intermediate that the CA allows: its pathLenConstraint says how many may follow",
        [25, "path length constraint exceeded", "path length constraint exceeded", "NET::ERR_CERT_INVALID", "SEC_ERROR_PATH_LEN_CONSTRAINT_INVALID", "25:path length constraint exceeded", "path length constraint exceeded"],
        |f| is(f.refused(&["PathLength", "TooDeep"]) && !f.leaf_not_first());
    NameConstraint: 44, Peer, "RFC 5280 §4.2.1.10", "a CA of the chain may not issue certificates for this name",
        "get the certificate from a CA that may name this host",
        [47, "permitted subtree violation", "permitted subtree violation", "NET::ERR_CERT_NAME_CONSTRAINT_VIOLATION", "SEC_ERROR_CERT_NOT_IN_NAME_SPACE", "47:permitted subtree violation", "permitted subtree violation"],
        |f| is(f.refused(&["NotPermitted", "UnsupportedConstraint"]) && !f.leaf_not_first());
    NameExcluded: 44, Peer, "RFC 5280 §4.2.1.10", "a CA of the chain is forbidden to issue certificates for this name",
        "get the certificate from a CA that may name this host",
        [48, "excluded subtree violation", "excluded subtree violation", "NET::ERR_CERT_NAME_CONSTRAINT_VIOLATION", "SEC_ERROR_CERT_NOT_IN_NAME_SPACE", "48:excluded subtree violation", "excluded subtree violation"],
        |f| is(f.refused(&["Excluded"]) && !f.leaf_not_first());
    WrongPurpose: 44, Peer, "RFC 5280 §4.2.1.12", "the {peer}'s certificate is for another purpose",
        "reissue it with the extended key usage for this role: serverAuth for servers, clientAuth for clients",
        [26, "unsuitable certificate purpose", "unsuitable certificate purpose", "NET::ERR_CERT_INVALID", "SEC_ERROR_INADEQUATE_CERT_TYPE", "26:unsuitable certificate purpose", "unsuitable certificate purpose"],
        |f| is(f.refused(&["Purpose"]) && !f.leaf_not_first());
    KeyUsage: 44, Peer, "RFC 9846 §4.5.1.2", "the {peer}'s certificate does not let its key make signatures",
        "reissue it with keyUsage digitalSignature; OpenSSL and curl do not look at this, GnuTLS and Java do",
        [0, "", "", "ERR_SSL_KEY_USAGE_INCOMPATIBLE", "SEC_ERROR_INADEQUATE_KEY_USAGE", "", ""],
        |f| is((f.refused(&["MayNotAuthenticate"]) || f.rule(&[Rule::KeyUsage])) && !f.leaf_not_first());

    // certificates: keys, signatures, form
    WeakSignature: 45, Peer, "RFC 9155, RFC 6151", "a certificate is signed with a hash that can be forged",
        "have it issued again with SHA-256 or better",
        [68, "too weak", "too weak", "NET::ERR_CERT_WEAK_SIGNATURE_ALGORITHM", "SEC_ERROR_CERT_SIGNATURE_ALGORITHM_DISABLED", "68:CA signature digest algorithm too weak", "too weak"],
        |f| is(f.refused(&["WeakSignature"]) && !f.leaf_not_first());
    SmallKey: 45, Peer, "RFC 9325 §4.5", "a key of the chain is too short to be safe",
        "make a new key: P-256 or Ed25519, or RSA with 2048 bits or more",
        [66, "key too weak", "key too weak", "NET::ERR_CERT_WEAK_KEY", "MOZILLA_PKIX_ERROR_INADEQUATE_KEY_SIZE", "66:EE certificate key too weak", "key too weak"],
        |f| {
            let proof = f.rule(&[Rule::BadSignature, Rule::BadKeyExchangeSignature]) && f.weak_leaf().is_some();
            is((f.refused(&["LeafKeyTooSmall", "IssuerKeyTooSmall"]) || proof) && !f.leaf_not_first())
        };
    UnsupportedAlgorithm: 45, Both, "RFC 5280 §4.1.1.2, §4.1.2.7", "a certificate of the chain uses a kind of key or signature that is not spoken here",
        "use a certificate with an RSA, ECDSA (P-256, P-384) or Ed25519 key; or the other backend, which may know more",
        [76, "unsupported", "unsupported", "NET::ERR_CERT_INVALID", "SEC_ERROR_UNSUPPORTED_KEYALG", "76:", "unsupported"],
        |f| is((f.refused(&["UnsupportedKey", "UnsupportedSignature"]) || f.rule(&[Rule::KeyKind])) && !f.leaf_not_first());
    UnknownCritical: 47, Peer, "RFC 5280 §4.2", "a certificate has a critical extension that is not understood",
        "reissue it without the extension, or with it marked as not critical",
        [34, "unhandled critical extension", "unhandled critical extension", "NET::ERR_CERT_INVALID", "SEC_ERROR_UNKNOWN_CRITICAL_EXTENSION", "34:unhandled critical extension", "unhandled critical extension"],
        |f| is(f.refused(&["UnhandledCritical"]) && !f.leaf_not_first());
    MalformedCertificate: 47, Peer, "RFC 5280 §4.1", "a certificate cannot be read",
        "look at it with another reader (openssl x509 -text); it is damaged or was made by a faulty program",
        [0, "", "", "ERR_SSL_SERVER_CERT_BAD_FORMAT", "SEC_ERROR_BAD_DER", "", ""],
        |f| match () {
            () if f.leaf(&["UnknownIssuer"]) && f.unreadable() && !f.leaf_not_first() => Fit::Likely,
            () => is(f.refused(&["Malformed", "EmptyChain"]) || f.malformed_certificate() || f.rule(&[Rule::EmptyCertificate])),
        };
    ChainTooCostly: 47, Peer, "RFC 9846 §C.2", "the chain needs more work than is allowed",
        "send the certificate and its issuers, and nothing else",
        [0, "certificate chain too long", "", "NET::ERR_CERT_INVALID", "SEC_ERROR_UNKNOWN_ISSUER", "22:certificate chain too long", ""],
        |f| is(f.refused(&["BudgetSpent"]));
    RefusedByApplication: 41, You, "RFC 9846 §4.5.1.3", "your application refused the {peer}'s certificate",
        "its own words stand below",
        [0, "application verification failure", "", "", "", "", ""],
        |f| is(f.rule(&[Rule::Refused]));

    // client certificates
    ClientCertificateRequired: 50, Client, "RFC 9846 §4.5.1.3", "a client certificate is demanded, and none was shown",
        "the client shows one (--cert and --key), issued under a CA that the server trusts",
        [0, "certificate required", "certificate required", "ERR_BAD_SSL_CLIENT_AUTH_CERT", "SSL_ERROR_RX_CERTIFICATE_REQUIRED_ALERT", "client sent no required SSL certificate", "CERTIFICATE_REQUIRED"],
        |f| match () {
            () if f.rule(&[Rule::CertificateRequired, Rule::CertificateRequired12]) => Fit::Is,
            () if f.client() && !f.proof_sent() && f.alert(&[Alert::CERTIFICATE_REQUIRED]) => Fit::Is,
            // TLS 1.2 has no alert of its own for this; the place gives it away.
            () if f.declined() && f.certificate_alert() => Fit::Likely,
            () => Fit::No,
        };
    ClientCertificateUntrusted: 51, Both, "RFC 9846 §6.2", "the server does not trust the issuer of your certificate",
        "show a certificate under a CA that the server lists, or add your CA to the server's",
        [0, "unknown ca", "unknown ca", "ERR_BAD_SSL_CLIENT_AUTH_CERT", "SSL_ERROR_UNKNOWN_CA_ALERT", "client SSL certificate verify error", "UNKNOWN_CA"],
        |f| is_not_alone(f.client() && f.proof_sent() && f.alert(&[Alert::UNKNOWN_CA]), f.shown_alone());
    ClientIntermediateMissing: 51, You, "RFC 9846 §4.5.1", "you showed your certificate without the one that issued it",
        "put the intermediate behind your own certificate in the --cert file",
        [0, "unknown ca", "unknown ca", "ERR_BAD_SSL_CLIENT_AUTH_CERT", "SSL_ERROR_UNKNOWN_CA_ALERT", "client SSL certificate verify error", "UNKNOWN_CA"],
        |f| if f.client() && f.proof_sent() && f.shown_alone() && f.alert(&[Alert::UNKNOWN_CA]) { Fit::May } else { Fit::No };
    ClientCertificateExpired: 51, You, "RFC 9846 §6.2", "the server finds your certificate expired or not valid yet",
        "renew your certificate; if its dates are right, one of the two clocks is wrong",
        [0, "certificate expired", "certificate expired", "ERR_BAD_SSL_CLIENT_AUTH_CERT", "SSL_ERROR_EXPIRED_CERT_ALERT", "client SSL certificate verify error", "CERTIFICATE_EXPIRED"],
        |f| is(f.client() && f.proof_sent() && f.alert(&[Alert::CERTIFICATE_EXPIRED]));
    ClientCertificateRefused: 51, You, "RFC 9846 §6.2", "the server refused your certificate",
        "its log says why; an issuer that it does not trust, purpose (clientAuth) and revocation are the usual reasons",
        [0, "bad certificate", "bad certificate", "ERR_BAD_SSL_CLIENT_AUTH_CERT", "SSL_ERROR_BAD_CERT_ALERT", "client SSL certificate verify error", "BAD_CERTIFICATE"],
        |f| match () {
            () if f.client() && f.proof_sent() && f.alert(&[Alert::BAD_CERTIFICATE, Alert::UNSUPPORTED_CERTIFICATE, Alert::CERTIFICATE_REVOKED, Alert::CERTIFICATE_UNKNOWN, Alert::ACCESS_DENIED]) => Fit::Is,
            () if f.client() && f.proof_sent() && f.alert(&[Alert::HANDSHAKE_FAILURE, Alert::CERTIFICATE_REQUIRED]) => Fit::Likely,
            () => Fit::No,
        };

    // what the other side says about our certificate when we are the server, or about nothing at all
    ClientDistrusts: 41, Both, "RFC 9846 §6.2", "the client does not trust the issuer of your certificate",
        "do you send the intermediate? If so, the client must trust your CA: a private CA has to be installed there",
        [0, "unknown ca", "SSL certificate problem", "NET::ERR_CERT_AUTHORITY_INVALID", "SEC_ERROR_UNKNOWN_ISSUER", "alert unknown ca", "UNKNOWN_CA"],
        |f| is(f.saw_ours() && f.alert(&[Alert::UNKNOWN_CA]));
    ClientFindsExpired: 42, You, "RFC 9846 §6.2", "the client finds your certificate expired or not valid yet",
        "renew your certificate and reload; if its dates are right, the client's clock is wrong",
        [0, "certificate expired", "SSL certificate problem", "NET::ERR_CERT_DATE_INVALID", "SEC_ERROR_EXPIRED_CERTIFICATE", "alert certificate expired", "CERTIFICATE_EXPIRED"],
        |f| is(f.saw_ours() && f.alert(&[Alert::CERTIFICATE_EXPIRED]));
    ClientRefusesCertificate: 71, Unknown, "RFC 9846 §6.2", "the client refused your certificate and does not say why",
        "look at what you serve with handfast client: name, purpose and chain. Browsers say certificate_unknown for almost anything",
        [0, "certificate unknown", "SSL certificate problem", "NET::ERR_CERT_INVALID", "SEC_ERROR_UNKNOWN_ISSUER", "alert certificate unknown", "CERTIFICATE_UNKNOWN"],
        |f| is(f.saw_ours() && f.alert(&[Alert::BAD_CERTIFICATE, Alert::UNSUPPORTED_CERTIFICATE, Alert::CERTIFICATE_REVOKED, Alert::CERTIFICATE_UNKNOWN, Alert::ACCESS_DENIED]));
    CertificateAlert: 71, Unknown, "RFC 9846 §6.2", "the {peer} complains of a certificate although none was shown to it",
        "its log may say what it means",
        [0, "alert", "alert", "ERR_SSL_PROTOCOL_ERROR", "", "alert", "ALERT"],
        |f| match () {
            () if f.client() && !f.proof_sent() && !f.declined() => is(f.certificate_alert_proper()),
            () if f.server() && !f.saw_ours() => is(f.certificate_alert_proper()),
            () => Fit::No,
        };

    // proof
    BadCertificateVerify: 60, Peer, "RFC 9846 §4.5.2", "the {peer} could not prove that it owns its certificate",
        "its key is not the certificate's: check that both files belong together (openssl x509 -pubkey, openssl pkey -pubout). If they do, somebody else is answering",
        [0, "bad signature", "bad signature", "ERR_SSL_PROTOCOL_ERROR", "SEC_ERROR_BAD_SIGNATURE", "bad signature", "BAD_SIGNATURE"],
        |f| f.proof_or_altered(Rule::BadSignature);
    BadKeyExchangeSignature: 60, Unknown, "RFC 8422 §5.4", "the signature over the server's key share does not fit its certificate",
        "its key is not the certificate's, or bytes of the hellos were changed on the way: try TLS 1.3, which tells the two apart",
        [0, "bad signature", "bad signature", "ERR_SSL_PROTOCOL_ERROR", "SEC_ERROR_BAD_SIGNATURE", "bad signature", "BAD_SIGNATURE"],
        |f| f.proof_or_altered(Rule::BadKeyExchangeSignature);
    BadFinished: 60, Unknown, "RFC 9846 §4.5.3, RFC 5246 §7.4.9", "the {peer}'s Finished does not fit: the two sides did not see the same handshake",
        "somebody changed the handshake on the way, or the {peer} has a fault: try another network, then another version of the {peer}",
        [0, "digest check failed", "digest check failed", "ERR_SSL_PROTOCOL_ERROR", "SSL_ERROR_BAD_HANDSHAKE_HASH_VALUE", "digest check failed", "DIGEST_CHECK_FAILED"],
        |f| f.proof_or_altered(Rule::BadFinished);
    HandshakeAltered: 60, Network, "RFC 5246 §F.1.4", "a hello or another message was changed on the way",
        "in TLS 1.2 this looks like a wrong key or a fault of the {peer}; try TLS 1.3, or another network",
        [0, "bad signature", "bad signature", "ERR_SSL_PROTOCOL_ERROR", "SEC_ERROR_BAD_SIGNATURE", "bad signature", "BAD_SIGNATURE"],
        |f| {
            let rules = [Rule::BadSignature, Rule::BadKeyExchangeSignature, Rule::BadFinished];
            let open = rules.iter().any(|rule| f.proof_or_altered(*rule) == Fit::Likely);
            if open { Fit::May } else { Fit::No }
        };
    PeerDoubtsProof: 60, Unknown, "RFC 9846 §6.2", "the {peer} says that a signature or Finished of yours does not verify",
        "does your key belong to your certificate? If so, the handshake was changed on the way, or one of the two has a fault",
        [0, "decrypt error", "decrypt error", "ERR_SSL_DECRYPT_ERROR_ALERT", "SSL_ERROR_DECRYPT_ERROR_ALERT", "alert decrypt error", "DECRYPT_ERROR"],
        |f| is(f.alert(&[Alert::DECRYPT_ERROR]));

    // records
    ServerHelloAltered: 61, Network, "RFC 9846 §5.2", "the first protected record cannot be opened: the two sides do not have the same keys",
        "one of the hellos was changed on the way, or the {peer} has a fault: try another network, or TLS 1.2",
        [0, "bad record mac", "bad record mac", "ERR_SSL_PROTOCOL_ERROR", "SSL_ERROR_BAD_MAC_READ", "decryption failed or bad record mac", "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"],
        |f| match () {
            () if f.record(RecordRule::BadRecordMac) && f.first_protected() => Fit::Likely,
            () => Fit::No,
        };
    RecordDamaged: 61, Unknown, "RFC 9846 §5.2", "a protected record cannot be opened: it was changed on the way, or the {peer} has a fault",
        "repeat it: a faulty device damages now and then, an attacker whenever he likes; nothing of the record was used",
        [0, "bad record mac", "bad record mac", "ERR_SSL_PROTOCOL_ERROR", "SSL_ERROR_BAD_MAC_READ", "decryption failed or bad record mac", "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"],
        |f| match () {
            () if f.record(RecordRule::BadRecordMac) => if f.first_protected() { Fit::May } else { Fit::Is },
            () => Fit::No,
        };
    PeerSawDamage: 61, Unknown, "RFC 9846 §6.2", "the {peer} says that a record of yours arrived changed",
        "repeat it; right after the hellos it means that the two sides do not have the same keys",
        [0, "bad record mac", "bad record mac", "ERR_SSL_BAD_RECORD_MAC_ALERT", "SSL_ERROR_BAD_MAC_ALERT", "alert bad record mac", "BAD_RECORD_MAC"],
        |f| is(f.alert(&[Alert::BAD_RECORD_MAC, Alert::DECRYPTION_FAILED]));

    // cut
    CutInMessage: 62, Unknown, "RFC 9846 §6.1", "the connection to the {peer} ended in the middle of the handshake, without a word",
        "repeat it: the same byte each time points to a device on the way or a crash of the {peer}, another byte to the network",
        [0, "unexpected eof while reading", "curl: (35)", "ERR_CONNECTION_CLOSED", "PR_END_OF_FILE_ERROR", "peer closed connection in SSL handshake", "EOF occurred in violation of protocol"],
        |f| match () {
            () if f.cut() && f.client() && !f.silent() => Fit::Is,
            () if f.cut() && f.server() && !f.silent() => if f.awaits_client() { Fit::May } else { Fit::Is },
            () => Fit::No,
        };
    CutAfterHandshake: 62, Peer, "RFC 9846 §6.1", "the {peer} ended the connection without close_notify: what came may be cut short",
        "do not trust the length of what came, unless its own protocol says that it is whole; the {peer} should close with an alert",
        [0, "unexpected eof while reading", "unexpected eof while reading", "ERR_INCOMPLETE_CHUNKED_ENCODING", "NS_ERROR_NET_PARTIAL_TRANSFER", "", "EOF occurred in violation of protocol"],
        |f| is(f.truncated() && f.connected());

    // breaches
    MalformedMessage: 63, Peer, "RFC 9846 §3", "the {peer} sent a message that cannot be read",
        "this is a fault of the {peer} or of a device on the way: give its makers the bytes (handfast explain --bytes)",
        [0, "decode error", "curl: (35)", "ERR_SSL_PROTOCOL_ERROR", "SSL_ERROR_RX_MALFORMED_SERVER_HELLO", "length mismatch", "DECODE_ERROR"],
        |f| is(f.malformed_message());
    LimitReached: 63, Peer, "RFC 9846 §C", "the {peer} costs more than is allowed",
        "if the {peer} is honest, raise the limit (Limits in the configuration)",
        [0, "excessive message size", "curl: (35)", "ERR_SSL_PROTOCOL_ERROR", "SSL_ERROR_RX_RECORD_TOO_LONG", "excessive message size", "EXCESSIVE_MESSAGE_SIZE"],
        |f| is(f.limit());
    ProtectionMissing: 63, Peer, "RFC 7627 §5, RFC 5746 §4.1", "the {peer} lacks an extension that protects TLS 1.2, and you require it",
        "update the {peer}; only if that cannot be, allow it in the configuration",
        [0, "", "", "ERR_SSL_PROTOCOL_ERROR", "SSL_ERROR_MISSING_EXTENDED_MASTER_SECRET", "", ""],
        |f| is(f.rule(&[Rule::NoExtendedMainSecret, Rule::NoRenegotiationInfo]));
    PeerBrokeRule: 63, Peer, "RFC 9846 §4", "the {peer} broke a rule of the protocol",
        "this is a fault of the {peer} or of a device on the way: give its makers the rule and the message (handfast explain --bytes)",
        [0, "unexpected message", "curl: (35)", "ERR_SSL_PROTOCOL_ERROR", "SSL_ERROR_RX_UNEXPECTED_HANDSHAKE", "unexpected message", "UNEXPECTED_MESSAGE"],
        |f| is(f.breach());
    PeerSaysBreach: 63, Unknown, "RFC 9846 §6.2", "the {peer} says that you broke the protocol",
        "one of the two is wrong, or something between them: compare with another client; the exchange is worth a report to us",
        [0, "alert", "alert", "ERR_SSL_PROTOCOL_ERROR", "SSL_ERROR_ILLEGAL_PARAMETER_ALERT", "alert", "ALERT"],
        |f| is(f.breach_alert() || f.server() && f.alert(&[Alert::CERTIFICATE_REQUIRED]));

    // the rest
    PeerInternalError: 70, Peer, "RFC 9846 §6.2", "the {peer} failed for reasons of its own",
        "see its log. Some servers answer so to a name that they do not have",
        [0, "internal error", "internal error", "ERR_SSL_PROTOCOL_ERROR", "SSL_ERROR_INTERNAL_ERROR_ALERT", "alert internal error", "INTERNAL_ERROR"],
        |f| match () {
            () if f.alert(&[Alert::INTERNAL_ERROR]) => if f.awaits_hello() { Fit::Likely } else { Fit::Is },
            () => Fit::No,
        };
    OwnTrouble: 71, You, "RFC 9846 §6.2", "something is wrong on this side: the configuration, the backend or the calling program",
        "the rule below says what; the {peer} has nothing to do with it",
        [0, "internal error", "", "", "", "", ""],
        |f| is(f.own_trouble());
    Unexplained: 71, Unknown, "RFC 9846 §6", "none of the known causes could be established",
        "repeat it with handfast explain --bytes, and tell us: this needs a row of its own",
        [0, "", "", "", "", "", ""],
        |_| Fit::No;
}

/// Proven, unless another cause explains it as well.
fn is_not_alone(holds: bool, other: bool) -> Fit {
    match (holds, other) {
        (true, false) => Fit::Is,
        (true, true) => Fit::May,
        (false, _) => Fit::No,
    }
}
