//! What a handler says: sending, key changes, questions, facts.

use crate::{Cx, Direction, Effect, Epoch, Error, Event, Fact, Question, Rule};
use alloc::vec::Vec;
use handfast_codec::{CipherSuite, EncodeError, ProtocolVersion};
use handfast_schedule::{Step, TrafficKeys, Watch};

/// Appends one message, as the functions of [`handfast_codec::encode`] do.
pub(crate) trait Write: FnOnce(&mut Vec<u8>) -> Result<(), EncodeError> {}
impl<F: FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>> Write for F {}

impl Cx<'_> {
    /// Queues a handshake message and returns it, for the transcript.
    pub(crate) fn send(&mut self, version: Option<ProtocolVersion>, write: impl Write) -> Result<&[u8], Error> {
        let start = self.effects().bytes.len();
        write(&mut self.effects().bytes).map_err(|e| Error::new(Rule::Encoding).found(e))?;
        let end = self.effects().bytes.len();
        self.effect(Effect::Send(start..end));
        self.tell_sent(version, start);
        Ok(self.effects().bytes.get(start..end).unwrap_or_default())
    }

    /// Queues a ChangeCipherSpec record.
    pub(crate) fn send_change_cipher_spec(&mut self) {
        self.tell(|| Event::ChangeCipherSpec { direction: Direction::Write });
        self.effect(Effect::SendChangeCipherSpec);
    }

    /// Queues a key change.
    pub(crate) fn install(&mut self, direction: Direction, epoch: Epoch, suite: CipherSuite, keys: TrafficKeys) {
        self.tell(|| Event::Installed { direction, epoch });
        self.effect(Effect::Install { direction, epoch, suite, keys });
    }

    /// Queues a question.
    pub(crate) fn ask(&mut self, question: Question) {
        self.tell(|| Event::Asked(&question));
        self.effect(Effect::Ask(question));
    }

    /// Queues a fact.
    pub(crate) fn learn(&mut self, fact: Fact) {
        self.tell(|| Event::Learnt(&fact));
        self.effect(Effect::Learn(fact));
    }

    /// Passes the steps of a key schedule on to the observer, if anybody listens.
    pub(crate) fn watching<T>(&mut self, work: impl FnOnce(&mut Watch<'_>) -> T) -> T {
        match self.observer() {
            Some(observer) => work(&mut Watch::new(&mut |step: &Step<'_>| observer.event(&Event::Derived(step)))),
            None => work(&mut Watch::off()),
        }
    }
}
