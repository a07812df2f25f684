//! The cursor under every decoder.

use core::ops::RangeInclusive;

use crate::{DecodeError, Element, Field, FieldSink, Label, List, Rule, Value, list::Code};

/// A cursor over a message that names every field it reads.
///
/// Bytes left over cannot be forgotten: a reader is only lent to a closure, by [`Reader::all`] or by
/// a vector such as [`Reader::vec16`], and when the closure returns, the end is checked.
///
/// ```text
///            rest while inside a vector
///            ├──────────────┤
/// msg_type len  name.length name ...   next field
/// 0        1    4           6          at
/// ```
///
/// With a [`FieldSink`] attached each read is reported; without one it costs one branch.
pub struct Reader<'a, 's> {
    /// What is unread of the innermost vector or of the whole input.
    rest: &'a [u8],
    /// Where `rest` starts, counted from the start of the input.
    at: usize,
    sink: Option<&'s mut dyn FieldSink>,
}

impl<'a, 's> Reader<'a, 's> {
    /// Reads the whole input with `read`; bytes it leaves are an error.
    pub fn all<T>(bytes: &'a [u8], read: impl FnOnce(&mut Self) -> Result<T, DecodeError>) -> Result<T, DecodeError> {
        Self { rest: bytes, at: 0, sink: None }.finish("message", read)
    }

    /// The same, telling `sink` every field.
    pub fn observed<T>(
        bytes: &'a [u8],
        sink: &'s mut dyn FieldSink,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        Self { rest: bytes, at: 0, sink: Some(sink) }.finish("message", read)
    }

    /// A reader for walking bytes that were validated before. Private: it does not check its end.
    pub(crate) fn over(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, at: 0, sink: None }
    }

    /// Whether the innermost vector, or the input, is used up.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Where the next byte stands, counted from the start of the input.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// The unread bytes of the innermost vector, without reading them.
    pub fn peek(&self) -> &'a [u8] {
        self.rest
    }

    /// An error at the next byte.
    pub fn error(&self, rule: Rule, field: &'static str) -> DecodeError {
        DecodeError { rule, field, offset: self.at }
    }

    /// One byte.
    pub fn u8(&mut self, label: impl Into<Label>) -> Result<u8, DecodeError> {
        let n = self.number(1, label.into(), Value::Number)?;
        Ok(n as u8)
    }

    /// Two bytes, the higher first (RFC 9846 §3.3).
    pub fn u16(&mut self, label: impl Into<Label>) -> Result<u16, DecodeError> {
        let n = self.number(2, label.into(), Value::Number)?;
        Ok(n as u16)
    }

    /// Three bytes.
    pub fn u24(&mut self, label: impl Into<Label>) -> Result<u32, DecodeError> {
        self.number(3, label.into(), Value::Number)
    }

    /// Four bytes.
    pub fn u32(&mut self, label: impl Into<Label>) -> Result<u32, DecodeError> {
        self.number(4, label.into(), Value::Number)
    }

    /// A number from a registry.
    pub fn code<T: Code>(&mut self, label: impl Into<Label>) -> Result<T, DecodeError> {
        let value = |number| Value::Code { registry: T::REGISTRY, number, name: T::from_number(number).name() };
        Ok(T::from_number(self.number(T::BYTES, label.into(), value)?))
    }

    /// Exactly `N` bytes.
    pub fn array<const N: usize>(&mut self, label: impl Into<Label>) -> Result<&'a [u8; N], DecodeError> {
        let label = label.into();
        let error = self.error(Rule::Truncated, label.name);
        self.bytes(N, label)?.first_chunk().ok_or(error)
    }

    /// Exactly `n` bytes.
    pub fn bytes(&mut self, n: usize, label: impl Into<Label>) -> Result<&'a [u8], DecodeError> {
        let label = label.into();
        let bytes = self.take(n, label.name)?;
        self.tell(label, n, || Value::Opaque(bytes));
        Ok(bytes)
    }

    /// Everything that is left of the innermost vector, or of the input.
    pub fn rest(&mut self, label: impl Into<Label>) -> Result<&'a [u8], DecodeError> {
        self.bytes(self.rest.len(), label)
    }

    /// Reads fields under a name of their own.
    pub fn scope<T>(
        &mut self,
        label: impl Into<Label>,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        if let Some(sink) = &mut self.sink {
            sink.enter(label.into());
        }
        let value = read(self)?;
        if let Some(sink) = &mut self.sink {
            sink.leave();
        }
        Ok(value)
    }

    /// What `read` reads, and the bytes it consumed.
    pub fn span<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<(T, &'a [u8]), DecodeError> {
        let before = self.rest;
        let value = read(self)?;
        let used = before.len().saturating_sub(self.rest.len());
        Ok((value, before.get(..used).unwrap_or_default()))
    }

    /// A vector with a one-byte length, whose content `read` must use up.
    pub fn vec8<T>(
        &mut self,
        label: impl Into<Label>,
        limits: RangeInclusive<usize>,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        self.vector(1, label.into(), limits, read)
    }

    /// A vector with a two-byte length, whose content `read` must use up.
    pub fn vec16<T>(
        &mut self,
        label: impl Into<Label>,
        limits: RangeInclusive<usize>,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        self.vector(2, label.into(), limits, read)
    }

    /// A vector with a three-byte length, whose content `read` must use up.
    pub fn vec24<T>(
        &mut self,
        label: impl Into<Label>,
        limits: RangeInclusive<usize>,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        self.vector(3, label.into(), limits, read)
    }

    /// Opaque bytes with a one-byte length.
    pub fn opaque8(&mut self, label: impl Into<Label>, limits: RangeInclusive<usize>) -> Result<&'a [u8], DecodeError> {
        self.opaque(1, label.into(), limits)
    }

    /// Opaque bytes with a two-byte length.
    pub fn opaque16(
        &mut self,
        label: impl Into<Label>,
        limits: RangeInclusive<usize>,
    ) -> Result<&'a [u8], DecodeError> {
        self.opaque(2, label.into(), limits)
    }

    /// Opaque bytes with a three-byte length.
    pub fn opaque24(
        &mut self,
        label: impl Into<Label>,
        limits: RangeInclusive<usize>,
    ) -> Result<&'a [u8], DecodeError> {
        self.opaque(3, label.into(), limits)
    }

    /// A list of elements under a one-byte length in bytes.
    pub fn list8<T: Element<'a>>(
        &mut self,
        name: &'static str,
        limits: RangeInclusive<usize>,
    ) -> Result<List<'a, T>, DecodeError> {
        self.vector(1, name.into(), limits, Self::elements)
    }

    /// A list of elements under a two-byte length in bytes.
    pub fn list16<T: Element<'a>>(
        &mut self,
        name: &'static str,
        limits: RangeInclusive<usize>,
    ) -> Result<List<'a, T>, DecodeError> {
        self.vector(2, name.into(), limits, Self::elements)
    }

    /// A list of elements under a three-byte length in bytes.
    pub fn list24<T: Element<'a>>(
        &mut self,
        name: &'static str,
        limits: RangeInclusive<usize>,
    ) -> Result<List<'a, T>, DecodeError> {
        self.vector(3, name.into(), limits, Self::elements)
    }

    /// A length prefix on its own, such as the one in a handshake message's header.
    pub(crate) fn length(&mut self, size: usize, label: impl Into<Label>) -> Result<usize, DecodeError> {
        Ok(self.number(size, label.into(), Value::Length)? as usize)
    }

    /// Text that was checked to be printable ASCII by `check`.
    pub(crate) fn text(&mut self, label: impl Into<Label>, rule: Rule) -> Result<&'a str, DecodeError> {
        let label = label.into();
        let error = self.error(rule, label.name);
        let n = self.rest.len();
        let bytes = self.take(n, label.name)?;
        if !bytes.iter().all(u8::is_ascii_graphic) {
            return Err(error);
        }
        let text = core::str::from_utf8(bytes).map_err(|_| error)?;
        self.tell(label, n, || Value::Text(text));
        Ok(text)
    }

    /// Checks every element up to the end of the vector and keeps the bytes as a list.
    pub(crate) fn elements<T: Element<'a>>(&mut self) -> Result<List<'a, T>, DecodeError> {
        let bytes = self.rest;
        match T::BYTES {
            // Numbers of a fixed size cannot be wrong one by one, so a silent reader need not look.
            Some(size) if self.sink.is_none() => {
                if !bytes.len().is_multiple_of(size) {
                    return Err(self.error(Rule::VectorUneven, T::NAME));
                }
                self.take(bytes.len(), T::NAME)?;
            }
            _ => {
                let mut index = 0;
                while !self.is_empty() {
                    if T::BYTES.is_some_and(|size| self.rest.len() < size) {
                        return Err(DecodeError {
                            offset: self.at - index * T::BYTES.unwrap_or(0),
                            ..self.error(Rule::VectorUneven, T::NAME)
                        });
                    }
                    T::read(self, Label::element(T::NAME, index))?;
                    index += 1;
                }
            }
        }
        Ok(List::of(bytes))
    }

    fn finish<T>(
        mut self,
        name: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        let value = read(&mut self)?;
        if self.rest.is_empty() { Ok(value) } else { Err(self.error(Rule::TrailingBytes, name)) }
    }

    fn vector<T>(
        &mut self,
        size: usize,
        label: Label,
        limits: RangeInclusive<usize>,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        self.scope(label, |r| {
            let length = r.limited_length(size, label.name, limits)?;
            let truncated = r.error(Rule::Truncated, label.name);
            let (inner, after) = r.rest.split_at_checked(length).ok_or(truncated)?;
            r.rest = inner;
            let value = read(r)?;
            if !r.rest.is_empty() {
                return Err(r.error(Rule::TrailingBytes, label.name));
            }
            r.rest = after;
            Ok(value)
        })
    }

    fn opaque(&mut self, size: usize, label: Label, limits: RangeInclusive<usize>) -> Result<&'a [u8], DecodeError> {
        let length = self.scope(label, |r| r.limited_length(size, label.name, limits))?;
        self.bytes(length, label)
    }

    fn limited_length(
        &mut self,
        size: usize,
        name: &'static str,
        limits: RangeInclusive<usize>,
    ) -> Result<usize, DecodeError> {
        let start = self.at;
        let length =
            self.length(size, Label { name: "length", index: None }).map_err(|e| DecodeError { field: name, ..e })?;
        if length < *limits.start() {
            return Err(DecodeError { rule: Rule::VectorTooShort, field: name, offset: start });
        }
        if length > *limits.end() {
            return Err(DecodeError { rule: Rule::VectorTooLong, field: name, offset: start });
        }
        Ok(length)
    }

    fn number(
        &mut self,
        size: usize,
        label: Label,
        value: impl FnOnce(u32) -> Value<'static>,
    ) -> Result<u32, DecodeError> {
        let bytes = self.take(size, label.name)?;
        let number = bytes.iter().fold(0u32, |n, &b| n << 8 | u32::from(b));
        self.tell(label, size, || value(number));
        Ok(number)
    }

    fn take(&mut self, n: usize, field: &'static str) -> Result<&'a [u8], DecodeError> {
        let (bytes, rest) = self.rest.split_at_checked(n).ok_or(self.error(Rule::Truncated, field))?;
        self.rest = rest;
        self.at += n;
        Ok(bytes)
    }

    /// Reports the `n` bytes just read.
    fn tell<'v>(&mut self, label: Label, n: usize, value: impl FnOnce() -> Value<'v>) {
        if let Some(sink) = &mut self.sink
            && n > 0
        {
            sink.field(Field { label, range: self.at - n..self.at, value: value() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closure_that_leaves_bytes_is_an_error() {
        let error = Reader::all(&[1, 2], |r| r.u8("a")).unwrap_err();
        assert_eq!(error, DecodeError { rule: Rule::TrailingBytes, field: "message", offset: 1 });
        let error = Reader::all(&[2, 7, 8, 9], |r| r.vec8("v", 0..=255, |r| r.u8("a"))).unwrap_err();
        assert_eq!(error, DecodeError { rule: Rule::TrailingBytes, field: "v", offset: 2 });
    }

    #[test]
    fn a_vector_cannot_reach_past_the_one_around_it() {
        let error = Reader::all(&[2, 2, 8, 9], |r| r.vec8("outer", 0..=255, |r| r.opaque8("inner", 0..=255)));
        assert_eq!(error.unwrap_err(), DecodeError { rule: Rule::Truncated, field: "inner", offset: 2 });
    }

    #[test]
    fn numbers_have_the_higher_byte_first() {
        let read = |r: &mut Reader<'_, '_>| Ok((r.u8("a")?, r.u16("b")?, r.u24("c")?, r.u32("d")?));
        let numbers = Reader::all(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], read);
        assert_eq!(numbers, Ok((1, 0x0203, 0x040506, 0x0708090a)));
    }
}
