//! What a case may leave behind in the broker.

use std::collections::BTreeSet;

use crate::judge::Leftovers;

/// What was sent that the broker keeps.
#[derive(Debug, Default)]
pub(crate) struct LeftoverTracker {
    sessions: BTreeSet<(usize, String)>,
    retained: BTreeSet<Vec<u8>>,
}

impl LeftoverTracker {
    /// A Session that may live on without its connection.
    pub(crate) fn session(&mut self, node: usize, client_id: &str) {
        if !client_id.is_empty() {
            self.sessions.insert((node, client_id.to_owned()));
        }
    }

    /// A topic that was published to, or is to be by a Will, with RETAIN.
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
