use handfast_crypto::{ContentType, ProtocolVersion};

/// The length of a record's header, in bytes.
pub const HEADER_LEN: usize = 5;

/// The five bytes before every record (RFC 9846 §5.1), read but not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The outer content type.
    pub content_type: ContentType,
    /// legacy_record_version.
    pub version: ProtocolVersion,
    /// The length of what follows, in bytes.
    pub length: u16,
}

impl Header {
    /// From the wire. Never fails; judging is the [`Opener`](crate::Opener)'s business.
    pub const fn read([t, major, minor, high, low]: [u8; HEADER_LEN]) -> Self {
        Self {
            content_type: ContentType(t),
            version: ProtocolVersion(u16::from_be_bytes([major, minor])),
            length: u16::from_be_bytes([high, low]),
        }
    }

    /// For the wire.
    pub const fn bytes(self) -> [u8; HEADER_LEN] {
        let [major, minor] = self.version.0.to_be_bytes();
        let [high, low] = self.length.to_be_bytes();
        [self.content_type.0, major, minor, high, low]
    }
}
