//! Limits how far publishers may run ahead of subscribers.
//!
//! Without this limit, the result would depend on how much a broker can buffer or drop, not on how fast it is.

use std::{
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// Counts of one turn, shared by its threads.
#[derive(Debug)]
pub(super) struct Flow {
    /// The number of subscribers. Each message counts once for each of them.
    subscribers: u64,
    /// The maximum number of outstanding deliveries.
    window: u64,
    published: AtomicU64,
    delivered: AtomicU64,
    /// Deliveries that never arrived.
    lost: AtomicU64,
    stopped: AtomicBool,
    /// The number of waiting publishers.
    waiting: AtomicU64,
    room: (Mutex<()>, Condvar),
}

impl Flow {
    /// `window` is a number of messages.
    pub(super) fn new(subscribers: usize, window: u32) -> Self {
        let subscribers = subscribers as u64;
        Self {
            subscribers,
            window: subscribers * u64::from(window),
            published: AtomicU64::new(0),
            delivered: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            waiting: AtomicU64::new(0),
            room: (Mutex::new(()), Condvar::new()),
        }
    }

    pub(super) fn stop(&self) {
        self.stopped.store(true, Relaxed);
        self.room.1.notify_all();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Relaxed)
    }

    pub(super) fn delivered(&self) -> u64 {
        self.delivered.load(Relaxed)
    }

    /// Deliveries that have neither arrived nor been given up.
    pub(super) fn outstanding(&self) -> u64 {
        let due = self.published.load(Relaxed).saturating_mul(self.subscribers);
        due.saturating_sub(self.delivered() + self.lost.load(Relaxed))
    }

    /// Deliveries given up, plus those outstanding now.
    pub(super) fn missing(&self) -> u64 {
        self.lost.load(Relaxed) + self.outstanding()
    }

    /// Adds deliveries that have arrived.
    pub(super) fn add_delivered(&self, count: u64) {
        self.delivered.fetch_add(count, Relaxed);
        if self.waiting.load(Relaxed) > 0 && self.has_room() {
            self.room.1.notify_all();
        }
    }

    /// Waits until one message may be published. Returns `false` when the turn is over.
    pub(super) fn may_publish(&self) -> bool {
        if !self.has_room() {
            self.wait();
        }
        let goes_on = !self.is_stopped();
        if goes_on {
            self.published.fetch_add(1, Relaxed);
        }
        goes_on
    }

    fn has_room(&self) -> bool {
        self.outstanding() < self.window
    }

    fn wait(&self) {
        self.waiting.fetch_add(1, Relaxed);
        let mut since = (Instant::now(), self.delivered());
        let mut guard = self.room.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !self.has_room() && !self.is_stopped() {
            // the notification may come between the check and the wait, so check again every millisecond
            guard = self.room.1.wait_timeout(guard, LOOK_AGAIN).unwrap_or_else(PoisonError::into_inner).0;
            let now = (Instant::now(), self.delivered());
            if now.1 != since.1 {
                since = now;
            } else if now.0 - since.0 > GIVEN_UP {
                self.lost.fetch_add(self.outstanding(), Relaxed);
            }
        }
        drop(guard);
        self.waiting.fetch_sub(1, Relaxed);
    }
}

const LOOK_AGAIN: Duration = Duration::from_millis(1);
/// If nothing arrives for this long, the broker has dropped the outstanding deliveries (QoS 0).
const GIVEN_UP: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: u64 = 500;

    #[test]
    fn publisher_waits_for_the_slowest_subscriber_and_gives_up_dropped_messages() {
        let flow = Flow::new(2, 500);
        for _ in 0..WINDOW {
            assert!(flow.may_publish());
        }
        assert!(!flow.has_room());
        flow.add_delivered(1);
        assert!(flow.has_room(), "one of 2 * WINDOW has arrived");
        flow.add_delivered(2 * WINDOW - 2);
        assert_eq!(flow.missing(), 1);
        for _ in 1..WINDOW {
            assert!(flow.may_publish());
        }
        assert!(flow.may_publish(), "one more, in place of the one given up"); // returns once that is given up
        flow.stop();
        assert!(!flow.may_publish());
    }
}
