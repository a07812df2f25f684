//! Client and server have nothing in common.

use crate::fault::{Fault, Program, Side, Target};
use crate::lab::Lab;
use crate::peers::s_server;
use crate::pki::{Bed, files, server};
use crate::puppet::{self, Shows};
use handfast::{CipherSuite, ProtocolVersion};
use handfast_conformance::puppet::Kind;

type Rig = Result<Target, String>;

/// A sound server with these options of `s_server`, and a client with these options.
fn pair(lab: &Lab, theirs: &str, ours: &str) -> Rig {
    let bed = Bed::new(lab)?;
    let serving = s_server(&bed.sound(lab)?, theirs)?;
    Ok(Target::new(serving.port, &bed.host, &bed.ca).keep(serving).with(ours))
}

fn server_stops_at_12(lab: &Lab) -> Rig {
    let target = pair(lab, "-tls1_2", "--min 1.3")?;
    Ok(target.openssl("-tls1_3").curl("--tlsv1.3").python("minimum_version=TLSv1_3"))
}

fn server_starts_at_13(lab: &Lab) -> Rig {
    let target = pair(lab, "-tls1_3", "--max 1.2")?;
    Ok(target.openssl("-tls1_2").curl("--tls-max 1.2").python("maximum_version=TLSv1_2"))
}

fn tls10(lab: &Lab) -> Rig {
    pair(lab, "-tls1 -cipher DEFAULT@SECLEVEL=0", "").map(|t| t.openssl("-no_tls1 -no_tls1_1"))
}

/// A server from before supported_versions answers with what it has; OpenSSL 3 does not.
fn old_answer(lab: &Lab, minor: u8) -> Rig {
    let bed = Bed::new(lab)?;
    let shows = Shows::of(&[&bed.leaf()?, &bed.inter]);
    let port = puppet::serves(ProtocolVersion::TLS1_2, shows, move |stage| {
        stage.hello()?;
        let hello = stage.puppet.say_hello(Kind::ServerHello, |hello| {
            hello.legacy_version = ProtocolVersion(0x0300 + u16::from(minor));
            hello.suites = vec![CipherSuite(0xc013)];
        });
        let [high, low] = (hello.len() as u16).to_be_bytes();
        stage.put_raw(&[&[22, 3, minor, high, low], &hello[..]].concat())
    })?;
    Ok(Target::new(port, &bed.host, &bed.ca))
}

fn suite_13(lab: &Lab) -> Rig {
    let (theirs, ours) = ("TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256");
    let target = pair(lab, &format!("-tls1_3 -ciphersuites {theirs}"), &format!("--suites {ours}"))?;
    Ok(target.word("ours", ours).openssl(&format!("-tls1_3 -ciphersuites {ours}")))
}

fn suite_12(lab: &Lab) -> Rig {
    let ours = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
    let target = pair(lab, "-tls1_2 -cipher ECDHE-ECDSA-AES256-GCM-SHA384", &format!("--suites {ours}"))?;
    let target = target.word("ours", ours).openssl("-tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256");
    Ok(target.python("maximum_version=TLSv1_2").python("ciphers=ECDHE-ECDSA-AES128-GCM-SHA256"))
}

/// An ECDSA certificate, and a client with suites for RSA alone.
fn suite_certificate(lab: &Lab) -> Rig {
    let suites = ["AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256"];
    let ours = suites.map(|suite| format!("TLS_ECDHE_RSA_WITH_{suite}"));
    let target = pair(lab, "-tls1_2", &format!("--suites {}", ours.join(",")))?;
    let [first, ..] = &ours;
    Ok(target.word("ours", first).openssl("-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256"))
}

fn group_13(lab: &Lab) -> Rig {
    let (theirs, ours) = if lab.draw(0, 1) == 0 { ("P-521", "secp256r1") } else { ("X448", "x25519") };
    let target = pair(lab, &format!("-tls1_3 -groups {theirs}"), &format!("--groups {ours}"))?;
    Ok(target.word("ours", ours).openssl("-groups P-256"))
}

fn group_12(lab: &Lab) -> Rig {
    let target = pair(lab, "-tls1_2 -groups P-521:X448", "--groups secp384r1,x25519")?;
    Ok(target.word("ours", "secp384r1").openssl("-groups P-384"))
}

fn scheme_13(lab: &Lab) -> Rig {
    let ours = "rsa_pss_rsae_sha256";
    let target = pair(lab, "-tls1_3", &format!("--schemes {ours}"))?;
    Ok(target.word("ours", ours).openssl("-sigalgs RSA-PSS+SHA256"))
}

fn scheme_12(lab: &Lab) -> Rig {
    let ours = "rsa_pkcs1_sha256";
    let target = pair(lab, "-tls1_2", &format!("--schemes {ours}"))?;
    Ok(target.word("ours", ours).openssl("-sigalgs RSA+SHA256"))
}

/// A certificate with a key on a curve that is not spoken here: the server knows it from the hello.
fn unspoken_curve(lab: &Lab) -> Rig {
    let bed = Bed::new(lab)?;
    let files = bed.by_openssl(lab, &["EC", "-pkeyopt", "ec_paramgen_curve:P-521"], "-sha256")?;
    let serving = s_server(&files, "")?;
    let target = Target::new(serving.port, &bed.host, &bed.ca).keep(serving);
    Ok(target.openssl("-sigalgs ECDSA+SHA256:RSA-PSS+SHA256"))
}

fn alpn(lab: &Lab) -> Rig {
    let ours = lab.label();
    let target = pair(lab, "-alpn h2", &format!("--alpn {ours}"))?;
    Ok(target.openssl(&format!("-alpn {ours}")).python(&format!("alpn={ours}")).word("ours", &ours))
}

fn sni_refused(lab: &Lab) -> Rig {
    let bed = Bed::new(lab)?;
    let sound = bed.sound(lab)?;
    let second = files(lab, "second", &bed.inter.issue(server(&lab.host()))?, &[&bed.inter])?;
    let args = format!("-servername {} -servername_fatal -cert2 {} -key2 {}", lab.host(), second.leaf, second.key);
    let serving = s_server(&sound, &args)?;
    Ok(Target::new(serving.port, &bed.host, &bed.ca).keep(serving))
}

pub(crate) fn faults() -> Vec<Fault> {
    use Program::{Curl, Openssl, Python};
    let client = |id, what, rig| Fault::client(id, what, rig).needs(Openssl);
    vec![
        client("server_stops_at_tls12", "the server speaks TLS 1.2, the client 1.3 alone", server_stops_at_12)
            .is("NoCommonVersion", Side::Both, "ServerHello", 30)
            .received(70)
            .say(&["you offered TLS 1.3 ", "protocol version"])
            .elsewhere(&[Openssl, Curl, Python]),
        client("server_starts_at_tls13", "the server speaks TLS 1.3 alone, the client 1.2", server_starts_at_13)
            .is("NoCommonVersion", Side::Both, "ServerHello", 30)
            .received(70)
            .say(&["you offered TLS 1.2 ", "protocol version"])
            .elsewhere(&[Openssl, Curl, Python]),
        client("tls10_only", "the server speaks TLS 1.0 alone, and refuses a newer hello", tls10)
            .is("OldVersionOnly", Side::Server, "ServerHello", 30)
            .received(70)
            .truly("NoCommonVersion")
            .say(&["nothing newer than TLS 1.1", "TLS 1.3, TLS 1.2"])
            .elsewhere(&[Openssl]),
        client("tls10_answers", "the server answers with TLS 1.0", |lab| old_answer(lab, 1))
            .is("OldVersionOnly", Side::Server, "ServerHello", 30)
            .sent(70)
            .say(&["TLS 1.0"]),
        client("tls11_answers", "the server answers with TLS 1.1", |lab| old_answer(lab, 2))
            .is("OldVersionOnly", Side::Server, "ServerHello", 30)
            .sent(70)
            .say(&["TLS 1.1"]),
        client("suite_tls13", "no cipher suite of TLS 1.3 in common", suite_13)
            .is("NoCommonSuite", Side::Both, "ServerHello", 31)
            .received(40)
            .say(&["you offered {ours}", "suites (fewer than you could)"])
            .elsewhere(&[Openssl]),
        client("suite_tls12", "no cipher suite of TLS 1.2 in common", suite_12)
            .is("NoCommonSuite", Side::Both, "ServerHello", 31)
            .received(40)
            .say(&["you offered {ours}", "suites (fewer than you could)"])
            .elsewhere(&[Openssl, Python]),
        client("suite_certificate", "suites for RSA, a certificate with an ECDSA key", suite_certificate)
            .is("SuiteCertificate", Side::Both, "ServerHello", 31)
            .truly("NoCommonSuite")
            .received(40)
            .say(&["{ours}", "ECDSA certificate"])
            .elsewhere(&[Openssl]),
        client("group_tls13", "no key exchange group in common", group_13)
            .is("NoCommonGroup", Side::Both, "ServerHello", 32)
            .received(40)
            .say(&["you offered {ours}", "groups (fewer than you could)"])
            .elsewhere(&[Openssl]),
        client("group_tls12", "the same in TLS 1.2", group_12)
            .is("NoCommonGroup", Side::Both, "ServerHello", 32)
            .received(40)
            .say(&["you offered {ours}", "groups (fewer than you could)"])
            .elsewhere(&[Openssl]),
        client("scheme_tls13", "signature schemes for RSA, a certificate with an ECDSA key", scheme_13)
            .is("NoCommonScheme", Side::Both, "ServerHello", 33)
            .received(40)
            .say(&["you offered {ours}", "schemes (fewer than you could)"])
            .elsewhere(&[Openssl]),
        client("scheme_tls12", "the same in TLS 1.2", scheme_12)
            .is("NoCommonScheme", Side::Both, "ServerHello", 33)
            .received(40)
            .say(&["you offered {ours}", "schemes (fewer than you could)"])
            .elsewhere(&[Openssl]),
        client("unspoken_curve", "the certificate's key is on P-521, which handfast does not speak", unspoken_curve)
            .is("RefusedOffer", Side::Both, "ServerHello", 71)
            .truly("NoCommonScheme")
            .received(40)
            .say(&["does not say what it lacks", "signature schemes: ecdsa_secp256r1_sha256"])
            .elsewhere(&[Openssl]),
        client("alpn", "no application protocol in common", alpn)
            .is("NoCommonAlpn", Side::Both, "ServerHello", 34)
            .received(120)
            .say(&["you offered {ours}", "application protocol"])
            .elsewhere(&[Openssl, Python]),
        client("sni_refused", "the server has nothing for the name", sni_refused)
            .is("NameRefused", Side::Both, "ServerHello", 35)
            .received(112)
            .say(&["{name}"])
            .elsewhere(&[Openssl, Curl, Python]),
    ]
}
