//! Brokers that behave differently, but as the standard allows. No case may fail. Within a group the order matters:
//! packets from the broker pass the first fault first.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use mqttspec::{packet::Value, transport::Passage};
use mqttspec_codec::PacketType::{Connack, Disconnect, Puback, Pubcomp, Publish, Pubrec, Pubrel, Suback, Unsuback};

use crate::{
    fault::{Fault, Wrong, all, edit_out, outgoing},
    seen::Seen,
    wire::{Event, Wire},
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        Fault::new("slow", "has a round trip of 50 ms", || {
            all(|event, wire| {
                wire.delay = Duration::from_millis(50);
                wire.pass(event);
            })
        })
        .legal("slow")
        .round_trip(Duration::from_millis(100)),
        Fault::new("acknowledges-late", "acknowledges after 100 ms, so after the next PINGRESP", || {
            late(Duration::from_millis(100), |seen| [Puback, Pubrec, Pubcomp].iter().any(|of| seen.is(*of)))
        })
        .legal("acknowledges late"),
        Fault::new("delivers-late", "delivers after 300 ms", || {
            late(Duration::from_millis(300), |seen| seen.is(Publish) || seen.is(Pubrel))
        })
        .legal("delivers late"),
        Fault::new("retained-before-suback", "sends SUBACK after the retained messages", || {
            late(Duration::from_millis(10), |seen| seen.is(Suback))
        })
        .legal("endings"),
        Fault::new("closes-after-a-moment", "closes 500 ms after an error", || {
            all(|event, wire| {
                if let Event::BrokerCloses = &event {
                    wire.delay = Duration::from_millis(500);
                }
                wire.pass(event);
            })
        })
        .legal("endings"),
        Fault::new("closes-without-a-word", "closes without a DISCONNECT", || outgoing(Disconnect, |_, _| {}))
            .legal("endings"),
        Fault::new("one-at-a-time", "has only one QoS 1 or 2 message in flight to a client", || {
            let mut lines: BTreeMap<_, VecDeque<Seen>> = BTreeMap::new();
            let mut unsent: BTreeSet<(Vec<u8>, u64)> = BTreeSet::new();
            all(move |event, wire| one_at_a_time(event, wire, &mut lines, &mut unsent))
        })
        .legal("deliveries"),
        Fault::new("repeats-before-v5", "resends unacknowledged messages with DUP before v5", || {
            let mut unacknowledged: BTreeMap<_, BTreeMap<u64, Seen>> = BTreeMap::new();
            all(move |event, wire| {
                let open = unacknowledged.entry(wire.id).or_default();
                match &event {
                    _ if wire.v5() => {}
                    Event::Out(seen) if seen.is(Publish) && seen.number("qos") > 0 => {
                        let mut again = seen.clone();
                        again.set("dup", true);
                        open.insert(seen.number("packet_id"), again);
                    }
                    Event::In(seen) if seen.is(Puback) || seen.is(Pubrec) => {
                        drop(open.remove(&seen.number("packet_id")))
                    }
                    Event::Out(_) => open.values().for_each(|again| wire.deliver(again.clone())),
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .legal("deliveries"),
        Fault::new("adds-user-properties", "adds a User Property to every message, in v5", || {
            outgoing(Publish, |mut seen, wire| {
                if wire.v5() && wire.peer().limit("maximum_packet_size").is_none() {
                    let pair = Value::List(vec![Value::text("broker"), Value::text("b")]);
                    let mut pairs = match seen.get("user_properties") {
                        Some(Value::List(pairs)) => pairs.clone(),
                        _ => Vec::new(),
                    };
                    pairs.push(pair);
                    seen.set("user_properties", Value::List(pairs));
                }
                wire.deliver(seen);
            })
        })
        .legal("edits"),
        Fault::new("explains-itself", "adds a Reason String to every answer that allows one", || {
            all(|mut event, wire| {
                if let Event::Out(seen) = &mut event
                    && wire.v5()
                    && wire.peer().limit("maximum_packet_size").is_none()
                    && !wire.peer().connect.contains_key("request_problem_information")
                    && [Connack, Puback, Pubrec, Pubrel, Pubcomp, Suback, Unsuback, Disconnect]
                        .iter()
                        .any(|of| seen.is(*of))
                {
                    seen.set("reason_string", "because");
                }
                wire.pass(event);
            })
        })
        .legal("edits"),
        Fault::new("nobody-listens-unsaid", "acknowledges with code 0 if there are no subscribers", || {
            all(|mut event, wire| {
                if let Event::Out(seen) = &mut event
                    && (seen.is(Puback) || seen.is(Pubrec))
                    && seen.number("reason_code") == 0x10
                {
                    seen.set("reason_code", 0_u64);
                }
                wire.pass(event);
            })
        })
        .legal("edits"),
        Fault::new("unknown-identifier-taken", "answers an unknown Packet Identifier with success", || {
            all(|mut event, wire| {
                if let Event::Out(seen) = &mut event
                    && seen.number("reason_code") == 0x92
                {
                    seen.set("reason_code", 0_u64);
                }
                wire.pass(event);
            })
        })
        .legal("edits"),
        Fault::new("unsuback-success", "always reports that a subscription existed", || {
            edit_out(Unsuback, |seen| seen.each("reason_codes", |code| *code = Value::Number(0)))
        })
        .legal("edits"),
        Fault::new(
            "long-forms",
            "writes the Reason Code and an empty property length in every acknowledgement",
            || {
                all(|event, wire| match event {
                    Event::Out(seen)
                        if wire.v5() && [Puback, Pubrec, Pubrel, Pubcomp].iter().any(|of| seen.is(*of)) =>
                    {
                        wire.deliver(seen.raw(|bytes| {
                            if bytes[1] == 2 {
                                bytes[1] = 4;
                                bytes.extend([0, 0]);
                            }
                        }));
                    }
                    event => wire.pass(event),
                })
            },
        )
        .legal("edits"),
        Fault::new("counts-a-second-more", "subtracts one second more from the Message Expiry Interval", || {
            edit_out(Publish, |seen| {
                if let left @ 2.. = seen.number("message_expiry_interval") {
                    seen.set("message_expiry_interval", left - 1);
                }
            })
        })
        .legal("edits"),
        Fault::new("unspecific", "uses Unspecified Error or Protocol Error instead of a specific code", || {
            all(|mut event, wire| {
                if let Event::Out(seen) = &mut event
                    && (seen.is(Disconnect) || seen.is(Connack) && wire.v5())
                    && seen.number("reason_code") >= 0x80
                {
                    seen.set("reason_code", 0x80_u64);
                }
                wire.pass(event);
            })
        })
        .legal("edits"),
        Fault::new("byte-by-byte", "writes one byte at a time", || {
            all(|event, wire| match event {
                Event::Out(seen) => seen.bytes().iter().for_each(|byte| wire.answer(&[*byte])),
                event => wire.pass(event),
            })
        })
        .legal("edits"),
    ]
}

/// Delayed packets stay in order among themselves, but come after packets that are not delayed.
fn late(by: Duration, what: impl Fn(&Seen) -> bool + 'static) -> Wrong {
    all(move |event, wire| {
        if matches!(&event, Event::Out(seen) if what(seen)) {
            wire.delay = by;
        }
        wire.pass(event);
    })
}

/// Only the front of the queue is in flight. A message that was never sent has no DUP when the Session is resumed.
fn one_at_a_time(
    event: Event,
    wire: &mut Wire<'_>,
    lines: &mut BTreeMap<u64, VecDeque<Seen>>,
    unsent: &mut BTreeSet<(Vec<u8>, u64)>,
) {
    let me = wire.peer().client_id();
    let line = lines.entry(wire.id).or_default();
    let done = match &event {
        Event::In(seen) if seen.is(Puback) || seen.is(Pubcomp) => true,
        Event::In(seen) if seen.is(Pubrec) => seen.number("reason_code") >= 0x80,
        _ => false,
    };
    match event {
        Event::Out(mut seen) if seen.is(Publish) && seen.number("qos") > 0 => {
            let id = seen.number("packet_id");
            if unsent.contains(&(me.clone(), id)) {
                seen.set("dup", false);
            }
            line.push_back(seen.clone());
            match line.len() {
                1 => {
                    unsent.remove(&(me, id));
                    wire.deliver(seen);
                }
                _ => drop(unsent.insert((me, id))),
            }
        }
        Event::In(seen) if done => {
            let id = seen.number("packet_id");
            let mine = line.front().is_some_and(|front| front.number("packet_id") == id);
            wire.forward(seen);
            if mine {
                line.pop_front();
                if let Some(next) = line.front() {
                    unsent.remove(&(me, next.number("packet_id")));
                    wire.passages.push((Duration::ZERO, Passage::ToClient(wire.id, next.bytes())));
                }
            }
        }
        event => wire.pass(event),
    }
}
