//! Proof of possession: the peer holds the key that its certificate names. No answer of the
//! application can skip what is in this file.

use crate::ask::Chain;
use crate::error::ensure;
use crate::{Error, Rule};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;
use handfast_codec::{ProtocolVersion, SignatureScheme};
use handfast_crypto::sign::{KeyKind, SignatureAlgorithm};
use handfast_crypto::{Digest, HashAlgorithm, Provider};
use handfast_schedule::Side;
use handfast_x509::Certificate;

/// The public key of a peer's leaf certificate, which it stays in.
pub(crate) struct PeerKey {
    pub(crate) kind: KeyKind,
    /// The only hash that it may sign with, if its certificate says so.
    pss_hash: Option<HashAlgorithm>,
    chain: Arc<Chain>,
    at: Range<usize>,
}

impl PeerKey {
    /// Takes the key out of a leaf certificate; whether the certificate can be trusted is another
    /// question, asked elsewhere.
    pub(crate) fn of(chain: &Arc<Chain>) -> Result<Self, Error> {
        let leaf = chain.leaf().ok_or(Rule::EmptyCertificate)?;
        let certificate = Certificate::parse(leaf)?;
        let public = certificate.public_key();
        let Some(kind) = public.kind() else {
            return Err(Error::new(Rule::KeyKind).found(public.algorithm()));
        };
        // RFC 9846 §4.5.1.2: a key usage extension, if present, must allow digital signatures.
        ensure(certificate.allows_digital_signature(), Rule::KeyUsage)?;
        // The view borrows from the leaf, so where it stands is a matter of subtraction.
        let start = public.bytes().as_ptr() as usize - leaf.as_ptr() as usize;
        let at = start..start + public.bytes().len();
        Ok(Self { kind, pss_hash: public.pss_hash(), chain: chain.clone(), at })
    }

    /// Checks a handshake signature: the scheme was offered, fits key and version, and verifies.
    pub(crate) fn verify(
        &self,
        provider: &Provider,
        version: ProtocolVersion,
        offered: &[SignatureScheme],
        signed: Signed<'_>,
        broken: Rule,
    ) -> Result<(), Error> {
        let Signed { scheme, message, signature } = signed;
        if !offered.contains(&scheme) {
            return Err(Error::new(Rule::SchemeNotOffered).found(scheme));
        }
        let Some(algorithm) = scheme.algorithm_for(self.kind, version) else {
            return Err(Error::new(Rule::SchemeKey)
                .expected(format_args!("a scheme for a {} key", self.kind))
                .found(scheme));
        };
        // RFC 9846 §4.3.3: the parameters of the signature are those of the key, if it has any.
        if let Some(only) = self.pss_hash
            && algorithm != SignatureAlgorithm::RsaPss(only)
        {
            return Err(Error::new(Rule::SchemeKey)
                .expected(format_args!("a scheme for a {} key with {only} alone", self.kind))
                .found(scheme));
        }
        let key = self.chain.leaf().and_then(|leaf| leaf.get(self.at.clone())).unwrap_or_default();
        provider
            .verify
            .verify(self.kind, algorithm, key, message, signature)
            .map_err(|error| Error::new(broken).found(error))
    }
}

/// A signature with what it is over.
pub(crate) struct Signed<'a> {
    pub(crate) scheme: SignatureScheme,
    pub(crate) message: &'a [u8],
    pub(crate) signature: &'a [u8],
}

/// What a TLS 1.3 CertificateVerify signs: 64 spaces, who signs, a zero byte, the transcript hash
/// (RFC 9846 §4.5.2). The spaces keep it apart from anything that TLS 1.2 signs.
pub(crate) fn content(signer: Side, transcript: &Digest) -> Content {
    let context: &[u8; CONTEXT] = match signer {
        Side::Client => b"TLS 1.3, client CertificateVerify\0",
        Side::Server => b"TLS 1.3, server CertificateVerify\0",
    };
    let mut bytes = [b' '; SPACES + CONTEXT + Digest::MAX];
    let parts = context.iter().chain(transcript.bytes());
    bytes.iter_mut().skip(SPACES).zip(parts).for_each(|(to, from)| *to = *from);
    Content { bytes, len: SPACES + CONTEXT + transcript.bytes().len() }
}

const SPACES: usize = 64;
/// Who signs, and the zero byte.
const CONTEXT: usize = 34;

/// What [`content`] makes: short, so it lives on the stack.
pub(crate) struct Content {
    bytes: [u8; SPACES + CONTEXT + Digest::MAX],
    len: usize,
}

impl Content {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// What a TLS 1.2 ServerKeyExchange signs: both randoms and the parameters (RFC 8422 §5.4).
pub(crate) fn content_1_2(client_random: &[u8; 32], server_random: &[u8; 32], params: &[u8]) -> Vec<u8> {
    [&client_random[..], server_random, params].concat()
}
