//! Adds the default fields of the vector language, and removes fields that a version does not have.

use mqttspec_codec::{Packet, PacketType, Version};

use super::{
    Fields, Value,
    fields::{self, Field, Kind, SUBSCRIPTION},
};

/// Adds the default fields: clean_start true, other flags false, QoS 0, success, Keep Alive 60, and an empty topic,
/// payload and Client Identifier. Other fields stay absent.
#[must_use]
pub fn complete(packet_type: PacketType, written: Fields, version: Version) -> Fields {
    fill(&fields::of(packet_type), written, version)
}

/// Keeps only fields that packets of that version have. The codec also gives acknowledgements before v5 a Reason Code.
#[must_use]
pub fn existing(packet_type: PacketType, read: Fields, version: Version) -> Fields {
    keep(&fields::of(packet_type), read, version)
}

/// A packet of that version in the vector language, without shortening, so that `mqttspec encode` can read it.
#[must_use]
pub fn describe(packet: &Packet<'_>, version: Version) -> String {
    fields::describe_in_full(packet.packet_type(), &fields_of(packet, version))
}

/// The fields that a packet of that version has.
#[must_use]
pub fn fields_of(packet: &Packet<'_>, version: Version) -> Fields {
    existing(packet.packet_type(), fields::read(packet), version)
}

/// The first required field that is not written. Required fields have no default.
#[must_use]
pub fn missing(packet_type: PacketType, written: &Fields, version: Version) -> Option<&'static str> {
    let has_qos = written.get("qos").and_then(Value::as_number).is_some_and(|qos| qos > 0);
    let needed = |field: &Field| match (packet_type, field.kind) {
        (PacketType::Publish, Kind::PacketId) => has_qos,
        (PacketType::Publish, Kind::Topic) => field.name == "topic" && !written.contains_key("topic_alias"),
        (_, Kind::PacketId | Kind::Subscriptions | Kind::Filters | Kind::ReasonCodes) => true,
        _ => false,
    };
    let table = fields::of(packet_type);
    let mut lacking = table.iter().filter(|field| field.exists_in(version) && !written.contains_key(field.name));
    lacking.find(|field| needed(field)).map(|field| field.name)
}

fn default(field: &Field) -> Option<Value> {
    Some(match (field.name, field.kind) {
        ("clean_start", _) => Value::Bool(true),
        ("keep_alive", _) => Value::Number(60),
        ("client_id" | "topic" | "payload", _) => Value::Bytes(Vec::new()),
        ("retain_handling", _) | (_, Kind::Qos | Kind::ReasonCode) => Value::Number(0),
        (_, Kind::Flag) => Value::Bool(false),
        _ => return None,
    })
}

fn fill(table: &[Field], mut written: Fields, version: Version) -> Fields {
    for field in table.iter().filter(|field| field.exists_in(version)) {
        if let Some(value) = default(field) {
            written.entry(field.name).or_insert(value);
        }
    }
    nested(table, written, |table, fields| fill(table, fields, version))
}

fn keep(table: &[Field], mut read: Fields, version: Version) -> Fields {
    read.retain(|name, _| table.iter().any(|field| field.name == *name && field.exists_in(version)));
    nested(table, read, |table, fields| keep(table, fields, version))
}

/// Applies `change` to the Will and to subscriptions.
fn nested(table: &[Field], mut fields: Fields, change: impl Fn(&[Field], Fields) -> Fields) -> Fields {
    let again = |table: &[Field], value: &mut Value| {
        if let Value::Map(inner) = value {
            *inner = change(table, std::mem::take(inner));
        }
    };
    for field in table {
        match (field.kind, fields.get_mut(field.name)) {
            (Kind::Will, Some(will)) => again(&fields::will(), will),
            (Kind::Subscriptions, Some(Value::List(items))) => {
                items.iter_mut().for_each(|item| again(SUBSCRIPTION, item));
            }
            _ => {}
        }
    }
    fields
}
