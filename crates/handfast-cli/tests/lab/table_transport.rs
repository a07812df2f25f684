//! No TLS at the other end, or a connection that does not hold.

use crate::fault::{Fault, Program, Side, Target};
use crate::lab::Lab;
use crate::peers::s_server;
use crate::pki::Bed;
use crate::proxy::{self, Fate};
use crate::sockets;
use handfast::ContentType;
use std::io::Read;

type Rig = Result<Target, String>;

/// A peer that is no server of ours: the certificates do not matter.
fn at(lab: &Lab, port: u16) -> Rig {
    let bed = Bed::new(lab)?;
    Ok(Target::new(port, &bed.host, &bed.ca))
}

fn http(lab: &Lab) -> Rig {
    let page = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    at(lab, sockets::answers(page.into())?)
}

fn smtp(lab: &Lab) -> Rig {
    at(lab, sockets::greets(format!("220 {} ESMTP\r\n", lab.host()).into())?)
}

fn ssh(lab: &Lab) -> Rig {
    at(lab, sockets::greets(format!("SSH-2.0-{}\r\n", lab.label()).into())?)
}

fn imap(lab: &Lab) -> Rig {
    at(lab, sockets::greets("* OK IMAP4rev1 ready\r\n".into())?)
}

/// Bytes that begin neither like a record nor like text.
fn noise(lab: &Lab) -> Rig {
    let bytes = (0..lab.draw(16, 200)).map(|_| lab.draw(128, 255) as u8).collect();
    at(lab, sockets::answers(bytes)?)
}

fn port_closed(lab: &Lab) -> Rig {
    let (port, held) = sockets::nobody()?;
    at(lab, port).map(|t| t.keep(held))
}

fn lookup(lab: &Lab) -> Rig {
    let name = format!("{}.invalid", lab.label());
    let target = at(lab, 443)?.word("host", &name);
    Ok(Target { address: format!("{name}:443"), name: None, ..target })
}

fn reset(lab: &Lab) -> Rig {
    at(lab, sockets::serve(|mut tcp| drop(sockets::take_almost(&mut tcp)))?)
}

fn close(lab: &Lab) -> Rig {
    at(lab, sockets::serve(|mut tcp| drop(sockets::take_record(&mut tcp)))?)
}

fn silence(lab: &Lab) -> Rig {
    let port = sockets::serve(|mut tcp| _ = tcp.read_to_end(&mut Vec::new()))?;
    at(lab, port).map(|t| t.with("--timeout 0.3"))
}

fn bare(lab: &Lab, code: u8) -> Rig {
    at(lab, sockets::answers(vec![21, 3, 3, 0, 2, 2, code])?)
}

/// A server behind a device that does this to the record with the Certificate, having let so many
/// bytes of it pass.
fn cut(lab: &Lab, fate: fn(Vec<u8>) -> Fate) -> Rig {
    let bed = Bed::new(lab)?;
    let serving = s_server(&bed.sound(lab)?, "-tls1_3")?;
    let place = lab.draw(0, 1 << 20) as usize;
    let port = proxy::cutting(serving.port, move |before, mut record| {
        // The first protected record is EncryptedExtensions.
        if record.first() != Some(&ContentType::APPLICATION_DATA.0) || before != 1 {
            return Fate::Pass(record);
        }
        record.truncate(6 + place % (record.len() - 6));
        fate(record)
    })?;
    Ok(Target::new(port, &bed.host, &bed.ca).keep(serving))
}

/// The server's tickets pass, then the connection ends without a goodbye.
fn truncated(lab: &Lab) -> Rig {
    let bed = Bed::new(lab)?;
    let serving = s_server(&bed.sound(lab)?, "-tls1_3")?;
    // EncryptedExtensions, Certificate, CertificateVerify and Finished, then a ticket.
    let port = proxy::before(serving.port, |before, record| {
        let ticket = record.first() == Some(&ContentType::APPLICATION_DATA.0) && before == 4;
        if ticket { Fate::Close(record) } else { Fate::Pass(record) }
    })?;
    Ok(Target::new(port, &bed.host, &bed.ca).keep(serving))
}

pub(crate) fn faults() -> Vec<Fault> {
    use Program::{Curl, Openssl, Python};
    let client = Fault::client;
    let all = &[Openssl, Curl, Python];
    vec![
        client("plain_http", "the port speaks HTTP", http)
            .is("SpeaksHttp", Side::Client, "ServerHello", 20)
            .sent(70)
            .say(&["HTTP/1.1 400 Bad Request", "http://"])
            .elsewhere(all),
        client("smtp", "the port speaks SMTP", smtp)
            .is("SpeaksSmtp", Side::Client, "ServerHello", 20)
            .sent(70)
            .say(&["SMTP", "STARTTLS"])
            .elsewhere(&[Openssl, Python]),
        client("ssh", "the port speaks SSH", ssh)
            .is("SpeaksSsh", Side::Client, "ServerHello", 20)
            .sent(70)
            .say(&["SSH"])
            .elsewhere(&[Openssl, Python]),
        client("imap", "the port speaks IMAP", imap)
            .is("SpeaksMail", Side::Client, "ServerHello", 20)
            .sent(70)
            .say(&["IMAP", "STARTTLS"])
            .elsewhere(&[Openssl, Python]),
        client("noise", "random bytes", noise)
            .is("NotTls", Side::Unknown, "ServerHello", 20)
            .sent(70)
            .say(&["the server does not speak TLS", "first bytes"])
            .elsewhere(&[Openssl, Python]),
        client("port_closed", "nobody listens", port_closed)
            .is("PortClosed", Side::Server, "", 11)
            .say(&["{port}", "nobody listens"])
            .elsewhere(all),
        client("name_lookup", "the name has no address", lookup)
            .is("NameLookup", Side::Client, "", 10)
            .say(&["{host}", "has no address"]),
        client("reset_after_hello", "the connection is reset after the ClientHello", reset)
            .is("ResetAfterHello", Side::Unknown, "ServerHello", 13)
            .say(&["reset before the server had sent a byte"])
            .elsewhere(all),
        client("closed_after_hello", "the connection is closed after the ClientHello", close)
            .is("ClosedAfterHello", Side::Server, "ServerHello", 14)
            .say(&["the server closed the connection before it had sent a byte"])
            .elsewhere(all),
        client("silent_after_hello", "nothing comes after the ClientHello", silence)
            .is("SilentAfterHello", Side::Server, "ServerHello", 12)
            .say(&["accepted the connection and then said nothing"]),
        client("alert_40", "handshake_failure and no word more", |lab| bare(lab, 40))
            .is("RefusedOffer", Side::Both, "ServerHello", 71)
            .received(40)
            .say(&["handshake_failure", "does not say what it lacks", "its own log says"])
            .elsewhere(all),
        client("alert_70", "protocol_version and no word more", |lab| bare(lab, 70))
            .is("OldVersionOnly", Side::Server, "ServerHello", 30)
            .truly("NoCommonVersion")
            .received(70)
            .say(&["protocol_version"])
            .elsewhere(all),
        client("alert_80", "internal_error and no word more", |lab| bare(lab, 80))
            .is("PeerInternalError", Side::Server, "ServerHello", 70)
            .received(80)
            .say(&["the server failed", "internal_error", "see its log"])
            .elsewhere(all),
        client("cut_in_certificate", "the connection ends inside the Certificate", |lab| cut(lab, Fate::Close))
            .needs(Openssl)
            .is("CutInMessage", Side::Unknown, "Certificate", 62)
            .say(&["ended in the middle of the handshake", "Certificate"])
            .elsewhere(&[Openssl]),
        client("reset_in_certificate", "the connection is reset inside the Certificate", |lab| cut(lab, Fate::Reset))
            .needs(Openssl)
            .is("ResetLater", Side::Unknown, "Certificate", 13)
            .say(&["reset in the middle", "Certificate"])
            .elsewhere(all),
        client("stalled_in_certificate", "nothing more comes inside the Certificate", |lab| {
            cut(lab, Fate::Stall).map(|t| t.with("--timeout 0.3"))
        })
        .needs(Openssl)
        .is("StalledLater", Side::Server, "Certificate", 12)
        .say(&["fell silent in the middle", "Certificate"]),
        client("truncated", "the connection ends after the handshake without close_notify", truncated)
            .needs(Openssl)
            .is("CutAfterHandshake", Side::Server, "", 62)
            .say(&["the server ended the connection without close_notify", "may be cut short"]),
    ]
}
