//! [`Timers`]: a lazy heap. A handler whose timer fires checks its own deadline again, so a packet that postpones a
//! deadline (every packet does, because of Keep Alive) costs nothing here.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    sync::Arc,
};

use super::{event::ConnectionId, ids::SessionId, timestamp::Timestamp};

/// What a timer is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TimerKey {
    /// The first event after a restart: Sessions that were connected count as disconnected.
    Start,
    /// The connect timeout or the Keep Alive of a connection.
    Connection(ConnectionId),
    /// The Will or the expiry of a Session.
    Session(SessionId),
    /// A retained message expires.
    Retained(Arc<str>),
    /// The search for retained messages continues.
    RetainedBacklog,
    /// The broker publishes its statistics.
    SysTopics,
    /// Refusals that were left out are told.
    Refusals,
}

/// The armed timers. Each [`TimerKey`] has at most one valid entry in the heap.
#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Timestamp, TimerKey)>>,
    armed: BTreeMap<TimerKey, Timestamp>,
}

impl Timers {
    /// Ensures that `key` is checked no later than `at`. If it is already armed for an earlier time, nothing happens;
    /// its handler arms it again if it turns out to be too early.
    pub(super) fn arm(&mut self, key: TimerKey, at: Timestamp) {
        if self.armed.get(&key).is_some_and(|armed| *armed <= at) {
            return;
        }
        self.armed.insert(key.clone(), at);
        self.heap.push(Reverse((at, key)));
    }

    /// Disarms a timer.
    pub(super) fn disarm(&mut self, key: &TimerKey) {
        self.armed.remove(key);
        self.drop_stale();
    }

    /// Removes and returns the next timer that is due at `now`.
    pub(super) fn pop(&mut self, now: Timestamp) -> Option<TimerKey> {
        while self.next()? <= now {
            let Reverse((at, key)) = self.heap.pop()?;
            if self.armed.get(&key) == Some(&at) {
                self.armed.remove(&key);
                return Some(key);
            }
        }
        None
    }

    /// When the next timer fires.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// Removes stale entries, which have been disarmed or armed again since, from the top of the heap. Rebuilds the
    /// heap when most of it is stale.
    fn drop_stale(&mut self) {
        while let Some(Reverse((at, key))) = self.heap.peek()
            && self.armed.get(key) != Some(at)
        {
            self.heap.pop();
        }
        if self.heap.len() > self.armed.len().saturating_mul(2).saturating_add(64) {
            self.heap = self.armed.iter().map(|(key, at)| Reverse((*at, key.clone()))).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEEP_ALIVE: TimerKey = TimerKey::Connection(ConnectionId::new(1));
    const AT: fn(u64) -> Timestamp = Timestamp::from_millis;

    #[test]
    fn postponed_deadline_is_armed_again() {
        let mut timers = Timers::default();
        timers.arm(KEEP_ALIVE, AT(100));
        timers.arm(KEEP_ALIVE, AT(500)); // a packet came: nothing is moved
        assert_eq!(timers.next(), Some(AT(100)));
        assert_eq!(timers.pop(AT(100)), Some(KEEP_ALIVE)); // too early, so it is armed again
        timers.arm(KEEP_ALIVE, AT(500));
        assert_eq!(timers.pop(AT(499)), None);
        assert_eq!(timers.pop(AT(500)), Some(KEEP_ALIVE));
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn earlier_deadline_replaces_the_later_one() {
        let mut timers = Timers::default();
        timers.arm(KEEP_ALIVE, AT(500));
        timers.arm(KEEP_ALIVE, AT(100));
        assert_eq!(timers.pop(AT(100)), Some(KEEP_ALIVE));
        assert_eq!(timers.pop(AT(1000)), None);
        for at in (0..10_000).rev() {
            timers.arm(KEEP_ALIVE, AT(at));
            timers.disarm(&TimerKey::Start);
        }
        assert!(timers.heap.len() < 100);
    }
}
