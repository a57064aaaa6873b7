//! Packets that optional properties make larger than the Client takes.

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{
    self, Auth, Connack, Disconnect, Puback, Pubcomp, Publish, Pubrec, Pubrel, Suback, Unsuback,
};

use crate::{
    fault::{Fault, Wrong, all},
    seen::Seen,
    wire::Event,
};

/// The packets, what the faults are called after them, and the statements about their Reason String and User Properties.
type Row = (&'static [PacketType], &'static str, &'static [&'static str], &'static [&'static str]);

const ROWS: [Row; 6] = [
    (
        &[Suback, Unsuback],
        "subscriptions",
        &["MQTT-3.9.2-1", "MQTT-3.11.2-1", "MQTT-3.1.2-24"],
        &["MQTT-3.9.2-2", "MQTT-3.11.2-2", "MQTT-3.1.2-24"],
    ),
    (
        &[Puback, Pubrec],
        "publications",
        &["MQTT-3.4.2-2", "MQTT-3.5.2-2", "MQTT-3.1.2-24"],
        &["MQTT-3.4.2-3", "MQTT-3.5.2-3", "MQTT-3.1.2-24"],
    ),
    (
        &[Pubrel, Pubcomp],
        "releases",
        &["MQTT-3.6.2-2", "MQTT-3.7.2-2", "MQTT-3.1.2-24"],
        &["MQTT-3.6.2-3", "MQTT-3.7.2-3", "MQTT-3.1.2-24"],
    ),
    (&[Auth], "challenges", &["MQTT-3.15.2-2", "MQTT-3.1.2-24"], &["MQTT-3.15.2-3", "MQTT-3.1.2-24"]),
    (&[Connack], "connections", &["MQTT-3.2.2-19", "MQTT-3.1.2-24"], &["MQTT-3.2.2-20", "MQTT-3.1.2-24"]),
    (&[Disconnect], "ends", &["MQTT-3.14.2-3", "MQTT-3.1.2-24"], &["MQTT-3.14.2-4", "MQTT-3.1.2-24"]),
];

/// Puts a text into a property.
type Add = fn(&mut Seen, &str);

pub(super) fn faults() -> Vec<Fault> {
    let fault = |verb: &str, what: &str, (packets, of, breaks): (&'static [PacketType], &str, _), add: Add| {
        let names = packets.iter().map(|of| of.name()).collect::<Vec<_>>().join(" and ");
        let does = format!("sends {what} that make {names} too large for the client");
        Fault::new(format!("{verb}-{of}-at-length"), does, move || oversized(packets, add)).breaks(&[], breaks)
    };
    let explained = |&(packets, of, breaks, _): &Row| {
        fault("explains", "Reason Strings", (packets, of, breaks), |seen, text| seen.set("reason_string", text))
    };
    let annotated = |&(packets, of, _, breaks): &Row| {
        fault("annotates", "User Properties", (packets, of, breaks), |seen, text| {
            let pair = vec![Value::text("why"), Value::text(text)];
            seen.set("user_properties", Value::List(vec![Value::List(pair)]));
        })
    };
    let mut faults: Vec<Fault> = ROWS.iter().map(explained).chain(ROWS.iter().map(annotated)).collect();
    faults.push(
        Fault::new("too-large-ends-the-connection", "closes where a message is too large for the client", || {
            all(|mut event, wire| {
                let limit = wire.peer().limit("maximum_packet_size").unwrap_or(u64::MAX);
                match &mut event {
                    Event::In(seen) if seen.is(PacketType::Connect) => seen.remove("maximum_packet_size"),
                    Event::Out(seen) if seen.is(Publish) && seen.bytes().len() as u64 > limit => return wire.cut(),
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&[], &["MQTT-3.1.2-25"]),
    );
    faults
}

/// Adds so long a text to these packets that they exceed the Maximum Packet Size of a client that sets one.
fn oversized(packets: &'static [PacketType], add: Add) -> Wrong {
    all(move |mut event, wire| {
        if let (Event::Out(seen), Some(limit)) = (&mut event, wire.peer().limit("maximum_packet_size"))
            && packets.iter().any(|of| seen.is(*of))
        {
            add(seen, &"because ".repeat(usize::try_from(limit / 8 + 1).unwrap_or(1)));
        }
        wire.pass(event);
    })
}
