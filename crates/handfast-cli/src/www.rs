//! `handfast server --www`: answers one HTTP request with a page about its connection.

use crate::facts;
use handfast::{Stream, Summary};
use std::io::{self, Read, Write};
use std::net::SocketAddr;

/// The longest request head that is read.
const LONGEST: usize = 16 * 1024;

/// Reads a request and answers it; the caller closes.
pub(crate) fn serve<S: Read + Write>(stream: &mut Stream<S>, peer: SocketAddr) -> io::Result<()> {
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    let mut looked = 0;
    while !ended(head.get(looked..).unwrap_or_default()) {
        // The end may lie across two reads.
        looked = head.len().saturating_sub(3);
        let n = stream.read(&mut piece)?;
        if n == 0 {
            return Ok(());
        }
        head.extend_from_slice(piece.get(..n).unwrap_or_default());
        if head.len() > LONGEST {
            return stream.write_all(&answer(
                "431 Request Header Fields Too Large",
                "The request is too long.\n",
                true,
            ));
        }
    }
    let page = page(stream.summary(), peer);
    let answer = match () {
        _ if head.starts_with(b"GET ") => answer("200 OK", &page, true),
        _ if head.starts_with(b"HEAD ") => answer("200 OK", &page, false),
        _ => answer("405 Method Not Allowed", "Only GET and HEAD are answered here.\n", true),
    };
    stream.write_all(&answer)
}

/// Whether an empty line stands in this.
fn ended(head: &[u8]) -> bool {
    head.windows(4).any(|w| w == b"\r\n\r\n") || head.windows(2).any(|w| w == b"\n\n")
}

fn answer(status: &str, page: &str, with_page: bool) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        page.len()
    );
    [head.as_bytes(), if with_page { page.as_bytes() } else { &[] }].concat()
}

/// Plain text, so that nothing a client sent can become markup.
fn page(summary: &Summary, peer: SocketAddr) -> String {
    let mut page = String::from("You have reached handfast over TLS.\n\n");
    let mut fact = |label: &str, value: &str| page.push_str(&format!("{label:<19} {value}\n"));
    fact("from", &peer.to_string());
    fact("version", &summary.version.to_string());
    fact("suite", &summary.suite.to_string());
    fact("group", &summary.group.to_string());
    fact("signed with", &summary.own_scheme.map_or_else(|| "none".into(), |scheme| scheme.to_string()));
    let name = summary.server_name.as_ref().map(|name| name.escape_default().to_string());
    fact("name", name.as_deref().unwrap_or("not sent"));
    fact("ALPN", facts::alpn(summary).as_deref().unwrap_or("none"));
    let subject = facts::subject(summary);
    fact("client certificate", subject.as_deref().unwrap_or("none"));
    fact("HelloRetryRequest", if summary.retried { "needed" } else { "not needed" });
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_to_head_has_the_length_and_not_the_page() {
        let (get, head) = (answer("200 OK", "four", true), answer("200 OK", "four", false));
        assert_eq!(get, [&head[..], b"four"].concat());
        assert!(String::from_utf8(head).unwrap().contains("\r\nContent-Length: 4\r\n"));
    }
}
