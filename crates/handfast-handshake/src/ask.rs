//! Questions and answers: everything that could block, or that only the application can decide.
//!
//! A machine never calls back. It emits a [`Question`], stands still, and goes on when the
//! [`Answer`] comes, at once or an hour later from another machine. A question is owned and `Send`;
//! each can be turned into its own answer only, so a wrong one does not compile.
//!
//! No answer can skip proof of possession: what a [`Judge`] decides is chain, name and policy; the
//! signature under the peer's key is always checked by the machine itself.

use crate::{Error, Input, Rule};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use handfast_codec::{
    AlertDescription, CipherSuite, ClientCertificateType, NamedGroup, ProtocolVersion, SignatureScheme,
};
use handfast_crypto::CryptoError;
use handfast_crypto::sign::{KeyKind, SigningKey};

/// What a machine asks; see the types for what is known when it is asked and what may be answered.
#[derive(Debug)]
#[non_exhaustive]
pub enum Question {
    /// A server has read a ClientHello: with which credentials is it answered?
    Choose(Choose),
    /// A client was asked for a certificate: which one, if any?
    Authenticate(Authenticate),
    /// Sign these bytes with the key of this credential.
    Sign(Sign),
    /// Is this chain good for this peer?
    Judge(Judge),
}

/// An answer; made by the question that it belongs to.
pub struct Answer(pub(crate) Input<'static>);

impl Answer {
    /// What kind of answer this is.
    pub fn name(&self) -> &'static str {
        self.0.name()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({})", self.name())
    }
}

/// A certificate chain with the key that proves it. Made once per configuration.
pub struct Credential {
    /// DER certificates, leaf first, without the root.
    pub chain: Vec<Vec<u8>>,
    /// The leaf's private key, or a stand-in for one that lives elsewhere.
    pub key: Arc<dyn SigningKey>,
    /// An OCSP response to staple (RFC 6066 §8), DER; empty for none.
    pub ocsp: Vec<u8>,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({}, {} certificates)", self.key.kind(), self.chain.len())
    }
}

/// The certificates that a peer showed, leaf first, in one allocation.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Chain {
    /// ```text
    ///  | length: 4 bytes | DER | length | DER | …
    /// ```
    bytes: Vec<u8>,
    len: usize,
}

impl Chain {
    /// Copies certificates into a chain. `size` is how long the message was in which they came: they
    /// and their lengths fit into as much.
    pub fn new<'a>(size: usize, certificates: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut chain = Self { bytes: Vec::with_capacity(size), len: 0 };
        for der in certificates {
            // A certificate on the wire is shorter than 2^24 bytes.
            let Ok(len) = u32::try_from(der.len()) else { continue };
            chain.bytes.extend_from_slice(&len.to_be_bytes());
            chain.bytes.extend_from_slice(der);
            chain.len += 1;
        }
        chain
    }

    /// The certificates in DER, leaf first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> + Clone {
        let mut rest = &self.bytes[..];
        (0..self.len).map(move |_| {
            let (len, behind) = rest.split_first_chunk().unwrap_or((&[0; 4], &[]));
            let (der, behind) = behind.split_at_checked(u32::from_be_bytes(*len) as usize).unwrap_or_default();
            rest = behind;
            der
        })
    }

    /// The peer's own certificate, in DER.
    pub fn leaf(&self) -> Option<&[u8]> {
        self.iter().next()
    }

    /// How many certificates there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the peer showed none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chain({} certificates, {} bytes)", self.len(), self.bytes.len())
    }
}

/// A server's question after the ClientHello, before anything is negotiated.
#[derive(Debug)]
pub struct Choose {
    /// The whole ClientHello message, with its header.
    pub client_hello: Arc<[u8]>,
    /// The name that the client asked for (RFC 6066 §3).
    pub server_name: Option<String>,
    /// The signature schemes that the client accepts.
    pub schemes: Vec<SignatureScheme>,
}

impl Choose {
    /// Answers with the credentials that may serve this client, preferred first; the machine takes
    /// the first that fits suite and signature schemes.
    pub fn answer(self, credentials: Arc<[Arc<Credential>]>) -> Answer {
        Answer(Input::Choice(Choice(Ok(credentials), self.client_hello)))
    }

    /// Turns the client away: the alert, and why, for the report.
    pub fn refuse(self, alert: AlertDescription, why: &str) -> Answer {
        Answer(Input::Choice(Choice(Err(Refusal { alert, why: why.to_owned() }), self.client_hello)))
    }
}

/// The answer to [`Choose`].
pub struct Choice(Result<Arc<[Arc<Credential>]>, Refusal>, Arc<[u8]>);

impl Choice {
    /// The credentials, if it was this very ClientHello that was asked about.
    pub(crate) fn made(self, client_hello: &Arc<[u8]>) -> Result<Arc<[Arc<Credential>]>, Error> {
        crate::error::ensure(Arc::ptr_eq(&self.1, client_hello), Rule::WrongAnswer)?;
        self.0.map_err(|refusal| refusal.breaks(Rule::NoCredential))
    }
}

/// What the application refused, and why.
struct Refusal {
    alert: AlertDescription,
    why: String,
}

impl Refusal {
    fn breaks(self, rule: Rule) -> Error {
        Error::new(rule).with_alert(self.alert).found(self.why)
    }
}

/// A client's question after the server's CertificateRequest.
#[derive(Debug)]
pub struct Authenticate {
    /// The negotiated version.
    pub version: ProtocolVersion,
    /// The schemes that the server accepts for the handshake signature.
    pub schemes: Vec<SignatureScheme>,
    /// The names of the CAs that the server lists, each a DER Name; empty if it does not say.
    pub authorities: Vec<Vec<u8>>,
    /// The key types that a TLS 1.2 server lists; empty in TLS 1.3.
    pub types: Vec<ClientCertificateType>,
}

impl Authenticate {
    /// Shows this credential.
    pub fn answer(self, credential: Arc<Credential>) -> Answer {
        Answer(Input::Credential(Offered(Some(credential))))
    }

    /// Shows none; the server decides whether it goes on.
    pub fn decline(self) -> Answer {
        Answer(Input::Credential(Offered(None)))
    }

    /// The first scheme that both `key` and this request allow; in TLS 1.2 the kind of the key must
    /// be among the types, too (RFC 5246 §7.4.6, RFC 8422 §5.5).
    pub fn scheme_for(&self, key: &dyn SigningKey) -> Option<SignatureScheme> {
        let wanted = match key.kind() {
            KeyKind::Rsa | KeyKind::RsaPss => ClientCertificateType::RSA_SIGN,
            _ => ClientCertificateType::ECDSA_SIGN,
        };
        if !self.types.is_empty() && !self.types.contains(&wanted) {
            return None;
        }
        crate::negotiate::scheme(key, |s| self.schemes.contains(&s), self.version)
    }
}

/// The answer to [`Authenticate`].
pub struct Offered(pub(crate) Option<Arc<Credential>>);

/// A request for a signature.
pub struct Sign {
    /// Whose key signs.
    pub credential: Arc<Credential>,
    /// How.
    pub scheme: SignatureScheme,
    /// The bytes to sign, complete; hashing them is part of the scheme.
    pub message: Vec<u8>,
}

impl Sign {
    /// Answers with the signature, or with the signer's failure, which ends the handshake.
    pub fn answer(self, signature: Result<Vec<u8>, CryptoError>) -> Answer {
        Answer(Input::Signature(Signature(signature)))
    }
}

impl fmt::Debug for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sign({}, {} bytes)", self.scheme, self.message.len())
    }
}

/// The answer to [`Sign`].
pub struct Signature(Result<Vec<u8>, CryptoError>);

impl Signature {
    pub(crate) fn made(self) -> Result<Vec<u8>, Error> {
        self.0.map_err(|error| Error::new(Rule::SignerFailed).found(error))
    }
}

/// A peer's chain, to be judged. Possession of the leaf's key is already proven, or will be
/// whatever the answer is.
#[derive(Clone, Debug)]
pub struct Judge {
    /// The chain, leaf first, as it came.
    pub chain: Arc<Chain>,
    /// The name that a client wanted to reach; `None` on a server.
    pub name: Option<Arc<str>>,
    /// A stapled OCSP response (RFC 6066 §8), DER; empty if there was none.
    pub ocsp: Arc<[u8]>,
    /// The version and suite of the handshake, for policies that care.
    pub version: ProtocolVersion,
    /// The negotiated suite.
    pub suite: CipherSuite,
    /// The group of the key exchange.
    pub group: NamedGroup,
}

impl Judge {
    /// The chain is good.
    pub fn accept(self) -> Answer {
        Answer(Input::Verdict(Verdict(Ok(()), self.chain)))
    }

    /// The chain is refused: the alert that says so to the peer, and why, for the report.
    pub fn refuse(self, alert: AlertDescription, why: String) -> Answer {
        Answer(Input::Verdict(Verdict(Err(Refusal { alert, why }), self.chain)))
    }
}

/// The answer to [`Judge`].
pub struct Verdict(Result<(), Refusal>, Arc<Chain>);

impl Verdict {
    /// Whether it was accepted, if it was this very chain that was asked about: the verdict on
    /// another connection's peer is none on ours.
    pub(crate) fn accepted(self, chain: &Arc<Chain>) -> Result<(), Error> {
        crate::error::ensure(Arc::ptr_eq(&self.1, chain), Rule::WrongAnswer)?;
        self.0.map_err(|refusal| refusal.breaks(Rule::Refused))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_gives_back_what_was_put_in() {
        let certificates: [&[u8]; 3] = [&[1; 300], &[], &[2, 3]];
        // A size that is too small costs an allocation and nothing else.
        for size in [0, 1000] {
            let chain = Chain::new(size, certificates.into_iter());
            assert!(chain.iter().eq(certificates));
            assert_eq!((chain.iter().len(), chain.len(), chain.is_empty()), (3, 3, false));
            assert_eq!(chain.leaf(), Some(certificates[0]));
        }
        assert!(Chain::default().is_empty() && Chain::default().leaf().is_none());
    }
}
