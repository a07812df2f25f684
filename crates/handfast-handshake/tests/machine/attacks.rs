//! Known attacks that need a peer which holds a key and misuses it, or none at all: signatures for
//! another role, version or purpose, signatures of zeros, retries without end.

use crate::after::live;
use crate::fixture;
use crate::rules::{V12, V13, client, server};
use handfast_codec::{CipherSuite, SignatureScheme};
use handfast_conformance::puppet::{Identity, Kind, Puppet};
use handfast_crypto::sign::{KeyKind, SigningKey};
use handfast_crypto::{CryptoError, Provider, Random};
use handfast_handshake::after::{MAX_KEY_UPDATES, MAX_TICKETS};
use handfast_handshake::server::ClientAuth;
use handfast_handshake::{Error, Rule};
use handfast_schedule::Side;
use std::sync::Arc;

/// What a dishonest key does with what it should sign.
type Trick = fn(&dyn Fn(&[u8]) -> Vec<u8>, &[u8]) -> Vec<u8>;

/// A key that plays a trick.
struct Crooked {
    key: Arc<dyn SigningKey>,
    trick: Trick,
}

impl SigningKey for Crooked {
    fn kind(&self) -> KeyKind {
        self.key.kind()
    }

    fn schemes(&self) -> &[SignatureScheme] {
        self.key.schemes()
    }

    fn public_key(&self) -> &[u8] {
        self.key.public_key()
    }

    fn sign(&self, scheme: SignatureScheme, random: &dyn Random, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Ok((self.trick)(&|m| self.key.sign(scheme, random, m).unwrap(), message))
    }
}

fn crooked(p: &Provider, puppet: &mut Puppet, name: &str, trick: Trick) {
    let Identity { chain, key } = fixture::identity(p, name);
    if puppet.side == Side::Server && puppet.version == V12 && key.kind() == KeyKind::Rsa {
        puppet.suite = CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;
    }
    puppet.identity = Some(Identity { chain, key: Arc::new(Crooked { key, trick }) });
}

/// A TLS 1.3 client hears a CertificateVerify by a key of this name and trick.
fn client_hears(p: &Provider, name: &str, trick: Trick) -> Result<(), Error> {
    let mut stand = client(p, V13, |_, puppet| crooked(p, puppet, name, trick));
    stand.say_all(&[Kind::ServerHello, Kind::EncryptedExtensions, Kind::Certificate])?;
    stand.say(Kind::CertificateVerify)
}

/// A TLS 1.2 client hears a ServerKeyExchange by such a key.
fn client12_hears(p: &Provider, name: &str, trick: Trick) -> Result<(), Error> {
    let mut stand = client(p, V12, |_, puppet| crooked(p, puppet, name, trick));
    stand.say_all(&[Kind::ServerHello, Kind::Certificate])?;
    stand.say(Kind::ServerKeyExchange)
}

/// A TLS 1.3 server hears a CertificateVerify by such a key.
fn server_hears(p: &Provider, name: &str, trick: Trick) -> Result<(), Error> {
    let mut stand = server(p, V13, |s, puppet| {
        crooked(p, puppet, name, trick);
        s.client_auth = ClientAuth::Require;
    });
    stand.say_all(&[Kind::ClientHello, Kind::Certificate])?;
    stand.say(Kind::CertificateVerify)
}

/// As `server_hears`, in TLS 1.2.
fn server12_hears(p: &Provider, name: &str, trick: Trick) -> Result<(), Error> {
    let mut stand = server(p, V12, |s, puppet| {
        crooked(p, puppet, name, trick);
        s.client_auth = ClientAuth::Require;
    });
    stand.say_all(&[Kind::ClientHello, Kind::Certificate, Kind::ClientKeyExchange])?;
    stand.say(Kind::CertificateVerify)
}

const HONEST: Trick = |sign, message| sign(message);

/// Every place where a signature of the peer is looked at, with the rule that refuses a bad one.
type Place = (fn(&Provider, &str, Trick) -> Result<(), Error>, Rule);
const PLACES: [Place; 4] = [
    (client_hears, Rule::BadSignature),
    (client12_hears, Rule::BadKeyExchangeSignature),
    (server_hears, Rule::BadSignature),
    (server12_hears, Rule::BadSignature),
];

/// The trick works nowhere, and without it everything does.
fn refused_everywhere(name: &str, trick: Trick) {
    for p in fixture::backends() {
        for (hears, rule) in PLACES {
            hears(&p, name, HONEST).unwrap();
            assert_eq!(hears(&p, name, trick).unwrap_err().rule(), Some(rule), "{name}");
        }
    }
}

fn replaced(message: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = message.windows(from.len()).position(|w| w == from).expect("the context is there");
    [&message[..at], to, &message[at + from.len()..]].concat()
}

#[test]
fn a_signature_of_the_other_role_is_refused() {
    let as_client: Trick = |sign, m| sign(&replaced(m, b"server CertificateVerify", b"client CertificateVerify"));
    let as_server: Trick = |sign, m| sign(&replaced(m, b"client CertificateVerify", b"server CertificateVerify"));
    for p in fixture::backends() {
        assert_eq!(client_hears(&p, "p256", as_client).unwrap_err().rule(), Some(Rule::BadSignature));
        assert_eq!(server_hears(&p, "p256", as_server).unwrap_err().rule(), Some(Rule::BadSignature));
    }
}

#[test]
fn a_signature_over_the_bare_transcript_hash_is_refused() {
    // What is signed without spaces and context could be had from another protocol.
    let bare: Trick = |sign, m| sign(&m[64 + 34..]);
    let unspaced: Trick = |sign, m| sign(m.trim_ascii_start());
    for p in fixture::backends() {
        for trick in [bare, unspaced] {
            assert_eq!(client_hears(&p, "p256", trick).unwrap_err().rule(), Some(Rule::BadSignature));
            assert_eq!(server_hears(&p, "p256", trick).unwrap_err().rule(), Some(Rule::BadSignature));
        }
    }
}

#[test]
fn a_signature_of_the_other_version_is_refused() {
    // A TLS 1.3 content where TLS 1.2 signs randoms and a share, and the other way about.
    let as_13: Trick = |sign, m| {
        let context = b"TLS 1.3, server CertificateVerify\0";
        sign(&[&[b' '; 64], &context[..], &m[..32]].concat())
    };
    let as_12: Trick = |sign, m| sign(&[&m[..64], &[3, 0, 29, 32], &m[64..96]].concat());
    for p in fixture::backends() {
        assert_eq!(client12_hears(&p, "p256", as_13).unwrap_err().rule(), Some(Rule::BadKeyExchangeSignature));
        assert_eq!(client_hears(&p, "p256", as_12).unwrap_err().rule(), Some(Rule::BadSignature));
    }
}

#[test]
fn a_signature_of_zeros_proves_nothing() {
    // r = s = 0, as verified in Java once (CVE-2022-21449).
    let psychic: Trick = |_, _| vec![0x30, 6, 2, 1, 0, 2, 1, 0];
    refused_everywhere("p256", psychic);
    refused_everywhere("p384", psychic);
    // All bytes zero, in the length that the scheme has.
    refused_everywhere("ed25519", |sign, m| vec![0; sign(m).len()]);
    refused_everywhere("rsa2048", |sign, m| vec![0; sign(m).len()]);
}

#[test]
fn a_signature_of_one_or_of_the_order_proves_nothing() {
    const ORDER: &[u8] = b"\0\xff\xff\xff\xff\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";
    refused_everywhere("p256", |_, _| vec![0x30, 6, 2, 1, 1, 2, 1, 1]);
    refused_everywhere("p256", |_, _| {
        let integer = [&[2, ORDER.len() as u8], ORDER].concat();
        [&[0x30, 2 * integer.len() as u8], &integer[..], &integer].concat()
    });
}

#[test]
fn no_signature_at_all_proves_nothing() {
    for name in ["p256", "ed25519", "rsa2048"] {
        refused_everywhere(name, |_, _| Vec::new());
    }
}

#[test]
fn a_signature_made_for_another_handshake_is_refused() {
    // The key signs, but not this transcript: the message of an earlier one with the same key.
    for name in ["p256", "ed25519", "rsa2048"] {
        refused_everywhere(name, |sign, m| {
            let mut other = m.to_vec();
            *other.last_mut().unwrap() ^= 1;
            sign(&other)
        });
    }
}

#[test]
fn a_second_retry_is_refused() {
    for p in fixture::backends() {
        let mut stand = client(&p, V13, |_, _| ());
        stand.say(Kind::HelloRetryRequest).unwrap();
        let error = stand.say(Kind::HelloRetryRequest).unwrap_err();
        assert_eq!(error.rule(), Some(Rule::UnexpectedMessage), "{error}");
    }
}

#[test]
fn a_server_asks_for_one_retry_and_no_more() {
    for p in fixture::backends() {
        let mut stand = server(&p, V13, |s, puppet| {
            s.retry_cookie = true;
            puppet.shares = Vec::new();
        });
        stand.say(Kind::ClientHello).unwrap();
        stand.say(Kind::ClientHello).unwrap();
        let error = stand.say(Kind::ClientHello).unwrap_err();
        assert_eq!(error.rule(), Some(Rule::UnexpectedMessage), "{error}");
    }
}

#[test]
fn a_compressed_certificate_is_not_even_unpacked() {
    for p in fixture::backends() {
        let mut stand = client(&p, V13, |_, _| ());
        stand.say_all(&[Kind::ServerHello, Kind::EncryptedExtensions]).unwrap();
        let error = stand.say(Kind::CompressedCertificate).unwrap_err();
        assert_eq!(error.rule(), Some(Rule::UnexpectedMessage), "{error}");
    }
}

#[test]
fn the_update_and_the_ticket_too_many_are_told_by_number() {
    let limits = [
        (Side::Client, Kind::KeyUpdate, MAX_KEY_UPDATES, Rule::KeyUpdates),
        (Side::Server, Kind::KeyUpdate, MAX_KEY_UPDATES, Rule::KeyUpdates),
        (Side::Client, Kind::NewSessionTicket, MAX_TICKETS, Rule::Tickets),
    ];
    for p in fixture::backends() {
        for (side, kind, most, rule) in limits {
            let mut stand = live(side, V13, &p);
            (0..most).for_each(|_| stand.say(kind).unwrap());
            let error = stand.say(kind).unwrap_err();
            assert_eq!(error.rule(), Some(rule));
            assert!(error.wanted().starts_with(&format!("at most {most}")), "{error}");
            assert_eq!(error.came(), (u32::from(most) + 1).to_string(), "{error}");
        }
    }
}
