//! Slips: a layout of one packet, a special case or a corner that a broker has forgotten, while everything around it is
//! right.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{
    Connack, Connect, Pingreq, Pingresp, Puback, Pubcomp, Publish, Pubrel, Suback, Subscribe, Unsuback, Unsubscribe,
};

use super::deliveries::settle;
use crate::{
    fault::{Fault, Wrong, all, edit_in, edit_out, incoming, outgoing},
    seen::Seen,
    wire::Event,
};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = of_layout();
    faults.extend(of_requests());
    faults.extend(of_messages());
    faults.extend(of_connections());
    faults
}

/// Replaces the bytes of each packet of that type.
fn rewritten(of: mqttspec_codec::PacketType, v5: bool, how: fn(&mut Vec<u8>)) -> Wrong {
    outgoing(of, move |seen, wire| match wire.v5() == v5 {
        true => wire.deliver(seen.raw(how)),
        false => wire.deliver(seen),
    })
}

fn of_layout() -> Vec<Fault> {
    vec![
        Fault::new("suback-of-no-code", "grants with a code that SUBACK does not have", || {
            outgoing(Suback, |seen, wire| wire.deliver(seen.raw(|bytes| *bytes.last_mut().expect("a code") = 0x03)))
        })
        .breaks(&["MQTT-3.9.3-2"], &["MQTT-3.9.3-2"])
        .coarse(),
        Fault::new("unsuback-with-a-code", "sends UNSUBACK with a code to clients before v5", || {
            rewritten(Unsuback, false, |bytes| {
                bytes[1] = 3;
                bytes.push(0);
            })
        })
        .breaks(&["3.1.1§3.4.1-a"], &[])
        .coarse(),
        Fault::new("puback-with-a-code", "sends PUBACK with a Reason Code to clients before v5", || {
            rewritten(Puback, false, |bytes| {
                bytes[1] = 3;
                bytes.push(0);
            })
        })
        .breaks(&["3.1.1§3.4.1-a"], &[])
        .coarse(),
        Fault::new("pingresp-with-payload", "sends PINGRESP with a byte of payload", || {
            outgoing(Pingresp, |seen, wire| wire.deliver(seen.raw(|bytes| *bytes = vec![0xD0, 1, 0])))
        })
        .breaks(&["3.1.1§3.4.1-a"], &["5.0§3.13.1-a"])
        .coarse(),
        Fault::new("pingresp-flags", "sets a flag of PINGRESP", || {
            outgoing(Pingresp, |seen, wire| wire.deliver(seen.raw(|bytes| bytes[0] |= 1)))
        })
        .breaks(&["MQTT-2.2.2-1"], &["MQTT-2.1.3-1"])
        .coarse(),
        Fault::new("dup-at-qos-0", "sets DUP on QoS 0 deliveries", || {
            outgoing(Publish, |seen, wire| match seen.number("qos") {
                0 => wire.deliver(seen.raw(|bytes| bytes[0] |= 0x08)),
                _ => wire.deliver(seen),
            })
        })
        .breaks(&["MQTT-3.3.1-2", "MQTT-4.3.1-1"], &["MQTT-3.3.1-2", "MQTT-4.3.1-1"])
        .coarse(),
        Fault::new("receive-maximum-0", "announces a Receive Maximum of 0", || {
            rewritten(Connack, true, |bytes| {
                if bytes[3] == 0 {
                    bytes[1] += 3;
                    bytes[4] += 3;
                    bytes.extend([0x21, 0, 0]);
                }
            })
        })
        .breaks(&[], &["5.0§3.2.2.3.3-a"])
        .coarse(),
        Fault::new(
            "subscription-identifier-unasked",
            "sends a Subscription Identifier where the client gave none",
            || {
                edit_out(Publish, |seen| {
                    if seen.get("subscription_identifiers").is_none() {
                        seen.set("subscription_identifiers", Value::List(vec![Value::Number(1)]));
                    }
                })
            },
        )
        .breaks(&[], &["5.0§3.3.4-c", "5.0§3.8.2.1.2-c"])
        .coarse(),
    ]
}

fn of_requests() -> Vec<Fault> {
    vec![
        Fault::new("unknown-pubrel-unanswered", "answers no PUBREL with an unknown Packet Identifier", || {
            let mut open: BTreeSet<(Vec<u8>, u64)> = BTreeSet::new();
            all(move |event, wire| {
                let key = |seen: &Seen, client| (client, seen.number("packet_id"));
                match &event {
                    Event::In(seen) if seen.is(Publish) => drop(open.insert(key(seen, wire.peer().client_id()))),
                    Event::In(seen) if seen.is(Pubrel) && !open.contains(&key(seen, wire.peer().client_id())) => return,
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-4.3.3-2"], &["5.0§3.7.2.1-b", "MQTT-4.3.3-11"]),
        Fault::new("vain-unsubscribe-unanswered", "does not answer an UNSUBSCRIBE that ends no Subscription", || {
            let mut made: BTreeSet<(Vec<u8>, String)> = BTreeSet::new();
            all(move |event, wire| {
                let client = wire.peer().client_id();
                match &event {
                    Event::In(seen) if seen.is(Subscribe) => {
                        made.extend(seen.filters().into_iter().map(|filter| (client.clone(), filter)));
                    }
                    Event::In(seen) if seen.is(Unsubscribe) => {
                        let ended =
                            seen.filters().into_iter().filter(|filter| made.remove(&(client.clone(), filter.clone())));
                        if ended.count() == 0 {
                            return;
                        }
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.10.4-5", "MQTT-3.10.4-4"], &["MQTT-3.10.4-5", "MQTT-3.10.4-4"]),
        Fault::new("repeated-subscribe-unanswered", "does not answer a SUBSCRIBE to a filter that it has", || {
            let (mut made, mut silent) = (BTreeSet::new(), BTreeSet::new());
            all(move |event, wire| {
                match &event {
                    Event::In(seen) if seen.is(Subscribe) => {
                        for filter in seen.filters() {
                            if !made.insert((wire.id, filter)) {
                                silent.insert((wire.id, seen.number("packet_id")));
                            }
                        }
                    }
                    Event::Out(seen) if seen.is(Suback) && silent.remove(&(wire.id, seen.number("packet_id"))) => {
                        return;
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.8.4-1"], &["MQTT-3.8.4-1"]),
        Fault::new(
            "request-identifier-in-use",
            "refuses a SUBSCRIBE with a Packet Identifier that it uses itself",
            || {
                let mut open: BTreeSet<(Vec<u8>, u64)> = BTreeSet::new();
                all(move |event, wire| {
                    let key = |seen: &Seen, client| (client, seen.number("packet_id"));
                    let client = wire.peer().client_id();
                    match &event {
                        Event::Out(seen) if seen.is(Publish) => drop(open.insert(key(seen, client))),
                        Event::In(seen) if seen.is(Puback) || seen.is(Pubcomp) => drop(open.remove(&key(seen, client))),
                        Event::In(seen) if seen.is(Subscribe) && open.contains(&key(seen, client)) => {
                            let code = if wire.v5() { 0x91 } else { 0x80 };
                            let codes = seen.filters().iter().map(|_| Value::Number(code)).collect();
                            let id = Value::Number(seen.number("packet_id"));
                            return wire.send(Suback, [("packet_id", id), ("reason_codes", Value::List(codes))]);
                        }
                        _ => {}
                    }
                    wire.pass(event);
                })
            },
        )
        .breaks(&["3.1.1§2.3.1-a"], &["5.0§2.2.1-a"]),
        Fault::new(
            "subscription-identifier-stays",
            "keeps the old Subscription Identifier at a SUBSCRIBE without one",
            || {
                let mut identifiers: BTreeMap<(u64, Vec<String>), u64> = BTreeMap::new();
                incoming(Subscribe, move |mut seen, wire| {
                    let key = (wire.id, seen.filters());
                    match (seen.number("subscription_identifier"), identifiers.get(&key)) {
                        (0, Some(id)) => seen.set("subscription_identifier", *id),
                        (0, None) => {}
                        (id, _) => drop(identifiers.insert(key, id)),
                    }
                    wire.forward(seen);
                })
            },
        )
        .breaks(&[], &["5.0§3.8.2.1.2-c", "5.0§3.8.4-d", "MQTT-3.8.4-3"]),
        Fault::new("shared-never-left", "answers an UNSUBSCRIBE from a Shared Subscription and ignores it", || {
            incoming(Unsubscribe, |seen, wire| {
                let filters = seen.filters();
                if !filters.iter().all(|filter| filter.starts_with("$share/")) {
                    return wire.forward(seen);
                }
                let codes = filters.iter().map(|_| Value::Number(0)).collect();
                let id = Value::Number(seen.number("packet_id"));
                wire.send(Unsuback, [("packet_id", id), ("reason_codes", Value::List(codes))]);
            })
        })
        .breaks(&[], &["5.0§3.10.4-b", "5.0§4.8.2-d", "MQTT-3.10.4-1"]),
    ]
}

fn of_messages() -> Vec<Fault> {
    let topic = |name, does, how: fn(String) -> String| {
        Fault::new(name, does, move || {
            edit_out(Publish, move |seen| seen.set("topic", how(seen.text("topic")).as_str()))
        })
        .breaks(&["MQTT-4.7.3-4", "MQTT-3.3.2-3"], &["MQTT-4.7.3-4", "MQTT-3.3.2-3"])
    };
    vec![
        topic("topic-loses-first-slash", "delivers a topic without the slash at its beginning", |topic| {
            topic.trim_start_matches('/').to_owned()
        }),
        topic("topic-loses-empty-levels", "delivers a topic without its empty levels", |topic| {
            topic.replace("//", "/")
        }),
        topic("topic-as-ascii", "delivers a topic with ? for every character that is not ASCII", |topic| {
            topic.chars().map(|char| if char.is_ascii() { char } else { '?' }).collect()
        }),
        topic("topic-without-blanks", "delivers a topic without its blanks", |topic| topic.replace(' ', "")),
        Fault::new("plus-not-empty", "lets + match no empty level", || {
            let mut plus = BTreeSet::new();
            all(move |event, wire| match &event {
                Event::In(seen) if seen.is(Subscribe) => {
                    if seen.filters().iter().any(|filter| filter.contains('+')) {
                        plus.insert(wire.id);
                    }
                    wire.pass(event);
                }
                Event::Out(seen) if seen.is(Publish) && plus.contains(&wire.id) => {
                    let topic = seen.text("topic");
                    if topic.split('/').any(str::is_empty) { settle(seen, wire) } else { wire.pass(event) }
                }
                _ => wire.pass(event),
            })
        })
        .breaks(&["3.1.1§4.7.1-a"], &["5.0§4.7.1.1-a", "5.0§4.7.1.3-a"]),
        Fault::new("empty-strings-lost", "drops properties that are empty", || {
            edit_in(Publish, |seen| {
                for name in ["content_type", "correlation_data", "response_topic"] {
                    if seen.get(name).and_then(Value::as_bytes).is_some_and(<[u8]>::is_empty) {
                        seen.remove(name);
                    }
                }
            })
        })
        .breaks(&[], &["MQTT-3.3.2-20", "MQTT-3.3.2-16", "MQTT-3.3.2-15"]),
        Fault::new("correlation-data-as-text", "treats Correlation Data as UTF-8", || {
            edit_in(Publish, |seen| {
                if seen.get("correlation_data").is_some() {
                    let text = seen.text("correlation_data");
                    seen.set("correlation_data", text.into_bytes());
                }
            })
        })
        .breaks(&[], &["MQTT-3.3.2-16"]),
        Fault::new("response-topic-uppercase", "writes Response Topics in upper case", || {
            edit_in(Publish, |seen| {
                if seen.get("response_topic").is_some() {
                    let topic = seen.text("response_topic").to_uppercase();
                    seen.set("response_topic", topic.as_str());
                }
            })
        })
        .breaks(&[], &["MQTT-3.3.2-15"]),
        Fault::new("expiry-doubled", "passes on twice the Message Expiry Interval", || {
            edit_out(Publish, |seen| {
                if let interval @ 1.. = seen.number("message_expiry_interval") {
                    seen.set("message_expiry_interval", (interval * 2).min(0xFFFF_FFFF));
                }
            })
        })
        .breaks(&[], &["MQTT-3.3.2-6"]),
        Fault::new("qos-1-repeat-dropped", "drops a QoS 1 message with DUP whose identifier it has seen", || {
            let mut used: BTreeSet<(Vec<u8>, u64)> = BTreeSet::new();
            incoming(Publish, move |seen, wire| {
                let key = (wire.peer().client_id(), seen.number("packet_id"));
                if seen.number("qos") == 1 && !used.insert(key) && seen.flag("dup") {
                    return wire.send(Puback, [("packet_id", Value::Number(seen.number("packet_id")))]);
                }
                wire.forward(seen);
            })
        })
        .breaks(&["MQTT-4.3.2-2"], &["MQTT-4.3.2-5"]),
    ]
}

fn of_connections() -> Vec<Fault> {
    vec![
        Fault::new("session-present-of-the-past", "says Session Present 1 to a clean start of a known client", || {
            let mut known: BTreeSet<Vec<u8>> = BTreeSet::new();
            outgoing(Connack, move |mut seen, wire| {
                let again = !known.insert(wire.peer().client_id());
                if again
                    && seen.number("reason_code") == 0
                    && wire.peer().connect.get("clean_start") == Some(&Value::Bool(true))
                {
                    seen.set("session_present", true);
                }
                wire.deliver(seen);
            })
        })
        .breaks(&["MQTT-3.2.2-1"], &["MQTT-3.2.2-2"]),
        Fault::new("keep-alive-by-pings-only", "restarts the Keep Alive at PINGREQ only", || {
            let mut last: BTreeMap<u64, Duration> = BTreeMap::new();
            all(move |event, wire| {
                if let Event::In(seen) = &event {
                    let since = wire.now - *last.entry(wire.id).or_insert(wire.now);
                    let limit = wire.peer().limit("keep_alive").unwrap_or_default() * 1500;
                    if limit > 0 && since > Duration::from_millis(limit) {
                        return wire.cut();
                    }
                    if seen.is(Pingreq) {
                        last.insert(wire.id, wire.now);
                    }
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.1.2-24"], &["MQTT-3.1.2-22"]),
        Fault::new("receive-maximum-of-the-first", "keeps the first Receive Maximum of a Session", || {
            let mut first: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
            incoming(Connect, move |mut seen, wire| {
                let own = seen.get("receive_maximum").and_then(Value::as_number).unwrap_or(0xFFFF);
                let kept = *first.entry(wire.peer().client_id()).or_insert(own);
                if kept != own && wire.v5() {
                    seen.set("receive_maximum", kept);
                }
                wire.forward(seen);
            })
        })
        .breaks(&[], &["5.0§4.9-c", "5.0§3.1.2.11.3-c", "MQTT-3.3.4-9"]),
    ]
}
