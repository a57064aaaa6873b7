//! [`Stored`]: what survives a restart, as plain tables. It is the fold of all [`Delta`]s.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use mqttspec_codec::{PacketIdentifier, QoS, SubscriptionIdentifier, SubscriptionOptions, Version};

use super::{
    delta::{Delta, MessageId, Place, SessionId},
    message::StoredMessage,
    timestamp::Timestamp,
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

/// A Session (section 4.1), without what has a table of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// Names the Session to its Client.
    pub client_id: Arc<str>,
    /// The version of its last connection.
    pub version: Version,
    /// Whose it is; `None`: nobody's in particular. With [`Access::Open`](super::Access::Open) whatever User Name the
    /// last CONNECT had.
    pub user_name: Option<Arc<str>>,
    /// Seconds it lives on after its connection; `u32::MAX`: for ever. 0 only beside a Will.
    pub expiry_interval: u32,
    /// When its connection ended; `None`: it was connected, and a restart counts as the end.
    pub disconnected_at: Option<Timestamp>,
    /// Published unless it is cancelled.
    pub will: Option<WillRecord>,
}

/// A Will that waits (v5 section 3.1.2.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WillRecord {
    /// The message; its own expiry is `None`, it begins when the Will is published.
    pub message: Arc<StoredMessage>,
    /// Will Delay Interval in seconds.
    pub delay: u32,
    /// Message Expiry Interval in seconds; `None`: it does not expire.
    pub message_expiry_interval: Option<u32>,
    /// When it is published; `None` while the Client is connected.
    pub due_at: Option<Timestamp>,
}

/// What a Client asked for one Topic Filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriptionRecord {
    /// The QoS in it is the granted one.
    pub options: SubscriptionOptions,
    /// Goes out with every message that matches.
    pub identifier: Option<SubscriptionIdentifier>,
}

/// A QoS 1 or 2 message on its way to one Client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The message.
    pub message: MessageId,
    /// 1 or 2: the lower of published and granted.
    pub qos: QoS,
    /// RETAIN as it goes to this Client.
    pub retain: bool,
    /// Of the subscriptions that matched.
    pub identifiers: Vec<SubscriptionIdentifier>,
    /// The whole filter of the shared subscription through which it came.
    pub share: Option<Arc<str>>,
    /// How far it is.
    pub state: EntryState,
}

/// How far a QoS 1 or 2 message is on its way to a Client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryState {
    /// Not sent.
    Queued,
    /// PUBLISH was sent.
    Sent(PacketIdentifier),
    /// QoS 2: PUBREC has come, PUBREL was sent.
    Released(PacketIdentifier),
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
