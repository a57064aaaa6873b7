//! CONNECT: which Keep Alive and which Client Identifier are accepted, and how a refusal looks.

use std::{collections::BTreeMap, time::Duration};

use mqttspec_codec::{
    DecodeErrorKind,
    PacketType::{Connack, Connect},
    Version, decode_frame,
};

use super::{late, refuse};
use crate::{
    fault::{all, incoming, outgoing},
    stand_in::StandIn,
    wire::Event,
};

pub(super) fn stand_ins() -> Vec<StandIn> {
    vec![
        StandIn::wire("refuses-keep-alive-0", "refuses a CONNECT with Keep Alive 0", || {
            incoming(Connect, |seen, wire| match seen.number("keep_alive") {
                0 => refuse(wire, 0x83),
                _ => wire.forward(seen),
            })
        }),
        // v5 [MQTT-3.2.2-21]: the Server may impose its own Keep Alive
        StandIn::wire("imposes-keep-alive-on-0", "answers Keep Alive 0 with Server Keep Alive 5, in v5", || {
            keep_alive(|asked, v5| if v5 && asked == 0 { 5 } else { asked })
        }),
        // v5 3.1.2.10, v3.1.1 3.1.2.10: a Server may disconnect an inactive Client at any time
        StandIn::wire("ends-silence", "closes a connection after 7.5 silent seconds; v5 is told", || {
            keep_alive(|asked, _| if asked == 0 { 5 } else { asked.min(5) })
        })
        .may_skip(1),
        StandIn::configured("assigns-no-identifier", "refuses an empty Client Identifier", |config| {
            config.allow_zero_length_client_id = false;
        })
        .may_skip(1),
        // v5 [MQTT-3.1.3-5], v3.1.1 [MQTT-3.1.3-5]: only these must be allowed
        StandIn::wire("plain-identifiers", "accepts only Client Identifiers of 1 to 23 letters and digits", || {
            incoming(Connect, |seen, wire| {
                let id = seen.text("client_id");
                match (1..=23).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                    true => wire.forward(seen),
                    false => refuse(wire, 0x85),
                }
            })
        })
        .may_skip(1),
        StandIn::wire("thinks-about-connect", "reads CONNECT, and what follows it, 3 s late", || {
            let mut read: BTreeMap<u64, Duration> = BTreeMap::new();
            all(move |event, wire| {
                let read = read.entry(wire.id).or_insert(wire.now + Duration::from_secs(3));
                if matches!(event, Event::In(_) | Event::ClientCloses) {
                    wire.delay = read.saturating_sub(wire.now);
                }
                wire.pass(event);
            })
        })
        .may_skip(1),
        StandIn::wire("refuses-without-a-word", "closes instead of a CONNACK that refuses, in v5", || {
            outgoing(Connack, |seen, wire| match wire.v5() && seen.number("reason_code") >= 0x80 {
                true => {}
                false => wire.deliver(seen),
            })
        })
        .may_skip(1),
        StandIn::wire("refuses-with-another-code", "says Not Authorized for a wrong password, and the reverse", || {
            outgoing(Connack, |mut seen, wire| {
                match seen.number("reason_code") {
                    0x86 => seen.set("reason_code", 0x87_u64),
                    0x87 => seen.set("reason_code", 0x86_u64),
                    _ => {}
                }
                wire.deliver(seen);
            })
        }),
        // v5 [MQTT-3.1.2-2]: a MAY; to a Server of both versions, an unknown level is of neither
        StandIn::wire("unknown-level-closed", "closes on an unknown Protocol Level without a CONNACK", || {
            unknown_level(None)
        }),
        StandIn::wire("unknown-level-in-v5", "answers an unknown Protocol Level in the form of v5", || {
            unknown_level(Some(&[0x20, 3, 0, 0x84, 0]))
        }),
        StandIn::configured("waits-a-little-for-connect", "closes after 3 s without a CONNECT", |config| {
            config.connect_timeout = Duration::from_secs(3);
        }),
        StandIn::wire("reads-late", "reads what follows CONNECT 5 ms late", || {
            late(|event, wire| match event {
                Event::In(_) | Event::ClientCloses if wire.peer().accepted => 5 * super::MILLISECOND,
                _ => Duration::ZERO,
            })
        }),
    ]
}

/// Replaces the Keep Alive that a Client asks for, which v5 is told in CONNACK.
fn keep_alive(instead: impl Fn(u64, bool) -> u64 + 'static) -> crate::fault::Wrong {
    let mut imposed: BTreeMap<u64, u64> = BTreeMap::new();
    all(move |mut event, wire| {
        match &mut event {
            Event::In(seen) if seen.is(Connect) => {
                let (asked, v5) = (seen.number("keep_alive"), wire.v5());
                let instead = instead(asked, v5);
                if instead != asked {
                    imposed.insert(wire.id, instead);
                    seen.set("keep_alive", instead);
                }
            }
            Event::Out(seen) if seen.is(Connack) && seen.number("reason_code") == 0 && wire.v5() => {
                let already = seen.get("server_keep_alive").is_some();
                if let Some(imposed) = imposed.get(&wire.id).filter(|_| !already) {
                    seen.set("server_keep_alive", *imposed);
                }
            }
            _ => {}
        }
        wire.pass(event);
    })
}

/// Answers a CONNECT with an unknown Protocol Level with this, or not at all, and closes.
fn unknown_level(answer: Option<&'static [u8]>) -> crate::fault::Wrong {
    all(move |event, wire| match event {
        Event::In(seen) if seen.packet_type.is_none() && seen.claims() == Some(Connect) => {
            match decode_frame(&seen.bytes(), Version::V5).map_err(|error| error.kind) {
                Err(DecodeErrorKind::ProtocolLevel) => match answer {
                    Some(answer) => {
                        wire.answer(answer);
                        wire.cut();
                    }
                    None => wire.cut(),
                },
                _ => wire.forward(seen),
            }
        }
        event => wire.pass(event),
    })
}
