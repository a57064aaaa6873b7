//! [`Timers`]: a lazy heap. What is due looks again at its own state, so a packet that puts a deadline off (every packet
//! does, by Keep Alive) costs nothing here.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    sync::Arc,
};

use super::{event::ConnectionId, ids::SessionId, timestamp::Timestamp};

/// What may be due.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// The first event after a restart: Sessions that were connected count as closed.
    Start,
    /// Its CONNACK, or its Keep Alive.
    Connection(ConnectionId),
    /// Its Will, or its end.
    Session(SessionId),
    /// A retained message expires.
    Retained(Arc<str>),
    /// Subscriptions are owed more retained messages.
    Scan,
    /// The broker says how it stands.
    Sys,
}

/// When to look at what. Each [`Due`] has one live place in the heap at most.
#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Timestamp, Due)>>,
    armed: BTreeMap<Due, Timestamp>,
}

impl Timers {
    /// Makes sure that `due` is looked at by `at`. If it will be looked at earlier anyway, nothing changes: whoever
    /// looks and finds it too early arms it again.
    pub(super) fn arm(&mut self, due: Due, at: Timestamp) {
        if self.armed.get(&due).is_some_and(|armed| *armed <= at) {
            return;
        }
        self.armed.insert(due.clone(), at);
        self.heap.push(Reverse((at, due)));
    }

    /// Forgets it.
    pub(super) fn disarm(&mut self, due: &Due) {
        self.armed.remove(due);
        self.drop_stale();
    }

    /// The next that is due at `now`.
    pub(super) fn pop(&mut self, now: Timestamp) -> Option<Due> {
        while self.next()? <= now {
            let Reverse((at, due)) = self.heap.pop()?;
            if self.armed.get(&due) == Some(&at) {
                self.armed.remove(&due);
                return Some(due);
            }
        }
        None
    }

    /// When to look next.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// Removes heads that were armed for another instant meanwhile, or disarmed; and rebuilds the heap when most of it
    /// is such.
    fn drop_stale(&mut self) {
        while let Some(Reverse((at, due))) = self.heap.peek()
            && self.armed.get(due) != Some(at)
        {
            self.heap.pop();
        }
        if self.heap.len() > self.armed.len().saturating_mul(2).saturating_add(64) {
            self.heap = self.armed.iter().map(|(due, at)| Reverse((*at, due.clone()))).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEEP_ALIVE: Due = Due::Connection(ConnectionId::new(1));
    const AT: fn(u64) -> Timestamp = Timestamp::from_millis;

    #[test]
    fn a_deadline_put_off_is_found_by_looking_again() {
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
    fn a_deadline_brought_forward_leaves_no_second_one() {
        let mut timers = Timers::default();
        timers.arm(KEEP_ALIVE, AT(500));
        timers.arm(KEEP_ALIVE, AT(100));
        assert_eq!(timers.pop(AT(100)), Some(KEEP_ALIVE));
        assert_eq!(timers.pop(AT(1000)), None);
        for at in (0..10_000).rev() {
            timers.arm(KEEP_ALIVE, AT(at));
            timers.disarm(&Due::Start);
        }
        assert!(timers.heap.len() < 100);
    }
}
