//! The broker about itself: messages on topics below `$SYS/broker/` (v5 section 4.7.2, v3.1.1 section 4.7.2).
//!
//! At each [`Config::sys_interval`](super::Config::sys_interval) they are made anew and go to all who subscribe; the last
//! ones go to a new subscription at once, as retained messages do. None is stored or waits for a Client. A filter that
//! begins with a wildcard does not match them (v5 [MQTT-4.7.2-1], v3.1.1 [MQTT-4.7.2-1]).
//!
//! The topics are the broker's own: what a Client publishes there is acknowledged as if nobody subscribed, and nobody gets
//! it.

use mqttspec_codec::{Properties, QoS, TopicFilter, TopicName};

use super::{
    broker::Broker,
    counters::Counters,
    message::{Message, StoredMessage},
    timers::TimerKey,
    timestamp::Timestamp,
};

/// What was said last.
#[derive(Debug, Default)]
pub(super) struct SysTopics {
    /// The first event; `None` before it.
    began: Option<Timestamp>,
    said: Vec<Message>,
}

type Topic = (&'static str, fn(&Broker) -> String);

/// Below [`PREFIX`], each with its value as text.
const TOPICS: [Topic; 16] = [
    ("version", |_| concat!("mqttspec ", env!("CARGO_PKG_VERSION")).to_owned()),
    // seconds
    ("uptime", |broker| (broker.uptime_millis() / 1000).to_string()),
    ("clients/connected", |broker| broker.counters().connected.to_string()),
    ("clients/disconnected", |broker| sum(broker, |session| usize::from(session.connection.is_none())).to_string()),
    ("clients/total", |broker| broker.sessions.len().to_string()),
    ("clients/maximum", |broker| broker.counters().connected_maximum.to_string()),
    ("bytes/received", |broker| broker.counters().bytes_received.to_string()),
    ("bytes/sent", |broker| broker.counters().bytes_sent.to_string()),
    ("packets/received", |broker| broker.counters().packets_received.to_string()),
    ("packets/sent", |broker| broker.counters().packets_sent.to_string()),
    ("messages/received", |broker| broker.counters().messages_received.to_string()),
    ("messages/sent", |broker| broker.counters().messages_sent.to_string()),
    // QoS 1 and 2, those included that were sent and are not acknowledged; in each Session that they wait in
    ("messages/queued", |broker| sum(broker, |session| session.queue.len()).to_string()),
    ("messages/queued/bytes", |broker| broker.sessions.queued_bytes().to_string()),
    ("subscriptions/count", |broker| sum(broker, |session| session.subscriptions.len()).to_string()),
    ("retained/count", |broker| broker.retained.len().to_string()),
];

impl Broker {
    /// Whether a topic is the broker's own.
    pub(super) fn is_sys(&self, topic: &str) -> bool {
        self.config.sys_interval.is_some() && topic.starts_with(PREFIX)
    }

    /// Makes all values anew, sends them to all who subscribe, and sets the time of the next.
    pub(super) fn sys_due(&mut self) {
        let Some(interval) = self.config.sys_interval else { return };
        self.sys.began.get_or_insert(self.now);
        let values = TOPICS.iter().filter_map(|(topic, value)| message(topic, &value(self)));
        self.sys.said = values.collect();
        for mut message in self.sys.said.clone() {
            self.route(&mut message);
        }
        let interval = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX);
        self.timers.arm(TimerKey::SysTopics, self.now.after_millis(interval.max(1)));
    }

    /// The last values whose topics match.
    pub(super) fn sys_matching(&self, filter: TopicFilter<'_>) -> Vec<Message> {
        let matches = |message: &&Message| TopicName::new(&message.body.topic).is_ok_and(|topic| filter.matches(topic));
        self.sys.said.iter().filter(matches).cloned().collect()
    }

    fn counters(&self) -> &Counters {
        &self.connections.counters
    }

    fn uptime_millis(&self) -> u64 {
        let began = self.sys.began.unwrap_or(self.now);
        self.now.as_millis().saturating_sub(began.as_millis())
    }
}

fn sum(broker: &Broker, count: impl Fn(&super::session::Session) -> usize) -> usize {
    broker.sessions.iter().map(count).fold(0, usize::saturating_add)
}

/// At QoS 0, so that it waits for nobody; with RETAIN, as a retained message is.
fn message(topic: &str, value: &str) -> Option<Message> {
    let topic = format!("{PREFIX}{topic}").into();
    let (qos, retain) = (QoS::AtMostOnce, true);
    StoredMessage::from_parts(topic, qos, retain, &Properties::EMPTY, value.as_bytes(), "".into(), None)
        .map(Message::new)
}

const PREFIX: &str = "$SYS/broker/";
