//! ClientHello, ServerHello and HelloRetryRequest (RFC 9846 §4.2).

use handfast_crypto::*;

use crate::{ClientExtensions, DecodeError, HelloRetryRequestExtensions, List, Reader, Rule, ServerHelloExtensions};

/// The random that makes a ServerHello a HelloRetryRequest: SHA-256 of that word (RFC 9846 §4.2.3).
pub const HELLO_RETRY_REQUEST_RANDOM: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, //
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// How the random of a server ends that knows TLS 1.3 and chose TLS 1.2 (RFC 9846 §4.2.3).
pub const DOWNGRADE_TO_TLS12: [u8; 8] = *b"DOWNGRD\x01";

/// How the random of a server ends that chose TLS 1.1 or older (RFC 9846 §4.2.3).
pub const DOWNGRADE_TO_TLS11: [u8; 8] = *b"DOWNGRD\x00";

/// The client's offer, of either version (RFC 9846 §4.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientHello<'a> {
    /// The highest version up to TLS 1.2; newer ones are in supported_versions.
    pub legacy_version: ProtocolVersion,
    /// 32 random bytes.
    pub random: &'a [u8; 32],
    /// A session to resume in TLS 1.2, or a decoy; at most 32 bytes.
    pub legacy_session_id: &'a [u8],
    /// Suites in order of preference; at least one.
    pub cipher_suites: List<'a, CipherSuite>,
    /// Compression methods; at least one.
    pub legacy_compression_methods: List<'a, CompressionMethod>,
    /// Extensions. A hello without the block reads as one without extensions.
    pub extensions: ClientExtensions<'a>,
}

impl<'a> ClientHello<'a> {
    /// Reads the body.
    pub fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        Ok(Self {
            legacy_version: r.code("legacy_version")?,
            random: r.array("random")?,
            legacy_session_id: r.opaque8("legacy_session_id", 0..=32)?,
            cipher_suites: r.list16("cipher_suites", 2..=0xfffe)?,
            legacy_compression_methods: r.list8("legacy_compression_methods", 1..=255)?,
            // RFC 9846 §4.2.2: a hello of TLS 1.2 may end before the extensions
            extensions: if r.is_empty() { ClientExtensions::default() } else { ClientExtensions::read(r)? },
        })
    }

    /// Whether the client offers the version, by supported_versions if it is there and by
    /// legacy_version if not (RFC 9846 §4.3.1).
    pub fn offers_version(&self, version: ProtocolVersion) -> bool {
        match self.extensions.supported_versions {
            Some(versions) => versions.contains(version),
            None => version <= self.legacy_version && version <= ProtocolVersion::TLS1_2,
        }
    }
}

/// The server's choice, of either version (RFC 9846 §4.2.3, RFC 5246 §7.4.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerHello<'a> {
    /// The version, unless supported_versions is there.
    pub legacy_version: ProtocolVersion,
    /// 32 random bytes, whose end may warn of a downgrade.
    pub random: &'a [u8; 32],
    /// TLS 1.3: the client's, echoed. TLS 1.2: the session's name. At most 32 bytes.
    pub legacy_session_id_echo: &'a [u8],
    /// The suite.
    pub cipher_suite: CipherSuite,
    /// The compression method; anything but null is the handshake's to refuse.
    pub legacy_compression_method: CompressionMethod,
    /// Extensions, each of which belongs in a ServerHello of the chosen version.
    pub extensions: ServerHelloExtensions<'a>,
}

impl<'a> ServerHello<'a> {
    /// Reads the body.
    pub fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        let start = r.offset();
        let hello = Self {
            legacy_version: r.code("legacy_version")?,
            random: r.array("random")?,
            legacy_session_id_echo: r.opaque8("legacy_session_id_echo", 0..=32)?,
            cipher_suite: r.code("cipher_suite")?,
            legacy_compression_method: r.code("legacy_compression_method")?,
            // RFC 5246 §7.4.1.3: a hello of TLS 1.2 may end before the extensions
            extensions: if r.is_empty() { Default::default() } else { ServerHelloExtensions::read(r)? },
        };
        // RFC 9846 §4.2.3: a version after TLS 1.2 is chosen by supported_versions alone
        if hello.extensions.supported_versions.is_none() && hello.legacy_version > ProtocolVersion::TLS1_2 {
            let (rule, field) = (Rule::VersionNotNegotiable, "legacy_version");
            return Err(DecodeError { rule, field, offset: start });
        }
        hello.extensions.check_placement(hello.version())?;
        Ok(hello)
    }

    /// The version chosen: supported_versions if it is there, legacy_version if not (RFC 9846 §4.3.1).
    pub fn version(&self) -> ProtocolVersion {
        self.extensions.supported_versions.unwrap_or(self.legacy_version)
    }

    /// Whether the random carries the special value. Never true for what [`Message`](crate::Message)
    /// decoded, which tells the two apart.
    pub fn is_hello_retry_request(&self) -> bool {
        *self.random == HELLO_RETRY_REQUEST_RANDOM
    }

    /// The last eight bytes of the random, where a downgrade shows.
    pub fn random_end(&self) -> &'a [u8; 8] {
        self.random.last_chunk().unwrap_or(&[0; 8])
    }
}

/// The server's wish for another ClientHello: a ServerHello with a special random (RFC 9846 §4.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HelloRetryRequest<'a> {
    /// Always TLS 1.2.
    pub legacy_version: ProtocolVersion,
    /// The client's, echoed; at most 32 bytes.
    pub legacy_session_id_echo: &'a [u8],
    /// The suite, which the ServerHello will repeat.
    pub cipher_suite: CipherSuite,
    /// The compression method; anything but null is the handshake's to refuse.
    pub legacy_compression_method: CompressionMethod,
    /// What the next ClientHello shall change.
    pub extensions: HelloRetryRequestExtensions<'a>,
}

impl<'a> HelloRetryRequest<'a> {
    /// Reads the body; the random is not compared.
    pub fn read(r: &mut Reader<'a, '_>) -> Result<Self, DecodeError> {
        let legacy_version = r.code("legacy_version")?;
        r.array::<32>("random")?;
        Ok(Self {
            legacy_version,
            legacy_session_id_echo: r.opaque8("legacy_session_id_echo", 0..=32)?,
            cipher_suite: r.code("cipher_suite")?,
            legacy_compression_method: r.code("legacy_compression_method")?,
            extensions: HelloRetryRequestExtensions::read(r)?,
        })
    }
}

/// Whether the body of a ServerHello has the random of a HelloRetryRequest.
pub(crate) fn has_retry_random(body: &[u8]) -> bool {
    body.get(2..34) == Some(&HELLO_RETRY_REQUEST_RANDOM)
}
