//! What the narrator says when a handshake fails: the side, the rule, both offers.

use handfast::{ClientConfig, Credential, Handshake, NamedGroup, Next, Roots, ServerConfig};
use handfast_cli::narrate::{Narrator, Page, View};
use handfast_cli::pki::{Authority, AuthorityOptions, LeafOptions};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn narrator(&self, view: View) -> Option<Box<Narrator>> {
        Some(Box::new(Narrator::new(Arc::new(Page::new(Box::new(self.clone()))), view)))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Lets two handshakes talk until one has failed and the other knows, and gives what each side's
/// narrator said.
fn told(client: &ClientConfig, server: &ServerConfig) -> (String, String) {
    let (front, back) = (Paper::default(), Paper::default());
    let client = Handshake::client_observed(client, "localhost", front.narrator(View::Client).map(|n| n as _)).unwrap();
    let server = Handshake::server_observed(server, back.narrator(View::Server).map(|n| n as _));
    let mut sides = [(client, Vec::new(), false), (server, Vec::new(), false)];
    for turn in (0..40).map(|n| n % 2) {
        let (hs, wire, over) = &mut sides[turn];
        let mut sent = Vec::new();
        while !*over {
            match hs.next() {
                Ok(Next::Send) => {
                    sent.extend_from_slice(hs.outgoing());
                    hs.sent(hs.outgoing().len());
                }
                Ok(Next::Receive) => {
                    let used = hs.receive(wire);
                    wire.drain(..used);
                    if used == 0 && hs.outgoing().is_empty() {
                        break;
                    }
                }
                Ok(Next::Ask(question)) => hs.resolve(question),
                Ok(_) | Err(_) => *over = true,
            }
        }
        sides[1 - turn].1.extend(sent);
    }
    drop(sides);
    (front.text(), back.text())
}

fn pki() -> (Roots, Credential) {
    let authority = Authority::new(&AuthorityOptions::default()).unwrap();
    let leaf = authority.leaf(&LeafOptions::server(["localhost"])).unwrap();
    let chain = leaf.chain_der.iter().map(|der| der.to_vec()).collect();
    let mut roots = Roots::new();
    roots.add_der(authority.der()).unwrap();
    (roots, Credential::new(chain, leaf.key_der.secret_pkcs8_der(), &handfast_ring::provider()).unwrap())
}

#[test]
fn an_empty_intersection_is_told_with_both_sides_of_it() {
    let (roots, credential) = pki();
    let client = ClientConfig::new(handfast_ring::provider(), roots).with_groups(&[NamedGroup::X25519]);
    let server = ServerConfig::new(handfast_ring::provider(), credential).with_groups(&[NamedGroup::SECP384R1]);
    let (client, server) = told(&client, &server);
    assert!(server.contains("! no group in common: one side has x25519; the other has secp384r1"), "{server}");
    assert!(server.contains("! you sent fatal alert handshake_failure (40)"), "{server}");
    assert!(client.contains("! server sent fatal alert handshake_failure (40)"), "{client}");
}

#[test]
fn a_retry_and_its_reason_are_told() {
    let (roots, credential) = pki();
    let client = ClientConfig::new(handfast_ring::provider(), roots);
    let server = ServerConfig::new(handfast_ring::provider(), credential).with_groups(&[NamedGroup::SECP384R1]);
    let (client, server) = told(&client, &server.with_retry_cookie());
    assert!(client.contains("asks for another ClientHello with a key share for secp384r1 with a cookie"), "{client}");
    assert!(client.contains("brings back the cookie"), "{client}");
    assert!(server.contains("? you checked: the client's Finished is what you computed too"), "{server}");
}

#[test]
fn a_refused_chain_is_an_alert_of_yours() {
    let (_, credential) = pki();
    let client = ClientConfig::new(handfast_ring::provider(), Roots::new());
    let (client, server) = told(&client, &ServerConfig::new(handfast_ring::provider(), credential));
    assert!(client.contains("! you sent fatal alert unknown_ca (48)"), "{client}");
    assert!(!client.contains("accepted the chain"), "{client}");
    assert!(server.contains("! client sent fatal alert unknown_ca (48)"), "{server}");
}
