//! How errors affect other clients, and how they are reported.

use std::collections::BTreeSet;

use mqttspec::transport::Passage;
use mqttspec_codec::PacketType::{Connack, Disconnect, Publish, Subscribe};

use crate::{
    fault::{Fault, all, edit_out, incoming, outgoing},
    wire::Event,
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        Fault::new("error-hurts-everybody", "closes all connections after an error on one", || {
            let mut leaving = BTreeSet::new();
            all(move |event, wire| {
                match &event {
                    Event::In(seen) if seen.is(Disconnect) => drop(leaving.insert(wire.id)),
                    // connections of the suite have the first numbers
                    Event::BrokerCloses if !leaving.contains(&wire.id) => {
                        let all = (1..100).map(Passage::EndToClient);
                        wire.passages.extend(all.map(|passage| (wire.delay, passage)));
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["3.1.1§4.8-a"], &["5.0§4.13.1-c"])
        .coarse(),
        Fault::new("error-hurts-the-next", "closes another connection with the one at fault", || {
            all(|event, wire| {
                if let Event::BrokerCloses = &event
                    && let Some(other) = wire.others().first()
                {
                    wire.on(*other, |wire| wire.cut());
                }
                wire.pass(event);
            })
        })
        .breaks(&["3.1.1§4.8-a"], &["5.0§4.13.1-c"])
        .coarse(),
        Fault::new("disconnect-twice", "sends DISCONNECT twice", || {
            outgoing(Disconnect, |seen, wire| {
                wire.deliver(seen.clone());
                wire.deliver(seen);
            })
        })
        .breaks(&[], &["MQTT-3.14.4-1"])
        .coarse(),
        Fault::new("disconnect-without-failure", "sends DISCONNECT with code 0 after an error", || {
            outgoing(Disconnect, |seen, wire| wire.deliver(seen.raw(|bytes| *bytes = vec![0xE0, 0])))
        })
        .breaks(&[], &["5.0§4.13.1-a", "MQTT-3.1.4-3", "MQTT-3.14.1-1"])
        .coarse(),
        Fault::new("disconnect-of-the-client", "sends DISCONNECT with code 4, which only a client may do", || {
            outgoing(Disconnect, |seen, wire| wire.deliver(seen.raw(|bytes| *bytes = vec![0xE0, 1, 4])))
        })
        .breaks(&[], &["5.0§3.14.2.1-d", "MQTT-3.14.2-1"])
        .coarse(),
        Fault::new("disconnect-with-expiry", "sends DISCONNECT with a Session Expiry Interval", || {
            edit_out(Disconnect, |seen| seen.set("session_expiry_interval", 60_u64))
        })
        .breaks(&[], &["MQTT-3.14.2-2"])
        .coarse(),
        Fault::new("disconnect-refers-elsewhere", "names another Server in each DISCONNECT", || {
            edit_out(Disconnect, |seen| seen.set("server_reference", "elsewhere"))
        })
        .breaks(&[], &["5.0§3.2.2.3.16-b"])
        .coarse(),
        Fault::new("open-after-disconnect", "leaves the connection open after its DISCONNECT", || {
            let mut told = BTreeSet::new();
            all(move |event, wire| match &event {
                Event::BrokerCloses if told.contains(&wire.id) => {}
                Event::Out(seen) if seen.is(Disconnect) => {
                    told.insert(wire.id);
                    wire.pass(event);
                }
                _ => wire.pass(event),
            })
        })
        .breaks(&[], &["MQTT-3.14.4-2", "MQTT-4.13.2-1"])
        .coarse(),
        Fault::new("disconnect-then-pingresp", "continues after its DISCONNECT", || {
            outgoing(Disconnect, |seen, wire| {
                wire.deliver(seen);
                wire.answer(&[0xD0, 0]);
            })
        })
        .breaks(&[], &["MQTT-3.14.4-1"])
        .coarse(),
        Fault::new("connack-of-no-code", "refuses with a code that CONNACK does not have", || {
            outgoing(Connack, |seen, wire| match seen.number("reason_code") {
                0 => wire.deliver(seen),
                _ => wire.deliver(seen.raw(|bytes| bytes[3] = 0x7F)),
            })
        })
        .breaks(&["MQTT-3.2.2-6"], &["MQTT-3.2.2-8"])
        .coarse(),
        Fault::new("publish-closes", "closes on every PUBLISH", || incoming(Publish, |_, wire| wire.cut()))
            .breaks(
                &["MQTT-4.5.0-1", "MQTT-3.3.4-1", "MQTT-4.3.2-2"],
                &["MQTT-4.5.0-1", "MQTT-3.3.4-1", "MQTT-4.3.2-4"],
            )
            .coarse(),
        Fault::new("retain-refused", "closes on every PUBLISH with RETAIN", || {
            incoming(Publish, |seen, wire| if seen.flag("retain") { wire.cut() } else { wire.forward(seen) })
        })
        .breaks(&["MQTT-3.3.1-5", "MQTT-3.3.1-6", "MQTT-3.3.1-10"], &["MQTT-3.3.1-5", "MQTT-3.3.1-6", "MQTT-3.3.1-9"])
        .coarse(),
        Fault::new("wildcards-refused", "closes on every wildcard", || {
            incoming(Subscribe, |seen, wire| {
                let wild = seen.filters().iter().any(|filter| filter.contains(['+', '#']));
                if wild { wire.cut() } else { wire.forward(seen) }
            })
        })
        .breaks(&["MQTT-3.8.4-1", "MQTT-3.8.3-2", "3.1.1§3.8.3-a"], &["MQTT-3.8.4-1", "5.0§4.7.1.3-a", "5.0§4.7.1.2-a"])
        .coarse(),
        Fault::new("partial-packet-lost", "treats each write as one whole packet", || {
            all(|event, wire| match &event {
                Event::In(seen) if !seen.alone => {}
                _ => wire.pass(event),
            })
        })
        .breaks(&["MQTT-7.1.1-1", "MQTT-6.0.0-2", "3.1.1§3.1.4-c"], &["MQTT-4.2.0-1", "MQTT-6.0.0-2", "5.0§3.1.4-d"]),
    ]
}
