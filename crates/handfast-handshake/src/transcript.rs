//! The transcript hash (RFC 9846 §4.1): one running hash, forked wherever a value is needed.

use alloc::boxed::Box;
use handfast_codec::HandshakeType;
use handfast_crypto::Digest;
use handfast_crypto::hash::{Hash, HashContext};

/// The hash of every handshake message so far, headers included.
pub(crate) struct Transcript {
    hash: &'static dyn Hash,
    running: Box<dyn HashContext>,
}

impl Transcript {
    /// A transcript that begins with this message.
    pub(crate) fn new(hash: &'static dyn Hash, first: &[u8]) -> Self {
        let mut running = hash.start();
        running.update(first);
        Self { hash, running }
    }

    /// A transcript in which the first ClientHello was answered with a HelloRetryRequest: in its
    /// place stands a message_hash message with the hash of it (RFC 9846 §4.1).
    pub(crate) fn retried(hash: &'static dyn Hash, client_hello: &[u8]) -> Self {
        let digest = hash.hash(&[client_hello]);
        let mut transcript = Self::new(hash, &[HandshakeType::MESSAGE_HASH.0, 0, 0, digest.bytes().len() as u8]);
        transcript.add(digest.bytes());
        transcript
    }

    /// Adds a message with its header.
    pub(crate) fn add(&mut self, message: &[u8]) {
        self.running.update(message);
    }

    /// The hash of everything so far.
    pub(crate) fn digest(&self) -> Digest {
        self.running.fork()
    }

    /// Which hash this is.
    pub(crate) fn hash(&self) -> &'static dyn Hash {
        self.hash
    }
}
