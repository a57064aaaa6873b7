//! Acknowledgements and other answers.

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{
    self, Connack, Connect, Pingreq, Pingresp, Puback, Pubcomp, Publish, Pubrec, Pubrel, Suback, Subscribe, Unsuback,
};

use crate::{
    fault::{Fault, all, edit_in, edit_out, incoming, lose_out, outgoing},
    seen::Seen,
    wire::Event,
};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = each_answer();
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
        .breaks(&["MQTT-3.3.4-1", "MQTT-2.3.1-6"], &["MQTT-3.3.4-1", "MQTT-2.2.1-5"])
        .coarse(),
        Fault::new("pubrel-without-flags", "writes PUBREL with flags 0000", || {
            outgoing(Pubrel, |seen, wire| wire.deliver(seen.raw(|bytes| bytes[0] = 0x60)))
        })
        .breaks(&["MQTT-3.6.1-1", "MQTT-2.2.2-1"], &["MQTT-3.6.1-1", "MQTT-2.1.3-1"])
        .coarse(),
        Fault::new(
            "short-acknowledgements-ignored",
            "ignores acknowledgements without a Property Length, in v5",
            || {
                all(|event, wire| match &event {
                    Event::In(seen) if wire.v5() && is_acknowledgement(seen) && seen.bytes().len() < 6 => {}
                    _ => wire.pass(event),
                })
            },
        )
        .breaks(&[], &["5.0§3.4.2.1-a", "5.0§3.6.2.1-a", "MQTT-4.3.3-11"])
        .coarse()
        .but_for(&["3.04-puback/short-forms", "3.06-pubrel/reason-codes/short-forms"]),
        Fault::new("long-acknowledgements-ignored", "ignores acknowledgements with a Property Length of zero", || {
            all(|event, wire| match &event {
                Event::In(seen) if wire.v5() && is_acknowledgement(seen) && seen.bytes().len() == 6 => {}
                _ => wire.pass(event),
            })
        })
        .breaks(&[], &["MQTT-4.3.2-3", "MQTT-4.3.3-4", "MQTT-4.3.3-11"]),
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
    for Answer { of, about, missing, wrong, twice: again } in ANSWERS {
        let name = |what: &str| format!("{}-{what}", of.name().to_lowercase());
        faults.push(
            Fault::new(name("missing"), "does not send it", move || lose_out(of))
                .breaks(missing.v3_1_1, missing.v5)
                .coarse()
                .but_for(about),
        );
        faults.push(
            Fault::new(name("twice"), "sends it twice", move || twice(of)).breaks(again.v3_1_1, again.v5).coarse(),
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
    /// If it has another Packet Identifier.
    wrong: Statements,
    /// If it comes twice.
    twice: Statements,
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
        twice: both(&["MQTT-3.2.0-1"], &["MQTT-3.2.0-2"]),
    },
    Answer {
        of: Puback,
        about: &["3.04-puback/answered"],
        missing: both(&["MQTT-4.3.2-2", "MQTT-3.3.4-1"], &["MQTT-4.3.2-4", "MQTT-3.3.4-1"]),
        wrong: both(&["MQTT-2.3.1-6", "MQTT-4.3.2-2"], &["MQTT-2.2.1-5", "MQTT-4.3.2-4"]),
        twice: both(&["MQTT-2.3.1-6", "MQTT-4.3.2-2"], &["MQTT-2.2.1-5", "MQTT-4.3.2-4"]),
    },
    Answer {
        of: Pubrec,
        about: &["4.03-qos/each-step-of-qos-2/pubrec"],
        missing: both(&["MQTT-4.3.3-2", "MQTT-3.3.4-1"], &["MQTT-4.3.3-8", "MQTT-3.3.4-1"]),
        wrong: both(&["MQTT-2.3.1-6", "MQTT-4.3.3-2"], &["MQTT-2.2.1-5", "MQTT-4.3.3-8"]),
        twice: both(&["MQTT-2.3.1-6", "MQTT-4.3.3-2"], &["MQTT-2.2.1-5", "MQTT-4.3.3-8"]),
    },
    Answer {
        of: Pubrel,
        about: &["4.03-qos/each-step-of-qos-2/pubrel"],
        missing: both(&["MQTT-4.3.3-1"], &["MQTT-4.3.3-4"]),
        wrong: both(&["MQTT-2.3.1-6", "MQTT-4.3.3-1"], &["MQTT-2.2.1-5", "MQTT-4.3.3-4", "MQTT-4.4.0-1"]),
        // v3.1.1 4.4 does not forbid it
        twice: both(&[], &["MQTT-2.2.1-5", "MQTT-4.3.3-4", "MQTT-4.4.0-1"]),
    },
    Answer {
        of: Pubcomp,
        about: &["4.03-qos/each-step-of-qos-2/pubcomp"],
        missing: both(&["MQTT-4.3.3-2"], &["MQTT-4.3.3-11"]),
        wrong: both(&["MQTT-4.3.3-2"], &["MQTT-2.2.1-5", "MQTT-4.3.3-11"]),
        twice: both(&["MQTT-4.3.3-2"], &["MQTT-2.2.1-5", "MQTT-4.3.3-11"]),
    },
    Answer {
        of: Suback,
        about: &["3.08-subscribe/answered"],
        missing: both(&["MQTT-3.8.4-1"], &["MQTT-3.8.4-1"]),
        wrong: both(&["MQTT-2.3.1-7", "MQTT-3.8.4-2"], &["MQTT-2.2.1-6", "MQTT-3.8.4-2"]),
        twice: both(
            &["MQTT-2.3.1-7", "MQTT-3.8.4-2", "MQTT-3.8.4-4"],
            &["MQTT-2.2.1-6", "MQTT-3.8.4-2", "MQTT-3.8.4-5"],
        ),
    },
    Answer {
        of: Unsuback,
        about: &["3.10-unsubscribe/answered"],
        missing: both(&["MQTT-3.10.4-4", "MQTT-3.10.4-5"], &["MQTT-3.10.4-4", "MQTT-3.10.4-5"]),
        wrong: both(&["MQTT-2.3.1-7", "MQTT-3.10.4-4"], &["MQTT-2.2.1-6", "MQTT-3.10.4-5"]),
        twice: both(
            &["MQTT-2.3.1-7", "MQTT-3.10.4-4", "MQTT-3.10.4-6"],
            &["MQTT-2.2.1-6", "MQTT-3.10.4-5", "MQTT-3.10.4-6"],
        ),
    },
    Answer {
        of: Pingresp,
        about: &["3.12-pingreq/answered"],
        missing: both(&["MQTT-3.12.4-1"], &["MQTT-3.12.4-1"]),
        wrong: both(&["MQTT-3.12.4-1"], &["MQTT-3.12.4-1"]),
        twice: both(&["MQTT-3.12.4-1"], &["MQTT-3.12.4-1"]),
    },
];

fn twice(of: PacketType) -> crate::fault::Wrong {
    outgoing(of, move |seen, wire| {
        if of != Pubrel || wire.v5() {
            wire.deliver(seen.clone());
        }
        wire.deliver(seen);
    })
}

const IDENTIFIERS: &[&str] = &[
    "2.2-variable-header/packet-identifiers/repeated-in-the-answer",
    "3.06-pubrel/reason-codes/unknown-identifier",
    "3.07-pubcomp/same-identifier",
];

fn is_acknowledgement(seen: &Seen) -> bool {
    [Puback, Pubrec, Pubrel, Pubcomp].iter().any(|of| seen.is(*of))
}
