//! [`Subscriber`]: a subscription as the [topic tree](super::topic_tree) keeps it.

use super::record::SubscriptionRecord;

/// One subscription of one Session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subscriber {
    pub(super) record: SubscriptionRecord,
    /// The number of the last message that was published before it was made.
    pub(super) since: u64,
}

/// Whether a Session can take a message at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Connected,
    Away,
    /// It has ended, and its subscriptions are still being removed.
    Gone,
}
