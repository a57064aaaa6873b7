//! Shared Subscriptions.

use std::collections::BTreeSet;

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{Publish, Subscribe, Unsubscribe};

use super::deliveries::{payload, settle};
use crate::{
    fault::{Fault, all},
    wire::Event,
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        Fault::new("shared-as-plain", "delivers to every member of a Shared Subscription", || {
            all(|mut event, wire| {
                if let Event::In(seen) = &mut event
                    && (seen.is(Subscribe) || seen.is(Unsubscribe))
                {
                    seen.each_filter(|filter| {
                        match filter.strip_prefix("$share/").and_then(|rest| rest.split_once('/')) {
                            Some((_, plain)) => plain.to_owned(),
                            None => filter.to_owned(),
                        }
                    });
                }
                wire.pass(event);
            })
        })
        .breaks(&[], &["5.0§4.8.2-a", "5.0§3.8.4-b", "5.0§3.10.4-b"]),
        Fault::new("shared-groups-merged", "treats all ShareNames as one", || {
            all(|mut event, wire| {
                if let Event::In(seen) = &mut event
                    && (seen.is(Subscribe) || seen.is(Unsubscribe))
                {
                    seen.each_filter(|filter| {
                        match filter.strip_prefix("$share/").and_then(|rest| rest.split_once('/')) {
                            Some((_, plain)) => format!("$share/one/{plain}"),
                            None => filter.to_owned(),
                        }
                    });
                }
                wire.pass(event);
            })
        })
        .breaks(&[], &["5.0§4.8.2-b", "5.0§3.10.4-b"]),
        Fault::new("shared-not-matched", "treats $share/g/t as a plain topic", || {
            let mut members: BTreeSet<_> = BTreeSet::new();
            all(move |event, wire| match &event {
                Event::In(seen) if seen.is(Subscribe) => {
                    if seen.filters().iter().any(|filter| filter.starts_with("$share/")) {
                        members.insert(wire.id);
                    }
                    wire.pass(event);
                }
                Event::Out(seen) if seen.is(Publish) && members.contains(&wire.id) => settle(seen, wire),
                _ => wire.pass(event),
            })
        })
        .breaks(&[], &["5.0§4.8.2-c", "5.0§4.8.2-a"]),
        Fault::new("shared-to-the-next-while-in-flight", "also delivers a message in flight to another member", || {
            let mut groups: BTreeSet<_> = BTreeSet::new();
            all(move |event, wire| {
                match &event {
                    Event::In(seen)
                        if seen.is(Subscribe) && seen.filters().iter().any(|filter| filter.starts_with("$share/")) =>
                    {
                        groups.insert(wire.id);
                    }
                    Event::Out(seen) if seen.is(Publish) && groups.contains(&wire.id) => {
                        for other in wire.others().into_iter().filter(|other| groups.contains(other)) {
                            let topic = Value::text(&seen.text("topic"));
                            let payload = payload(seen);
                            wire.on(other, |wire| wire.send(Publish, [("topic", topic), ("payload", payload)]));
                        }
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&[], &["5.0§4.8.2-a", "MQTT-4.8.2-5", "MQTT-4.8.2-6"]),
    ]
}
