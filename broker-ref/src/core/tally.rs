//! [`Tally`]: the bytes of all queues together, and what happens when they are too many.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use mqttspec_codec::ReasonCode;

use super::broker::Broker;

/// The bytes of many queues. Each has a clone and keeps it up by itself, to its end, so nobody can forget to. Atomic only
/// because a broker may be handed from one thread to another.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally(Arc<AtomicUsize>);

impl Tally {
    pub(super) fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes, Relaxed);
    }

    pub(super) fn take(&self, bytes: usize) {
        self.0.fetch_sub(bytes, Relaxed);
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.load(Relaxed)
    }
}

impl Broker {
    /// Whether the queues of all Sessions would be over their limit with `more` bytes.
    pub(super) fn queued_bytes_over(&self, more: usize) -> bool {
        self.sessions.queued_bytes().saturating_add(more) > self.config.total_queued_bytes
    }

    /// Ends the fullest Sessions until all queues together are within their limit.
    pub(super) fn make_room(&mut self) {
        while self.queued_bytes_over(0)
            && let Some(fullest) = self.sessions.fullest()
        {
            self.evict(fullest, ReasonCode::QuotaExceeded);
        }
    }
}
