//! Properties of v5 messages.

use std::collections::BTreeMap;

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{Connect, Publish, Subscribe};

use super::deliveries::payload;
use crate::{
    fault::{Fault, all, edit_in, edit_out, incoming, outgoing},
    seen::Seen,
    wire::Event,
};

pub(super) fn faults() -> Vec<Fault> {
    let lost = |name: &'static str, does| {
        Fault::new(format!("{}-lost", name.replace('_', "-")), does, move || {
            edit_in(Publish, move |seen: &mut Seen| seen.remove(name))
        })
    };
    let mut faults = vec![
        lost("payload_format_indicator", "drops the Payload Format Indicator of a message")
            .breaks(&[], &["MQTT-3.3.2-4"]),
        lost("content_type", "drops the Content Type of a message").breaks(&[], &["MQTT-3.3.2-20"]),
        lost("response_topic", "drops the Response Topic of a message").breaks(&[], &["MQTT-3.3.2-15"]),
        lost("correlation_data", "drops the Correlation Data of a message").breaks(&[], &["MQTT-3.3.2-16"]),
        lost("user_properties", "drops the User Properties of a message").breaks(&[], &["MQTT-3.3.2-17"]),
        lost("message_expiry_interval", "never expires messages").breaks(&[], &["MQTT-3.3.2-5", "MQTT-3.3.2-6"]),
        Fault::new("user-properties-reordered", "reverses User Properties", || {
            edit_out(Publish, |seen| seen.change("user_properties", reverse))
        })
        .breaks(&[], &["MQTT-3.3.2-18", "MQTT-3.1.3-10"]),
        Fault::new("user-properties-once", "keeps one User Property of each name", || {
            edit_in(Publish, |seen| {
                seen.list("user_properties", |pairs| {
                    let unique: BTreeMap<Value, Value> = pairs.drain(..).map(|pair| (name(&pair), pair)).collect();
                    pairs.extend(unique.into_values());
                });
            })
        })
        .breaks(&[], &["MQTT-3.3.2-17", "MQTT-3.3.2-18"]),
        Fault::new("expiry-not-counted-down", "delivers the Message Expiry Interval unchanged", || {
            let mut given: BTreeMap<Value, u64> = BTreeMap::new();
            all(move |mut event, wire| {
                match &mut event {
                    Event::In(seen) if seen.is(Publish) => {
                        given.insert(payload(seen), seen.number("message_expiry_interval"));
                    }
                    Event::Out(seen) if seen.is(Publish) => {
                        if let Some(interval @ 1..) = given.get(&payload(seen)) {
                            seen.set("message_expiry_interval", *interval);
                        }
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&[], &["MQTT-3.3.2-6"]),
        Fault::new("expiry-not-said", "omits the remaining Message Expiry Interval", || {
            edit_out(Publish, |seen| seen.remove("message_expiry_interval"))
        })
        .breaks(&[], &["MQTT-3.3.2-6", "5.0§3.1.3.2.4-b"]),
        Fault::new("expiry-drops-what-has-begun", "drops a QoS 2 exchange when the message expires", || {
            let mut expire: BTreeMap<Value, u64> = BTreeMap::new();
            all(move |event, wire| match &event {
                Event::In(seen) if seen.is(Publish) && seen.get("message_expiry_interval").is_some() => {
                    let due = wire.now.as_secs() + seen.number("message_expiry_interval");
                    expire.insert(Value::Number(0), due);
                    wire.pass(event);
                }
                Event::Out(seen) | Event::In(seen)
                    if expire.values().any(|due| wire.now.as_secs() > *due)
                        && [mqttspec_codec::PacketType::Pubrel, mqttspec_codec::PacketType::Pubcomp]
                            .iter()
                            .any(|of| seen.is(*of)) => {}
                _ => wire.pass(event),
            })
        })
        .breaks(&[], &["MQTT-4.3.3-7", "MQTT-4.3.3-13"]),
        Fault::new("subscription-identifiers-lost", "sends no Subscription Identifiers", || {
            edit_out(Publish, |seen| seen.remove("subscription_identifiers"))
        })
        .breaks(&[], &["MQTT-3.3.4-3", "MQTT-3.3.4-4"]),
        Fault::new("subscription-identifiers-first", "sends the first Subscription Identifier only", || {
            edit_out(Publish, |seen| {
                seen.list("subscription_identifiers", |ids| ids.truncate(1));
            })
        })
        .breaks(&[], &["MQTT-3.3.4-4", "MQTT-3.3.4-3"]),
        Fault::new("subscription-identifier-small", "keeps only 16 bits of a Subscription Identifier", || {
            edit_in(Subscribe, |seen| {
                let id = seen.number("subscription_identifier");
                if id > 0xFFFF {
                    seen.set("subscription_identifier", (id & 0xFFFF).max(1));
                }
            })
        })
        .breaks(&[], &["5.0§3.3.4-c", "5.0§3.8.2.1.2-c", "MQTT-3.3.4-4"]),
        Fault::new("subscription-identifier-large-refused", "closes on Subscription Identifiers of four bytes", || {
            incoming(Subscribe, |seen, wire| match seen.number("subscription_identifier") {
                0..0x20_0000 => wire.forward(seen),
                _ => wire.cut(),
            })
        })
        .breaks(&[], &["5.0§3.8.2.1.2-c", "MQTT-3.8.4-1"]),
        Fault::new(
            "subscription-identifier-of-the-client",
            "uses the first Subscription Identifier for all subscriptions",
            || {
                let mut first = BTreeMap::new();
                incoming(Subscribe, move |mut seen, wire| {
                    if let id @ 1.. = seen.number("subscription_identifier") {
                        seen.set("subscription_identifier", *first.entry(wire.id).or_insert(id));
                    }
                    wire.forward(seen);
                })
            },
        )
        .breaks(&[], &["5.0§3.3.4-c", "5.0§3.8.2.1.2-c", "5.0§3.8.4-d"]),
    ];
    faults.extend(aliases());
    faults
}

/// Topic Aliases in both directions.
fn aliases() -> Vec<Fault> {
    vec![
        Fault::new("alias-unasked", "sends Topic Aliases to clients that allow none", || {
            outgoing(Publish, |mut seen, wire| {
                if wire.v5() && wire.peer().limit("topic_alias_maximum").is_none_or(|maximum| maximum == 0) {
                    seen.set("topic_alias", 1_u64);
                }
                wire.deliver(seen);
            })
        })
        .breaks(&[], &["MQTT-3.1.2-27"])
        .coarse(),
        Fault::new("alias-beyond-the-maximum", "uses one Topic Alias more than the client allows", || {
            outgoing(Publish, |mut seen, wire| {
                if let Some(maximum @ 1..0xFFFF) = wire.peer().limit("topic_alias_maximum") {
                    seen.set("topic_alias", maximum + 1);
                }
                wire.deliver(seen);
            })
        })
        .breaks(&[], &["MQTT-3.1.2-26", "MQTT-3.3.2-11"]),
        Fault::new("alias-unset", "uses a Topic Alias that it never set", || {
            outgoing(Publish, |mut seen, wire| {
                if let Some(1..) = wire.peer().limit("topic_alias_maximum") {
                    seen.set("topic_alias", 1_u64);
                    seen.set("topic", "");
                }
                wire.deliver(seen);
            })
        })
        .breaks(&[], &["5.0§3.3.4-b"]),
        Fault::new("alias-kept-over-connections", "keeps Topic Aliases after the end of a connection", || {
            let mut aliases: BTreeMap<(Vec<u8>, u64), String> = BTreeMap::new();
            incoming(Publish, move |mut seen, wire| {
                if let alias @ 1.. = seen.number("topic_alias") {
                    let key = (wire.peer().client_id(), alias);
                    match seen.text("topic") {
                        topic if topic.is_empty() => {
                            if let Some(topic) = aliases.get(&key) {
                                seen.set("topic", topic.as_str());
                            }
                        }
                        topic => drop(aliases.insert(key, topic)),
                    }
                }
                wire.forward(seen);
            })
        })
        .breaks(&[], &["MQTT-3.3.2-7", "5.0§3.3.4-b"]),
        Fault::new("alias-shared-by-all", "keeps one table of Topic Aliases for all clients", || {
            let mut aliases: BTreeMap<u64, String> = BTreeMap::new();
            edit_in(Publish, move |seen| {
                if let alias @ 1.. = seen.number("topic_alias") {
                    match seen.text("topic") {
                        topic if topic.is_empty() => {
                            if let Some(topic) = aliases.get(&alias) {
                                seen.set("topic", topic.as_str());
                            }
                        }
                        topic => drop(aliases.insert(alias, topic)),
                    }
                }
            })
        })
        .breaks(&[], &["MQTT-3.3.2-7", "5.0§3.3.4-b", "5.0§3.3.2.3.4-b"]),
        Fault::new("alias-set-once", "does not let a Topic Alias be set again", || {
            let mut aliases: BTreeMap<_, String> = BTreeMap::new();
            incoming(Publish, move |mut seen, wire| {
                if let alias @ 1.. = seen.number("topic_alias") {
                    let topic = aliases.entry((wire.id, alias)).or_insert_with(|| seen.text("topic"));
                    if seen.text("topic").is_empty() {
                        seen.set("topic", topic.as_str());
                    }
                }
                wire.forward(seen);
            })
        })
        .breaks(&[], &["5.0§3.3.2.3.4-b"]),
        Fault::new("alias-passed-on", "passes on a publisher's Topic Alias", || {
            let mut used = BTreeMap::new();
            all(move |mut event, wire| {
                match &mut event {
                    Event::In(seen) if seen.is(Publish) && seen.number("topic_alias") > 0 => {
                        used.insert(payload(seen), seen.number("topic_alias"));
                    }
                    Event::Out(seen) if seen.is(Publish) && wire.v5() => {
                        if let Some(alias) = used.get(&payload(seen)) {
                            seen.set("topic_alias", *alias);
                        }
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&[], &["MQTT-3.1.2-27", "MQTT-3.1.2-26"]),
        Fault::new("alias-maximum-ignored", "assumes a Topic Alias Maximum of 65 535", || {
            edit_in(Connect, |seen| {
                if seen.get("topic_alias_maximum").is_some() {
                    seen.set("topic_alias_maximum", 0xFFFF_u64);
                }
            })
        })
        .breaks(&[], &["MQTT-3.1.2-26", "MQTT-3.3.2-11", "MQTT-3.1.2-27"]),
        Fault::new("alias-ignored", "closes on every Topic Alias", || {
            incoming(Publish, |seen, wire| match seen.number("topic_alias") {
                0 => wire.forward(seen),
                _ => wire.cut(),
            })
        })
        .breaks(&[], &["MQTT-3.3.2-12"]),
    ]
}

fn reverse(value: &mut Value) {
    if let Value::List(items) = value {
        items.reverse();
    }
}

fn name(pair: &Value) -> Value {
    match pair {
        Value::List(pair) => pair.first().cloned().unwrap_or(Value::Bytes(Vec::new())),
        other => other.clone(),
    }
}
