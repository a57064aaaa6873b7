//! Corners: a value at the end of its range, or what seldom comes together.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{
    Auth, Connack, Connect, Pingresp, Puback, Pubcomp, Publish, Pubrec, Pubrel, Suback, Subscribe,
};

use super::deliveries::{payload, settle};
use crate::{
    fault::{Fault, all, edit_in, edit_out, incoming, malformed, outgoing},
    seen::Seen,
    wire::Event,
};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = of_connect();
    faults.extend(of_messages());
    faults.extend(of_quotas());
    faults
}

fn of_connect() -> Vec<Fault> {
    vec![
        Fault::new("never-taken-for-zero", "lets a Session end with the connection that should never expire", || {
            edit_in(Connect, |seen| {
                if seen.number("session_expiry_interval") == 0xFFFF_FFFF {
                    seen.remove("session_expiry_interval");
                }
            })
        })
        .breaks(&[], &["5.0§3.1.2.11.2-c", "MQTT-3.1.2-23"]),
        Fault::new("repeated-user-properties-refused", "closes on a CONNECT that repeats a User Property", || {
            incoming(Connect, |seen, wire| {
                let Some(Value::List(pairs)) = seen.get("user_properties") else { return wire.forward(seen) };
                let names: BTreeSet<String> = pairs.iter().map(|pair| format!("{pair:?}")).collect();
                match names.len() < pairs.len() {
                    true => wire.cut(),
                    false => wire.forward(seen),
                }
            })
        })
        .breaks(&[], &["5.0§3.1.2.11.8-a"]),
        Fault::new("will-qos-3-as-1", "treats Will QoS 3 as 1", || {
            malformed(Connect, |seen, wire| {
                wire.forward(seen.raw(|bytes| {
                    if let Some(flags) = bytes.get_mut(9).filter(|flags| **flags & 0x18 == 0x18) {
                        *flags &= !0x10;
                    }
                }));
            })
        })
        .breaks(&["MQTT-4.8.0-1"], &["5.0§3.1.2.6-a", "MQTT-4.13.1-1"]),
        Fault::new("will-late", "publishes a Will a quarter of a minute late", || {
            let mut topics = BTreeSet::new();
            all(move |event, wire| {
                match &event {
                    Event::In(seen) if seen.is(Connect) => {
                        if let Some(Value::Map(will)) = seen.get("will") {
                            topics.extend(will.get("topic").and_then(Value::as_bytes).map(<[u8]>::to_vec));
                        }
                    }
                    Event::Out(seen) if seen.is(Publish) && topics.contains(seen.text("topic").as_bytes()) => {
                        wire.delay = Duration::from_secs(15);
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["3.1.1§3.1.2.5-a", "MQTT-3.1.2-8"], &["5.0§3.1.2.5-a", "MQTT-3.1.2-8"]),
        Fault::new("will-of-the-past", "publishes the Will of an earlier connection of the client", || {
            let mut wills: BTreeMap<Vec<u8>, Value> = BTreeMap::new();
            incoming(Connect, move |mut seen, wire| {
                let me = wire.peer().client_id();
                match (seen.get("will"), wills.get(&me)) {
                    (Some(will), _) => drop(wills.insert(me, will.clone())),
                    (None, Some(will)) => seen.set("will", will.clone()),
                    (None, None) => {}
                }
                wire.forward(seen);
            })
        })
        .breaks(&["MQTT-3.1.2-12"], &["5.0§4.1-c"]),
        Fault::new("no-session-without-clean-start", "makes no Session for a client without Clean Start", || {
            let mut known = BTreeSet::new();
            incoming(Connect, move |mut seen, wire| {
                if known.insert(wire.peer().client_id()) && !seen.flag("clean_start") {
                    seen.set("clean_start", true);
                    seen.remove("session_expiry_interval");
                }
                wire.forward(seen);
            })
        })
        .breaks(&["MQTT-3.1.2-4"], &["MQTT-3.1.2-6", "MQTT-3.1.2-23"])
        .coarse(),
        Fault::new("assigns-to-everybody", "assigns a Client Identifier to clients that have one", || {
            outgoing(Connack, |mut seen, wire| {
                let own = wire.peer().connect.get("client_id").cloned();
                if let Some(own) = own.filter(|_| wire.v5() && seen.get("assigned_client_identifier").is_none()) {
                    seen.set("assigned_client_identifier", own);
                }
                wire.deliver(seen);
            })
        })
        .breaks(&[], &["5.0§3.2.2.3.7-b"])
        .coarse(),
        Fault::new("asks-to-authenticate-again", "sends AUTH with the code that only a client may send", || {
            edit_out(Auth, |seen| seen.set("reason_code", 0x19_u64))
        })
        .breaks(&[], &["5.0§3.15.2.1-a", "MQTT-4.12.0-2"]),
        Fault::new("higher-qos-refused", "refuses a Subscription above its Maximum QoS", || {
            let mut asked: BTreeMap<(u64, u64), Vec<u64>> = BTreeMap::new();
            all(move |mut event, wire| {
                match &mut event {
                    Event::In(seen) if seen.is(Subscribe) => {
                        let qos = |item: &Value| match item {
                            Value::Map(fields) => fields.get("qos").and_then(Value::as_number).unwrap_or(0),
                            _ => 0,
                        };
                        let Some(Value::List(items)) = seen.get("subscriptions") else { return };
                        asked.insert((wire.id, seen.number("packet_id")), items.iter().map(qos).collect());
                    }
                    Event::Out(seen) if seen.is(Suback) && wire.v5() => {
                        let asked = asked.remove(&(wire.id, seen.number("packet_id"))).unwrap_or_default();
                        seen.list("reason_codes", |codes| {
                            for (code, asked) in codes.iter_mut().zip(asked) {
                                if code.as_number().is_some_and(|granted| granted < asked) {
                                    *code = Value::Number(0x80);
                                }
                            }
                        });
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&[], &["MQTT-3.2.2-10"]),
    ]
}

fn of_messages() -> Vec<Fault> {
    vec![
        Fault::new("deletion-not-delivered", "delivers no message that deletes a retained one", || {
            let mut deleting = BTreeSet::new();
            all(move |event, wire| match &event {
                Event::In(seen) if seen.is(Publish) => {
                    if seen.flag("retain") && payload(seen) == Value::Bytes(Vec::new()) {
                        deleting.insert(seen.text("topic"));
                    } else {
                        deleting.remove(&seen.text("topic"));
                    }
                    wire.pass(event);
                }
                Event::Out(seen) if seen.is(Publish) && deleting.contains(&seen.text("topic")) => settle(seen, wire),
                _ => wire.pass(event),
            })
        })
        .breaks(&["3.1.1§3.3.1.3-a", "MQTT-4.5.0-1"], &["MQTT-4.5.0-1"]),
        Fault::new("retained-qos-0-replaces-nothing", "keeps the old retained message when one at QoS 0 comes", || {
            let mut retained = BTreeSet::new();
            incoming(Publish, move |mut seen, wire| {
                if seen.flag("retain") && !retained.insert(seen.text("topic")) && seen.number("qos") == 0 {
                    seen.set("retain", payload(&seen) == Value::Bytes(Vec::new()));
                }
                wire.forward(seen);
            })
        })
        .breaks(&["MQTT-3.3.1-7"], &["MQTT-3.3.1-5"]),
        Fault::new(
            "expires-by-default",
            "lets messages without a Message Expiry Interval expire after a second",
            || {
                let mut ours = BTreeSet::new();
                all(move |mut event, wire| {
                    match &mut event {
                        Event::In(seen) if seen.is(Publish) && seen.get("message_expiry_interval").is_none() => {
                            seen.set("message_expiry_interval", 1_u64);
                            ours.insert((seen.text("topic"), payload(seen)));
                        }
                        Event::Out(seen) if seen.is(Publish) && ours.contains(&(seen.text("topic"), payload(seen))) => {
                            seen.remove("message_expiry_interval");
                        }
                        _ => {}
                    }
                    wire.pass(event);
                })
            },
        )
        .breaks(&[], &["5.0§3.3.2.3.3-b", "MQTT-4.5.0-1"]),
        Fault::new("one-subscriber-each", "delivers a message to one subscriber only", || {
            let mut first: BTreeMap<(String, Value), u64> = BTreeMap::new();
            outgoing(Publish, move |seen, wire| {
                match *first.entry((seen.text("topic"), payload(&seen))).or_insert(wire.id) == wire.id {
                    true => wire.deliver(seen),
                    false => settle(&seen, wire),
                }
            })
        })
        .breaks(&[], &["5.0§4.8.1-a"])
        .coarse()
        .but_for(&["4.08-subscriptions/not-shared/a-copy-each"]),
        Fault::new("shared-qos-2-not-completed", "forgets a shared QoS 2 message with the connection", || {
            let mut members = BTreeSet::new();
            all(move |event, wire| {
                let me = wire.peer().client_id();
                match &event {
                    Event::In(seen)
                        if seen.is(Subscribe) && seen.filters().iter().any(|filter| filter.starts_with("$share/")) =>
                    {
                        members.insert(me);
                    }
                    Event::Out(seen)
                        if (seen.is(Publish) && seen.flag("dup") || seen.is(Pubrel) && !seen.first)
                            && members.contains(&me) =>
                    {
                        return;
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&[], &["MQTT-4.8.2-4", "MQTT-4.4.0-1"]),
        Fault::new("shared-counted-twice", "counts a repeated Subscription to a shared filter twice", || {
            let (mut made, mut twice) = (BTreeSet::new(), BTreeSet::new());
            all(move |event, wire| {
                match &event {
                    Event::In(seen) if seen.is(Subscribe) => {
                        for filter in seen.filters().into_iter().filter(|filter| filter.starts_with("$share/")) {
                            if !made.insert((wire.id, filter)) {
                                twice.insert(wire.id);
                            }
                        }
                    }
                    Event::Out(seen) if seen.is(Publish) && twice.contains(&wire.id) => {
                        let mut copy = seen.clone();
                        copy.set("qos", 0_u64);
                        copy.remove("packet_id");
                        copy.remove("dup");
                        wire.deliver(copy);
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&[], &["5.0§4.8.2-f"]),
    ]
}

fn of_quotas() -> Vec<Fault> {
    vec![
        Fault::new("silent-at-zero-quota", "sends nothing at all while the Receive Maximum is reached", || {
            let mut open: BTreeMap<u64, u64> = BTreeMap::new();
            let mut held: BTreeMap<u64, Vec<Seen>> = BTreeMap::new();
            all(move |event, wire| {
                let limit = wire.peer().limit("receive_maximum").unwrap_or(u64::MAX);
                let count = open.entry(wire.id).or_default();
                match &event {
                    Event::Out(seen) if seen.is(Publish) && seen.number("qos") > 0 => *count += 1,
                    Event::Out(seen) if *count >= limit && (seen.is(Pingresp) || seen.is(Suback)) => {
                        return held.entry(wire.id).or_default().push(seen.clone());
                    }
                    Event::In(seen)
                        if seen.is(Puback)
                            || seen.is(Pubcomp)
                            || seen.is(Pubrec) && seen.number("reason_code") >= 0x80 =>
                    {
                        *count = count.saturating_sub(1);
                        held.remove(&wire.id).into_iter().flatten().for_each(|seen| wire.deliver(seen));
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&[], &["MQTT-3.3.4-10", "MQTT-4.9.0-3"]),
        Fault::new("pubrels-swapped", "sends every first PUBREL after the second", || {
            let mut kept: Option<Seen> = None;
            outgoing(Pubrel, move |seen, wire| match kept.take() {
                Some(first) => {
                    wire.deliver(seen);
                    wire.deliver(first);
                }
                None => kept = Some(seen),
            })
        })
        .breaks(&["MQTT-4.6.0-6"], &[])
        .coarse()
        .but_for(&["4.06-ordering/in-order/pubrels"]),
    ]
}
