//! The single-dash spellings of `s_client` and `s_server`, rewritten into ours by one table.
//!
//! So a line that someone knows by heart can be pasted behind `handfast client`, `handfast explain` or
//! `handfast server`. Only words after these subcommands are looked at.

use handfast_crypto::{CipherSuite, ProtocolVersion};
use std::ffi::OsString;

/// Which subcommands know a spelling.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Client,
    Server,
    Both,
}
use Role::{Both, Client, Server};

/// What becomes of a spelling. Those with a value take it from the next word, or behind `=`.
#[derive(Clone, Copy)]
enum Become {
    /// These words.
    Words(&'static [&'static str]),
    /// Nothing: we do so anyway.
    Nothing,
    /// Nothing, and neither does its value.
    NothingWithValue,
    /// The value alone.
    Positional,
    /// This option with the value.
    Option(&'static str),
    /// This option with the value, whose items OpenSSL separates by colons.
    List(&'static str),
    /// `--suites` for this version only; the other version keeps its suites.
    Suites(ProtocolVersion),
    /// `--listen` on every address, unless the value names one.
    Listen,
    /// The trust anchors of a server, which mean nothing unless it asks for certificates.
    ServerCa,
    /// Ask for client certificates; `true`: insist.
    Verify(bool),
}

const TABLE: &[(Role, &str, Become)] = &[
    (Client, "-connect", Become::Positional),
    (Client, "-servername", Become::Option("--name")),
    (Client, "-verify_hostname", Become::Option("--name")),
    (Client, "-verify_ip", Become::Option("--name")),
    (Client, "-noservername", Become::Words(&["--sni", "none"])),
    (Client, "-CAfile", Become::Option("--ca")),
    (Server, "-CAfile", Become::ServerCa),
    (Both, "-cert", Become::Option("--cert")),
    (Both, "-key", Become::Option("--key")),
    (Server, "-cert2", Become::Option("--cert")),
    (Server, "-key2", Become::Option("--key")),
    (Both, "-alpn", Become::Option("--alpn")),
    (Both, "-tls1_2", Become::Words(&["--min", "1.2", "--max", "1.2"])),
    (Both, "-tls1_3", Become::Words(&["--min", "1.3", "--max", "1.3"])),
    (Both, "-no_tls1_2", Become::Words(&["--min", "1.3"])),
    (Both, "-no_ssl3", Become::Nothing),
    (Both, "-no_tls1", Become::Nothing),
    (Both, "-no_tls1_1", Become::Nothing),
    (Both, "-no_tls1_3", Become::Words(&["--max", "1.2"])),
    (Both, "-min_protocol", Become::Option("--min")),
    (Both, "-max_protocol", Become::Option("--max")),
    (Both, "-groups", Become::List("--groups")),
    (Both, "-curves", Become::List("--groups")),
    (Both, "-sigalgs", Become::List("--schemes")),
    (Both, "-ciphersuites", Become::Suites(ProtocolVersion::TLS1_3)),
    (Both, "-cipher", Become::Suites(ProtocolVersion::TLS1_2)),
    (Both, "-keylogfile", Become::Option("--keylogfile")),
    (Client, "-msg", Become::Words(&["--explain"])),
    (Client, "-state", Become::Words(&["--explain"])),
    (Client, "-showcerts", Become::Words(&["--showcerts"])),
    (Server, "-accept", Become::Listen),
    (Server, "-port", Become::Listen),
    (Server, "-www", Become::Words(&["--www"])),
    (Client, "-verify", Become::NothingWithValue),
    (Server, "-verify", Become::Verify(false)),
    (Server, "-Verify", Become::Verify(true)),
    (Both, "-verify_return_error", Become::Nothing),
    (Both, "-quiet", Become::Nothing),
    (Both, "-brief", Become::Nothing),
    (Client, "-nocommands", Become::Nothing),
];

/// Rewrites a whole command line, the program's name included.
///
/// # Errors
/// A sentence for the user if a single-dash word is unknown or lacks its value; the exit status
/// is then 2.
pub fn rewrite(words: Vec<OsString>) -> Result<Vec<OsString>, String> {
    let role = match words.get(1).and_then(|w| w.to_str()) {
        // explain is a client that tells more.
        Some("client" | "explain") => Client,
        Some("server") => Server,
        _ => return Ok(words),
    };
    let explains = words.get(1).is_some_and(|word| word == "explain");
    let mut out = Rewritten::default();
    let mut words = words.into_iter();
    out.words.extend(words.by_ref().take(2));
    while let Some(word) = words.next() {
        if word == "--" {
            out.words.push(word);
            out.words.extend(words);
            break;
        }
        // -h and -V are ours; a lone dash is a value.
        let single = word.to_str().filter(|w| w.starts_with('-') && !w.starts_with("--") && w.len() > 1);
        let Some(text) = single.filter(|w| !matches!(*w, "-h" | "-V")) else {
            out.words.push(word);
            continue;
        };
        if text == "-help" {
            out.words.push("--help".into());
            continue;
        }
        let (name, inline) = text.split_once('=').map_or((text, None), |(n, v)| (n, Some(OsString::from(v))));
        let Some((.., action)) = TABLE.iter().find(|(r, n, _)| *n == name && (*r == role || *r == Both)) else {
            return Err(unknown(name, role));
        };
        match action {
            // What explain tells anyway, and in greater detail.
            Become::Words(["--explain" | "--showcerts"]) if explains => {}
            _ => out.apply(name, *action, inline, &mut words)?,
        }
    }
    out.finish()
}

/// The new command line while it grows, and what can be said only at its end.
#[derive(Default)]
struct Rewritten {
    words: Vec<OsString>,
    given: Vec<(&'static str, OsString)>,
    suites: Vec<ProtocolVersion>,
    server_ca: Option<OsString>,
    verify: Option<bool>,
}

impl Rewritten {
    fn apply(
        &mut self,
        name: &str,
        action: Become,
        inline: Option<OsString>,
        rest: &mut impl Iterator<Item = OsString>,
    ) -> Result<(), String> {
        let mut value = || inline.clone().or_else(|| rest.next()).ok_or_else(|| format!("{name} needs a value"));
        match action {
            // -msg -state: a flag that is there already.
            Become::Words([flag]) if self.words.iter().any(|word| word == flag) => {}
            Become::Words(words) => self.words.extend(words.iter().map(OsString::from)),
            Become::Nothing => {}
            Become::NothingWithValue => drop(value()?),
            Become::Positional => self.words.push(value()?),
            Become::Option(option) => self.option(option, value()?),
            Become::List(option) => self.option(option, commas(value()?)),
            Become::Suites(version) => {
                self.suites.push(version);
                self.option("--suites", commas(value()?));
            }
            Become::Listen => {
                let value = value()?;
                let everywhere = value.to_str().map(|v| v.strip_prefix("*:").unwrap_or(v)).filter(|v| !v.contains(':'));
                let listen = everywhere.map(|port| OsString::from(format!("0.0.0.0:{port}")));
                self.option("--listen", listen.unwrap_or(value));
            }
            Become::ServerCa => self.server_ca = Some(value()?),
            Become::Verify(insist) => {
                // The value is a depth; ours is bounded by the chain's budget.
                value()?;
                self.verify = Some(insist);
            }
        }
        Ok(())
    }

    /// `-servername` and `-verify_hostname` usually say the same: once is enough, and clap refuses two
    /// that differ. Certificates and keys do repeat.
    fn option(&mut self, option: &'static str, value: OsString) {
        let pair = (option, value);
        if option == "--name" && self.given.contains(&pair) {
            return;
        }
        self.words.extend([option.into(), pair.1.clone()]);
        self.given.push(pair);
    }

    fn finish(mut self) -> Result<Vec<OsString>, String> {
        let mut tail = Vec::new();
        // OpenSSL keeps two lists, we keep one: the version that was not listed keeps all it has.
        if let [listed] = self.suites[..] {
            let others = CipherSuite::SPOKEN.iter().filter(|s| s.info().is_some_and(|i| i.version != listed));
            let others: Vec<_> = others.map(ToString::to_string).collect();
            tail.extend(["--suites".into(), OsString::from(others.join(","))]);
        }
        match (self.verify, self.server_ca.take()) {
            (Some(insist), Some(ca)) => {
                tail.extend(["--client-ca".into(), ca]);
                tail.extend((!insist).then(|| "--request-client-cert".into()));
            }
            (Some(_), None) => return Err("-verify and -Verify need -CAfile FILE: the CAs of the clients".into()),
            // Without -verify nobody is asked, so there is nothing to trust.
            (None, _) => {}
        }
        let end = self.words.iter().position(|w| w == "--").unwrap_or(self.words.len());
        self.words.splice(end..end, tail);
        Ok(self.words)
    }
}

fn commas(list: OsString) -> OsString {
    list.to_str().map_or(list.clone(), |l| l.replace(':', ",").into())
}

/// The spellings that `handfast client` or `handfast server` takes.
pub(crate) fn spellings(command: &str) -> Vec<&'static str> {
    let role = if command == "client" { Client } else { Server };
    TABLE.iter().filter(|(r, ..)| *r == role || *r == Both).map(|(_, name, _)| *name).collect()
}

/// The versions that are recognised and never spoken.
const NEVER: &[(&str, &str)] = &[("ssl2", "SSL 2"), ("ssl3", "SSL 3"), ("tls1", "TLS 1.0"), ("tls1_1", "TLS 1.1")];

fn unknown(name: &str, role: Role) -> String {
    let never = |spelling: &str| NEVER.iter().find(|(known, _)| *known == spelling).map(|(_, version)| *version);
    if let Some(version) = name.strip_prefix('-').and_then(never) {
        return format!("{name}: handfast never speaks {version}; it speaks TLS 1.2 and TLS 1.3");
    }
    let command = if role == Client { "client" } else { "server" };
    let elsewhere = TABLE.iter().any(|(r, n, _)| *n == name && *r != role && *r != Both);
    let why = if elsewhere { format!("is no option of handfast {command}") } else { "is not known".into() };
    format!(
        "{name} {why}. Of OpenSSL's spellings handfast {command} takes {}; for ours see handfast {command} --help",
        spellings(command).join(" ")
    )
}
