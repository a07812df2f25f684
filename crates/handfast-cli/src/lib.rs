//! What the command line tool `handfast` is made of.
//!
//! * [`args`]: the options of every subcommand, as typed values; [`names`]: how groups, suites and
//!   versions may be spelled; [`legacy`]: the single-dash spellings of `s_client` and `s_server`.
//! * [`pki`]: throw-away certificate authorities in memory, sound or faulty on purpose. Tests of
//!   other crates use it too.
//! * [`ca`]: the subcommand `ca`, which writes what [`pki`] makes to files.
#![forbid(unsafe_code)]

pub mod args;
pub mod ca;
pub mod legacy;
pub mod names;
pub mod pki;
