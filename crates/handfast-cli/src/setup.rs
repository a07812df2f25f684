//! What the subcommands build their configurations from.

use crate::args::Backend;
use handfast::Provider;

/// The backend of this name.
pub(crate) fn provider(backend: Backend) -> Provider {
    match backend {
        Backend::Ring => handfast_ring::provider(),
        Backend::Rustcrypto => handfast_rustcrypto::provider(),
    }
}
