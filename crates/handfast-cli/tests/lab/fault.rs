//! A row of the lab: how a fault is built, and what the tool must say about it.

use crate::lab::Lab;
use crate::pki::Files;
use std::any::Any;

/// Whose fault it is, as the report says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Server,
    Both,
    Network,
    Unknown,
}

impl Side {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
            Self::Both => "both",
            Self::Network => "network",
            Self::Unknown => "unknown",
        }
    }
}

/// An alert and who sent it, seen from handfast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alert {
    None,
    Sent(u8),
    Received(u8),
}

/// A program of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Openssl,
    Curl,
    Python,
}

impl Program {
    pub(crate) const ALL: [Self; 3] = [Self::Openssl, Self::Curl, Self::Python];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Openssl => "openssl",
            Self::Curl => "curl",
            Self::Python => "python3",
        }
    }

    /// As the report's fields call it.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Openssl => "openssl",
            Self::Curl => "curl",
            Self::Python => "python",
        }
    }
}

/// What handfast's client is pointed at.
pub(crate) struct Target {
    /// HOST:PORT.
    pub(crate) address: String,
    /// What is asked for and verified, if not the host.
    pub(crate) name: Option<String>,
    /// The file with what is trusted.
    pub(crate) ca: Option<String>,
    /// Further options of handfast.
    pub(crate) args: Vec<String>,
    /// The same in the words of the other clients: `openssl s_client`, curl, and fields of a
    /// Python `SSLContext` (`field=value`).
    pub(crate) openssl: Vec<String>,
    pub(crate) curl: Vec<String>,
    pub(crate) python: Vec<String>,
    /// What stands for `{…}` in the sentences of the row.
    pub(crate) words: Vec<(&'static str, String)>,
    /// The peer.
    pub(crate) alive: Vec<Box<dyn Any>>,
}

impl Target {
    /// A port of this machine, to be verified under a name of the lab.
    pub(crate) fn new(port: u16, name: &str, ca: &str) -> Self {
        Self {
            address: format!("127.0.0.1:{port}"),
            name: Some(name.into()),
            ca: Some(ca.into()),
            args: Vec::new(),
            openssl: Vec::new(),
            curl: Vec::new(),
            python: Vec::new(),
            words: vec![("name", name.into()), ("port", port.to_string())],
            alive: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, args: &str) -> Self {
        self.args.extend(args.split_whitespace().map(str::to_owned));
        self
    }

    pub(crate) fn openssl(mut self, args: &str) -> Self {
        self.openssl.extend(args.split_whitespace().map(str::to_owned));
        self
    }

    pub(crate) fn curl(mut self, args: &str) -> Self {
        self.curl.extend(args.split_whitespace().map(str::to_owned));
        self
    }

    pub(crate) fn python(mut self, field: &str) -> Self {
        self.python.push(field.to_owned());
        self
    }

    pub(crate) fn word(mut self, name: &'static str, value: impl ToString) -> Self {
        self.words.push((name, value.to_string()));
        self
    }

    /// Keeps the peer until the fault is done with.
    pub(crate) fn keep(mut self, peer: impl Any) -> Self {
        self.alive.push(Box::new(peer));
        self
    }
}

/// What handfast's server is started with, and who calls it.
pub(crate) struct Visit {
    pub(crate) args: Vec<String>,
    /// The same server made with `openssl s_server`: the chain and the options.
    pub(crate) stand_in: Option<(Files, String)>,
    /// Calls the server at this port once, and says what was seen.
    pub(crate) call: Box<dyn Fn(u16) -> Result<String, String>>,
    pub(crate) words: Vec<(&'static str, String)>,
}

impl Visit {
    pub(crate) fn new(args: &str, call: impl Fn(u16) -> Result<String, String> + 'static) -> Self {
        let args = args.split_whitespace().map(str::to_owned).collect();
        Self { args, stand_in: None, call: Box::new(call), words: Vec::new() }
    }

    /// What OpenSSL's server is started with to be in our place.
    pub(crate) fn stand_in(mut self, files: &Files, args: &str) -> Self {
        self.stand_in = Some((files.clone(), args.to_owned()));
        self
    }

    pub(crate) fn word(mut self, name: &'static str, value: impl ToString) -> Self {
        self.words.push((name, value.to_string()));
        self
    }
}

/// How a fault is built; anything that is missing or does not start is an error.
#[derive(Clone, Copy)]
pub(crate) enum Rig {
    /// handfast plays the client.
    Client(fn(&Lab) -> Result<Target, String>),
    /// handfast plays the server.
    Server(fn(&Lab) -> Result<Visit, String>),
}

/// A row.
pub(crate) struct Fault {
    /// Its name, which never changes.
    pub(crate) id: &'static str,
    /// What is wrong, in one clause.
    pub(crate) what: &'static str,
    pub(crate) rig: Rig,
    /// The programs that it cannot be built without.
    pub(crate) needs: Vec<Program>,
    /// The cause that the report must name.
    pub(crate) cause: &'static str,
    /// What is truly wrong, where the evidence does not allow to name it: it must be among the
    /// others that the report leaves open.
    pub(crate) truth: Option<&'static str>,
    pub(crate) side: Side,
    /// The message that was read or awaited when it ended; empty if there was none.
    pub(crate) step: &'static str,
    pub(crate) exit: i32,
    pub(crate) alert: Alert,
    /// What a newcomer needs to read, and what would mislead. `{…}` are the words of the rig.
    pub(crate) say: &'static [&'static str],
    pub(crate) never: &'static [&'static str],
    /// The programs whose name for the cause, as the registry has it, must stand in their output when
    /// they are in handfast's place; a server's is OpenSSL's.
    pub(crate) elsewhere: Vec<Program>,
}

impl Fault {
    /// handfast plays the client.
    pub(crate) fn client(id: &'static str, what: &'static str, rig: fn(&Lab) -> Result<Target, String>) -> Self {
        Self::new(id, what, Rig::Client(rig))
    }

    /// handfast plays the server.
    pub(crate) fn server(id: &'static str, what: &'static str, rig: fn(&Lab) -> Result<Visit, String>) -> Self {
        Self::new(id, what, Rig::Server(rig))
    }

    fn new(id: &'static str, what: &'static str, rig: Rig) -> Self {
        Self {
            id,
            what,
            rig,
            needs: Vec::new(),
            cause: "",
            truth: None,
            side: Side::Unknown,
            step: "",
            exit: 0,
            alert: Alert::None,
            say: &[],
            never: &[],
            elsewhere: Vec::new(),
        }
    }

    pub(crate) fn needs(mut self, program: Program) -> Self {
        self.needs.push(program);
        self
    }

    /// What the report must say: the cause, whose fault, at which message, the exit status.
    pub(crate) fn is(mut self, cause: &'static str, side: Side, step: &'static str, exit: i32) -> Self {
        (self.cause, self.side, self.step, self.exit) = (cause, side, step, exit);
        self
    }

    pub(crate) fn truly(mut self, cause: &'static str) -> Self {
        self.truth = Some(cause);
        self
    }

    pub(crate) fn sent(mut self, code: u8) -> Self {
        self.alert = Alert::Sent(code);
        self
    }

    pub(crate) fn received(mut self, code: u8) -> Self {
        self.alert = Alert::Received(code);
        self
    }

    pub(crate) fn say(mut self, say: &'static [&'static str]) -> Self {
        self.say = say;
        self
    }

    pub(crate) fn never(mut self, never: &'static [&'static str]) -> Self {
        self.never = never;
        self
    }

    pub(crate) fn elsewhere(mut self, programs: &[Program]) -> Self {
        self.elsewhere = programs.to_vec();
        self
    }
}
