//! What went over a connection, kept for those who want to see every byte or every secret.

use crate::bytes::{self, Kind};
use crate::narrate::{Page, wrap};
use handfast::codec::{Alert, ChangeCipherSpec, Message, handshake_header};
use handfast::schedule::{Operation, Step};
use handfast::{Direction, Epoch, Event, Observer, ProtocolVersion};
use serde_json::{Value, json};
use std::sync::Arc;

/// How wide a line of a secret is, in bytes.
const LINE: usize = 32;

/// One message, ChangeCipherSpec or alert.
struct Taken {
    ms: f64,
    direction: Direction,
    /// What protects it.
    epoch: Epoch,
    name: String,
    kind: Kind,
    bytes: Vec<u8>,
}

/// One step of the key schedule.
struct Derived {
    name: &'static str,
    /// How it was made, without the secret that went in.
    made: String,
    /// What else went in, and what the RFC calls it.
    given: (&'static str, Vec<u8>),
    output: Vec<u8>,
}

/// Keeps what it is told. How much that can be is for the limits of the handshake to say.
pub(crate) struct Tape {
    page: Arc<Page>,
    taken: Vec<Taken>,
    /// Only if secrets are wanted.
    derived: Option<Vec<Derived>>,
    version: Option<ProtocolVersion>,
    reading: Epoch,
    writing: Epoch,
}

impl Tape {
    /// An empty tape, whose times are those of `page`.
    pub(crate) fn new(page: Arc<Page>, secrets: bool) -> Self {
        let (taken, derived) = (Vec::new(), secrets.then(Vec::new));
        Self { page, taken, derived, version: None, reading: Epoch::Plain, writing: Epoch::Plain }
    }

    fn take(&mut self, direction: Direction, name: String, kind: Kind, bytes: &[u8]) {
        // A ChangeCipherSpec is never encrypted.
        let epoch = match direction {
            _ if kind == Kind::ChangeCipherSpec => Epoch::Plain,
            Direction::Read => self.reading,
            Direction::Write => self.writing,
        };
        self.taken.push(Taken { ms: self.page.ms(), direction, epoch, name, kind, bytes: bytes.to_vec() });
    }

    /// An alert that is sent after the handshake, where no event tells of it.
    pub(crate) fn sent_alert(&mut self, alert: Alert) {
        self.take(Direction::Write, "Alert".into(), Kind::Alert, &alert.to_bytes());
    }

    /// The names of what is on the tape, each once, in order.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for taken in &self.taken {
            if !names.contains(&taken.name.as_str()) {
                names.push(&taken.name);
            }
        }
        names
    }

    /// Everything as annotated hex; with a `step` only messages of that name.
    pub(crate) fn annotated(&self, step: Option<&str>) -> String {
        let mut text = String::new();
        for taken in self.taken.iter().filter(|taken| step.is_none_or(|step| step == taken.name)) {
            let (who, len) = (arrow(taken.direction), taken.bytes.len());
            let protected = if taken.epoch == Epoch::Plain { "in the clear" } else { "encrypted" };
            let head = format!("{}  {len} B  {who}  {:.1} ms  {protected}", taken.name, taken.ms);
            text.push_str(&format!("\n{}", wrap("", &head, 4)));
            text.push_str(&bytes::annotated(taken.kind, &taken.bytes));
        }
        text
    }

    /// The same as data; hex only if asked for.
    pub(crate) fn json(&self, step: Option<&str>, hex: bool) -> Value {
        let messages = self.taken.iter().filter(|taken| step.is_none_or(|step| step == taken.name));
        messages.map(|taken| taken.json(hex)).collect()
    }

    /// Every step of the key schedule with what came out of it.
    pub(crate) fn secrets(&self) -> String {
        let mut text = String::new();
        for Derived { name, made, given, output } in self.derived.iter().flatten() {
            text.push_str(&wrap("  ", &format!("{name} = {made}"), 6));
            for (label, bytes) in [(given.0, &given.1), ("secret", output)] {
                let mut lead = format!("      {label:<7}  ");
                for line in bytes.chunks(LINE) {
                    let line: String = line.iter().map(|b| format!("{b:02x}")).collect();
                    text.push_str(&format!("{lead}{line}\n"));
                    lead = " ".repeat(lead.len());
                }
            }
        }
        text
    }

    /// The same as data; null if secrets are not wanted.
    pub(crate) fn secrets_json(&self) -> Value {
        let one = |step: &Derived| {
            let (kind, given) = (step.given.0, plain(&step.given.1));
            json!({ "name": step.name, "made": step.made, kind: given, "secret": plain(&step.output) })
        };
        self.derived.as_ref().map_or(Value::Null, |steps| steps.iter().map(one).collect())
    }

    fn derive(&mut self, step: &Step<'_>) {
        let Some(derived) = &mut self.derived else { return };
        let (made, given) = match &step.operation {
            Operation::Extract { salt, input } => (format!("HKDF-Extract(salt {salt})"), ("input", input.to_vec())),
            Operation::ExpandLabel { from, label, context } => {
                (format!("HKDF-Expand-Label({from}, \"{label}\")"), ("context", context.to_vec()))
            }
            Operation::Prf { from, label, seed } => (format!("PRF({from}, \"{label}\")"), ("seed", seed.concat())),
            _ => ("made in another way".into(), ("context", Vec::new())),
        };
        derived.push(Derived { name: step.name, made, given, output: step.output.to_vec() });
    }
}

impl Taken {
    fn json(&self, hex: bool) -> Value {
        let anatomy = bytes::dissect(self.kind, &self.bytes);
        let fields = anatomy.parts.iter().map(|part| {
            let mut field = json!({
                "name": part.name, "start": part.range.start, "end": part.range.end, "value": part.value,
            });
            if hex {
                field["hex"] = json!(plain(self.bytes.get(part.range.clone()).unwrap_or_default()));
            }
            field
        });
        json!({
            "ms": (self.ms * 1000.0).round() / 1000.0,
            "from": if self.direction == Direction::Write { "you" } else { "server" },
            "name": self.name,
            "length": self.bytes.len(),
            "protection": match self.epoch {
                Epoch::Plain => "none",
                Epoch::EarlyData => "early_data",
                Epoch::Handshake => "handshake",
                Epoch::Application => "application",
            },
            "refused": anatomy.broken.map(|error| error.to_string()),
            "fields": fields.collect::<Vec<_>>(),
        })
    }
}

fn plain(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn arrow(direction: Direction) -> &'static str {
    if direction == Direction::Write { "you ->" } else { "<- server" }
}

/// The name of a message, which for a HelloRetryRequest is not that of its type.
fn name(bytes: &[u8], version: Option<ProtocolVersion>) -> String {
    match Message::decode(bytes, version) {
        Ok(message) => message.handshake_type().to_string(),
        Err(_) => handshake_header(bytes).map_or_else(|| "?".into(), |(kind, _)| kind.to_string()),
    }
}

impl Observer for Tape {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Message { direction, version, bytes } => {
                self.version = version.or(self.version);
                let version = self.version;
                self.take(*direction, name(bytes, version), Kind::Handshake(version), bytes);
            }
            Event::ChangeCipherSpec { direction } => {
                let name = "ChangeCipherSpec".into();
                self.take(*direction, name, Kind::ChangeCipherSpec, &ChangeCipherSpec::BYTES);
            }
            Event::Alert { direction, level, description, .. } => {
                let alert = Alert { level: *level, description: *description };
                self.take(*direction, "Alert".into(), Kind::Alert, &alert.to_bytes());
            }
            Event::Installed { direction: Direction::Read, epoch } => self.reading = *epoch,
            Event::Installed { direction: Direction::Write, epoch } => self.writing = *epoch,
            Event::Derived(step) => self.derive(step),
            _ => {}
        }
    }
}
