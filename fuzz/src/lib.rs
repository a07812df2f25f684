//! The fuzz targets of handfast, as plain functions.
//!
//! A target takes any bytes, asserts what must hold for them, and panics if it does not. libFuzzer
//! looks for such bytes (`fuzz_targets/`, README.md); `cargo test -p handfast-fuzz` replays the
//! seeds in `corpus/` on a stable compiler, with each seed cut short and changed.
//!
//! | target | asserts |
//! |---|---|
//! | [`codec_message`] | decoding and explaining agree; the fields cover a message without gap or overlap |
//! | [`codec_small`] | alerts, ChangeCipherSpec and record headers survive the wire |
//! | [`record_open`] | how the wire is split changes neither records nor messages nor the error |
//! | [`record_seal_open`] | what was sealed comes back; what was tampered with does not |
//! | [`joiner()`] | how text is split into records changes no message; memory follows what has come |
//! | [`client_machine`], [`server_machine`] | only the honest peer's messages lead to the end of a handshake |
//! | [`certificate()`] | only genuine certificates make a path |
//! | [`pem`] | any text is read or refused with a reason |
//! | [`connection()`] | how the wire is split changes nothing; nobody but the honest peer can connect |
#![forbid(unsafe_code)]

mod certificate;
mod codec;
mod connection;
pub mod honest;
mod input;
mod machine;
pub mod pki;
mod record;

pub use certificate::certificate;
pub use codec::{codec_message, codec_small};
pub use connection::{connection, pem, records};

pub use input::Input;
pub use machine::{client_machine, server_machine};
pub use record::{joiner, record_open, record_seal_open};

/// A target: any bytes in, a panic if something does not hold.
pub type Target = fn(&[u8]);

/// Every target with its name, which is that of its corpus and of its libFuzzer binary.
pub const TARGETS: &[(&str, Target)] = &[
    ("codec_message", codec_message),
    ("codec_small", codec_small),
    ("record_open", record_open),
    ("record_seal_open", record_seal_open),
    ("joiner", joiner),
    ("client_machine", client_machine),
    ("server_machine", server_machine),
    ("certificate", certificate),
    ("pem", pem),
    ("connection", connection),
];
