//! What is wrong with a message: one table row per rule, with its section and its alert.

use core::fmt;

use handfast_crypto::AlertDescription;

macro_rules! rules {
    ($( $(#[$doc:meta])* $Rule:ident: $alert:ident, $section:literal, $text:literal; )*) => {
        /// A rule of the syntax that a peer can break. Each has a text, a section and an alert.
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

            /// The alert that answers a breach.
            pub const fn alert(self) -> AlertDescription {
                match self { $( Rule::$Rule => AlertDescription::$alert, )* }
            }
        }
    };
}

rules! {
    // shape: what no reading of the bytes can make sense of
    Truncated: DECODE_ERROR, "RFC 9846 §6.2", "the message ends inside this field";
    TrailingBytes: DECODE_ERROR, "RFC 9846 §6.2", "bytes are left over after the last field";
    VectorTooShort: DECODE_ERROR, "RFC 9846 §3.4", "the vector is shorter than its syntax allows";
    VectorTooLong: DECODE_ERROR, "RFC 9846 §3.4", "the vector is longer than its syntax allows";
    VectorUneven: DECODE_ERROR, "RFC 9846 §3.4", "the vector's length is no multiple of its element's size";
    MessageLength: DECODE_ERROR, "RFC 9846 §4", "the length in the message's header is not the length of its body";
    FinishedLength: DECODE_ERROR, "RFC 5246 §7.4.9", "a TLS 1.2 Finished holds twelve bytes";
    // the message
    UnknownMessage: UNEXPECTED_MESSAGE, "RFC 9846 §4", "this message does not exist in the version spoken";
    ChangeCipherSpecValue: UNEXPECTED_MESSAGE, "RFC 9846 §5", "a ChangeCipherSpec is the single byte 1";
    VersionNotNegotiable: PROTOCOL_VERSION, "RFC 9846 §4.2.3", "legacy_version names no version after TLS 1.2";
    KeyUpdateValue: ILLEGAL_PARAMETER, "RFC 9846 §4.7.3", "request_update is 0 or 1";
    CurveType: ILLEGAL_PARAMETER, "RFC 8422 §5.4", "a curve is given by its name, not by its parameters";
    StatusType: ILLEGAL_PARAMETER, "RFC 6066 §8", "a certificate's status is an OCSP response";
    // extension blocks
    DuplicateExtension: ILLEGAL_PARAMETER, "RFC 9846 §4.3", "an extension stands at most once in a block";
    MisplacedExtension: ILLEGAL_PARAMETER, "RFC 9846 §4.3", "this extension does not belong in this message";
    UnsolicitedExtension: UNSUPPORTED_EXTENSION, "RFC 9846 §4.3", "this extension answers a request that was not made";
    PreSharedKeyNotLast: ILLEGAL_PARAMETER, "RFC 9846 §4.3.11", "pre_shared_key is the last extension of a ClientHello";
    NoSupportedVersions: MISSING_EXTENSION, "RFC 9846 §4.2.4", "a HelloRetryRequest says its version in supported_versions";
    NoSignatureAlgorithms: MISSING_EXTENSION, "RFC 9846 §4.4.2", "a CertificateRequest lists signature_algorithms";
    // extension bodies
    BinderCount: ILLEGAL_PARAMETER, "RFC 9846 §4.3.11", "each PSK identity has exactly one binder";
    DuplicateKeyShare: ILLEGAL_PARAMETER, "RFC 9846 §4.3.8", "a client offers at most one key share for a group";
    DuplicateServerName: ILLEGAL_PARAMETER, "RFC 6066 §3", "server_name holds at most one name of a type";
    HostNameText: ILLEGAL_PARAMETER, "RFC 6066 §3", "a host name is printable ASCII";
    ProtocolNotOne: ILLEGAL_PARAMETER, "RFC 7301 §3.1", "a server chooses exactly one protocol";
    RecordSizeLimit: ILLEGAL_PARAMETER, "RFC 8449 §4", "record_size_limit is at least 64";
}

/// Why a message was refused: the rule, the field and where it stands.
///
/// `offset` counts bytes from the start of what was decoded: for a handshake message, from its
/// header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// The rule that was broken.
    pub rule: Rule,
    /// The RFC's name of the field, vector, message or extension.
    pub field: &'static str,
    /// Where the field starts.
    pub offset: usize,
}

impl DecodeError {
    /// The alert that answers this error.
    pub const fn alert(&self) -> AlertDescription {
        self.rule.alert()
    }

    /// The section that states the broken rule.
    pub const fn section(&self) -> &'static str {
        self.rule.section()
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}: {} ({})", self.field, self.offset, self.rule.text(), self.rule.section())
    }
}

impl core::error::Error for DecodeError {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn an_error_says_field_place_rule_and_section() {
        let error = DecodeError { rule: Rule::Truncated, field: "random", offset: 6 };
        assert_eq!(error.to_string(), "random at byte 6: the message ends inside this field (RFC 9846 §6.2)");
        assert_eq!(error.alert(), AlertDescription::DECODE_ERROR);
    }

    #[test]
    fn an_error_is_small() {
        assert!(size_of::<DecodeError>() <= 32);
    }
}
