//! handfast-schedule
