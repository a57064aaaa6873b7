//! Wall clock at the start plus monotonic time since. Never goes back, even if the machine's clock is set.

use crate::core::Timestamp;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// Makes [`Timestamp`]s for the core, and converts them to instants to sleep until.
#[derive(Debug)]
pub(super) struct Clock {
    started: Instant,
    /// Milliseconds since 1970 at `started`.
    started_at: u64,
}

impl Clock {
    /// Starts no earlier than `earliest`, a time that was used before, whatever the machine's clock says.
    pub(super) fn start(earliest: Timestamp) -> Self {
        // A machine whose clock is before 1970 counts from 1970.
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { started: Instant::now(), started_at: milliseconds(wall).max(earliest.as_millis()) }
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.started_at.saturating_add(milliseconds(self.started.elapsed())))
    }

    /// An instant at which [`now`](Self::now) has reached `due`, or an earlier one if `due` is far away.
    pub(super) fn instant_of(&self, due: Timestamp) -> Instant {
        let wait = Duration::from_millis(due.as_millis().saturating_sub(self.started_at));
        let longest = self.started.elapsed() + LONGEST_SLEEP;
        self.started + wait.min(longest)
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Keeps sums of instants in range; waking once a day for nothing costs nothing.
const LONGEST_SLEEP: Duration = Duration::from_secs(24 * 60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn now_is_wall_clock_and_does_not_go_back() {
        let clock = Clock::start(Timestamp::ZERO);
        let wall = milliseconds(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap());
        let (first, second) = (clock.now(), clock.now());
        assert!(first.as_millis().abs_diff(wall) < 60_000);
        assert!(first <= second);
    }

    #[test]
    fn clock_that_was_set_back_continues_from_stored_time() {
        let stored = Clock::start(Timestamp::ZERO).now().after_seconds(86_400);
        assert!(Clock::start(stored).now() >= stored);
    }

    #[test]
    fn at_its_instant_a_timestamp_is_reached() {
        let clock = Clock { started: Instant::now(), started_at: 1_000 };
        assert_eq!(clock.instant_of(Timestamp::from_millis(1_250)), clock.started + Duration::from_millis(250));
        assert_eq!(clock.instant_of(Timestamp::from_millis(0)), clock.started);
        assert!(clock.instant_of(Timestamp::from_millis(u64::MAX)) > clock.started);
    }
}
