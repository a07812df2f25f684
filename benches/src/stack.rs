//! What a TLS stack must be able to do to be measured: connect in memory, send and receive.

use std::io::{self, IoSlice, Read, Write};

/// A stack, set up for one version.
pub trait Stack {
    /// Its client.
    type Client: Side;
    /// Its server.
    type Server: Side;
    /// Stack, API if there is a choice, and backend.
    fn name(&self) -> &str;
    /// Whether Rust's allocator sees all that it takes from the heap.
    fn seen(&self) -> bool {
        true
    }
    /// A client that has sent nothing yet.
    fn client(&self) -> Self::Client;
    /// A server that has received nothing yet.
    fn server(&self) -> Self::Server;
}

/// A client or a server, until its handshake is done.
pub trait Side {
    /// What it becomes.
    type Link: Link;

    /// Goes on as far as it can; true once it is done.
    fn turn(&mut self, from: &mut Wire, to: &mut Wire) -> bool;
    /// What it has become, once it is done.
    fn finish(self) -> Self::Link;
}

/// One end of a connection.
pub trait Link: Sized {
    /// Its size in bytes, without the heap and without a transport in it.
    const SIZE: usize = size_of::<Self>();

    /// Adds the records of one write to the wire.
    fn send(&mut self, text: &[u8], wire: &mut Wire);
    /// Takes everything off the wire; an API that copies the text copies it to `text`. Returns how
    /// many bytes of text there were.
    fn receive(&mut self, wire: &mut Wire, text: &mut [u8]) -> usize;
}

/// Something that is told when one side runs.
pub trait Meter {
    /// Runs it.
    fn run<T>(&mut self, work: impl FnOnce() -> T) -> T {
        work()
    }
}

/// Nothing is measured.
impl Meter for () {}

/// The ends of a connection of this stack.
pub type Links<S> = (<<S as Stack>::Client as Side>::Link, <<S as Stack>::Server as Side>::Link);

/// A whole handshake, each side on its own meter, on wires that are there already.
pub fn connect<S: Stack>(
    stack: &S,
    up: &mut Wire,
    down: &mut Wire,
    client_meter: &mut impl Meter,
    server_meter: &mut impl Meter,
) -> Links<S> {
    let mut client = client_meter.run(|| stack.client());
    let mut server = server_meter.run(|| stack.server());
    let mut done = false;
    while !done {
        done = client_meter.run(|| client.turn(down, up));
        done &= server_meter.run(|| server.turn(up, down));
    }
    (client_meter.run(|| client.finish()), server_meter.run(|| server.finish()))
}

/// The same where nothing is measured.
pub fn connected<S: Stack>(stack: &S) -> Links<S> {
    let (mut up, mut down) = (Wire::new(1 << 14), Wire::new(1 << 14));
    connect(stack, &mut up, &mut down, &mut (), &mut ())
}

/// Bytes on their way, in a buffer that never grows. What a stack reads from and writes to, or works
/// in where it works in place.
pub struct Wire {
    /// ```text
    ///  | done with |  held   |  free  |
    ///  0         start      end
    /// ```
    buf: Vec<u8>,
    start: usize,
    end: usize,
}

impl Wire {
    /// Room for that many bytes.
    pub fn new(room: usize) -> Self {
        Self { buf: vec![0; room], start: 0, end: 0 }
    }

    /// What has yet to be read.
    pub fn held(&mut self) -> &mut [u8] {
        &mut self.buf[self.start..self.end]
    }

    /// Where to write.
    pub fn free(&mut self) -> &mut [u8] {
        &mut self.buf[self.end..]
    }

    /// Bytes were read.
    pub fn taken(&mut self, n: usize) {
        self.start += n;
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
    }

    /// Bytes were written.
    pub fn filled(&mut self, n: usize) {
        self.end += n;
    }

    /// Nothing is left to read.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }
}

impl Read for Wire {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let n = self.held().len().min(buf.len());
        buf[..n].copy_from_slice(&self.held()[..n]);
        self.taken(n);
        Ok(n)
    }
}

impl Write for Wire {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let n = self.free().len().min(buf.len());
        self.free()[..n].copy_from_slice(&buf[..n]);
        self.filled(n);
        Ok(n)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        bufs.iter().try_fold(0, |sum, buf| Ok(sum + self.write(buf)?))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A transport of two wires, for an API that wants to own one.
pub struct Pipe {
    incoming: Wire,
    outgoing: Wire,
}

impl Default for Pipe {
    /// Wires without room: those of the caller take their place.
    fn default() -> Self {
        Self { incoming: Wire::new(0), outgoing: Wire::new(0) }
    }
}

impl Pipe {
    /// Puts a wire where it reads from, or takes it back: they change places.
    pub fn swap_incoming(&mut self, wire: &mut Wire) {
        std::mem::swap(&mut self.incoming, wire);
    }

    /// Puts a wire where it writes to, or takes it back: they change places.
    pub fn swap_outgoing(&mut self, wire: &mut Wire) {
        std::mem::swap(&mut self.outgoing, wire);
    }
}

impl Read for Pipe {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.incoming.read(buf)
    }
}

impl Write for Pipe {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.outgoing.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
