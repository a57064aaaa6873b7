//! What the case has done so far, as far as it explains what comes, or does not come, later.

use mqttspec_codec::{RetainHandling, TopicFilter, TopicName};

/// What the case has done so far. Each entry has a number; a higher one came later.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) published: Vec<Published>,
    pub(crate) wills: Vec<Will>,
    pub(crate) subscribed: Vec<Subscribed>,
    pub(crate) connected: Vec<Connected>,
    /// Messages that came from the Server.
    pub(crate) delivered: Vec<Delivered>,
}

/// A PUBLISH of the case.
#[derive(Debug, Clone)]
pub(crate) struct Published {
    pub(crate) at: u64,
    /// The Client Identifier.
    pub(crate) by: String,
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    /// 0, 1 or 2.
    pub(crate) qos: u64,
    pub(crate) dup: bool,
    pub(crate) retain: bool,
    /// Whether it has a Message Expiry Interval.
    pub(crate) expires: bool,
}

/// The Will of a CONNECT.
#[derive(Debug)]
pub(crate) struct Will {
    /// The Client Identifier.
    pub(crate) of: String,
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    /// 0, 1 or 2.
    pub(crate) qos: u64,
    pub(crate) retain: bool,
    /// Whether a DISCONNECT has removed it.
    pub(crate) removed: bool,
}

/// A Subscription.
#[derive(Debug)]
pub(crate) struct Subscribed {
    pub(crate) at: u64,
    /// The Client Identifier.
    pub(crate) by: String,
    /// As written, with `$share/name/`.
    pub(crate) filter: String,
    /// Its place in the SUBSCRIBE, from 0.
    pub(crate) place: usize,
    pub(crate) no_local: bool,
    pub(crate) retain_as_published: bool,
    pub(crate) retain_handling: RetainHandling,
    /// When UNSUBSCRIBE removed it.
    pub(crate) removed: Option<u64>,
    /// Whether another SUBSCRIBE has replaced it.
    pub(crate) replaced: bool,
}

/// A CONNECT.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) at: u64,
    /// The Client Identifier.
    pub(crate) by: String,
    pub(crate) clean_start: bool,
}

/// A message from the Server.
#[derive(Debug)]
pub(crate) struct Delivered {
    /// The Client Identifier.
    pub(crate) to: String,
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) packet_id: Option<u16>,
    /// Whether the Client has refused it.
    pub(crate) refused: bool,
}

impl Traffic {
    /// The Subscriptions of a Client Identifier, removed ones included, whose filter matches the topic.
    pub(crate) fn matching<'a>(&'a self, by: &'a str, topic: &'a str) -> impl Iterator<Item = &'a Subscribed> {
        self.subscribed.iter().filter(move |subscribed| subscribed.by == by && subscribed.matches(topic))
    }

    /// The last message with that topic and, if one is given, that payload.
    pub(crate) fn last_published(&self, topic: Option<&str>, payload: Option<&[u8]>) -> Option<&Published> {
        self.published.iter().rev().find(|published| {
            topic.is_none_or(|topic| topic == published.topic)
                && payload.is_none_or(|payload| payload == published.payload)
        })
    }

    /// The Will with that topic and, if one is given, that payload.
    pub(crate) fn will(&self, topic: &str, payload: Option<&[u8]>) -> Option<&Will> {
        self.wills
            .iter()
            .rev()
            .find(|will| will.topic == topic && payload.is_none_or(|payload| payload == will.payload))
    }

    /// When the Session of that Client Identifier was last resumed, if it was.
    pub(crate) fn resumed(&self, by: &str) -> Option<u64> {
        let mut connected = self.connected.iter().filter(|connected| connected.by == by);
        connected.next()?;
        connected.next_back().filter(|last| !last.clean_start).map(|last| last.at)
    }

    /// Whether a message with that topic and payload has been refused by that Client Identifier.
    pub(crate) fn was_refused(&self, to: &str, topic: &str, payload: &[u8]) -> bool {
        let same = |other: &Delivered| other.to == to && other.topic == topic && other.payload == payload;
        self.delivered.iter().any(|other| other.refused && same(other))
    }

    /// How often a message with that topic and payload has come to that Client Identifier.
    pub(crate) fn times_come(&self, to: &str, topic: &str, payload: &[u8]) -> usize {
        let same = |other: &&Delivered| other.to == to && other.topic == topic && other.payload == payload;
        self.delivered.iter().filter(same).count()
    }

    /// How many CONNECT packets had a Will with that topic and payload.
    pub(crate) fn times_willed(&self, topic: &str, payload: &[u8]) -> usize {
        self.wills.iter().filter(|will| will.topic == topic && will.payload == payload).count()
    }

    /// Whether a message was published, but nothing to that topic: it has come with a topic of the Server's making.
    pub(crate) fn has_lost_its_topic(&self, topic: &str, payload: &[u8]) -> bool {
        let is_empty = payload.is_empty();
        let is_known = self.last_published(Some(topic), None).is_some() || self.will(topic, None).is_some();
        !is_empty && !is_known && self.last_published(None, Some(payload)).is_some()
    }
}

impl Subscribed {
    pub(crate) fn matches(&self, topic: &str) -> bool {
        let Ok(topic) = TopicName::new(topic) else { return false };
        let Ok(filter) = TopicFilter::new(&self.filter) else { return false };
        filter.shared().map_or(filter, |(_, filter)| filter).matches(topic)
    }

    pub(crate) fn is_shared(&self) -> bool {
        self.filter.starts_with("$share/")
    }
}
