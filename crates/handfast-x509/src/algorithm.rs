//! Object identifiers, public keys and signature algorithms.

use crate::error::{CertificateError, CertificateRule};
use crate::tlv::{Cursor, Tlv, is_minimal_integer, tag};
use core::fmt;
use der::oid::ObjectIdentifierRef;
use handfast_crypto::HashAlgorithm;
use handfast_crypto::sign::{KeyKind, SignatureAlgorithm};

/// An object identifier, as the bytes inside its element. Displays in dotted form, with a name in
/// parentheses where we know one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Oid<'a>(pub &'a [u8]);

impl<'a> Oid<'a> {
    pub(crate) fn read(input: &mut Cursor<'a>, field: &'static str) -> Result<Self, CertificateError> {
        let element = input.expect(tag::OID, field)?;
        // Every arc ends with an octet below 0x80, and none starts with the padding 0x80.
        let padded = element.value.iter().scan(true, |first, &b| {
            let pad = *first && b == 0x80;
            *first = b < 0x80;
            Some(pad)
        });
        if element.value.last().is_none_or(|&b| b >= 0x80) || padded.into_iter().any(|p| p) {
            return Err(element.error(CertificateRule::Der));
        }
        Ok(Self(element.value))
    }

    /// A name for the identifiers that turn up in certificates.
    pub fn name(&self) -> Option<&'static str> {
        KNOWN.iter().find(|(bytes, _)| *bytes == self.0).map(|(_, name)| *name)
    }
}

impl fmt::Display for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match ObjectIdentifierRef::from_bytes(self.0) {
            Ok(oid) if self.0.len() <= 64 => {
                for (i, arc) in oid.arcs().enumerate() {
                    write!(f, "{}{arc}", if i == 0 { "" } else { "." })?;
                }
            }
            // An arc above 32 bits: the octets tell as much.
            _ => {
                f.write_str("#")?;
                for byte in self.0.iter().take(32) {
                    write!(f, "{byte:02x}")?;
                }
            }
        }
        self.name().map_or(Ok(()), |name| write!(f, " ({name})"))
    }
}

impl fmt::Debug for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The identifiers that this crate acts upon or can name.
pub(crate) mod oid {
    macro_rules! oids {
        ($( $NAME:ident = $bytes:expr, $text:literal; )*) => {
            $( pub(crate) const $NAME: &[u8] = &$bytes; )*
            pub(super) const ALL: &[(&[u8], &str)] = &[ $( ($NAME, $text), )* ];
        };
    }

    oids! {
        // RFC 8017, RFC 3279, RFC 5758, RFC 8410
        RSA_ENCRYPTION = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01], "rsaEncryption";
        MD2_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x02], "md2WithRSAEncryption";
        MD5_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04], "md5WithRSAEncryption";
        SHA1_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05], "sha1WithRSAEncryption";
        MGF1 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08], "id-mgf1";
        RSA_PSS = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a], "id-RSASSA-PSS";
        SHA256_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b], "sha256WithRSAEncryption";
        SHA384_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c], "sha384WithRSAEncryption";
        SHA512_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d], "sha512WithRSAEncryption";
        SHA1_RSA_OIW = [0x2b, 0x0e, 0x03, 0x02, 0x1d], "sha1WithRSASignature";
        DSA_SHA1 = [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x03], "dsa-with-SHA1";
        EC_PUBLIC_KEY = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01], "id-ecPublicKey";
        P256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07], "secp256r1";
        P384 = [0x2b, 0x81, 0x04, 0x00, 0x22], "secp384r1";
        P521 = [0x2b, 0x81, 0x04, 0x00, 0x23], "secp521r1";
        ECDSA_SHA1 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01], "ecdsa-with-SHA1";
        ECDSA_SHA256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02], "ecdsa-with-SHA256";
        ECDSA_SHA384 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03], "ecdsa-with-SHA384";
        ECDSA_SHA512 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04], "ecdsa-with-SHA512";
        ED25519 = [0x2b, 0x65, 0x70], "id-Ed25519";
        ED448 = [0x2b, 0x65, 0x71], "id-Ed448";
        SHA1 = [0x2b, 0x0e, 0x03, 0x02, 0x1a], "id-sha1";
        SHA256 = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01], "id-sha256";
        SHA384 = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02], "id-sha384";
        SHA512 = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03], "id-sha512";
        // RFC 5280 §4.2
        SUBJECT_KEY_ID = [0x55, 0x1d, 0x0e], "subjectKeyIdentifier";
        KEY_USAGE = [0x55, 0x1d, 0x0f], "keyUsage";
        SUBJECT_ALT_NAME = [0x55, 0x1d, 0x11], "subjectAltName";
        BASIC_CONSTRAINTS = [0x55, 0x1d, 0x13], "basicConstraints";
        NAME_CONSTRAINTS = [0x55, 0x1d, 0x1e], "nameConstraints";
        CERTIFICATE_POLICIES = [0x55, 0x1d, 0x20], "certificatePolicies";
        POLICY_MAPPINGS = [0x55, 0x1d, 0x21], "policyMappings";
        AUTHORITY_KEY_ID = [0x55, 0x1d, 0x23], "authorityKeyIdentifier";
        POLICY_CONSTRAINTS = [0x55, 0x1d, 0x24], "policyConstraints";
        EXT_KEY_USAGE = [0x55, 0x1d, 0x25], "extKeyUsage";
        INHIBIT_ANY_POLICY = [0x55, 0x1d, 0x36], "inhibitAnyPolicy";
        AUTHORITY_INFO_ACCESS = [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01], "authorityInfoAccess";
        // RFC 5280 §4.2.1.12
        ANY_EXT_KEY_USAGE = [0x55, 0x1d, 0x25, 0x00], "anyExtendedKeyUsage";
        SERVER_AUTH = [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01], "serverAuth";
        CLIENT_AUTH = [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02], "clientAuth";
        // Attributes of names (RFC 5280 appendix A.1)
        EMAIL_ADDRESS = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01], "emailAddress";
        COMMON_NAME = [0x55, 0x04, 0x03], "CN";
        SERIAL_NUMBER = [0x55, 0x04, 0x05], "serialNumber";
        COUNTRY = [0x55, 0x04, 0x06], "C";
        LOCALITY = [0x55, 0x04, 0x07], "L";
        STATE = [0x55, 0x04, 0x08], "ST";
        STREET = [0x55, 0x04, 0x09], "STREET";
        ORGANIZATION = [0x55, 0x04, 0x0a], "O";
        UNIT = [0x55, 0x04, 0x0b], "OU";
        DOMAIN_COMPONENT = [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19], "DC";
        USER_ID = [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01], "UID";
    }
}
const KNOWN: &[(&[u8], &str)] = oid::ALL;

/// What a certificate says it was signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureId<'a> {
    /// An algorithm that can be verified, given a backend for it.
    Known(SignatureAlgorithm),
    /// An algorithm whose hash no longer resists forgery (RFC 9155, RFC 6194); by name.
    Weak(&'static str),
    /// Anything else, also a known algorithm with parameters we do not speak.
    Unknown(Oid<'a>),
}

impl<'a> SignatureId<'a> {
    /// Reads the content of an AlgorithmIdentifier (RFC 5280 §4.1.1.2).
    pub(crate) fn read(element: &Tlv<'a>, field: &'static str) -> Result<Self, CertificateError> {
        let mut input = element.open().field(field);
        let id = Oid::read(&mut input, field)?;
        let parameters = if input.is_empty() { None } else { Some(input.any()?) };
        input.finish()?;
        let absent = parameters.is_none();
        // RFC 4055 §5 has NULL; that it is missing is as common and says the same.
        let null = parameters.is_none_or(|p| p.tag == tag::NULL && p.value.is_empty());
        use HashAlgorithm::{Sha256, Sha384, Sha512};
        let known = match id.0 {
            oid::SHA256_RSA if null => SignatureAlgorithm::RsaPkcs1(Sha256),
            oid::SHA384_RSA if null => SignatureAlgorithm::RsaPkcs1(Sha384),
            oid::SHA512_RSA if null => SignatureAlgorithm::RsaPkcs1(Sha512),
            oid::ECDSA_SHA256 if absent => SignatureAlgorithm::Ecdsa(Sha256),
            oid::ECDSA_SHA384 if absent => SignatureAlgorithm::Ecdsa(Sha384),
            oid::ECDSA_SHA512 if absent => SignatureAlgorithm::Ecdsa(Sha512),
            oid::ED25519 if absent => SignatureAlgorithm::Ed25519,
            oid::RSA_PSS => match pss_hash(parameters) {
                Ok(Some(hash)) => SignatureAlgorithm::RsaPss(hash),
                Ok(None) => return Ok(Self::Unknown(id)),
                // Every default of RSASSA-PSS-params is SHA-1 (RFC 4055 §3.1).
                Err(Sha1) => return Ok(Self::Weak("RSASSA-PSS with SHA-1")),
            },
            oid::MD2_RSA | oid::MD5_RSA | oid::SHA1_RSA | oid::SHA1_RSA_OIW | oid::DSA_SHA1 | oid::ECDSA_SHA1 => {
                return Ok(Self::Weak(id.name().unwrap_or("weak")));
            }
            _ => return Ok(Self::Unknown(id)),
        };
        Ok(Self::Known(known))
    }
}

impl fmt::Display for SignatureId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(SignatureAlgorithm::RsaPkcs1(hash)) => write!(f, "RSA PKCS#1 with {hash:?}"),
            Self::Known(SignatureAlgorithm::RsaPss(hash)) => write!(f, "RSA-PSS with {hash:?}"),
            Self::Known(SignatureAlgorithm::Ecdsa(hash)) => write!(f, "ECDSA with {hash:?}"),
            Self::Known(SignatureAlgorithm::Ed25519) => f.write_str("Ed25519"),
            Self::Known(other) => write!(f, "{other:?}"),
            Self::Weak(name) => f.write_str(name),
            Self::Unknown(id) => write!(f, "{id}"),
        }
    }
}

struct Sha1;

/// The hash of RSASSA-PSS-params (RFC 4055 §3.1), if hash and mask agree and the salt has the
/// hash's length: the only sets TLS knows (RFC 9846 §4.3.3).
fn pss_hash(parameters: Option<Tlv<'_>>) -> Result<Option<HashAlgorithm>, Sha1> {
    let Some(parameters) = parameters else { return Ok(None) };
    let read = || -> Result<Result<Option<HashAlgorithm>, Sha1>, CertificateError> {
        let field = "RSASSA-PSS-params";
        let mut input = parameters.open();
        let (hash, mask) = (input.optional(0xa0, field)?, input.optional(0xa1, field)?);
        let (salt, trailer) = (input.optional(0xa2, field)?, input.optional(0xa3, field)?);
        input.finish()?;
        let (Some(hash), Some(mask), Some(salt), None) = (hash, mask, salt, trailer) else {
            return Ok(if hash.is_none() { Err(Sha1) } else { Ok(None) });
        };
        let inner = |t: Tlv<'_>| hash_id(&mut t.open());
        let Some(hash) = inner(hash)? else { return Ok(Ok(None)) };
        let mut mask = mask.open().expect(tag::SEQUENCE, field)?.open();
        let mgf1 = Oid::read(&mut mask, field)?.0 == oid::MGF1;
        let same = hash_id(&mut mask)? == Some(hash);
        let salt = salt.open().expect(tag::INTEGER, field)?.value;
        Ok(Ok((mgf1 && same && salt.first().map(|&s| usize::from(s)) == Some(hash.len()) && salt.len() == 1)
            .then_some(hash)))
    };
    read().unwrap_or(Ok(None))
}

fn hash_id(input: &mut Cursor<'_>) -> Result<Option<HashAlgorithm>, CertificateError> {
    let mut id = input.expect(tag::SEQUENCE, "HashAlgorithm")?.open();
    let hash = match Oid::read(&mut id, "HashAlgorithm")?.0 {
        oid::SHA256 => Some(HashAlgorithm::Sha256),
        oid::SHA384 => Some(HashAlgorithm::Sha384),
        oid::SHA512 => Some(HashAlgorithm::Sha512),
        _ => None,
    };
    id.optional(tag::NULL, "HashAlgorithm")?;
    id.finish()?;
    input.finish()?;
    Ok(hash)
}

/// A public key: what it is and its bytes (RFC 5280 §4.1.2.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey<'a> {
    kind: Option<KeyKind>,
    bytes: &'a [u8],
    algorithm: Oid<'a>,
    spki: &'a [u8],
    modulus_bits: Option<usize>,
    pss_hash: Option<HashAlgorithm>,
}

impl<'a> PublicKey<'a> {
    /// Reads the content of a SubjectPublicKeyInfo, without the header of its SEQUENCE.
    pub(crate) fn read(mut input: Cursor<'a>, spki: &'a [u8]) -> Result<Self, CertificateError> {
        let mut id = input.expect(tag::SEQUENCE, "subjectPublicKeyInfo.algorithm")?.open();
        let algorithm = Oid::read(&mut id, "subjectPublicKeyInfo.algorithm")?;
        let parameters = if id.is_empty() { None } else { Some(id.any()?) };
        id.finish()?;
        let key = input.expect(tag::BIT_STRING, "subjectPublicKey")?;
        input.finish()?;
        let bytes = key.octet_bits()?;
        let null = parameters.is_none_or(|p| p.tag == tag::NULL && p.value.is_empty());
        // Parameters here restrict the key (RFC 4055 §3.1); we take it without or with one of the
        // sets that TLS can ask for.
        let pss_hash = match (algorithm.0, parameters) {
            (oid::RSA_PSS, Some(_)) => pss_hash(parameters).ok().flatten(),
            _ => None,
        };
        let kind = match (algorithm.0, parameters) {
            (oid::RSA_ENCRYPTION, _) if null => Some(KeyKind::Rsa),
            (oid::RSA_PSS, p) if p.is_none() || pss_hash.is_some() => Some(KeyKind::RsaPss),
            // Explicit curve parameters are no OID and leave the kind unknown (RFC 5480 §2.1.1).
            (oid::EC_PUBLIC_KEY, Some(p)) if p.tag == tag::OID => match p.value {
                oid::P256 => Some(KeyKind::EcdsaP256),
                oid::P384 => Some(KeyKind::EcdsaP384),
                oid::P521 => Some(KeyKind::EcdsaP521),
                _ => None,
            },
            (oid::ED25519, None) => Some(KeyKind::Ed25519),
            _ => None,
        };
        let bad = key.error(CertificateRule::Key);
        let modulus_bits = match kind {
            Some(KeyKind::Rsa | KeyKind::RsaPss) => Some(modulus_bits(bytes).ok_or(bad)?),
            Some(KeyKind::Ed25519) if bytes.len() != 32 => return Err(bad),
            _ => None,
        };
        Ok(Self { kind, bytes, algorithm, spki, modulus_bits, pss_hash })
    }

    /// What kind of key it is; `None` for one that we cannot use.
    pub const fn kind(&self) -> Option<KeyKind> {
        self.kind
    }

    /// The content of the subjectPublicKey bit string: what [`handfast_crypto::sign::Verify`] takes.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The algorithm of the key.
    pub const fn algorithm(&self) -> Oid<'a> {
        self.algorithm
    }

    /// The SubjectPublicKeyInfo as it stands in the certificate, header included; for a trust
    /// anchor given in parts, without the header.
    pub const fn spki(&self) -> &'a [u8] {
        self.spki
    }

    /// The length of an RSA modulus in bits; `None` for other keys.
    pub const fn modulus_bits(&self) -> Option<usize> {
        self.modulus_bits
    }

    /// The only hash that the key signs with, if it is an id-RSASSA-PSS key whose parameters name
    /// one (RFC 4055 §3.1, RFC 9846 §4.3.3).
    pub const fn pss_hash(&self) -> Option<HashAlgorithm> {
        self.pss_hash
    }
}

impl fmt::Display for PublicKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, self.modulus_bits) {
            (Some(kind), Some(bits)) => write!(f, "{kind} {bits}"),
            (Some(kind), None) => write!(f, "{kind}"),
            (None, _) => write!(f, "{}", self.algorithm),
        }
    }
}

/// The length of n in RSAPublicKey (RFC 8017 A.1.1), if the whole is well-formed.
fn modulus_bits(key: &[u8]) -> Option<usize> {
    let mut outer = Cursor::new(key, "RSAPublicKey");
    let mut input = outer.expect(tag::SEQUENCE, "RSAPublicKey").ok()?.open();
    outer.finish().ok()?;
    let n = input.expect(tag::INTEGER, "modulus").ok()?.value;
    let e = input.expect(tag::INTEGER, "publicExponent").ok()?.value;
    input.finish().ok()?;
    let positive = |v: &[u8]| is_minimal_integer(v) && v.first().is_some_and(|b| b & 0x80 == 0);
    if !positive(n) || !positive(e) {
        return None;
    }
    let n = n.strip_prefix(&[0]).unwrap_or(n);
    let (first, rest) = n.split_first()?;
    Some(rest.len() * 8 + (8 - usize::try_from(first.leading_zeros()).ok()?))
}
