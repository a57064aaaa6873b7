//! Wrong on one path of delivery only, while the same thing is right on the others: retained, queued, live, shared, after
//! a resumption, and for a Will.

use std::collections::{BTreeMap, BTreeSet};

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{Connack, Connect, Puback, Pubcomp, Publish, Pubrec, Subscribe};

use super::{
    deliveries::{payload, settle},
    subscriptions::{is_unseen, subscribe_unseen},
};
use crate::{
    fault::{Fault, Wrong, all, edit_in, edit_out, outgoing},
    seen::Seen,
    wire::{Event, Wire},
};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = of_retained();
    faults.extend(of_resumed());
    faults.extend(of_live());
    faults
}

fn of_retained() -> Vec<Fault> {
    vec![
        Fault::new("retained-qos-raised", "sends retained QoS 0 messages with QoS 1", || {
            raised(|seen| seen.flag("retain"))
        })
        .breaks(&["MQTT-3.8.4-6"], &["MQTT-3.8.4-8"]),
        Fault::new("retained-as-repeat", "sets DUP on retained messages", || {
            edit_out(Publish, |seen| {
                if seen.flag("retain") && seen.number("qos") > 0 {
                    seen.set("dup", true);
                }
            })
        })
        .breaks(&["MQTT-3.3.1-3", "MQTT-4.3.2-1"], &["MQTT-3.3.1-3", "MQTT-4.3.2-2"]),
        Fault::new("retained-expiry-unsaid", "sends retained messages without their Message Expiry Interval", || {
            edit_out(Publish, |seen| {
                if seen.flag("retain") {
                    seen.remove("message_expiry_interval");
                }
            })
        })
        .breaks(&[], &["MQTT-3.3.2-6"]),
        Fault::new("retained-never-expires", "never expires retained messages", || {
            edit_in(Publish, |seen| {
                if seen.flag("retain") {
                    seen.remove("message_expiry_interval");
                }
            })
        })
        .breaks(&[], &["5.0§3.3.1.3-c", "MQTT-3.3.2-5", "MQTT-3.3.2-6"]),
        Fault::new("retained-without-properties", "retains messages without their properties", || {
            edit_out(Publish, |seen| {
                if seen.flag("retain") {
                    without_properties(seen);
                }
            })
        })
        .breaks(&[], &["MQTT-3.3.2-17", "MQTT-3.3.2-20", "MQTT-3.3.2-15"]),
        Fault::new(
            "retained-not-by-wildcard",
            "looks for retained messages by name, and finds none for a wildcard",
            || {
                let mut wild = BTreeSet::new();
                all(move |event, wire| match &event {
                    Event::In(seen) if seen.is(Subscribe) => {
                        match seen.filters().iter().any(|filter| filter.contains(['+', '#'])) {
                            true => drop(wild.insert(wire.id)),
                            false => drop(wild.remove(&wire.id)),
                        }
                        wire.pass(event);
                    }
                    Event::Out(seen) if seen.is(Publish) && seen.flag("retain") && wild.contains(&wire.id) => {
                        settle(seen, wire);
                    }
                    _ => wire.pass(event),
                })
            },
        )
        .breaks(&["MQTT-3.3.1-6", "3.1.1§3.8.4-b"], &["MQTT-3.3.1-9", "5.0§3.8.4-c"]),
        Fault::new("cleared-without-retain", "clears a retained message by any empty one", || {
            edit_in(Publish, |seen| {
                if payload(seen) == Value::Bytes(Vec::new()) {
                    seen.set("retain", true);
                }
            })
        })
        .breaks(&["MQTT-3.3.1-12"], &["MQTT-3.3.1-8"]),
    ]
}

fn of_resumed() -> Vec<Fault> {
    vec![
        Fault::new("queued-without-properties", "keeps no properties of the messages that it queues", || {
            queued(|mut seen, wire| {
                without_properties(&mut seen);
                wire.deliver(seen);
            })
        })
        .breaks(&[], &["MQTT-3.3.2-17", "MQTT-3.3.2-20", "MQTT-3.3.2-15"]),
        Fault::new("queued-at-qos-1", "queues messages with QoS 1 at most", || {
            let mut lowered = BTreeSet::new();
            all(move |event, wire| match event {
                Event::Out(mut seen) if is_queued(&seen) && seen.number("qos") == 2 => {
                    lowered.insert((wire.id, seen.number("packet_id")));
                    seen.set("qos", 1_u64);
                    wire.deliver(seen);
                }
                Event::In(seen) if lowered.remove(&(wire.id, seen.number("packet_id"))) => {
                    wire.ask(Pubrec, [("packet_id", Value::Number(seen.number("packet_id")))]);
                    wire.ask(Pubcomp, [("packet_id", Value::Number(seen.number("packet_id")))]);
                }
                event => wire.pass(event),
            })
        })
        .breaks(&["MQTT-3.8.4-6"], &["MQTT-3.8.4-8"]),
        Fault::new("qos-of-the-subscription", "treats QoS 0 messages as QoS 1, and queues them", || {
            const OURS: u64 = 60_000;
            let mut next = OURS;
            all(move |event, wire| match event {
                Event::In(mut seen) if seen.is(Publish) && seen.number("qos") == 0 => {
                    next += 1;
                    seen.set("qos", 1_u64);
                    seen.set("packet_id", next);
                    wire.forward(seen);
                }
                Event::Out(seen) if seen.is(Puback) && seen.number("packet_id") > OURS => {}
                event => wire.pass(event),
            })
        })
        .breaks(&["MQTT-3.8.4-6"], &["MQTT-3.8.4-8"]),
        Fault::new("queue-of-one", "queues one message for a client that is away", || {
            let mut had = BTreeSet::new();
            queued(move |seen, wire| match had.insert(wire.id) {
                true => wire.deliver(seen),
                false => settle(&seen, wire),
            })
        })
        .breaks(&["MQTT-3.1.2-5", "MQTT-4.1.0-1", "MQTT-4.5.0-1"], &["MQTT-3.1.2-23", "MQTT-4.1.0-1", "MQTT-4.5.0-1"]),
        Fault::new("identifiers-forgotten-on-resumption", "keeps no Subscription Identifiers in a Session", || {
            let mut resumed = BTreeSet::new();
            all(move |mut event, wire| {
                match &mut event {
                    Event::Out(seen) if seen.is(Connack) && seen.flag("session_present") => {
                        resumed.insert(wire.id);
                    }
                    Event::Out(seen) if seen.is(Publish) && resumed.contains(&wire.id) => {
                        seen.remove("subscription_identifiers");
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&[], &["MQTT-3.3.4-3", "MQTT-3.3.4-4", "5.0§3.8.4-d"]),
        Fault::new("take-over-ends-the-session", "starts a new Session when a client takes its own over", || {
            let mut open: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
            all(move |mut event, wire| {
                match &mut event {
                    Event::In(seen) if seen.is(Connect) => {
                        let client = wire.peer().client_id();
                        if open.values().any(|other| *other == client) {
                            seen.set("clean_start", true);
                        }
                        open.insert(wire.id, client);
                    }
                    Event::ClientCloses | Event::BrokerCloses => drop(open.remove(&wire.id)),
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.1.2-4", "MQTT-4.1.0-1", "MQTT-3.2.2-2"], &["MQTT-3.1.2-5", "MQTT-4.1.0-1", "MQTT-3.2.2-3"]),
        Fault::new("subscriptions-outlive-the-session", "keeps the Subscriptions of a Session that it ends", || {
            let mut made: BTreeMap<Vec<u8>, BTreeSet<String>> = BTreeMap::new();
            all(move |event, wire| {
                let made = made.entry(wire.peer().client_id()).or_default();
                match event {
                    Event::In(seen) if seen.is(Subscribe) => {
                        made.extend(seen.filters());
                        wire.forward(seen);
                    }
                    Event::Out(seen) if seen.is(Connack) && seen.number("reason_code") == 0 => {
                        let ended = !seen.flag("session_present");
                        wire.deliver(seen);
                        made.iter().filter(|_| ended).for_each(|filter| subscribe_unseen(filter, wire));
                    }
                    Event::Out(seen) if is_unseen(&seen) => {}
                    event => wire.pass(event),
                }
            })
        })
        .breaks(&["MQTT-3.1.2-6"], &["MQTT-3.1.2-4", "MQTT-4.1.0-2", "5.0§3.1.2.11.2-b"]),
    ]
}

fn of_live() -> Vec<Fault> {
    vec![
        Fault::new("every-second-qos-1-lost", "loses every second live QoS 1 message", || {
            let mut odd = false;
            outgoing(Publish, move |seen, wire| {
                let is_live = seen.number("qos") == 1 && seen.first && !seen.flag("retain");
                odd ^= is_live;
                if is_live && !odd { settle(&seen, wire) } else { wire.deliver(seen) }
            })
        })
        .breaks(&["MQTT-4.5.0-1"], &["MQTT-4.5.0-1"]),
        Fault::new("will-twice", "publishes a Will twice", || {
            let mut wills: BTreeSet<(String, Value)> = BTreeSet::new();
            all(move |event, wire| {
                if let Event::In(seen) = &event
                    && seen.is(Connect)
                    && let Some(Value::Map(will)) = seen.get("will")
                {
                    let topic = will.get("topic").and_then(Value::as_bytes).unwrap_or_default();
                    let payload = will.get("payload").cloned().unwrap_or(Value::Bytes(Vec::new()));
                    wills.insert((String::from_utf8_lossy(topic).into_owned(), payload));
                }
                let again = match &event {
                    Event::Out(seen) if seen.is(Publish) && wills.contains(&(seen.text("topic"), payload(seen))) => {
                        (!seen.flag("retain") && seen.number("qos") == 0).then(|| seen.clone())
                    }
                    _ => None,
                };
                wire.pass(event);
                if let Some(again) = again {
                    wire.deliver(again);
                }
            })
        })
        .breaks(&["MQTT-3.1.2-10", "3.1.1§4.3.1-a"], &["MQTT-3.1.2-10", "5.0§4.3.1-a"]),
        Fault::new("shared-at-qos-0", "delivers with QoS 0 to Shared Subscriptions", || {
            shared(|mut seen, wire| {
                settle(&seen, wire);
                seen.set("qos", 0_u64);
                seen.remove("dup");
                wire.deliver(seen);
            })
        })
        .breaks(&[], &["MQTT-4.8.2-3", "MQTT-3.8.4-8"]),
        Fault::new(
            "shared-filter-as-topic",
            "delivers to a Shared Subscription with $share/g/ before the topic",
            || {
                shared(|mut seen, wire| {
                    seen.set("topic", format!("$share/g/{}", seen.text("topic")).as_str());
                    wire.deliver(seen);
                })
            },
        )
        .breaks(&[], &["MQTT-3.3.2-3", "MQTT-4.7.3-4", "5.0§4.8.2-c"]),
    ]
}

/// Delivers QoS 0 messages with QoS 1, and keeps their acknowledgements from the broker.
fn raised(which: impl Fn(&Seen) -> bool + 'static) -> Wrong {
    const OURS: u64 = 50_000;
    let mut next = OURS;
    all(move |event, wire| match event {
        Event::Out(mut seen) if seen.is(Publish) && seen.number("qos") == 0 && which(&seen) => {
            next += 1;
            seen.set("qos", 1_u64);
            seen.set("packet_id", next);
            wire.deliver(seen);
        }
        Event::In(seen) if seen.packet_type.is_some() && !seen.is(Publish) && seen.number("packet_id") > OURS => {}
        event => wire.pass(event),
    })
}

fn without_properties(seen: &mut Seen) {
    for property in ["user_properties", "content_type", "response_topic", "correlation_data"] {
        seen.remove(property);
    }
}

/// A message that stands behind CONNACK in its write.
fn is_queued(seen: &Seen) -> bool {
    seen.is(Publish) && !seen.first && !seen.flag("retain")
}

fn queued(mut act: impl FnMut(Seen, &mut Wire<'_>) + 'static) -> Wrong {
    all(move |event, wire| match event {
        Event::Out(seen) if is_queued(&seen) => act(seen, wire),
        event => wire.pass(event),
    })
}

/// Deliveries to clients that have a Shared Subscription.
fn shared(mut act: impl FnMut(Seen, &mut Wire<'_>) + 'static) -> Wrong {
    let mut members = BTreeSet::new();
    all(move |event, wire| match event {
        Event::In(seen) if seen.is(Subscribe) => {
            if seen.filters().iter().any(|filter| filter.starts_with("$share/")) {
                members.insert(wire.id);
            }
            wire.forward(seen);
        }
        Event::Out(seen) if seen.is(Publish) && members.contains(&wire.id) => act(seen, wire),
        event => wire.pass(event),
    })
}
