//! How packets are written and read: texts, lengths, orders, fields that may be left out.

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{self, Disconnect, Pubcomp, Publish, Pubrec};

use crate::{
    fault::{Fault, all, edit_out, incoming, outgoing},
    seen::Seen,
    wire::Event,
};

pub(super) fn faults() -> Vec<Fault> {
    let ill_formed = |name: &'static str, does: &str, v3_1_1, v5| {
        Fault::new(format!("sends-an-ill-formed-{}", name.replace('_', "-")), does, move || {
            outgoing(Publish, move |seen, wire| {
                let text = seen.get(name).and_then(Value::as_bytes).unwrap_or_default().to_vec();
                wire.deliver(seen.raw(|bytes| {
                    let at = bytes.windows(text.len().max(1)).position(|part| part == text);
                    if let Some(byte) = at.and_then(|at| bytes.get_mut(at)) {
                        *byte = 0xFF;
                    }
                }));
            })
        })
        .breaks(v3_1_1, v5)
        .coarse()
    };
    let bare = |of: PacketType, breaks| {
        let does = format!("closes on a {} without a Reason Code", of.name());
        Fault::new(format!("bare-{}-refused", of.name().to_lowercase()), does, move || {
            incoming(of, |seen, wire| match wire.v5() && seen.bytes().len() == 4 {
                true => wire.cut(),
                false => wire.forward(seen),
            })
        })
        .breaks(&[], breaks)
        .coarse()
    };
    vec![
        ill_formed(
            "topic",
            "sends topics that are not UTF-8",
            &["MQTT-3.3.2-1", "MQTT-1.5.3-1"],
            &["MQTT-3.3.2-1", "MQTT-1.5.4-1"],
        ),
        ill_formed(
            "response_topic",
            "sends Response Topics that are not UTF-8",
            &[],
            &["MQTT-3.3.2-13", "MQTT-1.5.4-1"],
        ),
        ill_formed("content_type", "sends Content Types that are not UTF-8", &[], &["MQTT-3.3.2-19", "MQTT-1.5.4-1"]),
        Fault::new("over-long-remaining-length", "writes a Remaining Length with a byte more than it needs", || {
            outgoing(Publish, |seen, wire| {
                wire.deliver(seen.raw(|bytes| {
                    if bytes[1] < 0x80 {
                        bytes[1] |= 0x80;
                        bytes.insert(2, 0);
                    }
                }));
            })
        })
        .breaks(&[], &["MQTT-1.5.5-1"])
        .coarse(),
        Fault::new("identifier-at-qos-0", "writes a Packet Identifier into QoS 0 deliveries", || {
            outgoing(Publish, |seen, wire| match seen.number("qos") {
                0 => wire.deliver(seen.raw(|bytes| {
                    let after = 4 + seen.get("topic").and_then(Value::as_bytes).map_or(0, <[u8]>::len);
                    if bytes[1] < 0x7E {
                        bytes[1] += 2;
                        bytes.splice(after..after, [0, 1]);
                    }
                })),
                _ => wire.deliver(seen),
            })
        })
        .breaks(&["MQTT-2.3.1-5"], &["MQTT-2.2.1-2"])
        .coarse(),
        Fault::new("ill-formed-text-repaired", "takes ? for what is not UTF-8", || {
            all(|event, wire| match event {
                Event::In(seen) if seen.packet_type.is_none() => {
                    let repaired = seen.raw(|bytes| {
                        for byte in bytes.iter_mut().skip(2).filter(|byte| **byte >= 0x80) {
                            *byte = b'?';
                        }
                    });
                    let repaired = Seen::new(repaired.bytes(), wire.version());
                    wire.forward(if repaired.packet_type.is_some() { repaired } else { seen });
                }
                event => wire.pass(event),
            })
        })
        .breaks(&["MQTT-1.5.3-1"], &["5.0§1.5.4-a", "MQTT-1.5.7-1", "5.0§1.5.7-a"]),
        Fault::new("other-order-refused", "closes on properties in another order than its own", || {
            all(|event, wire| {
                if let Event::In(seen) = &event
                    && wire.v5()
                    && seen.is(Publish)
                {
                    // setting a field and setting it back has it encoded again
                    let (mut own, retain) = (seen.clone(), seen.flag("retain"));
                    own.set("retain", !retain);
                    own.set("retain", retain);
                    if own.bytes() != seen.bytes() {
                        return wire.cut();
                    }
                }
                wire.pass(event);
            })
        })
        .breaks(&[], &["5.0§2.2.2.2-n"]),
        Fault::new("long-texts-cut", "delivers the first 32 767 bytes of a text", || {
            edit_out(Publish, |seen| {
                for name in ["content_type", "response_topic"] {
                    seen.data(name, |text| text.truncate(32_767));
                }
            })
        })
        .breaks(&[], &["5.0§1.5.4-d"]),
        Fault::new("deep-topics-cut", "delivers the first fifty levels of a topic", || {
            edit_out(Publish, |seen| {
                let topic = seen.text("topic");
                seen.set("topic", topic.split('/').take(50).collect::<Vec<_>>().join("/").as_str());
            })
        })
        .breaks(&[], &["5.0§4.7.3-b", "MQTT-4.7.3-4"]),
        bare(Pubrec, &["5.0§3.5.2.1-a"]),
        bare(Pubcomp, &["5.0§3.7.2.1-a"]),
        Fault::new(
            "bare-disconnect-as-a-loss",
            "takes a DISCONNECT without a Reason Code for a lost connection",
            || {
                incoming(Disconnect, |seen, wire| match wire.v5() && seen.bytes().len() == 2 {
                    true => wire.cut(),
                    false => wire.forward(seen),
                })
            },
        )
        .breaks(&[], &["5.0§3.14.2.1-a", "MQTT-3.1.2-10"]),
    ]
}
