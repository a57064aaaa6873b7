//! Shows a part of a stream as text and as JSON.

use mqttspec_codec::{DecodeError, Packet, PacketType, ReasonCode, Version};
use serde_json::{Map, Value as Json, json};

use super::{
    Fields, Value, describe,
    fields::{self, Field, Kind},
    fields_of, hex, hex_lines,
    stream::{Found, Part},
};

impl Part<'_> {
    /// Whether it is a legal packet.
    #[must_use]
    pub const fn is_packet(&self) -> bool {
        matches!(self.found, Found::Packet(_))
    }

    /// The packet in the vector language. Otherwise the error, the Reason Code, and the bytes with a mark at the wrong
    /// or missing one.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.text()];
        let mark = match &self.found {
            Found::Packet(_) => return lines,
            Found::Malformed(error) => {
                let before_v5 = if self.version.has_properties() { "" } else { " in v5" };
                lines.push(format!("  reason code {}{before_v5}", error.reason_code()));
                error.at
            }
            Found::Incomplete { .. } => self.bytes.len(),
        };
        lines.extend(hex_lines(self.bytes, Some(mark)).into_iter().map(|line| format!("  {line}")));
        lines
    }

    /// A JSON object.
    ///
    /// A packet has `ok` true, `version`, `packet`, `fields` as in the vector language,
    /// `text` and `hex`. An error has `ok` false, `version`, `packet` or null, `kind`, `at`, `statement` or null,
    /// `reason_code` or null, `text` and `hex`. For an incomplete packet, `kind` is `incomplete` and `missing` is the
    /// number of missing bytes.
    #[must_use]
    pub fn json(&self) -> Json {
        let mut object = match &self.found {
            Found::Packet(packet) => json!({"ok": true, "fields": json_of(packet, self.version)}),
            Found::Malformed(error) => json!({
                "ok": false,
                "kind": error.kind.name(),
                "at": error.at,
                "statement": error.statement_in(self.bytes, self.version),
                "reason_code": error.reason_code().name(),
            }),
            Found::Incomplete { missing, .. } => json!({
                "ok": false,
                "kind": "incomplete",
                "at": self.bytes.len(),
                "statement": null,
                "reason_code": null,
                "missing": missing,
            }),
        };
        object["packet"] = json!(self.packet_type().map(PacketType::name));
        object["version"] = json!(self.version.to_string());
        object["text"] = json!(self.text());
        object["hex"] = json!(hex(self.bytes));
        object
    }

    /// The type, as far as the first byte tells it.
    #[must_use]
    pub fn packet_type(&self) -> Option<PacketType> {
        match &self.found {
            Found::Packet(packet) => Some(packet.packet_type()),
            Found::Malformed(error) => error.packet_type,
            Found::Incomplete { packet_type, .. } => *packet_type,
        }
    }

    fn text(&self) -> String {
        match &self.found {
            Found::Packet(packet) => describe(packet, self.version),
            Found::Malformed(error) => self.malformed(error),
            Found::Incomplete { packet_type, missing, is_exact } => {
                let name = packet_type.map_or("packet", PacketType::name);
                let least = if *is_exact { "" } else { "at least " };
                let bytes = if self.bytes.len() == 1 { "byte" } else { "bytes" };
                format!("incomplete {name} after {} {bytes}: {least}{missing} missing", self.bytes.len())
            }
        }
    }

    /// The text of [`DecodeError::in_version`], with the statement, which depends on the bytes.
    fn malformed(&self, error: &DecodeError) -> String {
        match error.statement_in(self.bytes, self.version) {
            Some(id) => format!("{error} ({} [{id}])", self.version),
            None => error.to_string(),
        }
    }
}

fn json_of(packet: &Packet<'_>, version: Version) -> Json {
    json_map(&fields::of(packet.packet_type()), packet.packet_type(), &fields_of(packet, version))
}

fn json_map(table: &[Field], packet_type: PacketType, fields: &Fields) -> Json {
    let entries = table.iter().filter_map(|field| {
        let value = fields.get(field.name)?;
        Some((field.name.to_owned(), json_value(field.kind, packet_type, value)))
    });
    Json::Object(entries.collect::<Map<_, _>>())
}

fn json_value(kind: Kind, packet_type: PacketType, value: &Value) -> Json {
    match (kind, value) {
        (Kind::ReasonCode | Kind::ReasonCodes, Value::Number(number)) => {
            let code = u8::try_from(*number).ok().and_then(ReasonCode::from_number);
            code.map_or_else(|| json!(number), |code| json!(code.name_in(packet_type)))
        }
        (_, Value::Bool(flag)) => json!(flag),
        (_, Value::Number(number)) => json!(number),
        (_, Value::Bytes(bytes)) => match std::str::from_utf8(bytes) {
            Ok(text) => json!(text),
            Err(_) => json!({"hex": hex(bytes)}),
        },
        (_, Value::List(items)) => items.iter().map(|item| json_value(kind, packet_type, item)).collect(),
        (Kind::Will, Value::Map(inner)) => json_map(&fields::will(), packet_type, inner),
        (_, Value::Map(inner)) => json_map(fields::SUBSCRIPTION, packet_type, inner),
    }
}
