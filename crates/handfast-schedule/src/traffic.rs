//! What hangs below a traffic secret of TLS 1.3.

use crate::label::Leaf;
use crate::{Side, Watch};
use handfast_crypto::hash::{Hash, hmac};
use handfast_crypto::secret::same;
use handfast_crypto::{CryptoError, Digest, Secret};
use zeroize::{Zeroize, Zeroizing};

/// A record key and its iv, of either version, wiped when dropped. It lives for the moment between
/// the schedule and the record layer, so it is held inline.
pub struct TrafficKeys {
    key: Zeroizing<[u8; Self::MAX_KEY]>,
    iv: Zeroizing<[u8; Self::MAX_IV]>,
    key_len: u8,
    iv_len: u8,
}

impl TrafficKeys {
    /// The longest record key, in bytes.
    pub const MAX_KEY: usize = 32;
    /// The longest iv, in bytes.
    pub const MAX_IV: usize = 12;

    /// Room for a key and an iv of these lengths, at most [`Self::MAX_KEY`] and [`Self::MAX_IV`].
    pub(crate) fn zeroed(key_len: usize, iv_len: usize) -> Self {
        Self {
            key: Zeroizing::new([0; Self::MAX_KEY]),
            iv: Zeroizing::new([0; Self::MAX_IV]),
            key_len: key_len.min(Self::MAX_KEY) as u8,
            iv_len: iv_len.min(Self::MAX_IV) as u8,
        }
    }

    /// The key.
    pub fn key(&self) -> &[u8] {
        &self.key[..usize::from(self.key_len)]
    }

    /// The iv: 12 bytes; 4 with AES-GCM in TLS 1.2, whose records carry the rest (RFC 5288 §3).
    pub fn iv(&self) -> &[u8] {
        &self.iv[..usize::from(self.iv_len)]
    }

    pub(crate) fn key_mut(&mut self) -> &mut [u8] {
        &mut self.key[..usize::from(self.key_len)]
    }

    pub(crate) fn iv_mut(&mut self) -> &mut [u8] {
        &mut self.iv[..usize::from(self.iv_len)]
    }
}

/// The record keys of the side that sends under `secret` (RFC 9846 §7.3). `key_len` is that of the
/// suite's AEAD, at most [`TrafficKeys::MAX_KEY`].
pub fn traffic_keys(
    hash: &'static dyn Hash,
    side: Side,
    secret: &Secret,
    key_len: usize,
    watch: &mut Watch<'_>,
) -> TrafficKeys {
    const FROM: &str = "traffic_secret";
    let key = Leaf { name: side.pick("client_write_key", "server_write_key"), from: FROM, label: "key" };
    let iv = Leaf { name: side.pick("client_write_iv", "server_write_iv"), from: FROM, label: "iv" };
    let mut keys = TrafficKeys::zeroed(key_len, TrafficKeys::MAX_IV);
    hash.with_key(secret.bytes(), &mut |k| {
        key.derive(k, &[], keys.key_mut(), watch);
        iv.derive(k, &[], keys.iv_mut(), watch);
    });
    keys
}

/// Replaces an application traffic secret by its next generation (RFC 9846 §7.2).
pub fn next_traffic_secret(hash: &'static dyn Hash, secret: &mut Secret, watch: &mut Watch<'_>) {
    let leaf =
        Leaf { name: "application_traffic_secret_N+1", from: "application_traffic_secret_N", label: "traffic upd" };
    replace(hash, secret, &leaf, &[], watch);
}

/// The verify_data of a Finished under any base key (RFC 9846 §4.5.3); after the handshake the base
/// key is the sender's current application traffic secret. During it, use
/// [`HandshakeTraffic::finished`](crate::tls13::HandshakeTraffic::finished).
pub fn finished(hash: &'static dyn Hash, base: &Secret, transcript: &Digest, watch: &mut Watch<'_>) -> Digest {
    finished_from("traffic_secret", "finished_key", hash, base.bytes(), transcript, watch)
}

/// Checks the verify_data of a Finished under any base key in constant time.
///
/// # Errors
/// [`CryptoError::BadTag`] if it differs.
pub fn verify_finished(
    hash: &'static dyn Hash,
    base: &Secret,
    transcript: &Digest,
    received: &[u8],
    watch: &mut Watch<'_>,
) -> Result<(), CryptoError> {
    compare(&finished(hash, base, transcript, watch), received)
}

pub(crate) fn finished_from(
    from: &'static str,
    name: &'static str,
    hash: &'static dyn Hash,
    base: &[u8],
    transcript: &Digest,
    watch: &mut Watch<'_>,
) -> Digest {
    let leaf = Leaf { name, from, label: "finished" };
    let len = hash.algorithm().len();
    let mut key = Zeroizing::new([0; Digest::MAX]);
    hash.with_key(base, &mut |k| leaf.derive(k, &[], &mut key[..len], watch));
    let mut mac = [0; Digest::MAX];
    hmac(hash, &key[..len], &[transcript.bytes()], &mut mac[..len]);
    Digest::new(&mac[..len])
}

pub(crate) fn compare(expected: &Digest, received: &[u8]) -> Result<(), CryptoError> {
    if same(expected.bytes(), received) { Ok(()) } else { Err(CryptoError::BadTag) }
}

/// A derivation whose output replaces the secret it was made from.
pub(crate) fn replace(
    hash: &'static dyn Hash,
    secret: &mut Secret,
    leaf: &Leaf,
    context: &[u8],
    watch: &mut Watch<'_>,
) {
    let mut out = [0; Digest::MAX];
    let len = hash.algorithm().len().min(secret.bytes().len());
    hash.with_key(secret.bytes(), &mut |k| leaf.derive(k, context, &mut out[..len], watch));
    secret.bytes_mut()[..len].copy_from_slice(&out[..len]);
    out.zeroize();
}
