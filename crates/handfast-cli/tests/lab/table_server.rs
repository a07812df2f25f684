//! handfast is the server, and its client is at odds with it.

use crate::fault::{Fault, Program, Side, Visit};
use crate::lab::Lab;
use crate::peers::{python, run, s_client};
use crate::pki::{self, Bed, Files, Node, authority, client, files, hold};
use crate::puppet::{self, Shows, Stage};
use crate::sockets;
use handfast::ProtocolVersion;
use handfast::codec::HandshakeType;
use handfast_conformance::puppet::Kind;
use std::io::Write;

type Rig = Result<Visit, String>;

const V13: ProtocolVersion = ProtocolVersion::TLS1_3;
const V12: ProtocolVersion = ProtocolVersion::TLS1_2;

/// A server with a sound chain and these options, its stand-in with those, and this client.
fn visit(lab: &Lab, ours: &str, stand_in: &str, call: impl Fn(u16) -> Result<String, String> + 'static) -> Rig {
    let bed = Bed::new(lab)?;
    Ok(own(&bed, &bed.sound(lab)?, ours, stand_in, call))
}

fn own(
    bed: &Bed,
    files: &Files,
    ours: &str,
    stand_in: &str,
    call: impl Fn(u16) -> Result<String, String> + 'static,
) -> Visit {
    let visit = Visit::new(&format!("--cert {} --key {} {ours}", files.chain, files.key), call);
    let visit = visit.stand_in(files, stand_in);
    visit.word("name", &bed.host).word("root", &bed.root.cn).word("inter", &bed.inter.cn)
}

/// `openssl s_client` with these options.
fn openssl(lab: &Lab, ours: &str, stand_in: &str, theirs: &'static str) -> Rig {
    visit(lab, ours, stand_in, move |port| s_client(port, theirs))
}

fn alpn(lab: &Lab) -> Rig {
    let theirs = lab.label();
    let args = format!("-alpn {theirs}");
    Ok(visit(lab, "--alpn h2", "-alpn h2", move |port| s_client(port, &args))?.word("theirs", theirs))
}

/// Python's ssl module, which knows our root.
fn by_python(lab: &Lab, ours: &str, stand_in: &str, field: &'static str) -> Rig {
    let bed = Bed::new(lab)?;
    let (host, ca) = (bed.host.clone(), bed.ca.clone());
    let call = move |port| python(&format!("127.0.0.1:{port}"), &host, &ca, &[field.to_owned()]);
    Ok(own(&bed, &bed.sound(lab)?, ours, stand_in, call))
}

/// A server that demands a client certificate, and `s_client` with this one.
fn showing(lab: &Lab, version: &'static str, shown: impl FnOnce(&Bed) -> Result<Option<Files>, String>) -> Rig {
    let bed = Bed::new(lab)?;
    let ours = format!("--client-ca {}", bed.ca);
    let theirs = match shown(&bed)? {
        None => version.to_owned(),
        Some(Files { leaf, rest, key, .. }) => {
            let more = if rest.is_empty() { String::new() } else { format!("-cert_chain {rest}") };
            format!("{version} -cert {leaf} -key {key} {more}")
        }
    };
    let stand_in = format!("-Verify 3 -verify_return_error -CAfile {}", bed.ca);
    Ok(own(&bed, &bed.sound(lab)?, &ours, &stand_in, move |port| s_client(port, &theirs)))
}

fn none(lab: &Lab, version: &'static str) -> Rig {
    showing(lab, version, |_| Ok(None))
}

fn untrusted(lab: &Lab) -> Rig {
    let other = Node::root(authority(&format!("Private {}", lab.label())))?;
    let me = other.issue(client(&format!("user-{}", lab.label())))?;
    let shown = files(lab, "me", &me, &[])?;
    Ok(showing(lab, "-tls1_3", |_| Ok(Some(shown)))?.word("private", &other.cn).word("me", &me.cn))
}

fn expired(lab: &Lab) -> Rig {
    let (name, ago) = (format!("user-{}", lab.label()), lab.draw(1, 400) as i64);
    let mut params = client(&name);
    hold(&mut params, -ago - 90, -ago);
    let visit = showing(lab, "-tls1_2", |bed| files(lab, "me", &bed.inter.issue(params)?, &[&bed.inter]).map(Some))?;
    Ok(visit.word("me", name).word("days", ago))
}

fn intermediate_missing(lab: &Lab) -> Rig {
    let name = format!("user-{}", lab.label());
    let visit = showing(lab, "-tls1_3", |bed| files(lab, "me", &bed.inter.issue(client(&name))?, &[]).map(Some))?;
    Ok(visit.word("me", name))
}

/// A puppet with a sound client certificate that tells one lie.
fn lying(lab: &Lab, version: ProtocolVersion, spoils: Kind) -> Rig {
    let bed = Bed::new(lab)?;
    let me = bed.inter.issue(client(&format!("user-{}", lab.label())))?;
    let shows = Shows::of(&[&me, &bed.inter]);
    let ours = format!("--client-ca {}", bed.ca);
    let call = move |port| {
        puppet::calls(port, version, Some(&shows), |stage| {
            stage.puppet.spoils = Some(spoils);
            if version == V13 { honest13(stage) } else { honest12(stage) }
        })
    };
    let stand_in = format!("-Verify 3 -verify_return_error -CAfile {}", bed.ca);
    Ok(own(&bed, &bed.sound(lab)?, &ours, &stand_in, call))
}

fn honest13(stage: &mut Stage) -> Result<(), String> {
    stage.say(&[Kind::ClientHello])?;
    stage.hear(HandshakeType::FINISHED)?;
    stage.say(&[Kind::Certificate, Kind::CertificateVerify, Kind::Finished])
}

fn honest12(stage: &mut Stage) -> Result<(), String> {
    stage.say(&[Kind::ClientHello])?;
    stage.hear(HandshakeType::SERVER_HELLO_DONE)?;
    stage.say(&[Kind::Certificate, Kind::ClientKeyExchange, Kind::CertificateVerify])?;
    stage.change()?;
    stage.say(&[Kind::Finished])
}

/// A client that leaves without a word once it has read the server's Certificate.
fn leaves(lab: &Lab) -> Rig {
    visit(lab, "", "", |port| {
        puppet::calls(port, V13, None, |stage| {
            stage.say(&[Kind::ClientHello])?;
            stage.hear(HandshakeType::CERTIFICATE)
        })
    })
}

/// Verifies, and knows another root.
fn refuses_ca(lab: &Lab) -> Rig {
    let (bed, other) = (Bed::new(lab)?, Node::root(authority(&format!("Private {}", lab.label())))?);
    let theirs = format!("-verify_return_error -CAfile {}", lab.file("other.pem", &other.pem())?);
    Ok(own(&bed, &bed.sound(lab)?, "", "", move |port| s_client(port, &theirs)))
}

/// Python knows our root and is told another name, or another date has passed: it does not come to a
/// connection, and says why with an alert.
fn python_refuses(lab: &Lab, other: bool, days: i64) -> Rig {
    let bed = Bed::new(lab)?;
    let mut params = pki::server(&bed.host);
    hold(&mut params, -100, days);
    let files = files(lab, "leaf", &bed.inter.issue(params)?, &[&bed.inter])?;
    let (host, ca) = (if other { lab.host() } else { bed.host.clone() }, bed.ca.clone());
    Ok(own(&bed, &files, "", "", move |port| python(&format!("127.0.0.1:{port}"), &host, &ca, &[])))
}

fn curl_refuses_ca(lab: &Lab) -> Rig {
    visit(lab, "", "", |port| {
        let url = format!("https://127.0.0.1:{port}/");
        match run("curl", &["-sS", "-m", "5", "--noproxy", "*", &url]) {
            Ok(said) => Err(format!("curl is content: {said}")),
            Err(said) => Ok(said),
        }
    })
}

fn http(lab: &Lab) -> Rig {
    visit(lab, "", "", |port| {
        let url = format!("http://127.0.0.1:{port}/index.html");
        Ok(run("curl", &["-sS", "-m", "5", "--noproxy", "*", "--http0.9", "-o", "/dev/null", &url])
            .unwrap_or_else(|said| said))
    })
}

/// What a load balancer puts before the client's own bytes.
fn proxy_header(lab: &Lab) -> Rig {
    let address = format!("192.0.2.{}", lab.draw(1, 254));
    saying(lab, format!("PROXY TCP4 {address} 192.0.2.255 50000 443\r\n").into())
}

/// A client that sends these bytes and then nothing.
fn saying(lab: &Lab, bytes: Vec<u8>) -> Rig {
    visit(lab, "", "", move |port| {
        let mut tcp = sockets::call(port)?;
        tcp.write_all(&bytes).map_err(|e| e.to_string())?;
        sockets::leave(tcp);
        Ok(String::new())
    })
}

fn noise(lab: &Lab) -> Rig {
    let bytes = (0..lab.draw(16, 200)).map(|_| lab.draw(128, 255) as u8).collect();
    saying(lab, bytes)
}

/// The beginning of a ClientHello.
fn half_a_hello(lab: &Lab) -> Rig {
    let length = lab.draw(1, 150) as usize;
    let mut bytes = vec![22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3];
    bytes.resize(bytes.len() + length, 7);
    saying(lab, bytes)
}

pub(crate) fn faults() -> Vec<Fault> {
    use Program::{Curl, Openssl, Python};
    let by_openssl = |id, what, rig| Fault::server(id, what, rig).needs(Openssl);
    vec![
        by_openssl("client_stops_at_tls12", "the client speaks TLS 1.2, the server 1.3 alone", |lab| {
            openssl(lab, "--min 1.3", "-tls1_3", "-tls1_2")
        })
        .is("NoCommonVersion", Side::Both, "ClientHello", 30)
        .sent(70)
        .say(&["TLS 1.3", "TLS 1.2"])
        .elsewhere(&[Openssl]),
        by_openssl("client_starts_at_tls13", "the client speaks TLS 1.3 alone, the server 1.2", |lab| {
            openssl(lab, "--max 1.2", "-tls1_2", "-tls1_3")
        })
        .is("NoCommonVersion", Side::Both, "ClientHello", 30)
        .sent(70)
        .say(&["TLS 1.3", "TLS 1.2"])
        .elsewhere(&[Openssl]),
        Fault::server("python_stops_at_tls12", "the same with Python's ssl module", |lab| {
            by_python(lab, "--min 1.3", "-tls1_3", "maximum_version=TLSv1_2")
        })
        .needs(Python)
        .is("NoCommonVersion", Side::Both, "ClientHello", 30)
        .sent(70)
        .say(&["TLS 1.3", "TLS 1.2"])
        .elsewhere(&[Openssl]),
        Fault::server("python_starts_at_tls13", "and the other way round", |lab| {
            by_python(lab, "--max 1.2", "-tls1_2", "minimum_version=TLSv1_3")
        })
        .needs(Python)
        .is("NoCommonVersion", Side::Both, "ClientHello", 30)
        .sent(70)
        .say(&["TLS 1.3", "TLS 1.2"])
        .elsewhere(&[Openssl]),
        by_openssl("client_of_tls10", "the client speaks TLS 1.0 alone", |lab| {
            openssl(lab, "", "-no_tls1 -no_tls1_1", "-tls1 -cipher DEFAULT@SECLEVEL=0")
        })
        .is("OldVersionOnly", Side::Client, "ClientHello", 30)
        .sent(70)
        .say(&["TLS 1.0"])
        .elsewhere(&[Openssl]),
        by_openssl("client_of_tls11", "the client speaks TLS 1.1 alone", |lab| {
            openssl(lab, "", "-no_tls1 -no_tls1_1", "-tls1_1 -cipher DEFAULT@SECLEVEL=0")
        })
        .is("OldVersionOnly", Side::Client, "ClientHello", 30)
        .sent(70)
        .say(&["TLS 1.1"])
        .elsewhere(&[Openssl]),
        by_openssl("client_suite_tls13", "no cipher suite of TLS 1.3 in common", |lab| {
            openssl(
                lab,
                "--suites TLS_AES_128_GCM_SHA256",
                "-ciphersuites TLS_AES_128_GCM_SHA256",
                "-tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256",
            )
        })
        .is("NoCommonSuite", Side::Both, "ClientHello", 31)
        .sent(40)
        .say(&["TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"])
        .elsewhere(&[Openssl]),
        by_openssl("client_suite_tls12", "the client speaks no AEAD suite", |lab| {
            openssl(lab, "", "-cipher AESGCM", "-tls1_2 -cipher ECDHE-ECDSA-AES256-SHA384")
        })
        .is("NoCommonSuite", Side::Both, "ClientHello", 31)
        .sent(40)
        .say(&["cipher suite"])
        .elsewhere(&[Openssl]),
        by_openssl("client_suite_certificate", "the client's suites are for RSA, our key is ECDSA", |lab| {
            openssl(lab, "", "", "-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256")
        })
        .is("SuiteCertificate", Side::Both, "ClientHello", 31)
        .sent(40)
        .say(&["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "another kind of certificate"])
        .elsewhere(&[Openssl]),
        by_openssl("client_group_tls13", "no group in common", |lab| {
            openssl(lab, "", "-groups X25519:P-256:P-384", "-tls1_3 -groups P-521")
        })
        .is("NoCommonGroup", Side::Both, "ClientHello", 32)
        .sent(40)
        .say(&["secp521r1", "x25519"])
        .elsewhere(&[Openssl]),
        by_openssl("client_group_tls12", "the same in TLS 1.2", |lab| {
            openssl(lab, "--groups x25519", "-groups X25519", "-tls1_2 -groups X448:P-256")
        })
        .is("NoCommonGroup", Side::Both, "ClientHello", 32)
        .sent(40)
        .say(&["x25519", "x448"]),
        by_openssl(
            "client_certificate_curve",
            "the client has a group with us, and not the curve of our certificate",
            |lab| openssl(lab, "--max 1.2", "-tls1_2", "-tls1_2 -groups X25519"),
        )
        .is("CertificateCurve", Side::Both, "ClientHello", 32)
        .sent(40)
        .say(&["secp256r1", "certificate"])
        .never(&["no key exchange group in common"])
        .elsewhere(&[Openssl]),
        by_openssl("client_scheme_tls13", "the client verifies RSA alone, our key is ECDSA", |lab| {
            openssl(lab, "", "", "-tls1_3 -sigalgs RSA-PSS+SHA256")
        })
        .is("NoCommonScheme", Side::Both, "ClientHello", 33)
        .sent(40)
        .say(&["rsa_pss_rsae_sha256"])
        .elsewhere(&[Openssl]),
        by_openssl("client_scheme_tls12", "the same in TLS 1.2", |lab| {
            openssl(lab, "--max 1.2", "", "-tls1_2 -sigalgs ECDSA+SHA512")
        })
        .is("NoCommonScheme", Side::Both, "ClientHello", 33)
        .sent(40)
        .say(&["ecdsa_secp521r1_sha512"]),
        by_openssl("client_alpn", "no application protocol in common", alpn)
            .is("NoCommonAlpn", Side::Both, "ClientHello", 34)
            .sent(120)
            .say(&["h2", "{theirs}"])
            .elsewhere(&[Openssl]),
        by_openssl("client_shows_none", "the client shows no certificate", |lab| none(lab, "-tls1_3"))
            .is("ClientCertificateRequired", Side::Client, "Certificate", 50)
            .sent(116)
            .say(&["none was shown"])
            .never(&["you (the server)"]),
        by_openssl("client_shows_none_tls12", "the same in TLS 1.2", |lab| none(lab, "-tls1_2"))
            .is("ClientCertificateRequired", Side::Client, "Certificate", 50)
            .sent(40)
            .say(&["none was shown"]),
        by_openssl("client_untrusted", "the client's certificate has an unknown issuer", untrusted)
            .is("MissingIntermediate", Side::Client, "Certificate", 40)
            .truly("UnknownRoot")
            .sent(48)
            .say(&["{private}", "was not sent"])
            .elsewhere(&[Openssl]),
        by_openssl("client_expired", "the client's certificate has ended", expired)
            .is("LeafExpired", Side::Client, "Certificate", 42)
            .sent(45)
            .say(&["the client's certificate has expired", "{me}", "{days} days ago"])
            .elsewhere(&[Openssl]),
        by_openssl("client_sends_no_intermediate", "the client leaves out its intermediate", intermediate_missing)
            .is("MissingIntermediate", Side::Client, "Certificate", 40)
            .truly("UnknownRoot")
            .sent(48)
            .say(&["{inter}", "was not sent"])
            .elsewhere(&[Openssl]),
        Fault::server("client_bad_certificate_verify", "the client's CertificateVerify is spoilt", |lab| {
            lying(lab, V13, Kind::CertificateVerify)
        })
        .is("BadCertificateVerify", Side::Client, "CertificateVerify", 60)
        .sent(51)
        .say(&["the client could not prove"])
        .elsewhere(&[Openssl]),
        Fault::server("client_bad_certificate_verify_tls12", "the same in TLS 1.2", |lab| {
            lying(lab, V12, Kind::CertificateVerify)
        })
        .is("BadCertificateVerify", Side::Client, "CertificateVerify", 60)
        .sent(51)
        .say(&["the client could not prove"])
        .elsewhere(&[Openssl]),
        Fault::server("client_wrong_finished", "the client's Finished is wrong", |lab| lying(lab, V13, Kind::Finished))
            .is("BadFinished", Side::Unknown, "Finished", 60)
            .sent(51)
            .say(&["the client's Finished does not fit"])
            .elsewhere(&[Openssl]),
        Fault::server("client_wrong_finished_tls12", "the same in TLS 1.2", |lab| lying(lab, V12, Kind::Finished))
            .is("BadFinished", Side::Unknown, "Finished", 60)
            .sent(51)
            .say(&["the client's Finished does not fit"]),
        by_openssl("client_refuses_our_ca", "the client does not know our root", refuses_ca)
            .is("ClientDistrusts", Side::Both, "Finished", 41)
            .received(48)
            .say(&["client", "unknown_ca"])
            .elsewhere(&[Openssl])
            .elsewhere(&[Openssl]),
        Fault::server("curl_refuses_our_ca", "the same with curl", curl_refuses_ca)
            .needs(Curl)
            .is("ClientDistrusts", Side::Both, "Finished", 41)
            .received(48)
            .say(&["client", "unknown_ca"])
            .elsewhere(&[Openssl]),
        Fault::server("client_finds_us_expired", "the client finds that our certificate has ended", |lab| {
            python_refuses(lab, false, -(lab.draw(1, 90) as i64))
        })
        .needs(Python)
        .is("ClientFindsExpired", Side::Server, "Finished", 42)
        .received(45)
        .say(&["the client finds your certificate expired"])
        .elsewhere(&[Openssl]),
        Fault::server("client_wants_another_name", "the client does not find its name in our certificate", |lab| {
            python_refuses(lab, true, 90)
        })
        .needs(Python)
        .is("ClientRefusesCertificate", Side::Unknown, "Finished", 71)
        .received(42)
        .say(&["the client refused your certificate", "does not say why"]),
        Fault::server("client_leaves", "the client closes during the server's Certificate", leaves)
            .is("LeftAtCertificate", Side::Client, "Finished", 14)
            .say(&["the client left without an alert", "your certificate"])
            .elsewhere(&[Openssl]),
        Fault::server("http_to_server", "a plain HTTP request", http)
            .needs(Curl)
            .is("HttpRequest", Side::Client, "ClientHello", 20)
            .sent(70)
            .say(&["GET /index.html", "HTTP"])
            .elsewhere(&[Openssl]),
        Fault::server("proxy_header", "a load balancer puts a PROXY header first", proxy_header)
            .is("ProxyHeader", Side::Client, "ClientHello", 20)
            .sent(70)
            .say(&["PROXY protocol header"])
            .elsewhere(&[Openssl]),
        Fault::server("noise_to_server", "random bytes", noise)
            .is("NotTls", Side::Unknown, "ClientHello", 20)
            .sent(70)
            .say(&["the client does not speak TLS"])
            .elsewhere(&[Openssl]),
        Fault::server("nothing_to_server", "a client that connects and leaves", |lab| saying(lab, Vec::new()))
            .is("NothingSaid", Side::Client, "ClientHello", 14)
            .say(&["the client connected and left without a word"])
            .elsewhere(&[Openssl]),
        Fault::server("half_a_hello", "the beginning of a ClientHello", half_a_hello)
            .is("CutInMessage", Side::Unknown, "ClientHello", 62)
            .say(&["the client", "inside the record with ClientHello"])
            .elsewhere(&[Openssl]),
    ]
}
