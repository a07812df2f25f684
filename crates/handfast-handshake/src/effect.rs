//! What a machine emits: effects, queued in order, and events, for whoever listens.

use crate::{Question, ask::Chain};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;
use handfast_codec::{AlertDescription, AlertLevel, CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};
use handfast_schedule::{Step, TrafficKeys};

/// Which way bytes go, seen from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the peer to us.
    Read,
    /// From us to the peer.
    Write,
}

/// Which keys protect records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Epoch {
    /// No protection.
    Plain,
    /// 0-RTT keys.
    EarlyData,
    /// TLS 1.3 handshake keys.
    Handshake,
    /// The keys of application data.
    Application,
}

/// One effect of a step, to be carried out in order: "send, then change key" is data.
#[non_exhaustive]
pub enum Effect {
    /// Send this handshake message: a range of [`Effects::bytes`].
    Send(Range<usize>),
    /// Send a ChangeCipherSpec record: part of the flow in TLS 1.2, for middleboxes in TLS 1.3
    /// (RFC 9846 §E.4).
    SendChangeCipherSpec,
    /// From now on protect one direction with these keys.
    Install {
        /// Which direction.
        direction: Direction,
        /// What the keys are for.
        epoch: Epoch,
        /// The suite that says how.
        suite: CipherSuite,
        /// The keys.
        keys: TrafficKeys,
    },
    /// Stop until this is answered.
    Ask(Question),
    /// Something about the connection is now certain.
    Learn(Fact),
    /// Pass over records of early data, which we do not take (RFC 9846 §4.3.10).
    SkipEarlyData,
    /// The handshake is complete; application data may flow both ways.
    Connected,
    /// The peer asks us to change our own key (RFC 9846 §4.7.3).
    UpdateOwnKey,
    /// The server sent a ticket (RFC 9846 §4.7.1).
    Ticket {
        /// How long it may be used, in seconds.
        lifetime: u32,
    },
}

/// Something about a connection that is certain from now on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fact {
    /// The version.
    Version(ProtocolVersion),
    /// The cipher suite.
    Suite(CipherSuite),
    /// The key exchange group.
    Group(NamedGroup),
    /// The scheme with which the peer signed.
    PeerScheme(SignatureScheme),
    /// The scheme with which we signed.
    OwnScheme(SignatureScheme),
    /// The application protocol (RFC 7301).
    Alpn(Arc<[u8]>),
    /// The name that the client asked for.
    ServerName(String),
    /// The peer's chain. Judged only once the handshake is complete.
    Peer(Arc<Chain>),
    /// There was a HelloRetryRequest.
    Retried,
    /// The server asked for a client certificate.
    CertificateRequested,
    /// TLS 1.2 only: whether the extended main secret is in use (RFC 7627).
    ExtendedMainSecret(bool),
}

/// The effects of a machine, in order, with the bytes that they send.
#[derive(Default)]
pub struct Effects {
    /// The messages to send, back to back.
    pub bytes: Vec<u8>,
    /// What to do.
    pub list: Vec<Effect>,
}

impl Effects {
    /// None yet, with room for the effects of the longest flight: a queue that grows would leave keys
    /// behind, which nobody wipes.
    pub fn with_room() -> Self {
        Self { bytes: Vec::with_capacity(1024), list: Vec::with_capacity(16) }
    }

    /// Forgets everything that was carried out; keeps the room.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.list.clear();
    }
}

/// What was to choose from and what was chosen.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Choosing<'a> {
    /// The version: the client's offer, the server's, and the choice.
    Version(&'a [ProtocolVersion], &'a [ProtocolVersion], Option<ProtocolVersion>),
    /// The suite, likewise.
    Suite(&'a [CipherSuite], &'a [CipherSuite], Option<CipherSuite>),
    /// The group, likewise.
    Group(&'a [NamedGroup], &'a [NamedGroup], Option<NamedGroup>),
    /// The signature scheme: what the verifier accepts, what the signer can, and the choice.
    Scheme(&'a [SignatureScheme], &'a [SignatureScheme], Option<SignatureScheme>),
    /// The application protocol: the client's and the server's lists as ALPN writes them (each
    /// name behind its length byte), and the choice.
    Alpn(&'a [u8], &'a [u8], Option<&'a [u8]>),
}

/// Something that happened. Borrowed, made only when somebody listens.
#[non_exhaustive]
pub enum Event<'a> {
    /// A whole handshake message. `handfast_codec::fields` names every byte of it.
    Message {
        /// Which way it went.
        direction: Direction,
        /// The version, once negotiated: it decides how some messages are read.
        version: Option<ProtocolVersion>,
        /// The message with its header.
        bytes: &'a [u8],
    },
    /// A ChangeCipherSpec record.
    ChangeCipherSpec {
        /// Which way it went.
        direction: Direction,
    },
    /// An arrow was taken.
    Moved {
        /// The state that was left.
        from: &'static str,
        /// The input.
        on: &'static str,
        /// The state that was entered.
        to: &'static str,
    },
    /// A choice was made, or could not be made.
    Chose(Choosing<'a>),
    /// A step of the key schedule, with the secret it yields.
    Derived(&'a Step<'a>),
    /// Records are protected with new keys in one direction.
    Installed {
        /// Which direction.
        direction: Direction,
        /// What the keys are for.
        epoch: Epoch,
    },
    /// The client random, which names the connection in key logs (RFC 9850).
    ClientRandom(&'a [u8; 32]),
    /// A question was asked.
    Asked(&'a Question),
    /// Something became certain.
    Learnt(&'a Fact),
    /// An alert was sent or received.
    Alert {
        /// Which way it went.
        direction: Direction,
        /// Warning or fatal.
        level: AlertLevel,
        /// What it says.
        description: AlertDescription,
        /// If we sent it: the rule that was broken, with its section, expected and found.
        why: Option<&'a crate::Error>,
    },
}

/// Whoever wants to know what happens: a narrator, a key log, a test.
pub trait Observer {
    /// Called for each event in order. Secrets may be among them.
    fn event(&mut self, event: &Event<'_>);
}

/// What a handler may do: queue effects and tell observers. There is no clock, no socket and no
/// lock in here.
pub struct Cx<'a> {
    effects: &'a mut Effects,
    observer: Option<&'a mut (dyn Observer + 'a)>,
}

/// A place in the queue to cut back to.
#[derive(Clone, Copy)]
pub struct Mark {
    bytes: usize,
    list: usize,
}

impl<'a> Cx<'a> {
    /// A context that queues into `effects`.
    pub fn new(effects: &'a mut Effects, observer: Option<&'a mut (dyn Observer + 'a)>) -> Self {
        Self { effects, observer }
    }

    /// Where the queue ends now.
    pub fn mark(&self) -> Mark {
        Mark { bytes: self.effects.bytes.len(), list: self.effects.list.len() }
    }

    /// Takes back everything queued since `mark`.
    pub fn cut_back(&mut self, mark: Mark) {
        self.effects.bytes.truncate(mark.bytes);
        self.effects.list.truncate(mark.list);
    }

    /// Tells that an arrow was taken.
    pub fn moved(&mut self, from: &'static str, on: &'static str, to: &'static str) {
        self.tell(|| Event::Moved { from, on, to });
    }

    /// Whether anybody listens.
    pub fn listening(&self) -> bool {
        self.observer.is_some()
    }

    /// Tells an event, if anybody listens.
    pub fn tell<'e>(&mut self, event: impl FnOnce() -> Event<'e>) {
        if let Some(observer) = &mut self.observer {
            observer.event(&event());
        }
    }

    /// Queues an effect.
    pub(crate) fn effect(&mut self, effect: Effect) {
        self.effects.list.push(effect);
    }

    pub(crate) fn effects(&mut self) -> &mut Effects {
        self.effects
    }

    pub(crate) fn observer(&mut self) -> Option<&mut (dyn Observer + 'a)> {
        self.observer.as_deref_mut()
    }

    /// Tells of the message that was queued from `start` on.
    pub(crate) fn tell_sent(&mut self, version: Option<ProtocolVersion>, start: usize) {
        if let Some(observer) = &mut self.observer {
            let bytes = self.effects.bytes.get(start..).unwrap_or_default();
            observer.event(&Event::Message { direction: Direction::Write, version, bytes });
        }
    }

    /// The version, if it was learnt since `mark`.
    pub(crate) fn version_since(&self, mark: Mark) -> Option<ProtocolVersion> {
        self.effects.list.get(mark.list..)?.iter().find_map(|effect| match effect {
            Effect::Learn(Fact::Version(version)) => Some(*version),
            _ => None,
        })
    }
}
