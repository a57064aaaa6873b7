//! Tracks what a case may leave on the broker.

use std::collections::BTreeSet;

use crate::judge::Leftovers;

/// Collects what the broker may keep after the case.
#[derive(Debug, Default)]
pub(crate) struct LeftoverTracker {
    sessions: BTreeSet<(usize, String)>,
    retained: BTreeSet<Vec<u8>>,
}

impl LeftoverTracker {
    /// A Session that may outlive its connection.
    pub(crate) fn session(&mut self, node: usize, client_id: &str) {
        if !client_id.is_empty() {
            self.sessions.insert((node, client_id.to_owned()));
        }
    }

    /// A topic with a retained message, published by the case or by a Will.
    pub(crate) fn retained(&mut self, topic: &str) {
        self.retained.insert(topic.as_bytes().to_vec());
    }

    pub(crate) fn leftovers(&self) -> Leftovers {
        Leftovers {
            sessions: self.sessions.iter().cloned().collect(),
            retained: self.retained.iter().cloned().collect(),
        }
    }
}
