//! [`Retained`]: the last retained message of each topic (section 3.3.1.3).

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use mqttspec_codec::{QoS, TopicFilter, TopicName};

use super::{
    config::Config,
    delta::Delta,
    journal::Journal,
    message::{Message, StoredMessage},
    timestamp::Timestamp,
};

/// What [`Retained::look`] saw.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) found: Vec<Message>,
    pub(super) looked_at: usize,
    /// The last topic, if there may be more behind it.
    pub(super) rest_after: Option<Arc<str>>,
}

/// What a scan looks for, by the QoS that messages were published with. Where the subscription has QoS 1 or 2 there are
/// two, so that what is safe once it is in the queue does not wait for a connection that others fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    All,
    // first, because it is what a crash must not take
    AboveQos0,
    Qos0,
}

impl Part {
    pub(super) fn has(self, qos: QoS) -> bool {
        match self {
            Self::All => true,
            Self::Qos0 => qos == QoS::AtMostOnce,
            Self::AboveQos0 => qos > QoS::AtMostOnce,
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Scan {
    /// The messages that had been retained at the SUBSCRIBE; later ones come as they are published.
    pub(super) until: u64,
    /// The topic that was looked at last; `None` at first.
    pub(super) after: Option<Arc<str>>,
}

/// How far one step goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Retained messages that are looked at.
    pub(super) looks: usize,
    /// That are found; at least one.
    pub(super) messages: usize,
    /// One message may go over it.
    pub(super) bytes: usize,
}

#[derive(Debug, Default)]
pub(super) struct Retained {
    by_topic: BTreeMap<Arc<str>, Kept>,
    bytes: usize,
    /// How many there have been.
    count: u64,
}

#[derive(Debug)]
struct Kept {
    message: Message,
    /// Higher than that of any message before it.
    number: u64,
}

impl Retained {
    /// Whether one more message of that size would go over a limit.
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

    /// Takes up a message of the store.
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

    /// Looks behind the topic `after` for messages whose topics match and that have not expired, by topic: at those that
    /// were among the first `until` and begin like the filter up to its first wildcard. Stops when the room is used up.
    pub(super) fn look(
        &self,
        filter: TopicFilter<'_>,
        Scan { until, after }: &Scan,
        part: Part,
        room: Room,
        now: Timestamp,
    ) -> Look {
        let mut bytes = 0_usize;
        let prefix = literal_prefix(filter.as_str());
        let from = after.as_deref().map_or(Bound::Included(prefix), Bound::Excluded);
        let mut topics = self.by_topic.range::<str, _>((from, Bound::Unbounded));
        let mut look = Look { found: Vec::new(), looked_at: 0, rest_after: None };
        while let Some((topic, Kept { message, number })) = topics.next().filter(|(topic, _)| topic.starts_with(prefix))
        {
            look.looked_at = look.looked_at.saturating_add(1);
            let is_wanted = number <= until && part.has(message.body.qos);
            let matches = || TopicName::new(topic).is_ok_and(|topic| filter.matches(topic));
            if is_wanted && matches() && !message.body.is_expired(now) {
                bytes = bytes.saturating_add(message.body.encoded_len());
                look.found.push(message.clone());
            }
            // without wildcards: the topic itself stands in front of all that begin like it
            if prefix == filter.as_str() {
                break;
            }
            if look.looked_at >= room.looks || look.found.len() >= room.messages || bytes > room.bytes {
                look.rest_after = Some(Arc::clone(topic));
                break;
            }
        }
        look
    }

    /// How many messages were retained until now, those included that are not any more.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.by_topic.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Message)> {
        self.by_topic.iter().map(|(topic, kept)| (topic, &kept.message))
    }
}

/// What every topic that matches begins with. `a/#` matches `a` too, so its last separator is no part of it.
fn literal_prefix(filter: &str) -> &str {
    match filter.split_once(['+', '#']) {
        Some((prefix, _)) if filter.ends_with("/#") => prefix.strip_suffix('/').unwrap_or(prefix),
        Some((prefix, _)) => prefix,
        None => filter,
    }
}

#[cfg(test)]
mod tests {
    use super::literal_prefix;

    #[test]
    fn the_prefix_is_shared_by_all_topics_that_match() {
        for (filter, prefix) in [("a/b", "a/b"), ("a/#", "a"), ("a/+/b", "a/"), ("#", ""), ("a/+/#", "a"), ("/#", "")] {
            assert_eq!(literal_prefix(filter), prefix, "{filter}");
        }
    }
}
