//! A cursor over DER that knows where it stands in the certificate.
//!
//! Lengths and primitive values are decoded by the `der` crate; this adds what an explanation
//! needs: the byte offset of every element, and the name of the field that was being read.

use crate::error::{CertificateError, CertificateRule};
use der::{Decode, Length, Reader, SliceReader};

type Result<T> = core::result::Result<T, CertificateError>;

/// Identifier octets used by X.509. All are of the low-tag-number form.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const TELETEX_STRING: u8 = 0x14;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const BMP_STRING: u8 = 0x1e;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;

    /// `[number]`, constructed.
    pub(crate) const fn context_constructed(number: u8) -> u8 {
        0xa0 | number
    }
}

/// One element: identifier octet, content, and the whole with its header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tlv<'a> {
    pub(crate) tag: u8,
    pub(crate) value: &'a [u8],
    pub(crate) raw: &'a [u8],
    /// Offset of the identifier octet in the certificate.
    pub(crate) at: usize,
    field: &'static str,
}

impl<'a> Tlv<'a> {
    /// A cursor over the content.
    pub(crate) fn open(&self) -> Cursor<'a> {
        let header = self.raw.len() - self.value.len();
        Cursor { rest: self.value, at: self.at + header, field: self.field }
    }

    pub(crate) fn error(&self, rule: CertificateRule) -> CertificateError {
        CertificateError { rule, field: self.field, offset: self.at }
    }

    /// The content of a BIT STRING of whole octets (keys and signatures).
    pub(crate) fn octet_bits(&self) -> Result<&'a [u8]> {
        match self.value.split_first() {
            Some((0, bits)) => Ok(bits),
            _ => Err(self.error(CertificateRule::BitString)),
        }
    }

    /// The first 16 bits of a BIT STRING of named bits, bit 0 in the highest place (X.690 §11.2:
    /// trailing zero bits are absent, which we do not insist on).
    pub(crate) fn named_bits(&self) -> Result<u16> {
        let Some((&unused, bits)) = self.value.split_first() else {
            return Err(self.error(CertificateRule::BitString));
        };
        let last = bits.last().copied();
        let unused_set = last.is_some_and(|b| unused > 0 && unused < 8 && b & ((1 << unused) - 1) != 0);
        if unused > 7 || (last.is_none() && unused != 0) || unused_set {
            return Err(self.error(CertificateRule::BitString));
        }
        let byte = |i: usize| u16::from(bits.get(i).copied().unwrap_or(0));
        Ok(byte(0) << 8 | byte(1))
    }
}

/// What is left to read, and where it starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
    at: usize,
    field: &'static str,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8], field: &'static str) -> Self {
        Self { rest: bytes, at: 0, field }
    }

    /// The same place, called by another name in errors.
    pub(crate) fn field(mut self, field: &'static str) -> Self {
        self.field = field;
        self
    }

    /// All that is left.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn error(&self, rule: CertificateRule) -> CertificateError {
        CertificateError { rule, field: self.field, offset: self.at }
    }

    /// The next element, whatever it is.
    pub(crate) fn any(&mut self) -> Result<Tlv<'a>> {
        let bad = self.error(CertificateRule::Der);
        let (&tag, after) = self.rest.split_first().ok_or(bad)?;
        if tag & 0x1f == 0x1f {
            return Err(bad); // the high-tag-number form: nothing in X.509 uses it
        }
        let mut reader = SliceReader::new(after).map_err(|_| bad)?;
        let length = Length::decode(&mut reader).map_err(|_| bad)?;
        let length = usize::try_from(length).map_err(|_| bad)?;
        let header = 1 + usize::try_from(reader.position()).map_err(|_| bad)?;
        let total = header.checked_add(length).ok_or(bad)?;
        let (raw, rest) = self.rest.split_at_checked(total).ok_or(bad)?;
        let value = raw.get(header..).ok_or(bad)?;
        let element = Tlv { tag, value, raw, at: self.at, field: self.field };
        self.rest = rest;
        self.at += total;
        Ok(element)
    }

    /// The next element, which must have this tag; `field` names it in errors.
    pub(crate) fn expect(&mut self, tag: u8, field: &'static str) -> Result<Tlv<'a>> {
        self.field = field;
        let before = *self;
        let element = self.any()?;
        if element.tag != tag { Err(before.error(CertificateRule::Tag)) } else { Ok(element) }
    }

    /// The next element if it has this tag.
    pub(crate) fn optional(&mut self, tag: u8, field: &'static str) -> Result<Option<Tlv<'a>>> {
        if self.rest.first() == Some(&tag) { self.expect(tag, field).map(Some) } else { Ok(None) }
    }

    /// A BOOLEAN that defaults to false. X.690 §11.5 forbids to encode the default; a good part of
    /// the web does so anyway and nothing hangs on it, so it is read.
    pub(crate) fn boolean_or_false(&mut self, field: &'static str) -> Result<bool> {
        match self.optional(tag::BOOLEAN, field)? {
            None => Ok(false),
            Some(b) => match b.value {
                [0xff] => Ok(true),
                [0x00] => Ok(false),
                _ => Err(b.error(CertificateRule::Der)),
            },
        }
    }

    /// Nothing may follow.
    pub(crate) fn finish(&self) -> Result<()> {
        if self.is_empty() { Ok(()) } else { Err(self.error(CertificateRule::TrailingBytes)) }
    }
}

/// Whether these are the minimal two's complement octets of an INTEGER (X.690 §8.3.2).
pub(crate) fn is_minimal_integer(value: &[u8]) -> bool {
    match value {
        [] => false,
        [0x00, next, ..] => next & 0x80 != 0,
        [0xff, next, ..] => next & 0x80 == 0,
        _ => true,
    }
}
