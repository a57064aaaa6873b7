//! Limits of the Client that do not hold on one path of delivery.

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{Connect, Publish};

use super::path::{PATHS, Track};
use crate::{
    fault::{Fault, Wrong, all, edit_in, edit_out},
    seen::Seen,
    table::deliveries::settle,
    wire::Event,
};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = vec![
        Fault::new("receive-maximum-ignored-on-resumption", "takes the Receive Maximum from new Clients only", || {
            edit_in(Connect, |seen| {
                if !seen.flag("clean_start") {
                    seen.remove("receive_maximum");
                }
            })
        })
        .breaks(&[], &["MQTT-3.3.4-9", "MQTT-4.9.0-2"]),
        Fault::new("packet-size-of-the-payload", "compares only the payload with the Maximum Packet Size", || {
            sends_too_large(|seen, _, _| seen.get("payload").and_then(Value::as_bytes).is_none_or(|it| it.len() < 100))
        })
        .breaks(&[], &["MQTT-3.1.2-24"]),
        Fault::new("alias-on-retained", "sets a Topic Alias on retained messages, whatever the maximum", || {
            edit_out(Publish, |seen| {
                if seen.flag("retain") && seen.get("topic_alias").is_none() {
                    seen.set("topic_alias", 1_u64);
                }
            })
        })
        .breaks(&[], &["MQTT-3.1.2-27", "MQTT-3.1.2-26"]),
    ];
    for path in PATHS.iter().filter(|path| path.name == "retained" || path.name == "will") {
        let does = format!("ignores the Maximum Packet Size for {}", path.messages);
        faults.push(
            Fault::new(format!("packet-size-ignored-{}", path.name), does, move || sends_too_large(path.takes))
                .breaks(&[], &["MQTT-3.1.2-24"]),
        );
    }
    faults
}

/// Sends some messages that are larger than the Client allows, and drops the others as it must.
fn sends_too_large(which: impl Fn(&Seen, &Track, u64) -> bool + 'static) -> Wrong {
    let mut track = Track::default();
    all(move |mut event, wire| {
        track.see(&event, wire);
        match &mut event {
            Event::In(seen) if seen.is(Connect) => seen.remove("maximum_packet_size"),
            Event::Out(seen) if seen.is(Publish) => {
                let limit = wire.peer().limit("maximum_packet_size").unwrap_or(u64::MAX);
                if seen.bytes().len() as u64 > limit && !which(seen, &track, wire.id) {
                    return settle(seen, wire);
                }
            }
            _ => {}
        }
        wire.pass(event);
    })
}
