//! Answers: of the wrong kind, too few, or with a code that the packet cannot have.

use std::collections::{BTreeMap, BTreeSet};

use mqttspec::packet::Value;
use mqttspec_codec::{
    PacketType::{self, Connack, Connect, Puback, Pubcomp, Publish, Pubrec, Pubrel, Suback, Subscribe, Unsuback},
    Version,
};

use crate::{
    fault::{Fault, Wrong, all, edit_in, edit_out, incoming, outgoing},
    seen::Seen,
    wire::Event,
};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = vec![
        Fault::new("any-acknowledgement-for-qos-1", "takes any acknowledgement for that of a QoS 1 message", || {
            any_acknowledgement(1)
        })
        .breaks(&["MQTT-4.3.2-1", "MQTT-4.4.0-1"], &["MQTT-4.3.2-3", "MQTT-4.4.0-1"]),
        Fault::new("any-acknowledgement-for-qos-2", "takes any acknowledgement for that of a QoS 2 message", || {
            any_acknowledgement(2)
        })
        .breaks(&["MQTT-4.3.3-1", "MQTT-4.4.0-1"], &["MQTT-4.3.3-3", "MQTT-4.4.0-1"]),
        Fault::new("third-copy-closes", "closes on the third copy of a QoS 2 PUBLISH", || {
            let mut copies: BTreeMap<(u64, u64), usize> = BTreeMap::new();
            incoming(Publish, move |seen, wire| {
                let count = copies.entry((wire.id, seen.number("packet_id"))).or_default();
                *count += usize::from(seen.number("qos") == 2 && (seen.flag("dup") || *count == 0));
                if *count > 2 { wire.cut() } else { wire.forward(seen) }
            })
        })
        .breaks(&["MQTT-4.3.3-2"], &["MQTT-4.3.3-10"]),
        Fault::new(
            "qos-2-as-far-as-granted",
            "grants QoS 1, and treats a PUBLISH with QoS 2 as one with QoS 1",
            || {
                all(|mut event, wire| {
                    match &mut event {
                        Event::In(seen) if seen.is(Publish) && seen.number("qos") == 2 => seen.set("qos", 1_u64),
                        Event::Out(seen) if seen.is(Suback) => grant_at_most(1, seen),
                        _ => {}
                    }
                    wire.pass(event);
                })
            },
        )
        .breaks(&["MQTT-3.3.4-1", "MQTT-4.3.3-2"], &["MQTT-3.3.4-1", "MQTT-4.3.3-8"]),
        Fault::new("qos-2-not-answered", "grants QoS 1, and ignores a PUBLISH with QoS 2", || ignores(2))
            .breaks(&["MQTT-3.3.4-1", "MQTT-4.3.3-2"], &["MQTT-3.3.4-1", "MQTT-4.3.3-8"]),
        Fault::new("qos-1-not-answered", "grants QoS 0, and ignores a PUBLISH with QoS 1", || ignores(1))
            .breaks(&["MQTT-3.3.4-1", "MQTT-4.3.2-2"], &["MQTT-3.3.4-1", "MQTT-4.3.2-4"]),
        Fault::new("ten-messages-a-write", "ignores more than ten QoS 1 messages of a write", || {
            let mut count = 0;
            all(move |event, wire| {
                if let Event::In(seen) = &event {
                    count = if seen.first { 0 } else { count };
                    count += usize::from(seen.is(Publish) && seen.number("qos") == 1);
                    if seen.is(Publish) && seen.number("qos") == 1 && count > 10 {
                        return;
                    }
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-4.3.2-2", "MQTT-3.3.4-1"], &["MQTT-4.3.2-4", "MQTT-3.3.4-1"]),
        Fault::new("suback-grants-what-is-refused", "says in SUBACK that it grants what it refuses", || {
            edit_out(Suback, |seen| {
                seen.each("reason_codes", |code| {
                    if code.as_number().is_some_and(|code| code >= 0x80) {
                        *code = Value::Number(0);
                    }
                });
            })
        })
        .breaks(&["MQTT-3.8.3-2", "MQTT-3.8.4-5"], &["MQTT-3.8.4-6", "MQTT-4.13.1-1"]),
    ];
    faults.push(
        explained_twice("suback-explained-twice", "sends two Reason Strings in SUBACK", Suback)
            .breaks(&[], &["5.0§3.9.2.1.2-a"]),
    );
    faults.push(
        explained_twice("unsuback-explained-twice", "sends two Reason Strings in UNSUBACK", Unsuback)
            .breaks(&[], &["5.0§3.11.2.1.2-a"]),
    );
    faults.extend(codes());
    faults.extend(features());
    faults
}

/// Puts two Reason Strings into these answers, if they have no properties and are short.
fn explained_twice(name: &'static str, does: &'static str, of: PacketType) -> Fault {
    Fault::new(name, does, move || {
        outgoing(of, |seen, wire| {
            let bytes = seen.bytes();
            match bytes.get(4) {
                Some(0) if wire.v5() && bytes.len() < 100 => wire.deliver(seen.raw(|bytes| {
                    let strings = [0x1F, 0, 1, b'a', 0x1F, 0, 1, b'b'];
                    bytes[1] += 8;
                    bytes[4] = 8;
                    drop(bytes.splice(5..5, strings));
                })),
                _ => wire.deliver(seen),
            }
        })
    })
}

/// Completes the delivery of a message with that QoS, whatever acknowledges it.
fn any_acknowledgement(qos: u64) -> Wrong {
    let mut open: BTreeMap<(Vec<u8>, u64), u64> = BTreeMap::new();
    let mut over: BTreeSet<(Vec<u8>, u64)> = BTreeSet::new();
    all(move |event, wire| {
        let key = |seen: &Seen, client| (client, seen.number("packet_id"));
        match event {
            Event::Out(seen) if seen.is(Publish) => {
                open.insert(key(&seen, wire.peer().client_id()), seen.number("qos"));
                wire.deliver(seen);
            }
            Event::In(seen)
                if (seen.is(Puback) || seen.is(Pubrec) || seen.is(Pubcomp))
                    && open.get(&key(&seen, wire.peer().client_id())) == Some(&qos)
                    && !seen.is(if qos == 1 { Puback } else { Pubrec }) =>
            {
                let id = Value::Number(seen.number("packet_id"));
                match qos {
                    1 => wire.ask(Puback, [("packet_id", id)]),
                    _ => {
                        over.insert(key(&seen, wire.peer().client_id()));
                        wire.ask(Pubrec, [("packet_id", id.clone())]);
                        wire.ask(Pubcomp, [("packet_id", id)]);
                    }
                }
            }
            Event::In(seen) if seen.is(Pubrec) => {
                // what follows is the regular end of a QoS 2 delivery
                open.remove(&key(&seen, wire.peer().client_id()));
                wire.forward(seen);
            }
            Event::Out(seen) if seen.is(Pubrel) && over.remove(&key(&seen, wire.peer().client_id())) => {}
            event => wire.pass(event),
        }
    })
}

/// Grants less than that QoS, and does not answer a PUBLISH with it.
fn ignores(qos: u64) -> Wrong {
    all(move |mut event, wire| match &mut event {
        Event::In(seen) if seen.is(Publish) && seen.number("qos") == qos => {}
        Event::Out(seen) if seen.is(Suback) => {
            grant_at_most(qos - 1, seen);
            wire.pass(event);
        }
        _ => wire.pass(event),
    })
}

fn grant_at_most(most: u64, seen: &mut Seen) {
    seen.each("reason_codes", |code| {
        if code.as_number().is_some_and(|code| (most + 1..0x80).contains(&code)) {
            *code = Value::Number(most);
        }
    });
}

/// Codes that CONNACK cannot have, for what a Server need not accept.
fn codes() -> Vec<Fault> {
    let with = |name: &'static str, what: &'static str, dislikes: fn(&Seen) -> bool| {
        let does = format!("refuses {what} with a code that CONNACK cannot have");
        Fault::new(name, does, move || {
            incoming(Connect, move |seen, wire| match (dislikes(&seen), wire.version()) {
                (false, _) => wire.forward(seen),
                // v5: 0x06 is no Reason Code at all; v3.1.1: 0x85 is one of v5
                (true, Version::V5) => wire.answer(&[0x20, 3, 0, 0x06, 0]),
                (true, _) => wire.answer(&[0x20, 2, 0, 0x85]),
            })
        })
        .breaks(&["MQTT-3.2.2-6"], &["MQTT-3.2.2-8"])
    };
    vec![
        with("odd-client-identifier-refused-oddly", "a Client Identifier with signs", |seen| {
            seen.text("client_id").contains(['/', '+', '#', '$', ' '])
        }),
        with("large-will-refused-oddly", "a large Will", |seen| match seen.get("will") {
            Some(Value::Map(will)) => will.get("payload").and_then(Value::as_bytes).is_some_and(|it| it.len() > 60_000),
            _ => false,
        }),
        with("user-refused-oddly", "a user that it does not know", |seen| seen.text("user_name") == "nobody"),
    ]
}

/// Uses of a feature that CONNACK says is not there.
fn features() -> Vec<Fault> {
    let granted =
        |name: &'static str, property: &'static str, statement: &'static [&'static str], used: fn(&Seen) -> bool| {
            Fault::new(name, format!("announces {property} 0, and grants it"), move || {
                let mut without = BTreeMap::new();
                all(move |event, wire| match event {
                    Event::Out(seen) if seen.is(Connack) => {
                        without.insert(
                            wire.id,
                            seen.get(property)
                                .is_some_and(|value| *value == Value::Bool(false) || *value == Value::Number(0)),
                        );
                        wire.deliver(seen);
                    }
                    Event::In(seen) if seen.is(Subscribe) && used(&seen) && without.get(&wire.id) == Some(&true) => {
                        let codes = Value::List(vec![Value::Number(0); seen.filters().len()]);
                        wire.send(
                            Suback,
                            [("packet_id", Value::Number(seen.number("packet_id"))), ("reason_codes", codes)],
                        );
                    }
                    event => wire.pass(event),
                })
            })
            .breaks(&[], statement)
        };
    vec![
        granted("wildcards-granted-all-the-same", "wildcard_subscription_available", &["MQTT-4.13.1-1"], |seen| {
            seen.filters().iter().any(|filter| filter.contains(['+', '#']))
        }),
        granted("identifiers-granted-all-the-same", "subscription_identifier_available", &["MQTT-4.13.1-1"], |seen| {
            seen.get("subscription_identifier").is_some()
        }),
        granted("sharing-granted-all-the-same", "shared_subscription_available", &["MQTT-4.13.1-1"], |seen| {
            seen.filters().iter().any(|filter| filter.starts_with("$share/"))
        }),
        Fault::new("qos-above-0-taken", "announces Maximum QoS 0, and takes a Will and a PUBLISH with QoS 1", || {
            let mut none = BTreeMap::new();
            all(move |event, wire| match event {
                Event::Out(seen) if seen.is(Connack) => {
                    none.insert(wire.id, seen.get("maximum_qos") == Some(&Value::Number(0)));
                    wire.deliver(seen);
                }
                Event::In(mut seen) if seen.is(Publish) && none.get(&wire.id) == Some(&true) => {
                    seen.set("qos", 0_u64);
                    seen.remove("packet_id");
                    wire.forward(seen);
                }
                event => wire.pass(event),
            })
        })
        .breaks(&[], &["MQTT-4.13.1-1"]),
        Fault::new("will-qos-not-offered-lowered", "lowers the QoS of a Will that it does not support", || {
            edit_in(Connect, |seen| seen.will(|will| drop(will.insert("qos", Value::Number(0)))))
        })
        .breaks(&["MQTT-3.8.4-6", "MQTT-3.1.2-8"], &["MQTT-3.2.2-12", "MQTT-3.8.4-8", "MQTT-3.1.2-8"]),
    ]
}
