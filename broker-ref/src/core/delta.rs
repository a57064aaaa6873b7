//! [`Delta`]: one change of the stored state.

use std::sync::Arc;

use mqttspec_codec::PacketIdentifier;

use super::{
    ids::{MessageId, Place, SessionId},
    message::StoredMessage,
    record::{Entry, SessionRecord, SubscriptionRecord},
};

/// A change of the stored state: puts and drops by key. Applying one twice has no further effect.
///
/// The deltas of one event are one step, to be committed as a whole. [`Stored::apply`](super::Stored::apply) defines
/// the effect of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delta {
    /// Adds or replaces a Session.
    PutSession(SessionId, SessionRecord),
    /// Removes a Session with its subscriptions, its queue and its received identifiers; not the messages.
    DropSession(SessionId),
    /// Adds or replaces a subscription, by its whole Topic Filter (`$share/` included).
    PutSubscription(SessionId, Arc<str>, SubscriptionRecord),
    /// Removes a subscription.
    DropSubscription(SessionId, Arc<str>),
    /// Adds a message; entries and retained messages refer to it.
    PutMessage(MessageId, Arc<StoredMessage>),
    /// Removes a message to which nothing refers any more.
    DropMessage(MessageId),
    /// Adds a message to a Session's queue, or changes the state of one.
    PutEntry(SessionId, Place, Entry),
    /// Removes a message from a Session's queue.
    DropEntry(SessionId, Place),
    /// A QoS 2 PUBLISH of this Client was accepted, and its PUBREL has not arrived.
    PutReceived(SessionId, PacketIdentifier),
    /// The PUBREL has arrived.
    DropReceived(SessionId, PacketIdentifier),
    /// The message is the retained one of the topic.
    SetRetained(Arc<str>, MessageId),
    /// The topic has no retained message.
    ClearRetained(Arc<str>),
}
