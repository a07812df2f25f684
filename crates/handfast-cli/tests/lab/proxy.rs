//! A device between client and server that sees records and may change, cut or delay them.

use crate::peers::PATIENCE;
use crate::sockets;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;

/// What becomes of a record on its way to the client.
pub(crate) enum Fate {
    /// It goes on, changed or not.
    Pass(Vec<u8>),
    /// These bytes go on, and then the connection ends.
    Close(Vec<u8>),
    /// These bytes go on, and then the connection is reset.
    Reset(Vec<u8>),
    /// These bytes go on, and then nothing.
    Stall(Vec<u8>),
}

/// Stands before the server at `port`. `decide` sees each record to the client, header and all, and
/// how many records of its type came before.
pub(crate) fn before(port: u16, decide: impl Fn(usize, Vec<u8>) -> Fate + Send + 'static) -> Result<u16, String> {
    stand(port, true, decide)
}

/// The same, deaf to what the client says after its hello: to close with bytes unread is to reset.
pub(crate) fn cutting(port: u16, decide: impl Fn(usize, Vec<u8>) -> Fate + Send + 'static) -> Result<u16, String> {
    stand(port, false, decide)
}

fn stand(port: u16, hears: bool, decide: impl Fn(usize, Vec<u8>) -> Fate + Send + 'static) -> Result<u16, String> {
    sockets::serve(move |mut client| {
        let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)) else { return };
        _ = server.set_read_timeout(Some(PATIENCE));
        _ = server.set_nodelay(true);
        let hello = if hears { sockets::take_record(&mut client) } else { sockets::take_almost(&mut client) };
        if server.write_all(&hello).is_ok() {
            let upward = if hears { up(&client, &server) } else { None };
            down(client, server, &decide);
            // Ends with the client, which may have more to say.
            _ = upward.map(thread::JoinHandle::join);
        }
    })
}

fn down(mut client: TcpStream, mut server: TcpStream, decide: &dyn Fn(usize, Vec<u8>) -> Fate) {
    let mut seen = [0; 256];
    while let Some(record) = read_record(&mut server) {
        let kind = usize::from(record.first().copied().unwrap_or(0));
        let before = seen[kind];
        seen[kind] += 1;
        match decide(before, record) {
            Fate::Pass(bytes) => {
                if client.write_all(&bytes).is_err() {
                    return;
                }
            }
            Fate::Close(bytes) => {
                _ = client.write_all(&bytes);
                return sockets::leave(client);
            }
            Fate::Reset(bytes) => {
                _ = client.write_all(&bytes);
                return;
            }
            Fate::Stall(bytes) => {
                _ = client.write_all(&bytes);
                _ = client.read_to_end(&mut Vec::new());
                return;
            }
        }
    }
    _ = client.shutdown(Shutdown::Write);
}

/// What the client says after its hello goes up as it is.
fn up(client: &TcpStream, server: &TcpStream) -> Option<thread::JoinHandle<()>> {
    let (mut client, mut server) = (client.try_clone().ok()?, server.try_clone().ok()?);
    Some(thread::spawn(move || {
        _ = std::io::copy(&mut client, &mut server);
        _ = server.shutdown(Shutdown::Write);
    }))
}

fn read_record(from: &mut TcpStream) -> Option<Vec<u8>> {
    let mut record = vec![0; 5];
    from.read_exact(&mut record).ok()?;
    let length = match record[..] {
        [_, _, _, high, low] => usize::from(u16::from_be_bytes([high, low])),
        _ => 0,
    };
    record.resize(5 + length, 0);
    from.read_exact(record.get_mut(5..)?).ok()?;
    Some(record)
}
