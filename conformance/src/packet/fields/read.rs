//! Converts a packet to fields.

use mqttspec_codec::{
    Packet, PacketIdentifier, Properties, PropertyValue, ReasonCode, Seq, Subscription, TopicFilter, Will,
};

use super::{SUBSCRIPTION_IDENTIFIERS, USER_PROPERTIES};
use crate::packet::{Fields, Value};

/// The fields present in a packet. A Reason Code omitted by a short form is success. Acknowledgements before v5 also
/// get one, which vectors cannot expect.
#[must_use]
pub fn read(packet: &Packet<'_>) -> Fields {
    let mut fields = Fields::new();
    match packet {
        Packet::Connect(connect) => {
            fields.insert("client_id", Value::text(connect.client_id.as_str()));
            fields.insert("clean_start", Value::Bool(connect.clean_start));
            fields.insert("keep_alive", Value::Number(connect.keep_alive.into()));
            insert_some(&mut fields, "will", connect.will.map(|will| Value::Map(read_will(&will))));
            insert_some(&mut fields, "user_name", connect.user_name.map(|name| Value::text(name.as_str())));
            insert_some(&mut fields, "password", connect.password.map(|bytes| Value::Bytes(bytes.to_vec())));
            insert_properties(&mut fields, &connect.properties, false);
        }
        Packet::Connack(connack) => {
            fields.insert("session_present", Value::Bool(connack.session_present));
            insert_reason(&mut fields, connack.reason_code, &connack.properties);
        }
        Packet::Publish(publish) => {
            fields.insert("topic", Value::text(publish.topic.map_or("", |topic| topic.as_str())));
            fields.insert("qos", Value::Number(publish.delivery.qos().number().into()));
            fields.insert("dup", Value::Bool(publish.delivery.dup()));
            fields.insert("retain", Value::Bool(publish.retain));
            fields.insert("payload", Value::Bytes(publish.payload.to_vec()));
            if let Some(packet_id) = publish.delivery.packet_id() {
                insert_packet_id(&mut fields, packet_id);
            }
            insert_properties(&mut fields, &publish.properties, true);
        }
        Packet::Puback(ack) => insert_ack(&mut fields, ack.packet_id, ack.reason_code, &ack.properties),
        Packet::Pubrec(ack) => insert_ack(&mut fields, ack.packet_id, ack.reason_code, &ack.properties),
        Packet::Pubrel(ack) => insert_ack(&mut fields, ack.packet_id, ack.reason_code, &ack.properties),
        Packet::Pubcomp(ack) => insert_ack(&mut fields, ack.packet_id, ack.reason_code, &ack.properties),
        Packet::Subscribe(subscribe) => {
            insert_packet_id(&mut fields, subscribe.packet_id);
            fields.insert("subscriptions", list(subscribe.subscriptions.iter().map(|s| read_subscription(&s))));
            insert_properties(&mut fields, &subscribe.properties, false);
        }
        Packet::Suback(ack) => insert_codes(&mut fields, ack.packet_id, &ack.reason_codes, &ack.properties),
        Packet::Unsubscribe(unsubscribe) => {
            insert_packet_id(&mut fields, unsubscribe.packet_id);
            let filters = unsubscribe.filters.iter().map(|filter: TopicFilter<'_>| Value::text(filter.as_str()));
            fields.insert("filters", list(filters));
            insert_properties(&mut fields, &unsubscribe.properties, false);
        }
        Packet::Unsuback(ack) => insert_codes(&mut fields, ack.packet_id, &ack.reason_codes, &ack.properties),
        Packet::Pingreq(_) | Packet::Pingresp(_) => {}
        Packet::Disconnect(disconnect) => {
            insert_reason(&mut fields, disconnect.reason_code, &disconnect.properties);
        }
        Packet::Auth(auth) => insert_reason(&mut fields, auth.reason_code, &auth.properties),
    }
    fields
}

fn read_will(will: &Will<'_>) -> Fields {
    let mut fields = Fields::new();
    fields.insert("topic", Value::text(will.topic.as_str()));
    fields.insert("payload", Value::Bytes(will.payload.to_vec()));
    fields.insert("qos", Value::Number(will.qos.number().into()));
    fields.insert("retain", Value::Bool(will.retain));
    insert_properties(&mut fields, &will.properties, false);
    fields
}

fn read_subscription(subscription: &Subscription<'_>) -> Value {
    let options = subscription.options;
    Value::Map(Fields::from([
        ("filter", Value::text(subscription.filter.as_str())),
        ("qos", Value::Number(options.qos.number().into())),
        ("no_local", Value::Bool(options.no_local)),
        ("retain_as_published", Value::Bool(options.retain_as_published)),
        ("retain_handling", Value::Number(options.retain_handling.number().into())),
    ]))
}

fn insert_ack(fields: &mut Fields, packet_id: PacketIdentifier, code: ReasonCode, properties: &Properties<'_>) {
    insert_packet_id(fields, packet_id);
    insert_reason(fields, code, properties);
}

fn insert_codes(
    fields: &mut Fields,
    packet_id: PacketIdentifier,
    codes: &Seq<'_, ReasonCode>,
    properties: &Properties<'_>,
) {
    insert_packet_id(fields, packet_id);
    fields.insert("reason_codes", list(codes.iter().map(reason)));
    insert_properties(fields, properties, false);
}

fn insert_reason(fields: &mut Fields, code: ReasonCode, properties: &Properties<'_>) {
    fields.insert("reason_code", reason(code));
    insert_properties(fields, properties, false);
}

fn insert_packet_id(fields: &mut Fields, packet_id: PacketIdentifier) {
    fields.insert("packet_id", Value::Number(packet_id.number().into()));
}

fn insert_some(fields: &mut Fields, name: &'static str, value: Option<Value>) {
    if let Some(value) = value {
        fields.insert(name, value);
    }
}

/// Adds the properties. In PUBLISH, Subscription Identifiers are a list, because there may be several.
fn insert_properties(fields: &mut Fields, properties: &Properties<'_>, publish: bool) {
    for property in properties.iter() {
        let value = match property.value() {
            PropertyValue::Byte(number) => Value::Number(number.into()),
            PropertyValue::TwoByteInteger(number) => Value::Number(number.into()),
            PropertyValue::FourByteInteger(number) => Value::Number(number.into()),
            PropertyValue::VariableByteInteger(number) if publish => {
                push(fields, SUBSCRIPTION_IDENTIFIERS, Value::Number(number.into()));
                continue;
            }
            PropertyValue::VariableByteInteger(number) => Value::Number(number.into()),
            PropertyValue::Utf8String(text) => Value::text(text.as_str()),
            PropertyValue::BinaryData(bytes) => Value::Bytes(bytes.to_vec()),
            PropertyValue::Utf8StringPair(pair) => {
                push(
                    fields,
                    USER_PROPERTIES,
                    list([Value::text(pair.name.as_str()), Value::text(pair.value.as_str())]),
                );
                continue;
            }
        };
        fields.insert(property.name(), value);
    }
}

fn push(fields: &mut Fields, name: &'static str, item: Value) {
    if let Value::List(items) = fields.entry(name).or_insert_with(|| Value::List(Vec::new())) {
        items.push(item);
    }
}

fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::List(items.into_iter().collect())
}

fn reason(code: ReasonCode) -> Value {
    Value::Number(code.number().into())
}
