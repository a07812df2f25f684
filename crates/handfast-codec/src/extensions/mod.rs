//! Extension blocks (RFC 9846 §4.3): every message's own struct of typed extensions, and the raw
//! block beneath it in wire order.

mod body;
mod client;
mod other;
mod server;
mod table;
mod writer;

use handfast_crypto::ExtensionType;

pub use body::{CertificateStatus, KeyShareEntry, OfferedPsks, OidFilter, PskIdentity, StatusRequest};
pub use client::ClientExtensions;
pub use other::{CertificateExtensions, CertificateRequestExtensions, NewSessionTicketExtensions};
pub use server::{EncryptedExtensionsBlock, HelloRetryRequestExtensions, ServerHelloExtensions};
pub use table::{PLACEMENTS, Place, Placement, may_stand, placement};
pub use writer::ExtensionWriter;

pub(crate) use table::Seen;

use crate::{DecodeError, Element, Label, List, ListIter, Reader, Rule};

/// One extension as it stands on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// Which extension.
    pub extension_type: ExtensionType,
    /// Its body.
    pub extension_data: &'a [u8],
}

impl<'a> Element<'a> for Extension<'a> {
    const NAME: &'static str = "extension";
    const BYTES: Option<usize> = None;

    fn read(r: &mut Reader<'a, '_>, label: Label) -> Result<Self, DecodeError> {
        r.scope(label, |r| {
            let extension_type = r.code("extension_type")?;
            Ok(Self { extension_type, extension_data: r.opaque16("extension_data", 0..=0xffff)? })
        })
    }
}

/// Every extension of a block in wire order, known or not.
///
/// No type occurs twice, and none that we recognise stands in a message it does not belong in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extensions<'a> {
    list: List<'a, Extension<'a>>,
    /// Where the first extension starts in the message.
    at: usize,
}

impl<'a> Extensions<'a> {
    /// The extensions from first to last.
    pub fn iter(&self) -> ListIter<'a, Extension<'a>> {
        self.list.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The body of the extension, if it is there.
    pub fn find(&self, extension_type: ExtensionType) -> Option<&'a [u8]> {
        self.iter().find(|e| e.extension_type == extension_type).map(|e| e.extension_data)
    }

    /// Whether the extension is there.
    pub fn contains(&self, extension_type: ExtensionType) -> bool {
        self.find(extension_type).is_some()
    }

    /// The extensions without the block's length prefix.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.list.as_bytes()
    }

    /// Refuses an answer to a request that was not made (RFC 9846 §4.3): `offered` says what this side
    /// asked for.
    pub fn check_solicited(&self, offered: impl Fn(ExtensionType) -> bool) -> Result<(), DecodeError> {
        self.check(Rule::UnsolicitedExtension, offered)
    }

    /// Refuses the first extension that `allowed` does not allow.
    fn check(&self, rule: Rule, allowed: impl Fn(ExtensionType) -> bool) -> Result<(), DecodeError> {
        let mut offset = self.at;
        for extension in self.iter() {
            if !allowed(extension.extension_type) {
                return Err(DecodeError { rule, field: name_of(extension.extension_type), offset });
            }
            offset += 4 + extension.extension_data.len();
        }
        Ok(())
    }
}

impl<'a> IntoIterator for &Extensions<'a> {
    type Item = Extension<'a>;
    type IntoIter = ListIter<'a, Extension<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Reads a block with its length prefix. `read` is given each body and must use it up; for a type it
/// does not know it calls [`unknown`].
fn block<'a, 's>(
    r: &mut Reader<'a, 's>,
    places: &[Place],
    mut read: impl FnMut(ExtensionType, &mut Reader<'a, 's>) -> Result<(), DecodeError>,
) -> Result<Extensions<'a>, DecodeError> {
    r.vec16("extensions", 0..=0xffff, |r| {
        let (bytes, at) = (r.peek(), r.offset());
        let mut seen = Seen::default();
        let mut index = 0;
        while !r.is_empty() {
            r.scope(Label::element(Extension::NAME, index), |r| {
                let start = r.offset();
                let extension_type: ExtensionType = r.code("extension_type")?;
                let refuse = |rule| DecodeError { rule, field: name_of(extension_type), offset: start };
                // RFC 9846 §4.3: one of a type in a block
                if !seen.insert(extension_type.0) {
                    return Err(refuse(Rule::DuplicateExtension));
                }
                // RFC 9846 §4.3: recognised, and in a message it is not specified for
                if !places.iter().any(|&place| may_stand(extension_type, place)) {
                    return Err(refuse(Rule::MisplacedExtension));
                }
                r.vec16("extension_data", 0..=0xffff, |r| read(extension_type, r))
            })?;
            index += 1;
        }
        Ok(Extensions { list: List::of(bytes), at })
    })
}

/// Passes over a body that nothing here reads.
fn unknown(r: &mut Reader<'_, '_>) -> Result<(), DecodeError> {
    r.rest("data").map(|_| ())
}

fn name_of(extension_type: ExtensionType) -> &'static str {
    extension_type.name().unwrap_or("extension")
}
