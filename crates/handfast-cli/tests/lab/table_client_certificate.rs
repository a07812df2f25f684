//! The server demands a client certificate and does not get one that it takes.

use crate::fault::{Fault, Program, Side, Target};
use crate::lab::Lab;
use crate::peers::s_server;
use crate::pki::{Bed, Files, Node, authority, client, files, hold};

type Rig = Result<Target, String>;

/// A sound server that trusts its own root for clients, and a client that shows this, if anything.
fn demanding(lab: &Lab, version: &str, shown: impl FnOnce(&Bed) -> Result<Option<Files>, String>) -> Rig {
    let bed = Bed::new(lab)?;
    // s_client reads what comes after the handshake only if it does not end with its input.
    let args = format!("{version} -Verify 3 -verify_return_error -CAfile {}", bed.ca);
    let serving = s_server(&bed.sound(lab)?, &args)?;
    let target = Target::new(serving.port, &bed.host, &bed.ca).keep(serving).word("root", &bed.root.cn);
    let target = target.word("inter", &bed.inter.cn).openssl("-ign_eof");
    let Some(Files { leaf, chain, rest, key }) = shown(&bed)? else { return Ok(target) };
    let more = if rest.is_empty() { String::new() } else { format!("-cert_chain {rest}") };
    Ok(target
        .with(&format!("--cert {chain} --key {key}"))
        .openssl(&format!("-cert {leaf} -key {key} {more}"))
        .curl(&format!("--cert {chain} --key {key}"))
        .python(&format!("cert={chain},{key}")))
}

fn none(lab: &Lab) -> Rig {
    demanding(lab, "-tls1_3", |_| Ok(None))
}

fn none_tls12(lab: &Lab) -> Rig {
    demanding(lab, "-tls1_2", |_| Ok(None))
}

/// From an authority that the server does not know.
fn untrusted(lab: &Lab, version: &str) -> Rig {
    let other = Node::root(authority(&format!("Private {}", lab.label())))?;
    let me = other.issue(client(&format!("user-{}", lab.label())))?;
    let shown = files(lab, "me", &me, &[])?;
    Ok(demanding(lab, version, |_| Ok(Some(shown)))?.word("private", &other.cn).word("me", &me.cn))
}

fn expired(lab: &Lab, version: &str) -> Rig {
    let (name, ago) = (format!("user-{}", lab.label()), lab.draw(1, 400) as i64);
    let mut params = client(&name);
    hold(&mut params, -ago - 90, -ago);
    let until = crate::pki::day(params.not_after);
    let target = demanding(lab, version, |bed| files(lab, "me", &bed.inter.issue(params)?, &[&bed.inter]).map(Some))?;
    Ok(target.word("me", name).word("until", until))
}

/// From an intermediate that the server does not know and the client does not send.
fn intermediate_missing(lab: &Lab, version: &str) -> Rig {
    let name = format!("user-{}", lab.label());
    let target = demanding(lab, version, |bed| files(lab, "me", &bed.inter.issue(client(&name))?, &[]).map(Some))?;
    Ok(target.word("me", name))
}

pub(crate) fn faults() -> Vec<Fault> {
    use Program::{Curl, Openssl, Python};
    let client = |id, what, rig| Fault::client(id, what, rig).needs(Openssl);
    vec![
        client("client_certificate_missing", "none is shown, TLS 1.3: refused after the handshake", none)
            .is("ClientCertificateRequired", Side::Client, "", 50)
            .received(116)
            .say(&["--cert", "--key", "{root}"])
            .never(&["connected to"])
            .elsewhere(&[Openssl, Curl, Python]),
        client("client_certificate_missing_tls12", "none is shown, TLS 1.2", none_tls12)
            .is("ClientCertificateRequired", Side::Client, "ChangeCipherSpec", 50)
            .received(40)
            .say(&["--cert", "--key", "{root}"])
            .never(&["nothing acceptable"]),
        client("client_certificate_untrusted", "it comes from an authority unknown there", |lab| {
            untrusted(lab, "-tls1_3")
        })
        .is("ClientCertificateUntrusted", Side::Both, "", 51)
        .truly("ClientIntermediateMissing")
        .received(48)
        .say(&["your certificate", "{private}", "{root}"])
        .elsewhere(&[Openssl, Python]),
        client("client_certificate_untrusted_tls12", "the same in TLS 1.2", |lab| untrusted(lab, "-tls1_2"))
            .is("ClientCertificateUntrusted", Side::Both, "ChangeCipherSpec", 51)
            .truly("ClientIntermediateMissing")
            .received(48)
            .say(&["your certificate", "{private}", "{root}"])
            .elsewhere(&[Openssl, Curl, Python]),
        client("client_certificate_expired", "it has ended", |lab| expired(lab, "-tls1_3"))
            .is("ClientCertificateExpired", Side::Client, "", 51)
            .received(45)
            .say(&["your certificate", "expired", "{me}", "{until}"])
            .never(&["its issuer's was not among them"])
            .elsewhere(&[Openssl, Python]),
        client("client_certificate_expired_tls12", "the same in TLS 1.2", |lab| expired(lab, "-tls1_2"))
            .is("ClientCertificateExpired", Side::Client, "ChangeCipherSpec", 51)
            .received(45)
            .say(&["your certificate", "expired", "{me}", "{until}"])
            .never(&["its issuer's was not among them"])
            .elsewhere(&[Openssl, Python]),
        client("client_intermediate_missing", "its intermediate is not sent", |lab| {
            intermediate_missing(lab, "-tls1_3")
        })
        .is("ClientCertificateUntrusted", Side::Both, "", 51)
        .truly("ClientIntermediateMissing")
        .received(48)
        .say(&["your certificate", "issuer's was not among them", "{inter}", "{root}"])
        .elsewhere(&[Openssl, Python]),
        client("client_intermediate_missing_tls12", "the same in TLS 1.2", |lab| intermediate_missing(lab, "-tls1_2"))
            .is("ClientCertificateUntrusted", Side::Both, "ChangeCipherSpec", 51)
            .truly("ClientIntermediateMissing")
            .received(48)
            .say(&["your certificate", "issuer's was not among them", "{inter}", "{root}"])
            .elsewhere(&[Openssl, Curl, Python]),
    ]
}
