//! How many copies of a message come, in which order, and how many at once.

use std::{
    collections::{BTreeMap, BTreeSet, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    num::NonZero,
    time::Duration,
};

use mqttspec_broker::core::Overlap;
use mqttspec_codec::PacketType::{Puback, Publish, Pubrec};

use super::{MILLISECOND, late};
use crate::{
    fault::{Wrong, all},
    seen::Seen,
    stand_in::StandIn,
    wire::Event,
};

pub(super) fn stand_ins() -> Vec<StandIn> {
    vec![
        // v5 3.3.4, v3.1.1 3.3.5
        StandIn::configured("a-copy-for-each", "sends a copy for each matching subscription", |config| {
            config.overlap = Overlap::EachSubscription;
        }),
        // v5 4.9: a Server may keep fewer in flight than the Client allows
        StandIn::configured("one-in-flight", "has one QoS 1 or 2 message in flight to a Client", |config| {
            config.in_flight = NonZero::<u16>::MIN;
        }),
        StandIn::configured("two-in-flight", "has two QoS 1 or 2 messages in flight to a Client", |config| {
            config.in_flight = NonZero::<u16>::MIN.saturating_add(1);
        }),
        // v3.1.1 4.4: when to send again is left open; v5 [MQTT-4.4.0-1] forbids it
        StandIn::wire("repeats-before-v5", "resends unacknowledged messages with DUP before v5", repeats_before_v5),
        // v5 [MQTT-3.8.4-8], v3.1.1 [MQTT-3.8.4-6]
        StandIn::wire("qos-1-to-0-twice", "sends two copies of a QoS 1 message to a grant of QoS 0", || {
            let mut at_qos_1: BTreeSet<(String, Vec<u8>)> = BTreeSet::new();
            all(move |event, wire| {
                match &event {
                    Event::In(seen) if seen.is(Publish) && seen.number("qos") == 1 => {
                        at_qos_1.insert(message(seen));
                    }
                    Event::Out(seen)
                        if seen.is(Publish)
                            && seen.number("qos") == 0
                            && !seen.flag("retain")
                            && at_qos_1.contains(&message(seen)) =>
                    {
                        wire.deliver(seen.clone());
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        }),
        // v5 [MQTT-4.6.0-5], v3.1.1 [MQTT-4.6.0-5]: ordered are the messages of one topic and QoS
        StandIn::wire("mixes-topics", "delivers the messages of some topics 30 ms late", || {
            let is_late = |seen: &Seen| seen.get("topic_alias").is_none() && drawn(&seen.text("topic"));
            late(move |event, _| match event {
                Event::Out(seen) if seen.is(Publish) && is_late(seen) => 30 * MILLISECOND,
                _ => Duration::ZERO,
            })
        }),
        StandIn::wire("mixes-qos", "delivers messages at QoS 0 30 ms late", || {
            late(|event, _| match event {
                Event::Out(seen) if seen.is(Publish) && seen.number("qos") == 0 => 30 * MILLISECOND,
                _ => Duration::ZERO,
            })
        }),
    ]
}

fn repeats_before_v5() -> Wrong {
    let mut unacknowledged: BTreeMap<u64, BTreeMap<u64, Seen>> = BTreeMap::new();
    all(move |event, wire| {
        let open = unacknowledged.entry(wire.id).or_default();
        match &event {
            _ if wire.v5() => {}
            Event::Out(seen) if seen.is(Publish) && seen.number("qos") > 0 => {
                let mut again = seen.clone();
                again.set("dup", true);
                open.insert(seen.number("packet_id"), again);
            }
            Event::In(seen) if seen.is(Puback) || seen.is(Pubrec) => drop(open.remove(&seen.number("packet_id"))),
            Event::Out(_) => open.values().for_each(|again| wire.deliver(again.clone())),
            _ => {}
        }
        wire.pass(event);
    })
}

fn message(publish: &Seen) -> (String, Vec<u8>) {
    let payload = publish.get("payload").and_then(|payload| payload.as_bytes()).unwrap_or_default();
    (publish.text("topic"), payload.to_vec())
}

/// Half of all topics.
fn drawn(topic: &str) -> bool {
    let mut hasher = DefaultHasher::new();
    topic.hash(&mut hasher);
    hasher.finish().is_multiple_of(2)
}
