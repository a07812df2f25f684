//! What a machine eats: handshake messages, the ChangeCipherSpec of TLS 1.2, and answers.

use crate::{Error, Rule, ask};
use handfast_codec::{HandshakeType, Message, ProtocolVersion};

/// A complete handshake message that is not decoded yet: the handler that takes it knows the
/// version and decodes it.
#[derive(Clone, Copy)]
pub struct Raw<'a> {
    /// The message with its 4-byte header (RFC 9846 §4).
    pub bytes: &'a [u8],
}

/// A kind of input; the types in [`msg`] are its values.
pub trait Kind {
    /// What an input of this kind carries.
    type Value<'a>;
}

macro_rules! kinds {
    (messages { $($Message:ident)* } others { $($Other:ident($Value:ty))* }) => {
        /// One marker type for each kind of input, named as in the RFC; the tables speak of these.
        pub mod msg {
            $( #[doc = concat!("A ", stringify!($Message), " message from the peer.")] pub struct $Message; )*
            $( #[doc = concat!("The input ", stringify!($Other), ".")] pub struct $Other; )*
        }
        $( impl Kind for msg::$Message { type Value<'a> = Raw<'a>; } )*
        $( impl Kind for msg::$Other { type Value<'a> = $Value; } )*

        /// One input of a machine.
        #[allow(missing_docs, reason = "each variant is the marker type of the same name")]
        pub enum Input<'a> {
            $( $Message(Raw<'a>), )*
            $( $Other($Value), )*
        }

        impl Input<'_> {
            /// The name of this kind of input, as the tables print it.
            pub fn name(&self) -> &'static str {
                match self {
                    $( Self::$Message(_) => stringify!($Message), )*
                    $( Self::$Other(_) => stringify!($Other), )*
                }
            }

            /// The names of all kinds of input.
            pub const KINDS: &'static [&'static str] = &[ $( stringify!($Message), )* $( stringify!($Other), )* ];
        }
    };
}

kinds! {
    messages {
        HelloRequest ClientHello ServerHello HelloRetryRequest EncryptedExtensions
        CertificateRequest Certificate CompressedCertificate CertificateVerify Finished
        NewSessionTicket EndOfEarlyData KeyUpdate
        CertificateStatus ServerKeyExchange ServerHelloDone ClientKeyExchange
    }
    others {
        ChangeCipherSpec(())
        Choice(ask::Choice)
        Credential(ask::Offered)
        Signature(ask::Signature)
        Verdict(ask::Verdict)
    }
}

/// The random of a ServerHello that is a HelloRetryRequest stands behind header and version.
const RANDOM_AT: core::ops::Range<usize> = 6..38;

impl<'a> Input<'a> {
    /// The input that a whole handshake message (with its 4-byte header) is. Looks at the type
    /// alone, and at the random of a ServerHello (RFC 9846 §4.2.4).
    ///
    /// # Errors
    /// [`Rule::UnknownMessage`] for a type that no version has.
    pub fn message(bytes: &'a [u8]) -> Result<Self, Error> {
        let raw = Raw { bytes };
        let kind = HandshakeType(bytes.first().copied().unwrap_or(u8::MAX));
        Ok(match kind {
            HandshakeType::HELLO_REQUEST => Self::HelloRequest(raw),
            HandshakeType::CLIENT_HELLO => Self::ClientHello(raw),
            HandshakeType::SERVER_HELLO
                if bytes.get(RANDOM_AT) == Some(&handfast_codec::HELLO_RETRY_REQUEST_RANDOM[..]) =>
            {
                Self::HelloRetryRequest(raw)
            }
            HandshakeType::SERVER_HELLO => Self::ServerHello(raw),
            HandshakeType::NEW_SESSION_TICKET => Self::NewSessionTicket(raw),
            HandshakeType::END_OF_EARLY_DATA => Self::EndOfEarlyData(raw),
            HandshakeType::ENCRYPTED_EXTENSIONS => Self::EncryptedExtensions(raw),
            HandshakeType::CERTIFICATE => Self::Certificate(raw),
            HandshakeType::SERVER_KEY_EXCHANGE => Self::ServerKeyExchange(raw),
            HandshakeType::CERTIFICATE_REQUEST => Self::CertificateRequest(raw),
            HandshakeType::SERVER_HELLO_DONE => Self::ServerHelloDone(raw),
            HandshakeType::CERTIFICATE_VERIFY => Self::CertificateVerify(raw),
            HandshakeType::CLIENT_KEY_EXCHANGE => Self::ClientKeyExchange(raw),
            HandshakeType::FINISHED => Self::Finished(raw),
            HandshakeType::CERTIFICATE_STATUS => Self::CertificateStatus(raw),
            HandshakeType::KEY_UPDATE => Self::KeyUpdate(raw),
            HandshakeType::COMPRESSED_CERTIFICATE => Self::CompressedCertificate(raw),
            other => return Err(Error::new(Rule::UnknownMessage).found(format_args!("type {}", other.0))),
        })
    }
}

/// Decodes a message that a state has a place for, once the version is known.
pub(crate) fn decode(raw: Raw<'_>, version: Option<ProtocolVersion>) -> Result<Message<'_>, Error> {
    Ok(Message::decode(raw.bytes, version)?)
}

/// `take!(raw, version, Finished)`: the view of a message whose type has led here already.
macro_rules! take {
    ($raw:expr, $version:expr, $Message:ident) => {
        match $crate::input::decode($raw, $version)? {
            handfast_codec::Message::$Message(message) => message,
            _ => return Err($crate::Error::new($crate::Rule::UnknownMessage)),
        }
    };
}
pub(crate) use take;
