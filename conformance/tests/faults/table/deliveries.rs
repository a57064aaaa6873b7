//! Deliveries to Subscribers: how often, to whom, in which order, with which QoS.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{Puback, Pubcomp, Publish, Pubrec, Pubrel};

use crate::{
    fault::{Fault, Wrong, all, edit_out, lose_in, lose_out, outgoing},
    seen::Seen,
    wire::Event,
};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = vec![
        Fault::new("never-delivered", "delivers nothing", || lose_out(Publish))
            .breaks(&["MQTT-4.5.0-1"], &["MQTT-4.5.0-1"])
            .coarse()
            .but_for(&["4.05-receipt/delivered"]),
        Fault::new("publish-lost", "ignores every PUBLISH", || lose_in(Publish))
            .breaks(
                &["MQTT-4.5.0-1", "MQTT-3.3.4-1", "MQTT-4.3.2-2"],
                &["MQTT-4.5.0-1", "MQTT-3.3.4-1", "MQTT-4.3.2-4"],
            )
            .coarse(),
        Fault::new("to-everybody", "sends every message to every client that is connected", || {
            outgoing(Publish, |seen, wire| {
                for other in wire.others() {
                    wire.on(other, |wire| {
                        wire.send(Publish, [("topic", Value::text(&seen.text("topic"))), ("payload", payload(&seen))]);
                    });
                }
                wire.deliver(seen);
            })
        })
        .breaks(&["MQTT-3.3.2-3"], &["MQTT-3.3.2-3"])
        .coarse(),
        Fault::new("qos-lowered", "delivers everything with QoS 0", || {
            outgoing(Publish, |mut seen, wire| {
                settle(&seen, wire);
                seen.set("qos", 0_u64);
                seen.remove("dup");
                wire.deliver(seen);
            })
        })
        .breaks(&["MQTT-3.8.4-6", "MQTT-3.3.5-1"], &["MQTT-3.8.4-8", "MQTT-3.3.4-2", "MQTT-4.8.2-3"])
        .coarse()
        .but_for(&["3.08-subscribe/delivered-qos"]),
        Fault::new("qos-raised", "delivers QoS 0 messages with QoS 1", || {
            let mut next = 40_000;
            all(move |event, wire| match event {
                Event::Out(mut seen) if seen.is(Publish) && seen.number("qos") == 0 => {
                    next += 1;
                    seen.set("qos", 1_u64);
                    seen.set("packet_id", next);
                    wire.deliver(seen);
                }
                Event::In(seen) if seen.is(Puback) && seen.number("packet_id") > 40_000 => {}
                event => wire.pass(event),
            })
        })
        .breaks(&["MQTT-3.8.4-6"], &["MQTT-3.8.4-8"]),
        Fault::new("qos-2-as-qos-1", "handles QoS 2 messages with QoS 1", || {
            edit_out(Publish, |seen| {
                if seen.number("qos") == 2 {
                    seen.set("qos", 1_u64);
                }
            })
        })
        .breaks(&["MQTT-3.8.4-6"], &["MQTT-3.8.4-8"])
        .coarse(),
        Fault::new("own-messages-withheld", "does not deliver messages to their publisher", || {
            let mut published: BTreeSet<(u64, Value)> = BTreeSet::new();
            all(move |event, wire| {
                let me = wire.id;
                match &event {
                    Event::In(seen) if seen.is(Publish) => drop(published.insert((me, payload(seen)))),
                    Event::Out(seen) if seen.is(Publish) && published.contains(&(me, payload(seen))) => {
                        return settle(seen, wire);
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-4.5.0-1"], &["MQTT-4.5.0-1"]),
        Fault::new("swapped", "lets every second message overtake the one before it", || {
            let mut odd = false;
            outgoing(Publish, move |seen, wire| {
                odd = !odd;
                if odd {
                    wire.delay = Duration::from_millis(5);
                }
                wire.deliver(seen);
            })
        })
        .breaks(&["MQTT-4.6.0-6", "MQTT-4.6.0-5"], &["MQTT-4.6.0-5", "MQTT-4.6.0-6"]),
        Fault::new("sent-again-after-a-while", "repeats a QoS 1 or 2 message after two seconds, in v5 too", || {
            outgoing(Publish, |seen, wire| {
                wire.deliver(seen.clone());
                if seen.number("qos") > 0 && wire.v5() {
                    let mut again = seen;
                    again.set("dup", true);
                    wire.delay = Duration::from_secs(2);
                    wire.deliver(again);
                }
            })
        })
        .breaks(&[], &["MQTT-4.4.0-1"]),
        Fault::new("refused-sent-again", "repeats messages refused with PUBACK or PUBREC", || {
            let mut sent: BTreeMap<_, Seen> = BTreeMap::new();
            all(move |event, wire| {
                let mut again = None;
                match &event {
                    Event::Out(seen) if seen.is(Publish) => {
                        drop(sent.insert((wire.id, seen.number("packet_id")), seen.clone()));
                    }
                    Event::In(seen) if seen.number("reason_code") >= 0x80 => {
                        again = sent.remove(&(wire.id, seen.number("packet_id")));
                    }
                    _ => {}
                }
                wire.pass(event);
                if let Some(mut again) = again {
                    again.set("dup", true);
                    wire.deliver(again);
                }
            })
        })
        .breaks(&[], &["MQTT-4.4.0-2", "MQTT-4.4.0-1"]),
        Fault::new("refused-stays-in-flight", "never removes a refused message from those in flight", || {
            all(|event, wire| match &event {
                Event::In(seen) if (seen.is(Puback) || seen.is(Pubrec)) && seen.number("reason_code") >= 0x80 => {}
                _ => wire.pass(event),
            })
        })
        .breaks(&[], &["5.0§4.9-a", "MQTT-4.4.0-2"]),
    ];
    let copies: [(u64, &str, &[&str], &[&str]); 3] = [
        (0, "delivers QoS 0 twice", &["3.1.1§4.3.1-a"], &["5.0§4.3.1-a"]),
        (1, "delivers QoS 1 twice", &["MQTT-4.3.2-1", "MQTT-3.8.4-6"], &["MQTT-4.3.2-1"]),
        (2, "delivers QoS 2 twice", &["MQTT-4.3.3-1", "MQTT-4.3.3-2"], &["MQTT-4.3.3-1", "MQTT-4.3.3-10"]),
    ];
    for (qos, does, v3_1_1, v5) in copies {
        let fault = Fault::new(format!("twice-at-qos-{qos}"), does, move || twice(qos));
        faults.push(fault.breaks(v3_1_1, v5).coarse());
    }
    faults
}

/// The second copy has its own identifier, and the fault completes its exchange with the client.
fn twice(qos: u64) -> Wrong {
    const OURS: u64 = 30_000;
    all(move |event, wire| match event {
        Event::Out(seen) if seen.is(Publish) && seen.number("qos") == qos => {
            wire.deliver(seen.clone());
            let mut copy = seen;
            if qos > 0 {
                copy.set("packet_id", copy.number("packet_id") + OURS);
            }
            wire.deliver(copy);
        }
        Event::In(seen) if [Puback, Pubcomp].iter().any(|of| seen.is(*of)) && seen.number("packet_id") > OURS => {}
        Event::In(seen) if seen.is(Pubrec) && seen.number("packet_id") > OURS => {
            wire.send(Pubrel, [("packet_id", Value::Number(seen.number("packet_id")))]);
        }
        event => wire.pass(event),
    })
}

/// Acknowledges a delivery to the broker on behalf of the client.
pub(crate) fn settle(seen: &Seen, wire: &mut crate::wire::Wire<'_>) {
    let id = Value::Number(seen.number("packet_id"));
    match seen.number("qos") {
        0 => {}
        1 => wire.ask(Puback, [("packet_id", id)]),
        // a refusal ends the exchange; before v5 there are no refusals
        _ if wire.v5() => wire.ask(Pubrec, [("packet_id", id), ("reason_code", Value::Number(0x80))]),
        _ => {}
    }
}

pub(crate) fn payload(seen: &Seen) -> Value {
    seen.get("payload").cloned().unwrap_or(Value::Bytes(Vec::new()))
}
