//! The ordinary user's door: a blocking stream over any transport.

use crate::config::{ClientConfig, ServerConfig};
use crate::connection::{Received, Reply, Rx, RxEvent, Tx};
use crate::error::Error;
use crate::failure::{Failure, tls};
use crate::handshake::{Handshake, Next};
use crate::report::{Evidence, Report};
use crate::summary::Summary;
use handfast_handshake::Observer;
use handfast_record::MAX_WIRE;
use std::boxed::Box;
use std::io::{self, Read, Write};
use std::ops::Range;
use std::vec;
use std::vec::Vec;

/// TLS over a transport that blocks: `Read` and `Write` in the clear, records on the transport.
///
/// A transport with timeouts passes them through as `WouldBlock` or `TimedOut`; reading and writing
/// can be tried again. Not so [`Stream::connect`] and [`Stream::accept`], which then give up: for a
/// transport that does not block there is [`Handshake`].
///
/// Dropping a stream sends nothing: end it with [`Stream::close`].
pub struct Stream<S> {
    io: S,
    rx: Rx,
    tx: Tx,
    summary: Summary,
    /// ```text
    ///  | done with | wire: records that came |  free  |
    ///  0         held.start               held.end
    /// ```
    wire: Vec<u8>,
    held: Range<usize>,
    /// Data within `wire` that was not asked for yet.
    data: Range<usize>,
    /// Room for sealed records; those of `unsent` have yet to go.
    out: Vec<u8>,
    unsent: Range<usize>,
    /// What reading has made necessary and was not sent yet.
    owed: Option<Reply>,
    count: Count,
}

/// Bytes of application data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    sent: u64,
    received: u64,
}

impl<S: Read + Write> Stream<S> {
    /// Connects as a client that wants to reach `name`, and completes the handshake.
    ///
    /// In TLS 1.3 the server may still refuse our certificate after this: that comes as an error of
    /// the first read.
    ///
    /// # Errors
    /// Why the handshake failed; the alert is sent by then, as far as the transport took it.
    pub fn connect(config: &ClientConfig, name: &str, io: S) -> Result<Self, Failure> {
        Self::run(Handshake::client(config, name)?, io)
    }

    /// The same with a listener.
    ///
    /// # Errors
    /// As [`Stream::connect`].
    pub fn connect_observed(
        config: &ClientConfig,
        name: &str,
        io: S,
        observer: Box<dyn Observer + Send>,
    ) -> Result<Self, Failure> {
        Self::run(Handshake::client_observed(config, name, Some(observer))?, io)
    }

    /// Accepts a client, and completes the handshake.
    ///
    /// # Errors
    /// As [`Stream::connect`].
    pub fn accept(config: &ServerConfig, io: S) -> Result<Self, Failure> {
        Self::run(Handshake::server(config), io)
    }

    /// The same with a listener.
    ///
    /// # Errors
    /// As [`Stream::connect`].
    pub fn accept_observed(config: &ServerConfig, io: S, observer: Box<dyn Observer + Send>) -> Result<Self, Failure> {
        Self::run(Handshake::server_observed(config, Some(observer)), io)
    }

    /// Completes a handshake that is already made, answering its questions as its configuration says.
    ///
    /// # Errors
    /// As [`Stream::connect`].
    pub fn run(mut handshake: Handshake, mut io: S) -> Result<Self, Failure> {
        let (mut wire, mut held) = (vec![0; MAX_WIRE], 0..0);
        loop {
            match handshake.next()? {
                Next::Send => {
                    if let Err(error) = send(&mut handshake, &mut io) {
                        return Err(last_word(handshake, &mut io, &mut wire, held, error));
                    }
                }
                Next::Receive => {
                    let used = handshake.receive(wire.get_mut(held.clone()).unwrap_or_default());
                    held.start += used;
                    if used == 0 && handshake.wants_more() {
                        match fetch(&mut io, &mut wire, &mut held) {
                            Ok(0) => handshake.ended(),
                            Ok(_) => continue,
                            Err(error) => return Err(handshake.transport_failed(error)),
                        }
                    }
                }
                Next::Ask(question) => handshake.resolve(question),
                Next::Done => break,
                Next::Pending => return Err(Error::new(crate::Kind::Misuse("a question was left open"), "").into()),
            }
        }
        let (rx, tx, summary) = handshake.finish()?;
        Ok(Self {
            io,
            rx,
            tx,
            summary,
            wire,
            held,
            data: 0..0,
            out: Vec::new(),
            unsent: 0..0,
            owed: None,
            count: Count::default(),
        })
    }

    /// What the handshake settled.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The transport.
    pub fn get_ref(&self) -> &S {
        &self.io
    }

    /// The transport, to set its timeouts; its bytes belong to TLS.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.io
    }

    /// Everything that can be said about an error of reading or writing.
    pub fn report(&self, error: &io::Error) -> Report {
        Report::of_io_after(error, &self.summary)
    }

    /// Bytes of application data sent and received.
    pub fn counts(&self) -> (u64, u64) {
        (self.count.sent, self.count.received)
    }

    /// Changes our key now (RFC 9846 §4.7.3); with `request` the peer shall change its own.
    ///
    /// # Errors
    /// Not in TLS 1.2, and not after [`Stream::close`].
    pub fn update_keys(&mut self, request: bool) -> io::Result<()> {
        self.pay()?;
        let room = room(&mut self.out, SMALL);
        self.unsent = 0..self.tx.update_keys(request, room).map_err(tls)?.wire;
        self.flush_out()
    }

    /// Says close_notify and flushes. Reading can go on. Dropping a stream without this leaves the
    /// peer with what looks like a truncation.
    ///
    /// # Errors
    /// Those of the transport; the call can be made again. Closing twice is no error.
    pub fn close(&mut self) -> io::Result<()> {
        if !self.tx.is_closed() {
            self.pay()?;
            let room = room(&mut self.out, SMALL);
            self.unsent = 0..self.tx.close(room).map_err(tls)?.wire;
        }
        self.flush()
    }

    /// The transport, the two halves, the summary, and what was read from the transport but not yet
    /// used: the front of the wire for [`Rx::receive`]. Data that was decrypted but not read is
    /// lost, so read it first.
    ///
    /// # Errors
    /// If what is sealed already cannot be sent.
    pub fn into_parts(mut self) -> io::Result<(S, Rx, Tx, Summary, Vec<u8>)> {
        self.pay()?;
        let rest = self.wire.get(self.held.clone()).unwrap_or_default().to_vec();
        Ok((self.io, self.rx, self.tx, self.summary, rest))
    }

    /// Gives back the buffers of an idle connection, if nothing is in them; they are made again.
    pub fn shrink(&mut self) {
        if self.data.is_empty() && self.held.start == self.held.end {
            (self.wire, self.held) = (Vec::new(), 0..0);
        }
        if self.unsent.is_empty() {
            self.out = Vec::new();
        }
    }

    /// Sends what is sealed.
    fn flush_out(&mut self) -> io::Result<()> {
        while let Some(rest) = self.out.get(self.unsent.clone()).filter(|rest| !rest.is_empty()) {
            match self.io.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => self.unsent.start += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Sends what is sealed, and then what reading has made necessary: it goes before anything else
    /// (RFC 9846 §4.7.3), and several wishes for a new key are met by one.
    fn pay(&mut self) -> io::Result<()> {
        self.flush_out()?;
        if let Some(reply) = self.owed.take() {
            let room = room(&mut self.out, SMALL);
            self.unsent = 0..self.tx.reply(reply, room).map_err(tls)?.wire;
        }
        self.flush_out()
    }

    /// Reads until there is data, or the peer has closed.
    fn fill(&mut self) -> io::Result<()> {
        while self.data.is_empty() && !self.rx.is_closed() {
            if self.wire.is_empty() {
                self.wire.resize(MAX_WIRE, 0);
            }
            let from = self.held.start;
            let wire = self.wire.get_mut(self.held.clone()).unwrap_or_default();
            match self.rx.receive(wire) {
                Ok(Some(received)) => {
                    self.held.start += received.consumed;
                    match received.event {
                        RxEvent::Data(range) => self.data = from + range.start..from + range.end,
                        RxEvent::KeyUpdate(reply) => {
                            self.tx.peer_updated();
                            self.owed = self.owed.or(reply);
                        }
                        _ => {}
                    }
                }
                Ok(None) => {
                    // A debt is paid before we wait. If it cannot be paid now, the next write will.
                    _ = self.pay();
                    if fetch(&mut self.io, &mut self.wire, &mut self.held)? == 0 {
                        return self.rx.transport_ended().map_err(tls);
                    }
                }
                Err(failed) => {
                    // The peer may be gone already; what went wrong is the better answer.
                    self.owed = failed.reply;
                    _ = self.pay().and_then(|()| self.io.flush());
                    // An alert behind data that blocked ends the half when its turn comes.
                    if self.owed.is_none() {
                        self.tx.abort();
                    }
                    return Err(tls(failed.error));
                }
            }
        }
        Ok(())
    }
}

/// Sends some of what a handshake has to send, and flushes when that was all.
fn send(handshake: &mut Handshake, io: &mut impl Write) -> io::Result<()> {
    match io.write(handshake.outgoing()) {
        Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
        Ok(n) => handshake.sent(n),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
        Err(error) => return Err(error),
    }
    if handshake.outgoing().is_empty() { io.flush() } else { Ok(()) }
}

/// Why a handshake ended whose flight could not be sent: `error`, unless we had an error of our own, or
/// the peer said why before it went away. Where it may not have gone away there is no waiting for that.
fn last_word(
    mut handshake: Handshake,
    io: &mut impl Read,
    wire: &mut [u8],
    mut held: Range<usize>,
    error: io::Error,
) -> Failure {
    let gone = !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
    let mut more = |wire: &mut [u8], held: &mut Range<usize>| gone && matches!(fetch(io, wire, held), Ok(1..));
    loop {
        handshake.sent(usize::MAX);
        match handshake.next() {
            Ok(Next::Receive) => {
                let used = handshake.receive(wire.get_mut(held.clone()).unwrap_or_default());
                held.start += used;
                if used == 0 && handshake.wants_more() && !more(wire, &mut held) {
                    return handshake.transport_failed(error);
                }
            }
            Ok(Next::Ask(question)) => handshake.resolve(question),
            Ok(Next::Done) => break,
            Ok(_) => return handshake.transport_failed(error),
            Err(error) => return Failure::Tls(error),
        }
    }
    // What we could not send was the end of the handshake, and the alert comes after it.
    let (mut rx, summary) = match handshake.finish() {
        Ok((rx, _, summary)) => (rx, summary),
        Err(error) => return Failure::Tls(error),
    };
    let failed = |error| Failure::after(error, &summary);
    loop {
        match rx.receive(wire.get_mut(held.clone()).unwrap_or_default()) {
            Ok(Some(Received { event: RxEvent::Data(_) | RxEvent::Closed, .. })) => return failed(error),
            Ok(Some(received)) => held.start += received.consumed,
            Ok(None) if more(wire, &mut held) => {}
            Ok(None) => return failed(error),
            Err(refused) => return Failure::Tls(refused.error.attached(Evidence::after(&summary))),
        }
    }
}

/// Reads once behind what is held, which is moved to the front; how much came.
fn fetch(io: &mut impl Read, wire: &mut [u8], held: &mut Range<usize>) -> io::Result<usize> {
    if held.start > 0 {
        wire.copy_within(held.clone(), 0);
        *held = 0..held.len();
    }
    loop {
        match io.read(wire.get_mut(held.end..).unwrap_or_default()) {
            Ok(n) => {
                held.end += n;
                return Ok(n);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Room for an alert or a KeyUpdate in any suite.
const SMALL: usize = 64;

/// At least `len` bytes of `out`; it keeps its size, so that it is cleared once and not for each record.
fn room(out: &mut Vec<u8>, len: usize) -> &mut [u8] {
    if out.len() < len {
        out.resize(len, 0);
    }
    out
}

impl<S: Read + Write> Read for Stream<S> {
    /// Reads application data. `Ok(0)` means that the peer said close_notify; an end of the
    /// transport without it is `UnexpectedEof`.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        self.fill()?;
        let data = self.wire.get(self.data.clone()).unwrap_or_default();
        let n = data.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), data.get(..n)) {
            to.copy_from_slice(from);
        }
        self.data.start += n;
        self.count.received += n as u64;
        Ok(n)
    }
}

impl<S: Read + Write> Write for Stream<S> {
    /// Seals up to one record's worth and sends it. Once sealed, the text is taken: if the transport
    /// blocks or times out, what is left goes with the next call.
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.pay()?;
        let text = buf.get(..buf.len().min(handfast_record::MAX_TEXT)).unwrap_or_default();
        let room = room(&mut self.out, self.tx.needed(text.len()));
        let sealed = self.tx.send(&[text], room).map_err(tls)?;
        self.unsent = 0..sealed.wire;
        self.count.sent += sealed.text as u64;
        match self.flush_out() {
            Err(error) if !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => Err(error),
            _ => Ok(sealed.text),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pay()?;
        self.io.flush()
    }
}
