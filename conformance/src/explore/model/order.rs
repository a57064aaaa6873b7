//! The order of messages.

use std::collections::{BTreeMap, BTreeSet};

use super::{Rule, Violation, deliveries::Delivery, facts::Facts, messages::Published};

pub(super) fn judge(facts: &Facts<'_>, deliveries: &[Delivery<'_>], found: &mut Vec<Violation>) {
    for session in 0..facts.sessions.len() {
        let of_session: Vec<&Delivery<'_>> =
            deliveries.iter().filter(|delivery| delivery.session == session && !delivery.payload.is_empty()).collect();
        first(facts, &of_session, found);
        again(facts, &of_session, found);
    }
}

/// v5 [MQTT-4.6.0-5], v3.1.1 [MQTT-4.6.0-6]: messages of one publisher, topic and QoS come in the order in which it has
/// published them.
fn first(facts: &Facts<'_>, deliveries: &[&Delivery<'_>], found: &mut Vec<Violation>) {
    let mut last: BTreeMap<(usize, &str, u64, u64), usize> = BTreeMap::new();
    let mut seen: BTreeSet<(usize, u64)> = BTreeSet::new();
    for delivery in deliveries {
        let Some(&message) = delivery.messages.first() else { continue };
        let published = &facts.published[message];
        let plain = !delivery.retain && !delivery.dup && !published.is_will && published.sends == 1;
        if !plain || !seen.insert((message, delivery.qos)) {
            continue;
        }
        let key = (published.client, delivery.topic, published.qos, delivery.qos);
        if let Some(before) = last.get(&key)
            && is_earlier(published, &facts.published[*before])
        {
            let earlier = &facts.published[*before].payload;
            let told = format!("{} after {earlier}, which was published later", delivery.told(facts));
            let violation = facts.violation(Rule::Order, delivery.line, told);
            found.push(Violation { allowed: "the order of publishing".to_owned(), ..violation.of(delivery) });
            continue;
        }
        last.insert(key, message);
    }
}

/// Whether one was published before the other, at PUBLISH and at PUBREL.
fn is_earlier(one: &Published, other: &Published) -> bool {
    let published =
        if one.line == other.line { one.span.from < other.span.from } else { one.span.precedes(&other.span) };
    let released = match (one.released, other.released) {
        (Some(one), Some(other)) => one < other,
        (None, None) => one.qos < 2,
        _ => false,
    };
    published && released
}

/// v5 and v3.1.1 [MQTT-4.6.0-1]: messages are sent again in the order in which they were sent.
fn again(facts: &Facts<'_>, deliveries: &[&Delivery<'_>], found: &mut Vec<Violation>) {
    let mut once = BTreeSet::new();
    // before v5 a broker may send again at any time, so only the first time on a connection counts
    let mut again: Vec<&Delivery<'_>> = deliveries.iter().copied().filter(|of| of.dup && !of.retain).collect();
    again.retain(|of| once.insert((of.line, of.packet_id, of.payload)));
    for (place, delivery) in again.iter().enumerate() {
        let first = |of: &Delivery<'_>| {
            deliveries.iter().find(|earlier| {
                earlier.line < of.line
                    && !earlier.late
                    && earlier.packet_id == of.packet_id
                    && earlier.payload == of.payload
            })
        };
        let Some(own) = first(delivery) else { continue };
        let before = again[..place]
            .iter()
            .filter(|other| other.line == delivery.line && other.topic == delivery.topic && other.qos == delivery.qos);
        let later = before.filter_map(|other| first(other)).find(|other| {
            (other.line, other.entry) > (own.line, own.entry) && other.line == own.line && other.payload != own.payload
        });
        if let Some(later) = later {
            let told = format!("{} after {}, which was sent later at first", delivery.told(facts), later.payload);
            let violation = facts.violation(Rule::OrderAgain, delivery.line, told);
            found.push(Violation { allowed: "the order of sending".to_owned(), ..violation.of(delivery) });
        }
    }
}
