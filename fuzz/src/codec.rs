//! Every parser of the codec.

use handfast_codec::{
    Alert, ChangeCipherSpec, DecodeContext, Field, FieldSink, Label, Message, ProtocolVersion, Reader, RecordHeader,
    fields, handshake_header,
};

/// A sink that holds the codec to its word: leaves follow one another without gap or overlap.
#[derive(Default)]
struct Partition {
    at: usize,
    depth: usize,
}

impl FieldSink for Partition {
    fn enter(&mut self, _: Label) {
        self.depth += 1;
    }

    fn leave(&mut self) {
        assert!(self.depth > 0, "more scopes end than began");
        self.depth -= 1;
    }

    fn field(&mut self, field: Field<'_>) {
        assert_eq!(field.range.start, self.at, "gap or overlap before {:?}", field.label);
        assert!(field.range.end > field.range.start, "{:?} is empty", field.label);
        self.at = field.range.end;
        // The value must be printable, whatever it is; a long one prints in the same way.
        if self.at - field.range.start <= 64 {
            assert!(!field.value.to_string().is_empty());
        }
    }
}

/// A handshake message behind a byte that chooses the version.
pub fn codec_message(data: &[u8]) {
    let Some((&version, raw)) = data.split_first() else { return };
    let version = match version {
        0 => None,
        2 => Some(ProtocolVersion::TLS1_2),
        3 => Some(ProtocolVersion::TLS1_3),
        other => Some(ProtocolVersion(u16::from(other))),
    };
    let decoded = Message::decode(raw, version);
    let context = DecodeContext { version };

    let mut sink = Partition::default();
    let explained = fields(raw, context, &mut sink);
    assert!(sink.at <= raw.len(), "a field lies beyond the message");
    assert_eq!(explained, decoded.map(|_| ()), "explaining and decoding disagree");
    let mut again = Partition::default();
    assert_eq!(Reader::observed(raw, &mut again, |r| Message::read(r, context)), decoded);

    match decoded {
        Ok(message) => {
            assert_eq!((sink.at, sink.depth), (raw.len(), 0), "not every byte has a name");
            let (kind, body) = handshake_header(raw).expect("a message has a header");
            assert_eq!(body + 4, raw.len());
            if !matches!(message, Message::HelloRetryRequest(_)) {
                assert_eq!(message.handshake_type(), kind);
            }
            // Walks every list.
            assert!(!format!("{message:?}").is_empty());
        }
        Err(error) => {
            assert!(error.offset <= raw.len(), "{error}");
            assert!(!error.to_string().is_empty() && !error.section().is_empty());
        }
    }
}

/// Record header, alert and ChangeCipherSpec, each from the same bytes.
pub fn codec_small(data: &[u8]) {
    let header = RecordHeader::parse(data);
    assert_eq!(header.is_some(), data.len() >= RecordHeader::SIZE);
    if let Some(header) = header {
        let front = &data[..RecordHeader::SIZE];
        assert_eq!(header.to_bytes(), front);
        assert_eq!(Reader::all(front, RecordHeader::read), Ok(header));
    }
    match Alert::decode(data) {
        Ok(alert) => assert_eq!(alert.to_bytes(), data),
        Err(error) => assert!(data.len() != 2, "{error}"),
    }
    assert_eq!(ChangeCipherSpec::decode(data).is_ok(), data == ChangeCipherSpec::BYTES);
    assert_eq!(handshake_header(data).is_some(), data.len() >= 4);
}
