//! Writing messages: nesting in the source is nesting on the wire.

use alloc::vec::Vec;
use core::fmt;

use handfast_crypto::*;

use crate::{Code, ExtensionWriter};

/// Something was too long for its length prefix; nothing was written.
///
/// A peer can cause this only where its bytes are given back to it: the cookie of a HelloRetryRequest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncodeError {
    /// The longest content that the length prefix can tell.
    pub limit: usize,
    /// The length there was.
    pub length: usize,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes do not fit where at most {} are allowed", self.length, self.limit)
    }
}

impl core::error::Error for EncodeError {}

/// Appends to a buffer and patches length prefixes.
///
/// A writer is only lent to a closure. If a vector grew too long for its prefix, what was appended is
/// taken back and the error is returned: a truncated length never leaves here.
///
/// ```
/// use handfast_codec::Writer;
///
/// let mut out = Vec::new();
/// Writer::append(&mut out, |w| w.vec16(|w| w.u8(7)))?;
/// assert_eq!(out, [0, 1, 7]);
/// # Ok::<(), handfast_codec::EncodeError>(())
/// ```
pub struct Writer<'v> {
    out: &'v mut Vec<u8>,
    error: Option<EncodeError>,
}

impl<'v> Writer<'v> {
    /// Appends what `write` writes, or nothing.
    pub fn append(out: &'v mut Vec<u8>, write: impl FnOnce(&mut Self)) -> Result<(), EncodeError> {
        let start = out.len();
        let mut writer = Self { out, error: None };
        write(&mut writer);
        match writer.error {
            None => Ok(()),
            Some(error) => {
                writer.out.truncate(start);
                Err(error)
            }
        }
    }

    /// Appends a handshake message: type, three-byte length and what `write` writes (RFC 9846 §4).
    pub fn message(
        out: &'v mut Vec<u8>,
        msg_type: HandshakeType,
        write: impl FnOnce(&mut Self),
    ) -> Result<(), EncodeError> {
        Self::append(out, |w| w.handshake(msg_type, write))
    }

    /// One byte.
    pub fn u8(&mut self, n: u8) {
        self.out.push(n);
    }

    /// Two bytes, the higher first.
    pub fn u16(&mut self, n: u16) {
        self.bytes(&n.to_be_bytes());
    }

    /// The lower three bytes; more is an error.
    pub fn u24(&mut self, n: u32) {
        let [over, rest @ ..] = n.to_be_bytes();
        if over != 0 {
            self.refuse(0xff_ffff, n as usize);
        }
        self.bytes(&rest);
    }

    /// Four bytes.
    pub fn u32(&mut self, n: u32) {
        self.bytes(&n.to_be_bytes());
    }

    /// A number from a registry.
    pub fn code<T: Code>(&mut self, value: T) {
        match T::BYTES {
            1 => self.u8(value.number() as u8),
            _ => self.u16(value.number()),
        }
    }

    /// Bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// So many zero bytes.
    pub fn zeros(&mut self, n: usize) {
        self.out.extend(core::iter::repeat_n(0, n));
    }

    /// A vector with a one-byte length.
    pub fn vec8(&mut self, write: impl FnOnce(&mut Self)) {
        self.vector(1, write);
    }

    /// A vector with a two-byte length.
    pub fn vec16(&mut self, write: impl FnOnce(&mut Self)) {
        self.vector(2, write);
    }

    /// A vector with a three-byte length.
    pub fn vec24(&mut self, write: impl FnOnce(&mut Self)) {
        self.vector(3, write);
    }

    /// Opaque bytes with a one-byte length.
    pub fn opaque8(&mut self, bytes: &[u8]) {
        self.vec8(|w| w.bytes(bytes));
    }

    /// Opaque bytes with a two-byte length.
    pub fn opaque16(&mut self, bytes: &[u8]) {
        self.vec16(|w| w.bytes(bytes));
    }

    /// Opaque bytes with a three-byte length.
    pub fn opaque24(&mut self, bytes: &[u8]) {
        self.vec24(|w| w.bytes(bytes));
    }

    /// Numbers from a registry, one after the other; put a vector around them.
    pub fn codes<T: Code>(&mut self, values: &[T]) {
        values.iter().for_each(|&value| self.code(value));
    }

    /// A handshake message inside what is written.
    pub fn handshake(&mut self, msg_type: HandshakeType, write: impl FnOnce(&mut Self)) {
        self.code(msg_type);
        self.vec24(write);
    }

    /// An extension: type, two-byte length and what `write` writes (RFC 9846 §4.3).
    pub fn extension(&mut self, extension_type: ExtensionType, write: impl FnOnce(&mut Self)) {
        self.code(extension_type);
        self.vec16(write);
    }

    /// An extension block with its two-byte length.
    pub fn extensions(&mut self, write: impl FnOnce(&mut ExtensionWriter<'_, 'v>)) {
        self.vec16(|w| write(&mut ExtensionWriter::of(w)));
    }

    /// The same, but a block without extensions is left out: TLS 1.2 hellos (RFC 5246 §7.4.1.2).
    pub(crate) fn optional_extensions(&mut self, write: impl FnOnce(&mut ExtensionWriter<'_, 'v>)) {
        let start = self.out.len();
        self.extensions(write);
        if self.out.len() == start + 2 {
            self.out.truncate(start);
        }
    }

    fn vector(&mut self, size: usize, write: impl FnOnce(&mut Self)) {
        let start = self.out.len();
        self.zeros(size);
        write(self);
        let length = self.out.len().saturating_sub(start + size);
        let limit = (1usize << (8 * size)) - 1;
        if length > limit {
            self.refuse(limit, length);
        }
        let prefix = (length as u32).to_be_bytes();
        for (to, from) in self.out.iter_mut().skip(start).zip(prefix.iter().skip(4 - size)) {
            *to = *from;
        }
    }

    fn refuse(&mut self, limit: usize, length: usize) {
        // The first is the innermost, which says most.
        self.error.get_or_insert(EncodeError { limit, length });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn an_overlong_vector_leaves_the_buffer_as_it_was() {
        let mut out = vec![9];
        let error = Writer::append(&mut out, |w| w.vec16(|w| w.opaque8(&[0; 256]))).unwrap_err();
        assert_eq!(error, EncodeError { limit: 255, length: 256 });
        assert_eq!(out, [9]);
    }

    #[test]
    fn a_number_over_three_bytes_is_refused() {
        let mut out = vec![];
        assert!(Writer::append(&mut out, |w| w.u24(1 << 24)).is_err());
        assert!(Writer::append(&mut out, |w| w.u24((1 << 24) - 1)).is_ok());
        assert_eq!(out, [0xff; 3]);
    }

    #[test]
    fn lengths_are_patched_from_the_inside_out() {
        let mut out = vec![];
        Writer::message(&mut out, HandshakeType::FINISHED, |w| w.vec16(|w| w.opaque8(&[1, 2]))).unwrap();
        assert_eq!(out, [20, 0, 0, 5, 0, 3, 2, 1, 2]);
    }
}
