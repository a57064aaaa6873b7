//! CONNECT, CONNACK, Keep Alive, AUTH.

use std::collections::BTreeSet;

use mqttspec_codec::PacketType::{Auth, Connack, Connect, Disconnect, Pingreq, Pubrel};

use crate::{
    fault::{Fault, all, edit_in, edit_out, incoming, outgoing},
    seen::Seen,
    wire::Event,
};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = limits();
    faults.extend([
        Fault::new("keep-alive-ignored", "never disconnects a silent client", || {
            edit_in(Connect, |seen| seen.set("keep_alive", 0_u64))
        })
        .breaks(&["MQTT-3.1.2-24"], &["MQTT-3.1.2-22"]),
        Fault::new("keep-alive-0-unheard", "answers no PINGREQ of a Client without Keep Alive", || {
            incoming(Pingreq, |seen, wire| match wire.peer().limit("keep_alive") {
                Some(0) => {}
                _ => wire.forward(seen),
            })
        })
        .breaks(&["MQTT-3.12.4-1"], &["MQTT-3.12.4-1"]),
        Fault::new("keep-alive-fivefold", "waits five times as long as it should for a silent client", || {
            edit_in(Connect, |seen| seen.set("keep_alive", seen.number("keep_alive") * 5))
        })
        .breaks(&["MQTT-3.1.2-24"], &["MQTT-3.1.2-22"]),
        Fault::new("keep-alive-halved", "waits half as long as it should for a silent client", || {
            edit_in(Connect, |seen| seen.set("keep_alive", seen.number("keep_alive").div_ceil(2)))
        })
        .breaks(&["MQTT-3.1.2-24"], &["MQTT-3.1.2-22", "MQTT-3.2.2-22"]),
        Fault::new("server-keep-alive-unsaid", "imposes a Keep Alive without announcing it", || {
            edit_out(Connack, |seen| seen.remove("server_keep_alive"))
        })
        .breaks(&[], &["MQTT-3.2.2-22", "MQTT-3.1.2-22"]),
        Fault::new("assigned-client-identifier-unsaid", "does not report the assigned Client Identifier", || {
            edit_out(Connack, |seen| seen.remove("assigned_client_identifier"))
        })
        .breaks(&[], &["MQTT-3.1.3-7", "MQTT-3.2.2-16"]),
        Fault::new("assigned-client-identifier-shared", "assigns the same Client Identifier to all clients", || {
            edit_in(Connect, |seen| {
                if seen.text("client_id").is_empty() {
                    seen.set("client_id", "anonymous");
                }
            })
        })
        .breaks(&["MQTT-3.1.3-6", "MQTT-3.1.3-8"], &["MQTT-3.1.3-6", "MQTT-3.1.3-7", "MQTT-3.2.2-16"]),
        Fault::new("client-identifier-cut", "cuts Client Identifiers to their first characters", || {
            edit_in(Connect, |seen| seen.set("client_id", first(&seen.text("client_id"), 10).as_str()))
        })
        .breaks(&["MQTT-3.1.3-2", "MQTT-3.1.3-5"], &["MQTT-3.1.3-2", "MQTT-3.1.3-5"])
        .coarse(),
        Fault::new("client-identifier-long-refused", "refuses Client Identifiers of more than 12 characters", || {
            incoming(Connect, |seen, wire| match seen.text("client_id").len() > 22 {
                true => {
                    wire.answer(if wire.v5() { &[0x20, 3, 0, 0x85, 0] } else { &[0x20, 2, 0, 2] });
                    wire.cut();
                }
                false => wire.forward(seen),
            })
        })
        .breaks(&["MQTT-3.1.3-5"], &["MQTT-3.1.3-5"])
        .coarse(),
        Fault::new("client-identifier-lowercase", "ignores case in Client Identifiers", || {
            edit_in(Connect, |seen| seen.set("client_id", seen.text("client_id").to_lowercase().as_str()))
        })
        .breaks(&["MQTT-3.1.3-2"], &["MQTT-3.1.3-2"]),
        Fault::new(
            "no-client-identifier-clean-session-0",
            "always accepts an empty Client Identifier in v3.1.1",
            || {
                incoming(Connect, |mut seen, wire| {
                    if !wire.v5() && seen.text("client_id").is_empty() {
                        seen.set("clean_start", true);
                    }
                    wire.forward(seen);
                })
            },
        )
        .breaks(&["MQTT-3.1.3-8"], &[]),
        Fault::new("second-connect-accepted", "answers a second CONNECT like a first one", || {
            incoming(Connect, |seen, wire| match wire.peer().accepted {
                true => wire.answer(if wire.v5() { &[0x20, 3, 0, 0, 0] } else { &[0x20, 2, 0, 0] }),
                false => wire.forward(seen),
            })
        })
        .breaks(&["MQTT-3.1.0-2"], &["MQTT-3.1.0-2", "MQTT-3.2.0-2"]),
        Fault::new("second-connect-ignored", "ignores a second CONNECT", || {
            incoming(Connect, |seen, wire| {
                if !wire.peer().accepted {
                    wire.forward(seen);
                }
            })
        })
        .breaks(&["MQTT-3.1.0-2"], &["MQTT-3.1.0-2"]),
        Fault::new("take-over-keeps-the-old", "accepts two clients with the same Client Identifier", || {
            let mut taken = BTreeSet::new();
            all(move |event, wire| match event {
                Event::Out(seen) if seen.is(Disconnect) && seen.number("reason_code") == 0x8E => {
                    taken.insert(wire.id);
                }
                Event::BrokerCloses if !wire.v5() || taken.contains(&wire.id) => {
                    let me = wire.peer().client_id();
                    let twins = wire.others().into_iter().filter(|other| wire.peers[other].client_id() == me).count();
                    let newer = wire.peers.iter().any(|(id, peer)| *id > wire.id && peer.client_id() == me);
                    if twins == 0 && !newer {
                        wire.end();
                    }
                }
                event => wire.pass(event),
            })
        })
        .breaks(&["MQTT-3.1.4-2"], &["MQTT-3.1.4-3"]),
        Fault::new("behind-connect-lost", "drops packets sent in the same write as CONNECT", || {
            all(|event, wire| match &event {
                Event::In(seen) if !seen.first && !wire.peer().accepted => {}
                _ => wire.pass(event),
            })
        })
        .breaks(&["3.1.1§3.1.4-c"], &["5.0§3.1.4-d"]),
        Fault::new("properties-for-3.1.1", "appends a property length to CONNACK for older clients too", || {
            outgoing(Connack, |seen, wire| match wire.v5() {
                true => wire.deliver(seen),
                false => wire.deliver(seen.raw(|bytes| {
                    bytes[1] += 1;
                    bytes.push(0);
                })),
            })
        })
        .breaks(&["3.1.1§3.2.1-a"], &[])
        .coarse(),
        Fault::new("no-property-length", "omits the Property Length of a CONNACK", || {
            outgoing(Connack, |seen, wire| match wire.v5() {
                true => wire.deliver(seen.raw(|bytes| {
                    bytes.truncate(4);
                    bytes[1] = 2;
                })),
                false => wire.deliver(seen),
            })
        })
        .breaks(&[], &["MQTT-2.2.2-1"])
        .coarse(),
        Fault::new("connack-reserved-bits", "sets a reserved bit of the Connect Acknowledge Flags", || {
            outgoing(Connack, |seen, wire| wire.deliver(seen.raw(|bytes| bytes[2] |= 2)))
        })
        .breaks(&["3.1.1§3.2.2.1-a"], &["MQTT-3.2.2-1"])
        .coarse(),
        Fault::new("response-information-unasked", "sends Response Information without a request", || {
            outgoing(Connack, |mut seen, wire| {
                if wire.v5() && seen.number("reason_code") == 0 {
                    seen.set("response_information", "responses/");
                }
                wire.deliver(seen);
            })
        })
        .breaks(&[], &["MQTT-3.1.2-28"])
        .coarse(),
        Fault::new(
            "authentication-method-ignored",
            "accepts clients that request an unsupported Authentication Method",
            || {
                edit_in(Connect, |seen| {
                    seen.remove("authentication_method");
                    seen.remove("authentication_data");
                })
            },
        )
        .breaks(&[], &["MQTT-4.12.0-1", "MQTT-4.12.0-5"]),
        Fault::new("method-forgotten", "omits the Authentication Method in CONNACK", || {
            edit_out(Connack, |seen| seen.remove("authentication_method"))
        })
        .breaks(&[], &["MQTT-4.12.0-5"]),
        Fault::new("asks-with-success", "continues the authentication with an AUTH of code 0", || {
            edit_out(Auth, |seen| seen.set("reason_code", 0_u64))
        })
        .breaks(&[], &["MQTT-4.12.0-2"]),
        Fault::new("never-again", "refuses re-authentication", || {
            incoming(Auth, |seen, wire| match seen.number("reason_code") {
                0x19 => wire.end(),
                _ => wire.forward(seen),
            })
        })
        .breaks(&[], &["5.0§4.12.1-a"]),
        Fault::new("restart-taken-for-answer", "takes 0x19 for 0x18 while a client connects", || {
            incoming(Auth, |mut seen, wire| {
                if !wire.peer().accepted {
                    seen.set("reason_code", 0x18_u64);
                }
                wire.forward(seen);
            })
        })
        .breaks(&[], &["MQTT-4.13.1-1"]),
        Fault::new("auth-answered", "answers AUTH with AUTH", || incoming(Auth, |_, wire| wire.answer(&[0xF0, 0])))
            .breaks(&[], &["MQTT-4.12.0-6", "5.0§3.15.2.2.2-a", "5.0§3.15-a"]),
        Fault::new("auth-ignored", "ignores AUTH", || incoming(Auth, |_, _| {}))
            .breaks(&[], &["5.0§3.15-a", "MQTT-4.13.1-1", "5.0§4.12.1-a"]),
        Fault::new("auth-to-everybody", "challenges clients that sent no Authentication Method", || {
            outgoing(Connack, |seen, wire| {
                let v5 = wire.v5();
                wire.deliver(seen);
                if v5 {
                    wire.answer(&[0xF0, 10, 0x18, 8, 0x15, 0, 5, b'P', b'L', b'A', b'I', b'N']);
                }
            })
        })
        .breaks(&[], &["MQTT-4.12.0-6"])
        .coarse(),
        Fault::new("disconnect-for-3.1.1", "sends DISCONNECT to clients before v5", || {
            all(|event, wire| {
                if let Event::BrokerCloses = &event
                    && !wire.v5()
                    && wire.peer().accepted
                {
                    wire.answer(&[0xE0, 0]);
                }
                wire.pass(event);
            })
        })
        .breaks(&["3.1.1§2.2.1-c"], &[])
        .coarse(),
        Fault::new("disconnect-before-connack", "answers a bad CONNECT with DISCONNECT", || {
            all(|event, wire| {
                if let Event::BrokerCloses = &event
                    && !wire.peer().accepted
                {
                    wire.answer(&[0xE0, 2, 0x82, 0]);
                }
                if !matches!(&event, Event::Out(seen) if seen.number("reason_code") >= 0x80 && seen.is(Connack)) {
                    wire.pass(event);
                }
            })
        })
        .breaks(&["MQTT-3.2.0-1", "3.1.1§2.2.1-c"], &["MQTT-3.14.0-1", "MQTT-3.2.0-1"])
        .coarse(),
        Fault::new("explains-itself-unasked", "sends Reason Strings to clients that do not want them", || {
            all(|mut event, wire| {
                if let Event::Out(seen) = &mut event
                    && wire.v5()
                    && wire.peer().connect.contains_key("request_problem_information")
                    && [Some(Disconnect), Some(Connack)].iter().all(|of| seen.packet_type != *of)
                    && seen.get("reason_code").or(seen.get("reason_codes")).is_some()
                    && !seen.is(Pubrel)
                {
                    seen.set("reason_string", "because");
                }
                wire.pass(event);
            })
        })
        .breaks(&[], &["MQTT-3.1.2-29"]),
    ]);
    faults
}

/// Faults about the limits that a client sets.
fn limits() -> Vec<Fault> {
    let property = |name: &'static str, does, breaks| {
        Fault::new(format!("{}-ignored", name.replace('_', "-")), does, move || {
            edit_in(Connect, move |seen: &mut Seen| seen.remove(name))
        })
        .breaks(&[], breaks)
    };
    vec![
        property(
            "receive_maximum",
            "sends more concurrent messages than the client allows",
            &["MQTT-3.3.4-9", "MQTT-4.9.0-2", "MQTT-4.9.0-1"],
        ),
        property("maximum_packet_size", "sends packets larger than the client allows", &["MQTT-3.1.2-24"]),
        property("session_expiry_interval", "always ends the Session with the connection", &["MQTT-3.1.2-23"]),
    ]
}

fn first(text: &str, count: usize) -> String {
    text.chars().take(count).collect()
}
