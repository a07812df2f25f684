//! Vectors of a message as lists that were checked once and are read without fail.

use core::{fmt, marker::PhantomData};

use handfast_crypto::*;

use crate::{DecodeError, Label, Reader};

/// A number from a registry, as it stands on the wire.
pub trait Code: Copy {
    /// The registry's name.
    const REGISTRY: &'static str;
    /// How many bytes it takes, 1 or 2.
    const BYTES: usize;
    /// The value with this number; higher bytes are dropped.
    fn from_number(number: u32) -> Self;
    /// The number.
    fn number(self) -> u16;
    /// The registered name, if it has one.
    fn name(self) -> Option<&'static str>;
}

macro_rules! codes {
    ($( $bytes:literal $int:ty: $( $Name:ident )* ; )*) => { $( $(
        impl Code for $Name {
            const REGISTRY: &'static str = stringify!($Name);
            const BYTES: usize = $bytes;
            fn from_number(number: u32) -> Self { Self(number as $int) }
            fn number(self) -> u16 { self.0.into() }
            fn name(self) -> Option<&'static str> { $Name::name(self) }
        }
    )* )* };
}

codes! {
    1 u8: ContentType HandshakeType AlertLevel AlertDescription PskKeyExchangeMode KeyUpdateRequest
        CompressionMethod EcPointFormat EcCurveType NameType CertificateStatusType CertificateType
        ClientCertificateType;
    2 u16: ProtocolVersion ExtensionType CipherSuite NamedGroup SignatureScheme CertificateCompressionAlgorithm;
}

/// What a [`List`] can hold.
pub trait Element<'a>: Copy {
    /// The RFC's name of one element.
    const NAME: &'static str;
    /// Its size, if every value of that size is valid.
    const BYTES: Option<usize>;
    /// Reads one element and reports it under `label`.
    fn read(r: &mut Reader<'a, '_>, label: Label) -> Result<Self, DecodeError>;
}

impl<'a, T: Code> Element<'a> for T {
    const NAME: &'static str = T::REGISTRY;
    const BYTES: Option<usize> = Some(<T as Code>::BYTES);

    fn read(r: &mut Reader<'a, '_>, label: Label) -> Result<Self, DecodeError> {
        r.code(label)
    }
}

/// A vector's elements, borrowed from the message.
///
/// It was checked when the message was decoded, so iterating cannot fail. The order is the wire's.
pub struct List<'a, T> {
    bytes: &'a [u8],
    element: PhantomData<fn() -> T>,
}

impl<'a, T: Element<'a>> List<'a, T> {
    /// A list without elements.
    pub const EMPTY: Self = Self { bytes: &[], element: PhantomData };

    /// Bytes that a reader has checked element by element.
    pub(crate) const fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, element: PhantomData }
    }

    /// Checks bytes that did not come with a message, such as a list kept from an earlier connection.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        Reader::all(bytes, Reader::elements)
    }

    /// The elements as they stand on the wire, without the vector's length prefix.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The elements from first to last.
    pub fn iter(&self) -> ListIter<'a, T> {
        ListIter { reader: Reader::over(self.bytes), element: PhantomData }
    }

    /// How many elements there are. Counts them if their size varies.
    pub fn len(&self) -> usize {
        T::BYTES.map_or_else(|| self.iter().count(), |size| self.bytes.len() / size)
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The first element: a preference list's favourite.
    pub fn first(&self) -> Option<T> {
        self.iter().next()
    }

    /// Whether the element is listed.
    pub fn contains(&self, element: T) -> bool
    where
        T: PartialEq,
    {
        self.iter().any(|e| e == element)
    }
}

// By hand: a list is a borrowed slice, whatever its elements are.
impl<T> Clone for List<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for List<'_, T> {}

impl<T> PartialEq for List<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<T> Eq for List<'_, T> {}

impl<T> Default for List<'_, T> {
    fn default() -> Self {
        Self { bytes: &[], element: PhantomData }
    }
}

impl<'a, T: Element<'a> + fmt::Debug> fmt::Debug for List<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, T: Element<'a>> IntoIterator for List<'a, T> {
    type Item = T;
    type IntoIter = ListIter<'a, T>;

    fn into_iter(self) -> ListIter<'a, T> {
        self.iter()
    }
}

impl<'a, T: Element<'a>> IntoIterator for &List<'a, T> {
    type Item = T;
    type IntoIter = ListIter<'a, T>;

    fn into_iter(self) -> ListIter<'a, T> {
        self.iter()
    }
}

/// Walks a [`List`].
pub struct ListIter<'a, T> {
    reader: Reader<'a, 'static>,
    element: PhantomData<fn() -> T>,
}

impl<'a, T: Element<'a>> Iterator for ListIter<'a, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.reader.is_empty() {
            return None;
        }
        // Every element was read once before, so this succeeds.
        T::read(&mut self.reader, T::NAME.into()).ok()
    }

    /// Exact where every element has the same size, so that collecting a list allocates once.
    fn size_hint(&self) -> (usize, Option<usize>) {
        let bytes = self.reader.peek().len();
        T::BYTES.map_or((0, Some(bytes)), |size| (bytes / size, Some(bytes / size)))
    }
}

macro_rules! opaque_elements {
    ($( $(#[$doc:meta])* $Name:ident: $read:ident $limits:expr; )*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $Name<'a>(pub &'a [u8]);

        impl<'a> Element<'a> for $Name<'a> {
            const NAME: &'static str = stringify!($Name);
            const BYTES: Option<usize> = None;

            fn read(r: &mut Reader<'a, '_>, label: Label) -> Result<Self, DecodeError> {
                r.$read(label, $limits).map(Self)
            }
        }
    )* };
}

opaque_elements! {
    /// A protocol's name, 1 to 255 bytes (RFC 7301 §3.1).
    ProtocolName: opaque8 1..=255;
    /// The DER of an X.501 name (RFC 9846 §4.3.4, RFC 5246 §7.4.4).
    DistinguishedName: opaque16 1..=0xffff;
    /// The proof that the client knows a PSK, 32 to 255 bytes (RFC 9846 §4.3.11).
    PskBinderEntry: opaque8 32..=255;
    /// A signed certificate timestamp (RFC 6962 §3.3).
    SerializedSct: opaque16 1..=0xffff;
    /// The DER of a responder's identity (RFC 6066 §8).
    ResponderId: opaque16 1..=0xffff;
    /// The DER of a certificate in a TLS 1.2 Certificate (RFC 5246 §7.4.2).
    Asn1Cert: opaque24 1..=0xff_ffff;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_counts_finds_and_walks() {
        let list = List::<CipherSuite>::parse(&[0x13, 1, 0x13, 2]).unwrap();
        assert_eq!(list.len(), 2);
        assert_eq!(list.first(), Some(CipherSuite::TLS_AES_128_GCM_SHA256));
        assert!(list.contains(CipherSuite(0x1302)));
        assert!(!list.contains(CipherSuite(0x0113)));
        assert!(list.iter().map(|s| s.0).eq([0x1301, 0x1302]));
        assert_eq!(list.iter().size_hint(), (2, Some(2)));
    }

    #[test]
    fn a_list_of_names_is_checked_before_it_is_walked() {
        assert!(List::<ProtocolName<'_>>::parse(&[2, b'h', b'2', 0]).is_err());
        let list = List::<ProtocolName<'_>>::parse(b"\x02h2\x03foo").unwrap();
        assert!(list.iter().map(|n| n.0).eq([&b"h2"[..], b"foo"]));
        assert_eq!(list.len(), 2);
    }
}
