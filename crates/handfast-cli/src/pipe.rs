//! Standard input to TLS and TLS to standard output, both at once.
//!
//! The halves of a connection share nothing, but what is read can demand that something is sent.
//! Such a reply waits in a queue for whoever holds the writing half: the reader must not wait for a
//! writer that waits for the peer, which may wait for the reader.

use crate::facts::tell;
use handfast::{Error, Reply, Rx, RxEvent, Tx, record};
use std::io::{self, BufRead, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

/// How often the reader looks up; also how long a TLS 1.3 server may be silent after our Finished
/// before it counts as content.
const TICK: Duration = Duration::from_millis(150);

/// How the pipe behaves.
pub(crate) struct Manner {
    /// The peer has accepted us for certain.
    pub(crate) accepted: bool,
    /// Send nothing before that: a server that refuses us would answer early data with a reset,
    /// which can swallow its alert.
    pub(crate) hold_back: bool,
    /// Lines `K`, `k` and `Q` are commands.
    pub(crate) commands: bool,
    /// How long to wait for more once our side is closed.
    pub(crate) grace: Duration,
}

/// How it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) sent: u64,
    pub(crate) received: u64,
    pub(crate) how: Result<&'static str, io::Error>,
}

/// The writing half with its socket.
struct Half {
    tx: Tx,
    tcp: TcpStream,
    out: Vec<u8>,
    sent: u64,
    closed: Option<Instant>,
    quit: bool,
}

impl Half {
    fn send(&mut self, mut text: &[u8]) -> io::Result<()> {
        while !text.is_empty() {
            let needed = self.tx.needed(text.len().min(record::MAX_TEXT));
            self.room(needed);
            let sealed = self.tx.send(&[text], &mut self.out).map_err(io::Error::other)?;
            if sealed.wire == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.put(sealed.wire)?;
            self.sent += sealed.text as u64;
            text = text.get(sealed.text..).unwrap_or_default();
        }
        Ok(())
    }

    fn reply(&mut self, reply: Reply) -> io::Result<()> {
        if self.tx.is_closed() {
            return Ok(());
        }
        self.room(64);
        let sealed = self.tx.reply(reply, &mut self.out).map_err(io::Error::other)?;
        self.put(sealed.wire)
    }

    fn update(&mut self, request: bool) -> io::Result<()> {
        self.room(64);
        let sealed = self.tx.update_keys(request, &mut self.out).map_err(io::Error::other)?;
        self.put(sealed.wire)
    }

    fn close(&mut self) -> io::Result<()> {
        self.closed.get_or_insert_with(Instant::now);
        if self.tx.is_closed() {
            return Ok(());
        }
        self.room(64);
        let sealed = self.tx.close(&mut self.out).map_err(io::Error::other)?;
        self.put(sealed.wire)
    }

    fn room(&mut self, len: usize) {
        if self.out.len() < len {
            self.out.resize(len, 0);
        }
    }

    fn put(&mut self, len: usize) -> io::Result<()> {
        self.tcp.write_all(self.out.get(..len).unwrap_or_default())
    }
}

/// The writing half, shared.
struct Sender {
    half: Mutex<Half>,
    replies: Mutex<Vec<Reply>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sender {
    /// Does something with the half, and what has been asked for meanwhile.
    fn with<T>(&self, work: impl FnOnce(&mut Half) -> io::Result<T>) -> io::Result<T> {
        let done = work(&mut lock(&self.half));
        // A reply that came while the half was held was left to us.
        self.serve();
        done
    }

    /// Sends a reply now, or leaves it to the one who holds the half.
    fn reply(&self, reply: Reply) {
        // The same reply is owed once, however often it is asked for while the writer is blocked.
        let mut replies = lock(&self.replies);
        if !replies.contains(&reply) {
            replies.push(reply);
        }
        drop(replies);
        self.serve();
    }

    fn serve(&self) {
        while !lock(&self.replies).is_empty() {
            let mut half = match self.half.try_lock() {
                Ok(half) => half,
                Err(TryLockError::Poisoned(half)) => half.into_inner(),
                Err(TryLockError::WouldBlock) => return,
            };
            for reply in std::mem::take(&mut *lock(&self.replies)) {
                // If it cannot be sent, the peer is gone, and reading tells how.
                _ = half.reply(reply);
            }
        }
    }
}

/// Pipes until the server is done. `rest` is what was read from the transport but not used;
/// `accepted` is called once it is certain enough that the server has accepted us.
pub(crate) fn run(
    tcp: &TcpStream,
    (mut rx, tx, rest): (Rx, Tx, Vec<u8>),
    manner: &Manner,
    mut accepted: impl FnMut(),
) -> Ended {
    let start = || -> io::Result<(TcpStream, TcpStream)> {
        tcp.set_read_timeout(Some(TICK))?;
        Ok((tcp.try_clone()?, tcp.try_clone()?))
    };
    let (reading, writing) = match start() {
        Ok(both) => both,
        Err(error) => return Ended { sent: 0, received: 0, how: Err(error) },
    };
    let half = Half { tx, tcp: writing, out: Vec::new(), sent: 0, closed: None, quit: false };
    let sender = Arc::new(Sender { half: Mutex::new(half), replies: Mutex::new(Vec::new()) });
    let mut reader = Reader { tcp: reading, wire: rest, held: 0..0, received: 0 };
    reader.held = 0..reader.wire.len();
    reader.wire.resize(record::MAX_WIRE.max(reader.wire.len()), 0);

    let mut known = manner.accepted;
    let mut begun = false;
    let mut last = Instant::now();
    let how = loop {
        let free = known || !manner.hold_back;
        if free && !begun {
            begun = true;
            let (sender, commands) = (sender.clone(), manner.commands);
            // Nobody joins it: it may sit in a read of the terminal when all is over.
            thread::spawn(move || feed(&sender, commands));
        }
        match reader.next(&mut rx, &sender) {
            Ok(Came::Nothing) if known => {
                // Whoever holds it is writing, so it is not closed.
                let half = sender.half.try_lock();
                let closed = half.ok().and_then(|half| half.closed.map(|at| (at, half.quit)));
                if closed.is_some_and(|(at, quit)| quit || at.max(last).elapsed() > manner.grace) {
                    break Ok("you closed; the server did not answer that");
                }
            }
            Ok(Came::Closed) => break Ok("the server said close_notify"),
            Ok(Came::NobodyReads) => break Ok("standard output was closed"),
            Ok(Came::Record | Came::Nothing) if !known => {
                (known, last) = (true, Instant::now());
                accepted();
            }
            Ok(_) => last = Instant::now(),
            Err(error) => break Err(error),
        }
    };
    if !known && how.is_ok() {
        accepted();
    }
    // Who is still writing now writes to nobody; to wait for that could take forever.
    match sender.half.try_lock() {
        Ok(mut half) => {
            // The peer may be gone; it then needs no close_notify.
            _ = half.close();
            _ = tcp.shutdown(Shutdown::Write);
        }
        Err(_) => _ = tcp.shutdown(Shutdown::Both),
    }
    let sent = lock(&sender.half).sent;
    Ended { sent, received: reader.received, how }
}

/// Standard input to the peer, until it ends.
fn feed(sender: &Sender, commands: bool) {
    let mut stdin = io::stdin().lock();
    let mut text = Vec::new();
    loop {
        text.clear();
        let read = if commands {
            stdin.by_ref().take(1 << 14).read_until(b'\n', &mut text)
        } else {
            text.resize(1 << 14, 0);
            stdin.read(&mut text)
        };
        let n = match read {
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => 0,
        };
        text.truncate(n);
        let done = match text.trim_ascii_end() {
            _ if n == 0 => break,
            b"K" | b"k" if commands => {
                let request = text.starts_with(b"K");
                if let Err(error) = sender.with(|half| half.update(request)) {
                    tell(&format!("  keys      not changed: {error}\n"));
                }
                Ok(())
            }
            b"Q" if commands => {
                _ = sender.with(|half| {
                    half.quit = true;
                    Ok(())
                });
                break;
            }
            _ => sender.with(|half| half.send(&text)),
        };
        if done.is_err() {
            // Why is for the reader to find out: an alert may be on its way.
            return;
        }
    }
    _ = sender.with(Half::close);
}

enum Came {
    /// A record that opened.
    Record,
    /// Bytes, which prove nothing yet.
    Bytes,
    /// Nothing within a tick.
    Nothing,
    Closed,
    NobodyReads,
}

struct Reader {
    tcp: TcpStream,
    wire: Vec<u8>,
    held: Range<usize>,
    received: u64,
}

impl Reader {
    /// One record, or one look at the socket.
    fn next(&mut self, rx: &mut Rx, sender: &Sender) -> io::Result<Came> {
        let from = self.held.start;
        let received = rx.receive(self.wire.get_mut(self.held.clone()).unwrap_or_default());
        let received = received.map_err(|failed| {
            if let Some(reply) = failed.reply {
                sender.reply(reply);
            }
            failed_with(failed.error)
        })?;
        let Some(received) = received else { return self.fill(rx) };
        self.held.start += received.consumed;
        match received.event {
            RxEvent::Data(range) => {
                let text = self.wire.get(from + range.start..from + range.end).unwrap_or_default();
                self.received += text.len() as u64;
                let mut stdout = io::stdout().lock();
                if stdout.write_all(text).and_then(|()| stdout.flush()).is_err() {
                    return Ok(Came::NobodyReads);
                }
            }
            RxEvent::KeyUpdate(Some(reply)) => sender.reply(reply),
            RxEvent::Closed => return Ok(Came::Closed),
            _ => {}
        }
        Ok(Came::Record)
    }

    fn fill(&mut self, rx: &Rx) -> io::Result<Came> {
        self.wire.copy_within(self.held.clone(), 0);
        self.held = 0..self.held.len();
        match self.tcp.read(self.wire.get_mut(self.held.end..).unwrap_or_default()) {
            Ok(0) => rx.transport_ended().map(|()| Came::Closed).map_err(failed_with),
            Ok(n) => {
                self.held.end += n;
                Ok(Came::Bytes)
            }
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Ok(Came::Nothing),
                io::ErrorKind::Interrupted => Ok(Came::Bytes),
                _ => Err(error),
            },
        }
    }
}

fn failed_with(error: Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
