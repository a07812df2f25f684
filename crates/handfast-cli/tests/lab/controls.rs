//! The rigs without a fault: what is sound must pass, so that a fault is the fault.

use crate::fault::Target;
use crate::lab::Lab;
use crate::peers::{client, s_server};
use crate::pki::{Bed, client as user, files};
use crate::proxy::{self, Fate};
use crate::puppet::{self, Shows};
use handfast::ProtocolVersion;
use handfast::codec::HandshakeType;
use handfast_conformance::puppet::Kind;

type Control = fn(&Lab) -> Result<(), String>;

/// Each with its name.
pub(crate) const CONTROLS: &[(&str, Control)] = &[
    ("control_a_sound_server_is_trusted", sound),
    ("control_a_client_certificate_is_taken", with_certificate),
    ("control_a_device_that_changes_nothing_is_not_seen", through_a_device),
    ("control_an_honest_puppet_is_trusted", honest_puppet),
    ("control_an_honest_puppet_of_tls12_is_trusted", honest_puppet_tls12),
];

fn passes(target: &Target) -> Result<(), String> {
    let (status, _, said) = client(target, false)?;
    if status == 0 { Ok(()) } else { Err(format!("exits with {status}:\n{said}")) }
}

fn sound(lab: &Lab) -> Result<(), String> {
    let bed = Bed::new(lab)?;
    for version in ["-tls1_2", "-tls1_3"] {
        let serving = s_server(&bed.sound(lab)?, version)?;
        passes(&Target::new(serving.port, &bed.host, &bed.ca).keep(serving))?;
    }
    Ok(())
}

fn with_certificate(lab: &Lab) -> Result<(), String> {
    let bed = Bed::new(lab)?;
    let me = files(lab, "me", &bed.inter.issue(user(&lab.label()))?, &[&bed.inter])?;
    for version in ["-tls1_2", "-tls1_3"] {
        let args = format!("{version} -Verify 3 -verify_return_error -CAfile {}", bed.ca);
        let serving = s_server(&bed.sound(lab)?, &args)?;
        let shown = format!("--cert {} --key {}", me.chain, me.key);
        passes(&Target::new(serving.port, &bed.host, &bed.ca).keep(serving).with(&shown))?;
    }
    Ok(())
}

fn through_a_device(lab: &Lab) -> Result<(), String> {
    let bed = Bed::new(lab)?;
    for version in ["-tls1_2", "-tls1_3"] {
        let serving = s_server(&bed.sound(lab)?, version)?;
        let port = proxy::before(serving.port, |_, record| Fate::Pass(record))?;
        passes(&Target::new(port, &bed.host, &bed.ca).keep(serving))?;
    }
    Ok(())
}

fn honest_puppet(lab: &Lab) -> Result<(), String> {
    let bed = Bed::new(lab)?;
    let port = puppet::serves(ProtocolVersion::TLS1_3, Shows::of(&[&bed.leaf()?, &bed.inter]), |stage| {
        stage.hello()?;
        stage.say(&[Kind::ServerHello, Kind::EncryptedExtensions, Kind::Certificate])?;
        stage.say(&[Kind::CertificateVerify, Kind::Finished])?;
        stage.hear(HandshakeType::FINISHED)?;
        stage.goodbye()
    })?;
    passes(&Target::new(port, &bed.host, &bed.ca))
}

fn honest_puppet_tls12(lab: &Lab) -> Result<(), String> {
    let bed = Bed::new(lab)?;
    let port = puppet::serves(ProtocolVersion::TLS1_2, Shows::of(&[&bed.leaf()?, &bed.inter]), |stage| {
        stage.hello()?;
        stage.say(&[Kind::ServerHello, Kind::Certificate, Kind::ServerKeyExchange, Kind::ServerHelloDone])?;
        stage.hear(HandshakeType::FINISHED)?;
        stage.change()?;
        stage.say(&[Kind::Finished])?;
        stage.goodbye()
    })?;
    passes(&Target::new(port, &bed.host, &bed.ca))
}
