//! Packets that a Server must refuse, but these accept or ignore.

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{
    self, Auth, Connack, Connect, Disconnect, Pingreq, Pingresp, Puback, Pubcomp, Publish, Pubrec, Pubrel, Suback,
    Subscribe, Unsuback, Unsubscribe,
};

use crate::{
    fault::{Fault, all, incoming, malformed},
    seen::Seen,
    wire::{Event, Wire},
};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    for of in [Publish, Puback, Pubrec, Pubrel, Pubcomp, Subscribe, Unsubscribe, Pingreq, Disconnect, Auth] {
        let name = of.name().to_lowercase();
        let v5: &[&str] = if of == Publish { &["MQTT-4.13.1-1", "5.0§2.2.2.2-m"] } else { &["MQTT-4.13.1-1"] };
        faults.push(
            Fault::new(format!("malformed-{name}-ignored"), "reads over it", move || malformed(of, |_, _| {}))
                .breaks(&["MQTT-4.8.0-1"], v5),
        );
    }
    faults.extend(repairs());
    faults.extend([
        Fault::new("never-closes", "continues after every error", || {
            all(|event, wire| match &event {
                Event::BrokerCloses => {}
                Event::Out(seen) if seen.is(Disconnect) => {}
                _ => wire.pass(event),
            })
        })
        .breaks(&["MQTT-4.8.0-1", "MQTT-3.2.2-5", "MQTT-3.1.0-2"], &["MQTT-4.13.1-1", "MQTT-4.13.2-1", "MQTT-3.1.0-2"]),
        Fault::new("closes-late", "closes half a minute after an error", || {
            all(|event, wire| {
                if matches!(&event, Event::BrokerCloses) || matches!(&event, Event::Out(seen) if seen.is(Disconnect)) {
                    wire.delay = std::time::Duration::from_secs(30);
                }
                wire.pass(event);
            })
        })
        .breaks(
            &["MQTT-4.8.0-1", "MQTT-3.2.2-5", "MQTT-3.1.2-24"],
            &["MQTT-4.13.1-1", "MQTT-4.13.2-1", "MQTT-3.1.2-22"],
        )
        .coarse(),
        Fault::new("refuses-without-closing", "leaves the connection open after a refusing CONNACK", || {
            all(|event, wire| match &event {
                Event::BrokerCloses if !wire.peer().accepted => {}
                _ => wire.pass(event),
            })
        })
        .breaks(&["MQTT-3.2.2-5", "MQTT-3.1.4-1", "MQTT-4.8.0-1"], &["MQTT-3.2.2-7", "MQTT-4.13.2-1", "MQTT-3.1.4-1"])
        .coarse(),
        Fault::new("unknown-packet-ignored", "ignores packet type 0, and 15 before v5", || {
            all(|event, wire| match &event {
                Event::In(seen)
                    if seen.packet_type.is_none() && (seen.claims().is_none() || seen.claims() == Some(Auth)) => {}
                _ => wire.pass(event),
            })
        })
        .breaks(&["MQTT-4.8.0-1"], &["MQTT-4.13.1-1"]),
        Fault::new("server-packets-ignored", "ignores packets that only a Server sends", || {
            all(|event, wire| match &event {
                Event::In(seen)
                    if [Connack, Suback, Unsuback, Pingresp].iter().any(|of| seen.claims() == Some(*of)) => {}
                _ => wire.pass(event),
            })
        })
        .breaks(&["MQTT-4.8.0-1"], &["MQTT-4.13.1-1"]),
        Fault::new("connect-not-needed", "ignores packets before CONNECT", || {
            all(|event, wire| match &event {
                Event::In(seen) if !wire.peer().accepted && seen.claims() != Some(Connect) => {}
                _ => wire.pass(event),
            })
        })
        .breaks(&["MQTT-4.8.0-1"], &["MQTT-4.13.1-1"]),
        Fault::new("first-packet-answered", "answers PINGREQ before CONNECT", || {
            incoming(Pingreq, |seen, wire| match wire.peer().accepted {
                true => wire.forward(seen),
                false => wire.answer(&[0xD0, 0]),
            })
        })
        .breaks(&["MQTT-3.2.0-1", "MQTT-4.8.0-1"], &["MQTT-3.2.0-1", "MQTT-4.13.1-1"]),
        Fault::new("malformed-connect-accepted", "answers every CONNECT with success", || {
            malformed(Connect, |_, wire| welcome(wire))
        })
        .breaks(&["MQTT-3.1.4-1", "MQTT-4.8.0-1"], &["MQTT-3.1.4-1", "MQTT-4.13.1-1"]),
        Fault::new("malformed-connect-waited-for", "waits for more after a malformed CONNECT", || {
            malformed(Connect, |_, _| {})
        })
        .breaks(&["MQTT-3.1.4-1", "MQTT-4.8.0-1"], &["MQTT-3.1.4-1", "MQTT-4.13.1-1"]),
        Fault::new("disconnect-not-final", "continues reading after DISCONNECT", || {
            all(|event, wire| match &event {
                Event::In(seen) if seen.is(Disconnect) => {}
                _ => wire.pass(event),
            })
        })
        .breaks(&["MQTT-3.14.4-3", "3.1.1§3.14.4-a"], &["MQTT-3.14.4-3", "5.0§3.14.4-a", "5.0§3.14.2.2.2-c"]),
    ]);
    faults
}

/// Faults that guess the meaning of malformed packets.
fn repairs() -> Vec<Fault> {
    vec![
        Fault::new("flags-ignored", "ignores the reserved flags of the fixed header", || {
            all(|event, wire| match event {
                Event::In(seen) if seen.packet_type.is_none() => {
                    let version = wire.version();
                    let repaired = Seen::new(
                        seen.raw(|bytes| {
                            let flags = seen.claims().map_or(0, PacketType::reserved_flags);
                            if let Some(first) = bytes.first_mut()
                                && seen.claims() != Some(Publish)
                            {
                                *first = *first & 0xF0 | flags;
                            }
                        })
                        .bytes(),
                        version,
                    );
                    wire.forward(if repaired.packet_type.is_some() { repaired } else { seen });
                }
                event => wire.pass(event),
            })
        })
        .breaks(&["MQTT-2.2.2-2", "MQTT-3.6.1-1", "MQTT-3.8.1-1"], &["5.0§2.1.3-a", "MQTT-3.6.1-1", "MQTT-3.8.1-1"]),
        Fault::new("qos-3-as-qos-2", "treats QoS 3 as QoS 2", || {
            malformed(Publish, |seen, wire| {
                wire.forward(seen.raw(|bytes| {
                    if bytes[0] & 0b0110 == 0b0110 {
                        bytes[0] &= !0b0010;
                    }
                }));
            })
        })
        .breaks(&["MQTT-3.3.1-4"], &["5.0§3.3.1.2-a", "MQTT-3.3.1-4"]),
        Fault::new(
            "malformed-publish-delivered-to-all",
            "passes on the bytes of a malformed PUBLISH as payload",
            || {
                malformed(Publish, |seen, wire| {
                    for other in wire.others() {
                        let payload = Value::Bytes(seen.bytes());
                        wire.on(other, |wire| {
                            wire.send(Publish, [("topic", Value::text("error")), ("payload", payload)])
                        });
                    }
                    wire.forward(seen);
                })
            },
        )
        .breaks(&["MQTT-3.3.2-3"], &["MQTT-3.3.2-3", "5.0§4.13.1-c"]),
        Fault::new("malformed-publish-acknowledged", "acknowledges a malformed PUBLISH, and closes", || {
            malformed(Publish, |seen, wire| {
                wire.answer(&[0x40, 2, 0, 1]);
                wire.forward(seen);
            })
        })
        .breaks(&["MQTT-4.8.0-1", "MQTT-2.3.1-6"], &["MQTT-4.13.1-1", "MQTT-2.2.1-5"]),
        Fault::new("malformed-subscribe-granted", "answers a malformed SUBSCRIBE with QoS 0", || {
            malformed(Subscribe, |seen, wire| {
                let (high, low) = identifier(&seen);
                wire.answer(&if wire.v5() { vec![0x90, 4, high, low, 0, 0] } else { vec![0x90, 3, high, low, 0] });
            })
        })
        .breaks(&["MQTT-4.8.0-1"], &["MQTT-4.13.1-1"]),
        Fault::new("malformed-unsubscribe-answered", "answers a malformed UNSUBSCRIBE with success", || {
            malformed(Unsubscribe, |seen, wire| {
                let (high, low) = identifier(&seen);
                wire.answer(&if wire.v5() { vec![0xB0, 4, high, low, 0, 0] } else { vec![0xB0, 2, high, low] });
            })
        })
        .breaks(&["MQTT-4.8.0-1"], &["MQTT-4.13.1-1"]),
        Fault::new("malformed-acknowledgement-taken", "accepts malformed acknowledgements", || {
            all(|event, wire| match event {
                Event::In(seen) if seen.packet_type.is_none() => match seen.claims() {
                    Some(Puback | Pubrec | Pubrel | Pubcomp) => {
                        let flags = seen.claims().map_or(0, PacketType::reserved_flags);
                        wire.forward(seen.raw(|bytes| {
                            bytes.truncate(4);
                            bytes.resize(4, 1);
                            bytes[0] = bytes[0] & 0xF0 | flags;
                            bytes[1] = 2;
                        }));
                    }
                    _ => wire.forward(seen),
                },
                event => wire.pass(event),
            })
        })
        .breaks(&["MQTT-4.8.0-1"], &["MQTT-4.13.1-1"]),
        Fault::new("malformed-disconnect-taken", "takes a malformed DISCONNECT for a plain one", || {
            malformed(Disconnect, |seen, wire| wire.forward(seen.raw(|bytes| *bytes = vec![0xE0, 0])))
        })
        .breaks(&[], &["MQTT-4.13.1-1", "MQTT-3.1.2-8"]),
        Fault::new("disconnect-answered", "answers DISCONNECT with PINGRESP", || {
            incoming(Disconnect, |seen, wire| {
                wire.answer(&[0xD0, 0]);
                wire.forward(seen);
            })
        })
        .breaks(&["MQTT-3.12.4-1"], &["MQTT-3.12.4-1"]),
        Fault::new("protocol-level-ignored", "accepts any protocol level", || {
            malformed(Connect, |seen, wire| {
                let level = if wire.v5() { 5 } else { 4 };
                wire.forward(seen.raw(|bytes| {
                    if let Some(byte) = bytes.get_mut(8) {
                        *byte = level;
                    }
                }));
            })
        })
        .breaks(&["MQTT-3.1.2-2"], &["MQTT-3.1.2-2"]),
        Fault::new("protocol-name-ignored", "ignores the protocol name", || {
            malformed(Connect, |seen, wire| {
                wire.forward(seen.raw(|bytes| {
                    if bytes.len() > 8 {
                        bytes[4..8].copy_from_slice(b"MQTT");
                    }
                }));
            })
        })
        .breaks(&["MQTT-3.1.2-1"], &["MQTT-3.1.2-1"]),
        Fault::new("connect-flags-ignored", "ignores the reserved Connect Flag", || {
            malformed(Connect, |seen, wire| {
                wire.forward(seen.raw(|bytes| {
                    if let Some(byte) = bytes.get_mut(9) {
                        *byte &= 0xFE;
                    }
                }));
            })
        })
        .breaks(&["MQTT-3.1.2-3"], &["MQTT-3.1.2-3", "5.0§3.1.2.3-a"]),
    ]
}

fn welcome(wire: &mut Wire<'_>) {
    wire.answer(if wire.v5() { &[0x20, 3, 0, 0, 0] } else { &[0x20, 2, 0, 0] });
}

/// The offset of the Packet Identifier; 1 if the packet has none.
fn identifier(seen: &Seen) -> (u8, u8) {
    match seen.bytes()[..] {
        [_, _, high, low, ..] if (high, low) != (0, 0) => (high, low),
        _ => (0, 1),
    }
}
