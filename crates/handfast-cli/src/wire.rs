//! TCP with a deadline, and a handshake over it.

use crate::args::Endpoint;
use crate::exit::Problem;
use handfast::report::{Report, Role, Transport};
use handfast::{Failure, Handshake, Next, Stream, record};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// Connects to the first address of `peer` that answers, all within `timeout`.
pub(crate) fn connect(peer: &Endpoint, timeout: Duration) -> Result<(TcpStream, SocketAddr), Problem> {
    let started = Instant::now();
    let addresses: Vec<_> = match (peer.host.as_str(), peer.port).to_socket_addrs() {
        Ok(addresses) => addresses.collect(),
        Err(error) => return Err(Report::of_connect(&error, &peer.host).into()),
    };
    let mut last = Report::of_transport(Role::Client, Transport::Lookup);
    for address in addresses {
        let left = timeout.saturating_sub(started.elapsed()).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(&address, left) {
            Ok(tcp) => {
                // Small records must not wait for one another; without it they are merely slower.
                _ = tcp.set_nodelay(true);
                return Ok((tcp, address));
            }
            Err(error) => last = Report::of_connect(&error, &address.to_string()),
        }
    }
    Err(last.into())
}

/// A TCP connection whose reads and writes end at a deadline.
pub(crate) struct Wire {
    tcp: TcpStream,
    deadline: Option<Instant>,
    /// Read, and then put back.
    back: Vec<u8>,
}

impl Wire {
    pub(crate) fn new(tcp: TcpStream, timeout: Duration) -> Self {
        Self { tcp, deadline: Some(Instant::now() + timeout), back: Vec::new() }
    }

    /// Reads and writes end after this time from now; `None` lets them take forever.
    pub(crate) fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.deadline = timeout.map(|timeout| Instant::now() + timeout);
    }

    /// The connection without a deadline.
    pub(crate) fn tcp(&self) -> io::Result<&TcpStream> {
        self.tcp.set_read_timeout(None)?;
        self.tcp.set_write_timeout(None)?;
        Ok(&self.tcp)
    }

    fn left(&self) -> io::Result<Option<Duration>> {
        let Some(deadline) = self.deadline else { return Ok(None) };
        match deadline.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(io::ErrorKind::TimedOut.into()),
            left => Ok(Some(left)),
        }
    }
}

/// Completes a handshake, and gives what was read behind it.
///
/// What cannot be a record is answered at once, not when more of it comes: a plain HTTP client
/// waits for us after its request.
pub(crate) fn shake(handshake: &mut Handshake, wire: &mut Wire) -> Result<Vec<u8>, Failure> {
    let (mut buf, mut held) = (vec![0; record::MAX_WIRE], 0);
    // A peer that has left may have said why: what it sent counts for more than our failed write.
    let mut unsent: Option<io::Error> = None;
    loop {
        match handshake.next()? {
            Next::Send => match wire.write(handshake.outgoing()) {
                Ok(n) if n > 0 => handshake.sent(n),
                failed => {
                    unsent.get_or_insert(failed.err().unwrap_or_else(|| io::ErrorKind::WriteZero.into()));
                    handshake.sent(handshake.outgoing().len());
                }
            },
            Next::Receive => {
                let used = handshake.receive(buf.get_mut(..held).unwrap_or_default());
                buf.copy_within(used..held, 0);
                held -= used;
                // Nothing used: either more is needed, or what is there was refused with an alert.
                if used == 0 && handshake.outgoing().is_empty() {
                    match wire.read(buf.get_mut(held..).unwrap_or_default()) {
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Ok(n) if n > 0 => held += n,
                        Err(error) => return Err(handshake.transport_failed(unsent.unwrap_or(error))),
                        Ok(_) => match unsent {
                            Some(error) => return Err(handshake.transport_failed(error)),
                            None => handshake.ended(),
                        },
                    }
                }
            }
            Next::Ask(question) => handshake.resolve(question),
            _ => {
                buf.truncate(held);
                return Ok(buf);
            }
        }
    }
}

/// Completes a handshake and goes on as a stream.
pub(crate) fn stream(mut handshake: Handshake, wire: &mut Wire) -> Result<Stream<&mut Wire>, Failure> {
    wire.back = shake(&mut handshake, wire)?;
    Stream::run(handshake, wire)
}

/// A socket's timeout comes as `WouldBlock` on some systems.
fn timed<T>(result: io::Result<T>) -> io::Result<T> {
    result
        .map_err(|error| if error.kind() == io::ErrorKind::WouldBlock { io::ErrorKind::TimedOut.into() } else { error })
}

impl Read for Wire {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if !self.back.is_empty() {
            let n = self.back.as_slice().read(buf)?;
            self.back.drain(..n);
            return Ok(n);
        }
        self.tcp.set_read_timeout(self.left()?)?;
        timed(self.tcp.read(buf))
    }
}

impl Write for Wire {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.tcp.set_write_timeout(self.left()?)?;
        timed(self.tcp.write(buf))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}
