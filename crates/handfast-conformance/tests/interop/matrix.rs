//! Every combination of version, suite, group, kind of key and client authentication, with OpenSSL
//! on either side and each of our backends on the other.

use crate::pki::{NAME, Pki, Who};
use crate::process::{Calling, Serving};
use crate::strings;
use handfast::{
    CipherSuite, ClientAuth, ClientConfig, NamedGroup, ProtocolVersion, Provider, ServerConfig, Stream, Summary,
    Versions,
};
use handfast_cli::pki::KeyType;
use std::io::{Read, Write};
use std::net::TcpStream;

/// How many combinations there are for one role and one backend.
pub(crate) const COMBINATIONS: usize = 2 * SUITES * GROUPS.len() * KeyType::ALL.len() * 2;
/// How many of them share a [`Setting`].
pub(crate) const PER_SETTING: usize = SUITES * GROUPS.len();
/// How many suites each version has for each kind of key.
const SUITES: usize = 3;

/// Each group with OpenSSL's name for it.
const GROUPS: [(NamedGroup, &str); 3] =
    [(NamedGroup::X25519, "X25519"), (NamedGroup::SECP256R1, "P-256"), (NamedGroup::SECP384R1, "P-384")];

/// Each suite of a version for a kind of key, with OpenSSL's name for it.
fn suites(version: Versions, key: KeyType) -> [(CipherSuite, &'static str); SUITES] {
    match (version == Versions::TLS1_3, key) {
        (true, _) => [
            (CipherSuite::TLS_AES_128_GCM_SHA256, "TLS_AES_128_GCM_SHA256"),
            (CipherSuite::TLS_AES_256_GCM_SHA384, "TLS_AES_256_GCM_SHA384"),
            (CipherSuite::TLS_CHACHA20_POLY1305_SHA256, "TLS_CHACHA20_POLY1305_SHA256"),
        ],
        (false, KeyType::Rsa2048) => [
            (CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "ECDHE-RSA-AES128-GCM-SHA256"),
            (CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, "ECDHE-RSA-AES256-GCM-SHA384"),
            (CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-RSA-CHACHA20-POLY1305"),
        ],
        (false, _) => [
            (CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "ECDHE-ECDSA-AES128-GCM-SHA256"),
            (CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, "ECDHE-ECDSA-AES256-GCM-SHA384"),
            (CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-ECDSA-CHACHA20-POLY1305"),
        ],
    }
}

/// What one `s_server` is started with; the rest of a combination is up to who connects.
#[derive(Clone)]
pub(crate) struct Setting {
    pub(crate) provider: Provider,
    pub(crate) versions: Versions,
    pub(crate) key: KeyType,
    pub(crate) client_auth: bool,
}

/// One combination.
struct Combination<'a> {
    setting: &'a Setting,
    suite: (CipherSuite, &'static str),
    group: (NamedGroup, &'static str),
}

impl Setting {
    /// Every setting of a backend.
    pub(crate) fn all(provider: &Provider) -> Vec<Self> {
        let mut all = Vec::new();
        for versions in [Versions::TLS1_3, Versions::TLS1_2] {
            for key in KeyType::ALL {
                for client_auth in [false, true] {
                    all.push(Self { provider: provider.clone(), versions, key, client_auth });
                }
            }
        }
        all
    }

    /// Its name, for the list of tests.
    pub(crate) fn name(&self) -> String {
        let client = if self.client_auth { "client certificate" } else { "server only" };
        format!("{}: {}, {}, {client}", self.provider.name, self.versions.max, self.key)
    }

    fn version(&self) -> &'static str {
        if self.versions == Versions::TLS1_3 { "-tls1_3" } else { "-tls1_2" }
    }

    fn combinations(&self) -> Vec<Combination<'_>> {
        let suites = suites(self.versions, self.key);
        suites
            .iter()
            .flat_map(|suite| GROUPS.map(|group| Combination { setting: self, suite: *suite, group }))
            .collect()
    }

    /// The groups to name. In TLS 1.2 the list also says which curves a certificate may have
    /// (RFC 8422 §5.1), so that of the key stands behind the one to use.
    fn groups(&self, first: (NamedGroup, &'static str)) -> Vec<(NamedGroup, &'static str)> {
        let curve = match (self.versions == Versions::TLS1_2, self.key) {
            (true, KeyType::P256) => Some(GROUPS[1]),
            (true, KeyType::P384) => Some(GROUPS[2]),
            _ => None,
        };
        [first].into_iter().chain(curve.filter(|c| *c != first)).collect()
    }
}

impl Combination<'_> {
    /// Whether this is what was settled.
    fn check(&self, summary: &Summary, peer_shown: bool) -> Result<(), String> {
        let settled = (summary.version, summary.suite, summary.group, summary.peer.is_some(), summary.retried);
        let wanted = (self.setting.versions.max, self.suite.0, self.group.0, peer_shown, false);
        if settled != wanted {
            return Err(format!("settled {settled:?} instead of {wanted:?}"));
        }
        let ems = (summary.version == ProtocolVersion::TLS1_2).then_some(true);
        if summary.extended_main_secret != ems {
            return Err(format!("extended main secret: {:?}", summary.extended_main_secret));
        }
        Ok(())
    }

    fn told(&self, error: impl std::fmt::Display) -> String {
        format!("{}, {}, {}: {error}", self.setting.name(), self.suite.1, self.group.1)
    }
}

/// Runs `each` on all, and tells how many succeeded, or every failure.
fn run(setting: &Setting, each: impl Fn(&Combination<'_>) -> Result<(), String>) -> Result<usize, String> {
    let all = setting.combinations();
    let failures: Vec<String> = all.iter().filter_map(|c| each(c).err().map(|e| c.told(e))).collect();
    if failures.is_empty() { Ok(all.len()) } else { Err(failures.join("\n")) }
}

/// OpenSSL serves, we connect: one server, and a connection for each suite and group. The server
/// sends each line back reversed.
pub(crate) fn openssl_serves(pki: &Pki, setting: &Setting) -> Result<usize, String> {
    let mut args = strings(&["-rev", setting.version()]);
    args.extend(pki.options(Who::Server, setting.key));
    if setting.client_auth {
        args.extend(strings(&["-Verify", "3", "-verify_return_error", "-CAfile", &pki.file("root.pem")]));
    }
    let server = Serving::start(&args, &[])?;
    let done = run(setting, |combination| {
        let groups: Vec<_> = setting.groups(combination.group).iter().map(|g| g.0).collect();
        let mut config = ClientConfig::new(setting.provider.clone(), pki.roots())
            .with_versions(setting.versions)
            .with_suites(&[combination.suite.0])
            .with_groups(&groups);
        if setting.client_auth {
            config = config.with_credential(pki.credential(Who::Client, setting.key, &setting.provider));
        }
        let mut tls = Stream::connect(&config, NAME, server.connect()?).map_err(|e| e.to_string())?;
        combination.check(tls.summary(), true)?;
        if tls.summary().certificate_requested != setting.client_auth {
            return Err("certificate_requested is not what was asked for".into());
        }
        send(&mut tls, "handfast\n")?;
        expect(&mut tls, "tsafdnah\n")?;
        tls.close().map_err(|e| e.to_string())?;
        expect_end(&mut tls)
    });
    done.map_err(|e| format!("{e}\n{}", server.process.told()))
}

/// We serve, OpenSSL connects: one process for each suite and group. What it is told to type is
/// sent, what it receives is printed.
pub(crate) fn openssl_connects(pki: &Pki, setting: &Setting) -> Result<usize, String> {
    run(setting, |combination| {
        let mut config =
            ServerConfig::new(setting.provider.clone(), pki.credential(Who::Server, setting.key, &setting.provider))
                .with_versions(setting.versions)
                .with_suites(&[combination.suite.0])
                .with_groups(&[combination.group.0]);
        if setting.client_auth {
            config = config.with_client_auth(ClientAuth::Require, pki.roots());
        }
        let groups: Vec<_> = setting.groups(combination.group).iter().map(|g| g.1).collect();
        let suites = if setting.versions == Versions::TLS1_3 { "-ciphersuites" } else { "-cipher" };
        let mut args = strings(&["-quiet", setting.version(), suites, combination.suite.1]);
        args.extend(strings(&["-groups", &groups.join(":"), "-servername", NAME, "-verify_hostname", NAME]));
        args.extend(strings(&["-verify", "3", "-verify_return_error", "-CAfile", &pki.file("root.pem")]));
        if setting.client_auth {
            args.extend(pki.options(Who::Client, setting.key));
        }
        let Calling { mut process, tcp } = Calling::start(&args, &[])?;
        let serve = |process: &mut crate::process::Process, tcp: TcpStream| -> Result<(), String> {
            process.say("from openssl\n")?;
            let mut tls = Stream::accept(&config, tcp).map_err(|e| e.to_string())?;
            combination.check(tls.summary(), setting.client_auth)?;
            if tls.summary().server_name.as_deref() != Some(NAME) {
                return Err("the server name did not come".into());
            }
            expect(&mut tls, "from openssl\n")?;
            send(&mut tls, "from handfast\n")?;
            tls.close().map_err(|e| e.to_string())?;
            process.wait_for("from handfast\n").map(drop)
        };
        serve(&mut process, tcp).map_err(|e| format!("{e}\n{}", process.told()))
    })
}

/// Sends a text.
pub(crate) fn send(tls: &mut Stream<TcpStream>, text: &str) -> Result<(), String> {
    tls.write_all(text.as_bytes()).and_then(|()| tls.flush()).map_err(|e| format!("sending: {e}"))
}

/// Reads a text.
pub(crate) fn expect(tls: &mut Stream<TcpStream>, text: &str) -> Result<(), String> {
    let mut got = vec![0; text.len()];
    tls.read_exact(&mut got).map_err(|e| format!("receiving {text:?}: {e}"))?;
    if got == text.as_bytes() { Ok(()) } else { Err(format!("{text:?} came as {:?}", String::from_utf8_lossy(&got))) }
}

/// Reads the end, which must be a close_notify.
pub(crate) fn expect_end(tls: &mut Stream<TcpStream>) -> Result<(), String> {
    match tls.read(&mut [0; 64]) {
        Ok(0) => Ok(()),
        Ok(n) => Err(format!("{n} bytes where the end should be")),
        Err(e) => Err(format!("the end: {e}")),
    }
}
