//! [`Seen`]: what a Client has seen of messages, held against what was due to its Session.

use std::collections::{BTreeMap, BTreeSet};

use mqttspec_codec::{Delivery, PacketIdentifier, Property, Publish, QoS, Version};

use crate::{
    due::Due,
    ledger::{Ledger, Message, Number},
    line::Line,
    op::TOPICS,
    truth::Truth,
};

/// What a delivery is judged by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) truth: &'a Truth,
    pub(crate) ledger: &'a Ledger,
}

#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// QoS 1 that was read and not acknowledged.
    unacknowledged: BTreeMap<PacketIdentifier, Option<Number>>,
    /// QoS 2 between PUBLISH and PUBREL.
    held: BTreeMap<PacketIdentifier, Option<Number>>,
    /// Identifiers whose PUBREL has come.
    released: BTreeSet<PacketIdentifier>,
    /// Messages of this Session that have come, in whatever way.
    messages: BTreeSet<Number>,
    /// How often at QoS 2.
    exactly: BTreeMap<Number, usize>,
    /// How often at QoS 0 and 1 from this life of the broker, DUP not counted.
    copies: BTreeMap<Number, usize>,
    /// Published at QoS 2 and taken by the application, in whatever Session.
    once: BTreeSet<Number>,
    /// The place of the last message, by publisher, topic, QoS as published and as delivered.
    last: BTreeMap<(usize, usize, QoS, QoS), u64>,
}

impl Seen {
    pub(crate) fn has(&self, number: Number) -> bool {
        self.messages.contains(&number)
    }

    /// The Session is gone. What the application has seen, it has seen.
    pub(crate) fn forget(&mut self) {
        *self = Self { once: std::mem::take(&mut self.once), ..Self::default() };
    }

    /// The broker has died: QoS 0 and 1 may come from a past that it does not know.
    pub(crate) fn crash(&mut self) {
        self.copies.clear();
        self.unacknowledged.clear();
    }

    pub(crate) fn acknowledge(&mut self, packet_id: PacketIdentifier) {
        self.unacknowledged.remove(&packet_id);
    }

    /// The Client refuses a QoS 2 message: its delivery ends, and the application has not got it.
    pub(crate) fn refuse(&mut self, packet_id: PacketIdentifier) {
        if let Some(number) = self.held.remove(&packet_id).flatten() {
            self.once.remove(&number);
            self.exactly.entry(number).and_modify(|count| *count -= 1);
        }
    }

    pub(crate) fn pubrel(&mut self, packet_id: PacketIdentifier) {
        let known = self.held.remove(&packet_id).is_some();
        assert!(known | !self.released.insert(packet_id), "PUBREL {packet_id:?} without PUBLISH");
    }

    /// Takes a PUBLISH; gives its message, `None` for one that clears.
    pub(crate) fn publish(&mut self, publish: &Publish<'_>, line: &mut Line, scene: Scene<'_>) -> Option<Number> {
        let topic = topic(publish, line);
        let session = &scene.truth.sessions[line.epoch];
        let number = scene.ledger.find(publish.payload);
        let Some(number) = number else {
            let clears = |number: &Number| scene.ledger[*number].empty && scene.ledger[*number].topic == topic;
            let known = session.due.iter().any(|(number, due)| clears(number) && fits(due, publish));
            assert!(
                publish.payload.is_empty() && known,
                "a message that was not published for this Client: {publish:?}"
            );
            let _ = self.is_new(publish.delivery, None);
            return None;
        };
        let message = &scene.ledger[number];
        let due = session.due.get(&number);
        let due = due.unwrap_or_else(|| panic!("no subscription of this Client matched: {publish:?}, {message:?}"));
        assert_eq!(message.topic, topic, "{publish:?}");
        assert!(fits(due, publish), "QoS, RETAIN or identifiers: {publish:?}, {due:?}");
        age(message, publish, line.version);
        let is_new = self.is_new(publish.delivery, Some(number));
        self.messages.insert(number);
        if publish.delivery.qos() > QoS::AtMostOnce {
            assert!(due.finished < due.copies, "it was acknowledged: {publish:?}, {due:?}");
        }
        if !is_new {
            return Some(number);
        }
        let counts = if publish.delivery.qos() == QoS::ExactlyOnce { &mut self.exactly } else { &mut self.copies };
        *counts.entry(number).or_default() += 1;
        let seen = [&self.exactly, &self.copies].into_iter().filter_map(|counts| counts.get(&number)).sum::<usize>();
        assert!(seen <= due.copies, "{seen} copies of {publish:?}, {due:?}");
        if due.shares.is_empty() && !publish.retain {
            if message.qos == QoS::ExactlyOnce && scene.truth.once {
                assert!(self.once.insert(number), "a QoS 2 message twice: {publish:?}, {due:?}");
            }
            self.in_order(publish, message);
        }
        Some(number)
    }

    /// Whether the application gets it: not what the Client has or has had, as far as it can know.
    fn is_new(&mut self, delivery: Delivery, number: Option<Number>) -> bool {
        match delivery {
            Delivery::AtMostOnce => true,
            Delivery::AtLeastOnce { packet_id, dup } => {
                let old = self.unacknowledged.insert(packet_id, number);
                assert!(old.is_none_or(|old| dup && old == number), "identifier {packet_id:?} in use for {old:?}");
                !dup
            }
            Delivery::ExactlyOnce { packet_id, dup } => {
                let old = self.held.insert(packet_id, number);
                assert!(old.is_none_or(|old| dup && old == number), "identifier {packet_id:?} in use for {old:?}");
                old.is_none()
            }
        }
    }

    /// First transmissions keep the order in which the broker took the messages over.
    fn in_order(&mut self, publish: &Publish<'_>, message: &Message) {
        if message.will || publish.delivery.dup() {
            return;
        }
        let key = (message.publisher, message.topic, message.qos, publish.delivery.qos());
        let last = self.last.entry(key).or_default();
        let next = message.taken.iter().find(|taken| *taken >= last);
        *last = *next.unwrap_or_else(|| panic!("out of order: {publish:?} {:?} after {last}", message.taken));
    }
}

/// The topic, by its alias if it is not there.
fn topic(publish: &Publish<'_>, line: &mut Line) -> usize {
    let topic = publish.topic.map(|topic| TOPICS.iter().position(|known| *known == topic.as_str()).expect("a topic"));
    match (publish.properties.topic_alias(), topic) {
        (None, topic) => topic.expect("a Topic Name"),
        (Some(alias), Some(topic)) => {
            assert_eq!(alias.number(), 1, "Topic Alias Maximum");
            line.aliases.insert(alias.number(), topic);
            topic
        }
        (Some(alias), None) => line.aliases[&alias.number()],
    }
}

fn fits(due: &Due, publish: &Publish<'_>) -> bool {
    let identifiers: Vec<u32> = publish
        .properties
        .iter()
        .filter_map(|property| match property {
            Property::SubscriptionIdentifier(identifier) => Some(identifier.number()),
            _ => None,
        })
        .collect();
    due.qos.contains(&publish.delivery.qos())
        && due.retain.contains(&publish.retain)
        && identifiers.iter().all(|identifier| due.identifiers.contains(identifier))
        && (due.identifiers.contains(&0) || !identifiers.is_empty())
}

/// v5 [MQTT-3.3.2-5] [MQTT-3.3.2-6]: what has expired is not sent, and the rest says how long it lasts.
fn age(message: &Message, publish: &Publish<'_>, version: Version) {
    if version != Version::V5 {
        return;
    }
    match (message.expiry, publish.properties.message_expiry_interval()) {
        (None, None) => {}
        (Some(whole), Some(left)) => {
            assert!(left <= whole && (left > 0 || publish.delivery.dup()), "expired: {publish:?}, {message:?}");
        }
        (whole, left) => panic!("Message Expiry Interval {left:?} of {whole:?}: {publish:?}"),
    }
}
