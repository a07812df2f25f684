//! Peers that are no TLS servers: plain sockets that say, close, reset or keep silent.

use crate::peers::PATIENCE;
use std::any::Any;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

/// Does this to every client that comes, until the program ends; gives the port.
pub(crate) fn serve(does: impl Fn(TcpStream) + Send + 'static) -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
    let port = listener.local_addr().map_err(|e| e.to_string())?.port();
    thread::spawn(move || {
        for tcp in listener.incoming().map_while(Result::ok) {
            _ = tcp.set_read_timeout(Some(PATIENCE));
            _ = tcp.set_nodelay(true);
            does(tcp);
        }
    });
    Ok(port)
}

/// A port where nobody listens, and what keeps it from others: it is the near end of a connection.
pub(crate) fn nobody() -> Result<(u16, impl Any), String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
    let near = TcpStream::connect(listener.local_addr().map_err(|e| e.to_string())?).map_err(|e| e.to_string())?;
    Ok((near.local_addr().map_err(|e| e.to_string())?.port(), (near, listener)))
}

/// Connects to handfast's server.
pub(crate) fn call(port: u16) -> Result<TcpStream, String> {
    let tcp = TcpStream::connect(("127.0.0.1", port)).map_err(|e| e.to_string())?;
    _ = tcp.set_read_timeout(Some(PATIENCE));
    _ = tcp.set_nodelay(true);
    Ok(tcp)
}

/// The whole record at the front, which stays in the socket; what is there if the peer leaves first.
fn peek_record(tcp: &TcpStream) -> Vec<u8> {
    let mut buf = vec![0; 1 << 14];
    loop {
        let n = tcp.peek(&mut buf).unwrap_or(0);
        let whole = match buf.get(..n) {
            Some([_, _, _, high, low, ..]) => 5 + usize::from(u16::from_be_bytes([*high, *low])),
            _ => usize::MAX,
        };
        if n >= whole || n == 0 {
            buf.truncate(n.min(whole));
            return buf;
        }
        thread::yield_now();
    }
}

/// Takes the first record.
pub(crate) fn take_record(tcp: &mut TcpStream) -> Vec<u8> {
    let mut record = peek_record(tcp);
    _ = tcp.read_exact(&mut record);
    record
}

/// Takes the first record but for its last byte: to close with bytes unread is to reset.
pub(crate) fn take_almost(tcp: &mut TcpStream) -> Vec<u8> {
    let record = peek_record(tcp);
    let mut most = vec![0; record.len().saturating_sub(1)];
    _ = tcp.read_exact(&mut most);
    record
}

/// Ends what we send and waits until the peer has left, so that nothing we said is lost.
pub(crate) fn leave(mut tcp: TcpStream) {
    _ = tcp.shutdown(Shutdown::Write);
    _ = tcp.read_to_end(&mut Vec::new());
}

/// Says these bytes after the first record came, and leaves.
pub(crate) fn answers(bytes: Vec<u8>) -> Result<u16, String> {
    serve(move |mut tcp| {
        take_record(&mut tcp);
        _ = tcp.write_all(&bytes);
        leave(tcp);
    })
}

/// Says these bytes at once, as SMTP and SSH do, and then reads.
pub(crate) fn greets(bytes: Vec<u8>) -> Result<u16, String> {
    serve(move |mut tcp| {
        _ = tcp.write_all(&bytes);
        _ = tcp.read_to_end(&mut Vec::new());
    })
}
