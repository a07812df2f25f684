//! Who takes part, in which versions.

use crate::stack::Stack;
use crate::{Pki, backends, ours, theirs};

/// The versions of TLS.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// TLS 1.3.
    Tls13,
    /// TLS 1.2.
    Tls12,
}

impl Version {
    /// The later one first.
    pub const BOTH: [Self; 2] = [Self::Tls13, Self::Tls12];

    /// Its number.
    pub fn label(self) -> &'static str {
        match self {
            Self::Tls13 => "1.3",
            Self::Tls12 => "1.2",
        }
    }
}

/// Something that wants to see every contender. A trait, as each has types of its own.
pub trait Visit {
    /// Here is one.
    fn visit<S: Stack + 'static>(&mut self, stack: S);
}

/// Shows all contenders of this build; the first is the one that the others are compared with.
pub fn show(pki: &Pki, version: Version, to: &mut impl Visit) {
    for provider in backends() {
        to.visit(ours::Configs::new(&provider, pki, version));
        to.visit(ours::Streams::new(ours::Configs::new(&provider, pki, version)));
    }
    to.visit(theirs::unbuffered::Configs::new(theirs::Configs::ring(pki, version)));
    to.visit(theirs::Configs::ring(pki, version));
    #[cfg(feature = "peers")]
    {
        to.visit(theirs::unbuffered::Configs::new(theirs::Configs::aws_lc(pki, version)));
        to.visit(theirs::Configs::aws_lc(pki, version));
        to.visit(crate::openssl::Configs::new(pki, version));
    }
}

/// Who is missing from this build, and how to get them; nothing if all are there.
pub fn missing() -> Option<&'static str> {
    (!cfg!(feature = "peers")).then_some(
        "missing: rustls with aws-lc-rs, and OpenSSL. They need pkg-config and OpenSSL's headers (Debian: apt-get\n\
         install pkg-config libssl-dev) and, where aws-lc-rs asks for it, cmake:\n\
         cargo run --release -p handfast-bench --features peers --bin compare",
    )
}
