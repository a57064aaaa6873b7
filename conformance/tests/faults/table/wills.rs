//! The Will.

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{Connect, Disconnect};

use crate::{
    fault::{Fault, edit_in, incoming},
    seen::Seen,
};

pub(super) fn faults() -> Vec<Fault> {
    let will = |name: &'static str, does, field: &'static str, to: Option<Value>| {
        Fault::new(name, does, move || {
            let to = to.clone();
            edit_in(Connect, move |seen: &mut Seen| {
                seen.will(|will| match &to {
                    Some(value) => drop(will.insert(field, value.clone())),
                    None => drop(will.remove(field)),
                });
            })
        })
    };
    vec![
        Fault::new("will-forgotten", "never publishes a Will", || edit_in(Connect, |seen| seen.remove("will")))
            .breaks(&["MQTT-3.1.2-8"], &["MQTT-3.1.2-8", "MQTT-3.1.2-7"]),
        will("will-not-retained", "publishes a Will without RETAIN", "retain", None)
            .breaks(&["MQTT-3.1.2-17"], &["MQTT-3.1.2-15"]),
        will("will-retained", "retains every Will", "retain", Some(Value::Bool(true)))
            .breaks(&["MQTT-3.1.2-16"], &["MQTT-3.1.2-14"]),
        will("will-qos-0", "publishes a Will at QoS 0", "qos", None)
            .breaks(&["MQTT-3.8.4-6", "MQTT-3.1.2-8"], &["MQTT-3.8.4-8", "MQTT-3.1.2-8"]),
        will("will-qos-2", "publishes a Will at QoS 2", "qos", Some(Value::Number(2)))
            .breaks(&["MQTT-3.8.4-6", "MQTT-3.1.2-8"], &["MQTT-3.8.4-8", "MQTT-3.1.2-8"]),
        will("will-payload-lost", "publishes a Will without its payload", "payload", None)
            .breaks(&["MQTT-3.1.2-8"], &["MQTT-3.1.2-8"]),
        will("will-delay-ignored", "publishes a Will at once", "will_delay_interval", None)
            .breaks(&[], &["5.0§3.1.3.2.2-b", "MQTT-3.1.2-8", "MQTT-3.1.3-9"]),
        will(
            "will-delay-for-ever",
            "withholds a Will until the end of the Session",
            "will_delay_interval",
            Some(Value::Number(0xFFFF_FFFF)),
        )
        .breaks(&[], &["5.0§3.1.3.2.2-b", "MQTT-3.1.2-8"]),
        will("will-without-user-properties", "loses the User Properties of a Will", "user_properties", None)
            .breaks(&[], &["5.0§3.1.3.2.8-a"]),
        will("will-without-content-type", "loses the Content Type of a Will", "content_type", None)
            .breaks(&[], &["5.0§3.1.3.2.8-a"]),
        will("will-without-response-topic", "loses the Response Topic of a Will", "response_topic", None)
            .breaks(&[], &["5.0§3.1.3.2.8-a"]),
        will("will-without-correlation-data", "loses the Correlation Data of a Will", "correlation_data", None)
            .breaks(&[], &["5.0§3.1.3.2.8-a"]),
        will("will-without-expiry", "loses the Message Expiry Interval of a Will", "message_expiry_interval", None)
            .breaks(&[], &["5.0§3.1.3.2.4-b"]),
        will("will-without-format", "loses the Payload Format Indicator of a Will", "payload_format_indicator", None)
            .breaks(&[], &["5.0§3.1.3.2.8-a"]),
        Fault::new("will-after-disconnect", "publishes the Will after DISCONNECT too", || {
            incoming(Disconnect, |_, wire| wire.cut())
        })
        .breaks(&["MQTT-3.14.4-3", "MQTT-3.1.2-10"], &["MQTT-3.14.4-3", "MQTT-3.1.2-10"]),
        Fault::new("will-never-after-disconnect", "treats DISCONNECT with any code like code 0", || {
            edit_in(Disconnect, |seen| seen.remove("reason_code"))
        })
        .breaks(&[], &["5.0§3.14.2.1-b", "5.0§3.14.2.1-c", "MQTT-3.1.2-8"]),
    ]
}
