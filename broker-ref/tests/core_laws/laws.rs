//! The laws of the broker itself, checked after every step; those of what Clients see are in [`judge`](crate::judge).

use std::collections::BTreeSet;

use mqttspec_broker::core::{Broker, EntryState};

use crate::{line::Line, world::World};

impl World {
    /// The store is the fold of all deltas, each table refers to rows that are there, nothing is kept without a
    /// reference, and a broker made from it has it unchanged.
    pub(crate) fn check_store(&self) {
        if self.disk.fault.is_some() {
            return;
        }
        let stored = &self.folded;
        assert_eq!(self.broker.stored(), *stored, "the store is the fold of the deltas");
        assert_eq!(Broker::new(self.config.clone(), stored.clone(), 9).stored(), *stored, "loading is the identity");
        let mut referred: BTreeSet<_> = stored.retained.values().copied().collect();
        referred.extend(stored.queue.values().map(|entry| entry.message));
        assert_eq!(referred, stored.messages.keys().copied().collect(), "messages and what refers to them");
        let of = stored.subscriptions.keys().map(|(session, _)| session);
        let of = of.chain(stored.queue.keys().map(|(session, _)| session));
        for session in of.chain(stored.received.iter().map(|(session, _)| session)) {
            assert!(stored.sessions[session].expiry_interval > 0, "a row of a Session that does not last");
        }
        let mut packet_ids = BTreeSet::new();
        for ((session, place), entry) in &stored.queue {
            if let EntryState::Sent(packet_id) | EntryState::Released(packet_id) = entry.state {
                assert!(packet_ids.insert((session, packet_id)), "{place:?}: an identifier in use twice");
            }
        }
    }

    /// The time that the broker asks for is neither past nor too late; its backlogs are bounded.
    pub(crate) fn check_time(&self) {
        let asked = self.broker.poll_timeout();
        assert!(asked.is_none_or(|at| at > self.now), "woken for nothing");
        let keep_alive = self.lines.values().filter_map(Line::keep_alive_ends).min();
        if let Some(due) = self.truth.next_due().into_iter().chain(keep_alive).min() {
            assert!(asked.is_some_and(|at| at <= due), "due at {due:?}, asks for {asked:?}");
        }
        for id in self.lines.keys() {
            let backlog = self.broker.backlog(*id);
            assert!(backlog <= self.config.backlog + ONE_CHUNK, "a backlog of {backlog} bytes");
        }
    }
}

/// More than the answers to what one packet asks for, in bytes.
const ONE_CHUNK: usize = 256;
