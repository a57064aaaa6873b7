//! [`Retained`]: the last retained message of each topic (section 3.3.1.3).

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use mqttspec_codec::TopicFilter;

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

#[derive(Debug, Default)]
pub(super) struct Retained {
    by_topic: BTreeMap<Arc<str>, Message>,
    bytes: usize,
}

impl Retained {
    /// Whether one more message of that size would go over a limit.
    pub(super) fn is_full(&self, topic: &str, message: &StoredMessage, config: &Config) -> bool {
        let (count, bytes) = match self.by_topic.get(topic) {
            Some(old) => (0, old.body.as_bytes().len()),
            None => (1, 0),
        };
        let bytes = self.bytes.saturating_sub(bytes).saturating_add(message.as_bytes().len());
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
        self.bytes = self.bytes.saturating_add(message.body.as_bytes().len());
        let old = self.by_topic.insert(topic, message)?;
        self.bytes = self.bytes.saturating_sub(old.body.as_bytes().len());
        Some(old)
    }

    /// Removes the retained message of the topic; gives the topic if it had one.
    pub(super) fn clear(&mut self, topic: &str, journal: &mut Journal) -> Option<Arc<str>> {
        let (topic, old) = self.by_topic.remove_entry(topic)?;
        self.bytes = self.bytes.saturating_sub(old.body.as_bytes().len());
        journal.record(Delta::ClearRetained(Arc::clone(&topic)));
        journal.release(&old);
        Some(topic)
    }

    /// When the topic's message expires.
    pub(super) fn expires_at(&self, topic: &str) -> Option<Timestamp> {
        self.by_topic.get(topic)?.body.expires_at()
    }

    /// Looks behind the topic `after` for messages whose topics match and that have not expired, by topic: at those that
    /// begin like the filter up to its first wildcard, and at `at_most` of them.
    pub(super) fn look(&self, filter: TopicFilter<'_>, after: Option<&str>, at_most: usize, now: Timestamp) -> Look {
        let prefix = literal_prefix(filter.as_str());
        let from = after.map_or(Bound::Included(prefix), Bound::Excluded);
        let mut topics = self.by_topic.range::<str, _>((from, Bound::Unbounded));
        let mut look = Look { found: Vec::new(), looked_at: 0, rest_after: None };
        while let Some((topic, message)) = topics.next().filter(|(topic, _)| topic.starts_with(prefix)) {
            look.looked_at = look.looked_at.saturating_add(1);
            let matches = message.body.publish().is_some_and(|(topic, _)| filter.matches(topic));
            if matches && !message.body.is_expired(now) {
                look.found.push(message.clone());
            }
            if look.looked_at >= at_most {
                look.rest_after = Some(Arc::clone(topic));
                break;
            }
        }
        look
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Message)> {
        self.by_topic.iter()
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
