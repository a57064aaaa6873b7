//! [`Retained`]: the last retained message of each topic (section 3.3.1.3).

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use mqttspec_codec::{QoS, TopicFilter, TopicName};

use super::{
    config::Config,
    delta::Delta,
    effort::Effort,
    journal::Journal,
    message::{Message, StoredMessage},
    timestamp::Timestamp,
};

/// What one step of a [search](Retained::search) found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) messages: Vec<Message>,
    /// The last topic examined; `None` at the end of the search.
    pub(super) rest_after: Option<Arc<str>>,
}

/// Which messages a search is for, by the QoS they were published with. A subscription at QoS 1 or 2 has two searches,
/// so that messages for its queue do not wait until its connection has room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum QosClass {
    All,
    // before QoS 0: these must not be lost in a crash
    AboveQos0,
    Qos0,
}

impl QosClass {
    pub(super) fn has(self, qos: QoS) -> bool {
        match self {
            Self::All => true,
            Self::Qos0 => qos == QoS::AtMostOnce,
            Self::AboveQos0 => qos > QoS::AtMostOnce,
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct PendingRetained {
    /// How many messages had been retained at the SUBSCRIBE; later ones are delivered as they are published.
    pub(super) until: u64,
    /// The topic that was examined last; `None` at the start.
    pub(super) after: Option<Arc<str>>,
}

/// The limits of one step, besides its effort.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    /// Messages found; at least one.
    pub(super) messages: usize,
    /// Bytes of the messages found; one message may exceed it.
    pub(super) bytes: usize,
}

#[derive(Debug, Default)]
pub(super) struct Retained {
    by_topic: BTreeMap<Arc<str>, Kept>,
    bytes: usize,
    /// How many have ever been retained.
    count: u64,
}

#[derive(Debug)]
struct Kept {
    message: Message,
    /// Higher than that of any message retained before.
    number: u64,
}

impl Retained {
    /// Whether one more message of that size would exceed a limit.
    pub(super) fn is_full(&self, topic: &str, message: &StoredMessage, config: &Config) -> bool {
        let (count, bytes) = match self.by_topic.get(topic) {
            Some(old) => (0, old.message.body.encoded_len()),
            None => (1, 0),
        };
        let bytes = self.bytes.saturating_sub(bytes).saturating_add(message.encoded_len());
        self.by_topic.len().saturating_add(count) > config.retained_messages || bytes > config.retained_bytes
    }

    /// Replaces the retained message of the topic.
    pub(super) fn set(&mut self, topic: Arc<str>, message: &mut Message, journal: &mut Journal) {
        let id = journal.hold(message);
        journal.record(Delta::SetRetained(Arc::clone(&topic), id));
        if let Some(old) = self.insert(topic, message.clone()) {
            journal.release(&old);
        }
    }

    /// Adds a message from the store; returns the one it replaces.
    pub(super) fn insert(&mut self, topic: Arc<str>, message: Message) -> Option<Message> {
        self.bytes = self.bytes.saturating_add(message.body.encoded_len());
        self.count = self.count.saturating_add(1);
        let Kept { message: old, .. } = self.by_topic.insert(topic, Kept { message, number: self.count })?;
        self.bytes = self.bytes.saturating_sub(old.body.encoded_len());
        Some(old)
    }

    /// Removes the retained message of the topic; gives the topic if it had one.
    pub(super) fn clear(&mut self, topic: &str, journal: &mut Journal) -> Option<Arc<str>> {
        let (topic, Kept { message: old, .. }) = self.by_topic.remove_entry(topic)?;
        self.bytes = self.bytes.saturating_sub(old.body.encoded_len());
        journal.record(Delta::ClearRetained(Arc::clone(&topic)));
        journal.release(&old);
        Some(topic)
    }

    /// When the topic's message expires.
    pub(super) fn expires_at(&self, topic: &str) -> Option<Timestamp> {
        self.by_topic.get(topic)?.message.body.expires_at()
    }

    /// Searches, in the order of topics and after the topic `after`, for messages that match the filter, have not
    /// expired and are among the first `until` that were retained. Examines only topics that start with what precedes
    /// the filter's first wildcard, and stops at a limit of the budget.
    pub(super) fn search(
        &self,
        filter: TopicFilter<'_>,
        PendingRetained { until, after }: &PendingRetained,
        class: QosClass,
        budget: Budget,
        effort: &mut Effort,
        now: Timestamp,
    ) -> Found {
        let mut bytes = 0_usize;
        let prefix = literal_prefix(filter.as_str());
        let from = after.as_deref().map_or(Bound::Included(prefix), Bound::Excluded);
        let mut topics = self.by_topic.range::<str, _>((from, Bound::Unbounded));
        let mut found = Found { messages: Vec::new(), rest_after: None };
        while let Some((topic, Kept { message, number })) = topics.next().filter(|(topic, _)| topic.starts_with(prefix))
        {
            effort.charge_bytes(LOOK, topic.len().saturating_mul(TOPIC));
            let is_wanted = number <= until && class.has(message.body.qos);
            let matches = || TopicName::new(topic).is_ok_and(|topic| filter.matches(topic));
            if is_wanted && matches() && !message.body.is_expired(now) {
                let len = message.body.encoded_len();
                bytes = bytes.saturating_add(len);
                effort.charge_bytes(FOUND, len);
                found.messages.push(message.clone());
            }
            // without wildcards only the topic itself matches, and it comes before all longer ones
            if prefix == filter.as_str() {
                break;
            }
            if effort.is_spent() || found.messages.len() >= budget.messages || bytes > budget.bytes {
                found.rest_after = Some(Arc::clone(topic));
                break;
            }
        }
        found
    }

    /// How many messages have ever been retained.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// How many are retained.
    pub(super) fn len(&self) -> usize {
        self.by_topic.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Message)> {
        self.by_topic.iter().map(|(topic, kept)| (topic, &kept.message))
    }
}

/// What every matching topic starts with. `a/#` matches `a` too, so the last separator is not part of it.
fn literal_prefix(filter: &str) -> &str {
    match filter.split_once(['+', '#']) {
        Some((prefix, _)) if filter.ends_with("/#") => prefix.strip_suffix('/').unwrap_or(prefix),
        Some((prefix, _)) => prefix,
        None => filter,
    }
}

/// Of a retained message that is looked at, and of one that is found and will be sent, in units of effort.
const LOOK: usize = 3;
/// A topic is compared several times.
const TOPIC: usize = 20;
const FOUND: usize = 15;

#[cfg(test)]
mod tests {
    use super::literal_prefix;

    #[test]
    fn literal_prefix_is_common_to_all_matching_topics() {
        for (filter, prefix) in [("a/b", "a/b"), ("a/#", "a"), ("a/+/b", "a/"), ("#", ""), ("a/+/#", "a"), ("/#", "")] {
            assert_eq!(literal_prefix(filter), prefix, "{filter}");
        }
    }
}
