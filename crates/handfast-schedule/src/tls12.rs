//! The keys of TLS 1.2 (RFC 5246 §5, §6.3, §8.1; RFC 7627; RFC 5705).
//!
//! ```text
//!  pre_main_secret --> PRF "extended master secret", session_hash             --+
//!                   or PRF "master secret", client_random + server_random     --+
//!                                                                               v
//!                                                                      main_secret (48)
//!                                                                               |
//!          PRF "key expansion", server_random + client_random = key_block   <---+
//!          PRF "client finished" | "server finished", transcript            <---+
//!          PRF (exporter label), client_random + server_random [+ context]  <---+
//! ```

use crate::exporter::ExportError;
use crate::traffic::TrafficKeys;
use crate::{Operation, Side, Watch};
use handfast_crypto::hash::Hash;
use handfast_crypto::secret::same;
use handfast_crypto::{CryptoError, Digest, Secret, SuiteInfo};
use zeroize::Zeroizing;

/// The length of the main secret, in bytes, with every suite (RFC 5246 §8.1).
pub const MAIN_SECRET_LEN: usize = 48;
/// The length of verify_data, in bytes, with every suite we speak (RFC 5246 §7.4.9).
pub const VERIFY_DATA_LEN: usize = 12;

/// The pseudorandom function: fills `out` from `secret`, `label` and the concatenation of `seeds`
/// (RFC 5246 §5).
pub fn prf<const N: usize>(hash: &dyn Hash, secret: &[u8], label: &[u8], seeds: [&[u8]; N], out: &mut [u8]) {
    const PARTS: usize = 8;
    const { assert!(N + 2 <= PARTS, "too many seeds") };
    let len = hash.algorithm().len();
    hash.with_key(secret, &mut |k| {
        // P_hash: A(0) is label and seeds, A(i) = HMAC(A(i-1)), block i = HMAC(A(i) | A(0)).
        let mut parts: [&[u8]; PARTS] = [&[]; PARTS];
        parts[1] = label;
        parts[2..2 + N].copy_from_slice(&seeds);
        let mut a = Zeroizing::new([0; Digest::MAX]);
        let mut next = Zeroizing::new([0; Digest::MAX]);
        k.mac(&parts[1..2 + N], &mut a[..len]);
        for block in out.chunks_mut(len) {
            let mut with_a = parts;
            with_a[0] = &a[..len];
            k.mac(&with_a[..2 + N], block);
            k.mac(&[&a[..len]], &mut next[..len]);
            a.copy_from_slice(&next[..]);
        }
    });
}

/// The randoms of both hellos.
#[derive(Clone, Copy)]
pub struct Randoms<'a> {
    /// The random of the ClientHello.
    pub client: &'a [u8; 32],
    /// The random of the ServerHello.
    pub server: &'a [u8; 32],
}

/// What the main secret is bound to.
#[derive(Clone, Copy)]
pub enum Seed<'a> {
    /// The hash of ClientHello to ClientKeyExchange (RFC 7627 §4): always, if the peer can.
    Extended(&'a Digest),
    /// The randoms alone (RFC 5246 §8.1).
    Randoms(Randoms<'a>),
}

/// The main secret of a TLS 1.2 session and all that is made from it.
pub struct Main12 {
    hash: &'static dyn Hash,
    secret: Secret,
    extended: bool,
}

impl Main12 {
    /// From the secret of the key exchange.
    pub fn new(hash: &'static dyn Hash, pre_main_secret: &Secret, seed: Seed<'_>, watch: &mut Watch<'_>) -> Self {
        let mut secret = Secret::zeroed(MAIN_SECRET_LEN);
        let pre = pre_main_secret.bytes();
        let extended = match seed {
            Seed::Extended(session_hash) => {
                let seeds = [session_hash.bytes()];
                step(hash, ("pre_main_secret", pre), "main_secret", EXTENDED, seeds, secret.bytes_mut(), watch);
                true
            }
            Seed::Randoms(r) => {
                let seeds = [&r.client[..], &r.server[..]];
                step(hash, ("pre_main_secret", pre), "main_secret", MAIN, seeds, secret.bytes_mut(), watch);
                false
            }
        };
        Self { hash, secret, extended }
    }

    /// From a session that is resumed. `extended` says whether its main secret was an extended one.
    ///
    /// # Errors
    /// [`CryptoError::Length`] if `secret` does not have [`MAIN_SECRET_LEN`] bytes.
    pub fn resumed(hash: &'static dyn Hash, secret: Secret, extended: bool) -> Result<Self, CryptoError> {
        if secret.bytes().len() != MAIN_SECRET_LEN {
            return Err(CryptoError::Length);
        }
        Ok(Self { hash, secret, extended })
    }

    /// The secret itself: what a session keeps, and the line of the key log.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Whether this is an extended main secret (RFC 7627).
    pub fn is_extended(&self) -> bool {
        self.extended
    }

    /// The record keys of both sides (RFC 5246 §6.3). AEAD suites have no MAC keys; AES-GCM takes
    /// four bytes of iv for each side, ChaCha20-Poly1305 twelve.
    pub fn key_block(&self, suite: &SuiteInfo, randoms: Randoms<'_>, watch: &mut Watch<'_>) -> KeyBlock12 {
        let key_len = suite.aead.key_len();
        let iv_len = TrafficKeys::MAX_IV - suite.aead.explicit_nonce_len_1_2();
        let mut block = Zeroizing::new([0; 2 * (TrafficKeys::MAX_KEY + TrafficKeys::MAX_IV)]);
        let block = &mut block[..2 * (key_len + iv_len)];
        let seeds = [&randoms.server[..], &randoms.client[..]];
        step(self.hash, ("main_secret", self.secret.bytes()), "key_block", KEY_BLOCK, seeds, block, watch);
        let mut client = TrafficKeys::zeroed(key_len, iv_len);
        let mut server = TrafficKeys::zeroed(key_len, iv_len);
        let mut rest = &block[..];
        let mut take = |out: &mut [u8]| {
            let (piece, after) = rest.split_at(out.len());
            out.copy_from_slice(piece);
            rest = after;
        };
        take(client.key_mut());
        take(server.key_mut());
        take(client.iv_mut());
        take(server.iv_mut());
        KeyBlock12 { client, server }
    }

    /// The verify_data of one side's Finished; `transcript` is the hash of all handshake messages
    /// before it (RFC 5246 §7.4.9).
    pub fn finished(&self, side: Side, transcript: &Digest, watch: &mut Watch<'_>) -> [u8; VERIFY_DATA_LEN] {
        let mut out = [0; VERIFY_DATA_LEN];
        let name = side.pick("client_verify_data", "server_verify_data");
        let label = side.pick(CLIENT_FINISHED, SERVER_FINISHED);
        let from = ("main_secret", self.secret.bytes());
        step(self.hash, from, name, label, [transcript.bytes()], &mut out, watch);
        out
    }

    /// Checks one side's verify_data in constant time.
    ///
    /// # Errors
    /// [`CryptoError::BadTag`] if it differs; the alert is decrypt_error (RFC 5246 §7.2.2).
    pub fn verify_finished(
        &self,
        side: Side,
        transcript: &Digest,
        received: &[u8],
        watch: &mut Watch<'_>,
    ) -> Result<(), CryptoError> {
        let expected = self.finished(side, transcript, watch);
        if same(&expected, received) { Ok(()) } else { Err(CryptoError::BadTag) }
    }

    /// Keying material for the application (RFC 5705 §4). No context and an empty context give
    /// different bytes.
    ///
    /// # Errors
    /// [`ExportError::NotExtended`] without the extended main secret, [`ExportError::Reserved`] for
    /// a label that TLS uses itself, [`ExportError::Label`] and [`ExportError::Context`] for a label
    /// or context that is too long.
    pub fn export(
        &self,
        label: &[u8],
        randoms: Randoms<'_>,
        context: Option<&[u8]>,
        out: &mut [u8],
    ) -> Result<(), ExportError> {
        if !self.extended {
            return Err(ExportError::NotExtended);
        }
        if RESERVED.iter().any(|r| r.as_bytes() == label) {
            return Err(ExportError::Reserved);
        }
        if label.len() > crate::label::MAX_LABEL {
            return Err(ExportError::Label);
        }
        let (client, server) = (&randoms.client[..], &randoms.server[..]);
        let secret = self.secret.bytes();
        match context {
            None => prf(self.hash, secret, label, [client, server], out),
            Some(context) => {
                let len = u16::try_from(context.len()).map_err(|_| ExportError::Context)?.to_be_bytes();
                prf(self.hash, secret, label, [client, server, &len, context], out);
            }
        }
        Ok(())
    }
}

/// The record keys of both sides, by who sends under them.
pub struct KeyBlock12 {
    /// What the client sends under.
    pub client: TrafficKeys,
    /// What the server sends under.
    pub server: TrafficKeys,
}

const EXTENDED: &str = "extended master secret";
const MAIN: &str = "master secret";
const KEY_BLOCK: &str = "key expansion";
const CLIENT_FINISHED: &str = "client finished";
const SERVER_FINISHED: &str = "server finished";
const RESERVED: [&str; 5] = [EXTENDED, MAIN, KEY_BLOCK, CLIENT_FINISHED, SERVER_FINISHED];

fn step<const N: usize>(
    hash: &dyn Hash,
    (from, secret): (&'static str, &[u8]),
    name: &'static str,
    label: &'static str,
    seeds: [&[u8]; N],
    out: &mut [u8],
    watch: &mut Watch<'_>,
) {
    prf(hash, secret, label.as_bytes(), seeds, out);
    watch.step(name, Operation::Prf { from, label, seed: &seeds }, out);
}
