//! [`Timestamp`]: the core's only notion of time, given by the shell.

/// Milliseconds since 1970. The shell never lets it go back.
///
/// Unlike `std::time::Instant` it can be stored and rebuilt: expiries and due times survive a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The beginning of 1970.
    pub const ZERO: Timestamp = Timestamp(0);

    /// From milliseconds since 1970.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// This many milliseconds later.
    #[must_use]
    pub const fn after_millis(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// This many seconds later.
    #[must_use]
    pub const fn after_seconds(self, seconds: u32) -> Self {
        self.after_millis((seconds as u64).saturating_mul(1000))
    }

    /// Whole seconds from `now` until this instant, a started second counted as one; 0 once it has passed.
    ///
    /// A Message Expiry Interval goes out as the interval received less the whole seconds waited, which is this.
    #[must_use]
    pub fn seconds_left(self, now: Timestamp) -> u32 {
        u32::try_from(self.0.saturating_sub(now.0).div_ceil(1000)).unwrap_or(u32::MAX)
    }
}
