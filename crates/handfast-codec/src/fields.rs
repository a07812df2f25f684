//! Explaining a message: every byte has a name and a value.
//!
//! The code that decodes is the code that explains. A [`Reader`](crate::Reader) tells an attached
//! [`FieldSink`] each leaf it reads; the leaves, length prefixes among them, cover a message without
//! gap or overlap.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::{fmt, ops::Range};

/// The name of a field or scope, and its place if it is an element of a vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// The RFC's name.
    pub name: &'static str,
    /// Which element of the enclosing vector, from 0.
    pub index: Option<u32>,
}

impl From<&'static str> for Label {
    fn from(name: &'static str) -> Self {
        Self { name, index: None }
    }
}

impl Label {
    /// The label of an element of a vector.
    pub(crate) fn element(name: &'static str, index: usize) -> Self {
        Self { name, index: u32::try_from(index).ok() }
    }
}

/// A decoded value, as a listener wants to show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// The length prefix of a vector or message, in bytes.
    Length(u32),
    /// A plain number.
    Number(u32),
    /// A number from a registry, with its registered name if it has one.
    Code {
        /// The registry, such as `CipherSuite`.
        registry: &'static str,
        /// The number on the wire.
        number: u32,
        /// The registered name.
        name: Option<&'static str>,
    },
    /// Bytes without further structure here.
    Opaque(&'a [u8]),
    /// Printable ASCII.
    Text(&'a str),
}

/// A number, a name or hexadecimal bytes, without their label.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Value::Length(n) | Value::Number(n) => write!(f, "{n}"),
            Value::Code { number, name: Some(name), .. } => write!(f, "{name} ({number:#x})"),
            Value::Code { registry, number, name: None } => write!(f, "unknown {registry} {number:#x}"),
            Value::Opaque(bytes) => bytes.iter().try_for_each(|b| write!(f, "{b:02x}")),
            Value::Text(text) => write!(f, "{text:?}"),
        }
    }
}

/// One leaf of a message: no field lies inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its name; the scopes it stands in were announced before.
    pub label: Label,
    /// Its bytes, counted from the start of the message. Never empty.
    pub range: Range<usize>,
    /// What the bytes say.
    pub value: Value<'a>,
}

/// A listener that is told every field in wire order.
///
/// When decoding fails, the leaves before the error have been told and their scopes stay open.
pub trait FieldSink {
    /// A structure or vector begins; what follows lies inside it.
    fn enter(&mut self, label: Label);
    /// The innermost open scope ends.
    fn leave(&mut self);
    /// A leaf.
    fn field(&mut self, field: Field<'_>);
}

/// A field that was kept, with its full path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedField {
    /// Names from the outermost scope, such as `extensions[2].extension_data.client_shares[0].group`.
    pub path: String,
    /// Its bytes, counted from the start of the message.
    pub range: Range<usize>,
    /// The value as text.
    pub value: String,
}

/// The plainest [`FieldSink`]: keeps every field as text.
///
/// ```
/// use handfast_codec::{DecodeContext, FieldList, ProtocolVersion, fields};
///
/// let key_update = [24, 0, 0, 1, 1];
/// let mut list = FieldList::default();
/// fields(&key_update, DecodeContext::new(ProtocolVersion::TLS1_3), &mut list)?;
/// let last = &list.fields()[2];
/// assert_eq!((last.path.as_str(), last.range.clone()), ("request_update", 4..5));
/// assert_eq!(last.value, "update_requested (0x1)");
/// # Ok::<(), handfast_codec::DecodeError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct FieldList {
    fields: Vec<NamedField>,
    scopes: Vec<Label>,
}

impl FieldList {
    /// The fields told so far.
    pub fn fields(&self) -> &[NamedField] {
        &self.fields
    }
}

impl FieldSink for FieldList {
    fn enter(&mut self, label: Label) {
        self.scopes.push(label);
    }

    fn leave(&mut self) {
        self.scopes.pop();
    }

    fn field(&mut self, field: Field<'_>) {
        let mut path = String::new();
        for label in self.scopes.iter().chain([&field.label]) {
            match label.index {
                Some(index) => path.push_str(&alloc::format!("[{index}]")),
                None if path.is_empty() => path.push_str(label.name),
                None => {
                    path.push('.');
                    path.push_str(label.name);
                }
            }
        }
        self.fields.push(NamedField { path, range: field.range, value: field.value.to_string() });
    }
}
