//! Keying material for the application (RFC 9846 §7.5, RFC 5705).

use crate::label::{MAX_LABEL, hkdf_expand_label};
use core::fmt;
use handfast_crypto::hash::Hash;
use handfast_crypto::{Digest, Secret};
use zeroize::Zeroizing;

/// The exporter of a TLS 1.3 connection. Both ends get the same bytes for the same label and
/// context; nobody else does.
pub struct Exporter {
    hash: &'static dyn Hash,
    secret: Secret,
}

impl Exporter {
    pub(crate) fn new(hash: &'static dyn Hash, secret: Secret) -> Self {
        Self { hash, secret }
    }

    /// The exporter secret itself, for the key log.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Fills `out`. No context and an empty context give the same bytes (unlike TLS 1.2).
    ///
    /// # Errors
    /// [`ExportError::Label`] for a label longer than 249 bytes, [`ExportError::Output`] for more
    /// than 255 hash lengths.
    pub fn export(&self, label: &[u8], context: &[u8], out: &mut [u8]) -> Result<(), ExportError> {
        if label.len() > MAX_LABEL {
            return Err(ExportError::Label);
        }
        let len = self.hash.algorithm().len();
        let empty = self.hash.hash(&[]);
        let context = self.hash.hash(&[context]);
        let mut key = Zeroizing::new([0; Digest::MAX]);
        let mut made = Ok(());
        // Derive-Secret with the application's label, then one expansion of the result.
        self.hash.with_key(self.secret.bytes(), &mut |k| {
            made = hkdf_expand_label(k, len, label, empty.bytes(), &mut key[..len]);
        });
        made.map_err(|_| ExportError::Label)?;
        self.hash.with_key(&key[..len], &mut |k| {
            made = hkdf_expand_label(k, len, b"exporter", context.bytes(), out);
        });
        made.map_err(|_| ExportError::Output)
    }
}

/// The exporter that works before the handshake is done. A type apart, so that nobody uses it by
/// accident: its bytes are the same for every replay of the ClientHello (RFC 9846 §7.5).
pub struct EarlyExporter(Exporter);

impl EarlyExporter {
    pub(crate) fn new(hash: &'static dyn Hash, secret: Secret) -> Self {
        Self(Exporter::new(hash, secret))
    }

    /// The early exporter secret itself, for the key log.
    pub fn secret(&self) -> &Secret {
        self.0.secret()
    }

    /// Fills `out`, as [`Exporter::export`] does.
    ///
    /// # Errors
    /// As for [`Exporter::export`].
    pub fn export(&self, label: &[u8], context: &[u8], out: &mut [u8]) -> Result<(), ExportError> {
        self.0.export(label, context, out)
    }
}

/// Why nothing was exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportError {
    /// The label is longer than 249 bytes.
    Label,
    /// The label is one that TLS 1.2 uses itself, so that exporting it would give away the
    /// connection's own keys (RFC 5705 §4).
    Reserved,
    /// The context is longer than 65535 bytes.
    Context,
    /// More than 255 hash lengths were asked for.
    Output,
    /// A TLS 1.2 connection without the extended main secret has no exporter: its main secret does
    /// not depend on who the peers are (RFC 7627 §5.4).
    NotExtended,
    /// The handshake is not complete, so there is no secret to export from.
    TooEarly,
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Label => "the exporter label is longer than 249 bytes",
            Self::Reserved => "TLS 1.2 uses this label itself",
            Self::Context => "the exporter context is longer than 65535 bytes",
            Self::Output => "more than 255 hash lengths were asked for",
            Self::NotExtended => "the connection has no extended main secret",
            Self::TooEarly => "the handshake is not complete",
        })
    }
}

impl core::error::Error for ExportError {}
