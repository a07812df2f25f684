//! handfast-x509
