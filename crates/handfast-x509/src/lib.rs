//! X.509 for TLS: read certificates, find a path to a trusted root, and say why not.
//!
//! * [`Certificate`]: a view of the DER with every field that TLS needs, read strictly once.
//! * [`Roots`]: the trust store, shared between connections.
//! * [`verify()`]: path building and validation (RFC 5280 §6) within a [`Budget`], and the name
//!   that was asked for (RFC 9525).
//! * [`Refusal`]: every path that was tried, why each certificate fell, the alert, and what
//!   `openssl verify` would call it.
//!
//! Signatures are verified by whatever [`handfast_crypto::sign::Verify`] the caller brings; the
//! time is an argument. Revocation is not looked at, and certificate policies restrict nothing:
//! a path that demands a policy is refused.
//!
//! ```
//! use handfast_crypto::sign::Verify;
//! use handfast_x509::{Policy, Refusal, Roots, ServerName, UnixTime, verify};
//!
//! /// Whether `chain`, as the server sent it, speaks for `host` at the moment `now`.
//! fn judge(chain: &[&[u8]], host: &str, now: UnixTime, roots: &Roots, backend: &dyn Verify) -> Result<(), String> {
//!     let name = ServerName::try_from(host).map_err(|e| e.to_string())?;
//!     match verify(chain, roots, &Policy::server(&name, now), backend) {
//!         Ok(verified) => Ok(println!("trusted through {}", roots.subject_text(verified.anchor))),
//!         Err(refusal) => Err(format!("send alert {}\n{refusal}", refusal.alert())),
//!     }
//! }
//!
//! // Roots are built once; here from the list that Mozilla keeps.
//! let roots = Roots::from_anchors(webpki_roots::TLS_SERVER_ROOTS).unwrap();
//! # struct None;
//! # impl Verify for None {
//! #     fn supports(&self, _: handfast_crypto::sign::KeyKind, _: handfast_crypto::sign::SignatureAlgorithm) -> bool { false }
//! #     fn verify(&self, _: handfast_crypto::sign::KeyKind, _: handfast_crypto::sign::SignatureAlgorithm, _: &[u8], _: &[u8], _: &[u8])
//! #         -> Result<(), handfast_crypto::CryptoError> { Err(handfast_crypto::CryptoError::Unsupported) }
//! # }
//! # let backend = None;
//! let nothing_sent = judge(&[], "example.com", UnixTime::since_unix_epoch(core::time::Duration::from_secs(1_780_272_000)), &roots, &backend);
//! assert!(nothing_sent.unwrap_err().contains("no certificate was sent"));
//! ```
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

mod algorithm;
mod certificate;
mod constraints;
mod error;
mod extension;
mod host;
mod name;
mod policy;
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
pub use policy::{Budget, MAX_CHAIN, MAX_DEPTH, Path, Policy, Purpose, Verified};
pub use refusal::{Attempt, MAX_ATTEMPTS, Place, Reason, ReasonRow, Refusal};
pub use roots::Roots;
pub use time::{Time, Validity};
pub use verify::verify;
