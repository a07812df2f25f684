//! handfast-record
