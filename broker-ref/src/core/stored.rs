//! [`Stored`]: the state that survives a restart, as plain tables. It is the fold of all [`Delta`]s.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use mqttspec_codec::PacketIdentifier;

use super::{
    delta::Delta,
    ids::{MessageId, Place, SessionId},
    message::StoredMessage,
    record::{Entry, SessionRecord, SubscriptionRecord},
};

/// Everything that survives a restart.
///
/// Law: applying all deltas a broker gave, in order, to what it was made with gives what
/// [`Broker::stored`](super::Broker::stored) gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stored {
    /// Sessions that outlive their connection, and those that hold a Will: a crash must not lose it.
    pub sessions: BTreeMap<SessionId, SessionRecord>,
    /// By Session and whole Topic Filter.
    pub subscriptions: BTreeMap<(SessionId, Arc<str>), SubscriptionRecord>,
    /// Referred to by [`Stored::queue`] and [`Stored::retained`].
    pub messages: BTreeMap<MessageId, Arc<StoredMessage>>,
    /// QoS 1 and 2 messages on their way to a Client.
    pub queue: BTreeMap<(SessionId, Place), Entry>,
    /// QoS 2 messages from a Client between PUBLISH and PUBREL.
    pub received: BTreeSet<(SessionId, PacketIdentifier)>,
    /// By Topic Name.
    pub retained: BTreeMap<Arc<str>, MessageId>,
}

impl Stored {
    /// Makes the change.
    pub fn apply(&mut self, delta: &Delta) {
        match delta {
            Delta::PutSession(session, record) => drop(self.sessions.insert(*session, record.clone())),
            Delta::DropSession(session) => {
                self.sessions.remove(session);
                self.subscriptions.retain(|(of, _), _| of != session);
                self.queue.retain(|(of, _), _| of != session);
                self.received.retain(|(of, _)| of != session);
            }
            Delta::PutSubscription(session, filter, record) => {
                self.subscriptions.insert((*session, Arc::clone(filter)), *record);
            }
            Delta::DropSubscription(session, filter) => {
                self.subscriptions.remove(&(*session, Arc::clone(filter)));
            }
            Delta::PutMessage(id, message) => drop(self.messages.insert(*id, Arc::clone(message))),
            Delta::DropMessage(id) => drop(self.messages.remove(id)),
            Delta::PutEntry(session, place, entry) => drop(self.queue.insert((*session, *place), entry.clone())),
            Delta::DropEntry(session, place) => drop(self.queue.remove(&(*session, *place))),
            Delta::PutReceived(session, packet_id) => drop(self.received.insert((*session, *packet_id))),
            Delta::DropReceived(session, packet_id) => drop(self.received.remove(&(*session, *packet_id))),
            Delta::SetRetained(topic, id) => drop(self.retained.insert(Arc::clone(topic), *id)),
            Delta::ClearRetained(topic) => drop(self.retained.remove(topic)),
        }
    }
}
