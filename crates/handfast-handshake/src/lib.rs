//! handfast-handshake
