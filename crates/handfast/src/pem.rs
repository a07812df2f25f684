//! PEM files (RFC 7468): certificates and private keys, with errors that name the file, the block
//! and what was expected.

#[cfg(feature = "std")]
use crate::credential::{Credential, CredentialError};
use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
#[cfg(feature = "std")]
use handfast_crypto::Provider;
use pki_types::pem::{SectionKind, SliceIter};
use zeroize::Zeroizing;

/// Why a PEM file cannot be used. Says which file and block, what was expected and what was found.
pub struct PemError(Box<Inner>);

struct Inner {
    file: String,
    /// Counted from 1; 0 for the file as a whole.
    block: usize,
    what: What,
}

enum What {
    #[cfg(feature = "std")]
    Unreadable(std::io::Error),
    Content {
        expected: &'static str,
        found: String,
    },
    /// The file holds a key that is not the first one of the other file.
    #[cfg(feature = "std")]
    Mismatch {
        chain: String,
        subject: String,
    },
}

impl PemError {
    fn new(file: &str, block: usize, expected: &'static str, found: impl fmt::Display) -> Self {
        Self(Box::new(Inner {
            file: file.to_owned(),
            block,
            what: What::Content { expected, found: found.to_string() },
        }))
    }

    #[cfg(feature = "std")]
    fn whole(path: &std::path::Path, what: What) -> Self {
        Self(Box::new(Inner { file: path.to_string_lossy().into_owned(), block: 0, what }))
    }

    /// The file, as it was named.
    pub fn file(&self) -> &str {
        &self.0.file
    }

    /// The block, counted from 1; `None` if it is about the file as a whole.
    pub fn block(&self) -> Option<usize> {
        Some(self.0.block).filter(|block| *block > 0)
    }
}

impl fmt::Display for PemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { file, block, what } = &*self.0;
        match what {
            #[cfg(feature = "std")]
            What::Unreadable(error) => {
                // "(os error 2)" says nothing that the words before it do not say.
                let error = error.to_string();
                write!(f, "cannot read {file}: {}", error.split(" (os error").next().unwrap_or(&error))
            }
            #[cfg(feature = "std")]
            What::Mismatch { chain, subject } => write!(
                f,
                "{file} is not the key of the first certificate in {chain} ({subject}); the leaf must come first"
            ),
            What::Content { expected, found } => {
                write!(f, "{file}")?;
                if *block > 0 {
                    write!(f, ", block {block}")?;
                }
                write!(f, ": expected {expected}; found {found}")
            }
        }
    }
}

/// As [`Display`](fmt::Display): it is what a `main` that returns it prints.
impl fmt::Debug for PemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::error::Error for PemError {}

const CHAIN: &str = "one or more CERTIFICATE blocks";
const KEY: &str = "a PRIVATE KEY, EC PRIVATE KEY or RSA PRIVATE KEY block";

/// The certificates in `text`, in order, in DER. Other blocks are passed over; `file` is for errors.
///
/// # Errors
/// If a block cannot be read, or there is no certificate.
pub fn certificates(file: &str, text: &[u8]) -> Result<Vec<Vec<u8>>, PemError> {
    let mut found = Vec::new();
    let mut others = Vec::new();
    for (block, section) in SliceIter::<(SectionKind, Vec<u8>)>::new(text).enumerate() {
        let (kind, der) = section.map_err(|e| PemError::new(file, block + 1, CHAIN, explain(&e)))?;
        let mut der = Zeroizing::new(der);
        match kind {
            SectionKind::Certificate => found.push(core::mem::take(&mut *der)),
            other => others.push(name(other)),
        }
    }
    if found.is_empty() {
        return Err(PemError::new(file, 0, CHAIN, without(&others, text)));
    }
    Ok(found)
}

/// The first private key in `text`, as PKCS#8 DER; the two older forms are wrapped. Other blocks
/// are passed over; `file` is for errors.
///
/// # Errors
/// If a block cannot be read, there is no key, or it is encrypted.
pub fn private_key(file: &str, text: &[u8]) -> Result<Zeroizing<Vec<u8>>, PemError> {
    let mut others = Vec::new();
    for (block, section) in SliceIter::<(SectionKind, Vec<u8>)>::new(text).enumerate() {
        let (kind, der) = section.map_err(|e| PemError::new(file, block + 1, KEY, explain(&e)))?;
        let der = Zeroizing::new(der);
        match kind {
            SectionKind::PrivateKey => return Ok(der),
            SectionKind::RsaPrivateKey => return Ok(wrap(RSA_ENCRYPTION, &der)),
            SectionKind::EcPrivateKey => {
                let Some(curve) = sec1_curve(&der) else {
                    return Err(PemError::new(file, block + 1, "an EC key that names its curve (RFC 5915)", "none"));
                };
                let algorithm = Zeroizing::new([EC_PUBLIC_KEY, curve].concat());
                return Ok(wrap(&algorithm, &der));
            }
            other => others.push(name(other)),
        }
    }
    if text.windows(ENCRYPTED.len()).any(|w| w == ENCRYPTED) {
        let found = "an encrypted key; decrypt it first, for example with: openssl pkey -in FILE -out PLAIN";
        return Err(PemError::new(file, 0, KEY, found));
    }
    Err(PemError::new(file, 0, KEY, without(&others, text)))
}

/// The certificates of a PEM file, in DER.
///
/// # Errors
/// If the file cannot be read, and as [`certificates`].
#[cfg(feature = "std")]
pub fn load_certificates(path: impl AsRef<std::path::Path>) -> Result<Vec<Vec<u8>>, PemError> {
    let (file, text) = read(path.as_ref())?;
    certificates(&file, &text)
}

/// The first private key of a PEM file, as PKCS#8 DER.
///
/// # Errors
/// If the file cannot be read, and as [`private_key`].
#[cfg(feature = "std")]
pub fn load_private_key(path: impl AsRef<std::path::Path>) -> Result<Zeroizing<Vec<u8>>, PemError> {
    let (file, text) = read(path.as_ref())?;
    private_key(&file, &text)
}

/// A credential from a file with certificates, leaf first, and a file with the leaf's key.
///
/// # Errors
/// If either file cannot be used, or they do not belong together.
#[cfg(feature = "std")]
pub fn load_credential(
    chain: impl AsRef<std::path::Path>,
    key: impl AsRef<std::path::Path>,
    provider: &Provider,
) -> Result<Credential, PemError> {
    let certificates = load_certificates(&chain)?;
    let pkcs8 = load_private_key(&key)?;
    Credential::new(certificates, &pkcs8, provider).map_err(|error| {
        // Which of the two files it is about.
        let (path, expected) = match error {
            CredentialError::Mismatch { subject } => {
                let chain = chain.as_ref().to_string_lossy().into_owned();
                return PemError::whole(key.as_ref(), What::Mismatch { chain, subject });
            }
            CredentialError::Key(_) => (key.as_ref(), "a private key that this backend can sign with"),
            _ => (chain.as_ref(), "a leaf certificate first"),
        };
        PemError::new(&path.to_string_lossy(), 0, expected, error)
    })
}

#[cfg(feature = "std")]
fn read(path: &std::path::Path) -> Result<(String, Zeroizing<Vec<u8>>), PemError> {
    match std::fs::read(path) {
        Ok(text) => Ok((path.to_string_lossy().into_owned(), Zeroizing::new(text))),
        Err(error) => Err(PemError::whole(path, What::Unreadable(error))),
    }
}

const ENCRYPTED: &[u8] = b"ENCRYPTED";

fn explain(error: &pki_types::pem::Error) -> String {
    use pki_types::pem::Error;
    match error {
        Error::MissingSectionEnd { end_marker } => {
            alloc::format!("no end of the block ({})", end_marker.escape_ascii())
        }
        Error::IllegalSectionStart { line } => alloc::format!("a malformed first line: {}", line.escape_ascii()),
        Error::Base64Decode(_) => "content that is not base64".to_owned(),
        other => other.to_string(),
    }
}

fn name(kind: SectionKind) -> &'static str {
    match kind {
        SectionKind::Certificate => "CERTIFICATE",
        SectionKind::PublicKey => "PUBLIC KEY",
        SectionKind::RsaPrivateKey => "RSA PRIVATE KEY",
        SectionKind::PrivateKey => "PRIVATE KEY",
        SectionKind::EcPrivateKey => "EC PRIVATE KEY",
        SectionKind::Crl => "X509 CRL",
        SectionKind::Csr => "CERTIFICATE REQUEST",
        _ => "another kind",
    }
}

/// What is there instead of what was looked for.
fn without(others: &[&str], text: &[u8]) -> String {
    match (others, text.first()) {
        ([], None) => "an empty file".to_owned(),
        // A DER certificate or key begins with a SEQUENCE of two length bytes.
        ([], Some(0x30)) => {
            "DER; convert it, for example with: openssl x509 -inform DER or openssl pkey -inform DER".to_owned()
        }
        ([], Some(_)) => "no PEM block of a kind that is used here".to_owned(),
        (others, _) => alloc::format!("only: {}", others.join(", ")),
    }
}

/// OBJECT IDENTIFIER rsaEncryption and its NULL parameters (RFC 8017 §A.1).
const RSA_ENCRYPTION: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 0x05, 0];
/// OBJECT IDENTIFIER id-ecPublicKey (RFC 5480 §2.1.1); the curve follows.
const EC_PUBLIC_KEY: &[u8] = &[0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];

/// PrivateKeyInfo of RFC 5208: version 0, an algorithm, and the key as it was.
fn wrap(algorithm: &[u8], key: &[u8]) -> Zeroizing<Vec<u8>> {
    let algorithm = tlv(0x30, algorithm);
    let key = tlv(0x04, key);
    let mut content = Zeroizing::new(Vec::with_capacity(3 + algorithm.len() + key.len()));
    content.extend_from_slice(&[0x02, 1, 0]);
    content.extend_from_slice(&algorithm);
    content.extend_from_slice(&key);
    tlv(0x30, &content)
}

/// One DER element.
fn tlv(tag: u8, content: &[u8]) -> Zeroizing<Vec<u8>> {
    let length = content.len().to_be_bytes();
    let short = length.iter().position(|b| *b != 0).and_then(|at| length.get(at..)).unwrap_or(&[0]);
    let mut out = Zeroizing::new(Vec::with_capacity(10 + content.len()));
    out.push(tag);
    if content.len() >= 128 {
        out.push(0x80 | short.len() as u8);
    }
    out.extend_from_slice(short);
    out.extend_from_slice(content);
    out
}

/// The curve of an ECPrivateKey (RFC 5915 §3), as a whole OBJECT IDENTIFIER element.
fn sec1_curve(der: &[u8]) -> Option<&[u8]> {
    let (sequence, _) = element(0x30, der)?;
    let (_, rest) = element(0x02, sequence)?;
    let (_, rest) = element(0x04, rest)?;
    let (parameters, _) = element(0xa0, rest)?;
    let (oid, after) = element(0x06, parameters)?;
    parameters.get(..parameters.len() - after.len()).filter(|_| !oid.is_empty())
}

/// The content of the element at the front, if it has this tag, and what follows it.
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[first, length], rest) = der.split_first_chunk()?;
    if first != tag {
        return None;
    }
    match length {
        0..=0x7f => rest.split_at_checked(length.into()),
        0x81 => {
            let (&length, rest) = rest.split_first()?;
            rest.split_at_checked(length.into())
        }
        0x82 => {
            let (&length, rest) = rest.split_first_chunk()?;
            rest.split_at_checked(u16::from_be_bytes(length).into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_file_block_and_what_was_expected() {
        let error =
            certificates("server.pem", b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "server.pem, block 1: expected one or more CERTIFICATE blocks; found content that is not base64"
        );
        let error =
            certificates("key.pem", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").unwrap_err();
        assert_eq!(error.to_string(), "key.pem: expected one or more CERTIFICATE blocks; found only: PRIVATE KEY");
    }

    #[cfg(feature = "std")]
    #[test]
    fn a_file_that_cannot_be_read_is_named_and_debug_prints_the_same() {
        let error = load_certificates("no-such-file.pem").unwrap_err();
        assert_eq!(error.to_string(), "cannot read no-such-file.pem: No such file or directory");
        assert_eq!(alloc::format!("{error:?}"), error.to_string());
        assert_eq!((error.file(), error.block()), ("no-such-file.pem", None));
    }

    #[test]
    fn der_and_encrypted_keys_are_recognised() {
        assert!(private_key("k", &[0x30, 0x82, 1, 1]).unwrap_err().to_string().contains("openssl pkey -inform DER"));
        let text = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
        assert!(private_key("k", text).unwrap_err().to_string().contains("an encrypted key"));
    }

    #[test]
    fn an_old_rsa_key_is_wrapped() {
        let text = b"-----BEGIN RSA PRIVATE KEY-----\nAgED\n-----END RSA PRIVATE KEY-----\n";
        let der = private_key("k", text).unwrap();
        assert_eq!(der[..], [&[0x30, 23, 0x02, 1, 0, 0x30, 13][..], RSA_ENCRYPTION, &[0x04, 3, 2, 1, 3]].concat()[..]);
    }
}
