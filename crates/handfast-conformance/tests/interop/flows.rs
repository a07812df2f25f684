//! What handshakes and connections can do besides the plain case, each with OpenSSL at the other end.

use crate::matrix::{expect, expect_end, send};
use crate::pki::{NAME, OTHER_NAME, Pki, Who};
use crate::process::{Calling, Process, Serving};
use crate::strings;
use crate::traffic::Halves;
use handfast::{
    AlertDescription, ClientAuth, ClientConfig, Error, Failure, Kind, NamedGroup, Provider, Reply, RxEvent,
    ServerConfig, Stream, Summary, Versions,
};
use handfast_cli::pki::KeyType;
use std::io::{self, Read};
use std::net::{Shutdown, TcpStream};

type Flow = fn(&Pki, &Provider) -> Result<(), String>;

/// Every flow with its name.
pub(crate) const FLOWS: &[(&str, Flow)] = &[
    ("openssl refuses us for the wrong name, the wrong root, and without a certificate", openssl_verifies),
    ("we refuse openssl for the wrong name, the wrong root, and without a certificate", we_verify),
    ("openssl asks us to retry, with and without a cookie", openssl_retries),
    ("we ask openssl to retry, with and without a cookie", we_retry),
    ("p-521 with s_server and s_client, asked for at once and by a retry", p521),
    ("keys change both ways with s_server", keys_change_with_s_server),
    ("keys change both ways with s_client", keys_change_with_s_client),
    ("alpn with s_server: common, absent, disjoint", alpn_with_s_server),
    ("alpn with s_client: common, absent, disjoint", alpn_with_s_client),
    ("our server chooses its certificate by the name asked for", we_choose_by_name),
    ("s_server chooses its certificate by the name we ask for", openssl_chooses_by_name),
    ("s_server closes, and is cut off", s_server_ends),
    ("s_client closes, and is cut off", s_client_ends),
    ("openssl sees that we close, and that we are cut off", we_end),
    ("both sides export the same keying material", exporters_agree),
    ("tls 1.2 goes without the extended main secret, unless we require it", extended_main_secret),
    ("a renegotiation is refused", renegotiation),
];

const BOTH: [(Versions, &str); 2] = [(Versions::TLS1_3, "-tls1_3"), (Versions::TLS1_2, "-tls1_2")];

/// An `s_server` with a P-256 certificate.
fn serving(pki: &Pki, args: &[&str]) -> Result<Serving, String> {
    let mut all = pki.options(Who::Server, KeyType::P256);
    all.extend(strings(args));
    Serving::start(&all, &[])
}

/// An `s_client` that verifies name and chain; options that come twice count as they come last.
fn calling(pki: &Pki, args: &[&str]) -> Result<Calling, String> {
    let mut all = strings(&["-verify", "3", "-verify_return_error", "-CAfile", &pki.file("root.pem")]);
    all.extend(strings(&["-servername", NAME, "-verify_hostname", NAME]));
    all.extend(strings(args));
    Calling::start(&all, &[])
}

fn client(pki: &Pki, provider: &Provider) -> ClientConfig {
    ClientConfig::new(provider.clone(), pki.roots())
}

fn server(pki: &Pki, provider: &Provider) -> ServerConfig {
    ServerConfig::new(provider.clone(), pki.credential(Who::Server, KeyType::P256, provider))
}

fn connect(config: &ClientConfig, to: &Serving) -> Result<Stream<TcpStream>, String> {
    Stream::connect(config, NAME, to.connect()?).map_err(|e| format!("{e}\n{}", to.process.told()))
}

fn accept(config: &ServerConfig, from: Calling) -> Result<(Stream<TcpStream>, Process), String> {
    let Calling { process, tcp } = from;
    let tls = Stream::accept(config, tcp).map_err(|e| format!("{e}\n{}", process.told()))?;
    Ok((tls, process))
}

/// The error of a handshake that must fail in TLS.
fn refused(tried: Result<Stream<TcpStream>, Failure>) -> Result<Error, String> {
    match tried {
        Ok(_) => Err("the handshake should have failed".into()),
        Err(Failure::Tls(error)) => Ok(error),
        Err(error) => Err(error.to_string()),
    }
}

/// Whether the peer told us so with this alert.
fn told(error: &Error, alert: AlertDescription) -> Result<(), String> {
    match error.kind() {
        Kind::Alert { description, .. } if *description == alert => Ok(()),
        _ => Err(format!("expected the alert {alert}, and not: {error}")),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(found: T, wanted: T) -> Result<(), String> {
    if found == wanted { Ok(()) } else { Err(format!("{found:?} where {wanted:?} should be")) }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Without this the 576 would prove less: what they pass could be open to all.
fn openssl_verifies(pki: &Pki, provider: &Provider) -> Result<(), String> {
    for (_, version) in BOTH {
        let wrong_name = calling(pki, &[version, "-verify_hostname", OTHER_NAME])?;
        told(&refused(Stream::accept(&server(pki, provider), wrong_name.tcp))?, AlertDescription::BAD_CERTIFICATE)?;
        // The leaf is not what its issuer is.
        let leaf = pki.options(Who::Client, KeyType::P256)[1].clone();
        let wrong_root = calling(pki, &[version, "-CAfile", &leaf])?;
        told(&refused(Stream::accept(&server(pki, provider), wrong_root.tcp))?, AlertDescription::UNKNOWN_CA)?;
    }
    let strict = ["-Verify", "3", "-verify_return_error", "-CAfile", &pki.file("root.pem"), "-rev"];
    let peer = serving(pki, &[&strict[..], &["-tls1_2"]].concat())?;
    let tried = Stream::connect(&client(pki, provider), NAME, peer.connect()?);
    told(&refused(tried)?, AlertDescription::HANDSHAKE_FAILURE)?;
    // In TLS 1.3 a client is connected before the server has looked at its certificate.
    let peer = serving(pki, &[&strict[..], &["-tls1_3"]].concat())?;
    let mut tls = connect(&client(pki, provider), &peer)?;
    let error = tls.read(&mut [0; 16]).err().ok_or("the first read should have failed")?;
    let error = error.get_ref().and_then(|e| e.downcast_ref::<Error>()).ok_or("not an error of ours")?;
    told(error, AlertDescription::CERTIFICATE_REQUIRED)
}

fn we_verify(pki: &Pki, provider: &Provider) -> Result<(), String> {
    for (_, version) in BOTH {
        let peer = serving(pki, &[version, "-rev"])?;
        let error = refused(Stream::connect(&client(pki, provider), OTHER_NAME, peer.connect()?))?;
        same(error.alert(), Some(AlertDescription::BAD_CERTIFICATE))?;
        let stranger = ClientConfig::new(provider.clone(), handfast::Roots::new());
        let error = refused(Stream::connect(&stranger, NAME, peer.connect()?))?;
        same(error.alert(), Some(AlertDescription::UNKNOWN_CA))?;

        let strict = server(pki, provider).with_client_auth(ClientAuth::Require, pki.roots());
        let peer = calling(pki, &[version])?;
        let error = refused(Stream::accept(&strict, peer.tcp))?;
        let alert = if version == "-tls1_3" {
            AlertDescription::CERTIFICATE_REQUIRED
        } else {
            AlertDescription::HANDSHAKE_FAILURE
        };
        same(error.alert(), Some(alert))?;
        peer.process.wait_for("alert number")?;
    }
    Ok(())
}

fn openssl_retries(pki: &Pki, provider: &Provider) -> Result<(), String> {
    for cookie in [&["-rev"][..], &["-rev", "-stateless"]] {
        let peer = serving(pki, &[cookie, &["-tls1_3", "-groups", "P-384"]].concat())?;
        let mut tls = connect(&client(pki, provider), &peer)?;
        same((tls.summary().retried, tls.summary().group), (true, NamedGroup::SECP384R1))?;
        send(&mut tls, "again\n")?;
        expect(&mut tls, "niaga\n")?;
    }
    Ok(())
}

fn we_retry(pki: &Pki, provider: &Provider) -> Result<(), String> {
    for cookie in [false, true] {
        let mut config = server(pki, provider).with_groups(&[NamedGroup::SECP384R1]);
        if cookie {
            config = config.with_retry_cookie();
        }
        let peer = calling(pki, &["-tls1_3", "-groups", "X25519:P-384"])?;
        let (mut tls, mut process) = accept(&config, peer)?;
        same((tls.summary().retried, tls.summary().group), (true, NamedGroup::SECP384R1))?;
        process.say("again\n")?;
        expect(&mut tls, "again\n")?;
    }
    Ok(())
}

fn p521(pki: &Pki, provider: &Provider) -> Result<(), String> {
    // The curve of the certificate is listed behind, for TLS 1.2 (RFC 8422 §5.3).
    let groups = [NamedGroup::SECP521R1, NamedGroup::SECP256R1];
    for (versions, version) in BOTH {
        let peer = serving(pki, &["-rev", version, "-groups", "P-521:P-256"])?;
        let ours = client(pki, provider).with_groups(&groups);
        let mut tls = connect(&ours, &peer)?;
        same((tls.summary().version, tls.summary().group), (versions.max, NamedGroup::SECP521R1))?;
        send(&mut tls, "curve\n")?;
        expect(&mut tls, "evruc\n")?;

        let peer = calling(pki, &[version, "-groups", "P-521:P-256"])?;
        let (mut tls, mut process) = accept(&server(pki, provider).with_groups(&groups), peer)?;
        same((tls.summary().version, tls.summary().group), (versions.max, NamedGroup::SECP521R1))?;
        process.say("curve\n")?;
        expect(&mut tls, "curve\n")?;
    }
    let later = [NamedGroup::X25519, NamedGroup::SECP521R1];
    let peer = serving(pki, &["-rev", "-tls1_3", "-groups", "P-521"])?;
    let tls = connect(&client(pki, provider).with_groups(&later), &peer)?;
    same((tls.summary().retried, tls.summary().group), (true, NamedGroup::SECP521R1))?;
    let peer = calling(pki, &["-tls1_3", "-groups", "X25519:P-521"])?;
    let (tls, _process) = accept(&server(pki, provider).with_groups(&later[1..]), peer)?;
    same((tls.summary().retried, tls.summary().group), (true, NamedGroup::SECP521R1))
}

/// Changes keys in every way there is, with data under every key. `process` is OpenSSL in its
/// interactive mode, where `k` changes its key and `K` asks for ours besides.
fn keys_change(tls: Stream<TcpStream>, process: &mut Process) -> Result<(), String> {
    let mut halves = Halves::new(tls)?;
    let data = |halves: &mut Halves, wanted: &str| match halves.next()? {
        (RxEvent::Data(_), text) => same(text, wanted.into()),
        other => Err(format!("{wanted:?} should come, and not {other:?}")),
    };
    // Ours alone.
    halves.update_keys(false)?;
    halves.send("first from handfast\n")?;
    process.wait_for("first from handfast\n")?;
    process.say("first from openssl\n")?;
    data(&mut halves, "first from openssl\n")?;
    // Ours, asking for theirs.
    halves.update_keys(true)?;
    halves.send("second from handfast\n")?;
    process.wait_for("second from handfast\n")?;
    process.say("second from openssl\n")?;
    same(halves.next()?.0, RxEvent::KeyUpdate(None))?;
    data(&mut halves, "second from openssl\n")?;
    // Theirs alone.
    process.say("k\n")?;
    same(halves.next()?.0, RxEvent::KeyUpdate(None))?;
    process.say("third from openssl\n")?;
    data(&mut halves, "third from openssl\n")?;
    halves.send("third from handfast\n")?;
    process.wait_for("third from handfast\n")?;
    // Theirs, asking for ours.
    process.say("K\n")?;
    same(halves.next()?.0, RxEvent::KeyUpdate(Some(Reply::KeyUpdate)))?;
    halves.reply(Reply::KeyUpdate)?;
    halves.send("fourth from handfast\n")?;
    process.wait_for("fourth from handfast\n")?;
    process.say("fourth from openssl\n")?;
    data(&mut halves, "fourth from openssl\n")
}

fn keys_change_with_s_server(pki: &Pki, provider: &Provider) -> Result<(), String> {
    let mut peer = serving(pki, &["-tls1_3", "-num_tickets", "0"])?;
    let tls = connect(&client(pki, provider), &peer)?;
    let done = keys_change(tls, &mut peer.process);
    done.map_err(|e| format!("{e}\n{}", peer.process.told()))
}

fn keys_change_with_s_client(pki: &Pki, provider: &Provider) -> Result<(), String> {
    let (tls, mut process) = accept(&server(pki, provider), calling(pki, &["-tls1_3"])?)?;
    keys_change(tls, &mut process).map_err(|e| format!("{e}\n{}", process.told()))
}

fn alpn_with_s_server(pki: &Pki, provider: &Provider) -> Result<(), String> {
    for (_, version) in BOTH {
        let peer = serving(pki, &[version, "-rev", "-alpn", "h2,http/1.1"])?;
        let common = connect(&client(pki, provider).with_alpn(&[b"spdy/1", b"http/1.1"]), &peer)?;
        same(common.summary().alpn.as_deref(), Some(&b"http/1.1"[..]))?;
        drop(common);
        same(connect(&client(pki, provider), &peer)?.summary().alpn.as_deref(), None)?;
        let disjoint = client(pki, provider).with_alpn(&[b"spdy/1"]);
        let error = refused(Stream::connect(&disjoint, NAME, peer.connect()?))?;
        told(&error, AlertDescription::NO_APPLICATION_PROTOCOL)?;
        // A server that knows nothing of it says nothing.
        let silent = serving(pki, &[version, "-rev"])?;
        same(connect(&client(pki, provider).with_alpn(&[b"h2"]), &silent)?.summary().alpn.as_deref(), None)?;
    }
    Ok(())
}

fn alpn_with_s_client(pki: &Pki, provider: &Provider) -> Result<(), String> {
    let config = server(pki, provider).with_alpn(&[b"h2", b"http/1.1"]);
    for (_, version) in BOTH {
        // Our order counts.
        let (tls, process) = accept(&config, calling(pki, &[version, "-alpn", "http/1.1,h2"])?)?;
        same(tls.summary().alpn.as_deref(), Some(&b"h2"[..]))?;
        process.wait_for("ALPN protocol: h2\n")?;
        let (tls, process) = accept(&config, calling(pki, &[version])?)?;
        same(tls.summary().alpn.as_deref(), None)?;
        process.wait_for("No ALPN negotiated")?;
        let (tls, process) = accept(&server(pki, provider), calling(pki, &[version, "-alpn", "h2"])?)?;
        same(tls.summary().alpn.as_deref(), None)?;
        process.wait_for("No ALPN negotiated")?;
        let disjoint = calling(pki, &[version, "-alpn", "spdy/1"])?;
        let error = refused(Stream::accept(&config, disjoint.tcp))?;
        same(error.alert(), Some(AlertDescription::NO_APPLICATION_PROTOCOL))?;
        disjoint.process.wait_for("alert number 120")?;
    }
    Ok(())
}

fn we_choose_by_name(pki: &Pki, provider: &Provider) -> Result<(), String> {
    let config = server(pki, provider).with_credentials(vec![
        pki.credential(Who::Server, KeyType::P256, provider),
        pki.credential(Who::Other, KeyType::P256, provider),
    ]);
    for (_, version) in BOTH {
        // That the name is on the certificate is what s_client verifies.
        for name in [NAME, OTHER_NAME] {
            let peer = calling(pki, &[version, "-servername", name, "-verify_hostname", name])?;
            let (tls, process) = accept(&config, peer)?;
            same(tls.summary().server_name.as_deref(), Some(name))?;
            process.wait_for("Verify return code: 0 (ok)")?;
        }
        // Without a name, and for a name that nobody has, it is the first.
        let mut silent = strings(&["-noservername", "-verify", "3", "-verify_return_error", version]);
        silent.extend(strings(&["-verify_hostname", NAME, "-CAfile", &pki.file("root.pem")]));
        let (tls, process) = accept(&config, Calling::start(&silent, &[])?)?;
        same(tls.summary().server_name.as_deref(), None)?;
        process.wait_for("Verify return code: 0 (ok)")?;
        let (_, process) = accept(&config, calling(pki, &[version, "-servername", "unknown.example"])?)?;
        process.wait_for("Verify return code: 0 (ok)")?;
    }
    Ok(())
}

fn openssl_chooses_by_name(pki: &Pki, provider: &Provider) -> Result<(), String> {
    let other = pki.options(Who::Other, KeyType::P256);
    let second = ["-servername", OTHER_NAME, "-cert2", &other[1], "-key2", &other[3]];
    // s_server sends the intermediate with the first certificate only.
    let mut roots = pki.roots();
    roots.add_der(pki.intermediate()).map_err(text)?;
    let config = ClientConfig::new(provider.clone(), roots);
    for (_, version) in BOTH {
        let peer = serving(pki, &[&second[..], &[version, "-rev"]].concat())?;
        for name in [NAME, OTHER_NAME] {
            let mut tls = Stream::connect(&config, name, peer.connect()?).map_err(text)?;
            send(&mut tls, "name\n")?;
            expect(&mut tls, "eman\n")?;
        }
    }
    Ok(())
}

/// A read that must find the connection cut off.
fn expect_truncation(tls: &mut Stream<TcpStream>) -> Result<(), String> {
    let error = tls.read(&mut [0; 16]).err().ok_or("a truncated stream looks like a whole one")?;
    same(error.kind(), io::ErrorKind::UnexpectedEof)?;
    let ours = error.get_ref().and_then(|e| e.downcast_ref::<Error>()).ok_or("not an error of ours")?;
    if matches!(ours.kind(), Kind::Truncated) { Ok(()) } else { Err(text(ours)) }
}

fn s_server_ends(pki: &Pki, provider: &Provider) -> Result<(), String> {
    for (_, version) in BOTH {
        // To a server that sends lines back, this line means to close.
        let peer = serving(pki, &[version, "-rev"])?;
        let mut tls = connect(&client(pki, provider), &peer)?;
        send(&mut tls, "elohw\n")?;
        expect(&mut tls, "whole\n")?;
        send(&mut tls, "CLOSE\n")?;
        expect_end(&mut tls)?;
        expect_end(&mut tls)?;

        // `Q` closes the socket and not TLS, so it is no better than to be killed.
        for quits in [true, false] {
            let mut peer = serving(pki, &[version])?;
            let mut tls = connect(&client(pki, provider), &peer)?;
            peer.process.say("half\n")?;
            expect(&mut tls, "half\n")?;
            if quits {
                peer.process.say("Q\n")?
            } else {
                peer.process.kill()
            }
            expect_truncation(&mut tls)?;
        }
    }
    Ok(())
}

fn s_client_ends(pki: &Pki, provider: &Provider) -> Result<(), String> {
    for (_, version) in BOTH {
        let (mut tls, mut process) = accept(&server(pki, provider), calling(pki, &[version])?)?;
        process.say("whole\n")?;
        expect(&mut tls, "whole\n")?;
        process.say("Q\n")?;
        expect_end(&mut tls)?;

        let (mut tls, mut process) = accept(&server(pki, provider), calling(pki, &[version])?)?;
        process.say("half\n")?;
        expect(&mut tls, "half\n")?;
        process.kill();
        expect_truncation(&mut tls)?;
    }
    Ok(())
}

fn we_end(pki: &Pki, provider: &Provider) -> Result<(), String> {
    const CUT_OFF: &str = "unexpected eof while reading";
    for (_, version) in BOTH {
        let (mut tls, mut process) = accept(&server(pki, provider), calling(pki, &[version])?)?;
        send(&mut tls, "whole\n")?;
        tls.close().map_err(text)?;
        let printed = process.wait_for_end()?;
        // What it prints on its two outputs may come in any order.
        let closed = printed.contains("whole\n") && printed.contains("closed\n");
        same((closed, printed.contains(CUT_OFF)), (true, false))?;

        let (mut tls, process) = accept(&server(pki, provider), calling(pki, &[version])?)?;
        send(&mut tls, "half\n")?;
        tls.get_ref().shutdown(Shutdown::Write).map_err(text)?;
        process.wait_for(CUT_OFF)?;

        let peer = serving(pki, &[version])?;
        let mut tls = connect(&client(pki, provider), &peer)?;
        send(&mut tls, "whole\n")?;
        tls.close().map_err(text)?;
        peer.process.wait_for("whole\n")?;
        same(peer.process.wait_for("DONE\n")?.contains(CUT_OFF), false)?;
        let mut tls = connect(&client(pki, provider), &peer)?;
        send(&mut tls, "half\n")?;
        tls.get_ref().shutdown(Shutdown::Write).map_err(text)?;
        peer.process.wait_for(CUT_OFF)?;
    }
    Ok(())
}

/// What OpenSSL printed as its keying material.
fn exported(printed: &str) -> Option<String> {
    let (_, rest) = printed.split_once("Keying material: ")?;
    rest.split_once('\n').map(|(hex, _)| hex.to_ascii_lowercase())
}

fn exporters_agree(pki: &Pki, provider: &Provider) -> Result<(), String> {
    let ask = ["-keymatexport", "EXPORTER-handfast", "-keymatexportlen", "40"];
    let ours = |summary: &Summary| -> Result<String, String> {
        let mut out = [0; 40];
        summary.export(b"EXPORTER-handfast", None, &mut out).map_err(text)?;
        Ok(out.iter().map(|b| format!("{b:02x}")).collect())
    };
    for (_, version) in BOTH {
        let peer = serving(pki, &[&ask[..], &[version]].concat())?;
        let tls = connect(&client(pki, provider), &peer)?;
        let printed = peer.process.wait(|text| exported(text).is_some());
        same(printed.as_deref().and_then(exported), Some(ours(tls.summary())?))?;

        let (tls, process) = accept(&server(pki, provider), calling(pki, &[&ask[..], &[version]].concat())?)?;
        let printed = process.wait(|text| exported(text).is_some());
        same(printed.as_deref().and_then(exported), Some(ours(tls.summary())?))?;
    }
    Ok(())
}

fn extended_main_secret(pki: &Pki, provider: &Provider) -> Result<(), String> {
    let file = pki.file("without-ems.cnf");
    let lines = ["openssl_conf = init", "[init]", "ssl_conf = ssl", "[ssl]", "system_default = all", "[all]"];
    let lines = [&lines[..], &["Options = -ExtendedMasterSecret", ""]].concat().join("\n");
    std::fs::write(&file, lines).map_err(text)?;
    let without = [("OPENSSL_CONF", file)];
    let check = |summary: &Summary| {
        same(summary.extended_main_secret, Some(false))?;
        // An exporter would not be bound to this handshake (RFC 7627 §5.4).
        same(summary.export(b"EXPORTER-handfast", None, &mut [0; 16]).is_err(), true)
    };

    let mut args = pki.options(Who::Server, KeyType::P256);
    args.extend(strings(&["-tls1_2", "-rev"]));
    let peer = Serving::start(&args, &without)?;
    let mut tls = connect(&client(pki, provider), &peer)?;
    check(tls.summary())?;
    send(&mut tls, "old\n")?;
    expect(&mut tls, "dlo\n")?;
    drop(tls);
    let strict = client(pki, provider).with_extended_main_secret_required();
    let error = refused(Stream::connect(&strict, NAME, peer.connect()?))?;
    same(error.alert(), Some(AlertDescription::HANDSHAKE_FAILURE))?;

    let args = strings(&["-tls1_2", "-CAfile", &pki.file("root.pem"), "-verify_return_error"]);
    let (mut tls, mut process) = accept(&server(pki, provider), Calling::start(&args, &without)?)?;
    check(tls.summary())?;
    process.say("old\n")?;
    expect(&mut tls, "old\n")?;
    let strict = server(pki, provider).with_extended_main_secret_required();
    let error = refused(Stream::accept(&strict, Calling::start(&args, &without)?.tcp))?;
    same(error.alert(), Some(AlertDescription::HANDSHAKE_FAILURE))
}

fn renegotiation(pki: &Pki, provider: &Provider) -> Result<(), String> {
    let refuses = |tls: &mut Stream<TcpStream>| -> Result<(), String> {
        let error = tls.read(&mut [0; 16]).err().ok_or("it should have been refused")?;
        let ours = error.get_ref().and_then(|e| e.downcast_ref::<Error>()).ok_or("not an error of ours")?;
        same(ours.alert(), Some(AlertDescription::NO_RENEGOTIATION))
    };
    let mut peer = serving(pki, &["-tls1_2"])?;
    let mut tls = connect(&client(pki, provider), &peer)?;
    peer.process.say("before\n")?;
    expect(&mut tls, "before\n")?;
    peer.process.say("r\n")?;
    refuses(&mut tls)?;

    let (mut tls, mut process) = accept(&server(pki, provider), calling(pki, &["-tls1_2"])?)?;
    process.say("before\n")?;
    expect(&mut tls, "before\n")?;
    process.say("R\n")?;
    refuses(&mut tls)?;
    process.wait_for("no renegotiation").map(drop)
}
