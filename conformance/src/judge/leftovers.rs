//! What a case may leave behind in the broker.

use std::collections::BTreeSet;

use super::Leftovers;

/// What was sent that the broker keeps.
#[derive(Debug, Default)]
pub(super) struct Kept {
    sessions: BTreeSet<(usize, String)>,
    retained: BTreeSet<Vec<u8>>,
}

impl Kept {
    /// A Session that may live on without its connection.
    pub(super) fn session(&mut self, node: usize, client_id: &str) {
        if !client_id.is_empty() {
            self.sessions.insert((node, client_id.to_owned()));
        }
    }

    /// A topic that was published to, or is to be by a Will, with RETAIN.
    pub(super) fn retained(&mut self, topic: &str) {
        self.retained.insert(topic.as_bytes().to_vec());
    }

    pub(super) fn leftovers(&self) -> Leftovers {
        Leftovers {
            sessions: self.sessions.iter().cloned().collect(),
            retained: self.retained.iter().cloned().collect(),
        }
    }
}
