//! The ground everything in handfast stands on: names and contracts, and no algorithm.
//!
//! * [`registry`]: the numbers of IANA's TLS registries as newtypes. A value that we do not know
//!   is kept and printed as its number, never turned into an error.
//! * [`secret`]: [`Secret`], bytes that are wiped when dropped, never printed, and compared in
//!   constant time; [`Digest`], a hash value, which is public.
//! * The contracts of a backend, one module each: [`hash`], [`aead`], [`group`], [`sign`],
//!   [`random`]; and [`Provider`], which bundles one choice of each.
//! * [`hkdf`]: RFC 5869 written once on top of [`hash::Hmac`]; [`hybrid`]: two groups as one.
//!
//! A backend (`handfast-ring`, `handfast-rustcrypto`, or your own) imports this crate alone. A
//! [`Provider`] is a plain struct of references, so one from several backends is a matter of
//! taking the hashes of one and the groups of another.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod aead;
mod error;
pub mod group;
pub mod hash;
pub mod hkdf;
pub mod hybrid;
mod provider;
pub mod random;

pub mod registry;
pub mod secret;
pub mod sign;
mod suite;

pub use error::CryptoError;
pub use provider::Provider;
pub use random::Random;
pub use registry::*;
pub use secret::{Digest, Secret};
pub use suite::{AeadAlgorithm, Authentication, HashAlgorithm, SuiteInfo};
