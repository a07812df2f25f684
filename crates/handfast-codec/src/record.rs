//! Record headers, alerts and ChangeCipherSpec (RFC 9846 §5.1, §6).

use handfast_crypto::{AlertDescription, AlertLevel, ContentType, ProtocolVersion};

use crate::{DecodeError, Reader, Rule};

/// The five bytes before every record (RFC 9846 §5.1). Its limits are the record layer's to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordHeader {
    /// What the record holds, or `application_data` if that is encrypted.
    pub content_type: ContentType,
    /// Says nothing any more.
    pub legacy_record_version: ProtocolVersion,
    /// How many bytes follow.
    pub length: u16,
}

impl RecordHeader {
    /// The size of a header.
    pub const SIZE: usize = 5;

    /// The header that `bytes` start with, once it is there.
    pub const fn parse(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [content_type, major, minor, high, low, ..] => Some(Self {
                content_type: ContentType(*content_type),
                legacy_record_version: ProtocolVersion(u16::from_be_bytes([*major, *minor])),
                length: u16::from_be_bytes([*high, *low]),
            }),
            _ => None,
        }
    }

    /// Reads the header, naming its fields.
    pub fn read(r: &mut Reader<'_, '_>) -> Result<Self, DecodeError> {
        Ok(Self {
            content_type: r.code("type")?,
            legacy_record_version: r.code("legacy_record_version")?,
            length: r.length(2, "length")? as u16,
        })
    }

    /// The header as it stands on the wire.
    pub const fn to_bytes(self) -> [u8; 5] {
        let version = self.legacy_record_version.0.to_be_bytes();
        let length = self.length.to_be_bytes();
        [self.content_type.0, version[0], version[1], length[0], length[1]]
    }
}

/// An alert (RFC 9846 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
    /// In TLS 1.3 the description alone counts.
    pub level: AlertLevel,
    /// What happened.
    pub description: AlertDescription,
}

impl Alert {
    /// Decodes the content of an alert record: exactly two bytes.
    pub fn decode(content: &[u8]) -> Result<Self, DecodeError> {
        Reader::all(content, Self::read)
    }

    /// Reads the two bytes.
    pub fn read(r: &mut Reader<'_, '_>) -> Result<Self, DecodeError> {
        Ok(Self { level: r.code("level")?, description: r.code("description")? })
    }

    /// The alert as it stands on the wire.
    pub const fn to_bytes(self) -> [u8; 2] {
        [self.level.0, self.description.0]
    }
}

/// The message that once switched keys and now pleases middleboxes (RFC 9846 §5, RFC 5246 §7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeCipherSpec;

impl ChangeCipherSpec {
    /// The content of its record.
    pub const BYTES: [u8; 1] = [1];

    /// Decodes the content of a record: exactly the byte 1.
    pub fn decode(content: &[u8]) -> Result<Self, DecodeError> {
        // RFC 9846 §5: any other value, and any other length, is unexpected
        if content == Self::BYTES {
            Ok(Self)
        } else {
            Err(DecodeError { rule: Rule::ChangeCipherSpecValue, field: "change_cipher_spec", offset: 0 })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_header_survives_the_wire() {
        let bytes = [22, 3, 1, 2, 0];
        let header = RecordHeader::parse(&bytes).unwrap();
        assert_eq!((header.content_type, header.length), (ContentType::HANDSHAKE, 512));
        assert_eq!(header.to_bytes(), bytes);
        assert_eq!(Reader::all(&bytes, RecordHeader::read), Ok(header));
        assert_eq!(RecordHeader::parse(&bytes[..4]), None);
    }

    #[test]
    fn an_alert_is_two_bytes() {
        let alert = Alert::decode(&[2, 50]).unwrap();
        assert_eq!(alert.description, AlertDescription::DECODE_ERROR);
        assert_eq!(alert.to_bytes(), [2, 50]);
        assert_eq!(Alert::decode(&[2]).unwrap_err().rule, Rule::Truncated);
        assert_eq!(Alert::decode(&[2, 50, 0]).unwrap_err().rule, Rule::TrailingBytes);
    }
}
