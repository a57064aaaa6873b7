//! What is said in the chat, and the ledger of who has heard it.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// A message as the application writes it. It is the same JSON on every transport.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Said {
    pub(crate) from: String,
    /// Counts the messages of a stage from 0.
    pub(crate) id: u64,
    pub(crate) text: String,
}

/// Intervals of the application.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// From one short poll to the next.
    pub(crate) poll: Duration,
    /// The longest silence: a long poll is held, and a heartbeat of any kind is due, after this time.
    pub(crate) quiet: Duration,
    /// Before a client connects again. An EventSource always waits this long; the others see `Backoff`.
    pub(crate) retry: Duration,
}

impl Pace {
    /// The same application with a clock that is so many times faster.
    pub(crate) fn faster(self, times: u32) -> Self {
        Self { poll: self.poll / times, quiet: self.quiet / times, retry: self.retry / times }
    }
}

/// Every message of a stage, and how often each member of its room has heard it.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    entries: Vec<Entry>,
    /// Of the first arrival at each member.
    latencies: Vec<Duration>,
}

#[derive(Debug)]
struct Entry {
    at: Instant,
    /// How often each member of the room has heard it.
    heard: Vec<u32>,
}

impl Ledger {
    /// Notes that a message is handed to the sender's application now. Returns its id.
    pub(crate) fn say(&self, members: usize) -> u64 {
        let mut inner = self.lock();
        inner.entries.push(Entry { at: Instant::now(), heard: vec![0; members] });
        inner.entries.len() as u64 - 1
    }

    /// Notes that a member's application got a message now.
    pub(crate) fn hear(&self, id: u64, member: usize) {
        let mut inner = self.lock();
        let Inner { entries, latencies } = &mut *inner;
        let entry = usize::try_from(id).ok().and_then(|id| entries.get_mut(id));
        let Some(Entry { at, heard }) = entry else { return };
        if let Some(heard) = heard.get_mut(member) {
            *heard += 1;
            if *heard == 1 {
                latencies.push(at.elapsed());
            }
        }
    }

    /// What has happened so far.
    pub(crate) fn outcome(&self) -> Outcome {
        let inner = self.lock();
        let mut latencies = inner.latencies.clone();
        latencies.sort_unstable();
        let heard = || inner.entries.iter().flat_map(|entry| entry.heard.iter().copied());
        Outcome {
            expected: heard().count(),
            arrived: latencies.len(),
            doubled: heard().filter(|times| *times > 1).count(),
            latencies,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Deliveries, each of one message to one member of its room. The sender is a member too.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) expected: usize,
    /// Those that arrived at least once.
    pub(crate) arrived: usize,
    /// Those that arrived more than once.
    pub(crate) doubled: usize,
    /// From the sender's application to the receiver's, in ascending order.
    latencies: Vec<Duration>,
}

impl Outcome {
    pub(crate) fn lost(&self) -> usize {
        self.expected - self.arrived
    }

    /// The latency in milliseconds that this share of the deliveries stays below; `NaN` if nothing arrived.
    pub(crate) fn latency(&self, share: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let at = (last as f64 * share).round() as usize;
        self.latencies.get(at).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1000.0)
    }

    /// So many of the expected deliveries, in percent.
    pub(crate) fn percent(&self, count: usize) -> f64 {
        100.0 * count as f64 / self.expected.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_and_doubled_are_counted_for_each_member() {
        let ledger = Ledger::default();
        let first = ledger.say(2);
        let second = ledger.say(2);
        for (id, member) in [(first, 0), (first, 1), (first, 1), (second, 0), (77, 0), (second, 9)] {
            ledger.hear(id, member);
        }
        let outcome = ledger.outcome();
        assert_eq!((outcome.expected, outcome.arrived, outcome.doubled, outcome.lost()), (4, 3, 1, 1));
        assert!(outcome.latency(0.5) >= 0.0);
    }
}
