//! Our client and our server against each other, passing whole messages. No record, no socket.

use crate::fixture;
use crate::stand::Policy;
use handfast_codec::{AlertDescription, ProtocolVersion};
use handfast_handshake::ask::Credential;
use handfast_handshake::{
    Client, Cx, Direction, Effect, Effects, Epoch, Error, Event, Fact, Input, Observer, Question, Server, Traffic,
    client, server,
};
use handfast_schedule::Side;
use std::collections::VecDeque;
use std::sync::Arc;

/// What both ends are configured with.
pub struct Plan {
    pub client: client::Settings,
    pub server: server::Settings,
    /// What the server serves with.
    pub serves: Arc<Credential>,
    /// What the client shows, if it is asked.
    pub shows: Option<Arc<Credential>>,
    /// Whether each end finds the other's chain good: client, server.
    pub accepts: [bool; 2],
}

impl Plan {
    pub fn new(client: client::Settings, server: server::Settings, serves: Arc<Credential>) -> Self {
        Self { client, server, serves, shows: None, accepts: [true; 2] }
    }

    /// Runs it to the end.
    pub fn run(self) -> Run {
        Run::of(self)
    }
}

/// Something on its way; a message with the keys that it was sent under.
enum Wire {
    Message(Epoch, Vec<u8>),
    ChangeCipherSpec,
    Alert(AlertDescription),
}

/// What became of one end.
#[derive(Debug)]
pub enum Fate {
    /// The handshake is complete.
    Done,
    /// It failed here, and the alert went out.
    Failed(Error),
    /// The other end failed, and its alert came.
    Told(AlertDescription),
    /// It waits in this state for something that never came.
    Waits(&'static str),
}

/// One end, and all that is known of it.
pub struct End {
    machine: Option<Machine>,
    policy: Policy,
    provider: handfast_crypto::Provider,
    inbox: VecDeque<Wire>,
    /// The keys that we write and read with.
    epochs: [Epoch; 2],
    pub fate: Fate,
    pub facts: Vec<Fact>,
    /// Key and iv of each key change, in order.
    pub keys: Vec<(Direction, Epoch, Vec<u8>)>,
    pub traffic: Option<Traffic>,
    pub notes: Notes,
}

enum Machine {
    Client(Client),
    Server(Server),
}

impl Machine {
    fn state(&self) -> &'static str {
        match self {
            Self::Client(m) => m.state(),
            Self::Server(m) => m.state(),
        }
    }
}

/// What an observer heard.
#[derive(Default)]
pub struct Notes {
    /// What was sent and received, by name; `[ChangeCipherSpec]` in brackets.
    pub sent: Vec<&'static str>,
    pub received: Vec<&'static str>,
    /// The names of the secrets that were derived, with their bytes.
    pub derived: Vec<(&'static str, Vec<u8>)>,
    pub moves: usize,
    pub chose: usize,
    pub asked: Vec<&'static str>,
    pub installed: usize,
}

impl Observer for Notes {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Message { direction, bytes, .. } => {
                let name = Input::message(bytes).map_or("unknown", |m| m.name());
                self.list(*direction).push(name);
            }
            Event::ChangeCipherSpec { direction } => self.list(*direction).push("[ChangeCipherSpec]"),
            Event::Moved { .. } => self.moves += 1,
            Event::Chose(_) => self.chose += 1,
            Event::Derived(step) => self.derived.push((step.name, step.output.to_vec())),
            Event::Installed { .. } => self.installed += 1,
            Event::Asked(question) => self.asked.push(match question {
                Question::Choose(_) => "Choose",
                Question::Authenticate(_) => "Authenticate",
                Question::Sign(_) => "Sign",
                Question::Judge(_) => "Judge",
                _ => "?",
            }),
            _ => {}
        }
    }
}

impl Notes {
    fn list(&mut self, direction: Direction) -> &mut Vec<&'static str> {
        if direction == Direction::Read { &mut self.received } else { &mut self.sent }
    }
}

impl End {
    fn new(machine: Option<Machine>, policy: Policy, provider: handfast_crypto::Provider) -> Self {
        let fate = Fate::Waits("START");
        let (facts, keys, notes) = (Vec::new(), Vec::new(), Notes::default());
        Self {
            machine,
            policy,
            provider,
            inbox: VecDeque::new(),
            epochs: [Epoch::Plain; 2],
            fate,
            facts,
            keys,
            traffic: None,
            notes,
        }
    }

    /// Takes one thing from the inbox; returns what goes out, or `None` if there was nothing.
    fn turn(&mut self) -> Option<Vec<Wire>> {
        let wire = self.inbox.pop_front()?;
        if !matches!(self.fate, Fate::Waits(_)) {
            return Some(Vec::new());
        }
        let mut effects = Effects::default();
        let taken = match wire {
            Wire::Alert(alert) => {
                self.fate = Fate::Told(alert);
                return Some(Vec::new());
            }
            Wire::Message(epoch, bytes) => {
                // A record that was sealed with one key is opened with the same.
                assert_eq!(epoch, self.epochs[1], "in {}", self.machine.as_ref().map_or("the end", Machine::state));
                self.step(&mut effects, |machine, cx| match machine {
                    Machine::Client(m) => m.message(&bytes, true, cx),
                    Machine::Server(m) => m.message(&bytes, true, cx),
                })
            }
            Wire::ChangeCipherSpec => self.step(&mut effects, |machine, cx| match machine {
                // What a record layer does: in TLS 1.3 these mean nothing (RFC 9846 §5).
                Machine::Client(m) if m.version() != Some(ProtocolVersion::TLS1_2) => Ok(()),
                Machine::Server(m) if m.version() != Some(ProtocolVersion::TLS1_2) => Ok(()),
                Machine::Client(m) => m.change_cipher_spec(true, cx),
                Machine::Server(m) => m.change_cipher_spec(true, cx),
            }),
        };
        Some(self.settle(taken, effects))
    }

    fn step(
        &mut self,
        effects: &mut Effects,
        act: impl FnOnce(&mut Machine, &mut Cx<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let machine = self.machine.as_mut().expect("a machine that waits is there");
        act(machine, &mut Cx::new(effects, Some(&mut self.notes)))
    }

    /// Carries the effects out, answering questions as they come.
    fn settle(&mut self, mut taken: Result<(), Error>, effects: Effects) -> Vec<Wire> {
        let (mut out, mut queue) = (Vec::new(), VecDeque::from([effects]));
        while let Some(Effects { bytes, list }) = queue.pop_front() {
            for effect in list {
                match effect {
                    Effect::Send(range) => out.push(Wire::Message(self.epochs[0], bytes[range].to_vec())),
                    Effect::SendChangeCipherSpec => out.push(Wire::ChangeCipherSpec),
                    Effect::Install { direction, epoch, keys, .. } => {
                        self.epochs[usize::from(direction == Direction::Read)] = epoch;
                        self.keys.push((direction, epoch, [keys.key(), keys.iv()].concat()));
                    }
                    Effect::Learn(fact) => self.facts.push(fact),
                    Effect::Connected => self.fate = Fate::Done,
                    Effect::Ask(question) => {
                        let answer = self.policy.answer(question, &self.provider);
                        let mut more = Effects::default();
                        taken = self.step(&mut more, |machine, cx| match machine {
                            Machine::Client(m) => m.answer(answer, true, cx),
                            Machine::Server(m) => m.answer(answer, true, cx),
                        });
                        queue.push_back(more);
                    }
                    _ => {}
                }
            }
        }
        if let Err(error) = taken {
            out.push(Wire::Alert(error.alert()));
            self.fate = Fate::Failed(error);
        }
        match (&self.fate, self.machine.take()) {
            (Fate::Done, Some(Machine::Client(m))) => self.traffic = m.finish().ok(),
            (Fate::Done, Some(Machine::Server(m))) => self.traffic = m.finish().ok(),
            (_, machine) => self.machine = machine,
        }
        if let (Fate::Waits(state), Some(machine)) = (&mut self.fate, &self.machine) {
            *state = machine.state();
        }
        out
    }

    /// The secret of this name, if it was derived.
    pub fn derived(&self, name: &str) -> Option<&[u8]> {
        self.notes.derived.iter().find(|(n, _)| *n == name).map(|(_, bytes)| &bytes[..])
    }
}

/// What became of both.
pub struct Run {
    pub client: End,
    pub server: End,
    /// Who sent what, flight by flight.
    pub flights: Vec<(Side, Vec<&'static str>)>,
}

impl Run {
    fn of(plan: Plan) -> Self {
        let [client_accepts, server_accepts] = plan.accepts;
        let policy = |credential, accepts| Policy { credential, accepts, signs: true };
        let settings = Arc::new(plan.server);
        let server = Some(Machine::Server(Server::new(&settings)));
        let mut client = End::new(None, policy(plan.shows, client_accepts), plan.client.provider.clone());
        let mut server = End::new(server, policy(Some(plan.serves), server_accepts), settings.provider.clone());
        let mut effects = Effects::default();
        let mut cx = Cx::new(&mut effects, Some(&mut client.notes));
        let started = Client::start(&Arc::new(plan.client), fixture::target(), &mut cx);
        let started = started.map(|machine| client.machine = Some(Machine::Client(machine)));
        server.inbox.extend(client.settle(started, effects));
        let mut run = Self { client, server, flights: Vec::new() };
        run.note_flight(Side::Client, 0);
        loop {
            let (sent_by_server, sent_by_client) = (run.server.notes.sent.len(), run.client.notes.sent.len());
            let mut moved = false;
            while let Some(out) = run.server.turn() {
                moved = true;
                run.client.inbox.extend(out);
            }
            run.note_flight(Side::Server, sent_by_server);
            while let Some(out) = run.client.turn() {
                moved = true;
                run.server.inbox.extend(out);
            }
            run.note_flight(Side::Client, sent_by_client);
            if !moved {
                return run;
            }
        }
    }

    fn note_flight(&mut self, side: Side, from: usize) {
        let sent = match side {
            Side::Client => &self.client.notes.sent[from..],
            Side::Server => &self.server.notes.sent[from..],
        };
        if !sent.is_empty() {
            self.flights.push((side, sent.to_vec()));
        }
    }

    /// The flights as one text, a line each.
    pub fn flow(&self) -> String {
        self.flights.iter().map(|(side, sent)| format!("{side}: {}\n", sent.join(" "))).collect()
    }
}
