//! What a broker makes of an error in a packet, where the standard leaves that to it.

use mqttspec_codec::{
    DecodeErrorKind,
    PacketType::{Pingreq, Pingresp, Publish, Subscribe},
    TopicFilter, decode_frame,
};

use crate::{
    fault::{Wrong, all, malformed},
    seen::Seen,
    stand_in::StandIn,
    wire::{Event, Wire},
};

pub(super) fn stand_ins() -> Vec<StandIn> {
    vec![
        // v5 4.13.2, v3.1.1 3.9.3: an invalid filter is refused in SUBACK or closes the connection
        StandIn::wire("refuses-invalid-filters", "refuses an invalid Topic Filter in SUBACK", || {
            all(|event, wire| match event {
                Event::In(seen) if invalid_filter(&seen, wire) => {
                    wire.answer(&suback(&seen.bytes(), wire.v5()));
                }
                event => wire.pass(event),
            })
        }),
        StandIn::wire("closes-on-invalid-filters", "closes on an invalid Topic Filter without a DISCONNECT", || {
            all(|event, wire| match event {
                Event::In(seen) if invalid_filter(&seen, wire) => wire.cut(),
                event => wire.pass(event),
            })
        }),
        // v5 [MQTT-3.3.2-2] binds the Client, and no reaction is named
        StandIn::wire("wildcard-topics-ignored", "ignores a PUBLISH with wildcards in its topic, in v5", || {
            ignoring(DecodeErrorKind::WildcardInTopicName)
        }),
        // v5 [MQTT-3.3.2-14] names no reaction, and [MQTT-3.3.2-15] has it passed on unaltered
        StandIn::wire("response-topics-not-looked-at", "passes on a Response Topic with a wildcard", || {
            all(|event, wire| match event {
                Event::In(seen) if wildcard_in_response_topic(&seen, wire) => {
                    wire.forward(seen.raw(|bytes| replace(bytes, WILDCARDS, LETTERS)));
                }
                Event::Out(seen) if seen.is(Publish) && seen.text("response_topic").ends_with(LETTERS) => {
                    wire.deliver(seen.raw(|bytes| replace(bytes, LETTERS, WILDCARDS)));
                }
                event => wire.pass(event),
            })
        }),
        // v5 [MQTT-2.2.1-3] binds the Client, and no reaction is named
        StandIn::wire("zero-identifier-ignored", "ignores a PUBLISH with Packet Identifier 0, in v5", || {
            ignoring(DecodeErrorKind::ZeroPacketIdentifier)
        }),
        StandIn::wire("pings-with-payload-taken", "answers a PINGREQ with a payload", || {
            malformed(Pingreq, |seen, wire| match kind(&seen, wire) {
                Some(DecodeErrorKind::TrailingBytes) => wire.send(Pingresp, []),
                _ => wire.forward(seen),
            })
        }),
    ]
}

fn kind(seen: &Seen, wire: &Wire<'_>) -> Option<DecodeErrorKind> {
    decode_frame(&seen.bytes(), wire.version()).err().map(|error| error.kind)
}

/// Signs that the reference broker refuses, and what they are replaced with behind its back. No vector has these letters
/// in a Response Topic.
const WILDCARDS: [char; 2] = ['+', '#'];
const LETTERS: [char; 2] = ['Q', 'X'];

/// Replaces signs behind the fixed header, which takes two bytes.
fn replace(bytes: &mut [u8], these: [char; 2], by: [char; 2]) {
    for byte in bytes.iter_mut().skip(2) {
        if let Some(place) = these.iter().position(|sign| *sign == char::from(*byte)) {
            *byte = by[place] as u8;
        }
    }
}

/// Whether it is a PUBLISH of less than 128 bytes whose only wildcards are in its Response Topic.
fn wildcard_in_response_topic(seen: &Seen, wire: &Wire<'_>) -> bool {
    let bytes = seen.bytes();
    let [_, 0..128, 0, length, rest @ ..] = bytes.as_slice() else { return false };
    let topic = rest.get(..usize::from(*length)).unwrap_or_default();
    seen.claims() == Some(Publish)
        && kind(seen, wire) == Some(DecodeErrorKind::WildcardInTopicName)
        && !topic.iter().any(|byte| b"+#".contains(byte))
}

/// Whether it is a SUBSCRIBE with nothing wrong but a Topic Filter.
fn invalid_filter(seen: &Seen, wire: &Wire<'_>) -> bool {
    use DecodeErrorKind::{EmptyTopicFilter, MalformedShare, MisplacedWildcard};
    let of_filter = |kind| matches!(kind, EmptyTopicFilter | MisplacedWildcard | MalformedShare);
    wire.peer().accepted && seen.claims() == Some(Subscribe) && kind(seen, wire).is_some_and(of_filter)
}

/// Drops a PUBLISH of v5 with that error.
fn ignoring(error: DecodeErrorKind) -> Wrong {
    malformed(Publish, move |seen, wire| match wire.v5() && kind(&seen, wire) == Some(error) {
        true => {}
        false => wire.forward(seen),
    })
}

/// The SUBACK for a SUBSCRIBE in which some Topic Filters are invalid; its Remaining Length and its Property Length take
/// one byte, and the valid filters are granted QoS 0.
fn suback(subscribe: &[u8], v5: bool) -> Vec<u8> {
    let properties = if v5 { 1 + usize::from(subscribe[4]) } else { 0 };
    let mut codes = Vec::new();
    let mut rest = &subscribe[4 + properties..];
    while let [high, low, after @ ..] = rest {
        let len = usize::from(u16::from_be_bytes([*high, *low]));
        let filter = std::str::from_utf8(&after[..len]).unwrap_or_default();
        let refused = if v5 { 0x8F } else { 0x80 };
        let valid = TopicFilter::new(filter).is_ok_and(|filter| !filter.is_malformed_share());
        codes.push(if valid { 0 } else { refused });
        rest = &after[len + 1..];
    }
    let mut body = subscribe[2..4].to_vec();
    body.extend(v5.then_some(0));
    body.extend(codes);
    [&[0x90, body.len() as u8], &body[..]].concat()
}
