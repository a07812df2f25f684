//! From shared secrets and transcripts to keys, for both versions.
//!
//! * [`tls13`]: the key schedule of RFC 9846 §7.1 as types. The file reads like the picture: an
//!   [`tls13::Early`] becomes a [`tls13::Handshake`] becomes a [`tls13::Main`], and each has one
//!   method or field per arrow that leaves it to the right.
//! * [`traffic`]: what hangs below a traffic secret: record keys (§7.3), the next generation
//!   (§7.2), Finished (§4.5.3).
//! * [`exporter`]: keying material for the application (§7.5).
//! * [`tls12`]: the PRF of RFC 5246 §5, the main secret with and without RFC 7627, the key block,
//!   Finished and the exporter of RFC 5705.
//!
//! Everything here takes transcript *hashes* and gives back secrets; what a message is, it does not
//! know. Each derivation can be followed through a [`Watch`].
//!
//! A full TLS 1.3 handshake makes five heap allocations here: the early secret's box turns into
//! the handshake, main and resumption secret, the server's handshake traffic secret into its
//! first application traffic secret.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "std")]
extern crate std;

pub mod exporter;
pub mod label;
pub mod tls12;
pub mod tls13;
pub mod traffic;
mod watch;

pub use exporter::{EarlyExporter, ExportError, Exporter};
pub use label::hkdf_expand_label;
pub use traffic::{TrafficKeys, finished, next_traffic_secret, traffic_keys, verify_finished};
pub use watch::{Operation, Step, Watch};

/// One end of a connection; here always the end that *sends* under the key in question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The end that sent the ClientHello.
    Client,
    /// The end that answered it.
    Server,
}

impl Side {
    /// The other end.
    pub const fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }

    pub(crate) const fn pick<T: Copy>(self, client: T, server: T) -> T {
        match self {
            Self::Client => client,
            Self::Server => server,
        }
    }
}

impl core::fmt::Display for Side {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.pick("client", "server"))
    }
}
