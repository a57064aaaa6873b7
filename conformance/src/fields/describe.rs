//! Packets printed as the vector language writes them.

use std::fmt::Write as _;

use mqttspec_codec::{PacketType, ReasonCode};

use super::{Kind, of};
use crate::value::{Fields, Value};

/// `PUBLISH: {topic: t, qos: 1, payload: m}`: every field that is there, in the order of the table; false flags, QoS 0
/// and empty payloads are left out, as a vector would leave them out.
#[must_use]
pub fn describe(packet_type: PacketType, fields: &Fields) -> String {
    let written: Vec<String> = of(packet_type)
        .iter()
        .filter_map(|field| Some((field, fields.get(field.name)?)))
        .filter(|(field, value)| !is_default(packet_type, field.name, value))
        .map(|(field, value)| format!("{}: {}", field.name, describe_value(packet_type, field.kind, value)))
        .collect();
    match written.is_empty() {
        true => packet_type.name().to_owned(),
        false => format!("{}: {{{}}}", packet_type.name(), written.join(", ")),
    }
}

fn is_default(packet_type: PacketType, name: &str, value: &Value) -> bool {
    match (packet_type, name, value) {
        (PacketType::Connack, "session_present", _) | (PacketType::Connect, "clean_start" | "client_id", _) => false,
        (_, "qos", Value::Number(0)) | (_, "payload", Value::Bytes(_)) if *value == empty_of(value) => true,
        (_, _, Value::Bool(false)) => true,
        _ => false,
    }
}

fn empty_of(value: &Value) -> Value {
    match value {
        Value::Bytes(_) => Value::Bytes(Vec::new()),
        _ => Value::Number(0),
    }
}

/// One value as the vector language writes it, by the kind of its field.
#[must_use]
pub fn describe_value(packet_type: PacketType, kind: Kind, value: &Value) -> String {
    match (kind, value) {
        (Kind::ReasonCode | Kind::ReasonCodes, Value::Number(number)) => {
            let code = u8::try_from(*number).ok().and_then(ReasonCode::from_number);
            code.map_or_else(|| format!("0x{number:02X}"), |code| code.name_in(packet_type).to_owned())
        }
        (_, Value::Bool(flag)) => flag.to_string(),
        (_, Value::Number(number)) => number.to_string(),
        (Kind::Binary, Value::Bytes(bytes)) => describe_bytes(bytes),
        (_, Value::Bytes(bytes)) => describe_bytes(bytes),
        (_, Value::List(items)) => {
            let items: Vec<String> = items.iter().map(|item| describe_value(packet_type, kind, item)).collect();
            format!("[{}]", items.join(", "))
        }
        (_, Value::Map(fields)) => {
            let items: Vec<String> = fields
                .iter()
                .filter(|(name, value)| !is_default(packet_type, name, value))
                .map(|(name, value)| format!("{name}: {}", describe_value(packet_type, Kind::Text, value)))
                .collect();
            format!("{{{}}}", items.join(", "))
        }
    }
}

/// Text bare where YAML lets it stand, quoted otherwise; what is not text in hex; what is long shortened.
fn describe_bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.chars().count() > LONG => {
            let start: String = text.chars().take(LONG / 2).collect();
            format!("{}... ({} bytes)", quote(&start), bytes.len())
        }
        Ok(text) => quote(text),
        Err(_) => {
            let mut hex = String::from("{hex: \"");
            for (index, byte) in bytes.iter().take(LONG).enumerate() {
                let space = if index == 0 { "" } else { " " };
                // writing to a String cannot fail
                let _ = write!(hex, "{space}{byte:02X}");
            }
            hex.push_str(if bytes.len() > LONG { "...\"}" } else { "\"}" });
            hex
        }
    }
}

fn quote(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '_' | '-' | '+' | '$' | '.');
    let starts_well = text.starts_with(|c: char| c.is_alphabetic() || matches!(c, '/' | '$' | '+'));
    let reserved = ["true", "false", "null", "absent", "any", "failure"].contains(&text);
    // `a/#` stands bare, `#` after a blank or at the start does not
    let plain_hash = text.strip_suffix("/#").is_some_and(|rest| rest.chars().all(plain));
    match starts_well && !reserved && (text.chars().all(plain) || plain_hash) {
        true => text.to_owned(),
        false => format!("{text:?}"),
    }
}

/// Longer texts and bytes are shortened for people; the full bytes stand beside them in reports.
const LONG: usize = 160;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_as_yaml_needs() {
        for (text, written) in
            [("t/x", "t/x"), ("a/#", "a/#"), ("#", "\"#\""), ("", "\"\""), ("true", "\"true\""), ("1", "\"1\"")]
        {
            assert_eq!(quote(text), written);
        }
    }

    #[test]
    fn defaults_are_left_out() {
        let fields = Fields::from([
            ("topic", Value::text("t")),
            ("qos", Value::Number(0)),
            ("retain", Value::Bool(false)),
            ("payload", Value::Bytes(Vec::new())),
        ]);
        assert_eq!(describe(PacketType::Publish, &fields), "PUBLISH: {topic: t}");
    }
}
