//! Time is an input.

use core::time::Duration;
use pki_types::UnixTime;

/// A source of time. Nothing in handfast looks at a clock but through this.
pub trait Clock: Send + Sync {
    /// The time of day, for certificates.
    fn now(&self) -> UnixTime;

    /// Time since some fixed moment, never going back, for deadlines.
    fn elapsed(&self) -> Duration;
}

/// The clock of the machine.
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: std::time::Instant,
}

#[cfg(feature = "std")]
impl SystemClock {
    /// A clock whose [`Clock::elapsed`] starts now.
    pub fn new() -> Self {
        Self { start: std::time::Instant::now() }
    }
}

#[cfg(feature = "std")]
impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(feature = "std")]
impl Clock for SystemClock {
    fn now(&self) -> UnixTime {
        UnixTime::now()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}
