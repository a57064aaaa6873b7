//! [`Delta`]: one change of what is stored, and the keys it goes by.

use std::sync::Arc;

use mqttspec_codec::PacketIdentifier;

use super::{
    message::StoredMessage,
    stored::{Entry, SessionRecord, SubscriptionRecord},
};

/// A change of what is stored: puts and drops by key. Applying one twice changes nothing.
///
/// The deltas of one event are one step, to be committed whole. [`Stored::apply`](super::Stored::apply) says what each
/// does.
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
    /// A QoS 2 PUBLISH of this Client was taken over, its PUBREL has not come.
    PutReceived(SessionId, PacketIdentifier),
    /// The PUBREL has come.
    DropReceived(SessionId, PacketIdentifier),
    /// The message is the retained one of the topic.
    SetRetained(Arc<str>, MessageId),
    /// The topic has no retained message.
    ClearRetained(Arc<str>),
}

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// The key with this number.
            #[must_use]
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// The number of the key.
            #[must_use]
            pub const fn number(self) -> u64 {
                self.0
            }

            /// The key after this one.
            pub(super) const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }
    )*};
}

keys! {
    /// Key of a Session. Not the Client Identifier: a Session that begins anew has a new key.
    SessionId;
    /// Key of a message, which several queues and a retained topic may share.
    MessageId;
    /// Place in a Session's queue; messages are sent in its order.
    Place;
}
