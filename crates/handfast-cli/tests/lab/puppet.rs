//! The puppet of the conformance crate behind records and a socket: a TLS server or client that lies
//! at one point and is honest everywhere else.

use crate::pki::Node;
use crate::sockets;
use handfast::codec::HandshakeType;
use handfast::record::{CcsRule, Opened, Opener, RecordKeys, Sealer};
use handfast::schedule::{Side, Watch, traffic_keys};
use handfast::{ContentType, NamedGroup, ProtocolVersion};
use handfast_conformance::puppet::{Identity, Kind, Puppet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

/// A chain in DER, leaf first, with the key that the puppet signs with.
#[derive(Clone)]
pub(crate) struct Shows {
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) key: Vec<u8>,
}

impl Shows {
    /// This chain and the key of its first certificate.
    pub(crate) fn of(chain: &[&Node]) -> Self {
        Self {
            chain: chain.iter().map(|n| n.der.clone()).collect(),
            key: chain.first().map(|n| n.key_der()).unwrap_or_default(),
        }
    }
}

/// One connection of a puppet.
pub(crate) struct Stage {
    pub(crate) puppet: Puppet,
    tcp: TcpStream,
    opener: Opener,
    sealer: Sealer,
    wire: Vec<u8>,
    /// Handshake bytes that were opened and not yet heard.
    heard: Vec<u8>,
}

type Done = Result<(), String>;

impl Stage {
    fn new(tcp: TcpStream, side: Side, version: ProtocolVersion, shows: Option<&Shows>) -> Result<Self, String> {
        let provider = handfast_ring::provider();
        let identity = match shows {
            None => None,
            Some(shows) => {
                let key = Arc::from(provider.keys.load(&shows.key).map_err(|e| e.to_string())?);
                Some(Identity { chain: shows.chain.clone(), key })
            }
        };
        let mut puppet = Puppet::new(side, version, provider, identity);
        puppet.shares = vec![NamedGroup::X25519];
        let mut opener = Opener::new();
        let tls13 = version == ProtocolVersion::TLS1_3;
        opener.set_ccs(if tls13 { CcsRule::Drop } else { CcsRule::Deliver });
        Ok(Self { puppet, tcp, opener, sealer: Sealer::new(), wire: Vec::new(), heard: Vec::new() })
    }

    /// Sends this text as records of this type.
    pub(crate) fn put(&mut self, content_type: ContentType, text: &[u8]) -> Done {
        let mut wire = vec![0; self.sealer.wire_len(content_type, text.len())];
        let sealed = self.sealer.seal(content_type, &[text], &mut wire).map_err(|e| e.to_string())?;
        self.tcp.write_all(wire.get(..sealed.wire).unwrap_or_default()).map_err(|e| e.to_string())
    }

    /// Sends these bytes as they are.
    pub(crate) fn put_raw(&mut self, wire: &[u8]) -> Done {
        self.tcp.write_all(wire).map_err(|e| e.to_string())
    }

    /// Says messages, one after another, each in a record of its own.
    pub(crate) fn say(&mut self, kinds: &[Kind]) -> Done {
        kinds.iter().try_for_each(|kind| {
            let message = self.puppet.say(*kind);
            self.put(ContentType::HANDSHAKE, &message)?;
            if *kind == Kind::ServerHello { self.protect() } else { Ok(()) }
        })
    }

    /// Says these bytes as one message.
    pub(crate) fn say_bytes(&mut self, message: Vec<u8>) -> Done {
        let message = self.puppet.say_bytes(message);
        self.put(ContentType::HANDSHAKE, &message)
    }

    /// Hears messages until one of this type came.
    pub(crate) fn hear(&mut self, last: HandshakeType) -> Done {
        loop {
            while let [kind, a, b, c, ..] = self.heard[..] {
                let length = 4 + u32::from_be_bytes([0, a, b, c]) as usize;
                if self.heard.len() < length {
                    break;
                }
                let message: Vec<u8> = self.heard.drain(..length).collect();
                self.puppet.hear(&message);
                if HandshakeType(kind) == HandshakeType::SERVER_HELLO {
                    self.protect()?;
                }
                if HandshakeType(kind) == last {
                    return Ok(());
                }
            }
            self.read_record()?;
        }
    }

    fn read_record(&mut self) -> Done {
        loop {
            match self.opener.open(&mut self.wire).map_err(|e| e.to_string())? {
                Opened::More { .. } => {
                    let mut buf = [0; 4096];
                    let n = self.tcp.read(&mut buf).map_err(|e| e.to_string())?;
                    if n == 0 {
                        return Err("the other side has left".into());
                    }
                    self.wire.extend_from_slice(buf.get(..n).unwrap_or_default());
                }
                Opened::Record { consumed, content_type, text } => {
                    let text = self.wire.get(text).unwrap_or_default().to_vec();
                    self.wire.drain(..consumed);
                    match content_type {
                        ContentType::HANDSHAKE => self.heard.extend(text),
                        ContentType::CHANGE_CIPHER_SPEC => self.opener.install(self.keys12(self.puppet.side.peer())?),
                        other => return Err(format!("{other} came: {text:?}")),
                    }
                    return Ok(());
                }
                Opened::Dropped { consumed, .. } => drop(self.wire.drain(..consumed)),
            }
        }
    }

    /// After the ServerHello of TLS 1.3 both directions have keys.
    fn protect(&mut self) -> Done {
        if self.puppet.version == ProtocolVersion::TLS1_3 {
            self.sealer.install(self.keys13(self.puppet.side, false)?);
            self.opener.install(self.keys13(self.puppet.side.peer(), false)?);
        }
        Ok(())
    }

    /// Says close_notify after the handshake.
    pub(crate) fn goodbye(&mut self) -> Done {
        if self.puppet.version == ProtocolVersion::TLS1_3 {
            self.sealer.install(self.keys13(self.puppet.side, true)?);
        }
        self.put(ContentType::ALERT, &[1, 0])
    }

    /// Says ChangeCipherSpec of TLS 1.2 and protects what follows.
    pub(crate) fn change(&mut self) -> Done {
        self.put(ContentType::CHANGE_CIPHER_SPEC, &[1])?;
        self.sealer.install(self.keys12(self.puppet.side)?);
        Ok(())
    }

    fn keys13(&self, side: Side, application: bool) -> Result<RecordKeys, String> {
        let info = self.puppet.suite.info().ok_or("no suite")?;
        let secret = self.puppet.traffic_secret(side, application).ok_or("no secret yet")?;
        let hash = self.puppet.provider.hash(info.hash).ok_or("no hash")?;
        let keys = traffic_keys(hash, side, secret, info.aead.key_len(), &mut Watch::off());
        self.expand(ProtocolVersion::TLS1_3, keys.key(), keys.iv())
    }

    fn keys12(&self, side: Side) -> Result<RecordKeys, String> {
        let block = self.puppet.key_block().ok_or("no key block yet")?;
        let keys = if side == Side::Client { &block.client } else { &block.server };
        self.expand(ProtocolVersion::TLS1_2, keys.key(), keys.iv())
    }

    fn expand(&self, version: ProtocolVersion, key: &[u8], iv: &[u8]) -> Result<RecordKeys, String> {
        let info = self.puppet.suite.info().ok_or("no suite")?;
        let aead = self.puppet.provider.aead(info.aead).ok_or("no AEAD")?;
        RecordKeys::new(aead, version, key, iv).map_err(|e| e.to_string())
    }

    /// A server's flight up to here: the other side's hello was heard.
    pub(crate) fn hello(&mut self) -> Done {
        self.hear(HandshakeType::CLIENT_HELLO)
    }
}

/// A puppet that serves: `lies` tells it what to say. What it complains about afterwards (that the
/// client has left, mostly) is no affair of the fault.
pub(crate) fn serves(
    version: ProtocolVersion,
    shows: Shows,
    lies: impl Fn(&mut Stage) -> Done + Send + 'static,
) -> Result<u16, String> {
    sockets::serve(move |tcp| {
        if let Ok(mut stage) = Stage::new(tcp, Side::Server, version, Some(&shows)) {
            _ = lies(&mut stage);
            sockets::leave(stage.tcp);
        }
    })
}

/// A puppet that calls once.
pub(crate) fn calls(
    port: u16,
    version: ProtocolVersion,
    shows: Option<&Shows>,
    lies: impl Fn(&mut Stage) -> Done,
) -> Result<String, String> {
    let mut stage = Stage::new(sockets::call(port)?, Side::Client, version, shows)?;
    lies(&mut stage)?;
    sockets::leave(stage.tcp);
    Ok(String::new())
}
