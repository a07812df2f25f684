//! handfast-codec
