//! What a Server may change in a message although it must not.

use mqttspec::packet::Value;

use crate::{
    seen::Seen,
    table::deliveries::{payload, settle},
    wire::Wire,
};

/// A change, and what it violates on any path.
pub(super) struct Change {
    pub(super) name: &'static str,
    /// What the Server does, in front of the messages: "loses the Content Type of".
    pub(super) does: &'static str,
    pub(super) breaks_v3_1_1: &'static [&'static str],
    pub(super) breaks_v5: &'static [&'static str],
    /// Paths on which it is no fault, or another one.
    pub(super) not_on: &'static [&'static str],
    /// Begins a run. What it returns acts on each message of the path.
    pub(super) start: fn() -> Act,
}

/// Acts on a message.
pub(super) type Act = Box<dyn FnMut(Seen, &mut Wire<'_>)>;

pub(super) static CHANGES: &[Change] = &[
    Change {
        name: "payload-ends-at-nul",
        does: "cuts the payload at its first NUL in",
        breaks_v3_1_1: &["MQTT-4.5.0-1", "MQTT-3.1.2-8", "MQTT-4.4.0-1"],
        breaks_v5: &["MQTT-4.5.0-1", "MQTT-3.1.2-7", "MQTT-4.4.0-1"],
        not_on: &[],
        start: || edit(|seen| shorten(seen, |bytes| bytes.iter().position(|byte| *byte == 0))),
    },
    Change {
        name: "payload-cut-at-8-kib",
        does: "passes on 8 KiB of",
        breaks_v3_1_1: &["MQTT-4.5.0-1", "MQTT-3.1.2-8", "MQTT-4.4.0-1"],
        breaks_v5: &["MQTT-4.5.0-1", "MQTT-3.1.2-7", "MQTT-4.4.0-1"],
        not_on: &["shared"],
        start: || edit(|seen| shorten(seen, |_| Some(8192))),
    },
    Change {
        name: "content-type-lost",
        does: "loses the Content Type of",
        breaks_v3_1_1: &[],
        breaks_v5: &["MQTT-3.3.2-20", "5.0§3.1.3.2.8-a"],
        not_on: &[],
        start: || edit(|seen| seen.remove("content_type")),
    },
    Change {
        name: "response-topic-lost",
        does: "loses the Response Topic of",
        breaks_v3_1_1: &[],
        breaks_v5: &["MQTT-3.3.2-15", "5.0§3.1.3.2.8-a"],
        not_on: &[],
        start: || edit(|seen| seen.remove("response_topic")),
    },
    Change {
        name: "correlation-data-as-text",
        does: "treats Correlation Data as UTF-8 in",
        breaks_v3_1_1: &[],
        breaks_v5: &["MQTT-3.3.2-16", "5.0§3.1.3.2.8-a"],
        not_on: &[],
        start: || {
            edit(|seen| {
                seen.data("correlation_data", |bytes| {
                    *bytes = String::from_utf8_lossy(bytes).into_owned().into_bytes();
                });
            })
        },
    },
    Change {
        name: "user-properties-lost",
        does: "loses the User Properties of",
        breaks_v3_1_1: &[],
        breaks_v5: &["MQTT-3.3.2-17", "5.0§3.1.3.2.8-a"],
        not_on: &[],
        start: || edit(|seen| seen.remove("user_properties")),
    },
    Change {
        name: "user-properties-sorted",
        does: "sorts the User Properties of",
        breaks_v3_1_1: &[],
        breaks_v5: &["MQTT-3.3.2-18", "MQTT-3.1.3-10"],
        not_on: &[],
        start: || {
            edit(|seen| {
                seen.list("user_properties", |pairs| pairs.sort());
            })
        },
    },
    Change {
        name: "content-type-added",
        does: "gives the Content Type of another message to",
        breaks_v3_1_1: &[],
        breaks_v5: &["MQTT-3.3.2-20", "5.0§3.1.3.2.8-a"],
        not_on: &[],
        start: || {
            edit(|seen| {
                if seen.get("content_type").is_none() {
                    seen.set("content_type", "text/other");
                }
            })
        },
    },
    Change {
        name: "format-always-1",
        does: "sets the Payload Format Indicator of",
        breaks_v3_1_1: &[],
        breaks_v5: &["MQTT-3.3.2-4", "5.0§3.1.3.2.8-a"],
        not_on: &[],
        start: || edit(|seen| seen.set("payload_format_indicator", 1_u64)),
    },
    Change {
        name: "format-lost",
        does: "loses the Payload Format Indicator of",
        breaks_v3_1_1: &[],
        breaks_v5: &["MQTT-3.3.2-4", "5.0§3.1.3.2.8-a"],
        not_on: &[],
        start: || edit(|seen| seen.remove("payload_format_indicator")),
    },
    Change {
        name: "identifiers-lost",
        does: "sends no Subscription Identifiers with",
        breaks_v3_1_1: &[],
        breaks_v5: &["MQTT-3.3.4-3", "MQTT-3.3.4-4", "5.0§3.3.4-e"],
        not_on: &[],
        start: || edit(|seen| seen.remove("subscription_identifiers")),
    },
    Change {
        name: "identifier-of-another",
        does: "sends a Subscription Identifier that no Subscription has with",
        breaks_v3_1_1: &[],
        breaks_v5: &["5.0§3.3.4-c", "MQTT-3.3.4-4", "5.0§3.3.4-e"],
        not_on: &[],
        start: || {
            edit(|seen| {
                seen.list("subscription_identifiers", |ids| ids.push(Value::Number(4711)));
            })
        },
    },
    Change {
        name: "expiry-as-at-first",
        does: "does not lower the Message Expiry Interval of",
        breaks_v3_1_1: &[],
        breaks_v5: &["MQTT-3.3.2-6", "5.0§3.1.3.2.4-b"],
        // a Will is passed on at once, and for a copy that is sent again the standard does not say so
        not_on: &["will", "sent-again"],
        start: || {
            edit(|seen| {
                // the vectors publish with one of these
                let published =
                    [6, 60].into_iter().find(|published| seen.number("message_expiry_interval") <= *published);
                if let Some(published) = published.filter(|_| seen.get("message_expiry_interval").is_some()) {
                    seen.set("message_expiry_interval", published);
                }
            })
        },
    },
    Change {
        name: "qos-lowered",
        does: "lowers the QoS to 0 of",
        breaks_v3_1_1: &["MQTT-3.8.4-6", "MQTT-3.3.1-5", "MQTT-4.4.0-1"],
        breaks_v5: &["MQTT-3.8.4-8", "MQTT-4.8.2-3", "MQTT-4.4.0-1"],
        not_on: &["sent-again"],
        start: || {
            Box::new(|mut seen, wire| {
                settle(&seen, wire);
                seen.set("qos", 0_u64);
                seen.remove("dup");
                wire.deliver(seen);
            })
        },
    },
    Change {
        name: "twice-at-qos-0",
        does: "sends twice, at QoS 0,",
        breaks_v3_1_1: &["3.1.1§4.3.1-a"],
        breaks_v5: &["5.0§4.3.1-a"],
        // another table has a Will that is published twice
        not_on: &["sent-again", "queued", "will", "shared"],
        start: || {
            Box::new(|seen, wire| {
                if seen.number("qos") == 0 {
                    wire.deliver(seen.clone());
                }
                wire.deliver(seen);
            })
        },
    },
    Change {
        name: "retain-set",
        does: "sets RETAIN on",
        breaks_v3_1_1: &["MQTT-3.3.1-9", "MQTT-3.1.2-16"],
        breaks_v5: &["MQTT-3.3.1-12", "MQTT-3.1.2-14"],
        not_on: &["retained", "sent-again"],
        start: || edit(|seen| seen.set("retain", true)),
    },
    Change {
        name: "marked-as-repeat",
        does: "sets DUP on",
        breaks_v3_1_1: &["MQTT-3.3.1-3", "MQTT-4.3.2-1", "MQTT-4.3.3-1"],
        breaks_v5: &["MQTT-3.3.1-3", "MQTT-4.3.2-2", "MQTT-4.3.3-2"],
        not_on: &["sent-again"],
        start: || {
            edit(|seen| {
                if seen.number("qos") > 0 {
                    seen.set("dup", true);
                }
            })
        },
    },
];

fn edit(mut change: impl FnMut(&mut Seen) + 'static) -> Act {
    Box::new(move |mut seen, wire| {
        change(&mut seen);
        wire.deliver(seen);
    })
}

fn shorten(seen: &mut Seen, end: impl FnOnce(&[u8]) -> Option<usize>) {
    if let Value::Bytes(bytes) = payload(seen)
        && let Some(end) = end(&bytes)
        && end < bytes.len()
    {
        seen.set("payload", bytes[..end].to_vec());
    }
}
