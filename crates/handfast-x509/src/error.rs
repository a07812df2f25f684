//! What a certificate can break before any path is looked at: one table, one row per rule.

use core::fmt;
use handfast_crypto::AlertDescription;

macro_rules! rules {
    ($( $(#[$doc:meta])* $Name:ident, $section:literal, $alert:ident, $text:literal; )*) => {
        /// A rule about the form of a certificate.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum CertificateRule { $( $(#[$doc])* #[doc = $section] $Name, )* }

        impl CertificateRule {
            /// Every rule, in the order of the table.
            pub const ALL: &'static [Self] = &[ $( Self::$Name, )* ];

            /// The rule, in one clause.
            pub const fn text(self) -> &'static str {
                match self { $( Self::$Name => $text, )* }
            }

            /// Where the rule is written.
            pub const fn section(self) -> &'static str {
                match self { $( Self::$Name => $section, )* }
            }

            /// The alert that tells the peer (RFC 9846 §6.2).
            pub const fn alert(self) -> AlertDescription {
                match self { $( Self::$Name => AlertDescription::$alert, )* }
            }
        }
    };
}

rules! {
    /// Lengths, tags or values are not distinguished encoding.
    Der, "RFC 5280 §4.1", BAD_CERTIFICATE, "the bytes are not valid DER";
    /// An element of another ASN.1 type stands here.
    Tag, "RFC 5280 §4.1", BAD_CERTIFICATE, "another ASN.1 type is required here";
    /// Bytes follow where the structure has ended.
    TrailingBytes, "RFC 5280 §4.1", BAD_CERTIFICATE, "nothing may follow here";
    /// A BIT STRING says nonsense about its unused bits.
    BitString, "RFC 5280 §4.1", BAD_CERTIFICATE, "a bit string must state its unused bits rightly, and keys and signatures have none";
    /// The version is not 1, 2 or 3.
    Version, "RFC 5280 §4.1.2.1", UNSUPPORTED_CERTIFICATE, "the version must be 1, 2 or 3";
    /// The serial number is empty, not minimal, or longer than 20 octets and a sign octet.
    Serial, "RFC 5280 §4.1.2.2", BAD_CERTIFICATE, "the serial number must be an integer of at most 20 octets";
    /// The algorithm inside the signed part differs from the one outside.
    AlgorithmMismatch, "RFC 5280 §4.1.1.2", BAD_CERTIFICATE, "the two statements of the signature algorithm must be equal";
    /// A name is not a sequence of non-empty sets of attributes.
    Name, "RFC 5280 §4.1.2.4", BAD_CERTIFICATE, "a name must be a sequence of non-empty sets of attributes";
    /// The issuer has no name.
    EmptyIssuer, "RFC 5280 §4.1.2.4", BAD_CERTIFICATE, "the issuer must have a name";
    /// A time is not in the form that the profile asks for.
    Time, "RFC 5280 §4.1.2.5", BAD_CERTIFICATE, "times must be UTCTime to 2049 and GeneralizedTime from 2050, with seconds and Z";
    /// The public key of a known algorithm cannot be read.
    Key, "RFC 5280 §4.1.2.7", BAD_CERTIFICATE, "the public key must have the form its algorithm prescribes";
    /// Extensions or unique identifiers in a version that has none.
    ExtensionsNeedV3, "RFC 5280 §4.1.2.9", BAD_CERTIFICATE, "extensions require version 3";
    /// More extensions than [`MAX_EXTENSIONS`](crate::MAX_EXTENSIONS).
    TooManyExtensions, "RFC 5280 §4.2", BAD_CERTIFICATE, "at most 64 extensions are read (our limit)";
    /// An extension occurs twice.
    DuplicateExtension, "RFC 5280 §4.2", BAD_CERTIFICATE, "an extension may occur only once";
    /// An extension list, or a list inside an extension, has no element.
    EmptyList, "RFC 5280 §4.2", BAD_CERTIFICATE, "the list must have an element";
    /// An extension is critical that must not be.
    Critical, "RFC 5280 §4.2.1.1, §4.2.1.2, §4.2.2.1", BAD_CERTIFICATE, "this extension must not be critical";
    /// The path length is negative or absurd.
    PathLength, "RFC 5280 §4.2.1.9", BAD_CERTIFICATE, "the path length must be a small non-negative integer";
    /// A name form is malformed: an address of odd length, text that is not ASCII.
    GeneralName, "RFC 5280 §4.2.1.6", BAD_CERTIFICATE, "an alternative name must have the form of its kind";
    /// Name constraints in a certificate that is no authority's.
    ConstraintsNeedAuthority, "RFC 5280 §4.2.1.10", BAD_CERTIFICATE, "only an authority may have name constraints";
    /// A name constraint with a minimum or a maximum, or with a malformed base.
    NameConstraint, "RFC 5280 §4.2.1.10", BAD_CERTIFICATE, "a name constraint must be well-formed, with minimum 0 and no maximum";
}

/// Why a certificate could not be read: the rule, the field and the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateError {
    /// The rule that is broken.
    pub rule: CertificateRule,
    /// The field that was being read, by its name in RFC 5280.
    pub field: &'static str,
    /// Offset in bytes from the start of the certificate.
    pub offset: usize,
}

impl CertificateError {
    /// The alert that tells the peer.
    pub const fn alert(&self) -> AlertDescription {
        self.rule.alert()
    }
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}: {} ({})", self.field, self.offset, self.rule.text(), self.rule.section())
    }
}

impl core::error::Error for CertificateError {}
