//! Prints packets in the vector language.

use mqttspec_codec::{PacketType, ReasonCode};

use super::{Kind, of};
use crate::{
    packet::{Fields, Value, hex},
    text,
};

/// `PUBLISH: {topic: t, qos: 1, payload: m}`: every field that is present, in the order of the table. False flags, QoS
/// 0 and empty payloads are left out, as in vectors.
#[must_use]
pub fn describe(packet_type: PacketType, fields: &Fields) -> String {
    written(packet_type, fields, LONG)
}

/// Like [`describe`], but without shortening, so that [`encode`](crate::vector::encode) can read it.
#[must_use]
pub fn describe_in_full(packet_type: PacketType, fields: &Fields) -> String {
    written(packet_type, fields, usize::MAX)
}

fn written(packet_type: PacketType, fields: &Fields, longest: usize) -> String {
    let written: Vec<String> = of(packet_type)
        .iter()
        .filter_map(|field| Some((field, fields.get(field.name)?)))
        .filter(|(field, value)| !is_default(packet_type, field.name, value))
        .map(|(field, value)| format!("{}: {}", field.name, value_of(packet_type, field.kind, value, longest)))
        .collect();
    match written.is_empty() {
        true => packet_type.name().to_owned(),
        false => format!("{}: {{{}}}", packet_type.name(), written.join(", ")),
    }
}

fn is_default(packet_type: PacketType, name: &str, value: &Value) -> bool {
    match (packet_type, name, value) {
        (PacketType::Connack, "session_present", _) | (PacketType::Connect, "clean_start" | "client_id", _) => false,
        (_, "qos" | "retain_handling", Value::Number(0)) | (_, "payload", Value::Bytes(_))
            if *value == empty_of(value) =>
        {
            true
        }
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

/// A value in the vector language, by the kind of its field.
#[must_use]
pub fn describe_value(packet_type: PacketType, kind: Kind, value: &Value) -> String {
    value_of(packet_type, kind, value, LONG)
}

fn value_of(packet_type: PacketType, kind: Kind, value: &Value, longest: usize) -> String {
    match (kind, value) {
        (Kind::ReasonCode | Kind::ReasonCodes, Value::Number(number)) => {
            let code = u8::try_from(*number).ok().and_then(ReasonCode::from_number);
            code.map_or_else(|| format!("0x{number:02X}"), |code| code.name_in(packet_type).to_owned())
        }
        (_, Value::Bool(flag)) => flag.to_string(),
        (_, Value::Number(number)) => number.to_string(),
        (_, Value::Bytes(bytes)) => describe_bytes(bytes, longest),
        (_, Value::List(items)) => {
            let items: Vec<String> = items.iter().map(|item| value_of(packet_type, kind, item, longest)).collect();
            format!("[{}]", items.join(", "))
        }
        (_, Value::Map(fields)) => {
            let items: Vec<String> = fields
                .iter()
                .filter(|(name, value)| !is_default(packet_type, name, value))
                .map(|(name, value)| format!("{name}: {}", value_of(packet_type, Kind::Text, value, longest)))
                .collect();
            format!("{{{}}}", items.join(", "))
        }
    }
}

/// Text is quoted if YAML requires it, other bytes are shown in hex, and long values are shortened.
fn describe_bytes(bytes: &[u8], longest: usize) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.chars().count() > longest => {
            let start: String = text.chars().take(longest / 2).collect();
            format!("{}... ({} bytes)", quote(&start), bytes.len())
        }
        Ok(text) => quote(text),
        Err(_) => {
            let dots = if bytes.len() > longest { "..." } else { "" };
            format!("{{hex: \"{}{dots}\"}}", hex(bytes.get(..longest).unwrap_or(bytes)))
        }
    }
}

/// The text itself if YAML reads it back unchanged, otherwise in double quotes with YAML's escapes.
fn quote(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '_' | '-' | '+' | '$' | '.');
    let starts_well = text.starts_with(|c: char| c.is_alphabetic() || matches!(c, '/' | '$' | '+'));
    let is_number = text.strip_prefix('+').is_some_and(|rest| rest.starts_with(|c: char| c.is_numeric() || c == '.'));
    let is_word = ["true", "false", "null", "absent", "any", "failure"].iter().any(|w| text.eq_ignore_ascii_case(w));
    // `a/#` needs no quotes, but `#` after a space or at the start does
    let plain_hash = text.strip_suffix("/#").is_some_and(|rest| rest.chars().all(plain));
    if starts_well && !is_number && !is_word && (text.chars().all(plain) || plain_hash) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    text.chars().for_each(|c| escape(c, &mut quoted));
    quoted.push('"');
    quoted
}

/// Writes a character within double quotes.
fn escape(c: char, into: &mut String) {
    match c {
        '"' | '\\' => into.extend(['\\', c]),
        _ if text::must_escape(c) => text::escape(c, into),
        _ => into.push(c),
    }
}

/// The length above which texts and bytes are shortened. Reports also contain the full bytes.
const LONG: usize = 160;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_if_yaml_requires_it() {
        for (text, written) in
            [("t/x", "t/x"), ("a/#", "a/#"), ("#", "\"#\""), ("", "\"\""), ("true", "\"true\""), ("1", "\"1\"")]
        {
            assert_eq!(quote(text), written);
        }
    }

    /// All short texts of characters that have a meaning in YAML.
    #[test]
    fn yaml_reads_back_quoted_texts() {
        let signs =
            ["t", "N", "+", "1", ".", "e", "#", "$", "/", "-", "~", ":", " ", "'", "\"", "\\", ",", "{", "]", "\0"];
        let strange =
            ["\u{80}", "\u{85}", "\u{FEFF}", "\u{2028}", "\u{301}", "\u{FFFF}", "\u{10FFFF}", "\n", "ä", "True", "~"];
        let all: Vec<&str> = signs.into_iter().chain(strange).collect();
        for (a, b, c) in all.iter().flat_map(|a| all.iter().flat_map(|b| signs.iter().map(|c| (*a, *b, *c)))) {
            for text in [format!("{a}{b}{c}"), format!("{a}{b}")] {
                let tree = crate::source::parse(&format!("{{k: {}, l: {}}}", quote(&text), quote(&text))).unwrap();
                let read = tree.map().unwrap().iter().map(|entry| entry.value.text());
                assert!(read.eq([Ok(&text[..]), Ok(&text[..])]), "{text:?} as {}", quote(&text));
            }
        }
    }

    #[test]
    fn default_values_are_left_out() {
        let fields = Fields::from([
            ("topic", Value::text("t")),
            ("qos", Value::Number(0)),
            ("retain", Value::Bool(false)),
            ("payload", Value::Bytes(Vec::new())),
        ]);
        assert_eq!(describe(PacketType::Publish, &fields), "PUBLISH: {topic: t}");
    }
}
