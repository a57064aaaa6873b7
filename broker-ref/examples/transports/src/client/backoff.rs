//! [`Backoff`]: when to connect again.

use std::time::Duration;

use fastrand::Rng;
use tokio::time::sleep;

/// Waits the retry time at first and then twice as long. Each wait is shortened by a random share of up to a half.
#[derive(Debug)]
pub(super) struct Backoff {
    first: Duration,
    next: Duration,
    rng: Rng,
}

impl Backoff {
    pub(super) fn new(retry: Duration, seed: u64) -> Self {
        Self { first: retry, next: retry, rng: Rng::with_seed(seed) }
    }

    /// A random share of that time, so that users do not all do the same at the same moment.
    pub(super) fn spread(&mut self, time: Duration) -> Duration {
        time.mul_f64(self.rng.f64())
    }

    pub(super) async fn wait(&mut self) {
        let share = 0.5 + self.rng.f64() / 2.0;
        sleep(self.next.mul_f64(share)).await;
        self.next = self.first * 2;
    }

    /// The attempt has succeeded.
    pub(super) fn reset(&mut self) {
        self.next = self.first;
    }
}
