//! The content of messages: topic and payload.

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::Publish;

use super::deliveries::payload;
use crate::{
    fault::{Fault, all, edit_in, edit_out},
    seen::Seen,
    wire::Event,
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        Fault::new("topic-altered", "delivers with another topic", || {
            edit_out(Publish, |seen| seen.set("topic", (seen.text("topic") + "x").as_str()))
        })
        .breaks(&["MQTT-3.3.2-3", "MQTT-4.7.3-4", "MQTT-4.5.0-1"], &["MQTT-3.3.2-3", "MQTT-4.7.3-4", "MQTT-4.5.0-1"])
        .coarse(),
        Fault::new("payload-altered", "changes the first byte of the payload", || {
            edit_out(Publish, |seen| alter(seen, |bytes| bytes.iter_mut().take(1).for_each(|byte| *byte ^= 1)))
        })
        .breaks(&["MQTT-4.5.0-1"], &["MQTT-4.5.0-1"])
        .coarse(),
        Fault::new("payload-emptied", "delivers without the payload", || {
            edit_out(Publish, |seen| alter(seen, Vec::clear))
        })
        .breaks(&["MQTT-4.5.0-1"], &["MQTT-4.5.0-1"])
        .coarse(),
        Fault::new("payload-cut", "delivers at most 1000 bytes of a payload", || {
            edit_out(Publish, |seen| alter(seen, |bytes| bytes.truncate(1000)))
        })
        .breaks(&["MQTT-4.5.0-1"], &["MQTT-4.5.0-1"]),
        Fault::new("payload-as-text", "treats payloads as UTF-8", || {
            edit_in(Publish, |seen| {
                alter(seen, |bytes| *bytes = String::from_utf8_lossy(bytes).into_owned().into_bytes());
            })
        })
        .breaks(&["MQTT-4.5.0-1"], &["MQTT-4.5.0-1"]),
        Fault::new("payload-ends-at-nul", "treats payloads as C strings", || {
            edit_in(Publish, |seen| {
                alter(seen, |bytes| {
                    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
                    bytes.truncate(end);
                });
            })
        })
        .breaks(&["MQTT-4.5.0-1"], &["MQTT-4.5.0-1"]),
        Fault::new("payload-empty-lost", "ignores messages without a payload", || {
            all(|event, wire| match &event {
                Event::Out(seen) if seen.is(Publish) && payload(seen) == Value::Bytes(Vec::new()) => {}
                _ => wire.pass(event),
            })
        })
        .breaks(&["MQTT-4.5.0-1", "MQTT-3.3.1-10"], &["MQTT-4.5.0-1", "MQTT-3.3.1-6"]),
    ]
}

fn alter(seen: &mut Seen, how: impl FnOnce(&mut Vec<u8>)) {
    seen.data("payload", |bytes| how(bytes));
}
