//! A packet inspector: pasted bytes to fields, and fields to bytes.

use mqttspec::{
    packet::{PacketStream, hex, layout, read_pasted},
    registry::Registry,
    vector,
};
use mqttspec_codec::Version;
use serde_json::{Value, json};
use wasm_bindgen::prelude::wasm_bindgen;

/// What pasted text contains: an array with an object for each packet or malformed part, or an object with `error`.
///
/// A part has what `mqttspec decode --json` prints, and `pieces`: the fields in its bytes, each with `name`, `from`, `to`
/// and, behind the last byte, nothing. If it is malformed, `rule` says in our words which statement is broken.
#[wasm_bindgen]
#[must_use]
pub fn inspect(pasted: &str, version: &str) -> String {
    let bytes = match read_pasted(pasted.as_bytes(), None) {
        Ok(bytes) => bytes,
        Err(error) => return json!({"error": error.to_string()}).to_string(),
    };
    let parts = PacketStream::new(&bytes, version_of(version)).map(|part| {
        let mut object = part.json();
        let pieces = layout(part.bytes, part.version).into_iter();
        object["pieces"] =
            pieces.map(|piece| json!({"name": piece.name, "from": piece.at.start, "to": piece.at.end})).collect();
        object["rule"] = object["statement"].as_str().map_or(Value::Null, |id| rule(part.version, id));
        object
    });
    Value::Array(parts.collect()).to_string()
}

/// The bytes of a packet in the vector language: an object with `hex`, or with `error`, `line` and `column`.
#[wasm_bindgen]
#[must_use]
pub fn encode(packet: &str, version: &str) -> String {
    match vector::encode(packet, version_of(version)) {
        Ok(bytes) => json!({"hex": hex(&bytes)}).to_string(),
        Err(error) => json!({"error": error.what, "line": error.place.line, "column": error.place.column}).to_string(),
    }
}

fn rule(version: Version, id: &str) -> Value {
    let registry = Registry::shared().ok();
    json!(registry.and_then(|registry| registry.get(version, id)).map(|statement| &statement.says))
}

/// The version with that name; v5 for any other text.
pub(crate) fn version_of(name: &str) -> Version {
    match name {
        "v3.1" => Version::V3_1,
        "v3.1.1" => Version::V3_1_1,
        _ => Version::V5,
    }
}
