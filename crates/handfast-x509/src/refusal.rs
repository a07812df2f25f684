//! Why a chain was refused: the reasons as one table, and the report made of them.

use crate::error::CertificateError;
use crate::policy::Budget;
use crate::time::Time;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use handfast_crypto::AlertDescription;

/// One row of the table of reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReasonRow {
    /// The reason's name.
    pub name: &'static str,
    /// Where the rule is written.
    pub section: &'static str,
    /// The alert that tells the peer.
    pub alert: AlertDescription,
    /// The number that `openssl verify` gives.
    pub openssl: u8,
    /// The reason, in one clause.
    pub text: &'static str,
}

macro_rules! reasons {
    ($( $(#[$doc:meta])* $Name:ident $({ $( $(#[$fdoc:meta])* $field:ident: $ty:ty ),* $(,)? })?
        => $rank:literal, $openssl:literal, $alert:ident, $section:literal, $text:literal; )*) => {
        /// Why one certificate cannot stand at its place in a path.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Reason { $( $(#[$doc])* $Name $({ $( $(#[$fdoc])* $field: $ty ),* })? , )* }

        impl Reason {
            /// The names of all reasons, in the order of the table.
            pub const NAMES: &'static [&'static str] = &[ $( stringify!($Name), )* ];

            /// The table itself, for those who print it.
            pub const TABLE: &'static [ReasonRow] = &[ $( ReasonRow {
                name: stringify!($Name),
                section: $section,
                alert: AlertDescription::$alert,
                openssl: $openssl,
                text: $text,
            }, )* ];

            /// The reason's name in the table.
            pub const fn name(&self) -> &'static str {
                match self { $( Self::$Name { .. } => stringify!($Name), )* }
            }

            /// What is wrong, in one clause.
            pub const fn text(&self) -> &'static str {
                match self { $( Self::$Name { .. } => $text, )* }
            }

            /// Where the rule is written.
            pub const fn section(&self) -> &'static str {
                match self { $( Self::$Name { .. } => $section, )* }
            }

            /// The alert that tells the peer (RFC 9846 §6.2).
            pub const fn alert(&self) -> AlertDescription {
                match self { $( Self::$Name { .. } => AlertDescription::$alert, )* }
            }

            /// The number that `openssl verify` gives to the same trouble (X509_V_ERR_*); 1
            /// (unspecified) where it has none.
            pub const fn openssl_code(&self) -> u8 {
                match self { $( Self::$Name { .. } => $openssl, )* }
            }

            /// How much this reason says about a chain that has several; the highest is reported.
            pub(crate) const fn rank(&self) -> u8 {
                match self { $( Self::$Name { .. } => $rank, )* }
            }
        }
    };
}

// Ranks: what stopped the whole search, then what is wrong with the peer's own certificate, then
// what is wrong with an issuer that was found, then that none was found, and last that something
// sent could not be read (alone, if that is the peer's own certificate).
reasons! {
    /// There is no certificate.
    EmptyChain
        => 99, 1, BAD_CERTIFICATE, "RFC 9846 §4.5.1", "no certificate was sent";
    /// The search cost more than the budget allows.
    BudgetSpent {
        /// What ran out.
        what: &'static str,
        /// How much of it there was.
        limit: u32,
    } => 98, 1, BAD_CERTIFICATE, "our limit", "the chain needs more work than is allowed";
    /// The certificate cannot be read.
    Malformed {
        /// The rule, the field and the place.
        error: CertificateError,
    } => 20, 1, BAD_CERTIFICATE, "RFC 5280 §4", "the certificate is malformed";
    /// The certificate's last moment has passed.
    Expired {
        /// Its last moment.
        not_after: Time,
        /// The moment of judging.
        now: Time,
    } => 80, 10, CERTIFICATE_EXPIRED, "RFC 5280 §6.1.3 (a)(2)", "the certificate has expired";
    /// The certificate's first moment is still to come.
    NotYetValid {
        /// Its first moment.
        not_before: Time,
        /// The moment of judging.
        now: Time,
    } => 79, 9, CERTIFICATE_EXPIRED, "RFC 5280 §6.1.3 (a)(2)", "the certificate is not valid yet";
    /// The certificate is for other hosts.
    HostMismatch {
        /// The host that was asked for.
        expected: String,
        /// The names found, at most eight.
        found: Vec<String>,
        /// How many more there are.
        more: usize,
    } => 90, 62, BAD_CERTIFICATE, "RFC 9525 §6", "the certificate is not for this host";
    /// The certificate is for other addresses.
    AddressMismatch {
        /// The address that was asked for.
        expected: String,
        /// The names found, at most eight.
        found: Vec<String>,
        /// How many more there are.
        more: usize,
    } => 90, 64, BAD_CERTIFICATE, "RFC 9525 §6.4", "the certificate is not for this address";
    /// extKeyUsage lacks the purpose.
    Purpose {
        /// The purpose that is needed.
        expected: &'static str,
    } => 70, 26, UNSUPPORTED_CERTIFICATE, "RFC 5280 §4.2.1.12", "the certificate is for other purposes";
    /// keyUsage does not let the peer's key sign a handshake, which every suite we speak needs.
    MayNotAuthenticate
        => 70, 26, UNSUPPORTED_CERTIFICATE, "RFC 9846 §4.5.1.2", "the certificate's keyUsage does not allow digital signatures";
    /// A critical extension is not understood.
    UnhandledCritical {
        /// Its object identifier.
        extension: String,
    } => 69, 34, UNSUPPORTED_CERTIFICATE, "RFC 5280 §4.2", "a critical extension is not understood";
    /// The peer's own key is too short.
    LeafKeyTooSmall {
        /// Its length.
        bits: usize,
        /// The least that the policy allows.
        least: usize,
    } => 68, 66, BAD_CERTIFICATE, "RFC 9325 §4.5", "the certificate's key is too short";
    /// The key is of a kind that we cannot use.
    UnsupportedKey {
        /// The kind.
        key: String,
    } => 67, 6, UNSUPPORTED_CERTIFICATE, "RFC 5280 §4.1.2.7", "the key is of an unsupported kind";
    /// An issuer's key is too short.
    IssuerKeyTooSmall {
        /// Its length.
        bits: usize,
        /// The least that the policy allows.
        least: usize,
    } => 56, 67, BAD_CERTIFICATE, "RFC 9325 §4.5", "the issuer's key is too short";
    /// A signature was made with a hash that can be forged.
    WeakSignature {
        /// The algorithm.
        algorithm: &'static str,
    } => 58, 68, BAD_CERTIFICATE, "RFC 9155, RFC 6151", "the certificate is signed with a weak algorithm";
    /// A signature was made with an algorithm that we cannot verify.
    UnsupportedSignature {
        /// The algorithm.
        algorithm: String,
    } => 57, 76, UNSUPPORTED_CERTIFICATE, "RFC 5280 §4.1.1.2", "the signature algorithm is not supported";
    /// A name lies outside of what an authority may name.
    NotPermitted {
        /// The name.
        name: String,
    } => 66, 47, BAD_CERTIFICATE, "RFC 5280 §4.2.1.10", "a name is outside the permitted subtrees";
    /// A name lies in what an authority may not name.
    Excluded {
        /// The name.
        name: String,
        /// The subtree that holds it.
        subtree: String,
    } => 66, 48, BAD_CERTIFICATE, "RFC 5280 §4.2.1.10", "a name is inside an excluded subtree";
    /// A name constraint of a kind that we cannot apply to a name that is there.
    UnsupportedConstraint {
        /// The name.
        name: String,
    } => 65, 51, UNSUPPORTED_CERTIFICATE, "RFC 5280 §4.2.1.10", "a name constraint cannot be applied";
    /// The issuer is not an authority.
    NotAuthority {
        /// The version of its certificate; only version 3 can say that it is one.
        version: u8,
    } => 55, 79, BAD_CERTIFICATE, "RFC 5280 §6.1.4 (k)", "the issuer is not an authority";
    /// The issuer's key may not sign certificates.
    MayNotSign
        => 54, 79, BAD_CERTIFICATE, "RFC 5280 §6.1.4 (n)", "the issuer's keyUsage does not allow to sign certificates";
    /// An issuer allows fewer intermediates below it.
    PathLength {
        /// How many it allows.
        allowed: u32,
        /// How many there are.
        found: usize,
    } => 53, 25, BAD_CERTIFICATE, "RFC 5280 §6.1.4 (l), (m)", "the path is longer than the issuer allows";
    /// The policy allows fewer intermediates.
    TooDeep {
        /// How many it allows.
        allowed: usize,
    } => 52, 22, BAD_CERTIFICATE, "our limit", "the path has too many intermediates";
    /// The signature does not verify under the key of the issuer that has the right name.
    BadSignature {
        /// The issuer whose key was tried.
        issuer: String,
        /// Whether that is a trusted root, and not a certificate that was sent.
        trusted: bool,
    } => 50, 7, BAD_CERTIFICATE, "RFC 5280 §6.1.3 (a)(1)", "the signature does not verify with the issuer's key";
    /// The path ends at a self-issued certificate that was sent and is not trusted.
    UntrustedRoot
        => 40, 19, UNKNOWN_CA, "RFC 5280 §6.1", "the chain ends at a root that is not trusted";
    /// The peer's own certificate is self-issued and not trusted.
    SelfSigned
        => 40, 18, UNKNOWN_CA, "RFC 5280 §6.1", "the certificate is self-signed and not trusted";
    /// No certificate of the issuer was sent or is trusted.
    UnknownIssuer {
        /// The issuer that is missing.
        issuer: String,
    } => 30, 20, UNKNOWN_CA, "RFC 5280 §6.1", "the issuer is neither trusted nor among the certificates sent";
}

/// The clause and what was found.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())?;
        match self {
            Self::EmptyChain | Self::MayNotAuthenticate | Self::MayNotSign | Self::UntrustedRoot | Self::SelfSigned => {
                Ok(())
            }
            Self::BudgetSpent { what, limit } => write!(f, ": more than {limit} {what}"),
            Self::Malformed { error } => write!(f, ": {error}"),
            Self::Expired { not_after, now } => write!(f, ": it was valid until {not_after}, and it is {now}"),
            Self::NotYetValid { not_before, now } => write!(f, ": it is valid from {not_before}, and it is {now}"),
            Self::HostMismatch { expected, found, more } | Self::AddressMismatch { expected, found, more } => {
                write!(f, ": expected {expected}, found {}", Joined(found))?;
                if *more > 0 { write!(f, " and {more} more") } else { Ok(()) }
            }
            Self::Purpose { expected } => write!(f, ": extKeyUsage lacks {expected}"),
            Self::UnhandledCritical { extension } => write!(f, ": {extension}"),
            Self::LeafKeyTooSmall { bits, least } | Self::IssuerKeyTooSmall { bits, least } => {
                write!(f, ": {bits} bits, and {least} are required")
            }
            Self::UnsupportedKey { key } => write!(f, ": {key}"),
            Self::WeakSignature { algorithm } => write!(f, ": {algorithm}"),
            Self::UnsupportedSignature { algorithm } => write!(f, ": {algorithm}"),
            Self::NotPermitted { name } | Self::UnsupportedConstraint { name } => write!(f, ": {name}"),
            Self::Excluded { name, subtree } => write!(f, ": {name} is in {subtree}"),
            Self::NotAuthority { version: 3 } => f.write_str(": basicConstraints does not say cA"),
            Self::NotAuthority { version } => write!(f, ": a version {version} certificate cannot say that it is"),
            Self::PathLength { allowed, found } => write!(f, ": {found} intermediates, and {allowed} are allowed"),
            Self::TooDeep { allowed } => write!(f, ": more than {allowed}"),
            Self::BadSignature { issuer, trusted: true } => {
                write!(f, ", the trusted root {issuer}: another CA of the same name?")
            }
            Self::BadSignature { issuer, .. } => write!(f, ", {issuer}: another of the same name?"),
            Self::UnknownIssuer { issuer } => write!(f, ": {issuer}"),
        }
    }
}

struct Joined<'a>(&'a [String]);

impl fmt::Display for Joined<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, rest)) = self.0.split_first() else { return f.write_str("no alternative name") };
        f.write_str(first)?;
        rest.iter().try_for_each(|name| write!(f, ", {name}"))
    }
}

/// A certificate of a path: one that was sent, or one of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// By its number in the chain; 0 is the peer's own.
    Sent(usize),
    /// By its number in [`Roots`](crate::Roots).
    Anchor(usize),
}

/// One end of the search: how far the path came, and why it went no further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The certificates that stood, by their numbers in the chain, the peer's own first.
    pub path: Vec<usize>,
    /// The certificate that fell.
    pub failed_at: Place,
    /// Its subject.
    pub subject: String,
    /// Why it fell.
    pub reason: Reason,
}

/// How many attempts a refusal keeps.
pub const MAX_ATTEMPTS: usize = 16;

/// Why a chain was refused: every path that was tried and where it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The attempts in the order they were made, at most [`MAX_ATTEMPTS`].
    pub tried: Vec<Attempt>,
    /// How many further attempts were not kept.
    pub more: usize,
    /// What the search has cost, as [`Verified::spent`](crate::Verified::spent) says it of a chain that holds.
    pub spent: Budget,
    main: Box<Attempt>,
}

impl Refusal {
    pub(crate) fn new(tried: Vec<Attempt>, more: usize, spent: Budget, main: Attempt) -> Self {
        Self { tried, more, spent, main: Box::new(main) }
    }

    /// A refusal for one reason, with nothing spent: what a verifier of one's own reports.
    pub fn single(attempt: Attempt) -> Self {
        let spent = Budget { signatures: 0, candidates: 0, comparisons: 0 };
        Self::new([attempt.clone()].into(), 0, spent, attempt)
    }

    /// The attempt that says most: the highest reason in the fixed ranking of the table, then the
    /// longest path, then the first. What is wrong with the peer's own certificate comes before
    /// what is wrong with an issuer, and that before "no issuer".
    pub fn main(&self) -> &Attempt {
        &self.main
    }

    /// The reason of [`Refusal::main`].
    pub fn reason(&self) -> &Reason {
        &self.main.reason
    }

    /// [`Refusal::main`] in one clause, for the first line of a report; what was found stands in the rest.
    pub fn headline(&self) -> String {
        let Attempt { failed_at, subject, reason, .. } = &*self.main;
        let Reason::BadSignature { issuer, trusted } = reason else { return reason.text().to_string() };
        let whose = if *failed_at == Place::Sent(0) { " (the peer's own)" } else { "" };
        let by = if *trusted { "the trusted root " } else { "" };
        format!("{subject}{whose} is not signed by {by}{issuer}: another CA of the same name?")
    }

    /// The alert that tells the peer (RFC 9846 §6.2).
    pub fn alert(&self) -> AlertDescription {
        self.main.reason.alert()
    }

    /// The number that `openssl verify` would give.
    pub fn openssl_code(&self) -> u8 {
        self.main.reason.openssl_code()
    }
}

/// A plain explanation of at most fifteen lines.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tried, more, main, .. } = self;
        writeln!(f, "{}", main.reason)?;
        match main.failed_at {
            Place::Sent(0) => writeln!(f, "  certificate: {} (the peer's own)", main.subject)?,
            Place::Sent(i) => writeln!(f, "  certificate: {} (number {i} of the chain sent)", main.subject)?,
            Place::Anchor(_) => writeln!(f, "  certificate: {} (trusted root)", main.subject)?,
        }
        write!(
            f,
            "  rule: {}; alert {}; openssl verify error {}",
            main.reason.section(),
            self.alert(),
            self.openssl_code()
        )?;
        let others = tried.iter().filter(|a| *a != main.as_ref());
        let shown = 10;
        for attempt in others.clone().take(shown) {
            write!(f, "\n  also: {}: {}", attempt.subject, attempt.reason)?;
        }
        let hidden = others.count().saturating_sub(shown) + more;
        if hidden > 0 { write!(f, "\n  and {hidden} more") } else { Ok(()) }
    }
}

impl core::error::Error for Refusal {}
