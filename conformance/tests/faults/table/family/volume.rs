//! What is right for a few and wrong for many.

use std::collections::BTreeMap;

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{Pingreq, Publish, Suback, Subscribe, Unsuback};

use crate::{
    fault::{Fault, all, edit_out, outgoing},
    table::deliveries::settle,
    wire::Event,
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        Fault::new("retained-no-more-than-1020", "sends 1020 retained messages for a SUBSCRIBE at most", || {
            let mut sent: BTreeMap<u64, usize> = BTreeMap::new();
            outgoing(Publish, move |seen, wire| {
                let count = sent.entry(wire.id).or_default();
                *count += usize::from(seen.flag("retain"));
                if seen.flag("retain") && *count > 1020 { settle(&seen, wire) } else { wire.deliver(seen) }
            })
        })
        .breaks(&["MQTT-3.3.1-6", "3.1.1§3.8.4-b"], &["MQTT-3.3.1-9", "5.0§3.8.4-c"]),
        Fault::new("queue-of-800", "queues eight hundred messages for a client that is away", || {
            let mut sent: BTreeMap<u64, usize> = BTreeMap::new();
            outgoing(Publish, move |seen, wire| {
                let count = sent.entry(wire.id).or_default();
                *count += usize::from(!seen.flag("retain"));
                if !seen.flag("retain") && *count > 800 { settle(&seen, wire) } else { wire.deliver(seen) }
            })
        })
        .breaks(&["MQTT-4.5.0-1", "MQTT-3.1.2-5"], &["MQTT-4.5.0-1", "MQTT-3.1.2-23"]),
        Fault::new("hundred-pings-a-write", "answers a hundred PINGREQ packets of a write at most", || {
            let mut count = 0;
            all(move |event, wire| {
                if let Event::In(seen) = &event {
                    count = if seen.first { 1 } else { count + 1 };
                    if count > 100 && seen.is(Pingreq) {
                        return;
                    }
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.12.4-1"], &["MQTT-3.12.4-1"]),
        Fault::new("hundred-filters-a-subscribe", "takes the first hundred filters of a SUBSCRIBE", || {
            let mut left: BTreeMap<(u64, u64), usize> = BTreeMap::new();
            all(move |mut event, wire| {
                let id = wire.id;
                match &mut event {
                    Event::In(seen) if seen.is(Subscribe) => {
                        left.insert((id, seen.number("packet_id")), seen.filters().len().saturating_sub(100));
                        seen.list("subscriptions", |items| items.truncate(100));
                    }
                    Event::Out(seen) if seen.is(Suback) => {
                        let more = left.remove(&(id, seen.number("packet_id"))).unwrap_or_default();
                        seen.list("reason_codes", |codes| codes.extend(vec![Value::Number(0); more]));
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.8.4-4"], &["MQTT-3.8.4-5"]),
        Fault::new("hundred-codes-in-unsuback", "sends a hundred codes in UNSUBACK at most", || {
            edit_out(Unsuback, |seen| {
                seen.list("reason_codes", |codes| codes.truncate(100));
            })
        })
        .breaks(&[], &["MQTT-3.11.3-2", "MQTT-3.11.3-1"]),
        long("correlation-data-cut", "cuts Correlation Data after 10 000 bytes", "correlation_data")
            .breaks(&[], &["MQTT-3.3.2-16"]),
        long("content-type-cut", "cuts a Content Type after 10 000 bytes", "content_type")
            .breaks(&[], &["MQTT-3.3.2-20"]),
        Fault::new("long-user-property-lost", "loses User Properties with more than 100 bytes", || {
            edit_out(Publish, |seen| {
                seen.list("user_properties", |pairs| {
                    pairs.retain(|pair| match pair {
                        Value::List(pair) => pair.iter().filter_map(Value::as_bytes).all(|text| text.len() <= 100),
                        _ => true,
                    });
                });
            })
        })
        .breaks(&[], &["MQTT-3.3.2-17"]),
        Fault::new("sixteen-user-properties", "passes on sixteen User Properties at most", || {
            edit_out(Publish, |seen| {
                seen.list("user_properties", |pairs| pairs.truncate(16));
            })
        })
        .breaks(&[], &["MQTT-3.3.2-17", "MQTT-3.3.2-18"]),
    ]
}

fn long(name: &'static str, does: &'static str, property: &'static str) -> Fault {
    Fault::new(name, does, move || {
        edit_out(Publish, move |seen| {
            seen.data(property, |bytes| bytes.truncate(10_000));
        })
    })
}
