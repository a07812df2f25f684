//! Traffic without I/O: two halves that share nothing, in the caller's buffers.
//!
//! What reading implies for writing (an answer to a KeyUpdate, an alert) is a [`Reply`] that the
//! owner of the writing half has to send. A half at rest owns its keys and nothing else.

use crate::error::{Error, Kind};
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;
use handfast_codec::{Alert, ContentType, HandshakeType, KeyUpdateRequest};
use handfast_crypto::aead::Aead;
use handfast_crypto::{AlertDescription, AlertLevel, CryptoError, ProtocolVersion};
use handfast_handshake::after::{Ratchet, key_update};
use handfast_handshake::{After, Cx, Direction, Effect, Effects, Event, Observer};
use handfast_record::{Joiner, MAX_WIRE, Opened, Opener, RecordKeys, Sealed, Sealer};
use handfast_schedule::{TrafficKeys, Watch};

/// The longest message that may come after a handshake, its header not counted: a ticket of 16 KiB
/// with all its fields.
const MAX_MESSAGE: usize = 1 << 14;

/// The length of a KeyUpdate with its header.
const KEY_UPDATE_LEN: usize = 5;

/// The reading half.
pub struct Rx {
    opener: Opener,
    joiner: Joiner,
    after: After,
    aead: &'static dyn Aead,
    end: End,
}

/// Whether and how reading has ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Open,
    /// The peer said close_notify.
    Closed,
    /// Something was wrong; keys and secrets are gone (RFC 9846 §6).
    Failed,
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// How many bytes of the wire are done with. Zero for something that had been read before.
    pub consumed: usize,
    /// What it was.
    pub event: RxEvent,
}

/// What can come on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RxEvent {
    /// Application data; it stands in this range of the wire, decrypted.
    Data(Range<usize>),
    /// Nothing for the application: a piece of a message, a record that was dropped, a warning.
    Nothing,
    /// The peer changed its key. With a reply it asks us to change ours.
    KeyUpdate(Option<Reply>),
    /// A ticket for a later connection came; how long it may be used, in seconds.
    Ticket(u32),
    /// The peer will send nothing more: close_notify (RFC 9846 §6.1). The writing half lives on.
    Closed,
}

/// Something that the writing half has to send because of what the reading half read.
#[must_use = "hand it to Tx::reply"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply {
    /// A KeyUpdate of our own (RFC 9846 §4.7.3).
    KeyUpdate,
    /// A fatal alert.
    Alert(AlertDescription),
}

/// Why reading failed, and the alert to send.
#[derive(Debug)]
pub struct ReceiveError {
    /// Why.
    pub error: Error,
    /// What the writing half has to send; nothing if the peer ended it.
    pub reply: Option<Reply>,
}

impl fmt::Display for ReceiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl core::error::Error for ReceiveError {}

impl From<Kind> for ReceiveError {
    fn from(kind: Kind) -> Self {
        let error = Error::new(kind, "");
        Self { reply: error.alert().map(Reply::Alert), error }
    }
}

impl Rx {
    pub(crate) fn new(opener: Opener, joiner: Joiner, after: After, aead: &'static dyn Aead) -> Self {
        Self { opener, joiner, after, aead, end: End::Open }
    }

    /// Opens the record at the front of `wire`, in place, and says what came. `None` means that the
    /// record is not whole yet. Call it again with the rest of the wire, even if that is empty,
    /// until it gives `None`: one record may hold several messages.
    ///
    /// Whatever comes after close_notify is passed over (RFC 9846 §6.1).
    ///
    /// # Errors
    /// Why the connection is over, with the alert that the writing half has to send; without an
    /// alert to send the writing half is to be aborted ([`Tx::abort`]). Every later call gives
    /// [`Kind::Over`].
    pub fn receive(&mut self, wire: &mut [u8]) -> Result<Option<Received>, ReceiveError> {
        self.receive_observed(wire, None)
    }

    /// The same with a listener.
    ///
    /// # Errors
    /// As [`Rx::receive`].
    pub fn receive_observed(
        &mut self,
        wire: &mut [u8],
        observer: Option<&mut (dyn Observer + '_)>,
    ) -> Result<Option<Received>, ReceiveError> {
        match self.end {
            End::Open => {}
            End::Closed if wire.is_empty() => return Ok(None),
            End::Closed => return Ok(Some(Received { consumed: wire.len(), event: RxEvent::Nothing })),
            End::Failed => return Err(Kind::Over.into()),
        }
        self.wake()?;
        let received = self.take(wire, observer);
        if received.is_err() {
            self.end = End::Failed;
            (self.opener, self.joiner) = (Opener::new(), Joiner::new());
            self.after.fail();
        }
        received
    }

    fn take(
        &mut self,
        wire: &mut [u8],
        mut observer: Option<&mut (dyn Observer + '_)>,
    ) -> Result<Option<Received>, ReceiveError> {
        // What an earlier record brought comes first.
        if !self.joiner.is_empty()
            && let Some(event) = self.message(&[], observer.as_deref_mut())?
        {
            return Ok(Some(Received { consumed: 0, event }));
        }
        let (consumed, content_type, text) = match self.opener.open(wire).map_err(Kind::Record)? {
            Opened::More { .. } => return Ok(None),
            Opened::Dropped { consumed, .. } => return Ok(Some(Received { consumed, event: RxEvent::Nothing })),
            Opened::Record { consumed, content_type, text } => (consumed, content_type, text),
        };
        if content_type != ContentType::HANDSHAKE {
            self.joiner.other_record().map_err(Kind::Record)?;
        }
        let event = match content_type {
            ContentType::APPLICATION_DATA => {
                if !text.is_empty() {
                    self.after.data_came();
                }
                RxEvent::Data(text)
            }
            ContentType::HANDSHAKE => {
                let text = wire.get(text).unwrap_or_default();
                self.message(text, observer)?.unwrap_or(RxEvent::Nothing)
            }
            _ => {
                let text = wire.get(text).unwrap_or_default();
                self.alert(text, observer)?
            }
        };
        Ok(Some(Received { consumed, event }))
    }

    /// How many bytes the wire must hold before [`Rx::receive`] can say more; at most
    /// [`MAX_WIRE`](handfast_record::MAX_WIRE).
    pub fn needed(&self, wire: &[u8]) -> usize {
        use handfast_codec::RecordHeader;
        match RecordHeader::parse(wire) {
            Some(header) => (RecordHeader::SIZE + usize::from(header.length)).min(MAX_WIRE),
            None => RecordHeader::SIZE,
        }
    }

    /// Whether the peer has said close_notify.
    pub fn is_closed(&self) -> bool {
        self.end == End::Closed
    }

    /// What the end of the transport means now.
    ///
    /// # Errors
    /// [`Kind::Truncated`] without a close_notify before it (RFC 9846 §6.1).
    pub fn transport_ended(&self) -> Result<(), Error> {
        if self.is_closed() { Ok(()) } else { Err(Error::new(Kind::Truncated, "")) }
    }

    /// Drops the expanded key of an idle TLS 1.3 connection; [`Rx::receive`] makes it again. In
    /// TLS 1.2 there is nothing to make it from, so nothing happens.
    pub fn park(&mut self) {
        if self.after.ratchet().is_some() {
            self.opener.park();
        }
    }

    fn wake(&mut self) -> Result<(), Kind> {
        wake(self.opener.is_parked(), self.after.ratchet(), self.aead, |key| self.opener.wake(key))
    }

    /// Bytes of heap that this half owns besides its expanded key.
    pub fn heap(&self) -> usize {
        self.joiner.heap() + self.after.ratchet().map_or(0, |r| r.secret().bytes().len())
    }

    /// Takes the next whole message out of the joiner and `text`; what stands behind it waits.
    fn message(
        &mut self,
        mut text: &[u8],
        observer: Option<&mut (dyn Observer + '_)>,
    ) -> Result<Option<RxEvent>, ReceiveError> {
        let max = |_: HandshakeType| MAX_MESSAGE;
        let Some((message, aligned)) = self.joiner.next_with_alignment(&mut text, max).map_err(Kind::Record)? else {
            return Ok(None);
        };
        let mut effects = Effects::default();
        let mut cx = Cx::new(&mut effects, observer.map(|o| o as _));
        self.after.message(message, aligned, &mut cx).map_err(Kind::Handshake)?;
        self.joiner.keep(text).map_err(Kind::Record)?;
        let mut event = RxEvent::Nothing;
        // By reference: a key that is moved out of the queue leaves a copy there, which nobody wipes.
        for effect in &effects.list {
            match effect {
                Effect::Install { keys, .. } => {
                    self.opener.install(record_keys(self.aead, ProtocolVersion::TLS1_3, keys)?);
                    event = RxEvent::KeyUpdate(None);
                }
                Effect::UpdateOwnKey => event = RxEvent::KeyUpdate(Some(Reply::KeyUpdate)),
                Effect::Ticket { lifetime } => event = RxEvent::Ticket(*lifetime),
                _ => {}
            }
        }
        Ok(Some(event))
    }

    fn alert(&mut self, text: &[u8], observer: Option<&mut (dyn Observer + '_)>) -> Result<RxEvent, ReceiveError> {
        let Alert { level, description } = Alert::decode(text).map_err(|e| Kind::Handshake(e.into()))?;
        if let Some(observer) = observer {
            observer.event(&Event::Alert { direction: Direction::Read, level, description, why: None });
        }
        let tls13 = self.after.ratchet().is_some();
        match description {
            AlertDescription::CLOSE_NOTIFY => {
                self.end = End::Closed;
                Ok(RxEvent::Closed)
            }
            // RFC 9846 §6.1: no error. In TLS 1.2 the level still counts (RFC 5246 §7.2).
            AlertDescription::USER_CANCELED if tls13 => Ok(RxEvent::Nothing),
            _ if level == AlertLevel::WARNING && !tls13 => Ok(RxEvent::Nothing),
            _ => Err(Kind::Alert { level, description }.into()),
        }
    }
}

/// The writing half.
pub struct Tx {
    sealer: Sealer,
    /// `None` in TLS 1.2, whose keys never change.
    ratchet: Option<Ratchet>,
    aead: &'static dyn Aead,
    closed: bool,
    /// We asked the peer to change its key, and it has yet to do so.
    asked: bool,
}

impl Tx {
    pub(crate) fn new(sealer: Sealer, ratchet: Option<Ratchet>, aead: &'static dyn Aead) -> Self {
        Self { sealer, ratchet, aead, closed: false, asked: false }
    }

    /// Seals the concatenation of `text` into whole records at the front of `wire`, as many as there
    /// is text and room for. Too small a `wire` is `Sealed { text: 0, wire: 0 }`; see [`Tx::needed`].
    /// A key that is nearly spent is changed first (RFC 9846 §5.5), and what `wire` holds then
    /// begins with a KeyUpdate.
    ///
    /// # Errors
    /// [`Kind::Misuse`] after [`Tx::close`]; [`Kind::Record`] if a TLS 1.2 key is spent.
    pub fn send(&mut self, text: &[&[u8]], wire: &mut [u8]) -> Result<Sealed, Error> {
        self.check_open()?;
        if text.iter().all(|part| part.is_empty()) {
            return Ok(Sealed::default());
        }
        let mut update = 0;
        if self.sealer.needs_key_update() && self.ratchet.is_some() {
            // Either both fit, the KeyUpdate and some data, or nothing is done.
            let least = self.key_update_len() + self.sealer.wire_len(ContentType::APPLICATION_DATA, 1);
            if wire.len() < least {
                return Ok(Sealed::default());
            }
            update = self.update_keys(false, wire)?.wire;
        }
        let room = wire.get_mut(update..).unwrap_or_default();
        let sealed = self.sealer.seal(ContentType::APPLICATION_DATA, text, room).map_err(record_error)?;
        Ok(Sealed { wire: sealed.wire + update, ..sealed })
    }

    fn key_update_len(&self) -> usize {
        self.sealer.wire_len(ContentType::HANDSHAKE, KEY_UPDATE_LEN)
    }

    /// How many bytes of wire take all of `text_len` bytes of text, a KeyUpdate included if one is due.
    pub fn needed(&self, text_len: usize) -> usize {
        let update = if self.sealer.needs_key_update() { self.key_update_len() } else { 0 };
        self.sealer.wire_len(ContentType::APPLICATION_DATA, text_len) + update
    }

    /// Seals the text that stands at `text` in `buf` as one record around it, without a copy, and
    /// says where the record stands. There must be [`handfast_record::HEADROOM`] bytes before the
    /// text and [`handfast_record::TAILROOM`] behind it.
    ///
    /// # Errors
    /// [`Kind::Record`] if the room is missing or the text is longer than a record; a TLS 1.3 key
    /// that is nearly spent must be changed with [`Tx::update_keys`] first, and says so here too.
    pub fn seal_in_place(&mut self, buf: &mut [u8], text: Range<usize>) -> Result<Range<usize>, Error> {
        self.check_open()?;
        self.sealer.seal_in_place(ContentType::APPLICATION_DATA, buf, text).map_err(record_error)
    }

    /// Whether the key is nearly spent; [`Tx::send`] sees to it by itself.
    pub fn needs_key_update(&self) -> bool {
        self.sealer.needs_key_update()
    }

    /// Changes our key and tells the peer (RFC 9846 §4.7.3); with `request` it shall change its own,
    /// unless it was asked already and has not yet: see [`Tx::peer_updated`]. Too small a `wire` is
    /// `Sealed { 0, 0 }`.
    ///
    /// # Errors
    /// [`Kind::Misuse`] in TLS 1.2, which has no such thing, and after [`Tx::close`].
    pub fn update_keys(&mut self, request: bool, wire: &mut [u8]) -> Result<Sealed, Error> {
        self.check_open()?;
        let Some(ratchet) = &mut self.ratchet else {
            return Err(Error::new(Kind::Misuse("TLS 1.2 cannot change its keys"), ""));
        };
        let mut message = Vec::new();
        let request = match request && !self.asked {
            true => KeyUpdateRequest::UPDATE_REQUESTED,
            false => KeyUpdateRequest::UPDATE_NOT_REQUESTED,
        };
        key_update(request, &mut message).map_err(|e| Error::new(Kind::Handshake(e), ""))?;
        let sealed = self.sealer.seal(ContentType::HANDSHAKE, &[&message], wire).map_err(record_error)?;
        if sealed.wire > 0 {
            self.asked |= request == KeyUpdateRequest::UPDATE_REQUESTED;
            let keys = ratchet.step(&mut Watch::off()).map_err(|e| Error::new(Kind::Handshake(e), ""))?;
            let keys = record_keys(self.aead, ProtocolVersion::TLS1_3, &keys).map_err(|e| Error::new(e, ""))?;
            self.sealer.install(keys);
        }
        Ok(Sealed { text: 0, ..sealed })
    }

    /// Notes that the reading half saw a KeyUpdate: the peer may be asked for another one.
    pub fn peer_updated(&mut self) {
        self.asked = false;
    }

    /// Sends what reading has made necessary. An alert ends the half. After [`Tx::close`] nothing
    /// can be sent any more, and nothing is.
    ///
    /// # Errors
    /// As [`Tx::update_keys`].
    pub fn reply(&mut self, reply: Reply, wire: &mut [u8]) -> Result<Sealed, Error> {
        match reply {
            _ if self.closed => Ok(Sealed::default()),
            Reply::KeyUpdate => self.update_keys(false, wire),
            Reply::Alert(description) => self.alert(AlertLevel::FATAL, description, wire),
        }
    }

    /// Says close_notify: we send nothing more (RFC 9846 §6.1). The reading half lives on.
    ///
    /// # Errors
    /// [`Kind::Misuse`] if it was said already; [`Kind::Record`] if the key is spent.
    pub fn close(&mut self, wire: &mut [u8]) -> Result<Sealed, Error> {
        self.alert(AlertLevel::WARNING, AlertDescription::CLOSE_NOTIFY, wire)
    }

    /// Ends the half without a word, and forgets its keys: for when the reading half has failed and
    /// there is no alert to send (RFC 9846 §6).
    pub fn abort(&mut self) {
        self.closed = true;
        self.ratchet = None;
        self.sealer = Sealer::new();
    }

    /// Whether close_notify or a fatal alert was sent.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Lets every record carry a multiple of `multiple` bytes, padded with zeros (RFC 9846 §5.4);
    /// 1 ends it. Without effect in TLS 1.2.
    pub fn set_padding(&mut self, multiple: u16) {
        self.sealer.set_padding(multiple);
    }

    /// Lowers the number of records that one key protects; never raises it.
    pub fn set_record_limit(&mut self, records: u64) {
        self.sealer.set_limit(records);
    }

    /// Drops the expanded key of an idle TLS 1.3 connection, as [`Rx::park`]; sending makes it again.
    pub fn park(&mut self) {
        if self.ratchet.is_some() {
            self.sealer.park();
        }
    }

    fn wake(&mut self) -> Result<(), Error> {
        let woken = wake(self.sealer.is_parked(), self.ratchet.as_ref(), self.aead, |key| self.sealer.wake(key));
        woken.map_err(|kind| Error::new(kind, ""))
    }

    /// Bytes of heap that this half owns besides its expanded key.
    pub fn heap(&self) -> usize {
        self.ratchet.as_ref().map_or(0, |r| r.secret().bytes().len())
    }

    fn check_open(&mut self) -> Result<(), Error> {
        if self.closed { Err(Error::new(Kind::Misuse("this half was closed"), "")) } else { self.wake() }
    }

    fn alert(&mut self, level: AlertLevel, description: AlertDescription, wire: &mut [u8]) -> Result<Sealed, Error> {
        self.check_open()?;
        let alert = Alert { level, description }.to_bytes();
        let sealed = self.sealer.seal(ContentType::ALERT, &[&alert], wire).map_err(record_error)?;
        if sealed.wire > 0 {
            self.abort();
        }
        Ok(Sealed { text: 0, ..sealed })
    }
}

fn record_error(error: handfast_record::RecordError) -> Error {
    Error::new(Kind::Record(error), "")
}

fn record_keys(aead: &dyn Aead, version: ProtocolVersion, keys: &TrafficKeys) -> Result<RecordKeys, Kind> {
    RecordKeys::new(aead, version, keys.key(), keys.iv()).map_err(|e: CryptoError| Kind::Handshake(e.into()))
}

/// Makes an expanded key from the present secret and hands it to `put`.
fn wake(
    parked: bool,
    ratchet: Option<&Ratchet>,
    aead: &'static dyn Aead,
    put: impl FnOnce(alloc::boxed::Box<dyn handfast_crypto::aead::AeadKey>),
) -> Result<(), Kind> {
    let Some(ratchet) = ratchet.filter(|_| parked) else { return Ok(()) };
    let keys = ratchet.keys().map_err(Kind::Handshake)?;
    put(aead.key(keys.key()).map_err(|e| Kind::Handshake(e.into()))?);
    Ok(())
}
