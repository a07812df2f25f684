//! What the evidence says about the peer's certificates.

use super::evidence::Evidence;
use super::facts::{Facts, Fit};
use crate::Kind;
use alloc::string::String;
use alloc::vec::Vec;
use handfast_codec::Message;
use handfast_crypto::ProtocolVersion;
use handfast_handshake::Rule;
use handfast_x509::{Certificate, Place, Reason, Refusal};

/// As many roots as somebody lists by hand.
const FEW: usize = 12;

/// The shortest RSA key that is verified with (RFC 9325 §4.5).
const LEAST_BITS: usize = 2048;

impl<'a> Facts<'a> {
    pub(crate) fn refusal(&self) -> Option<&'a Refusal> {
        match self.tls() {
            Some(Kind::Chain(refusal)) => Some(refusal),
            _ => None,
        }
    }

    /// Refused for one of these reasons, whichever certificate it was; with none named, for any.
    pub(crate) fn refused(&self, reasons: &[&str]) -> bool {
        self.refusal().is_some_and(|r| reasons.is_empty() || reasons.contains(&r.reason().name()))
    }

    /// The same of the peer's own certificate.
    pub(crate) fn leaf(&self, reasons: &[&str]) -> bool {
        self.refused(reasons) && self.refusal().is_some_and(|r| r.main().failed_at == Place::Sent(0))
    }

    /// The same of another certificate of the path.
    pub(crate) fn issuer(&self, reasons: &[&str]) -> bool {
        self.refused(reasons) && !self.leaf(reasons)
    }

    /// How many different certificates the peer sent.
    pub(crate) fn sent(&self) -> usize {
        let mut chain = shown(self.evidence);
        chain.sort();
        chain.dedup();
        chain.len()
    }

    /// The roots are somebody's own choice, and not a list of the world's.
    pub(crate) fn few_roots(&self) -> bool {
        self.evidence.roots.1 <= FEW
    }

    /// One of the certificates sent cannot be read.
    pub(crate) fn unreadable(&self) -> bool {
        shown(self.evidence).iter().any(|der| Certificate::parse(der).is_err())
    }

    pub(crate) fn leaf_not_first(&self) -> bool {
        self.leaf_not_first
    }

    fn names(&self) -> Option<(&'a str, &'a [String])> {
        match self.refusal()?.reason() {
            Reason::HostMismatch { expected, found, .. } => Some((expected, found)),
            _ => None,
        }
    }

    /// The peer's own key is too short to verify anything with it: how long it is, in bits.
    pub(crate) fn weak_leaf(&self) -> Option<usize> {
        let chain = shown(self.evidence);
        let bits = Certificate::parse(chain.first()?).ok()?.public_key().modulus_bits()?;
        (bits < LEAST_BITS).then_some(bits)
    }

    /// A signature of the peer does not verify, and nothing but its key can be the reason.
    pub(crate) fn bad_proof(&self, rule: Rule) -> bool {
        self.rule(&[rule]) && self.weak_leaf().is_none() && !self.leaf_not_first
    }

    /// A proof that fails: of TLS 1.3 the records have shown that nothing was changed on the way; in
    /// TLS 1.2 that remains possible.
    pub(crate) fn proof_or_altered(&self, rule: Rule) -> Fit {
        match self.evidence.version {
            _ if !self.bad_proof(rule) => Fit::No,
            Some(ProtocolVersion::TLS1_2) => Fit::Likely,
            _ => Fit::Is,
        }
    }

    /// A rule about the peer's own certificate, where the wrong one came first.
    pub(crate) fn wrong_first(&self) -> bool {
        const ABOUT: &[Rule] = &[
            Rule::KeyUsage,
            Rule::KeyKind,
            Rule::SchemeKey,
            Rule::SuiteCertificate,
            Rule::BadSignature,
            Rule::BadKeyExchangeSignature,
        ];
        self.leaf_not_first && (self.refused(&[]) || self.rule(ABOUT))
    }

    /// The certificate has no alternative name at all.
    pub(crate) fn no_names(&self) -> bool {
        self.names().is_some_and(|(_, found)| found.is_empty())
    }

    /// We did not say which name we want.
    pub(crate) fn other_name(&self) -> bool {
        self.client() && !self.indicated()
    }

    /// A wildcard would match if it stood for another number of labels.
    pub(crate) fn wildcard_depth(&self) -> bool {
        self.names().is_some_and(|(host, found)| {
            let host = host.to_ascii_lowercase();
            found.iter().any(|name| {
                let name = name.to_ascii_lowercase();
                let Some(rest) = name.strip_prefix("dns:*.") else { return false };
                // No label stands before the rest, or more than one does.
                let more = |before: &str| before.strip_suffix('.').is_some_and(|labels| labels.contains('.'));
                host == rest || host.strip_suffix(rest).is_some_and(more)
            })
        })
    }
}

/// The certificates that the peer sent, leaf first; of a Certificate message where that was as far
/// as it came.
pub(crate) fn shown(evidence: &Evidence) -> Vec<Vec<u8>> {
    if let Some(chain) = &evidence.chain {
        return chain.iter().map(<[u8]>::to_vec).collect();
    }
    match Message::decode(&evidence.message, evidence.version) {
        Ok(Message::Certificate(sent)) => sent.certificate_list.iter().map(|entry| entry.cert_data.to_vec()).collect(),
        Ok(Message::Certificate12(sent)) => sent.certificate_list.iter().map(|der| der.0.to_vec()).collect(),
        _ => Vec::new(),
    }
}

/// The first certificate is a CA, and issued another that was sent.
pub(super) fn leaf_not_first(evidence: &Evidence) -> bool {
    let chain = shown(evidence);
    let mut sent = chain.iter().filter_map(|der| Certificate::parse(der).ok());
    let Some(first) = sent.next() else { return false };
    first.is_ca()
        && !first.is_self_issued()
        && sent.any(|other| other.issuer() == first.subject() && !other.is_self_issued())
}
