//! Retained messages and the RETAIN flag.

use std::collections::{BTreeMap, BTreeSet};

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{Disconnect, Publish, Subscribe};

use super::deliveries::{payload, settle};
use crate::{
    fault::{Fault, all, edit_in, edit_out, incoming, outgoing},
    wire::Event,
};

pub(super) fn faults() -> Vec<Fault> {
    let option = |name, does, option: &'static str, to: u64| {
        Fault::new(name, does, move || {
            edit_in(Subscribe, move |seen| {
                seen.each("subscriptions", |subscription| {
                    if let Value::Map(fields) = subscription {
                        let value = if option == "retain_handling" { Value::Number(to) } else { Value::Bool(to == 1) };
                        fields.insert(option, value);
                    }
                });
            })
        })
    };
    vec![
        option("no-local-ignored", "sends a client its own messages", "no_local", 0).breaks(&[], &["MQTT-3.8.3-3"]),
        option("retain-as-published-ignored", "clears RETAIN on live messages", "retain_as_published", 0)
            .breaks(&[], &["MQTT-3.3.1-13"]),
        option("retain-as-published-always", "passes RETAIN on as published", "retain_as_published", 1)
            .breaks(&[], &["MQTT-3.3.1-12"]),
        option("retain-handling-0", "sends retained messages at every SUBSCRIBE", "retain_handling", 0)
            .breaks(&[], &["MQTT-3.3.1-10", "MQTT-3.3.1-11"]),
        option("retain-handling-1", "sends retained messages to new Subscriptions only", "retain_handling", 1)
            .breaks(&[], &["MQTT-3.3.1-9", "MQTT-3.3.1-11", "MQTT-3.8.4-4"]),
        option("retain-handling-2", "sends no retained messages at SUBSCRIBE", "retain_handling", 2)
            .breaks(&[], &["MQTT-3.3.1-9", "MQTT-3.3.1-10", "MQTT-3.8.4-4"]),
        Fault::new("retain-on-live", "sets RETAIN on every delivery", || {
            edit_out(Publish, |seen| seen.set("retain", true))
        })
        .breaks(&["MQTT-3.3.1-9"], &["MQTT-3.3.1-12", "MQTT-3.3.1-13"]),
        Fault::new("retain-never-set", "never sets RETAIN on deliveries", || {
            edit_out(Publish, |seen| seen.set("retain", false))
        })
        .breaks(&["MQTT-3.3.1-8"], &["5.0§3.3.1.3-a", "MQTT-3.3.1-13"]),
        Fault::new("retain-passed-on", "passes on the publisher's RETAIN", || {
            let mut retained: BTreeSet<Value> = BTreeSet::new();
            all(move |mut event, wire| {
                match &mut event {
                    Event::In(seen) if seen.is(Publish) && seen.flag("retain") => drop(retained.insert(payload(seen))),
                    Event::Out(seen) if seen.is(Publish) && retained.contains(&payload(seen)) => {
                        seen.set("retain", true);
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.3.1-9"], &["MQTT-3.3.1-12"]),
        Fault::new("never-retained", "retains nothing", || edit_in(Publish, |seen| seen.set("retain", false)))
            .breaks(&["MQTT-3.3.1-5", "MQTT-3.3.1-6"], &["MQTT-3.3.1-5", "MQTT-3.3.1-9", "MQTT-3.3.1-13"]),
        Fault::new("always-retained", "retains everything", || edit_in(Publish, |seen| seen.set("retain", true)))
            .breaks(&["MQTT-3.3.1-12"], &["MQTT-3.3.1-8", "MQTT-3.3.1-13"]),
        Fault::new("not-cleared", "does not let an empty message clear the retained one", || {
            edit_in(Publish, |seen| {
                if payload(seen) == Value::Bytes(Vec::new()) {
                    seen.set("retain", false);
                }
            })
        })
        .breaks(&["MQTT-3.3.1-10"], &["MQTT-3.3.1-6"]),
        Fault::new("empty-retained", "delivers empty retained messages", || {
            let mut cleared: BTreeSet<String> = BTreeSet::new();
            all(move |event, wire| match event {
                Event::In(seen) if seen.is(Publish) && seen.flag("retain") => {
                    match payload(&seen) == Value::Bytes(Vec::new()) {
                        true => drop(cleared.insert(seen.text("topic"))),
                        false => drop(cleared.remove(&seen.text("topic"))),
                    }
                    wire.forward(seen);
                }
                Event::In(seen) if seen.is(Subscribe) => {
                    let filters = seen.filters();
                    wire.forward(seen);
                    let below =
                        |topic: &str| filters.iter().any(|filter| topic.starts_with(filter.trim_end_matches('+')));
                    for topic in cleared.iter().filter(|topic| below(topic)) {
                        let topic = Value::text(topic);
                        wire.send(Publish, [("topic", topic), ("retain", Value::Bool(true))]);
                    }
                }
                event => wire.pass(event),
            })
        })
        .breaks(&["MQTT-3.3.1-11"], &["MQTT-3.3.1-7"]),
        Fault::new("first-stays-retained", "does not replace a retained message", || {
            let mut retained = BTreeSet::new();
            edit_in(Publish, move |seen| {
                let cleared = payload(seen) == Value::Bytes(Vec::new());
                if seen.flag("retain") && !cleared && !retained.insert(seen.text("topic")) {
                    seen.set("retain", false);
                }
            })
        })
        .breaks(&["MQTT-3.3.1-5", "MQTT-3.3.1-6"], &["MQTT-3.3.1-5"]),
        Fault::new("retained-at-qos-0", "retains messages with QoS 0", || {
            outgoing(Publish, |mut seen, wire| {
                if seen.flag("retain") && seen.number("qos") > 0 {
                    settle(&seen, wire);
                    seen.set("qos", 0_u64);
                }
                wire.deliver(seen);
            })
        })
        .breaks(&["MQTT-3.8.4-6", "MQTT-3.3.1-5"], &["MQTT-3.8.4-8", "MQTT-3.3.1-5"]),
        Fault::new("retained-lost", "drops deliveries with RETAIN", || {
            outgoing(Publish, |seen, wire| match seen.flag("retain") {
                true => settle(&seen, wire),
                false => wire.deliver(seen),
            })
        })
        .breaks(&["MQTT-3.3.1-6", "MQTT-3.3.1-5"], &["MQTT-3.3.1-9", "MQTT-3.3.1-10", "MQTT-3.3.1-5"]),
        Fault::new("retained-once", "sends a retained message to its first new subscriber only", || {
            let mut sent = BTreeSet::new();
            outgoing(Publish, move |seen, wire| match seen.flag("retain") && !sent.insert(payload(&seen)) {
                true => settle(&seen, wire),
                false => wire.deliver(seen),
            })
        })
        .breaks(&["MQTT-3.3.1-6"], &["MQTT-3.3.1-9", "MQTT-3.3.1-10"]),
        Fault::new("retained-first-filter-only", "sends retained messages for the first filter only", || {
            incoming(Subscribe, |mut seen, wire| {
                let mut first = true;
                seen.each("subscriptions", |subscription| {
                    if let Value::Map(fields) = subscription
                        && wire.v5()
                        && !std::mem::take(&mut first)
                    {
                        fields.insert("retain_handling", Value::Number(2));
                    }
                });
                wire.forward(seen);
            })
        })
        .breaks(&[], &["MQTT-3.3.1-9", "MQTT-3.3.1-10", "MQTT-3.8.4-5"]),
        Fault::new(
            "retained-go-with-their-session",
            "deletes the retained messages of a client when it disconnects",
            || {
                let mut retained: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
                all(move |event, wire| {
                    match &event {
                        Event::In(seen) if seen.is(Publish) && seen.flag("retain") => {
                            retained.entry(wire.id).or_default().insert(seen.text("topic"));
                        }
                        Event::In(seen) if seen.is(Disconnect) => {
                            for topic in retained.remove(&wire.id).unwrap_or_default() {
                                wire.ask(Publish, [("topic", Value::text(&topic)), ("retain", Value::Bool(true))]);
                            }
                        }
                        _ => {}
                    }
                    wire.pass(event);
                })
            },
        )
        .breaks(&["MQTT-3.1.2-7"], &["5.0§4.1-b"]),
        Fault::new("retained-to-shared", "sends retained messages to Shared Subscriptions", || {
            let mut kept: BTreeMap<String, Value> = BTreeMap::new();
            all(move |event, wire| match event {
                Event::In(seen) if seen.is(Publish) && seen.flag("retain") => {
                    kept.insert(seen.text("topic"), payload(&seen));
                    wire.forward(seen);
                }
                Event::In(seen) if seen.is(Subscribe) => {
                    let filters = seen.filters();
                    wire.forward(seen);
                    for filter in filters.iter().filter_map(|filter| filter.strip_prefix("$share/")) {
                        let topic = filter.split_once('/').map_or("", |(_, topic)| topic);
                        if let Some(payload) = kept.get(topic) {
                            let retain = ("retain", Value::Bool(true));
                            wire.send(Publish, [("topic", Value::text(topic)), ("payload", payload.clone()), retain]);
                        }
                    }
                }
                event => wire.pass(event),
            })
        })
        .breaks(&[], &["5.0§3.8.4-b"]),
    ]
}
