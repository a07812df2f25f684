//! Encoders: one function for each handshake message.
//!
//! Each appends the whole message, four-byte header included, to `out`, or leaves `out` as it was and
//! returns an error if something is too long for its length prefix. Minimum lengths and choices of
//! extensions are the caller's: what is said here is said.

use alloc::vec::Vec;

use handfast_crypto::*;

use crate::{EncodeError, ExtensionWriter, HELLO_RETRY_REQUEST_RANDOM, Writer};

type Encoded = Result<(), EncodeError>;

/// The fields of a ClientHello before its extensions (RFC 9846 §4.2.2).
#[derive(Clone, Copy, Debug)]
pub struct ClientHello<'a> {
    /// TLS 1.2, unless something odd is wanted.
    pub legacy_version: ProtocolVersion,
    /// 32 random bytes.
    pub random: &'a [u8; 32],
    /// At most 32 bytes.
    pub legacy_session_id: &'a [u8],
    /// In order of preference.
    pub cipher_suites: &'a [CipherSuite],
    /// Null alone, unless something odd is wanted.
    pub legacy_compression_methods: &'a [CompressionMethod],
}

impl<'a> ClientHello<'a> {
    /// The usual legacy values, no session and no suites yet.
    pub const fn new(random: &'a [u8; 32]) -> Self {
        Self {
            legacy_version: ProtocolVersion::TLS1_2,
            random,
            legacy_session_id: &[],
            cipher_suites: &[],
            legacy_compression_methods: &[CompressionMethod::NULL],
        }
    }
}

/// ClientHello. If no extension is written, the block is left out.
pub fn client_hello(
    out: &mut Vec<u8>,
    hello: &ClientHello<'_>,
    extensions: impl FnOnce(&mut ExtensionWriter<'_, '_>),
) -> Encoded {
    Writer::message(out, HandshakeType::CLIENT_HELLO, |w| {
        w.code(hello.legacy_version);
        w.bytes(hello.random);
        w.opaque8(hello.legacy_session_id);
        w.vec16(|w| w.codes(hello.cipher_suites));
        w.vec8(|w| w.codes(hello.legacy_compression_methods));
        w.optional_extensions(|x| extensions(x));
    })
}

/// How many bytes binders of these lengths take at the end of a ClientHello, with their length
/// prefixes. The message without them is what the binders are computed over (RFC 9846 §4.3.11.2).
pub fn binders_size(binder_lengths: &[usize]) -> usize {
    2 + binder_lengths.iter().map(|length| 1 + length).sum::<usize>()
}

/// Fills the room that [`ExtensionWriter::offered_psks`] left at the end of a ClientHello.
///
/// Returns `false`, with nothing written, if the end of the message is not room for binders of these
/// lengths.
#[must_use]
pub fn set_binders(message: &mut [u8], binders: &[&[u8]]) -> bool {
    let mut size = 2;
    for binder in binders {
        size += 1 + binder.len();
    }
    let Some(start) = message.len().checked_sub(size) else { return false };
    let Some((prefix, mut room)) = message.get_mut(start..).and_then(|end| end.split_first_chunk_mut::<2>()) else {
        return false;
    };
    if usize::from(u16::from_be_bytes(*prefix)) != size - 2 {
        return false;
    }
    let mut lengths: &[u8] = room;
    for binder in binders {
        match lengths.split_first() {
            Some((&length, rest)) if usize::from(length) == binder.len() => {
                lengths = rest.get(binder.len()..).unwrap_or_default();
            }
            _ => return false,
        }
    }
    for binder in binders {
        let Some((to, rest)) = room.split_at_mut_checked(1 + binder.len()) else { return false };
        to.iter_mut().skip(1).zip(*binder).for_each(|(to, from)| *to = *from);
        room = rest;
    }
    true
}

/// The fields of a ServerHello or HelloRetryRequest before its extensions (RFC 9846 §4.2.3).
#[derive(Clone, Copy, Debug)]
pub struct ServerHello<'a> {
    /// TLS 1.2, in TLS 1.3 too.
    pub legacy_version: ProtocolVersion,
    /// 32 random bytes.
    pub random: &'a [u8; 32],
    /// At most 32 bytes.
    pub legacy_session_id_echo: &'a [u8],
    /// The suite.
    pub cipher_suite: CipherSuite,
    /// Null.
    pub legacy_compression_method: CompressionMethod,
}

impl<'a> ServerHello<'a> {
    /// The usual legacy values.
    pub const fn new(random: &'a [u8; 32], legacy_session_id_echo: &'a [u8], cipher_suite: CipherSuite) -> Self {
        Self {
            legacy_version: ProtocolVersion::TLS1_2,
            random,
            legacy_session_id_echo,
            cipher_suite,
            legacy_compression_method: CompressionMethod::NULL,
        }
    }
}

/// ServerHello of either version. If no extension is written, the block is left out.
pub fn server_hello(
    out: &mut Vec<u8>,
    hello: &ServerHello<'_>,
    extensions: impl FnOnce(&mut ExtensionWriter<'_, '_>),
) -> Encoded {
    Writer::message(out, HandshakeType::SERVER_HELLO, |w| {
        w.code(hello.legacy_version);
        w.bytes(hello.random);
        w.opaque8(hello.legacy_session_id_echo);
        w.code(hello.cipher_suite);
        w.code(hello.legacy_compression_method);
        w.optional_extensions(|x| extensions(x));
    })
}

/// HelloRetryRequest: a ServerHello with its special random (RFC 9846 §4.2.4).
pub fn hello_retry_request(
    out: &mut Vec<u8>,
    legacy_session_id_echo: &[u8],
    cipher_suite: CipherSuite,
    extensions: impl FnOnce(&mut ExtensionWriter<'_, '_>),
) -> Encoded {
    let hello = ServerHello::new(&HELLO_RETRY_REQUEST_RANDOM, legacy_session_id_echo, cipher_suite);
    server_hello(out, &hello, extensions)
}

/// The stand-in for a first ClientHello in the transcript after a HelloRetryRequest (RFC 9846 §4.1).
pub fn message_hash(out: &mut Vec<u8>, hash: &[u8]) -> Encoded {
    Writer::message(out, HandshakeType::MESSAGE_HASH, |w| w.bytes(hash))
}

/// EncryptedExtensions (RFC 9846 §4.4.1).
pub fn encrypted_extensions(out: &mut Vec<u8>, extensions: impl FnOnce(&mut ExtensionWriter<'_, '_>)) -> Encoded {
    Writer::message(out, HandshakeType::ENCRYPTED_EXTENSIONS, |w| w.extensions(|x| extensions(x)))
}

/// CertificateRequest of TLS 1.3 (RFC 9846 §4.4.2).
pub fn certificate_request(
    out: &mut Vec<u8>,
    certificate_request_context: &[u8],
    extensions: impl FnOnce(&mut ExtensionWriter<'_, '_>),
) -> Encoded {
    Writer::message(out, HandshakeType::CERTIFICATE_REQUEST, |w| {
        w.opaque8(certificate_request_context);
        w.extensions(|x| extensions(x));
    })
}

/// Certificate of TLS 1.3 (RFC 9846 §4.5.1). `extensions` is called for each entry with its place in
/// the chain, from 0.
pub fn certificate<C: AsRef<[u8]>>(
    out: &mut Vec<u8>,
    certificate_request_context: &[u8],
    chain: impl IntoIterator<Item = C>,
    mut extensions: impl FnMut(usize, &mut ExtensionWriter<'_, '_>),
) -> Encoded {
    Writer::message(out, HandshakeType::CERTIFICATE, |w| {
        w.opaque8(certificate_request_context);
        w.vec24(|w| {
            for (index, cert_data) in chain.into_iter().enumerate() {
                w.opaque24(cert_data.as_ref());
                w.extensions(|x| extensions(index, x));
            }
        });
    })
}

/// Certificate of TLS 1.2 (RFC 5246 §7.4.2).
pub fn certificate12<C: AsRef<[u8]>>(out: &mut Vec<u8>, chain: impl IntoIterator<Item = C>) -> Encoded {
    Writer::message(out, HandshakeType::CERTIFICATE, |w| {
        w.vec24(|w| chain.into_iter().for_each(|certificate| w.opaque24(certificate.as_ref())));
    })
}

/// CompressedCertificate (RFC 8879 §4). `uncompressed_length` is that of the Certificate's body.
pub fn compressed_certificate(
    out: &mut Vec<u8>,
    algorithm: CertificateCompressionAlgorithm,
    uncompressed_length: u32,
    compressed_certificate_message: &[u8],
) -> Encoded {
    Writer::message(out, HandshakeType::COMPRESSED_CERTIFICATE, |w| {
        w.code(algorithm);
        w.u24(uncompressed_length);
        w.opaque24(compressed_certificate_message);
    })
}

/// CertificateStatus of TLS 1.2: an OCSP response (RFC 6066 §8).
pub fn certificate_status(out: &mut Vec<u8>, response: &[u8]) -> Encoded {
    Writer::message(out, HandshakeType::CERTIFICATE_STATUS, |w| {
        w.code(CertificateStatusType::OCSP);
        w.opaque24(response);
    })
}

/// CertificateVerify (RFC 9846 §4.5.2, RFC 5246 §7.4.8).
pub fn certificate_verify(out: &mut Vec<u8>, algorithm: SignatureScheme, signature: &[u8]) -> Encoded {
    Writer::message(out, HandshakeType::CERTIFICATE_VERIFY, |w| {
        w.code(algorithm);
        w.opaque16(signature);
    })
}

/// Finished (RFC 9846 §4.5.3, RFC 5246 §7.4.9).
pub fn finished(out: &mut Vec<u8>, verify_data: &[u8]) -> Encoded {
    Writer::message(out, HandshakeType::FINISHED, |w| w.bytes(verify_data))
}

/// EndOfEarlyData (RFC 9846 §4.6).
pub fn end_of_early_data(out: &mut Vec<u8>) -> Encoded {
    Writer::message(out, HandshakeType::END_OF_EARLY_DATA, |_| {})
}

/// KeyUpdate (RFC 9846 §4.7.3).
pub fn key_update(out: &mut Vec<u8>, request_update: KeyUpdateRequest) -> Encoded {
    Writer::message(out, HandshakeType::KEY_UPDATE, |w| w.code(request_update))
}

/// The fields of a TLS 1.3 NewSessionTicket before its extensions (RFC 9846 §4.7.1).
#[derive(Clone, Copy, Debug)]
pub struct NewSessionTicket<'a> {
    /// In seconds, at most 604,800.
    pub ticket_lifetime: u32,
    /// Random.
    pub ticket_age_add: u32,
    /// Unlike that of any other ticket of the connection.
    pub ticket_nonce: &'a [u8],
    /// The ticket.
    pub ticket: &'a [u8],
}

/// NewSessionTicket of TLS 1.3 (RFC 9846 §4.7.1).
pub fn new_session_ticket(
    out: &mut Vec<u8>,
    ticket: &NewSessionTicket<'_>,
    extensions: impl FnOnce(&mut ExtensionWriter<'_, '_>),
) -> Encoded {
    Writer::message(out, HandshakeType::NEW_SESSION_TICKET, |w| {
        w.u32(ticket.ticket_lifetime);
        w.u32(ticket.ticket_age_add);
        w.opaque8(ticket.ticket_nonce);
        w.opaque16(ticket.ticket);
        w.extensions(|x| extensions(x));
    })
}

/// NewSessionTicket of TLS 1.2 (RFC 5077 §3.3).
pub fn new_session_ticket12(out: &mut Vec<u8>, ticket_lifetime_hint: u32, ticket: &[u8]) -> Encoded {
    Writer::message(out, HandshakeType::NEW_SESSION_TICKET, |w| {
        w.u32(ticket_lifetime_hint);
        w.opaque16(ticket);
    })
}

/// HelloRequest (RFC 5246 §7.4.1.1).
pub fn hello_request(out: &mut Vec<u8>) -> Encoded {
    Writer::message(out, HandshakeType::HELLO_REQUEST, |_| {})
}

/// The parameters of an ECDHE suite, which are signed after the two randoms (RFC 8422 §5.4). This is
/// no message: it goes into [`server_key_exchange`].
pub fn ecdhe_params(out: &mut Vec<u8>, namedcurve: NamedGroup, public: &[u8]) -> Encoded {
    Writer::append(out, |w| {
        w.code(EcCurveType::NAMED_CURVE);
        w.code(namedcurve);
        w.opaque8(public);
    })
}

/// ServerKeyExchange of an ECDHE suite (RFC 8422 §5.4).
pub fn server_key_exchange(out: &mut Vec<u8>, params: &[u8], algorithm: SignatureScheme, signature: &[u8]) -> Encoded {
    Writer::message(out, HandshakeType::SERVER_KEY_EXCHANGE, |w| {
        w.bytes(params);
        w.code(algorithm);
        w.opaque16(signature);
    })
}

/// CertificateRequest of TLS 1.2 (RFC 5246 §7.4.4).
pub fn certificate_request12<N: AsRef<[u8]>>(
    out: &mut Vec<u8>,
    certificate_types: &[ClientCertificateType],
    supported_signature_algorithms: &[SignatureScheme],
    certificate_authorities: &[N],
) -> Encoded {
    Writer::message(out, HandshakeType::CERTIFICATE_REQUEST, |w| {
        w.vec8(|w| w.codes(certificate_types));
        w.vec16(|w| w.codes(supported_signature_algorithms));
        w.vec16(|w| certificate_authorities.iter().for_each(|name| w.opaque16(name.as_ref())));
    })
}

/// ServerHelloDone (RFC 5246 §7.4.5).
pub fn server_hello_done(out: &mut Vec<u8>) -> Encoded {
    Writer::message(out, HandshakeType::SERVER_HELLO_DONE, |_| {})
}

/// ClientKeyExchange of an ECDHE suite (RFC 8422 §5.7).
pub fn client_key_exchange(out: &mut Vec<u8>, ecdh_yc: &[u8]) -> Encoded {
    Writer::message(out, HandshakeType::CLIENT_KEY_EXCHANGE, |w| w.opaque8(ecdh_yc))
}
