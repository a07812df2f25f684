//! A server that cannot prove what it says, or breaks the protocol: a puppet. And a device on the way
//! that changes bytes.

use crate::fault::{Fault, Program, Side, Target};
use crate::lab::Lab;
use crate::peers::s_server;
use crate::pki::Bed;
use crate::proxy::{self, Fate};
use crate::puppet::{self, Shows, Stage};
use handfast::codec::{ExtensionType, HandshakeType};
use handfast::{ContentType, NamedGroup, ProtocolVersion};
use handfast_conformance::puppet::Kind;

type Rig = Result<Target, String>;

const V13: ProtocolVersion = ProtocolVersion::TLS1_3;
const V12: ProtocolVersion = ProtocolVersion::TLS1_2;

const FLIGHT: [Kind; 5] =
    [Kind::ServerHello, Kind::EncryptedExtensions, Kind::Certificate, Kind::CertificateVerify, Kind::Finished];
const FLIGHT12: [Kind; 4] = [Kind::ServerHello, Kind::Certificate, Kind::ServerKeyExchange, Kind::ServerHelloDone];

/// A puppet with a sound chain that does this.
fn lying(lab: &Lab, version: ProtocolVersion, lies: impl Fn(&mut Stage) -> Result<(), String> + Send + 'static) -> Rig {
    let bed = Bed::new(lab)?;
    let port = puppet::serves(version, Shows::of(&[&bed.leaf()?, &bed.inter]), move |stage| {
        stage.hello()?;
        lies(stage)
    })?;
    Ok(Target::new(port, &bed.host, &bed.ca))
}

fn bad_certificate_verify(lab: &Lab) -> Rig {
    lying(lab, V13, |stage| {
        stage.puppet.spoils = Some(Kind::CertificateVerify);
        stage.say(&FLIGHT)
    })
}

/// Signed with the key of another certificate.
fn foreign_key(lab: &Lab, version: ProtocolVersion, flight: &'static [Kind]) -> Rig {
    let bed = Bed::new(lab)?;
    let shows = Shows { key: bed.leaf()?.key_der(), ..Shows::of(&[&bed.leaf()?, &bed.inter]) };
    let port = puppet::serves(version, shows, move |stage| {
        stage.hello()?;
        stage.say(flight)
    })?;
    Ok(Target::new(port, &bed.host, &bed.ca))
}

fn bad_key_exchange(lab: &Lab) -> Rig {
    lying(lab, V12, |stage| {
        stage.puppet.spoils = Some(Kind::ServerKeyExchange);
        stage.say(&FLIGHT12)
    })
}

fn wrong_finished(lab: &Lab) -> Rig {
    lying(lab, V13, |stage| {
        stage.puppet.spoils = Some(Kind::Finished);
        stage.say(&FLIGHT)
    })
}

fn wrong_finished_tls12(lab: &Lab) -> Rig {
    lying(lab, V12, |stage| {
        stage.puppet.spoils = Some(Kind::Finished);
        stage.say(&FLIGHT12)?;
        stage.hear(HandshakeType::FINISHED)?;
        stage.change()?;
        stage.say(&[Kind::Finished])
    })
}

fn no_certificate_verify(lab: &Lab) -> Rig {
    lying(lab, V13, |stage| {
        stage.say(&[Kind::ServerHello, Kind::EncryptedExtensions, Kind::Certificate, Kind::Finished])
    })
}

fn duplicate_extension(lab: &Lab) -> Rig {
    lying(lab, V13, |stage| {
        let hello = stage.puppet.say_hello(Kind::ServerHello, |hello| {
            let twice = hello.extensions.first().cloned();
            hello.extensions.extend(twice);
        });
        stage.put(ContentType::HANDSHAKE, &hello)
    })
}

/// An EncryptedExtensions with a protocol for ALPN, which nobody asked for.
fn unsolicited_extension(lab: &Lab) -> Rig {
    lying(lab, V13, |stage| {
        stage.say(&[Kind::ServerHello])?;
        stage.say_bytes(vec![8, 0, 0, 11, 0, 9, 0, 16, 0, 5, 0, 3, 2, b'h', b'2'])
    })
}

fn second_retry(lab: &Lab) -> Rig {
    let target = lying(lab, V13, |stage| {
        stage.puppet.groups = vec![NamedGroup::SECP384R1];
        stage.say(&[Kind::HelloRetryRequest])?;
        stage.hello()?;
        stage.puppet.groups = vec![NamedGroup::SECP256R1];
        stage.say(&[Kind::HelloRetryRequest])
    })?;
    Ok(target.with("--groups x25519,secp384r1,secp256r1"))
}

/// A ServerHello whose session id is longer than the message.
fn malformed_message(lab: &Lab) -> Rig {
    lying(lab, V13, |stage| {
        let mut hello = stage.puppet.say_hello(Kind::ServerHello, |hello| hello.extensions.retain(|_| true));
        if let Some(length) = hello.get_mut(38) {
            *length = 200;
        }
        stage.put(ContentType::HANDSHAKE, &hello)
    })
}

/// A group that was not offered.
fn foreign_share(lab: &Lab) -> Rig {
    let target = lying(lab, V13, |stage| {
        let hello = stage.puppet.say_hello(Kind::ServerHello, |hello| {
            let share = [&NamedGroup::SECP384R1.0.to_be_bytes()[..], &[0, 97, 4], &[7; 96]].concat();
            hello.set(ExtensionType::KEY_SHARE, &share);
        });
        stage.put(ContentType::HANDSHAKE, &hello)
    })?;
    Ok(target.with("--groups x25519"))
}

fn alert_in_the_middle(lab: &Lab) -> Rig {
    lying(lab, V13, |stage| {
        stage.say(&[Kind::ServerHello, Kind::EncryptedExtensions, Kind::Certificate])?;
        stage.put(ContentType::ALERT, &[2, 80])
    })
}

/// A choice of TLS 1.2 with the mark of a server that could do better.
fn downgrade(lab: &Lab) -> Rig {
    lying(lab, V12, |stage| {
        let hello = stage.puppet.say_hello(Kind::ServerHello, |hello| {
            hello.random[24..].copy_from_slice(b"DOWNGRD\x01");
        });
        stage.put(ContentType::HANDSHAKE, &hello)
    })
}

fn empty_certificate(lab: &Lab) -> Rig {
    lying(lab, V13, |stage| stage.say(&[Kind::ServerHello, Kind::EncryptedExtensions, Kind::EmptyCertificate]))
}

fn closes_after_hello(lab: &Lab) -> Rig {
    lying(lab, V13, |stage| {
        stage.say(&[Kind::ServerHello, Kind::EncryptedExtensions])?;
        stage.put(ContentType::ALERT, &[1, 0])
    })
}

/// Whether this record holds a handshake message of this type in the clear.
fn holds(record: &[u8], kind: HandshakeType) -> bool {
    record.first() == Some(&ContentType::HANDSHAKE.0) && record.get(5) == Some(&kind.0)
}

fn flip(mut record: Vec<u8>, at: usize) -> Vec<u8> {
    if let Some(byte) = record.get_mut(at) {
        *byte ^= 1;
    }
    record
}

/// A sound `s_server` with a device before it that flips a bit in the records that `at` finds.
fn flipping(lab: &Lab, args: &str, at: impl Fn(usize, &[u8]) -> Option<usize> + Send + 'static) -> Rig {
    let bed = Bed::new(lab)?;
    let serving = s_server(&bed.sound(lab)?, args)?;
    let port = proxy::before(serving.port, move |before, record| match at(before, &record) {
        Some(at) => Fate::Pass(flip(record, at)),
        None => Fate::Pass(record),
    })?;
    Ok(Target::new(port, &bed.host, &bed.ca).keep(serving))
}

/// Somewhere in the random of the ServerHello.
fn flipped_hello(lab: &Lab, args: &str) -> Rig {
    let at = 5 + 4 + 2 + lab.draw(0, 22) as usize;
    flipping(lab, args, move |_, record| holds(record, HandshakeType::SERVER_HELLO).then_some(at))
}

/// Somewhere in the second protected record.
fn flipped_record(lab: &Lab) -> Rig {
    let place = lab.draw(0, 1 << 20) as usize;
    flipping(lab, "-tls1_3", move |before, record| {
        let protected = record.first() == Some(&ContentType::APPLICATION_DATA.0) && before == 1;
        protected.then(|| 5 + place % (record.len() - 5))
    })
}

/// In the signature on the leaf, which nobody can read over.
fn flipped_certificate(lab: &Lab) -> Rig {
    let back = lab.draw(1, 20) as usize;
    flipping(lab, "-tls1_2", move |_, record| {
        // type, length (3), length of all (3), length of the first (3)
        let length = record.get(5 + 7..5 + 10).map(|b| b.iter().fold(0, |n, b| n << 8 | usize::from(*b)));
        length.filter(|_| holds(record, HandshakeType::CERTIFICATE)).map(|n| 5 + 10 + n - back)
    })
}

pub(crate) fn faults() -> Vec<Fault> {
    use Program::Openssl;
    let client = Fault::client;
    vec![
        client("bad_certificate_verify", "the CertificateVerify is spoilt", bad_certificate_verify)
            .is("BadCertificateVerify", Side::Server, "CertificateVerify", 60)
            .sent(51)
            .say(&["could not prove", "its key is not the certificate's"])
            .elsewhere(&[Openssl]),
        client("foreign_key", "the CertificateVerify is made with another key", |lab| foreign_key(lab, V13, &FLIGHT))
            .is("BadCertificateVerify", Side::Server, "CertificateVerify", 60)
            .sent(51)
            .say(&["could not prove", "its key is not the certificate's"])
            .elsewhere(&[Openssl]),
        client("bad_key_exchange", "the signature on the ServerKeyExchange is spoilt", bad_key_exchange)
            .is("BadKeyExchangeSignature", Side::Unknown, "ServerKeyExchange", 60)
            .sent(51)
            .say(&["signature", "key"])
            .elsewhere(&[Openssl]),
        client("foreign_key_tls12", "it is made with another key", |lab| foreign_key(lab, V12, &FLIGHT12))
            .is("BadKeyExchangeSignature", Side::Unknown, "ServerKeyExchange", 60)
            .sent(51)
            .say(&["signature", "key"])
            .elsewhere(&[Openssl]),
        client("wrong_finished", "the server's Finished is wrong", wrong_finished)
            .is("BadFinished", Side::Unknown, "Finished", 60)
            .sent(51)
            .say(&["Finished does not fit"])
            .elsewhere(&[Openssl]),
        client("wrong_finished_tls12", "the same in TLS 1.2", wrong_finished_tls12)
            .is("BadFinished", Side::Unknown, "Finished", 60)
            .sent(51)
            .say(&["Finished does not fit"])
            .elsewhere(&[Openssl]),
        client("flipped_server_hello", "a bit of the ServerHello's random is flipped on the way", |lab| {
            flipped_hello(lab, "-tls1_3")
        })
        .needs(Openssl)
        .is("ServerHelloAltered", Side::Network, "EncryptedExtensions", 61)
        .sent(20)
        .say(&["do not have the same keys", "one of the hellos was changed"])
        .elsewhere(&[Openssl]),
        client("flipped_server_hello_tls12", "the same in TLS 1.2", |lab| flipped_hello(lab, "-tls1_2"))
            .needs(Openssl)
            .is("BadKeyExchangeSignature", Side::Unknown, "ServerKeyExchange", 60)
            .sent(51)
            .say(&["signature", "changed on the way"])
            .elsewhere(&[Openssl]),
        client("flipped_record", "a bit of a protected record is flipped on the way", flipped_record)
            .needs(Openssl)
            .is("RecordDamaged", Side::Unknown, "Certificate", 61)
            .sent(20)
            .say(&["a protected record cannot be opened"])
            .elsewhere(&[Openssl]),
        client("flipped_certificate", "a bit of the leaf's signature is flipped, TLS 1.2", flipped_certificate)
            .needs(Openssl)
            .is("IssuerNamesake", Side::Unknown, "Certificate", 41)
            .sent(42)
            .say(&["not signed by", "changed on the way"])
            .elsewhere(&[Openssl]),
        client("no_certificate_verify", "the server leaves out its CertificateVerify", no_certificate_verify)
            .is("PeerBrokeRule", Side::Server, "Finished", 63)
            .sent(10)
            .say(&["expected CertificateVerify; found Finished"]),
        client("duplicate_extension", "an extension stands twice in the ServerHello", duplicate_extension)
            .is("PeerBrokeRule", Side::Server, "ServerHello", 63)
            .sent(47)
            .say(&["ServerHello", "an extension stands at most once"]),
        client("unsolicited_extension", "an extension that was not asked for", unsolicited_extension)
            .is("PeerBrokeRule", Side::Server, "EncryptedExtensions", 63)
            .sent(110)
            .say(&["EncryptedExtensions", "application_layer_protocol_negotiation", "not made"]),
        client("second_retry", "a second HelloRetryRequest", second_retry)
            .is("PeerBrokeRule", Side::Server, "HelloRetryRequest", 63)
            .sent(10)
            .say(&["expected ServerHello; found HelloRetryRequest"]),
        client("foreign_share", "a share of a group that was not offered", foreign_share)
            .is("PeerBrokeRule", Side::Server, "ServerHello", 63)
            .sent(47)
            .say(&["ServerHello", "x25519", "found secp384r1"]),
        client("malformed_message", "a ServerHello shorter than what it says", malformed_message)
            .is("MalformedMessage", Side::Server, "ServerHello", 63)
            .sent(50)
            .say(&["ServerHello", "legacy_session_id_echo at byte 38"]),
        client("downgrade", "TLS 1.2 was chosen by a server that speaks TLS 1.3", downgrade)
            .is("Downgrade", Side::Unknown, "ServerHello", 30)
            .sent(47)
            .say(&["chose an older version"]),
        client("empty_certificate", "the server shows no certificate", empty_certificate)
            .is("MalformedCertificate", Side::Server, "Certificate", 47)
            .sent(50)
            .say(&["Certificate"]),
        client("close_notify_in_handshake", "the server says goodbye after EncryptedExtensions", closes_after_hello)
            .is("ClosedInHandshake", Side::Server, "Certificate", 14)
            .received(0)
            .say(&["said goodbye in the middle"]),
        client("alert_in_the_middle", "internal_error after the server's Certificate", alert_in_the_middle)
            .is("PeerInternalError", Side::Server, "CertificateVerify", 70)
            .received(80)
            .say(&["internal_error"])
            .elsewhere(&[Openssl]),
    ]
}
