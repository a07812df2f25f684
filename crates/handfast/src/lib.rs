//! TLS 1.2 and 1.3, client and server: the TLS stack that can explain itself.
//!
//! Three sizes of the same thing:
//!
//! 1. [`Stream`]: `Read + Write` over any transport, for the ordinary user.
//! 2. [`Handshake`]: the handshake without I/O. Ask it [`Handshake::next`] and do what it says.
//! 3. [`Rx`] and [`Tx`]: traffic without I/O, two halves that share nothing, in your buffers.
//!
//! Every step can be watched: hand an [`Observer`] to a handshake and it is told each message with
//! its bytes, each choice with both sides' offers, each secret as it is derived, each change of
//! state, each alert with the rule behind it. Nothing is paid for that when nobody listens.
//!
//! # A client
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use handfast::{ClientConfig, Roots, Stream};
//! use std::io::{Read, Write};
//!
//! let mut roots = Roots::new();
//! for der in handfast::pem::load_certificates("ca.pem")? {
//!     roots.add_der(&der)?;
//! }
//! let config = ClientConfig::new(handfast_ring::provider(), roots);
//! let tcp = std::net::TcpStream::connect("localhost:4433")?;
//! let mut tls = Stream::connect(&config, "localhost", tcp)?;
//! tls.write_all(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
//! let mut page = String::new();
//! tls.read_to_string(&mut page)?; // an error if the server was cut off before its close_notify
//! tls.close()?;
//! # Ok(()) }
//! ```
//!
//! # A server
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use handfast::{ServerConfig, Stream};
//! use std::io::Write;
//!
//! let provider = handfast_ring::provider();
//! let credential = handfast::pem::load_credential("leaf.pem", "leaf.key", &provider)?;
//! let config = ServerConfig::new(provider, credential);
//! for tcp in std::net::TcpListener::bind("127.0.0.1:4433")?.incoming() {
//!     let (tcp, config) = (tcp?, config.clone());
//!     std::thread::spawn(move || {
//!         let serve = || -> Result<(), handfast::Failure> {
//!             tcp.set_read_timeout(Some(std::time::Duration::from_secs(10)))?;
//!             let mut tls = Stream::accept(&config, tcp)?;
//!             tls.write_all(b"hello\n")?;
//!             Ok(tls.close()?)
//!         };
//!         if let Err(why) = serve() {
//!             eprintln!("{}", why.report().verdict); // one bad client is not the end
//!         }
//!     });
//! }
//! # Ok(()) }
//! ```
//!
//! # Watching
//!
//! A listener is told everything in order; this one prints the states that a client goes through.
//!
//! ```no_run
//! use handfast::{Event, Observer, Stream};
//!
//! struct States;
//!
//! impl Observer for States {
//!     fn event(&mut self, event: &Event<'_>) {
//!         if let Event::Moved { from, on, to } = event {
//!             println!("{from} --{on}--> {to}");
//!         }
//!     }
//! }
//!
//! # fn run(config: handfast::ClientConfig, tcp: std::net::TcpStream) -> Result<(), Box<dyn std::error::Error>> {
//! let tls = Stream::connect_observed(&config, "localhost", tcp, Box::new(States))?;
//! # Ok(()) }
//! ```
//!
//! # Where to look
//!
//! * to configure: [`ClientConfig`], [`ServerConfig`], [`Credential`], [`Roots`], [`pem`], [`Limits`];
//! * to connect: [`Stream`], [`Handshake`], [`Rx`], [`Tx`], [`Summary`];
//! * to watch: [`Observer`], [`Event`], [`KeyLogFile`];
//! * when it fails: [`Report`], [`Error`], [`Kind`], [`Rule`], [`Refusal`].
//!
//! The cryptography comes from a backend that you pass in: `handfast-ring`, or `handfast-rustcrypto`,
//! which is pure Rust. Without the default feature `std` the crate needs `alloc` alone; then there is
//! no [`Stream`], and the clock is yours ([`Clock`]).
//!
//! Not yet here: resumption and 0-RTT, post-quantum groups, revocation, Encrypted Client Hello. There
//! has been no outside audit.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod clock;
mod config;
mod connection;
mod credential;
mod error;
#[cfg(feature = "std")]
mod failure;
mod handshake;
mod judge;
mod keylog;
pub mod pem;
pub mod report;
#[cfg(feature = "std")]
mod stream;
mod summary;

pub use clock::Clock;
#[cfg(feature = "std")]
pub use clock::SystemClock;
pub use config::{ClientConfig, Limits, ServerConfig};
pub use connection::{ReceiveError, Received, Reply, Rx, RxEvent, Tx};
pub use credential::{Credential, CredentialError};
pub use error::{Error, Kind};
#[cfg(feature = "std")]
pub use failure::{Failure, TransportError};
pub use handfast_codec as codec;
pub use handfast_crypto as crypto;
pub use handfast_crypto::{
    AlertDescription, AlertLevel, CipherSuite, ContentType, NamedGroup, ProtocolVersion, Provider, SignatureScheme,
};
pub use handfast_handshake::ask;
pub use handfast_handshake::server::ClientAuth;
pub use handfast_handshake::{
    Answer, Blame, Cause as Broken, Choosing, Direction, Epoch, Event, Fact, Observer, Question, Rule, Versions,
};
pub use handfast_record as record;
pub use handfast_record::Sealed;
pub use handfast_schedule as schedule;
pub use handfast_x509 as x509;
pub use handfast_x509::{Refusal, Roots, UnixTime};
pub use handshake::{Handshake, Next};
#[cfg(feature = "std")]
pub use keylog::KeyLogFile;
pub use keylog::{KeyLog, KeyLogger};
pub use report::Report;
#[cfg(feature = "std")]
pub use stream::Stream;
pub use summary::Summary;
