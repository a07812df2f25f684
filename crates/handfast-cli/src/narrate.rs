//! A handshake told in plain words: an observer that turns events into lines.
//!
//! ```text
//!   0.0 ms  ClientHello          213 B  you ->     speaks TLS 1.3 and TLS 1.2
//!           ? server chose TLS 1.3: …              a choice or a check, and whose
//!           ~ both sides now own the handshake keys; every message below is encrypted
//!           ! you sent alert bad_certificate (42)
//! ```
//!
//! Lines have at most [`WIDTH`] columns. What a peer chose to write is escaped.

mod checks;
mod flights;
mod offered;
mod page;
mod words;

pub use checks::{Check, Trust};
pub use flights::Flights;
pub use page::{Page, WIDTH, wrap};
pub(crate) use words::{count, cut};

use crate::verdict::to_you;
use handfast::ask::Chain;
use handfast::codec::Message;
use handfast::schedule::Operation;
use handfast::{Choosing, CipherSuite, Direction, Epoch, Event, NamedGroup, Observer, ProtocolVersion, Question};
use offered::Offered;
use std::fmt::Display;
use std::sync::Arc;

/// Whose eyes a narrator has, and how much it tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The client is "you".
    Client,
    /// The server is "you".
    Server,
    /// What the server does between its messages, told to the client: goes on the client's page.
    BehindTheServer,
}

impl View {
    /// The one whose events these are.
    fn own(self) -> &'static str {
        if self == Self::BehindTheServer { "server" } else { "you" }
    }

    /// The other one.
    fn peer(self) -> &'static str {
        match self {
            Self::Client => "server",
            Self::Server => "client",
            Self::BehindTheServer => "you",
        }
    }
}

/// Tells the events of one connection on a [`Page`].
pub struct Narrator {
    page: Arc<Page>,
    view: View,
    /// By what we judge the server. Who has it tells what a server behind the page would not.
    trust: Option<Trust>,
    version: Option<ProtocolVersion>,
    group: Option<NamedGroup>,
    encrypted: bool,
    /// What the peer chose, found to be among our offers.
    offered: Vec<Offered>,
    /// The chain that is being judged.
    chain: Option<Arc<Chain>>,
    /// We sent a ClientHello with TLS 1.3 in it.
    wants13: bool,
    flights: Flights,
    step: Step,
}

/// Marks of messages among the lines of a step.
const READ: char = '<';
const SENT: char = '>';

/// The lines of one step of the machine. That its check has passed is known at its end only, but
/// belongs before what follows from it: so the lines wait.
#[derive(Default)]
struct Step {
    open: bool,
    judging: bool,
    lines: Vec<(char, String)>,
}

impl Narrator {
    /// A narrator that writes on `page`.
    pub fn new(page: Arc<Page>, view: View) -> Self {
        Self {
            page,
            view,
            trust: None,
            version: None,
            group: None,
            encrypted: false,
            offered: Vec::new(),
            chain: None,
            wants13: false,
            flights: Flights::default(),
            step: Step::default(),
        }
    }

    /// The same, telling how the server is judged and why it may have chosen as it did. For a client
    /// whose server tells nothing itself.
    #[must_use]
    pub fn with_trust(mut self, trust: Trust) -> Self {
        self.trust = Some(trust);
        self
    }

    /// What it cost so far.
    pub fn flights(&self) -> &Flights {
        &self.flights
    }

    /// Puts on the page what still waits for its step to end.
    pub fn finish(&mut self) {
        self.flush();
    }

    /// Puts lines on the page, or aside until the step ends.
    fn put(&mut self, mark: char, lines: String) {
        self.flush_offered();
        self.step.lines.push((mark, lines));
        if !self.step.open {
            self.flush();
        }
    }

    fn note(&mut self, mark: char, text: &str) {
        self.put(mark, page::note(mark, text));
    }

    fn flush_offered(&mut self) {
        let offered = std::mem::take(&mut self.offered);
        if offered.is_empty() {
            return;
        }
        let me = self.view.own();
        let whose = if me == "you" { "your" } else { "its" };
        let mut check = offered::check(&offered, whose, self.trust.is_some());
        if let Some(why) = self.trust.as_ref().and_then(|_| offered::why(&offered)) {
            check.push_str(&format!("; {why}"));
        }
        self.step.lines.push(('?', page::note('?', &format!("{me} checked: {check}"))));
        self.page.checked(Check { what: "offer", text: check });
    }

    fn flush(&mut self) {
        self.flush_offered();
        for (_, lines) in self.step.lines.drain(..) {
            self.page.put(&lines);
        }
    }

    fn message(&mut self, direction: Direction, version: Option<ProtocolVersion>, bytes: &[u8]) {
        let message = Message::decode(bytes, version);
        self.flights.count(direction, bytes);
        let again = self.flights.greeted && direction == Direction::Write;
        match &message {
            Ok(Message::ClientHello(hello)) if direction == Direction::Write => {
                self.flights.greeted = true;
                self.wants13 = hello.offers_version(ProtocolVersion::TLS1_3);
            }
            Ok(Message::HelloRetryRequest(retry)) => self.flights.retried = Some(retry.extensions.key_share),
            Ok(Message::ServerHello(hello)) => {
                self.version = Some(hello.version());
                self.group = hello.extensions.key_share.map(|share| share.group);
            }
            Ok(Message::ServerKeyExchange(exchange)) => self.group = Some(exchange.namedcurve),
            _ => {}
        }
        self.step.open |= direction == Direction::Read;
        if self.view == View::BehindTheServer {
            return;
        }
        let (name, facts) = match message {
            Ok(Message::ClientHello(hello)) if again => ("ClientHello".into(), words::second_hello(&hello)),
            Ok(message) => (message.handshake_type().to_string(), words::facts(&message)),
            Err(error) => (words::type_of(bytes), vec![format!("cannot be read: {error}")]),
        };
        let lines = self.page.message_lines(&name, Some(bytes.len()), &self.arrow(direction), &facts);
        self.put(if direction == Direction::Read { READ } else { SENT }, lines);
    }

    fn arrow(&self, direction: Direction) -> String {
        match direction {
            Direction::Write => "you ->".into(),
            Direction::Read => format!("<- {}", self.view.peer()),
        }
    }

    fn chose(&mut self, choosing: &Choosing<'_>) {
        match choosing {
            Choosing::Version(offer, own, chosen) => self.choice("version", offer, own, *chosen),
            // A suite competes with those of its version.
            Choosing::Suite(offer, [], Some(chosen)) => {
                let version = |suite: &CipherSuite| suite.info().map(|info| info.version);
                let rivals = offer.iter().copied().filter(|suite| version(suite) == version(chosen));
                self.choice("suite", &rivals.collect::<Vec<_>>(), &[], Some(*chosen));
            }
            Choosing::Suite(offer, own, chosen) => self.choice("suite", offer, own, *chosen),
            Choosing::Group(offer, own, chosen) => self.choice("group", offer, own, *chosen),
            Choosing::Scheme(offer, own, chosen) => self.choice("scheme", offer, own, *chosen),
            Choosing::Alpn(offer, own, chosen) => {
                let (offer, own) = (words::alpn(offer), words::alpn(own));
                self.choice("protocol", &offer, &own, chosen.map(|name| name.escape_ascii().to_string()));
            }
            _ => {}
        }
    }

    /// One choice with both offers; with one offer alone it is the check of what the peer chose.
    fn choice<T: Display + PartialEq>(&mut self, what: &'static str, offer: &[T], own: &[T], chosen: Option<T>) {
        let (me, peer) = (self.view.own(), self.view.peer());
        let Some(chosen) = chosen else {
            let (offer, own) = (words::list(offer), words::list(own));
            return self.note('!', &format!("no {what} in common: one side has {offer}; the other has {own}"));
        };
        if own.is_empty() {
            return self.offered.push(Offered::new(what, offer, &chosen));
        }
        let (they, it, too) = match me {
            "you" => (format!("the {peer} offers"), "you take", "as you do"),
            _ => ("you offer".into(), "it takes", "as it does"),
        };
        let offers = words::short(offer);
        let text = match own {
            _ if offer == own => format!("{me} chose {chosen} ({what}: {they} {offers}, {too})"),
            [one] if *one == chosen => format!("{me} chose {chosen} ({what}: {they} {offers}; {it} that alone)"),
            _ => format!("{me} chose {chosen} ({what}: {they} {offers}; {it} {})", words::short(own)),
        };
        self.note('?', &text);
    }

    fn derived(&mut self, name: &str, operation: &Operation<'_>) {
        let shared = self.group.map_or_else(|| "the shared secret".into(), |g| format!("{g} of both key shares"));
        match (name, operation) {
            ("handshake_secret", _) => {
                self.note('~', &format!("{shared} -> handshake_secret -> a traffic secret for each side"));
            }
            ("main_secret", Operation::Prf { label, .. }) => {
                let bound = if label.starts_with("extended") { ", bound to all so far" } else { "" };
                self.note('~', &format!("{shared} -> main_secret{bound} -> a key for each side"));
            }
            ("main_secret", _) => {
                self.note('~', "handshake_secret -> main_secret -> application traffic secrets, exporter secret");
            }
            _ => {}
        }
    }

    fn installed(&mut self, direction: Direction, epoch: Epoch) {
        let tls13 = self.version == Some(ProtocolVersion::TLS1_3);
        match (epoch, direction) {
            (Epoch::Handshake, _) if !self.encrypted => {
                self.encrypted = true;
                self.note('~', "both sides now own the handshake keys; every message below is encrypted");
            }
            (Epoch::Application, Direction::Write) if tls13 => {
                self.note('~', "what you send from here on is under the application keys");
            }
            // TLS 1.2: each direction switches with the ChangeCipherSpec of its sender.
            (Epoch::Application, _) if self.version == Some(ProtocolVersion::TLS1_2) && self.encrypted => {
                self.note('~', "both directions are protected now: every message below is encrypted");
            }
            (Epoch::Application, _) => self.encrypted = true,
            _ => {}
        }
    }

    /// An arrow is taken only when its checks have passed: so it tells them, before what follows.
    fn moved(&mut self, on: &str) {
        self.flush_offered();
        let checks = self.checks_of(on);
        let me = self.view.own();
        let told = checks.iter().map(|check| ('?', format!("{me} checked: {}", check.text)));
        let told: Vec<_> =
            told.chain(self.judged(on, &checks)).map(|(mark, text)| (mark, page::note(mark, &text))).collect();
        // Behind the message that began the step, if one did, and other checks.
        let lines = &self.step.lines;
        let start = usize::from(lines.first().is_some_and(|(mark, _)| *mark == READ));
        let at = lines.iter().skip(start).position(|(mark, _)| *mark != '?').map_or(lines.len(), |n| start + n);
        self.step.lines.splice(at..at, told);
        checks.into_iter().for_each(|check| self.page.checked(check));
        if on == "Verdict" {
            self.chain = None;
        }
        self.flush();
        self.step.open = std::mem::take(&mut self.step.judging);
    }
}

impl Observer for Narrator {
    fn event(&mut self, event: &Event<'_>) {
        let behind = self.view == View::BehindTheServer;
        match event {
            Event::Message { direction, version, bytes } => self.message(*direction, *version, bytes),
            Event::ChangeCipherSpec { direction } if !behind => {
                self.step.open |= *direction == Direction::Read;
                // Without a version there was a HelloRetryRequest, and it will be TLS 1.3.
                let tls12 = self.version == Some(ProtocolVersion::TLS1_2);
                let why = if tls12 { "the sender encrypts from here on" } else { "means nothing; for old middleboxes" };
                let arrow = self.arrow(*direction);
                let lines = self.page.message_lines("ChangeCipherSpec", Some(1), &arrow, &[why.into()]);
                self.put(if *direction == Direction::Read { READ } else { SENT }, lines);
            }
            Event::Chose(choosing) => self.chose(choosing),
            Event::Derived(step) if !behind => self.derived(step.name, &step.operation),
            Event::Installed { direction, epoch } if !behind => self.installed(*direction, *epoch),
            Event::Moved { on, .. } => self.moved(on),
            Event::Asked(Question::Judge(judge)) => {
                self.step.judging = true;
                self.chain = Some(judge.chain.clone());
            }
            Event::Asked(Question::Sign(sign)) => {
                let (me, its) = if self.view.own() == "you" { ("you", "your") } else { ("server", "its") };
                self.note('?', &format!("{me} signed with {its} private key ({})", sign.scheme));
            }
            Event::Alert { direction, level, description, why } => {
                let refused =
                    self.chain.take().zip(self.trust.as_ref()).and_then(|(chain, trust)| trust.refusal(&chain));
                if let (Direction::Write, Some(refused)) = (direction, refused) {
                    self.note('!', &format!("you refused the chain: {refused}"));
                }
                let who = if *direction == Direction::Write { self.view.own() } else { self.view.peer() };
                let mut text = format!("{who} sent {level} alert {description} ({})", description.0);
                if let Some(error) = why {
                    text.push_str(&format!(": {}", to_you(&error.to_string())));
                }
                self.note('!', &text);
                self.flush();
            }
            _ => {}
        }
    }
}

/// What waits when a connection ends in the middle of a step is still worth reading.
impl Drop for Narrator {
    fn drop(&mut self) {
        self.flush();
    }
}
