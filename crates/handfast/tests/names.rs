//! Which names a ClientHello shows, and that the name is verified all the same.

mod common;

use common::{EACH, client, pump, server};
use handfast::codec::Message;
use handfast::{ClientConfig, Handshake, Kind, Versions};

/// The server_name of the ClientHello for `name`.
fn shown(config: &ClientConfig, name: &str) -> Option<String> {
    let handshake = Handshake::client(config, name).unwrap();
    // Behind the header of its record.
    let Ok(Message::ClientHello(hello)) = Message::decode(&handshake.outgoing()[5..], None) else {
        panic!("no ClientHello")
    };
    hello.extensions.server_name.map(Into::into)
}

/// Lets a client that shows no name reach the server for localhost as `name`.
fn reach(versions: Versions, name: &str) -> Result<bool, handfast::Error> {
    let mut client = Handshake::client(&client(versions).without_server_name(), name).unwrap();
    let mut server = Handshake::server(&server(versions));
    let (mut to_client, mut to_server) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        let done = pump(&mut client, &mut to_client, &mut to_server)?;
        if pump(&mut server, &mut to_server, &mut to_client)? && done {
            return Ok(true);
        }
    }
    Ok(false)
}

#[test]
fn a_host_name_is_sent_and_an_address_is_not() {
    for versions in EACH {
        assert_eq!(shown(&client(versions), "localhost").as_deref(), Some("localhost"));
        assert_eq!(shown(&client(versions), "127.0.0.1"), None);
    }
}

#[test]
fn a_client_may_keep_the_name_to_itself() {
    for versions in EACH {
        assert_eq!(shown(&client(versions).without_server_name(), "localhost"), None);
        assert!(reach(versions, "localhost").unwrap());
    }
}

#[test]
fn a_name_that_was_not_sent_is_still_verified() {
    for versions in EACH {
        let error = reach(versions, "else.test").unwrap_err();
        assert!(matches!(error.kind(), Kind::Chain(refusal) if refusal.reason().name() == "HostMismatch"), "{error}");
    }
}
