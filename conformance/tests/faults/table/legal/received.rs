//! What a broker does with a PUBLISH, a SUBSCRIBE or an UNSUBSCRIBE before or after it acknowledges.

use std::collections::{BTreeMap, BTreeSet};

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{Connack, Connect, Puback, Publish, Pubrec, Pubrel, Unsuback, Unsubscribe};

use super::{MILLISECOND, close};
use crate::{
    fault::{Wrong, all},
    seen::Seen,
    stand_in::StandIn,
    wire::Event,
};

pub(super) fn stand_ins() -> Vec<StandIn> {
    vec![
        // v3.1.1 3.10.4 names no time; v5 says of code 0 that the subscription has been deleted
        StandIn::wire("unsubscribes-late", "sends UNSUBACK 150 ms before it unsubscribes, before v5", || {
            let mut said: BTreeSet<(u64, u64)> = BTreeSet::new();
            all(move |event, wire| match event {
                Event::In(seen) if seen.is(Unsubscribe) && !wire.v5() => {
                    let id = seen.number("packet_id");
                    said.insert((wire.id, id));
                    wire.send(Unsuback, [("packet_id", Value::Number(id))]);
                    wire.delay = 150 * MILLISECOND;
                    wire.forward(seen);
                }
                Event::Out(seen) if seen.is(Unsuback) && said.remove(&(wire.id, seen.number("packet_id"))) => {}
                event => wire.pass(event),
            })
        }),
        // v5 4.3.2, v3.1.1 4.3.2: a receiver owns the message from its PUBACK on, and hands it on when it likes
        StandIn::wire("acknowledges-first", "sends PUBACK 200 ms before it hands a QoS 1 message on", || {
            let mut said: BTreeSet<(u64, u64)> = BTreeSet::new();
            let mut limited: BTreeSet<u64> = BTreeSet::new();
            let mut behind: BTreeSet<u64> = BTreeSet::new();
            all(move |event, wire| match event {
                Event::Out(seen) if seen.is(Connack) => {
                    if seen.get("maximum_qos").is_some() || seen.get("retain_available").is_some() {
                        limited.insert(wire.id);
                    }
                    wire.deliver(seen);
                }
                Event::Out(seen) if seen.is(Puback) && said.remove(&(wire.id, seen.number("packet_id"))) => {}
                Event::In(_) | Event::ClientCloses if wire.peer().accepted && !limited.contains(&wire.id) => {
                    if let Event::In(seen) = &event
                        && seen.is(Publish)
                        && seen.number("qos") == 1
                        && seen.get("topic_alias").is_none()
                        && seen.bytes().len() < 1000
                        && said.insert((wire.id, seen.number("packet_id")))
                    {
                        behind.insert(wire.id);
                        wire.send(Puback, [("packet_id", Value::Number(seen.number("packet_id")))]);
                    }
                    if behind.contains(&wire.id) {
                        wire.delay = 200 * MILLISECOND;
                    }
                    wire.pass(event);
                }
                event => wire.pass(event),
            })
        }),
        // v5 4.3.3, v3.1.1 4.3.3: onward delivery begins with PUBLISH or with PUBREL
        StandIn::wire("delivers-on-pubrel", "hands a QoS 2 message on when its PUBREL comes", on_pubrel),
        // the Client must not do this, v5 [MQTT-4.4.0-1]
        StandIn::wire("repeated-qos-2-in-use", "answers a repeated QoS 2 PUBLISH with code 0x91, in v5", || {
            repeated(|id, wire| {
                wire.send(Pubrec, [("packet_id", Value::Number(id)), ("reason_code", Value::Number(0x91))]);
            })
        }),
        StandIn::wire("repeated-qos-2-closed", "closes on a repeated QoS 2 PUBLISH, in v5", || {
            repeated(|_, wire| close(wire, 0x82))
        }),
    ]
}

fn on_pubrel() -> Wrong {
    let mut held: BTreeMap<(Vec<u8>, u64), Seen> = BTreeMap::new();
    let mut said: BTreeSet<(u64, u64)> = BTreeSet::new();
    // what a Client may send at once, and whether the broker refuses some messages
    let mut most: BTreeMap<u64, (usize, bool)> = BTreeMap::new();
    all(move |event, wire| {
        let me = wire.peer().client_id();
        match event {
            Event::Out(seen) if seen.is(Connack) => {
                let receive_maximum = match seen.number("receive_maximum") {
                    0 => 65_535,
                    most => most,
                };
                let limits = seen.get("maximum_qos").is_some() || seen.get("retain_available").is_some();
                most.insert(wire.id, (receive_maximum as usize, limits));
                if !seen.flag("session_present") {
                    held.retain(|(who, _), _| *who != me);
                }
                wire.deliver(seen);
            }
            Event::In(seen) if seen.is(Connect) => {
                if seen.flag("clean_start") {
                    held.retain(|(who, _), _| *who != me);
                }
                wire.forward(seen);
            }
            Event::In(seen) if seen.is(Publish) && seen.number("qos") == 2 && seen.get("topic_alias").is_none() => {
                let (id, waiting) = (seen.number("packet_id"), held.keys().filter(|(who, _)| *who == me).count());
                match most.get(&wire.id) {
                    Some((most, false)) if waiting < *most || held.contains_key(&(me.clone(), id)) => {
                        held.entry((me, id)).or_insert(seen);
                        wire.send(Pubrec, [("packet_id", Value::Number(id))]);
                    }
                    Some((_, false)) => close(wire, 0x93),
                    _ => wire.forward(seen),
                }
            }
            Event::In(seen) if seen.is(Pubrel) => {
                if let Some(publish) = held.remove(&(me, seen.number("packet_id"))) {
                    said.insert((wire.id, seen.number("packet_id")));
                    wire.forward(publish);
                }
                wire.forward(seen);
            }
            Event::Out(seen) if seen.is(Pubrec) && said.remove(&(wire.id, seen.number("packet_id"))) => {}
            event => wire.pass(event),
        }
    })
}

/// Does this instead of forwarding a QoS 2 PUBLISH that is repeated on one connection of v5.
fn repeated(act: impl Fn(u64, &mut crate::wire::Wire<'_>) + 'static) -> Wrong {
    let mut open: BTreeSet<(u64, u64)> = BTreeSet::new();
    all(move |event, wire| match event {
        Event::In(seen) if seen.is(Publish) && seen.number("qos") == 2 && wire.v5() => {
            let id = seen.number("packet_id");
            match open.insert((wire.id, id)) {
                true => wire.forward(seen),
                false => act(id, wire),
            }
        }
        Event::In(seen) if seen.is(Pubrel) => {
            open.remove(&(wire.id, seen.number("packet_id")));
            wire.forward(seen);
        }
        Event::Out(seen) if seen.is(Pubrec) && seen.number("reason_code") >= 0x80 => {
            open.remove(&(wire.id, seen.number("packet_id")));
            wire.deliver(seen);
        }
        event => wire.pass(event),
    })
}
