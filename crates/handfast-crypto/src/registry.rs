//! IANA's TLS registries as newtypes (RFC 9846 §11, RFC 9847).
//!
//! Any number is a value: a peer may send what we have never heard of, and it is kept, printed and
//! echoed as it came. `name()` gives the registered name of the values that we know.

macro_rules! registry {
    ($( $(#[$doc:meta])* $Name:ident($int:ty) { $( $value:ident = $number:literal $(as $text:literal)? , )* } )*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
        pub struct $Name(pub $int);

        #[allow(missing_docs, reason = "the names are IANA's and mean what the registry says")]
        impl $Name {
            $( pub const $value: Self = Self($number); )*

            /// Every value that has a name here.
            pub const KNOWN: &'static [Self] = &[ $( Self::$value, )* ];

            /// The registered name, if the value is one that we know.
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $( Self::$value => Some(registry!(@name $value $($text)?)), )*
                    _ => None,
                }
            }

            /// The value with this registered name, in any case.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::KNOWN.iter().copied().find(|v| v.name().is_some_and(|n| n.eq_ignore_ascii_case(name)))
            }
        }

        impl core::fmt::Debug for $Name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }

        /// The registered name, or the number in hexadecimal.
        impl core::fmt::Display for $Name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self.name() {
                    Some(name) => f.pad(name),
                    None => write!(f, "0x{:0width$x}", self.0, width = core::mem::size_of::<$int>() * 2),
                }
            }
        }

        impl From<$int> for $Name {
            fn from(value: $int) -> Self { Self(value) }
        }
    )* };
    (@name $value:ident) => { stringify!($value) };
    (@name $value:ident $text:literal) => { $text };
}

registry! {
    /// ProtocolVersion (RFC 9846 §4.2.2, §4.3.1).
    ProtocolVersion(u16) {
        SSL3 = 0x0300 as "SSL 3.0",
        TLS1_0 = 0x0301 as "TLS 1.0",
        TLS1_1 = 0x0302 as "TLS 1.1",
        TLS1_2 = 0x0303 as "TLS 1.2",
        TLS1_3 = 0x0304 as "TLS 1.3",
        DTLS1_2 = 0xfefd as "DTLS 1.2",
        DTLS1_3 = 0xfefc as "DTLS 1.3",
    }

    /// ContentType of a record (RFC 9846 §5.1).
    ContentType(u8) {
        INVALID = 0 as "invalid",
        CHANGE_CIPHER_SPEC = 20 as "change_cipher_spec",
        ALERT = 21 as "alert",
        HANDSHAKE = 22 as "handshake",
        APPLICATION_DATA = 23 as "application_data",
        HEARTBEAT = 24 as "heartbeat",
    }

    /// HandshakeType (RFC 9846 §4, RFC 5246 §7.4). `MESSAGE_HASH` and `HELLO_RETRY_REQUEST` never stand on
    /// the wire: a HelloRetryRequest is a ServerHello with a special random (RFC 9846 §4.2.4).
    HandshakeType(u8) {
        HELLO_REQUEST = 0 as "HelloRequest",
        CLIENT_HELLO = 1 as "ClientHello",
        SERVER_HELLO = 2 as "ServerHello",
        NEW_SESSION_TICKET = 4 as "NewSessionTicket",
        END_OF_EARLY_DATA = 5 as "EndOfEarlyData",
        HELLO_RETRY_REQUEST = 6 as "HelloRetryRequest",
        ENCRYPTED_EXTENSIONS = 8 as "EncryptedExtensions",
        CERTIFICATE = 11 as "Certificate",
        SERVER_KEY_EXCHANGE = 12 as "ServerKeyExchange",
        CERTIFICATE_REQUEST = 13 as "CertificateRequest",
        SERVER_HELLO_DONE = 14 as "ServerHelloDone",
        CERTIFICATE_VERIFY = 15 as "CertificateVerify",
        CLIENT_KEY_EXCHANGE = 16 as "ClientKeyExchange",
        FINISHED = 20 as "Finished",
        CERTIFICATE_URL = 21 as "CertificateUrl",
        CERTIFICATE_STATUS = 22 as "CertificateStatus",
        SUPPLEMENTAL_DATA = 23 as "SupplementalData",
        KEY_UPDATE = 24 as "KeyUpdate",
        COMPRESSED_CERTIFICATE = 25 as "CompressedCertificate",
        MESSAGE_HASH = 254 as "MessageHash",
    }

    /// AlertLevel (RFC 9846 §6).
    AlertLevel(u8) {
        WARNING = 0x01 as "warning",
        FATAL = 0x02 as "fatal",
    }

    /// AlertDescription (RFC 9846 §6, with those that only older versions send).
    AlertDescription(u8) {
        CLOSE_NOTIFY = 0 as "close_notify",
        UNEXPECTED_MESSAGE = 10 as "unexpected_message",
        BAD_RECORD_MAC = 20 as "bad_record_mac",
        DECRYPTION_FAILED = 21 as "decryption_failed",
        RECORD_OVERFLOW = 22 as "record_overflow",
        DECOMPRESSION_FAILURE = 30 as "decompression_failure",
        HANDSHAKE_FAILURE = 40 as "handshake_failure",
        NO_CERTIFICATE = 41 as "no_certificate",
        BAD_CERTIFICATE = 42 as "bad_certificate",
        UNSUPPORTED_CERTIFICATE = 43 as "unsupported_certificate",
        CERTIFICATE_REVOKED = 44 as "certificate_revoked",
        CERTIFICATE_EXPIRED = 45 as "certificate_expired",
        CERTIFICATE_UNKNOWN = 46 as "certificate_unknown",
        ILLEGAL_PARAMETER = 47 as "illegal_parameter",
        UNKNOWN_CA = 48 as "unknown_ca",
        ACCESS_DENIED = 49 as "access_denied",
        DECODE_ERROR = 50 as "decode_error",
        DECRYPT_ERROR = 51 as "decrypt_error",
        EXPORT_RESTRICTION = 60 as "export_restriction",
        PROTOCOL_VERSION = 70 as "protocol_version",
        INSUFFICIENT_SECURITY = 71 as "insufficient_security",
        INTERNAL_ERROR = 80 as "internal_error",
        INAPPROPRIATE_FALLBACK = 86 as "inappropriate_fallback",
        USER_CANCELED = 90 as "user_canceled",
        NO_RENEGOTIATION = 100 as "no_renegotiation",
        MISSING_EXTENSION = 109 as "missing_extension",
        UNSUPPORTED_EXTENSION = 110 as "unsupported_extension",
        CERTIFICATE_UNOBTAINABLE = 111 as "certificate_unobtainable",
        UNRECOGNIZED_NAME = 112 as "unrecognized_name",
        BAD_CERTIFICATE_STATUS_RESPONSE = 113 as "bad_certificate_status_response",
        BAD_CERTIFICATE_HASH_VALUE = 114 as "bad_certificate_hash_value",
        UNKNOWN_PSK_IDENTITY = 115 as "unknown_psk_identity",
        CERTIFICATE_REQUIRED = 116 as "certificate_required",
        GENERAL_ERROR = 117 as "general_error",
        NO_APPLICATION_PROTOCOL = 120 as "no_application_protocol",
        ECH_REQUIRED = 121 as "ech_required",
    }

    /// ExtensionType (RFC 9846 §4.3).
    ExtensionType(u16) {
        SERVER_NAME = 0 as "server_name",
        MAX_FRAGMENT_LENGTH = 1 as "max_fragment_length",
        CLIENT_CERTIFICATE_URL = 2 as "client_certificate_url",
        TRUSTED_CA_KEYS = 3 as "trusted_ca_keys",
        TRUNCATED_HMAC = 4 as "truncated_hmac",
        STATUS_REQUEST = 5 as "status_request",
        SUPPORTED_GROUPS = 10 as "supported_groups",
        EC_POINT_FORMATS = 11 as "ec_point_formats",
        SIGNATURE_ALGORITHMS = 13 as "signature_algorithms",
        USE_SRTP = 14 as "use_srtp",
        HEARTBEAT = 15 as "heartbeat",
        APPLICATION_LAYER_PROTOCOL_NEGOTIATION = 16 as "application_layer_protocol_negotiation",
        STATUS_REQUEST_V2 = 17 as "status_request_v2",
        SIGNED_CERTIFICATE_TIMESTAMP = 18 as "signed_certificate_timestamp",
        CLIENT_CERTIFICATE_TYPE = 19 as "client_certificate_type",
        SERVER_CERTIFICATE_TYPE = 20 as "server_certificate_type",
        PADDING = 21 as "padding",
        ENCRYPT_THEN_MAC = 22 as "encrypt_then_mac",
        EXTENDED_MAIN_SECRET = 23 as "extended_main_secret",
        COMPRESS_CERTIFICATE = 27 as "compress_certificate",
        RECORD_SIZE_LIMIT = 28 as "record_size_limit",
        DELEGATED_CREDENTIAL = 34 as "delegated_credential",
        SESSION_TICKET = 35 as "session_ticket",
        PRE_SHARED_KEY = 41 as "pre_shared_key",
        EARLY_DATA = 42 as "early_data",
        SUPPORTED_VERSIONS = 43 as "supported_versions",
        COOKIE = 44 as "cookie",
        PSK_KEY_EXCHANGE_MODES = 45 as "psk_key_exchange_modes",
        CERTIFICATE_AUTHORITIES = 47 as "certificate_authorities",
        OID_FILTERS = 48 as "oid_filters",
        POST_HANDSHAKE_AUTH = 49 as "post_handshake_auth",
        SIGNATURE_ALGORITHMS_CERT = 50 as "signature_algorithms_cert",
        KEY_SHARE = 51 as "key_share",
        QUIC_TRANSPORT_PARAMETERS = 57 as "quic_transport_parameters",
        TLS_FLAGS = 62 as "tls_flags",
        ENCRYPTED_CLIENT_HELLO = 65037 as "encrypted_client_hello",
        ECH_OUTER_EXTENSIONS = 64768 as "ech_outer_extensions",
        RENEGOTIATION_INFO = 65281 as "renegotiation_info",
    }

    /// CipherSuite (RFC 9846 §B.4 and the TLS 1.2 suites that we speak or recognise).
    CipherSuite(u16) {
        TLS_NULL_WITH_NULL_NULL = 0x0000,
        TLS_RSA_WITH_RC4_128_SHA = 0x0005,
        TLS_RSA_WITH_3DES_EDE_CBC_SHA = 0x000a,
        TLS_DHE_RSA_WITH_AES_128_CBC_SHA = 0x0033,
        TLS_DHE_RSA_WITH_AES_256_CBC_SHA = 0x0039,
        TLS_RSA_WITH_AES_128_CBC_SHA = 0x002f,
        TLS_RSA_WITH_AES_256_CBC_SHA = 0x0035,
        TLS_RSA_WITH_AES_128_CBC_SHA256 = 0x003c,
        TLS_RSA_WITH_AES_256_CBC_SHA256 = 0x003d,
        TLS_DHE_RSA_WITH_AES_128_CBC_SHA256 = 0x0067,
        TLS_DHE_RSA_WITH_AES_256_CBC_SHA256 = 0x006b,
        TLS_RSA_WITH_AES_128_GCM_SHA256 = 0x009c,
        TLS_RSA_WITH_AES_256_GCM_SHA384 = 0x009d,
        TLS_DHE_RSA_WITH_AES_128_GCM_SHA256 = 0x009e,
        TLS_DHE_RSA_WITH_AES_256_GCM_SHA384 = 0x009f,
        TLS_EMPTY_RENEGOTIATION_INFO_SCSV = 0x00ff,
        TLS_FALLBACK_SCSV = 0x5600,
        TLS_AES_128_GCM_SHA256 = 0x1301,
        TLS_AES_256_GCM_SHA384 = 0x1302,
        TLS_CHACHA20_POLY1305_SHA256 = 0x1303,
        TLS_AES_128_CCM_SHA256 = 0x1304,
        TLS_AES_128_CCM_8_SHA256 = 0x1305,
        TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA = 0xc009,
        TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA = 0xc00a,
        TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA = 0xc013,
        TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA = 0xc014,
        TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 = 0xc023,
        TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384 = 0xc024,
        TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256 = 0xc027,
        TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384 = 0xc028,
        TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 = 0xc02b,
        TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 = 0xc02c,
        TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 = 0xc02f,
        TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 = 0xc030,
        TLS_ECDHE_ECDSA_WITH_AES_128_CCM = 0xc0ac,
        TLS_ECDHE_ECDSA_WITH_AES_256_CCM = 0xc0ad,
        TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8 = 0xc0ae,
        TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8 = 0xc0af,
        TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 = 0xcca8,
        TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 = 0xcca9,
        TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256 = 0xccaa,
    }

    /// NamedGroup (RFC 9846 §4.3.7, RFC 10024).
    NamedGroup(u16) {
        SECP256R1 = 0x0017 as "secp256r1",
        SECP384R1 = 0x0018 as "secp384r1",
        SECP521R1 = 0x0019 as "secp521r1",
        X25519 = 0x001d as "x25519",
        X448 = 0x001e as "x448",
        FFDHE2048 = 0x0100 as "ffdhe2048",
        FFDHE3072 = 0x0101 as "ffdhe3072",
        FFDHE4096 = 0x0102 as "ffdhe4096",
        FFDHE6144 = 0x0103 as "ffdhe6144",
        FFDHE8192 = 0x0104 as "ffdhe8192",
        MLKEM512 = 0x0200 as "MLKEM512",
        MLKEM768 = 0x0201 as "MLKEM768",
        MLKEM1024 = 0x0202 as "MLKEM1024",
        SECP256R1MLKEM768 = 0x11eb as "SecP256r1MLKEM768",
        X25519MLKEM768 = 0x11ec as "X25519MLKEM768",
        SECP384R1MLKEM1024 = 0x11ed as "SecP384r1MLKEM1024",
    }

    /// SignatureScheme (RFC 9846 §4.3.3). In TLS 1.2 the same numbers are hash and signature algorithm
    /// (RFC 5246 §7.4.1.4.1).
    SignatureScheme(u16) {
        RSA_PKCS1_SHA1 = 0x0201 as "rsa_pkcs1_sha1",
        ECDSA_SHA1 = 0x0203 as "ecdsa_sha1",
        RSA_PKCS1_SHA256 = 0x0401 as "rsa_pkcs1_sha256",
        ECDSA_SECP256R1_SHA256 = 0x0403 as "ecdsa_secp256r1_sha256",
        RSA_PKCS1_SHA384 = 0x0501 as "rsa_pkcs1_sha384",
        ECDSA_SECP384R1_SHA384 = 0x0503 as "ecdsa_secp384r1_sha384",
        RSA_PKCS1_SHA512 = 0x0601 as "rsa_pkcs1_sha512",
        ECDSA_SECP521R1_SHA512 = 0x0603 as "ecdsa_secp521r1_sha512",
        RSA_PSS_RSAE_SHA256 = 0x0804 as "rsa_pss_rsae_sha256",
        RSA_PSS_RSAE_SHA384 = 0x0805 as "rsa_pss_rsae_sha384",
        RSA_PSS_RSAE_SHA512 = 0x0806 as "rsa_pss_rsae_sha512",
        ED25519 = 0x0807 as "ed25519",
        ED448 = 0x0808 as "ed448",
        RSA_PSS_PSS_SHA256 = 0x0809 as "rsa_pss_pss_sha256",
        RSA_PSS_PSS_SHA384 = 0x080a as "rsa_pss_pss_sha384",
        RSA_PSS_PSS_SHA512 = 0x080b as "rsa_pss_pss_sha512",
        MLDSA44 = 0x0904 as "mldsa44",
        MLDSA65 = 0x0905 as "mldsa65",
        MLDSA87 = 0x0906 as "mldsa87",
    }

    /// PskKeyExchangeMode (RFC 9846 §4.3.9).
    PskKeyExchangeMode(u8) {
        PSK_KE = 0x00 as "psk_ke",
        PSK_DHE_KE = 0x01 as "psk_dhe_ke",
    }

    /// KeyUpdateRequest (RFC 9846 §4.7.3).
    KeyUpdateRequest(u8) {
        UPDATE_NOT_REQUESTED = 0x00 as "update_not_requested",
        UPDATE_REQUESTED = 0x01 as "update_requested",
    }

    /// CompressionMethod of the hellos (RFC 9846 §4.2.2). Always null.
    CompressionMethod(u8) {
        NULL = 0x00 as "null",
        DEFLATE = 0x01 as "deflate",
    }

    /// ECPointFormat (RFC 8422 §5.1.2).
    EcPointFormat(u8) {
        UNCOMPRESSED = 0x00 as "uncompressed",
        ANSIX962_COMPRESSED_PRIME = 0x01 as "ansix962_compressed_prime",
        ANSIX962_COMPRESSED_CHAR2 = 0x02 as "ansix962_compressed_char2",
    }

    /// ECCurveType of ServerKeyExchange (RFC 8422 §5.4).
    EcCurveType(u8) {
        EXPLICIT_PRIME = 0x01 as "explicit_prime",
        EXPLICIT_CHAR2 = 0x02 as "explicit_char2",
        NAMED_CURVE = 0x03 as "named_curve",
    }

    /// NameType of server_name (RFC 6066 §3).
    NameType(u8) {
        HOST_NAME = 0x00 as "host_name",
    }

    /// CertificateStatusType (RFC 6066 §8).
    CertificateStatusType(u8) {
        OCSP = 0x01 as "ocsp",
        OCSP_MULTI = 0x02 as "ocsp_multi",
    }

    /// CertificateType (RFC 7250, RFC 9846 §4.5.1).
    CertificateType(u8) {
        X509 = 0x00 as "X.509",
        OPENPGP = 0x01 as "OpenPGP",
        RAW_PUBLIC_KEY = 0x02 as "RawPublicKey",
    }

    /// ClientCertificateType of a TLS 1.2 CertificateRequest (RFC 5246 §7.4.4, RFC 8422 §5.5).
    ClientCertificateType(u8) {
        RSA_SIGN = 0x01 as "rsa_sign",
        DSS_SIGN = 0x02 as "dss_sign",
        RSA_FIXED_DH = 0x03 as "rsa_fixed_dh",
        DSS_FIXED_DH = 0x04 as "dss_fixed_dh",
        ECDSA_SIGN = 0x40 as "ecdsa_sign",
        RSA_FIXED_ECDH = 0x41 as "rsa_fixed_ecdh",
        ECDSA_FIXED_ECDH = 0x42 as "ecdsa_fixed_ecdh",
    }

    /// CertificateCompressionAlgorithm (RFC 8879 §7.3).
    CertificateCompressionAlgorithm(u16) {
        ZLIB = 0x0001 as "zlib",
        BROTLI = 0x0002 as "brotli",
        ZSTD = 0x0003 as "zstd",
    }

}

/// Whether a 16-bit value is one of those reserved to keep peers tolerant (RFC 8701 §2).
pub const fn is_grease(value: u16) -> bool {
    value & 0x0f0f == 0x0a0a && value >> 8 == value & 0xff
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn unknown_values_keep_their_number() {
        assert_eq!(format!("{}", CipherSuite(0x1399)), "0x1399");
        assert_eq!(format!("{:?}", AlertDescription(250)), "0xfa");
    }

    #[test]
    fn known_values_have_their_registered_name() {
        assert_eq!(format!("{}", NamedGroup::X25519), "x25519");
        assert_eq!(format!("{}", AlertDescription::HANDSHAKE_FAILURE), "handshake_failure");
        assert_eq!(NamedGroup::from_name("X25519"), Some(NamedGroup::X25519));
        assert_eq!(CipherSuite::from_name("TLS_NO_SUCH"), None);
    }

    #[test]
    fn grease_is_sixteen_values() {
        assert_eq!((0..=u16::MAX).filter(|&v| is_grease(v)).count(), 16);
    }

    #[test]
    fn no_number_is_listed_twice() {
        let mut suites: alloc::vec::Vec<_> = CipherSuite::KNOWN.to_vec();
        suites.sort();
        suites.dedup();
        assert_eq!(suites.len(), CipherSuite::KNOWN.len());
    }
}
