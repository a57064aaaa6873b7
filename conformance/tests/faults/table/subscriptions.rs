//! SUBSCRIBE and UNSUBSCRIBE.

use std::collections::{BTreeMap, BTreeSet};

use mqttspec::packet::{Fields, Value};
use mqttspec_codec::PacketType::{Publish, Pubrec, Pubrel, Suback, Subscribe, Unsuback, Unsubscribe};

use crate::{
    fault::{Fault, all, incoming},
    seen::Seen,
    wire::{Event, Wire},
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        Fault::new("granted-less-than-said", "delivers with QoS 0 despite a granted QoS of 1 or 2", || {
            let mut asked: BTreeMap<_, Vec<Value>> = BTreeMap::new();
            all(move |mut event, wire| {
                match &mut event {
                    Event::In(seen) if seen.is(Subscribe) => {
                        let mut qos = Vec::new();
                        seen.each("subscriptions", |subscription| qos.extend(lower(subscription)));
                        asked.insert((wire.id, seen.number("packet_id")), qos);
                    }
                    Event::Out(seen) if seen.is(Suback) => {
                        let said = asked.remove(&(wire.id, seen.number("packet_id"))).unwrap_or_default();
                        let mut said = said.into_iter();
                        seen.each("reason_codes", |code| {
                            let said = said.next();
                            if code.as_number() == Some(0) {
                                *code = said.unwrap_or(Value::Number(0));
                            }
                        });
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.8.4-6", "MQTT-3.8.4-5"], &["MQTT-3.8.4-8", "MQTT-3.8.4-7"])
        .coarse(),
        Fault::new("second-filter-lost", "reads only the first filter of a SUBSCRIBE", || {
            let mut lost = BTreeMap::new();
            all(move |mut event, wire| {
                match &mut event {
                    Event::In(seen) if seen.is(Subscribe) => {
                        lost.insert((wire.id, seen.number("packet_id")), seen.filters().len());
                        seen.change("subscriptions", first_only);
                    }
                    Event::Out(seen) if seen.is(Suback) => {
                        let count = lost.remove(&(wire.id, seen.number("packet_id"))).unwrap_or(1);
                        seen.change("reason_codes", |codes| fill(codes, count));
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.8.4-4", "MQTT-4.5.0-1"], &["MQTT-3.8.4-5", "MQTT-4.5.0-1"]),
        Fault::new("second-filter-not-unsubscribed", "reads only the first filter of an UNSUBSCRIBE", || {
            let mut lost = BTreeMap::new();
            all(move |mut event, wire| {
                match &mut event {
                    Event::In(seen) if seen.is(Unsubscribe) => {
                        lost.insert((wire.id, seen.number("packet_id")), seen.filters().len());
                        seen.change("filters", first_only);
                    }
                    Event::Out(seen) if seen.is(Unsuback) => {
                        let count = lost.remove(&(wire.id, seen.number("packet_id"))).unwrap_or(1);
                        seen.change("reason_codes", |codes| fill(codes, count));
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(
            &["MQTT-3.10.4-6", "MQTT-3.10.4-1", "MQTT-3.10.4-2"],
            &["MQTT-3.10.4-6", "MQTT-3.10.4-1", "MQTT-3.10.4-2"],
        ),
        Fault::new("not-replaced", "keeps the first of two Subscriptions to the same filter", || {
            let mut known: BTreeSet<(Vec<u8>, String)> = BTreeSet::new();
            incoming(Subscribe, move |seen, wire| {
                let filters = seen.filters();
                let me = wire.peer().client_id();
                let again = filters.iter().all(|filter| !known.insert((me.clone(), filter.clone())));
                if !again {
                    return wire.forward(seen);
                }
                let mut codes = Vec::new();
                let mut seen = seen;
                seen.each("subscriptions", |subscription| codes.extend(lower(subscription)));
                let id = Value::Number(seen.number("packet_id"));
                wire.send(Suback, [("packet_id", id), ("reason_codes", Value::List(codes))]);
            })
        })
        .breaks(&["MQTT-3.8.4-3"], &["MQTT-3.8.4-3", "MQTT-3.8.4-4"]),
        Fault::new("doubled", "keeps both of two Subscriptions to the same filter", || {
            let mut known: BTreeMap<_, BTreeMap<String, u64>> = BTreeMap::new();
            all(move |event, wire| match event {
                Event::In(seen) if seen.is(Subscribe) => {
                    let known = known.entry(wire.id).or_default();
                    seen.filters().into_iter().for_each(|filter| *known.entry(filter).or_default() += 1);
                    wire.forward(seen);
                }
                Event::Out(seen) if seen.is(Publish) && seen.number("qos") == 0 => {
                    let times = known.get(&wire.id).and_then(|known| known.get(&seen.text("topic")));
                    (0..*times.unwrap_or(&1)).for_each(|_| wire.deliver(seen.clone()));
                }
                event => wire.pass(event),
            })
        })
        .breaks(&["MQTT-3.8.4-3"], &["MQTT-3.8.4-3"]),
        Fault::new("unsubscribe-ignored", "answers UNSUBSCRIBE and keeps delivering", || {
            incoming(Unsubscribe, |seen, wire| {
                let id = Value::Number(seen.number("packet_id"));
                match wire.v5() {
                    true => {
                        let codes = seen.filters().iter().map(|_| Value::Number(0)).collect();
                        wire.send(Unsuback, [("packet_id", id), ("reason_codes", Value::List(codes))]);
                    }
                    false => wire.send(Unsuback, [("packet_id", id)]),
                }
            })
        })
        .breaks(&["MQTT-3.10.4-1", "MQTT-3.10.4-2"], &["MQTT-3.10.4-1", "MQTT-3.10.4-2"]),
        Fault::new("unsubscribe-all", "ends every Subscription of the client on UNSUBSCRIBE", || {
            let mut known: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
            all(move |mut event, wire| {
                match &mut event {
                    Event::In(seen) if seen.is(Subscribe) => {
                        known.entry(wire.id).or_default().extend(seen.filters());
                    }
                    Event::In(seen) if seen.is(Unsubscribe) => {
                        let all: Vec<_> = known.remove(&wire.id).unwrap_or_default().into_iter().collect();
                        let all = all.iter().map(|filter| Value::text(filter)).collect();
                        wire.ask(Unsubscribe, [("packet_id", Value::Number(UNSEEN)), ("filters", Value::List(all))]);
                    }
                    Event::Out(seen) if seen.is(Unsuback) && seen.number("packet_id") == UNSEEN => return,
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.10.4-1", "MQTT-4.5.0-1"], &["MQTT-3.10.4-1", "MQTT-4.5.0-1"]),
        Fault::new("unsubscribe-drops-what-is-in-flight", "aborts deliveries on UNSUBSCRIBE", || {
            let mut over: BTreeSet<Vec<u8>> = BTreeSet::new();
            all(move |event, wire| {
                let me = wire.peer().client_id();
                match &event {
                    Event::In(seen) if seen.is(Unsubscribe) => drop(over.insert(me)),
                    Event::In(seen) if seen.is(Pubrec) && over.contains(&me) => return,
                    Event::Out(seen) if seen.is(Pubrel) && over.contains(&me) => return,
                    Event::Out(seen) if seen.is(Publish) && seen.flag("dup") && over.contains(&me) => return,
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.10.4-3"], &["MQTT-3.10.4-3"]),
    ]
}

/// Subscribes on behalf of the client without its knowledge; the SUBACK must be hidden from it.
pub(super) fn subscribe_unseen(filter: &str, wire: &mut Wire<'_>) {
    let subscription = Fields::from([("filter", Value::text(filter)), ("qos", Value::Number(1))]);
    let subscriptions = Value::List(vec![Value::Map(subscription)]);
    wire.ask(Subscribe, [("packet_id", Value::Number(UNSEEN)), ("subscriptions", subscriptions)]);
}

/// Whether this answers such a SUBSCRIBE.
pub(super) fn is_unseen(seen: &Seen) -> bool {
    seen.is(Suback) && seen.number("packet_id") == UNSEEN
}

/// Lowers the QoS of a subscription to 0 and returns the original.
fn lower(subscription: &mut Value) -> Option<Value> {
    match subscription {
        Value::Map(fields) => fields.insert("qos", Value::Number(0)),
        _ => None,
    }
}

fn first_only(list: &mut Value) {
    if let Value::List(items) = list {
        items.truncate(1);
    }
}

fn fill(codes: &mut Value, count: usize) {
    if let Value::List(codes) = codes
        && let Some(first) = codes.first().cloned()
    {
        codes.resize(count, first);
    }
}

const UNSEEN: u64 = 0xFEED;
