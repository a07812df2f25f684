//! HKDF-Expand-Label (RFC 9846 §7.1), its label built on the stack from borrowed pieces.
//!
//! ```text
//!   info = | length (2) | 6 + n (1) | "tls13 " | label (n) | m (1) | context (m) |
//! ```

use crate::{Operation, Watch};
use handfast_crypto::hash::Hmac;
use handfast_crypto::{CryptoError, hkdf};

const PREFIX: &[u8] = b"tls13 ";
/// The longest label: its length byte counts the prefix too.
pub const MAX_LABEL: usize = 255 - PREFIX.len();

/// Fills `out` from the secret that `prk` was prepared with; for labels of other protocols that
/// stand on TLS 1.3, QUIC for one. `hash_len` is the length of the hash in bytes.
///
/// # Errors
/// [`CryptoError::Length`] if `label` is longer than [`MAX_LABEL`], `context` longer than 255
/// bytes, or `out` longer than 255 hash lengths.
pub fn hkdf_expand_label(
    prk: &dyn Hmac,
    hash_len: usize,
    label: &[u8],
    context: &[u8],
    out: &mut [u8],
) -> Result<(), CryptoError> {
    if label.len() > MAX_LABEL {
        return Err(CryptoError::Length);
    }
    let length = u16::try_from(out.len()).map_err(|_| CryptoError::Length)?.to_be_bytes();
    let label_len = [(PREFIX.len() + label.len()) as u8];
    let context_len = [u8::try_from(context.len()).map_err(|_| CryptoError::Length)?];
    hkdf::expand(prk, hash_len, &[&length, &label_len, PREFIX, label, &context_len, context], out)
}

/// One derivation that the schedule makes: the output's name, what it is made from, and its label.
pub(crate) struct Leaf {
    pub(crate) name: &'static str,
    pub(crate) from: &'static str,
    pub(crate) label: &'static str,
}

impl Leaf {
    /// Fills `out`, which is never longer than the hash: all secrets, keys and ivs of the schedule
    /// fit into the first block of HKDF-Expand, so that one HMAC does and nothing can fail.
    pub(crate) fn derive(&self, prk: &dyn Hmac, context: &[u8], out: &mut [u8], watch: &mut Watch<'_>) {
        let length = [0, out.len() as u8];
        let label_len = [(PREFIX.len() + self.label.len()) as u8];
        let context_len = [context.len() as u8];
        prk.mac(&[&length, &label_len, PREFIX, self.label.as_bytes(), &context_len, context, &[1]], out);
        let operation = Operation::ExpandLabel { from: self.from, label: self.label, context };
        watch.step(self.name, operation, out);
    }
}
