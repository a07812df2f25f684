//! Annotated hex: every byte of a message stands under exactly one name.
//!
//! ```text
//!      0  14                       msg_type = Finished (0x14)
//!      1  00 00 20                 length = 32 bytes
//!      4  [32 bytes]               verify_data
//!      4  8b a2 …
//! ```
//!
//! A field of more than eight bytes has its name on a line of its own, with its length in brackets,
//! and its bytes below. What the decoder did not get to is one field too, named after the rule that
//! stopped it. So the hex columns, read one after another, are the message again.

use crate::narrate::wrap;
use handfast::ProtocolVersion;
use handfast::codec::{
    Alert, ChangeCipherSpec, DecodeContext, DecodeError, Field, FieldList, FieldSink, Label, Reader, Value, fields,
};
use handfast::x509::Certificate;
use std::fmt::Write as _;
use std::ops::Range;

/// Where names begin.
const TEXT: usize = 33;

/// How many bytes stand beside their name.
const BESIDE: usize = 8;

/// How many bytes a line holds below it.
const BELOW: usize = 24;

/// Text of more characters is shown as bytes alone.
const LEGIBLE: usize = 64;

/// What bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A handshake message with its header, in the version agreed on, if one is.
    Handshake(Option<ProtocolVersion>),
    /// The content of a ChangeCipherSpec record.
    ChangeCipherSpec,
    /// The content of an alert record.
    Alert,
}

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its full path, such as `extensions[2].extension_type`; or why it has none.
    pub name: String,
    /// Its bytes, counted from the start of the message. Never empty.
    pub range: Range<usize>,
    /// What they say, where that is more than themselves. Escaped.
    pub value: String,
}

/// A message in parts that lie end to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anatomy {
    /// The parts.
    pub parts: Vec<Part>,
    /// The rule that the message breaks, if it breaks one.
    pub broken: Option<DecodeError>,
}

/// Takes a message apart. Every byte is in exactly one part, whatever the bytes are.
pub fn dissect(kind: Kind, bytes: &[u8]) -> Anatomy {
    let mut named = Named::default();
    let read = match kind {
        Kind::Handshake(version) => fields(bytes, DecodeContext { version }, &mut named),
        Kind::Alert => Reader::observed(bytes, &mut named, Alert::read).map(|_| ()),
        Kind::ChangeCipherSpec => ChangeCipherSpec::decode(bytes).map(|_| named.parts.push(change_cipher_spec())),
    };
    let mut parts: Vec<Part> = Vec::with_capacity(named.parts.len() + 1);
    let mut at = 0;
    let gap = |range| Part { name: "not named".into(), range, value: String::new() };
    for part in named.parts {
        // The decoder's fields lie end to end (RFC or not); should one ever not, nothing is lost.
        let Range { start, end } = part.range;
        if start > at {
            parts.push(gap(at..start.min(bytes.len())));
        }
        if start >= at && end > start && end <= bytes.len() {
            at = end;
            parts.push(part);
        }
    }
    if at < bytes.len() {
        let range = at..bytes.len();
        parts.push(match &read {
            Err(error) => Part { name: "not read".into(), range, value: error.to_string() },
            Ok(()) => gap(range),
        });
    }
    Anatomy { parts, broken: read.err() }
}

fn change_cipher_spec() -> Part {
    Part { name: "type".into(), range: 0..1, value: "change_cipher_spec (0x1)".into() }
}

/// Paths as [`FieldList`] makes them, values with their meaning.
#[derive(Default)]
struct Named {
    list: FieldList,
    parts: Vec<Part>,
}

impl FieldSink for Named {
    fn enter(&mut self, label: Label) {
        self.list.enter(label);
    }

    fn leave(&mut self) {
        self.list.leave();
    }

    fn field(&mut self, field: Field<'_>) {
        let (range, value) = (field.range.clone(), meaning(&field.value));
        // The list is there for its paths; of an opaque value it would keep the hex.
        self.list.field(Field { value: Value::Number(0), ..field });
        let name = self.list.fields().last().map_or_else(String::new, |named| named.path.clone());
        self.parts.push(Part { name, range, value });
    }
}

fn meaning(value: &Value<'_>) -> String {
    match value {
        Value::Length(1) => "1 byte".into(),
        Value::Length(n) => format!("{n} bytes"),
        Value::Opaque(bytes) => {
            let text = bytes.iter().all(|b| b.is_ascii_graphic() || *b == b' ');
            if text && bytes.len() <= LEGIBLE {
                return format!("\"{}\"", bytes.escape_ascii());
            }
            // A SEQUENCE: a certificate, perhaps.
            match bytes.starts_with(&[0x30]).then(|| Certificate::parse(bytes)) {
                Some(Ok(certificate)) => {
                    format!("certificate of {}, by {}", certificate.subject_text(), certificate.issuer_text())
                }
                _ => String::new(),
            }
        }
        Value::Text(text) if text.len() > LEGIBLE => format!("text of {} bytes", text.len()),
        _ => value.to_string(),
    }
}

/// The message as annotated hex. If it breaks a rule, the last line says which.
pub fn annotated(kind: Kind, bytes: &[u8]) -> String {
    let Anatomy { parts, broken } = dissect(kind, bytes);
    let mut text = String::new();
    for Part { name, range, value } in &parts {
        let said = if value.is_empty() { name.clone() } else { format!("{name} = {value}") };
        let own = bytes.get(range.clone()).unwrap_or_default();
        let at = range.start;
        if own.len() <= BESIDE {
            text.push_str(&wrap(&format!("{at:>6}  {:<23}  ", hex(own)), &said, TEXT));
            continue;
        }
        let size = format!("[{} bytes]", own.len());
        text.push_str(&wrap(&format!("{at:>6}  {size:<23}  "), &said, TEXT));
        for (line, bytes) in own.chunks(BELOW).enumerate() {
            _ = writeln!(text, "{:>6}  {}", at + line * BELOW, hex(bytes));
        }
    }
    if let Some(error) = broken {
        text.push_str(&wrap("        ", &format!("refused: {error}"), 8));
    }
    text
}

/// `0a 1b`
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(3 * bytes.len());
    for byte in bytes {
        _ = write!(text, "{}{byte:02x}", if text.is_empty() { "" } else { " " });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const TLS13: Kind = Kind::Handshake(Some(ProtocolVersion::TLS1_3));

    #[test]
    fn a_key_update_is_three_fields() {
        let text = annotated(TLS13, &[24, 0, 0, 1, 1]);
        let expected = "     0  18                       msg_type = KeyUpdate (0x18)\n     \
                             1  00 00 01                 length = 1 byte\n     \
                             4  01                       request_update = update_requested (0x1)\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn what_is_no_message_of_the_handshake_has_fields_too() {
        assert!(annotated(Kind::ChangeCipherSpec, &[1]).contains("type = change_cipher_spec (0x1)"));
        let alert = annotated(Kind::Alert, &[2, 40]);
        assert!(alert.contains("level = fatal (0x2)") && alert.contains("description = handshake_failure (0x28)"));
    }

    #[test]
    fn what_was_not_read_is_named_after_the_rule() {
        let cut = dissect(TLS13, &[24, 0, 0, 2, 1, 9]);
        let last = cut.parts.last().unwrap();
        assert_eq!((last.name.as_str(), last.range.clone()), ("not read", 5..6));
        assert!(last.value.contains("bytes are left over after the last field"), "{}", last.value);
        let wrong = annotated(Kind::ChangeCipherSpec, &[2, 1]);
        assert!(wrong.contains("not read = ") && wrong.contains("refused: change_cipher_spec at byte 0"), "{wrong}");
    }

    #[test]
    fn a_rule_that_is_broken_by_bytes_that_were_read_is_told_at_the_end() {
        let text = annotated(TLS13, &[24, 0, 0, 1, 9]);
        assert!(!text.contains("not read"), "{text}");
        assert!(text.ends_with("request_update at byte 4: request_update is 0 or 1 (RFC 9846 §4.7.3)\n"), "{text}");
    }

    #[test]
    fn no_message_is_no_line_of_hex() {
        assert!(dissect(TLS13, &[]).parts.is_empty());
        assert!(annotated(TLS13, &[]).starts_with("        refused: "));
    }
}
