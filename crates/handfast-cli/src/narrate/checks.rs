//! What was checked, in sentences; of a chain one thing at a time, with what it was held against.

use super::words::{count, cut, short_name};
use super::{Narrator, View};
use handfast::ask::Chain;
use handfast::x509::{self, Certificate, GeneralName, Policy, ServerName, Time, Verified};
use handfast::{ProtocolVersion, Provider, Refusal, Roots, UnixTime};
use std::net::IpAddr;

/// A check that was passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was checked, in a word: `offer`, `downgrade`, `chain`, `name`, `dates`, `purpose`,
    /// `signature` or `finished`.
    pub what: &'static str,
    /// A sentence that says against what.
    pub text: String,
}

impl Narrator {
    /// What has been checked once the arrow of this input is taken.
    pub(super) fn checks_of(&self, on: &str) -> Vec<Check> {
        let peer = self.view.peer();
        let whose = if peer == "you" { "your".into() } else { format!("the {peer}'s") };
        let it = if self.view.own() == "you" { "you" } else { "it" };
        let one = |what, text: String| vec![Check { what, text }];
        match on {
            "ServerHello" if self.wants13 && self.version == Some(ProtocolVersion::TLS1_2) => {
                one("downgrade", "the random has no downgrade mark; the server's signature will cover it".into())
            }
            "CertificateVerify" => {
                one("signature", "the signature over all messages before it is by the certificate's key".into())
            }
            "ServerKeyExchange" => {
                one("signature", "the certificate's key signed both randoms and this share: it is fresh".into())
            }
            "Verdict" => {
                let chain = self.chain.as_ref();
                chain.zip(self.trust.as_ref().filter(|t| !t.anyone)).map_or_else(Vec::new, |(c, trust)| trust.checks(c))
            }
            "Finished" => {
                one("finished", format!("{whose} Finished is what {it} computed too, so no message was changed"))
            }
            _ => Vec::new(),
        }
    }

    /// The answer to the question whether a chain is good, where no check says it already.
    pub(super) fn judged(&self, on: &str, checks: &[Check]) -> Option<(char, String)> {
        if on != "Verdict" || !checks.is_empty() {
            return None;
        }
        let me = self.view.own();
        Some(match (self.view, &self.trust) {
            (_, Some(trust)) if trust.anyone => {
                ('!', "nothing was checked of the chain, as you asked: anybody could have sent it".into())
            }
            (View::Client, _) => {
                ('?', format!("{me} accepted the chain: it ends at a trusted root; name, dates and purpose fit"))
            }
            (View::BehindTheServer, _) => ('?', format!("{me} accepted your certificates")),
            (View::Server, _) => ('?', format!("{me} accepted the client's certificates")),
        })
    }
}

/// By what a client judges a server.
#[derive(Clone)]
pub struct Trust {
    /// The roots.
    pub roots: Roots,
    /// Whose roots these are, as `your --ca file`.
    pub source: &'static str,
    /// The name to verify.
    pub name: String,
    /// The backend that verifies signatures.
    pub provider: Provider,
    /// Nothing is judged: any certificate will do.
    pub anyone: bool,
}

impl Trust {
    /// What was found in order about `chain`, which was accepted at this moment; none if nothing
    /// was judged.
    pub(super) fn checks(&self, chain: &Chain) -> Vec<Check> {
        let (now, ders) = (UnixTime::now(), chain.iter().collect::<Vec<_>>());
        let (Some(verified), Some(Ok(leaf))) =
            (self.verified(&ders, now), ders.first().map(|der| Certificate::parse(der)))
        else {
            return Vec::new();
        };
        let path: Vec<_> = verified.path.iter().filter_map(|n| Certificate::parse(ders.get(n)?).ok()).collect();
        vec![
            Check { what: "chain", text: self.chain(&path, &verified) },
            Check { what: "name", text: self.name(&leaf) },
            Check { what: "dates", text: dates(&path, now) },
            Check { what: "purpose", text: purpose(&leaf) },
        ]
    }

    /// The root through which `chain` is trusted now; none if it is not.
    pub(crate) fn root(&self, chain: &Chain) -> Option<String> {
        let verified = self.verified(&chain.iter().collect::<Vec<_>>(), UnixTime::now())?;
        Some(self.roots.subject_text(verified.anchor))
    }

    /// Why `chain` is refused now; none if it is not.
    pub(super) fn refusal(&self, chain: &Chain) -> Option<String> {
        let verdict = self.verify(&chain.iter().collect::<Vec<_>>(), UnixTime::now())?;
        verdict.err().filter(|_| !self.anyone).map(|refusal| refusal.headline())
    }

    fn verified(&self, chain: &[&[u8]], now: UnixTime) -> Option<Verified> {
        self.verify(chain, now)?.ok()
    }

    fn verify(&self, chain: &[&[u8]], now: UnixTime) -> Option<Result<Verified, Refusal>> {
        let name = ServerName::try_from(self.host()).ok()?;
        Some(x509::verify(chain, &self.roots, &Policy::server(&name, now), self.provider.verify))
    }

    /// The name without a dot at its end.
    fn host(&self) -> &str {
        self.name.strip_suffix('.').unwrap_or(&self.name)
    }

    fn chain(&self, path: &[Certificate<'_>], verified: &Verified) -> String {
        let mut names: Vec<_> = path.iter().map(|certificate| short_name(certificate, 26)).collect();
        let root = self.roots.subject_text(verified.anchor);
        if path.last().is_none_or(|last| last.subject_text() != root) {
            names.push(cut(&root, 30));
        }
        format!("the chain: {}, a root of {}", names.join(" <- "), self.source)
    }

    fn name(&self, leaf: &Certificate<'_>) -> String {
        let names: Vec<_> = leaf.subject_alt_names().filter_map(spelled).collect();
        let (kind, wanted) = match self.name.parse::<IpAddr>() {
            Ok(address) => ("IP:", address.to_string()),
            Err(_) => ("DNS:", self.host().to_string()),
        };
        let fits = |name: &&String| name.strip_prefix(kind).is_some_and(|name| covers(name, &wanted));
        let found = names.iter().find(fits).map_or("a name", |name| name.as_str());
        let others = match names.len() {
            0 | 1 => String::new(),
            all => format!(" (and {} more)", all - 1),
        };
        format!("the name: {wanted} is {} in the certificate{others}", cut(found, 60))
    }
}

/// How a name of a certificate is shown.
fn spelled(name: GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::Dns(name) => Some(format!("DNS:{}", name.escape_default())),
        GeneralName::Ip(bytes) => {
            let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
            let address = four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()?;
            Some(format!("IP:{address}"))
        }
        _ => None,
    }
}

/// Which name of a certificate it was that x509 has found: by itself, or by its wildcard.
fn covers(pattern: &str, name: &str) -> bool {
    let below = || Some((pattern.strip_prefix("*.")?, name.split_once('.')?.1));
    pattern.eq_ignore_ascii_case(name) || below().is_some_and(|(tail, rest)| tail.eq_ignore_ascii_case(rest))
}

fn dates(path: &[Certificate<'_>], now: UnixTime) -> String {
    let Some(first) = path.iter().min_by_key(|certificate| certificate.validity().not_after) else {
        return "the dates: there is no certificate to date".into();
    };
    let last = first.validity().not_after;
    let days = last.0.saturating_sub(Time::from(now).0).max(0) / 86_400;
    let date = last.to_string();
    let date = date.split_once('T').map_or(date.as_str(), |(day, _)| day);
    let days = count(usize::try_from(days).unwrap_or(usize::MAX), "more day");
    format!("the dates: valid now and for {days}, until {date}")
}

fn purpose(leaf: &Certificate<'_>) -> String {
    let usage = match leaf.purposes() {
        Some(list) => {
            let names: Vec<_> =
                list.take(4).map(|oid| oid.name().map_or_else(|| oid.to_string(), Into::into)).collect();
            format!("extKeyUsage has {}", names.join(", "))
        }
        None => "it has no extKeyUsage".into(),
    };
    format!("the purpose: it may be a server ({usage})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_covers_one_label() {
        assert!(covers("*.example.com", "www.EXAMPLE.com") && covers("a.test", "A.test"));
        assert!(!covers("*.example.com", "a.b.example.com") && !covers("*.example.com", "example.com"));
    }

    #[test]
    fn names_that_are_no_hosts_are_left_out_and_odd_ones_escaped() {
        assert_eq!(spelled(GeneralName::Email("a@b")), None);
        assert_eq!(spelled(GeneralName::Dns("\x1b[31m")).unwrap(), "DNS:\\u{1b}[31m");
        assert_eq!(spelled(GeneralName::Ip(&[127, 0, 0, 1])).unwrap(), "IP:127.0.0.1");
    }
}
