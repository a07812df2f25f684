//! What holds of every message, good or broken.

use handfast_codec::{DecodeContext, FieldList, Message, ProtocolVersion, fields};

/// Asserts that the fields of a message lie end to end and that a listener changes nothing.
pub(crate) fn covered(wire: &[u8], version: Option<ProtocolVersion>) {
    let mut list = FieldList::default();
    let told = fields(wire, DecodeContext { version }, &mut list);
    assert_eq!(told, Message::decode(wire, version).map(|_| ()));
    let mut end = 0;
    for field in list.fields() {
        assert_eq!(field.range.start, end, "gap or overlap before {}", field.path);
        assert!(field.range.end > field.range.start, "{} is empty", field.path);
        end = field.range.end;
    }
    match told {
        Ok(()) => assert_eq!(end, wire.len()),
        // Up to the error, too, nothing is left out.
        Err(_) => assert!(end <= wire.len()),
    }
}
