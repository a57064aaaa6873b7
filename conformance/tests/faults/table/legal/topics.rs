//! Topics that a broker may refuse: deep ones, those that begin with `$`, those with control characters.

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{Puback, Publish, Suback, Subscribe};

use super::close;
use crate::{
    fault::{DENIED, Wrong, all},
    seen::Seen,
    stand_in::StandIn,
    wire::{Event, Wire},
};

pub(super) fn stand_ins() -> Vec<StandIn> {
    vec![
        StandIn::wire("eight-levels", "refuses topics and filters of more than eight levels", || {
            refusing(|topic| topic.split('/').count() > 8, |seen, wire| refused(seen, wire, 0x90))
        }),
        StandIn::wire("short-topics", "refuses topics and filters of more than 1,000 bytes", || {
            refusing(|topic| topic.len() > 1000, |seen, wire| refused(seen, wire, 0x90))
        }),
        // v5 4.7.2, v3.1.1 4.7.2: such topics are the Server's own
        StandIn::wire("dollar-refused", "refuses to take messages on topics that begin with $", || {
            refusing(own_topic, |seen, wire| refused(seen, wire, 0x87))
        }),
        StandIn::wire("dollar-dropped", "acknowledges messages on topics that begin with $, and drops them", || {
            refusing(own_topic, |seen, wire| refused(seen, wire, 0))
        }),
        StandIn::wire("dollar-closed", "closes on a PUBLISH to a topic that begins with $", || {
            refusing(own_topic, |_, wire| close(wire, 0x90))
        }),
        // v5 1.5.4, v3.1.1 1.5.3: a receiver may close on these
        StandIn::wire("control-characters-closed", "closes on control characters in a topic", || {
            refusing(
                |topic| topic.contains(|character: char| character.is_control() || character == '\u{FFFF}'),
                |_, wire| close(wire, 0x90),
            )
        }),
    ]
}

/// Whether it is one of the broker's own topics.
fn own_topic(topic: &str) -> bool {
    topic.starts_with('$') && !topic.starts_with("$share/") && topic != DENIED
}

/// Does this with a PUBLISH to, or a SUBSCRIBE for, such topics.
fn refusing(what: fn(&str) -> bool, act: impl Fn(Seen, &mut Wire<'_>) + 'static) -> Wrong {
    all(move |event, wire| match event {
        Event::In(seen) if seen.is(Publish) && what(&seen.text("topic")) => act(seen, wire),
        Event::In(seen) if seen.is(Subscribe) && seen.filters().iter().any(|filter| what(filter)) => act(seen, wire),
        event => wire.pass(event),
    })
}

/// Refuses a SUBSCRIBE in its SUBACK, a PUBLISH at QoS 1 with that Reason Code in its PUBACK where that is possible, and
/// any other by closing; drops it if the code is success.
fn refused(seen: Seen, wire: &mut Wire<'_>, reason_code: u64) {
    let id = ("packet_id", Value::Number(seen.number("packet_id")));
    if seen.is(Subscribe) {
        let code = Value::Number(if wire.v5() { 0x8F } else { 0x80 });
        let codes = vec![code; seen.filters().len()];
        return wire.send(Suback, [id, ("reason_codes", Value::List(codes))]);
    }
    match (seen.number("qos"), reason_code) {
        (1, 0) => wire.send(Puback, [id]),
        (_, 0) => {}
        (1, _) if wire.v5() => wire.send(Puback, [id, ("reason_code", Value::Number(reason_code))]),
        _ => close(wire, reason_code),
    }
}
