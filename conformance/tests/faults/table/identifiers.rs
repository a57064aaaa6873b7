//! Packet Identifiers and DUP of messages.

use std::collections::{BTreeMap, BTreeSet};

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{Puback, Pubcomp, Publish, Pubrec, Pubrel};

use super::deliveries::payload;
use crate::{
    fault::{Fault, all, edit_out, incoming, outgoing},
    wire::Event,
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        Fault::new("dup-always", "sets DUP on every delivery", || {
            edit_out(Publish, |seen| {
                if seen.number("qos") > 0 {
                    seen.set("dup", true);
                }
            })
        })
        .breaks(&["MQTT-3.3.1-3", "MQTT-4.3.2-1", "MQTT-4.3.3-1"], &["MQTT-3.3.1-3", "MQTT-4.3.2-2", "MQTT-4.3.3-2"])
        .coarse(),
        Fault::new("dup-never", "resends without DUP", || edit_out(Publish, |seen| seen.set("dup", false)))
            .breaks(&["MQTT-3.3.1-1"], &["MQTT-3.3.1-1"]),
        Fault::new("dup-passed-on", "delivers with the DUP it received", || {
            let mut dups: BTreeSet<Value> = BTreeSet::new();
            all(move |mut event, wire| {
                match &mut event {
                    Event::In(seen) if seen.is(Publish) && seen.flag("dup") => drop(dups.insert(payload(seen))),
                    Event::Out(seen) if seen.is(Publish) && seen.number("qos") > 0 && dups.contains(&payload(seen)) => {
                        seen.set("dup", true);
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.3.1-3", "MQTT-4.3.2-1", "MQTT-4.3.3-1"], &["MQTT-3.3.1-3", "MQTT-4.3.2-2", "MQTT-4.3.3-2"]),
        Fault::new("dup-ignored-as-repeat", "treats every message with DUP as a repeat, and drops it", || {
            incoming(Publish, |seen, wire| match seen.flag("dup") && seen.number("qos") == 1 {
                true => wire.send(Puback, [("packet_id", Value::Number(seen.number("packet_id")))]),
                false => wire.forward(seen),
            })
        })
        .breaks(&["MQTT-4.3.2-2"], &["MQTT-4.3.2-5"]),
        Fault::new("identifier-zero", "delivers with Packet Identifier 0", || {
            outgoing(Publish, |seen, wire| match seen.number("qos") {
                0 => wire.deliver(seen),
                _ => {
                    let at = 4 + seen.text("topic").len();
                    wire.deliver(seen.raw(|bytes| bytes[at..at + 2].fill(0)));
                }
            })
        })
        .breaks(&["MQTT-2.3.1-4", "MQTT-2.3.1-1"], &["MQTT-2.2.1-4"])
        .coarse(),
        Fault::new("identifier-always-7", "gives every delivery the same Packet Identifier", || {
            let mut last = BTreeMap::new();
            all(move |mut event, wire| {
                match &mut event {
                    Event::Out(seen) if seen.is(Publish) && seen.number("qos") > 0 => {
                        last.insert(wire.id, seen.number("packet_id"));
                        seen.set("packet_id", 7_u64);
                    }
                    Event::Out(seen) if seen.is(Pubrel) => seen.set("packet_id", 7_u64),
                    Event::In(seen) if [Puback, Pubrec, Pubcomp].iter().any(|of| seen.is(*of)) => {
                        if let (7, Some(id)) = (seen.number("packet_id"), last.get(&wire.id)) {
                            seen.set("packet_id", *id);
                        }
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-2.3.1-4", "MQTT-4.3.2-1", "MQTT-4.3.3-1"], &["MQTT-2.2.1-4", "MQTT-4.3.2-1", "MQTT-4.3.3-1"]),
        Fault::new("identifier-of-the-publisher", "delivers with the Packet Identifier of the publisher", || {
            let mut given: BTreeMap<Value, u64> = BTreeMap::new();
            let mut own = BTreeMap::new();
            all(move |mut event, wire| {
                let me = wire.peer().client_id();
                match &mut event {
                    Event::In(seen) if seen.is(Publish) => {
                        given.insert(payload(seen), seen.number("packet_id"));
                    }
                    Event::Out(seen) if seen.is(Publish) && seen.number("qos") > 0 => {
                        if let Some(id @ 1..) = given.get(&payload(seen)) {
                            own.insert((me, *id), seen.number("packet_id"));
                            seen.set("packet_id", *id);
                        }
                    }
                    Event::Out(seen) if seen.is(Pubrel) => {
                        let id = seen.number("packet_id");
                        let theirs = own.iter().find(|((to, _), own)| *to == me && **own == id);
                        if let Some(((_, theirs), _)) = theirs {
                            seen.set("packet_id", *theirs);
                        }
                    }
                    Event::In(seen) if [Puback, Pubrec, Pubcomp].iter().any(|of| seen.is(*of)) => {
                        if let Some(id) = own.get(&(me, seen.number("packet_id"))) {
                            seen.set("packet_id", *id);
                        }
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-2.3.1-4", "3.1.1§2.3.1-a"], &["MQTT-2.2.1-4", "5.0§2.2.1-a"]),
        Fault::new(
            "identifiers-of-both-sides-mixed",
            "treats a Packet Identifier that it uses itself as used by the client",
            || {
                let mut used = BTreeSet::new();
                all(move |event, wire| {
                    match &event {
                        Event::Out(seen) if seen.is(Publish) => {
                            used.insert((wire.id, seen.number("packet_id")));
                        }
                        Event::In(seen)
                            if seen.is(Publish)
                                && seen.number("qos") > 0
                                && used.contains(&(wire.id, seen.number("packet_id"))) =>
                        {
                            return;
                        }
                        _ => {}
                    }
                    wire.pass(event);
                })
            },
        )
        .breaks(&["3.1.1§2.3.1-a", "MQTT-4.3.2-2", "MQTT-4.3.3-2"], &["5.0§2.2.1-a", "MQTT-4.3.2-4", "MQTT-4.3.3-8"]),
    ]
}
