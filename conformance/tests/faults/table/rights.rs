//! Topics on which a user has no rights.

use std::collections::{BTreeMap, BTreeSet};

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{Connect, Puback, Publish, Pubrec, Suback, Subscribe};

use super::deliveries::payload;
use crate::{
    fault::{DENIED, Fault, all, outgoing},
    seen::Seen,
    wire::{Event, Wire},
};

pub(super) fn faults() -> Vec<Fault> {
    const SUBACK: (&[&str], &[&str]) =
        (&["MQTT-3.8.4-5", "MQTT-3.9.3-1", "MQTT-3.8.4-4"], &["MQTT-3.8.4-7", "MQTT-3.9.3-1", "MQTT-3.8.4-5"]);
    vec![
        Fault::new("denied-message-delivered", "delivers messages that it does not authorize", || {
            let mut askers = BTreeSet::new();
            all(move |event, wire| {
                note(&mut askers, &event, wire.id);
                let denied = match &event {
                    Event::In(seen) if is_denied(seen) && !seen.flag("retain") => Some(payload(seen)),
                    _ => None,
                };
                wire.pass(event);
                denied.into_iter().for_each(|payload| deliver(&askers, &payload, false, wire));
            })
        })
        .breaks(&["MQTT-3.3.5-2", "MQTT-3.8.4-5"], &["MQTT-3.3.4-1", "MQTT-3.8.4-7"]),
        Fault::new("denied-message-retained", "retains messages that it does not authorize, and sends them", || {
            let (mut askers, mut kept) = (BTreeSet::new(), None);
            all(move |event, wire| {
                note(&mut askers, &event, wire.id);
                match &event {
                    Event::In(seen) if is_denied(seen) && seen.flag("retain") => kept = Some(payload(seen)),
                    Event::Out(seen) if seen.is(Suback) && askers.contains(&wire.id) => {
                        let kept = kept.clone();
                        wire.pass(event);
                        let own = BTreeSet::from([wire.id]);
                        return kept.into_iter().for_each(|payload| deliver(&own, &payload, true, wire));
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.8.4-5", "MQTT-3.3.5-2"], &["MQTT-3.8.4-7", "MQTT-3.3.4-1"]),
        Fault::new("denied-message-unanswered", "does not answer a message that it does not authorize", || {
            let mut denied = BTreeSet::new();
            all(move |event, wire| match event {
                Event::In(seen) if is_denied(&seen) => {
                    denied.insert((wire.id, seen.number("packet_id")));
                    wire.forward(seen);
                }
                Event::Out(seen)
                    if (seen.is(Puback) || seen.is(Pubrec)) && denied.remove(&(wire.id, seen.number("packet_id"))) => {}
                event => wire.pass(event),
            })
        })
        .breaks(&["MQTT-3.3.5-2"], &["MQTT-3.3.4-1"]),
        Fault::new(
            "denied-message-blocks",
            "drops what a Client publishes after a message that it does not authorize",
            || {
                let mut blocked = BTreeSet::new();
                all(move |event, wire| match event {
                    Event::In(seen) if seen.is(Publish) && blocked.contains(&wire.id) && seen.number("qos") == 1 => {
                        wire.send(Puback, [("packet_id", Value::Number(seen.number("packet_id")))]);
                    }
                    event => {
                        if matches!(&event, Event::In(seen) if is_denied(seen)) {
                            blocked.insert(wire.id);
                        }
                        wire.pass(event);
                    }
                })
            },
        )
        .breaks(&["MQTT-4.5.0-1"], &["MQTT-4.5.0-1", "5.0§4.13.2-a"]),
        Fault::new("one-refusal-refuses-all", "refuses all filters of a SUBSCRIBE if it refuses one", || {
            outgoing(Suback, |mut seen, wire| {
                let mut refused = None;
                seen.each("reason_codes", |code| refused = refused.take().or(failure(code)));
                if let Some(refused) = refused {
                    seen.each("reason_codes", |code| *code = refused.clone());
                }
                wire.deliver(seen);
            })
        })
        .breaks(SUBACK.0, SUBACK.1),
        Fault::new("refusals-last", "puts the refusals behind the other codes of a SUBACK", || {
            outgoing(Suback, |mut seen, wire| {
                seen.list("reason_codes", |codes| codes.sort_by_key(|code| failure(code).is_some()));
                wire.deliver(seen);
            })
        })
        .breaks(SUBACK.0, SUBACK.1),
        Fault::new("denied-will-published", "publishes a Will on a topic to which its Client may not publish", || {
            let mut askers = BTreeSet::new();
            let mut wills: BTreeMap<u64, Value> = BTreeMap::new();
            all(move |mut event, wire| {
                note(&mut askers, &event, wire.id);
                match &mut event {
                    Event::In(seen) if seen.is(Connect) => {
                        let denied = |will: &Value| match will {
                            Value::Map(will) if will.get("topic") == Some(&Value::text(DENIED)) => {
                                will.get("payload").cloned()
                            }
                            _ => None,
                        };
                        if let Some(payload) = seen.get("will").and_then(denied) {
                            wills.insert(wire.id, payload);
                            seen.remove("will");
                        }
                    }
                    Event::ClientCloses => {
                        let will = wills.remove(&wire.id);
                        will.into_iter().for_each(|payload| deliver(&askers, &payload, false, wire));
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["3.1.1§3.1.4-b"], &["MQTT-3.1.4-2"]),
    ]
}

/// Remembers the connections that have asked for the topic.
fn note(askers: &mut BTreeSet<u64>, event: &Event, connection: u64) {
    if matches!(event, Event::In(seen) if seen.is(Subscribe) && seen.filters().iter().any(|filter| filter == DENIED)) {
        askers.insert(connection);
    }
}

fn is_denied(seen: &Seen) -> bool {
    seen.is(Publish) && seen.text("topic") == DENIED
}

fn deliver(askers: &BTreeSet<u64>, payload: &Value, retain: bool, wire: &mut Wire<'_>) {
    for asker in askers {
        let topic = Value::text(DENIED);
        wire.on(*asker, |wire| {
            wire.send(Publish, [("topic", topic), ("payload", payload.clone()), ("retain", Value::Bool(retain))]);
        });
    }
}

fn failure(code: &Value) -> Option<Value> {
    code.as_number().is_some_and(|code| code >= 0x80).then(|| code.clone())
}
