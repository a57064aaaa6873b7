//! [`AllQueued`]: what the queues of all Sessions cost together.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use super::{
    account::{Account, Ranking, unit_bits},
    ids::SessionId,
};

/// What many queues cost, each shared message once, and the order of their Sessions by what they are charged of it. Each
/// queue has a clone and keeps it up to date. Atomic only because a broker may be moved from one thread to another.
#[derive(Debug, Clone)]
pub(super) struct AllQueued(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    messages: AtomicUsize,
    used: AtomicUsize,
    limit: usize,
    unit_bits: u32,
    order: Mutex<Ranking<SessionId>>,
}

impl AllQueued {
    pub(super) fn new(limit: usize) -> Self {
        let order = Mutex::new(Ranking::new(limit));
        Self(Arc::new(Shared {
            messages: AtomicUsize::new(0),
            used: AtomicUsize::new(0),
            limit,
            unit_bits: unit_bits(limit),
            order,
        }))
    }

    pub(super) fn add(&self, messages: usize, bytes: usize) {
        self.0.messages.fetch_add(messages, Relaxed);
        self.0.used.fetch_add(bytes, Relaxed);
    }

    pub(super) fn take(&self, messages: usize, bytes: usize) {
        self.0.messages.fetch_sub(messages, Relaxed);
        let before = self.0.used.fetch_sub(bytes, Relaxed);
        debug_assert!(before >= bytes, "more leaves the queues than is in them");
    }

    pub(super) fn rank(&self, id: SessionId, before: usize, after: usize) {
        // the lock is for those who change their place
        if before >> self.0.unit_bits != after >> self.0.unit_bits {
            self.order().rank(id, before, after);
        }
    }

    pub(super) fn messages(&self) -> usize {
        self.0.messages.load(Relaxed)
    }

    pub(super) fn order(&self) -> MutexGuard<'_, Ranking<SessionId>> {
        self.0.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn account(&self) -> Account {
        let Shared { used, limit, .. } = &*self.0;
        Account { setting: "limits.total_queued_bytes", used: used.load(Relaxed), limit: *limit }
    }
}
