//! Acknowledgements and other answers.

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{
    self, Connack, Connect, Pingreq, Pingresp, Puback, Pubcomp, Publish, Pubrec, Pubrel, Suback, Subscribe, Unsuback,
};

use crate::{
    fault::{Fault, all, edit_in, edit_out, incoming, lose_out, outgoing},
    wire::Event,
};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = each_answer();
    faults.extend(codes());
    faults.extend([
        Fault::new(
            "acknowledgement-to-the-others",
            "sends PUBACK and PUBREC to every client that is connected",
            || {
                all(|event, wire| {
                    if let Event::Out(seen) = &event
                        && (seen.is(Puback) || seen.is(Pubrec))
                    {
                        for other in wire.others() {
                            wire.on(other, |wire| wire.deliver(seen.clone()));
                        }
                    }
                    wire.pass(event);
                })
            },
        )
        .breaks(&["MQTT-2.3.1-6"], &["MQTT-2.2.1-5"])
        .coarse(),
        Fault::new("pubcomp-for-pubrec", "skips PUBREC and answers a QoS 2 PUBLISH with PUBCOMP", || {
            outgoing(Pubrec, |seen, wire| wire.deliver(seen.raw(|bytes| bytes[0] = 0x70)))
        })
        .breaks(&["MQTT-3.3.4-1", "MQTT-4.3.3-2"], &["MQTT-3.3.4-1", "MQTT-4.3.3-8"])
        .coarse(),
        Fault::new("puback-for-qos-2", "answers a QoS 2 PUBLISH with PUBACK", || {
            outgoing(Pubrec, |seen, wire| wire.deliver(seen.raw(|bytes| bytes[0] = 0x40)))
        })
        .breaks(&["MQTT-3.3.4-1", "MQTT-4.3.3-2"], &["MQTT-3.3.4-1", "MQTT-4.3.3-8"])
        .coarse(),
        Fault::new("puback-for-qos-0", "acknowledges QoS 0", || {
            incoming(Publish, |seen, wire| {
                if seen.number("qos") == 0 {
                    wire.answer(&[0x40, 2, 0, 1]);
                }
                wire.forward(seen);
            })
        })
        .breaks(&["MQTT-3.3.4-1"], &["MQTT-3.3.4-1"])
        .coarse(),
        Fault::new("pubrel-without-flags", "writes PUBREL with flags 0000", || {
            outgoing(Pubrel, |seen, wire| wire.deliver(seen.raw(|bytes| bytes[0] = 0x60)))
        })
        .breaks(&["MQTT-3.6.1-1", "MQTT-2.2.2-1"], &["MQTT-3.6.1-1", "MQTT-2.1.3-1"])
        .coarse(),
        Fault::new("pubrel-after-refusal", "answers even a failed PUBREC with PUBREL", || {
            edit_in(Pubrec, |seen| seen.remove("reason_code"))
        })
        .breaks(&[], &["MQTT-4.3.3-4", "MQTT-4.4.0-2"]),
        Fault::new("pingreq-from-the-server", "sends PINGREQ to clients that ping", || {
            outgoing(Pingresp, |seen, wire| {
                wire.answer(&[0xC0, 0]);
                wire.deliver(seen);
            })
        })
        .breaks(&["3.1.1§2.2.1-c"], &["5.0§2.1.2-c"])
        .coarse(),
        Fault::new("ping-does-not-count", "answers PINGREQ, but does not restart the Keep Alive", || {
            incoming(Pingreq, |_, wire| wire.answer(&[0xD0, 0]))
        })
        .breaks(&["MQTT-3.1.2-24"], &["MQTT-3.1.2-22"]),
        Fault::new("subscribe-answered-unread", "answers SUBSCRIBE with success and forgets it", || {
            incoming(Subscribe, |seen, wire| {
                let codes = seen.filters().iter().map(|_| Value::Number(0)).collect();
                let id = Value::Number(seen.number("packet_id"));
                wire.send(Suback, [("packet_id", id), ("reason_codes", Value::List(codes))]);
            })
        })
        .breaks(&["MQTT-4.5.0-1", "MQTT-3.8.4-5", "MQTT-3.3.1-6"], &["MQTT-4.5.0-1", "MQTT-3.8.4-7", "MQTT-3.3.1-9"])
        .coarse(),
        Fault::new("connack-before-connect", "sends CONNACK before it has read anything", || {
            all(|event, wire| {
                if let Event::In(_) = &event
                    && !wire.peer().accepted
                {
                    wire.answer(if wire.v5() { &[0x20, 3, 0, 0, 0] } else { &[0x20, 2, 0, 0] });
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.2.0-1", "MQTT-3.1.4-1"], &["MQTT-3.2.0-2", "MQTT-3.2.0-1", "MQTT-3.1.4-1"])
        .coarse(),
        Fault::new("connect-refused", "refuses every CONNECT", || {
            incoming(Connect, |_, wire| {
                wire.answer(if wire.v5() { &[0x20, 3, 0, 0x87, 0] } else { &[0x20, 2, 0, 5] });
                wire.cut();
            })
        })
        .breaks(&["MQTT-3.1.4-4"], &["MQTT-3.1.4-5"]),
    ]);
    faults
}

/// Faults of any answer.
fn each_answer() -> Vec<Fault> {
    let mut faults = Vec::new();
    for Answer { of, about, missing, wrong } in ANSWERS {
        let name = |what: &str| format!("{}-{what}", of.name().to_lowercase());
        faults.push(
            Fault::new(name("missing"), "does not send it", move || lose_out(of))
                .breaks(missing.v3_1_1, missing.v5)
                .coarse()
                .but_for(about),
        );
        faults.push(
            Fault::new(name("twice"), "sends it twice", move || twice(of)).breaks(wrong.v3_1_1, wrong.v5).coarse(),
        );
        if ![Connack, Pingresp].contains(&of) {
            faults.push(
                Fault::new(name("wrong-identifier"), "sends it with the next Packet Identifier", move || {
                    edit_out(of, |seen| seen.set("packet_id", seen.number("packet_id") % 0xFFFF + 1))
                })
                .breaks(wrong.v3_1_1, wrong.v5)
                .coarse()
                .but_for(IDENTIFIERS),
            );
        }
        if [Puback, Pubrec, Pubcomp].contains(&of) {
            faults.push(
                Fault::new(name("low-byte-only"), "keeps one byte of the Packet Identifier", move || {
                    edit_out(of, |seen| seen.set("packet_id", (seen.number("packet_id") & 0xFF).max(1)))
                })
                .breaks(wrong.v3_1_1, wrong.v5)
                .coarse()
                .but_for(IDENTIFIERS),
            );
        }
    }
    faults
}

/// The statements that a fault of this answer violates.
struct Answer {
    of: PacketType,
    /// The cases that test just that it comes.
    about: &'static [&'static str],
    /// If the answer is missing.
    missing: Statements,
    /// If it answers nothing: it has another Packet Identifier, or was sent before.
    wrong: Statements,
}

struct Statements {
    v3_1_1: &'static [&'static str],
    v5: &'static [&'static str],
}

const fn both(v3_1_1: &'static [&'static str], v5: &'static [&'static str]) -> Statements {
    Statements { v3_1_1, v5 }
}

const ANSWERS: [Answer; 8] = [
    Answer {
        of: Connack,
        about: &["3.01-connect/accepted"],
        missing: both(&["MQTT-3.1.4-4"], &["MQTT-3.1.4-5"]),
        wrong: both(&["MQTT-3.2.0-1"], &["MQTT-3.2.0-2"]),
    },
    Answer {
        of: Puback,
        about: &["3.04-puback/answered"],
        missing: both(&["MQTT-4.3.2-2", "MQTT-3.3.4-1"], &["MQTT-4.3.2-4", "MQTT-3.3.4-1"]),
        wrong: both(&["MQTT-2.3.1-6", "MQTT-4.3.2-2"], &["MQTT-2.2.1-5", "MQTT-4.3.2-4"]),
    },
    Answer {
        of: Pubrec,
        about: &["4.03-qos/each-step-of-qos-2/pubrec"],
        missing: both(&["MQTT-4.3.3-2", "MQTT-3.3.4-1"], &["MQTT-4.3.3-8", "MQTT-3.3.4-1"]),
        wrong: both(&["MQTT-2.3.1-6", "MQTT-4.3.3-2"], &["MQTT-2.2.1-5", "MQTT-4.3.3-8"]),
    },
    Answer {
        of: Pubrel,
        about: &["4.03-qos/each-step-of-qos-2/pubrel"],
        missing: both(&["MQTT-4.3.3-1"], &["MQTT-4.3.3-4"]),
        wrong: both(&["MQTT-2.3.1-6", "MQTT-4.3.3-1"], &["MQTT-2.2.1-5", "MQTT-4.3.3-4", "MQTT-4.4.0-1"]),
    },
    Answer {
        of: Pubcomp,
        about: &["4.03-qos/each-step-of-qos-2/pubcomp"],
        missing: both(&["MQTT-4.3.3-2"], &["MQTT-4.3.3-11"]),
        wrong: both(&["MQTT-4.3.3-2"], &["MQTT-2.2.1-5", "MQTT-4.3.3-11"]),
    },
    Answer {
        of: Suback,
        about: &["3.08-subscribe/answered"],
        missing: both(&["MQTT-3.8.4-1"], &["MQTT-3.8.4-1"]),
        wrong: both(&["MQTT-2.3.1-7", "MQTT-3.8.4-2"], &["MQTT-2.2.1-6", "MQTT-3.8.4-2"]),
    },
    Answer {
        of: Unsuback,
        about: &["3.10-unsubscribe/answered"],
        missing: both(&["MQTT-3.10.4-4", "MQTT-3.10.4-5"], &["MQTT-3.10.4-4", "MQTT-3.10.4-5"]),
        wrong: both(&["MQTT-2.3.1-7", "MQTT-3.10.4-4"], &["MQTT-2.2.1-6", "MQTT-3.10.4-5"]),
    },
    Answer {
        of: Pingresp,
        about: &["3.12-pingreq/answered"],
        missing: both(&["MQTT-3.12.4-1"], &["MQTT-3.12.4-1"]),
        wrong: both(&["MQTT-3.12.4-1"], &["MQTT-3.12.4-1"]),
    },
];

fn twice(of: PacketType) -> crate::fault::Wrong {
    outgoing(of, |seen, wire| {
        wire.deliver(seen.clone());
        wire.deliver(seen);
    })
}

/// Reason Codes and return codes.
fn codes() -> Vec<Fault> {
    let mut faults = Vec::new();
    for (of, what, breaks) in [
        (Puback, "refuses every QoS 1 message, in v5", &["MQTT-4.3.2-4", "MQTT-3.2.2-9"]),
        (Pubrec, "refuses every QoS 2 message, in v5", &["MQTT-4.3.3-8", "MQTT-3.2.2-9"]),
        (Pubcomp, "says that it knows no identifier, in v5", &["5.0§3.7.2.1-b", "MQTT-4.3.3-11"]),
        (Pubrel, "says that it knows no identifier, in v5", &["5.0§3.6.2.1-b", "MQTT-4.3.3-4"]),
    ] {
        faults.push(
            Fault::new(format!("{}-failure", of.name().to_lowercase()), what, move || {
                let code = if [Pubcomp, Pubrel].contains(&of) { 0x92_u64 } else { 0x80 };
                edit_out(of, move |seen| seen.set("reason_code", code))
            })
            .breaks(&[], breaks)
            .coarse(),
        );
    }
    faults.extend([
        Fault::new("puback-of-no-code", "uses a Reason Code that PUBACK does not have, in v5", || {
            outgoing(Puback, |seen, wire| match wire.v5() {
                true => wire.deliver(seen.raw(|bytes| *bytes = vec![0x40, 3, bytes[2], bytes[3], 0x92])),
                false => wire.deliver(seen),
            })
        })
        .breaks(&[], &["MQTT-3.4.2-1"])
        .coarse(),
        Fault::new("suback-short", "leaves the last code out of SUBACK", || {
            edit_out(Suback, |seen| shorten(seen, "reason_codes"))
        })
        .breaks(&["MQTT-3.8.4-5"], &["MQTT-3.8.4-6"]),
        Fault::new("suback-of-a-hundred", "answers at most a hundred filters", || {
            edit_out(Suback, |seen| {
                seen.change("reason_codes", |value| {
                    if let Value::List(items) = value {
                        items.truncate(100);
                    }
                });
            })
        })
        .breaks(&["MQTT-3.8.4-5"], &["MQTT-3.8.4-6"]),
        Fault::new("suback-long", "adds a code to SUBACK", || edit_out(Suback, |seen| lengthen(seen, "reason_codes")))
            .breaks(&["MQTT-3.8.4-5"], &["MQTT-3.8.4-6"])
            .coarse(),
        Fault::new("suback-reversed", "reverses the codes of SUBACK", || {
            edit_out(Suback, |seen| reverse(seen, "reason_codes"))
        })
        .breaks(&["MQTT-3.9.3-1"], &["MQTT-3.9.3-1"]),
        Fault::new("suback-maximum-of-all", "grants each filter the highest QoS of the SUBSCRIBE", || {
            edit_out(Suback, |seen| {
                let granted = |code: &Value| code.as_number().filter(|code| *code <= 2);
                let highest = list(seen.get("reason_codes")).iter().filter_map(granted).max();
                seen.each("reason_codes", |code| *code = Value::Number(highest.unwrap_or(0x80)));
            })
        })
        .breaks(&["MQTT-3.8.4-5"], &["MQTT-3.8.4-7"]),
        Fault::new("unsuback-short", "leaves the last code out of UNSUBACK", || {
            edit_out(Unsuback, |seen| shorten(seen, "reason_codes"))
        })
        .breaks(&[], &["MQTT-3.11.3-2"]),
        Fault::new("unsuback-reversed", "reverses the codes of UNSUBACK", || {
            edit_out(Unsuback, |seen| reverse(seen, "reason_codes"))
        })
        .breaks(&[], &["MQTT-3.11.3-1"]),
        Fault::new("unsuback-no-subscription", "reports that no subscription existed", || {
            edit_out(Unsuback, |seen| seen.each("reason_codes", |code| *code = Value::Number(0x11)))
        })
        .breaks(&[], &["MQTT-3.11.3-2"]),
    ]);
    faults
}

const IDENTIFIERS: &[&str] = &[
    "2.2-variable-header/packet-identifiers/repeated-in-the-answer",
    "3.06-pubrel/reason-codes/unknown-identifier",
    "3.07-pubcomp/same-identifier",
];

fn list(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::List(items)) => items,
        _ => &[],
    }
}

fn shorten(seen: &mut crate::seen::Seen, name: &str) {
    seen.change(name, |value| {
        if let Value::List(items) = value
            && items.len() > 1
        {
            items.pop();
        }
    });
}

fn lengthen(seen: &mut crate::seen::Seen, name: &str) {
    seen.change(name, |value| {
        if let Value::List(items) = value {
            items.extend(items.last().cloned());
        }
    });
}

fn reverse(seen: &mut crate::seen::Seen, name: &str) {
    seen.change(name, |value| {
        if let Value::List(items) = value {
            items.reverse();
        }
    });
}
