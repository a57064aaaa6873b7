//! Retained messages: when they are looked up, and whether QoS 0 is kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use mqttspec::packet::Value;
use mqttspec_codec::{
    PacketType::{Puback, Pubcomp, Publish, Pubrec, Suback, Subscribe},
    TopicFilter, TopicName,
};

use super::{MILLISECOND, late};
use crate::{
    fault::{Wrong, all},
    stand_in::StandIn,
    wire::Event,
};

pub(super) fn stand_ins() -> Vec<StandIn> {
    vec![
        StandIn::wire("retained-late", "sends retained messages 400 ms after the SUBACK", || {
            late(|event, _| match event {
                Event::Out(seen) if seen.is(Publish) && seen.flag("retain") => 400 * MILLISECOND,
                _ => Duration::ZERO,
            })
        }),
        StandIn::wire("retained-before-suback", "sends SUBACK 20 ms after the retained messages", || {
            late(|event, _| match event {
                Event::Out(seen) if seen.is(Suback) => 20 * MILLISECOND,
                _ => Duration::ZERO,
            })
        }),
        StandIn::wire("retained-looked-up-twice", "sends what is retained within 150 ms of a SUBSCRIBE twice", || {
            looked_up_twice()
        }),
        // v5 3.3.1.3, v3.1.1 [MQTT-3.3.1-7]: it may be discarded at any time
        StandIn::wire("retains-no-qos-0", "discards retained messages of QoS 0 at once", || {
            let mut discarded: BTreeSet<String> = BTreeSet::new();
            all(move |event, wire| {
                match &event {
                    Event::In(seen) if seen.is(Publish) && seen.flag("retain") => {
                        match seen.number("qos") {
                            0 => discarded.insert(seen.text("topic")),
                            _ => discarded.remove(&seen.text("topic")),
                        };
                    }
                    Event::Out(seen)
                        if seen.is(Publish)
                            && seen.flag("retain")
                            && seen.number("qos") == 0
                            && discarded.contains(&seen.text("topic")) =>
                    {
                        return;
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        }),
        StandIn::configured("retained-step-by-step", "looks at one retained message at a time", |config| {
            config.step = std::num::NonZero::<usize>::MIN;
        }),
    ]
}

/// A message that is published with RETAIN while a SUBSCRIBE is being handled may be found as a live one and as the
/// retained one.
fn looked_up_twice() -> Wrong {
    let mut asked: BTreeMap<u64, Vec<(Duration, String, bool)>> = BTreeMap::new();
    let mut retained: BTreeSet<(String, Vec<u8>)> = BTreeSet::new();
    let mut extra: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    all(move |event, wire| {
        match &event {
            Event::In(seen) if seen.is(Subscribe) => {
                let Some(Value::List(subscriptions)) = seen.get("subscriptions") else { return wire.pass(event) };
                for subscription in subscriptions {
                    let Value::Map(subscription) = subscription else { continue };
                    let never = subscription.get("retain_handling").and_then(Value::as_number).unwrap_or_default() > 0;
                    let filter = subscription.get("filter").and_then(Value::as_bytes).unwrap_or_default();
                    let filter = String::from_utf8_lossy(filter).into_owned();
                    asked.entry(wire.id).or_default().push((wire.now, filter, !never));
                }
            }
            Event::In(seen) if seen.is(Publish) && seen.flag("retain") && !seen.text("payload").is_empty() => {
                retained.insert((seen.text("topic"), seen.text("payload").into_bytes()));
            }
            // the broker does not know the second copy
            Event::In(seen)
                if [Puback, Pubrec, Pubcomp].iter().any(|of| seen.is(*of))
                    && extra.get(&wire.id).is_some_and(|extra| extra.contains(&seen.number("packet_id"))) =>
            {
                return;
            }
            Event::Out(seen) if seen.is(Publish) && !seen.flag("retain") && seen.number("qos") == 1 => {
                let topic = seen.text("topic");
                let just_now = asked.entry(wire.id).or_default().iter().any(|(at, filter, asked)| {
                    let (filter, topic) = (TopicFilter::new(filter), TopicName::new(&topic));
                    let matches = matches!((filter, topic), (Ok(filter), Ok(topic)) if filter.matches(topic));
                    *asked && wire.now <= *at + 150 * MILLISECOND && matches
                });
                let alias = seen.get("topic_alias").is_some();
                let one_at_a_time = wire.peer().limit("receive_maximum").is_some();
                let was = retained.contains(&(topic, seen.text("payload").into_bytes()));
                if just_now && was && !alias && !one_at_a_time {
                    let mut again = seen.clone();
                    again.set("retain", true);
                    again.set("packet_id", seen.number("packet_id") + 40_000);
                    extra.entry(wire.id).or_default().insert(seen.number("packet_id") + 40_000);
                    wire.deliver(again);
                }
            }
            _ => {}
        }
        wire.pass(event);
    })
}
