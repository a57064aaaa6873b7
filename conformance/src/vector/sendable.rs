//! Checks that a packet can be sent as written. The codec encodes only legal packets; others must be written in hex.

use mqttspec_codec::{PacketType, Version};

use super::script::{Outgoing, Term};
use crate::packet::{
    Fields, Value,
    fields::{self, Kind},
};

/// Why the packet cannot be encoded. Fields that are not written are filled in as by the judge; names are assumed to be
/// valid.
pub(super) fn check(outgoing: &Outgoing, version: Version) -> Result<(), String> {
    let mut fields = Fields::new();
    for (name, term) in &outgoing.fields {
        match term {
            Term::Value(value) => fields.insert(name, value.clone()),
            _ => return Ok(()),
        };
    }
    let needs_id = match outgoing.packet_type {
        PacketType::Publish => fields.get("qos").and_then(Value::as_number).unwrap_or_default() > 0,
        packet_type => fields::lookup(packet_type, "packet_id").is_some_and(|field| field.kind == Kind::PacketId),
    };
    if needs_id {
        fields.entry("packet_id").or_insert(Value::Number(1));
    }
    if outgoing.packet_type == PacketType::Connect {
        fields.entry("clean_start").or_insert(Value::Bool(true));
        fields.entry("client_id").or_insert(Value::text("a"));
        // v3.1.1 has no password without a user name, and the run has one
        fields.entry("user_name").or_insert(Value::text("user"));
    }
    fields::write(outgoing.packet_type, &fields, version).map(drop).map_err(|error| error.to_string())
}
