//! Proof that handfast and everything below it link without std: this crate brings its own panic
//! handler, which the compiler refuses as soon as anything links std's.
//!
//! What is compiled is a real use: both roles shake hands in memory, and say hello.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::panic::PanicInfo;
use core::time::Duration;
use handfast::{ClientConfig, Clock, Credential, Error, Handshake, Next, Roots, ServerConfig, UnixTime};

/// The heap of an embedded program would be handed a region here.
#[global_allocator]
static HEAP: linked_list_allocator::LockedHeap = linked_list_allocator::LockedHeap::empty();

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}

/// A clock that stands still.
struct Stopped(u64);

impl Clock for Stopped {
    fn now(&self) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(self.0))
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

/// A handshake in memory between a client that trusts `roots` and a server with this chain and key.
///
/// # Errors
/// Why it failed.
pub fn shake(roots: Roots, chain: Vec<Vec<u8>>, pkcs8: &[u8], seed: [u8; 32], now: u64) -> Result<Vec<u8>, Error> {
    let random = Arc::new(handfast_rustcrypto::dangerous::SeededRandom::new(seed));
    let provider = handfast_rustcrypto::provider_with(random);
    let clock = Arc::new(Stopped(now));
    let mut wire = Vec::new();
    let Ok(credential) = Credential::new(chain, pkcs8, &provider) else { return Ok(wire) };
    let client = ClientConfig::with_time(provider.clone(), roots, clock.clone());
    let server = ServerConfig::with_time(provider, credential, clock);
    let (mut client, mut server) = (Handshake::client(&client, "localhost")?, Handshake::server(&server));
    let (mut done, mut up, mut down) = ((false, false), Vec::new(), Vec::new());
    while done != (true, true) {
        done.0 = turn(&mut client, &mut down, &mut up)?;
        done.1 = turn(&mut server, &mut up, &mut down)?;
    }
    let (_, mut tx, _) = client.finish()?;
    wire.resize(tx.needed(5), 0);
    let sealed = tx.send(&[b"hello"], &mut wire)?;
    wire.truncate(sealed.wire);
    Ok(wire)
}

/// Lets one side do what it can; whether it is done.
fn turn(side: &mut Handshake, incoming: &mut Vec<u8>, outgoing: &mut Vec<u8>) -> Result<bool, Error> {
    loop {
        match side.next()? {
            Next::Send => {
                outgoing.extend_from_slice(side.outgoing());
                side.sent(usize::MAX);
            }
            Next::Receive => {
                let used = side.receive(incoming);
                incoming.drain(..used);
                if used == 0 {
                    return Ok(false);
                }
            }
            Next::Ask(question) => side.resolve(question),
            _ => return Ok(true),
        }
    }
}
