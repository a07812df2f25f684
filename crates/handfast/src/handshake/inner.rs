//! The inside of a handshake: from records to the machine, and from its effects to records. This is
//! the one place that knows both.

use super::{Asked, FLIGHT_OVERHEAD, Handshake, Machine};
use crate::error::{Error, Kind};
use crate::judge::Role;
use crate::report::{Evidence, Narrowed, Offer, Trail, awaited};
use alloc::string::ToString;
use alloc::vec::Vec;
use core::ops::Range;
use handfast_codec::{Alert, ChangeCipherSpec, ContentType, HandshakeType, RecordHeader};
use handfast_crypto::{AlertDescription, AlertLevel, CryptoError, ProtocolVersion};
use handfast_handshake::{Cx, Direction, Effect, Epoch, Event, Fact, Observer};
use handfast_record::{CcsRule, RecordKeys};

impl Handshake {
    /// Whether anything may be read now.
    pub(super) fn reads(&self) -> bool {
        let over = matches!(self.machine, Machine::Over);
        !over && self.failed.is_none() && !self.connected && matches!(self.question, Asked::Nothing)
    }

    pub(super) fn check_deadline(&mut self) {
        if self.failed.is_some() || self.connected {
            return;
        }
        let common = self.role.common();
        let (limit, spent) = (common.limits.deadline, common.clock.elapsed().saturating_sub(self.started));
        if spent > limit {
            // Rounded up, so that what was spent is more than the limit.
            let (limit, spent) = (limit.as_millis() as u64, spent.as_micros().div_ceil(1000) as u64);
            self.fail(Kind::Limit { what: "milliseconds for the handshake", limit, spent });
        }
    }

    pub(super) fn record(&mut self, content_type: ContentType, text: &[u8]) {
        if content_type != ContentType::HANDSHAKE
            && let Err(error) = self.joiner.other_record()
        {
            return self.fail(Kind::Record(error));
        }
        match content_type {
            ContentType::HANDSHAKE => {
                self.spent.bytes += text.len();
                let limit = self.role.common().limits.handshake_bytes;
                if self.spent.bytes > limit {
                    let (limit, spent) = (limit as u64, self.spent.bytes as u64);
                    return self.fail(Kind::Limit { what: "handshake bytes", limit, spent });
                }
                self.messages(text);
            }
            ContentType::CHANGE_CIPHER_SPEC => {
                let mut cx = Cx::new(&mut self.effects, self.observer.any());
                let result = match &mut self.machine {
                    Machine::Client(client) => client.change_cipher_spec(true, &mut cx),
                    Machine::Server(server) => server.change_cipher_spec(true, &mut cx),
                    Machine::Over => Ok(()),
                };
                self.stepped(result);
            }
            ContentType::ALERT => self.alert(text),
            _ => {
                let error = handfast_handshake::Error::new(handfast_handshake::Rule::UnexpectedMessage);
                self.fail(Kind::Handshake(error.found("application data before the handshake is complete")));
            }
        }
    }

    /// Feeds whole messages to the machine as long as it may take one; keeps the rest.
    pub(super) fn messages(&mut self, mut text: &[u8]) {
        while self.reads() {
            let limits = self.role.common().limits;
            let max = |kind| match kind {
                HandshakeType::CERTIFICATE | HandshakeType::COMPRESSED_CERTIFICATE => limits.certificate_bytes,
                _ => limits.message_bytes,
            };
            let (message, aligned) = match self.joiner.next_with_alignment(&mut text, max) {
                Ok(Some(next)) => next,
                Ok(None) => return,
                Err(error) => return self.fail(Kind::Record(error)),
            };
            self.spent.messages += 1;
            if self.spent.messages > limits.messages {
                let (limit, spent) = (limits.messages.into(), self.spent.messages.into());
                return self.fail(Kind::Limit { what: "handshake messages", limit, spent });
            }
            let mut cx = Cx::new(&mut self.effects, self.observer.any());
            let result = match &mut self.machine {
                Machine::Client(client) => client.message(message, aligned, &mut cx),
                Machine::Server(server) => server.message(message, aligned, &mut cx),
                Machine::Over => return,
            };
            if result.is_err() {
                self.message = message.to_vec();
            }
            self.summary.trail.last = message.first().map(|kind| HandshakeType(*kind));
            self.summary.trail.messages += 1;
            self.stepped(result);
        }
        if self.failed.is_none()
            && let Err(error) = self.joiner.keep(text)
        {
            self.fail(Kind::Record(error));
        }
    }

    pub(super) fn alert(&mut self, text: &[u8]) {
        let Alert { level, description } = match Alert::decode(text) {
            Ok(alert) => alert,
            Err(error) => return self.fail(Kind::Handshake(error.into())),
        };
        self.observer.event(&Event::Alert { direction: Direction::Read, level, description, why: None });
        // RFC 9846 §6: in TLS 1.3 the level means nothing; every alert but these two is an error.
        // RFC 5246 §7.2.2: in TLS 1.2 a warning lets the connection live.
        let version = match self.role.versions() {
            // What was not agreed on yet can only become this.
            [ProtocolVersion::TLS1_3] => ProtocolVersion::TLS1_3,
            _ => self.summary.version,
        };
        match description {
            AlertDescription::CLOSE_NOTIFY => self.fail(Kind::Closed),
            AlertDescription::USER_CANCELED if version == ProtocolVersion::TLS1_3 => {
                self.trail().warned = Some(description);
            }
            _ if level == AlertLevel::WARNING && version != ProtocolVersion::TLS1_3 => {
                self.trail().warned = Some(description);
            }
            _ => self.fail(Kind::Alert { level, description }),
        }
    }

    pub(super) fn stepped(&mut self, result: Result<(), handfast_handshake::Error>) {
        match result {
            Ok(()) => self.carry_out(),
            Err(error) => match self.refusal.take() {
                Some(refusal) => self.fail_in(Kind::Chain(refusal), error.state()),
                None => self.fail(Kind::Handshake(error)),
            },
        }
    }

    /// Does what the machine has queued, in order.
    pub(super) fn carry_out(&mut self) {
        let mut effects = core::mem::take(&mut self.effects);
        if !effects.bytes.is_empty() {
            // Room for the whole flight at once: its records are at most a few.
            self.outgoing.reserve(effects.bytes.len() + FLIGHT_OVERHEAD);
        }
        // Messages that follow one another under one key share records.
        let mut flight: Range<usize> = 0..0;
        // By reference: a key that is moved out of the queue leaves a copy there, which nobody wipes.
        for effect in &mut effects.list {
            let done = match effect {
                Effect::Send(message) => {
                    flight = if flight.is_empty() { message.clone() } else { flight.start..message.end };
                    Ok(())
                }
                Effect::SendChangeCipherSpec => self
                    .seal(ContentType::HANDSHAKE, &effects.bytes, &mut flight)
                    .and_then(|()| self.seal(ContentType::CHANGE_CIPHER_SPEC, &ChangeCipherSpec::BYTES, &mut (0..1))),
                Effect::Install { direction, epoch, suite, keys } => {
                    let sealed = match direction {
                        Direction::Write => self.seal(ContentType::HANDSHAKE, &effects.bytes, &mut flight),
                        Direction::Read => Ok(()),
                    };
                    sealed.and_then(|()| self.install(*direction, *epoch, *suite, keys))
                }
                Effect::SkipEarlyData => {
                    self.opener.skip_early_data(self.role.common().limits.early_data);
                    Ok(())
                }
                Effect::Connected => {
                    self.connected = true;
                    self.opener.set_ccs(CcsRule::Refuse);
                    Ok(())
                }
                owned => {
                    match core::mem::replace(owned, Effect::Connected) {
                        Effect::Ask(question) => self.question = Asked::Waiting(question),
                        Effect::Learn(fact) => self.learn(fact),
                        _ => {}
                    }
                    Ok(())
                }
            };
            if let Err(kind) = done {
                self.fail(kind);
                break;
            }
        }
        if let Err(kind) = self.seal(ContentType::HANDSHAKE, &effects.bytes, &mut flight) {
            self.fail(kind);
        }
        effects.clear();
        if !self.connected {
            self.effects = effects;
        }
    }

    pub(super) fn learn(&mut self, fact: Fact) {
        match fact {
            // From here on a ChangeCipherSpec is either meaningless or part of the flow.
            Fact::Version(ProtocolVersion::TLS1_3) | Fact::Retried => self.opener.set_ccs(CcsRule::Drop),
            Fact::Version(_) => self.opener.set_ccs(CcsRule::Deliver),
            _ => {}
        }
        self.summary.learn(fact);
    }

    pub(super) fn install(
        &mut self,
        direction: Direction,
        epoch: Epoch,
        suite: handfast_crypto::CipherSuite,
        keys: &handfast_schedule::TrafficKeys,
    ) -> Result<(), Kind> {
        let missing = || Kind::Handshake(CryptoError::Unsupported.into());
        let info = suite.info().ok_or_else(missing)?;
        let aead = self.role.provider().aead(info.aead).ok_or_else(missing)?;
        let keys = RecordKeys::new(aead, info.version, keys.key(), keys.iv()).map_err(|e| Kind::Handshake(e.into()))?;
        match direction {
            Direction::Write => self.sealer.install(keys),
            Direction::Read => {
                self.opener.install(keys);
                let server = matches!(self.role, Role::Server(_));
                if server && epoch == Epoch::Handshake {
                    self.opener.allow_plain_alert();
                }
            }
        }
        Ok(())
    }

    /// Seals `bytes[range]` behind what already waits, and empties the range.
    pub(super) fn seal(
        &mut self,
        content_type: ContentType,
        bytes: &[u8],
        range: &mut Range<usize>,
    ) -> Result<(), Kind> {
        let text = bytes.get(range.clone()).unwrap_or_default();
        *range = 0..0;
        if text.is_empty() {
            return Ok(());
        }
        let start = self.outgoing.len();
        self.outgoing.resize(start + self.sealer.wire_len(content_type, text.len()), 0);
        let room = self.outgoing.get_mut(start..).unwrap_or_default();
        let sealed = self.sealer.seal(content_type, &[text], room).map_err(Kind::Record)?;
        self.outgoing.truncate(start + sealed.wire);
        Ok(())
    }

    /// Remembers why it failed and queues the alert.
    pub(super) fn fail(&mut self, kind: Kind) {
        let state = match &kind {
            // The machine has left the state in which it failed.
            Kind::Handshake(error) if !error.state().is_empty() => error.state(),
            _ => self.state(),
        };
        self.fail_in(kind, state);
    }

    fn fail_in(&mut self, kind: Kind, state: &'static str) {
        if self.failed.is_some() {
            return;
        }
        let error = Error::with(kind, self.evidence(state));
        self.effects.clear();
        self.question = Asked::Nothing;
        if let Some(description) = error.alert() {
            let level = AlertLevel::FATAL;
            let why = match error.kind() {
                Kind::Handshake(error) => Some(error),
                _ => None,
            };
            self.observer.event(&Event::Alert { direction: Direction::Write, level, description, why });
            let alert = Alert { level, description }.to_bytes();
            // If even this cannot be sealed, the error itself is all there is to say.
            _ = self.seal(ContentType::ALERT, &alert, &mut (0..alert.len()));
        }
        self.failed = Some(error);
    }

    pub(super) fn trail(&mut self) -> &mut Trail {
        &mut self.summary.trail
    }

    /// Remembers that a record has come in part.
    pub(super) fn part(&mut self, rest: &[u8], need: usize) {
        let len = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let clear = !self.opener.is_protected() && self.joiner.is_empty();
        let kind = match (RecordHeader::parse(rest), rest.get(5)) {
            (Some(header), Some(kind)) if clear && header.content_type == ContentType::HANDSHAKE => {
                Some(HandshakeType(*kind))
            }
            _ => None,
        };
        self.summary.trail.part = if rest.is_empty() { None } else { Some((len(rest.len()), len(need), kind)) };
    }

    /// What is known when it fails; made then and never before.
    pub(crate) fn evidence(&self, state: &'static str) -> Evidence {
        let mut evidence = Evidence::new(self.summary.trail);
        evidence.learn(&self.summary);
        evidence.state = state;
        evidence.own = self.role.shown(&self.summary);
        evidence.roots = self.role.roots();
        evidence.partial = self.joiner.partial();
        evidence.elapsed = self.role.common().clock.elapsed().checked_sub(self.started);
        evidence.message.clone_from(&self.message);
        if evidence.name.is_none() {
            evidence.name = self.name.as_ref().map(ToString::to_string);
        }
        let hello = match &self.machine {
            Machine::Client(client) => {
                evidence.awaits = awaited(client.awaits());
                Some(client.client_hello())
            }
            Machine::Server(server) => {
                evidence.awaits = awaited(server.awaits());
                server.client_hello()
            }
            Machine::Over => None,
        };
        if let Some(hello) = hello {
            evidence.client = Offer::of_hello(hello);
            // What the question was about is what was refused.
            if state == "Choosing" && evidence.message.is_empty() {
                evidence.message = hello.to_vec();
            }
        }
        match &self.role {
            Role::Client(config) => evidence.narrowed = Narrowed::of(&config.settings),
            Role::Server(config) => {
                evidence.trail.indicated = evidence.name.is_some();
                let mut schemes = Vec::new();
                for credential in config.credentials.iter() {
                    for scheme in credential.shared().key.schemes() {
                        if !schemes.contains(scheme) {
                            schemes.push(*scheme);
                        }
                    }
                }
                evidence.server = Some(Offer::of_server(&config.settings, schemes));
                if evidence.client.is_none() {
                    evidence.client = Offer::of_hello(&evidence.message);
                }
            }
        }
        evidence
    }
}
