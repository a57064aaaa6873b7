//! A packet written in the vector language.

use mqttspec_codec::{PacketType, Version};

use crate::{
    packet::{Fields, Value, complete, fields, missing},
    source::{self, LoadError, Mistake, Source},
    vector::literal::{Literal, Written},
};

/// The bytes of a packet written in the vector language: `PUBLISH: {topic: t, payload: m}`.
///
/// Fields that are not written have defaults: clean_start true, keep_alive 60, an empty client_id and payload, qos 0,
/// flags false, success. A packet_id must always be written.
///
/// # Errors
/// The mistake and its place; the text is line 1.
///
/// ```
/// use mqttspec::vector::encode;
/// use mqttspec_codec::Version;
/// assert_eq!(encode("PINGREQ", Version::V5).unwrap(), [0xC0, 0]);
/// let error = encode("PUBACK: {reason_code: success}", Version::V5).unwrap_err();
/// assert_eq!((error.place.column, &error.what[..]), (1, "PUBACK needs `packet_id`, a number from 1 to 65535"));
/// ```
pub fn encode(text: &str, version: Version) -> Result<Vec<u8>, LoadError> {
    let source = Source::new("text", text);
    let bytes = source::parse(text).and_then(|node| {
        let written = Literal::new(&source, version).packet(&node)?;
        let (packet_type, at) = (written.packet_type, written.at);
        bytes(packet_type, &whole(written, version)?, version).map_err(|why| Mistake::new(at, why))
    });
    bytes.map_err(|mistake| source.error(mistake))
}

/// All fields, with defaults for those that are not written.
pub(crate) fn whole(written: Written, version: Version) -> Result<Fields, Mistake> {
    let Written { packet_type, at, fields } = written;
    if let Some(name) = missing(packet_type, &fields, version) {
        let help = if name == "packet_id" { ", a number from 1 to 65535" } else { "" };
        return Err(Mistake::new(at, format!("{packet_type} needs `{name}`{help}")));
    }
    let fields = complete(packet_type, fields, version);
    let is_qos_0 = fields.get("qos").and_then(Value::as_number) == Some(0);
    if packet_type == PacketType::Publish && is_qos_0 && fields.contains_key("packet_id") {
        return Err(Mistake::new(at, "a PUBLISH at QoS 0 has no `packet_id`; remove it, or write `qos: 1`"));
    }
    Ok(fields)
}

/// The bytes of a packet with these fields.
pub(crate) fn bytes(packet_type: PacketType, fields: &Fields, version: Version) -> Result<Vec<u8>, String> {
    let bytes = fields::write(packet_type, fields, version);
    bytes.map_err(|why| format!("{packet_type} cannot be encoded in {version}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_have_a_place_and_say_what_was_expected() {
        for (text, version, column, what) in [
            ("PUBLSH: {topic: t}", Version::V5, 1, "unknown packet `PUBLSH`; did you mean `PUBLISH`?"),
            ("nothing", Version::V5, 1, "unknown packet `nothing`; expected a packet such as `PUBLISH: {topic: t}`"),
            ("[1]", Version::V5, 1, "expected a packet such as `PUBLISH: {topic: t}`, found a list"),
            ("{PINGREQ: {}, PINGRESP: {}}", Version::V5, 15, "expected one packet"),
            ("PUBLISH: {topic: t, qso: 1}", Version::V5, 21, "unknown field `qso` in PUBLISH; did you mean `qos`?"),
            ("PUBLISH: {topic: t, qos: 3}", Version::V5, 26, "expected 0, 1 or 2 as `qos`, found `3`"),
            ("PUBLISH: {topic: t, qos: 1}", Version::V5, 1, "PUBLISH needs `packet_id`"),
            ("PUBLISH: {topic: t, packet_id: 1}", Version::V5, 1, "a PUBLISH at QoS 0 has no `packet_id`"),
            ("PUBLISH: {payload: m}", Version::V5, 1, "PUBLISH needs `topic`"),
            ("PUBLISH: {topic: 1}", Version::V5, 18, "expected a string, found a number; quote it"),
            ("PUBLISH: {topic: a/#}", Version::V5, 1, "`topic`: a string with a wildcard where none is allowed"),
            ("SUBSCRIBE: {packet_id: 1}", Version::V5, 1, "SUBSCRIBE needs `subscriptions`"),
            ("SUBSCRIBE: {packet_id: 1, subscriptions: [{qos: 1}]}", Version::V5, 43, "needs a `filter`"),
            (
                "SUBSCRIBE: {packet_id: 1, subscriptions: [{for: {n: 1..2}, filter: a}]}",
                Version::V5,
                44,
                "unknown field",
            ),
            ("PUBACK: {packet_id: 1, reason_code: banned}", Version::V5, 37, "PUBACK cannot carry banned"),
            (
                "PUBACK: {packet_id: 1, reason_code: success}",
                Version::V3_1_1,
                24,
                "PUBACK has no `reason_code` in v3.1.1",
            ),
            ("AUTH: {}", Version::V3_1_1, 1, "AUTH does not exist in v3.1.1"),
            ("CONNECT: {password: {scram: first}}", Version::V5, 1, "has a value only while a case runs"),
            ("PUBLISH: {topic: {hex: \"6\"}}", Version::V5, 25, "odd number of hex digits"),
            ("PUBLISH: {topic: {hex: \"$me\"}}", Version::V5, 25, "`$` is not allowed here"),
            ("PUBLISH: {topic: t", Version::V5, 10, "unclosed"),
        ] {
            let error = encode(text, version).expect_err(text);
            assert!(error.what.contains(what), "{text}: {}", error.what);
            assert_eq!(error.place.column, column, "{text}: {}", error.what);
        }
    }

    #[test]
    fn dollars_and_braces_are_literal() {
        let bytes = encode("PUBLISH: {topic: $share, payload: \"${x}\"}", Version::V5).unwrap();
        assert_eq!(bytes, b"\x30\x0D\0\x06$share\0${x}");
    }
}
