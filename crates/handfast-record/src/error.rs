use crate::HEADER_LEN;
use core::fmt;
use handfast_codec::RecordHeader;
use handfast_crypto::AlertDescription;

macro_rules! rules {
    ($( $(#[$doc:meta])* $Rule:ident: $alert:ident, $section:literal, $text:literal; )*) => {
        /// A rule of the record layer. Each has a text, a section and an alert.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Rule { $( #[doc = $text] #[doc = concat!("(", $section, ")")] $Rule, )* }

        impl Rule {
            /// Every rule, in the order of the table.
            pub const ALL: &'static [Rule] = &[ $( Rule::$Rule, )* ];

            /// The rule in plain words.
            pub const fn text(self) -> &'static str {
                match self { $( Rule::$Rule => $text, )* }
            }

            /// The section that states the rule.
            pub const fn section(self) -> &'static str {
                match self { $( Rule::$Rule => $section, )* }
            }

            /// The alert that answers a breach; for a rule of ours that the caller broke,
            /// internal_error.
            pub const fn alert(self) -> AlertDescription {
                match self { $( Rule::$Rule => AlertDescription::$alert, )* }
            }
        }
    };
}

rules! {
    // the header
    NotTls: PROTOCOL_VERSION, "RFC 9846 §5.1", "the first bytes are no TLS record: the peer speaks another protocol";
    UnknownType: UNEXPECTED_MESSAGE, "RFC 9846 §5", "a record's type is one of the four that TLS defines";
    RecordVersion: PROTOCOL_VERSION, "RFC 9846 §5.2", "the version of a protected record is 0x0303, and of any record 0x03xx";
    RecordTooLong: RECORD_OVERFLOW, "RFC 9846 §5.1, §5.2", "a record is longer than its kind allows";
    // the type
    PlainApplicationData: UNEXPECTED_MESSAGE, "RFC 9846 §5.1", "application data is never sent in the clear";
    Unprotected: UNEXPECTED_MESSAGE, "RFC 9846 §5.2", "a record is in the clear although keys are in place";
    InnerType: UNEXPECTED_MESSAGE, "RFC 9846 §5.2", "a protected record holds a handshake message, an alert or application data";
    CcsNotAllowed: UNEXPECTED_MESSAGE, "RFC 9846 §5", "a change_cipher_spec stands between the first ClientHello and the peer's Finished only";
    CcsValue: UNEXPECTED_MESSAGE, "RFC 9846 §5", "a change_cipher_spec is the single byte 1";
    // the content
    BadRecordMac: BAD_RECORD_MAC, "RFC 9846 §5.2", "a protected record cannot be decrypted";
    NoContentType: UNEXPECTED_MESSAGE, "RFC 9846 §5.4", "a protected record holds nothing but padding";
    TextTooLong: RECORD_OVERFLOW, "RFC 9846 §5.4", "what a record protects is longer than the limit";
    EmptyFragment: UNEXPECTED_MESSAGE, "RFC 9846 §5.1, §5.4", "a handshake or alert record is never empty";
    AlertLength: DECODE_ERROR, "RFC 9846 §5.1", "an alert record holds exactly one alert of two bytes";
    // what is spent
    TooManyIdle: UNEXPECTED_MESSAGE, "RFC 9846 §5.4", "too many records without content in a row";
    TooManyWarnings: UNEXPECTED_MESSAGE, "handfast", "too many warning alerts in a row";
    TooMuchEarlyData: UNEXPECTED_MESSAGE, "RFC 9846 §4.3.10", "more early data to skip than was ever allowed";
    SequenceSpent: INTERNAL_ERROR, "RFC 9846 §5.3", "the sequence number would wrap";
    KeySpent: INTERNAL_ERROR, "RFC 9846 §5.5", "the key has protected as many records as it may";
    // handshake messages
    MessageTooLong: ILLEGAL_PARAMETER, "RFC 9846 §4", "a handshake message is longer than we take for its type";
    Interleaved: UNEXPECTED_MESSAGE, "RFC 9846 §5.1", "no other record stands between the pieces of a handshake message";
    NotAligned: UNEXPECTED_MESSAGE, "RFC 9846 §5.1", "a message before a key change ends with its record";
    // ours
    Parked: INTERNAL_ERROR, "handfast", "the key is parked";
    SealedEmpty: INTERNAL_ERROR, "RFC 9846 §5.1", "a record of this type must have content";
    SealedClear: INTERNAL_ERROR, "RFC 9846 §5.1", "application data cannot be sent before keys are in place";
    Room: INTERNAL_ERROR, "handfast", "the buffer has no room around the text";
    Undelivered: INTERNAL_ERROR, "handfast", "messages were put aside while others were still undelivered";
    Backend: INTERNAL_ERROR, "handfast", "the cryptographic backend refused";
}

/// Why a record was refused: the rule, the numbers behind it, the header and which record it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordError {
    /// The rule that was broken.
    pub rule: Rule,
    /// What the rule allows: a length, a count or a type, whichever the rule is about.
    pub expected: u32,
    /// What was found.
    pub found: u32,
    /// The header of the record, or the first bytes of what is not TLS; zeros where none was read.
    pub header: [u8; HEADER_LEN],
    /// The number of the record under the current key, counted from 0.
    pub record: u64,
}

impl RecordError {
    pub(crate) const fn new(rule: Rule, expected: usize, found: usize) -> Self {
        Self { rule, expected: clamp(expected), found: clamp(found), header: [0; HEADER_LEN], record: 0 }
    }

    /// A limit that was reached: what it allows and what came, counted.
    pub(crate) fn spent(rule: Rule, limit: u64, spent: u64) -> Self {
        let clamp = |n: u64| if n > u32::MAX as u64 { u32::MAX } else { n as u32 };
        Self { expected: clamp(limit), found: clamp(spent), ..Self::new(rule, 0, 0) }
    }

    pub(crate) const fn at(self, header: RecordHeader, record: u64) -> Self {
        Self { header: header.to_bytes(), record, ..self }
    }

    /// The alert that answers this error.
    pub const fn alert(&self) -> AlertDescription {
        self.rule.alert()
    }

    /// The section that states the broken rule.
    pub const fn section(&self) -> &'static str {
        self.rule.section()
    }
}

const fn clamp(n: usize) -> u32 {
    if n > u32::MAX as usize { u32::MAX } else { n as u32 }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.rule.text(), self.rule.section())?;
        if self.rule == Rule::NotTls {
            return write!(f, ": \"{}\"", self.header.escape_ascii());
        }
        if self.expected != self.found {
            write!(f, ": expected {}, found {}", self.expected, self.found)?;
        }
        Ok(())
    }
}

impl core::error::Error for RecordError {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn an_error_says_rule_section_and_numbers() {
        let error = RecordError::new(Rule::TextTooLong, 16384, 16385);
        assert_eq!(
            error.to_string(),
            "what a record protects is longer than the limit (RFC 9846 §5.4): expected 16384, found 16385"
        );
        assert_eq!(error.alert(), AlertDescription::RECORD_OVERFLOW);
    }

    #[test]
    fn an_error_is_small() {
        assert!(size_of::<RecordError>() <= 32);
    }
}
