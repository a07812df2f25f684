//! Reading a target's bytes as a program: small numbers, then pieces.

/// A cursor that never fails: where the bytes have run out, numbers are 0 and pieces are empty.
pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    /// From the front of `data`.
    pub const fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    /// Whether nothing is left.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One byte.
    pub fn u8(&mut self) -> u8 {
        self.bytes(1).first().copied().unwrap_or(0)
    }

    /// Two bytes, the higher first.
    pub fn u16(&mut self) -> u16 {
        let high = self.u8();
        u16::from_be_bytes([high, self.u8()])
    }

    /// At most `n` bytes.
    pub fn bytes(&mut self, n: usize) -> &'a [u8] {
        let (now, rest) = self.0.split_at(n.min(self.0.len()));
        self.0 = rest;
        now
    }

    /// A piece behind its length of two bytes; a piece that is cut short ends with the input.
    pub fn piece(&mut self) -> &'a [u8] {
        let n = self.u16();
        self.bytes(usize::from(n))
    }

    /// Everything that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        core::mem::take(&mut self.0)
    }
}
