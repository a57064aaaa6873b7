//! Shared Subscriptions whose members are away, return and end.

use std::collections::BTreeSet;

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{Connack, Publish, Subscribe, Unsuback, Unsubscribe};

use super::deliveries::{payload, settle};
use crate::{
    fault::{Fault, Wrong, all},
    seen::Seen,
    wire::{Event, Wire},
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        Fault::new("shared-queue-lost", "queues nothing for a group whose members are away", || {
            queued(|seen, _, wire| settle(&seen, wire))
        })
        .breaks(&[], &["MQTT-4.5.0-1", "MQTT-3.1.2-23", "5.0§4.8.2-a"]),
        Fault::new("shared-queue-twice", "sends what a group has queued twice", || {
            queued(|seen, _, wire| {
                let (topic, payload) = (Value::text(&seen.text("topic")), payload(&seen));
                wire.deliver(seen);
                wire.send(Publish, [("topic", topic), ("payload", payload)]);
            })
        })
        .breaks(&[], &["5.0§4.8.2-a"]),
        Fault::new("shared-queue-breaks-the-connection", "closes when a group has queued several messages", || {
            queued(|seen, count, wire| match count {
                1 => wire.deliver(seen),
                _ => wire.cut(),
            })
        })
        .breaks(&[], &["MQTT-4.5.0-1", "MQTT-3.1.2-23"]),
        Fault::new("membership-lost-on-resumption", "forgets that the Client of a resumed Session is a member", || {
            const UNSEEN: u64 = 0xFEEF;
            let mut filters: BTreeSet<(Vec<u8>, String)> = BTreeSet::new();
            all(move |event, wire| {
                let me = wire.peer().client_id();
                match event {
                    Event::In(seen) if seen.is(Subscribe) => {
                        let shared = seen.filters().into_iter().filter(|filter| filter.starts_with("$share/"));
                        filters.extend(shared.map(|filter| (me.clone(), filter)));
                        wire.forward(seen);
                    }
                    Event::Out(seen) if seen.is(Connack) && seen.flag("session_present") => {
                        wire.deliver(seen);
                        let own: Vec<Value> = filters
                            .iter()
                            .filter(|(client, _)| *client == me)
                            .map(|(_, filter)| Value::text(filter))
                            .collect();
                        if !own.is_empty() {
                            wire.ask(
                                Unsubscribe,
                                [("packet_id", Value::Number(UNSEEN)), ("filters", Value::List(own))],
                            );
                        }
                    }
                    Event::Out(seen) if seen.is(Unsuback) && seen.number("packet_id") == UNSEEN => {}
                    event => wire.pass(event),
                }
            })
        })
        .breaks(&[], &["MQTT-3.1.2-23", "MQTT-3.1.2-5", "MQTT-4.1.0-1"]),
        Fault::new("group-outlives-its-members", "keeps what a group has queued for its next member", || {
            let mut waiting: Vec<(String, Value)> = Vec::new();
            let mut members: BTreeSet<u64> = BTreeSet::new();
            all(move |event, wire| {
                match &event {
                    Event::ClientCloses => drop(members.remove(&wire.id)),
                    Event::In(seen) if seen.is(Publish) && members.is_empty() => {
                        waiting.push((seen.text("topic"), payload(seen)));
                    }
                    Event::In(seen) if is_shared(seen) => {
                        members.insert(wire.id);
                        let topics = seen.filters();
                        for (topic, payload) in waiting.drain(..) {
                            if topics.iter().any(|filter| filter.ends_with(&topic)) {
                                wire.send(Publish, [("topic", Value::text(&topic)), ("payload", payload)]);
                            }
                        }
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&[], &["5.0§4.8.2-d"]),
    ]
}

fn is_shared(seen: &Seen) -> bool {
    seen.is(Subscribe) && seen.filters().iter().any(|filter| filter.starts_with("$share/"))
}

/// What a member gets right behind CONNACK, with its number.
fn queued(mut act: impl FnMut(Seen, u32, &mut Wire<'_>) + 'static) -> Wrong {
    let mut members: BTreeSet<Vec<u8>> = BTreeSet::new();
    let mut count = None;
    all(move |event, wire| match event {
        Event::In(seen) if is_shared(&seen) => {
            members.insert(wire.peer().client_id());
            wire.forward(seen);
        }
        Event::Out(seen) if seen.first => {
            let resumed = seen.is(Connack) && seen.flag("session_present");
            count = (resumed && members.contains(&wire.peer().client_id())).then_some(0);
            wire.deliver(seen);
        }
        Event::Out(seen) if seen.is(Publish) && !seen.flag("dup") && count.is_some() => {
            let number = count.unwrap_or_default() + 1;
            count = Some(number);
            act(seen, number, wire);
        }
        event => wire.pass(event),
    })
}
