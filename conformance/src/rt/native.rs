//! Tokio's time and tasks.

use std::{
    hash::{BuildHasher, RandomState},
    time::SystemTime,
};

pub(crate) use tokio::{
    spawn,
    task::{JoinHandle, JoinSet, yield_now},
    time::{Instant, sleep, sleep_until, timeout, timeout_at},
};

/// The time of day.
pub(crate) fn time_of_day() -> SystemTime {
    SystemTime::now()
}

/// A number that nobody else has, which need not be hard to guess.
pub(crate) fn random() -> u64 {
    // the standard library's hashers are seeded by the system
    RandomState::new().hash_one(())
}
