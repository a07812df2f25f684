//! Bytes to TLS 1.2 and 1.3 messages and back.
//!
//! * [`Message::decode`] checks a handshake message once and gives a view that borrows from it; nothing
//!   is copied, and what a view holds cannot be wrong in shape. [`List`]s are walked without fail.
//! * [`fields()`] runs the same code with a listener attached and so names every byte of a message.
//! * [`encode`] writes messages; [`Writer`] patches lengths and never cuts one short.
//! * [`PLACEMENTS`] says which extension may stand in which message; [`Rule`] lists what a peer can do
//!   wrong, each with its section and its alert.
//!
//! Rules about *values* that need more than one message (was it offered? is it the same as before?) are
//! the handshake's; rules about *shape* are kept here.
//!
//! ```
//! use handfast_codec::{CipherSuite, Message, ProtocolVersion, encode};
//!
//! let mut wire = Vec::new();
//! let hello = encode::ClientHello { cipher_suites: &[CipherSuite::TLS_AES_128_GCM_SHA256], ..encode::ClientHello::new(&[7; 32]) };
//! encode::client_hello(&mut wire, &hello, |extensions| {
//!     extensions.server_name("example.com");
//!     extensions.supported_versions(&[ProtocolVersion::TLS1_3]);
//! })?;
//! let Ok(Message::ClientHello(hello)) = Message::decode(&wire, None) else { panic!("not a ClientHello") };
//! assert_eq!(hello.extensions.server_name, Some("example.com"));
//! # Ok::<(), handfast_codec::EncodeError>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]
// What a peer sends must not be able to panic: nothing is indexed or unwrapped outside of tests.
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod auth;
pub mod encode;
mod error;
mod extensions;
mod fields;
mod hello;
mod list;
mod message;
mod reader;
mod record;
mod tls12;
mod writer;

pub use handfast_crypto::registry::*;

pub use auth::{
    Certificate, CertificateEntry, CertificateRequest, CertificateVerify, CompressedCertificate, EncryptedExtensions,
    Finished, KeyUpdate, NewSessionTicket,
};
pub use error::{DecodeError, Rule};
pub use extensions::{
    CertificateExtensions, CertificateRequestExtensions, CertificateStatus, ClientExtensions, EncryptedExtensionsBlock,
    Extension, ExtensionWriter, Extensions, HelloRetryRequestExtensions, KeyShareEntry, NewSessionTicketExtensions,
    OfferedPsks, OidFilter, PLACEMENTS, Place, Placement, PskIdentity, ServerHelloExtensions, StatusRequest, may_stand,
    placement,
};
pub use fields::{Field, FieldList, FieldSink, Label, NamedField, Value};
pub use hello::{
    ClientHello, DOWNGRADE_TO_TLS11, DOWNGRADE_TO_TLS12, HELLO_RETRY_REQUEST_RANDOM, HelloRetryRequest, ServerHello,
};
pub use list::{
    Asn1Cert, Code, DistinguishedName, Element, List, ListIter, ProtocolName, PskBinderEntry, ResponderId,
    SerializedSct,
};
pub use message::{DecodeContext, Message, fields, handshake_header};
pub use reader::Reader;
pub use record::{Alert, ChangeCipherSpec, RecordHeader};
pub use tls12::{Certificate12, CertificateRequest12, ClientKeyExchange, NewSessionTicket12, ServerKeyExchange};
pub use writer::{EncodeError, Writer};
