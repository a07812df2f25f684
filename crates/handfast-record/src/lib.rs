//! The record layer (RFC 9846 §5, RFC 5246 §6): bytes of a stream become records, records become
//! text, and back.
//!
//! ```text
//!            0      1        3        5                              5 + length
//!            +------+--------+--------+------------------------------+
//!  plain     | type | 0x0303 | length | text                         |
//!            +------+--------+--------+------------------------------+
//!            +------+--------+--------+-----------------------+------+--------+-----+
//!  TLS 1.3   |  23  | 0x0303 | length | text                  | type | 0 0 0… | tag |
//!            +------+--------+--------+-----------------------+------+--------+-----+
//!                                      \________ encrypted _________________/
//!            +------+--------+--------+----------------+----------------------+-----+
//!  TLS 1.2   | type | 0x0303 | length | nonce (8, GCM) | text (encrypted)     | tag |
//!            +------+--------+--------+----------------+----------------------+-----+
//! ```
//!
//! * [`Opener`] is the read half, [`Sealer`] the write half. They share nothing, so a connection
//!   splits without a lock. Each starts in the clear and is given keys with `install`.
//! * [`RecordKeys`] are the expanded key of one direction with its nonce rule.
//! * [`Joiner`] turns the text of handshake records back into whole messages.
//! * [`RecordError`] names the rule that was broken, with its section and its alert.
//!
//! The caller owns every buffer: a record is opened and sealed where it stands, and no record costs
//! an allocation. What a record means, this crate does not know.
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

mod error;
mod joiner;
mod keys;
mod opener;
mod sealer;

use handfast_codec::RecordHeader;

pub use error::{RecordError, Rule};
pub use joiner::Joiner;
pub use keys::RecordKeys;
pub use opener::{CcsRule, MAX_IDLE, MAX_WARNINGS, Opened, Opener, Why};
pub use sealer::{HEADROOM, Sealed, Sealer, TAILROOM};

/// The length of a record's header, in bytes.
pub const HEADER_LEN: usize = RecordHeader::SIZE;
/// The most text that a record holds, in bytes (RFC 9846 §5.1).
pub const MAX_TEXT: usize = 1 << 14;
/// The longest that a protected record of TLS 1.3 is without its header (RFC 9846 §5.2).
const MAX_SEALED_1_3: usize = MAX_TEXT + 256;
/// The same of TLS 1.2 (RFC 5246 §6.2.3).
const MAX_SEALED_1_2: usize = MAX_TEXT + 2048;
/// The longest record that is ever accepted, header included: that of TLS 1.2. A read buffer of this
/// size always suffices.
pub const MAX_WIRE: usize = HEADER_LEN + MAX_SEALED_1_2;
