//! What belongs to one connection or one version, and reaches another.

use std::collections::{BTreeMap, BTreeSet};

use mqttspec::packet::Value;
use mqttspec_codec::{
    PacketType::{Connack, Connect, Publish, Suback, Subscribe},
    Version,
};

use crate::{
    fault::{Fault, Wrong, all, edit_out, malformed},
    seen::Seen,
    table::deliveries::payload,
    wire::Event,
};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = aliases();
    faults.extend(versions());
    faults.extend([
        Fault::new("granted-qos-0-not-kept", "says that it grants QoS 0, and delivers with the QoS asked for", || {
            edit_out(Suback, |seen| {
                seen.each("reason_codes", |code| {
                    if code.as_number().is_some_and(|code| code < 0x80) {
                        *code = Value::Number(0);
                    }
                });
            })
        })
        .breaks(&["MQTT-3.8.4-6"], &["MQTT-3.8.4-8"]),
        Fault::new("shared-queue-breaks", "closes instead of delivering what waited for a member of a group", || {
            let (mut sharing, mut resumed): (BTreeSet<Vec<u8>>, BTreeSet<u64>) = Default::default();
            all(move |event, wire| match event {
                Event::In(seen) if seen.is(Subscribe) => {
                    if seen.filters().iter().any(|filter| filter.starts_with("$share/")) {
                        sharing.insert(wire.peer().client_id());
                    }
                    wire.forward(seen);
                }
                Event::Out(seen) if seen.is(Connack) && seen.flag("session_present") => {
                    resumed.insert(wire.id);
                    wire.deliver(seen);
                }
                Event::Out(seen)
                    if seen.is(Publish)
                        && !seen.first
                        && resumed.contains(&wire.id)
                        && sharing.contains(&wire.peer().client_id()) =>
                {
                    wire.cut();
                }
                event => wire.pass(event),
            })
        })
        .breaks(&[], &["MQTT-4.5.0-1"]),
        Fault::new("response-topic-without-wildcard", "replaces a wildcard in a Response Topic", || {
            malformed(Publish, |seen, wire| {
                wire.forward(seen.raw(|bytes| {
                    for byte in bytes.iter_mut().skip(2) {
                        if b"+#".contains(byte) {
                            *byte = b'Q';
                        }
                    }
                }));
            })
        })
        .breaks(&[], &["MQTT-3.3.2-15"]),
    ]);
    faults
}

/// Topic Aliases of the Server.
fn aliases() -> Vec<Fault> {
    vec![
        Fault::new("alias-of-the-session", "uses a Topic Alias that it set on an earlier connection", || {
            remembered(|_| true)
        })
        .breaks(&[], &["5.0§3.3.4-b", "MQTT-3.3.2-7"]),
        Fault::new("alias-in-the-queue", "queues messages without a Topic Name, by Topic Alias", || {
            remembered(|seen| !seen.first && !seen.flag("dup") && !seen.flag("retain"))
        })
        .breaks(&[], &["5.0§3.3.4-b", "MQTT-3.3.2-7"]),
        Fault::new("alias-in-flight", "sends messages again as they were, by Topic Alias", || {
            remembered(|seen| seen.flag("dup"))
        })
        .breaks(&[], &["5.0§3.3.4-b", "MQTT-3.3.2-7"]),
        Fault::new("alias-maximum-of-the-session", "keeps to the Topic Alias Maximum of an earlier CONNECT", || {
            let mut first: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
            all(move |mut event, wire| {
                let client = wire.peer().client_id();
                match &mut event {
                    Event::In(seen) if seen.is(Connect) => {
                        first.entry(client).or_insert(seen.number("topic_alias_maximum"));
                    }
                    Event::Out(seen) if seen.is(Publish) && wire.peer().limit("topic_alias_maximum") == Some(0) => {
                        if let Some(1..) = first.get(&client) {
                            seen.set("topic_alias", 1_u64);
                        }
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&[], &["MQTT-3.1.2-27", "MQTT-3.1.2-26"]),
    ]
}

/// Sets Topic Alias 1 for the first topic on each connection, and leaves that topic out when it comes again. For the
/// messages for which `wrong` says so, it does not matter on which connection of the Client the alias was set.
fn remembered(wrong: fn(&Seen) -> bool) -> Wrong {
    let mut by_connection: BTreeMap<u64, String> = BTreeMap::new();
    let mut by_client: BTreeMap<Vec<u8>, String> = BTreeMap::new();
    all(move |event, wire| match event {
        Event::Out(mut seen)
            if seen.is(Publish)
                && wire.v5()
                && wire.peer().limit("topic_alias_maximum").is_some_and(|most| most > 0) =>
        {
            let (client, topic) = (wire.peer().client_id(), seen.text("topic"));
            let kept = if wrong(&seen) { by_client.get(&client) } else { by_connection.get(&wire.id) };
            match kept.map(|kept| *kept == topic) {
                Some(true) => {
                    seen.set("topic_alias", 1_u64);
                    seen.set("topic", "");
                }
                Some(false) => {}
                None => {
                    seen.set("topic_alias", 1_u64);
                    by_connection.insert(wire.id, topic.clone());
                    by_client.insert(client, topic);
                }
            }
            wire.deliver(seen);
        }
        event => wire.pass(event),
    })
}

/// A way of a message from a Client of one version to one of the other.
struct Way {
    name: &'static str,
    messages: &'static str,
    breaks: &'static [&'static str],
    breaks_v3_1_1: &'static [&'static str],
    takes: fn(&Seen, Origin) -> bool,
}

const WAYS: [Way; 4] = [
    Way {
        name: "live",
        messages: "live messages",
        breaks: &["MQTT-4.5.0-1"],
        breaks_v3_1_1: &["MQTT-4.5.0-1"],
        takes: |seen, origin| seen.first && !seen.flag("retain") && !origin.will,
    },
    Way {
        name: "retained",
        messages: "retained messages",
        breaks: &["MQTT-4.5.0-1", "MQTT-3.3.1-5"],
        breaks_v3_1_1: &["MQTT-4.5.0-1", "MQTT-3.3.1-5"],
        takes: |seen, _| seen.flag("retain"),
    },
    Way {
        name: "queued",
        messages: "messages that waited",
        breaks: &["MQTT-4.5.0-1"],
        breaks_v3_1_1: &["MQTT-4.5.0-1"],
        takes: |seen, origin| !seen.first && !seen.flag("retain") && !origin.will,
    },
    Way {
        name: "will",
        messages: "Will Messages",
        breaks: &["MQTT-4.5.0-1", "MQTT-3.1.2-7", "MQTT-3.1.2-8"],
        breaks_v3_1_1: &["MQTT-4.5.0-1", "MQTT-3.1.2-8"],
        takes: |_, origin| origin.will,
    },
];

/// Where a message comes from.
#[derive(Debug, Clone, Copy)]
struct Origin {
    version: Version,
    will: bool,
}

fn versions() -> Vec<Fault> {
    let directions = [
        (Version::V3_1_1, "to-3-1-1-with-properties", "puts the properties of 5.0 into the payload for 3.1.1 of"),
        (Version::V5, "to-5-0-without-properties", "takes the payload of 3.1.1 Clients for properties in"),
    ];
    let mut faults = Vec::new();
    for way in &WAYS {
        for (to, name, does) in directions {
            let fault = Fault::new(format!("{}-{name}", way.name), format!("{does} {}", way.messages), move || {
                let mut origins: BTreeMap<Value, Origin> = BTreeMap::new();
                all(move |mut event, wire| {
                    match &mut event {
                        Event::In(seen) if seen.is(Publish) => {
                            origins.insert(payload(seen), Origin { version: wire.version(), will: false });
                        }
                        Event::In(seen) if seen.is(Connect) => {
                            if let Some(Value::Map(will)) = seen.get("will") {
                                let payload = will.get("payload").cloned().unwrap_or(Value::Bytes(Vec::new()));
                                origins.insert(payload, Origin { version: wire.version(), will: true });
                            }
                        }
                        Event::Out(seen) if seen.is(Publish) && wire.version() == to => {
                            let origin = origins.get(&payload(seen)).copied();
                            let other = origin.filter(|origin| origin.version != to);
                            if other.is_some_and(|origin| (way.takes)(seen, origin)) {
                                mistake(seen, to);
                            }
                        }
                        _ => {}
                    }
                    wire.pass(event);
                })
            });
            // the statement is that of the version of the Client which gets the message
            faults.push(match to {
                Version::V5 => fault.breaks(&[], way.breaks),
                _ => fault.breaks(way.breaks_v3_1_1, way.breaks),
            });
        }
    }
    faults
}

fn mistake(seen: &mut Seen, to: Version) {
    let Value::Bytes(mut bytes) = payload(seen) else { return };
    match (to, bytes.first()) {
        (Version::V5, Some(length)) if usize::from(*length) < bytes.len() => {
            drop(bytes.drain(..=usize::from(*length)));
        }
        (Version::V5, _) => {}
        _ => bytes.insert(0, 0),
    }
    seen.set("payload", bytes);
}
