//! When a broker does what it does: the standard names hardly any time.

use std::time::Duration;

use mqttspec_codec::{
    PacketType::{Connack, Connect, Disconnect, Pingreq, Puback, Pubcomp, Publish, Pubrec, Pubrel, Suback, Subscribe},
    Version, decode_frame,
};

use super::{MILLISECOND, late};
use crate::{
    fault::{all, edit_in},
    seen::Seen,
    stand_in::StandIn,
    wire::{Event, Wire},
};

pub(super) fn stand_ins() -> Vec<StandIn> {
    vec![
        StandIn::wire("slow", "has a round trip of 100 ms", || late(|_, _| 50 * MILLISECOND)),
        StandIn::wire("acknowledges-late", "acknowledges after 100 ms, so after the next PINGRESP", || {
            out(100, |seen, _| [Puback, Pubrec, Pubcomp].iter().any(|of| seen.is(*of)))
        }),
        StandIn::wire("acknowledges-in-any-order", "sends every second PUBACK 10 ms late", || {
            out(10, |seen, _| seen.is(Puback) && seen.number("packet_id") % 2 == 1)
        }),
        StandIn::wire("delivers-late", "delivers after 300 ms", || {
            out(300, |seen, _| seen.is(Publish) || seen.is(Pubrel))
        }),
        StandIn::wire("suback-late", "sends SUBACK 10 ms late, so after retained messages", || {
            out(10, |seen, _| seen.is(Suback))
        }),
        StandIn::wire("closes-after-a-moment", "closes 500 ms after an error, but says so at once", || {
            late(|event, _| match event {
                Event::BrokerCloses => 500 * MILLISECOND,
                _ => Duration::ZERO,
            })
        }),
        StandIn::wire("notices-errors-late", "says and closes 2 s after an error", || {
            late(|event, wire| match event {
                Event::BrokerCloses => 2000 * MILLISECOND,
                Event::Out(seen) if seen.is(Disconnect) || refuses(seen, wire) => 2000 * MILLISECOND,
                _ => Duration::ZERO,
            })
        }),
        StandIn::wire("closes-without-a-word", "closes without a DISCONNECT", || {
            all(|event, wire| match event {
                Event::Out(seen) if seen.is(Disconnect) => {}
                event => wire.pass(event),
            })
        }),
        // v5 [MQTT-3.1.2-22], v3.1.1 [MQTT-3.1.2-24]: after one and a half times the Keep Alive, but with which clock?
        StandIn::wire("checks-keep-alive-rarely", "ends a silent connection 6 s late", || {
            edit_in(Connect, |seen| {
                if let keep_alive @ 1..60_000 = seen.number("keep_alive") {
                    seen.set("keep_alive", keep_alive + 4);
                }
            })
        }),
        StandIn::wire("pings-first", "answers PINGREQ at once, and looks at other packets 100 ms later", || {
            late(|event, wire| match event {
                _ if !wire.peer().accepted => Duration::ZERO,
                Event::In(seen) if !seen.is(Pingreq) => 100 * MILLISECOND,
                Event::ClientCloses => 100 * MILLISECOND,
                _ => Duration::ZERO,
            })
        }),
        StandIn::wire("publishes-behind", "handles PUBLISH 100 ms later than other packets", || {
            late(|event, wire| match event {
                _ if !wire.peer().accepted => Duration::ZERO,
                Event::In(seen) if seen.is(Publish) || seen.is(Pubrel) => 100 * MILLISECOND,
                // what is acknowledged was read
                Event::ClientCloses => 100 * MILLISECOND,
                _ => Duration::ZERO,
            })
        }),
        StandIn::wire("grants-slowly", "takes 700 ms for a SUBSCRIBE, and reads nothing meanwhile", || {
            let mut busy = std::collections::BTreeMap::new();
            all(move |event, wire| {
                let inward = matches!(event, Event::In(_) | Event::ClientCloses);
                let until = busy.entry(wire.id).or_insert(Duration::ZERO);
                if matches!(&event, Event::In(seen) if seen.is(Subscribe)) {
                    *until = (*until).max(wire.now + 700 * MILLISECOND);
                }
                if inward {
                    wire.delay = until.saturating_sub(wire.now);
                }
                wire.pass(event);
            })
        }),
        StandIn::wire("byte-by-byte", "writes one byte at a time", || {
            all(|event, wire| match event {
                Event::Out(seen) => seen.bytes().iter().for_each(|byte| wire.answer(&[*byte])),
                event => wire.pass(event),
            })
        }),
        StandIn::wire("wills-late", "publishes a Will Message 3 s after it could", || {
            let mut wills: Vec<(String, Vec<u8>)> = Vec::new();
            late_with(move |event, _| {
                match event {
                    Event::In(seen) if seen.is(Connect) => wills.extend(will(seen)),
                    Event::Out(seen) if seen.is(Publish) && !seen.flag("retain") => {
                        let payload = seen.get("payload").and_then(|payload| payload.as_bytes());
                        let is = |(topic, sent): &(String, Vec<u8>)| {
                            *topic == seen.text("topic") && Some(&sent[..]) == payload
                        };
                        if wills.iter().any(is) {
                            return Duration::from_secs(3);
                        }
                    }
                    _ => {}
                }
                Duration::ZERO
            })
        }),
    ]
}

/// Delays packets from the broker by that many milliseconds.
fn out(by: u32, what: impl Fn(&Seen, &Wire<'_>) -> bool + 'static) -> crate::fault::Wrong {
    late(move |event, wire| match event {
        Event::Out(seen) if what(seen, wire) => by * MILLISECOND,
        _ => Duration::ZERO,
    })
}

/// The same with a state.
fn late_with(mut by: impl FnMut(&Event, &Wire<'_>) -> Duration + 'static) -> crate::fault::Wrong {
    all(move |event, wire| {
        wire.delay = by(&event, wire);
        wire.pass(event);
    })
}

fn refuses(seen: &Seen, wire: &Wire<'_>) -> bool {
    let readable = decode_frame(&seen.bytes(), Version::V3_1_1).is_ok() || wire.v5();
    seen.claims() == Some(Connack) && readable && !wire.peer().accepted && seen.number("reason_code") > 0
}

/// The topic and payload of the Will in a CONNECT.
fn will(connect: &Seen) -> Option<(String, Vec<u8>)> {
    let Some(mqttspec::packet::Value::Map(will)) = connect.get("will") else { return None };
    let field = |name: &str| will.get(name).and_then(|value| value.as_bytes()).unwrap_or_default().to_vec();
    Some((String::from_utf8(field("topic")).ok()?, field("payload")))
}
