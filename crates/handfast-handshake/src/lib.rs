//! The TLS handshake as two transition tables: client and server, TLS 1.3 and TLS 1.2.
//!
//! ```text
//!   handshake messages ─┐                ┌─► messages to send
//!   answers ────────────┼──► machine ────┼─► keys to install
//!   ChangeCipherSpec ───┘                ├─► questions to answer
//!                                        └─► facts, and events for whoever listens
//! ```
//!
//! No record, no socket, no clock and no thread is in here. Read `client/table.rs` beside RFC 9846
//! Appendix A.1 and RFC 5246 §7.3, `server/table.rs` beside Appendix A.2; each state is a struct that
//! owns what it needs and nothing else, each arrow a handler that checks, derives, emits and moves on.
//! [`transitions!`] makes sure that code and table say the same.
#![no_std]
#![forbid(unsafe_code)]
// What a peer sends must not be able to panic: nothing is indexed or unwrapped outside of tests.
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod after;
pub mod ask;
pub mod client;
mod effect;
mod error;
mod flight;
mod input;
pub mod machine;
pub mod negotiate;
mod proof;
pub mod server;
mod transcript;

pub use after::{After, Traffic, Traffic12, Traffic13};
pub use ask::{Answer, Question};
pub use client::Client;
pub use effect::{Choosing, Cx, Direction, Effect, Effects, Epoch, Event, Fact, Mark, Observer};
pub use error::{Blame, Cause, Error, Rule};
pub use input::{Input, Kind, Raw, msg};
pub use machine::{Arrow, Drawn, On, Went};
pub use negotiate::Versions;
pub use server::Server;
