//! Connections that stay open, or are still served, after the Server has refused the Client.

use std::{collections::BTreeSet, time::Duration};

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{Auth, Connack, Disconnect, Publish};

use super::deliveries::payload;
use crate::{
    fault::{Fault, Wrong, all},
    wire::Event,
};

pub(super) fn faults() -> Vec<Fault> {
    let stays = |name: &str, does: &str, of: Refusal| {
        let does = format!("leaves the connection open {does}");
        Fault::new(format!("open-after-{name}"), does, move || stays_open(of))
    };
    vec![
        stays("a-refused-identifier", "after it has refused the Client Identifier", Refusal::Connack(&[0x85]))
            .breaks(&["MQTT-3.1.3-9", "MQTT-3.2.2-5"], &["MQTT-3.1.3-8", "MQTT-3.2.2-7"]),
        stays("a-refused-retained-will", "after it has refused a retained Will", Refusal::Connack(&[0x9A]))
            .breaks(&[], &["MQTT-3.2.2-13", "MQTT-3.2.2-7"]),
        stays("a-failed-authentication", "after an authentication that has failed", Refusal::Authentication)
            .breaks(&[], &["MQTT-4.12.0-4", "MQTT-3.2.2-7"]),
        stays("a-failed-re-authentication", "after a re-authentication that has failed", Refusal::ReAuthentication)
            .breaks(&[], &["MQTT-4.12.1-2", "MQTT-4.13.2-1"]),
        Fault::new("refused-yet-served", "passes on what a client publishes whom it has refused", || {
            let mut refused = BTreeSet::new();
            all(move |event, wire| {
                match &event {
                    Event::Out(seen) if seen.is(Connack) && seen.number("reason_code") > 0 => {
                        refused.insert(wire.id);
                    }
                    Event::BrokerCloses if refused.contains(&wire.id) => wire.delay = Duration::from_millis(20),
                    Event::In(seen) if seen.is(Publish) && !wire.peer().accepted => {
                        for other in wire.others() {
                            let message = [("topic", Value::text(&seen.text("topic"))), ("payload", payload(seen))];
                            wire.on(other, |wire| wire.send(Publish, message));
                        }
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.1.4-5"], &["MQTT-3.1.4-6"])
        .coarse()
        .but_for(&["3.01-connect/"]),
    ]
}

/// What a connection is left open after.
#[derive(Debug, Clone, Copy)]
enum Refusal {
    /// A CONNACK with one of these codes.
    Connack(&'static [u64]),
    /// A CONNACK that refuses a CONNECT with an Authentication Method.
    Authentication,
    /// A DISCONNECT to a client that has begun to authenticate again; it is not sent either.
    ReAuthentication,
}

fn stays_open(of: Refusal) -> Wrong {
    let (mut refused, mut again) = (BTreeSet::new(), BTreeSet::new());
    all(move |event, wire| {
        let method = wire.peer().connect.contains_key("authentication_method");
        match &event {
            Event::In(seen) if seen.is(Auth) && wire.peer().accepted => drop(again.insert(wire.id)),
            Event::Out(seen) if seen.is(Connack) => {
                let code = seen.number("reason_code");
                let counts = match of {
                    Refusal::Connack(codes) => codes.contains(&code),
                    Refusal::Authentication => method && code >= 0x80,
                    Refusal::ReAuthentication => false,
                };
                if counts {
                    refused.insert(wire.id);
                }
            }
            Event::Out(seen)
                if seen.is(Disconnect) && matches!(of, Refusal::ReAuthentication) && again.contains(&wire.id) =>
            {
                refused.insert(wire.id);
                return;
            }
            Event::BrokerCloses if refused.contains(&wire.id) => return,
            _ => {}
        }
        wire.pass(event);
    })
}
