//! Resumed Sessions: deliveries and state.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{Connack, Puback, Pubcomp, Publish, Pubrec, Pubrel, Subscribe, Unsubscribe};

use super::deliveries::settle;
use crate::{
    fault::{Fault, all, incoming, outgoing},
    wire::Event,
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        Fault::new("queue-lost", "drops the messages queued for a client", || {
            all(|event, wire| match &event {
                Event::Out(seen) if seen.is(Publish) && !seen.first && !seen.flag("retain") => settle(seen, wire),
                _ => wire.pass(event),
            })
        })
        .breaks(&["MQTT-3.1.2-5", "MQTT-4.1.0-1", "MQTT-4.5.0-1"], &["MQTT-3.1.2-23", "MQTT-4.5.0-1"]),
        Fault::new("queue-reversed", "reverses the messages queued for a client", || {
            let mut queued = BTreeMap::new();
            all(move |event, wire| {
                match &event {
                    Event::Out(seen) if seen.is(Connack) => drop(queued.insert(wire.id, 0)),
                    Event::Out(seen) if seen.first => drop(queued.remove(&wire.id)),
                    Event::Out(seen) if seen.is(Publish) => {
                        if let Some(count) = queued.get_mut(&wire.id) {
                            *count += 1;
                            wire.delay = Duration::from_millis(50).saturating_sub(Duration::from_millis(*count));
                        }
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-4.6.0-6"], &["MQTT-4.6.0-5", "MQTT-4.6.0-6"]),
        Fault::new("not-sent-again", "does not resend unacknowledged messages", || {
            outgoing(Publish, |seen, wire| match seen.flag("dup") {
                true => settle(&seen, wire),
                false => wire.deliver(seen),
            })
        })
        .breaks(&["MQTT-4.4.0-1"], &["MQTT-4.4.0-1"]),
        Fault::new("sent-again-with-another-identifier", "resends with a new Packet Identifier", || {
            all(|mut event, wire| {
                match &mut event {
                    Event::Out(seen) if seen.is(Publish) && seen.flag("dup") => {
                        seen.set("packet_id", seen.number("packet_id") + 20_000);
                    }
                    Event::In(seen) | Event::Out(seen) if seen.number("packet_id") > 20_000 && seen.is(Pubrel) => {}
                    Event::In(seen)
                        if [Puback, Pubrec, Pubcomp].iter().any(|of| seen.is(*of))
                            && (20_000..40_000).contains(&seen.number("packet_id")) =>
                    {
                        seen.set("packet_id", seen.number("packet_id") - 20_000);
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-4.4.0-1"], &["MQTT-4.4.0-1"]),
        Fault::new("pubrel-not-sent-again", "does not resend PUBREL when a Session is resumed", || {
            outgoing(Pubrel, |seen, wire| {
                if seen.first {
                    wire.deliver(seen);
                }
            })
        })
        .breaks(&["MQTT-4.4.0-1"], &["MQTT-4.4.0-1", "MQTT-4.3.3-5"]),
        Fault::new("publish-again-for-pubrel", "resends PUBLISH where only PUBREL is missing", || {
            let mut sent = BTreeMap::new();
            all(move |event, wire| match event {
                Event::Out(seen) if seen.is(Publish) => {
                    sent.insert((wire.peer().client_id(), seen.number("packet_id")), seen.clone());
                    wire.deliver(seen);
                }
                Event::Out(seen) if seen.is(Pubrel) && !seen.first => {
                    match sent.get(&(wire.peer().client_id(), seen.number("packet_id"))).cloned() {
                        Some(mut publish) => {
                            publish.set("dup", true);
                            wire.deliver(publish);
                        }
                        None => wire.deliver(seen),
                    }
                }
                event => wire.pass(event),
            })
        })
        .breaks(&["MQTT-4.3.3-1", "MQTT-4.4.0-1"], &["MQTT-4.3.3-6", "MQTT-4.4.0-1"]),
        Fault::new("qos-2-not-recognised", "treats a repeated QoS 2 PUBLISH as a new message", || {
            let mut open: BTreeSet<(Vec<u8>, u64)> = BTreeSet::new();
            let mut unasked = BTreeSet::new();
            all(move |event, wire| {
                let me = wire.peer().client_id();
                match &event {
                    Event::In(seen) if seen.is(Publish) && seen.number("qos") == 2 => {
                        let key = (me, seen.number("packet_id"));
                        if !open.insert(key.clone()) {
                            // the broker must forget it first
                            wire.ask(Pubrel, [("packet_id", Value::Number(key.1))]);
                            unasked.insert(key);
                        }
                    }
                    Event::In(seen) if seen.is(Pubrel) => drop(open.remove(&(me, seen.number("packet_id")))),
                    Event::Out(seen) if seen.is(Pubcomp) && unasked.remove(&(me, seen.number("packet_id"))) => return,
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-4.3.3-2"], &["MQTT-4.3.3-10"]),
        Fault::new("qos-2-forgotten-on-reconnect", "forgets with the connection which QoS 2 messages it has", || {
            let mut open: BTreeMap<(Vec<u8>, u64), _> = BTreeMap::new();
            let mut unasked = BTreeSet::new();
            all(move |event, wire| {
                let me = wire.peer().client_id();
                match &event {
                    Event::In(seen) if seen.is(Publish) && seen.number("qos") == 2 => {
                        let before = open.insert((me, seen.number("packet_id")), wire.id);
                        if before.is_some_and(|before| before != wire.id) {
                            let id = Value::Number(seen.number("packet_id"));
                            unasked.insert((wire.id, seen.number("packet_id")));
                            wire.ask(Pubrel, [("packet_id", id)]);
                        }
                    }
                    Event::In(seen) if seen.is(Pubrel) => drop(open.remove(&(me, seen.number("packet_id")))),
                    Event::Out(seen) if seen.is(Pubcomp) && unasked.remove(&(wire.id, seen.number("packet_id"))) => {
                        return;
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-4.3.3-2", "MQTT-4.1.0-1"], &["MQTT-4.3.3-10", "MQTT-3.1.2-23"]),
        Fault::new("qos-2-identifier-kept-for-ever", "treats a used Packet Identifier as a repeat forever", || {
            let mut used: BTreeSet<(Vec<u8>, u64, u64)> = BTreeSet::new();
            incoming(Publish, move |seen, wire| {
                let (id, qos) = (seen.number("packet_id"), seen.number("qos"));
                if qos == 0 || used.insert((wire.peer().client_id(), id, qos)) {
                    return wire.forward(seen);
                }
                wire.send(if qos == 1 { Puback } else { Pubrec }, [("packet_id", Value::Number(id))]);
            })
        })
        .breaks(&["MQTT-4.3.3-2", "MQTT-4.3.2-2"], &["MQTT-4.3.3-12", "MQTT-4.3.2-5", "MQTT-4.3.3-9"]),
        Fault::new("unsubscribed-comes-back", "restores ended subscriptions with the Session", || {
            let mut ended: BTreeMap<Vec<u8>, BTreeSet<String>> = BTreeMap::new();
            all(move |event, wire| {
                let ended = ended.entry(wire.peer().client_id()).or_default();
                match event {
                    Event::In(seen) if seen.is(Unsubscribe) => {
                        ended.extend(seen.filters());
                        wire.forward(seen);
                    }
                    Event::In(seen) if seen.is(Subscribe) => {
                        ended.retain(|filter| !seen.filters().contains(filter));
                        wire.forward(seen);
                    }
                    Event::Out(seen) if seen.is(Connack) && seen.flag("session_present") => {
                        wire.deliver(seen);
                        ended.iter().for_each(|filter| super::subscriptions::subscribe_unseen(filter, wire));
                    }
                    Event::Out(seen) if super::subscriptions::is_unseen(&seen) => {}
                    event => wire.pass(event),
                }
            })
        })
        .breaks(&["MQTT-3.10.4-1", "MQTT-3.10.4-2"], &["MQTT-3.10.4-1", "MQTT-3.10.4-2"]),
    ]
}
