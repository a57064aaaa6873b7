//! The broker's statistics: messages on topics below `$SYS/broker/` (v5 section 4.7.2, v3.1.1 section 4.7.2).
//!
//! At each [`Config::sys_interval`](super::Config::sys_interval) they are sent to all subscribers; a new subscriber
//! gets the latest ones at once, like retained messages. None is stored or queued. A filter that starts with a wildcard
//! does not match them (v5 [MQTT-4.7.2-1], v3.1.1 [MQTT-4.7.2-1]).
//!
//! Clients cannot publish on these topics: such a message is acknowledged as if there were no subscribers, and dropped.

use mqttspec_codec::{Properties, QoS, TopicFilter, TopicName};

use super::{
    broker::Broker,
    counters::Counters,
    fanout::Then,
    message::{Message, StoredMessage},
    timers::TimerKey,
    timestamp::Timestamp,
};

/// The latest statistics.
#[derive(Debug, Default)]
pub(super) struct SysTopics {
    /// The time of the first event; `None` before it.
    began: Option<Timestamp>,
    said: Vec<Message>,
}

type Topic = (&'static str, fn(&Broker) -> String);

/// The topics below [`PREFIX`], and their values as text.
const TOPICS: [Topic; 16] = [
    ("version", |_| concat!("mqttspec ", env!("CARGO_PKG_VERSION")).to_owned()),
    // seconds
    ("uptime", |broker| (broker.uptime_millis() / 1000).to_string()),
    ("clients/connected", |broker| broker.counters().connected.to_string()),
    ("clients/disconnected", |broker| broker.disconnected().to_string()),
    ("clients/total", |broker| broker.sessions.len().to_string()),
    ("clients/maximum", |broker| broker.counters().connected_maximum.to_string()),
    ("bytes/received", |broker| broker.counters().bytes_received.to_string()),
    ("bytes/sent", |broker| broker.counters().bytes_sent.to_string()),
    ("packets/received", |broker| broker.counters().packets_received.to_string()),
    ("packets/sent", |broker| broker.counters().packets_sent.to_string()),
    ("messages/received", |broker| broker.counters().messages_received.to_string()),
    ("messages/sent", |broker| broker.counters().messages_sent.to_string()),
    // QoS 1 and 2, including those sent and not acknowledged; counted in each Session
    ("messages/queued", |broker| broker.sessions.queued_messages().to_string()),
    ("messages/queued/bytes", |broker| broker.sessions.queued_bytes().to_string()),
    ("subscriptions/count", |broker| broker.tree.len().to_string()),
    ("retained/count", |broker| broker.retained.len().to_string()),
];

impl Broker {
    /// Whether a topic is one of the broker's own.
    pub(super) fn is_sys(&self, topic: &str) -> bool {
        self.config.sys_interval.is_some() && topic.starts_with(PREFIX)
    }

    /// Computes all values, sends them to all subscribers, and arms the timer for the next time.
    pub(super) fn sys_due(&mut self) {
        let Some(interval) = self.config.sys_interval else { return };
        self.sys.began.get_or_insert(self.now);
        let values = TOPICS.iter().filter_map(|(topic, value)| message(topic, &value(self)));
        self.sys.said = values.collect();
        for message in self.sys.said.clone() {
            self.route(message, Then::Nothing);
        }
        let interval = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX);
        self.timers.arm(TimerKey::SysTopics, self.now.after_millis(interval.max(1)));
    }

    /// The latest messages whose topics match.
    pub(super) fn sys_matching(&self, filter: TopicFilter<'_>) -> Vec<Message> {
        let matches = |message: &&Message| TopicName::new(&message.body.topic).is_ok_and(|topic| filter.matches(topic));
        self.sys.said.iter().filter(matches).cloned().collect()
    }

    fn counters(&self) -> &Counters {
        &self.connections.counters
    }

    /// Sessions without a connection.
    fn disconnected(&self) -> u64 {
        (self.sessions.len() as u64).saturating_sub(self.counters().connected)
    }

    fn uptime_millis(&self) -> u64 {
        let began = self.sys.began.unwrap_or(self.now);
        self.now.as_millis().saturating_sub(began.as_millis())
    }
}

/// At QoS 0, so that it is never queued; with RETAIN, like a retained message.
fn message(topic: &str, value: &str) -> Option<Message> {
    let topic = format!("{PREFIX}{topic}").into();
    let (qos, retain) = (QoS::AtMostOnce, true);
    StoredMessage::from_parts(topic, qos, retain, &Properties::EMPTY, value.as_bytes(), "".into(), None)
        .map(Message::new)
}

const PREFIX: &str = "$SYS/broker/";
