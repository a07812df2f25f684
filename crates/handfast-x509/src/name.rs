//! Names: distinguished names and the general names of extensions, for machines and for people.

use crate::algorithm::{Oid, oid};
use crate::error::{CertificateError, CertificateRule};
use crate::tlv::{Cursor, Tlv, tag};
use alloc::string::String;
use core::fmt::{self, Write};

/// The longest text made of a name, in bytes before the final "…".
const MAX_TEXT: usize = 256;

/// A distinguished name (RFC 5280 §4.1.2.4): a sequence of sets of attributes.
///
/// Equality is that of the bytes. RFC 5280 §7.1 would also equate differences of case and
/// spacing; authorities copy the bytes, and every validator of the web compares bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name<'a> {
    content: &'a [u8],
}

/// One attribute of a name, with its string type.
#[derive(Clone, Copy)]
pub(crate) struct Attribute<'a> {
    pub(crate) kind: Oid<'a>,
    pub(crate) tag: u8,
    pub(crate) value: &'a [u8],
}

impl<'a> Name<'a> {
    /// Reads the Name element and checks its structure.
    pub(crate) fn read(element: &Tlv<'a>) -> Result<Self, CertificateError> {
        Self::check(element.open())?;
        Ok(Self { content: element.value })
    }

    /// Reads a Name from its DER, which may come from anywhere: a CertificateRequest, a file.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(der: &'a [u8]) -> Result<Self, CertificateError> {
        let mut input = Cursor::new(der, "Name");
        let element = input.expect(tag::SEQUENCE, "Name")?;
        input.finish()?;
        Self::read(&element)
    }

    /// Checks the content of a Name.
    pub(crate) fn check(mut input: Cursor<'_>) -> Result<(), CertificateError> {
        while !input.is_empty() {
            let set = input.any()?;
            if set.tag != tag::SET || set.value.is_empty() {
                return Err(set.error(CertificateRule::Name));
            }
            let mut attributes = set.open();
            while !attributes.is_empty() {
                read_attribute(&mut attributes)?;
            }
        }
        Ok(())
    }

    /// A name by the content of its SEQUENCE, which has been checked before.
    pub(crate) const fn from_content(content: &'a [u8]) -> Self {
        Self { content }
    }

    /// The DER inside the SEQUENCE, without its header (the form of a trust anchor's subject).
    pub const fn content(&self) -> &'a [u8] {
        self.content
    }

    /// Whether there is no attribute at all.
    pub const fn is_empty(&self) -> bool {
        self.content.is_empty()
    }

    /// The sets of attributes in the order of the certificate.
    pub(crate) fn sets(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut input = Cursor::new(self.content, "Name");
        core::iter::from_fn(move || input.any().ok().map(|set| set.value))
    }

    /// All attributes in the order of the certificate.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        self.sets().flat_map(attributes_of)
    }

    /// The last commonName, which by custom is the most specific; for people only, never compared
    /// with a host name (RFC 9525 §2).
    pub fn common_name(&self) -> Option<String> {
        let attribute = self.attributes().filter(|a| a.kind.0 == oid::COMMON_NAME).last()?;
        let mut text = String::new();
        push_value(&mut text, &attribute);
        cut(&mut text);
        Some(text)
    }

    /// The name in the manner of RFC 4514, most specific attribute first: `CN=example, O=Example`.
    /// Control characters are escaped, and a long name is cut.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(64);
        // Enough sets to fill the text are kept; what comes before them would be cut anyway.
        let sets: alloc::vec::Vec<_> = self.sets().collect();
        for set in sets.iter().rev() {
            for (i, attribute) in attributes_of(set).enumerate() {
                text.push_str(if i > 0 {
                    "+"
                } else if text.is_empty() {
                    ""
                } else {
                    ", "
                });
                match attribute.kind.name() {
                    Some(name) => text.push_str(name),
                    None => _ = write!(text, "{}", attribute.kind),
                }
                text.push('=');
                push_value(&mut text, &attribute);
                if text.len() > MAX_TEXT {
                    cut(&mut text);
                    return text;
                }
            }
        }
        if text.is_empty() {
            text.push_str("(empty name)");
        }
        text
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

pub(crate) fn attributes_of(set: &[u8]) -> impl Iterator<Item = Attribute<'_>> {
    let mut input = Cursor::new(set, "AttributeTypeAndValue");
    core::iter::from_fn(move || read_attribute(&mut input).ok())
}

fn read_attribute<'a>(input: &mut Cursor<'a>) -> Result<Attribute<'a>, CertificateError> {
    let mut pair = input.expect(tag::SEQUENCE, "AttributeTypeAndValue")?.open();
    let kind = Oid::read(&mut pair, "AttributeType")?;
    let value = pair.any()?;
    pair.finish()?;
    Ok(Attribute { kind, tag: value.tag, value: value.value })
}

/// Appends an attribute's value: text if it is of a string type, else hexadecimal.
fn push_value(text: &mut String, attribute: &Attribute<'_>) {
    let room = MAX_TEXT + 1;
    match attribute.tag {
        tag::UTF8_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING => {
            String::from_utf8_lossy(attribute.value.get(..room).unwrap_or(attribute.value))
                .chars()
                .for_each(|c| push_escaped(text, c));
        }
        tag::TELETEX_STRING => attribute.value.iter().take(room).for_each(|&b| push_escaped(text, char::from(b))),
        tag::BMP_STRING => {
            let units = attribute.value.chunks(2).take(room).map(|u| match u {
                [high, low] => u16::from_be_bytes([*high, *low]),
                _ => 0xfffd,
            });
            char::decode_utf16(units).for_each(|c| push_escaped(text, c.unwrap_or('\u{fffd}')));
        }
        _ => {
            text.push('#');
            attribute.value.iter().take(room).for_each(|b| _ = write!(text, "{b:02x}"));
        }
    }
}

/// What could break a line, a terminal or the reading direction is written as its number.
pub(crate) fn push_escaped(text: &mut String, c: char) {
    let unsafe_to_show = c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    if unsafe_to_show {
        _ = write!(text, "\\u{{{:x}}}", u32::from(c));
    } else {
        if matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';') {
            text.push('\\');
        }
        text.push(c);
    }
}

fn cut(text: &mut String) {
    if text.len() > MAX_TEXT {
        let end = (0..=MAX_TEXT).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
}

/// One name of a subjectAltName or a name constraint (RFC 5280 §4.2.1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GeneralName<'a> {
    /// dNSName: ASCII as it came; whether it is a host name is for the matching to say.
    Dns(&'a str),
    /// iPAddress: 4 or 16 octets, in a constraint 8 or 32.
    Ip(&'a [u8]),
    /// rfc822Name: ASCII.
    Email(&'a str),
    /// uniformResourceIdentifier: ASCII.
    Uri(&'a str),
    /// directoryName.
    Directory(Name<'a>),
    /// otherName, x400Address, ediPartyName or registeredID, by its context tag number.
    Other(u8, &'a [u8]),
}

impl<'a> GeneralName<'a> {
    pub(crate) fn read(input: &mut Cursor<'a>, field: &'static str) -> Result<Self, CertificateError> {
        Self::read_with(input, field, Name::read)
    }

    /// The same where it was read before: what a directory name holds is not looked at again.
    pub(crate) fn read_again(input: &mut Cursor<'a>, field: &'static str) -> Result<Self, CertificateError> {
        Self::read_with(input, field, |element| Ok(Name::from_content(element.value)))
    }

    fn read_with(
        input: &mut Cursor<'a>,
        field: &'static str,
        directory: impl FnOnce(&Tlv<'a>) -> Result<Name<'a>, CertificateError>,
    ) -> Result<Self, CertificateError> {
        *input = input.field(field);
        let element = input.any()?;
        let bad = element.error(CertificateRule::GeneralName);
        let ascii = || match core::str::from_utf8(element.value) {
            Ok(text) if text.is_ascii() => Ok(text),
            _ => Err(bad),
        };
        const CONTEXT_4: u8 = tag::context_constructed(4);
        match element.tag {
            0x81 => Ok(Self::Email(ascii()?)),
            0x82 => Ok(Self::Dns(ascii()?)),
            // Explicitly tagged, since Name is a CHOICE.
            CONTEXT_4 => {
                let mut inner = element.open();
                let name = directory(&inner.expect(tag::SEQUENCE, "directoryName")?)?;
                inner.finish()?;
                Ok(Self::Directory(name))
            }
            0x86 => Ok(Self::Uri(ascii()?)),
            0x87 => Ok(Self::Ip(element.value)),
            0xa0 | 0xa3 | 0xa5 | 0x88 => Ok(Self::Other(element.tag & 0x1f, element.value)),
            _ => Err(bad),
        }
    }

    /// How many bytes there are to compare.
    pub(crate) const fn size(&self) -> usize {
        match self {
            Self::Dns(text) | Self::Email(text) | Self::Uri(text) => text.len(),
            Self::Directory(name) => name.content.len(),
            Self::Ip(octets) | Self::Other(_, octets) => octets.len(),
        }
    }

    /// The context tag number, which names the form.
    pub(crate) const fn form(&self) -> u8 {
        match self {
            Self::Email(_) => 1,
            Self::Dns(_) => 2,
            Self::Directory(_) => 4,
            Self::Uri(_) => 6,
            Self::Ip(_) => 7,
            Self::Other(number, _) => *number,
        }
    }
}

/// As `openssl x509 -text` writes it: `DNS:example.com`, `IP:192.0.2.1`.
impl fmt::Display for GeneralName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (label, raw) = match self {
            Self::Dns(text) => ("DNS", *text),
            Self::Email(text) => ("email", *text),
            Self::Uri(text) => ("URI", *text),
            Self::Directory(name) => return write!(f, "DirName:{name}"),
            Self::Ip(octets) => return write_address(f, octets),
            Self::Other(number, _) => {
                return f.write_str(match number {
                    0 => "otherName",
                    3 => "x400Address",
                    5 => "ediPartyName",
                    _ => "registeredID",
                });
            }
        };
        let mut text = String::new();
        raw.chars().take(MAX_TEXT + 1).for_each(|c| push_escaped(&mut text, c));
        cut(&mut text);
        write!(f, "{label}:{text}")
    }
}

fn write_address(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    use core::net::{Ipv4Addr, Ipv6Addr};
    f.write_str("IP:")?;
    let one = |f: &mut fmt::Formatter<'_>, octets: &[u8]| {
        if let Ok(v4) = <[u8; 4]>::try_from(octets) {
            write!(f, "{}", Ipv4Addr::from(v4))
        } else if let Ok(v6) = <[u8; 16]>::try_from(octets) {
            write!(f, "{}", Ipv6Addr::from(v6))
        } else {
            octets.iter().take(32).try_for_each(|b| write!(f, "{b:02x}"))
        }
    };
    match octets.len() {
        8 | 32 => {
            let (base, mask) = octets.split_at(octets.len() / 2);
            one(f, base)?;
            f.write_str("/")?;
            one(f, mask)
        }
        _ => one(f, octets),
    }
}
