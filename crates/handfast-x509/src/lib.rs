//! X.509 for TLS: read certificates, find a path to a trusted root, and say why not.
//!
//! * [`Certificate`]: a view of the DER with every field that TLS needs, read strictly once.
//! * [`Roots`]: the trust store, shared between connections.
//! * [`verify`]: path building and validation (RFC 5280 §6) within a [`Budget`], and the name
//!   that was asked for (RFC 9525).
//! * [`Refusal`]: every path that was tried, why each certificate fell, the alert, and what
//!   `openssl verify` would call it.
//!
//! Signatures are verified by whatever [`handfast_crypto::sign::Verify`] the caller brings; the
//! time is an argument. Revocation is not looked at, and certificate policies restrict nothing:
//! a path that demands a policy is refused.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod algorithm;
mod certificate;
mod constraints;
mod error;
mod extension;
mod host;
mod name;
mod refusal;
mod roots;
mod time;
mod tlv;
mod verify;

pub use algorithm::{Oid, PublicKey, SignatureId};
pub use certificate::Certificate;
pub use error::{CertificateError, CertificateRule};
pub use extension::{BasicConstraints, GeneralNames, KeyUsage, MAX_EXTENSIONS};
pub use name::{GeneralName, Name};
pub use pki_types::{ServerName, TrustAnchor, UnixTime};
pub use refusal::{Attempt, MAX_ATTEMPTS, Place, Reason, Refusal};
pub use roots::Roots;
pub use time::{Time, Validity};
pub use verify::{Budget, MAX_DEPTH, Policy, Purpose, Verified, verify};
