//! The two halves of a connection over a socket, where a test wants to see more than data.

use handfast::{Reply, Rx, RxEvent, Stream, Tx};
use std::io::{Read, Write};
use std::net::TcpStream;

/// Both halves, the socket, and what was read from it but not used.
pub(crate) struct Halves {
    tcp: TcpStream,
    rx: Rx,
    tx: Tx,
    wire: Vec<u8>,
    held: usize,
}

impl Halves {
    /// Takes a stream apart.
    pub(crate) fn new(tls: Stream<TcpStream>) -> Result<Self, String> {
        let (tcp, rx, tx, _, mut wire) = tls.into_parts().map_err(|e| e.to_string())?;
        let held = wire.len();
        wire.resize(handfast::record::MAX_WIRE.max(held), 0);
        Ok(Self { tcp, rx, tx, wire, held })
    }

    /// The next thing that comes and means something, and its text if it is data.
    pub(crate) fn next(&mut self) -> Result<(RxEvent, String), String> {
        loop {
            match self.rx.receive(&mut self.wire[..self.held]).map_err(|e| e.to_string())? {
                Some(received) => {
                    let text = match &received.event {
                        RxEvent::Data(range) => String::from_utf8_lossy(&self.wire[range.clone()]).into_owned(),
                        _ => String::new(),
                    };
                    self.wire.copy_within(received.consumed..self.held, 0);
                    self.held -= received.consumed;
                    if received.event != RxEvent::Nothing {
                        return Ok((received.event, text));
                    }
                }
                None => match self.tcp.read(&mut self.wire[self.held..]).map_err(|e| e.to_string())? {
                    0 => return Err("the connection has ended".into()),
                    n => self.held += n,
                },
            }
        }
    }

    fn write(
        &mut self,
        seal: impl FnOnce(&mut Tx, &mut [u8]) -> Result<handfast::Sealed, handfast::Error>,
    ) -> Result<(), String> {
        let mut wire = [0; 512];
        let sealed = seal(&mut self.tx, &mut wire).map_err(|e| e.to_string())?;
        self.tcp.write_all(&wire[..sealed.wire]).map_err(|e| e.to_string())
    }

    /// Sends data.
    pub(crate) fn send(&mut self, text: &str) -> Result<(), String> {
        self.write(|tx, wire| tx.send(&[text.as_bytes()], wire))
    }

    /// Changes our key.
    pub(crate) fn update_keys(&mut self, request: bool) -> Result<(), String> {
        self.write(|tx, wire| tx.update_keys(request, wire))
    }

    /// Sends what reading has made necessary.
    pub(crate) fn reply(&mut self, reply: Reply) -> Result<(), String> {
        self.write(|tx, wire| tx.reply(reply, wire))
    }
}
