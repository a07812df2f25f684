//! What the command line tool `handfast` is made of.
//!
//! * [`args`]: the options of every subcommand, as typed values; [`names`]: how groups, suites and
//!   versions may be spelled; [`legacy`]: the single-dash spellings of `s_client` and `s_server`.
//! * [`pki`]: throw-away certificate authorities in memory, sound or faulty on purpose. Tests of
//!   other crates use it too.
//! * [`ca`]: the subcommand `ca`, which writes what [`pki`] makes to files.
//! * [`demo`]: the subcommand `demo`; [`narrate`]: a handshake told in plain words.
//! * [`explain`]: the subcommand `explain`; [`bytes`]: a message as annotated hex.
//! * [`client`] and [`server`]: the subcommands of these names; [`exit`]: every exit status with its
//!   meaning, and which failure ends in which; [`help`]: what `--help` ends with.
#![forbid(unsafe_code)]

pub mod args;
pub mod bytes;
pub mod ca;
mod call;
pub mod client;
pub mod demo;
pub mod exit;
pub mod explain;
mod facts;
pub mod help;
pub mod legacy;
pub mod names;
pub mod narrate;
mod pipe;
pub mod pki;
mod report;
pub mod server;
mod setup;
mod tape;
mod verdict;
mod wire;
mod www;
