//! Packets for logs: in the vector language, without secrets.

use mqttspec_codec::Version;

use super::{Fields, Found, PacketStream, Value, fields};

/// Describes a packet on one line, without Password and Authentication Data and with long Payloads shortened. `version`
/// is that of the connection; a CONNECT contains its own.
///
/// ```
/// use mqttspec::{packet::describe_redacted, vector::encode};
/// use mqttspec_codec::Version;
/// let connect = "CONNECT: {clean_start: true, client_id: c, user_name: u, password: secret}";
/// let connect = encode(connect, Version::V5).unwrap();
/// let line = describe_redacted(&connect, Version::V5);
/// assert!(line.contains("user_name: u, password: hidden") && !line.contains("secret"), "{line}");
/// ```
#[must_use]
pub fn describe_redacted(packet: &[u8], version: Version) -> String {
    let parts = PacketStream::new(packet, version).map(|part| match part.found {
        Found::Packet(packet) => {
            let mut fields = fields::read(&packet);
            hide(&mut fields);
            fields::describe(packet.packet_type(), &fields)
        }
        // neither text contains the bytes
        Found::Malformed(error) => error.in_version(part.version).to_string(),
        Found::Incomplete { .. } => format!("{} bytes of an incomplete packet", part.bytes.len()),
    });
    parts.collect::<Vec<_>>().join("; ")
}

fn hide(fields: &mut Fields) {
    for secret in SECRETS {
        if let Some(value) = fields.get_mut(secret) {
            *value = Value::text("hidden");
        }
    }
}

const SECRETS: [&str; 2] = ["password", "authentication_data"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::encode;

    #[test]
    fn authentication_data_is_hidden_in_every_packet() {
        for packet in ["CONNECT: {clean_start: true, client_id: c, ", "CONNACK: {", "AUTH: {"] {
            let packet = format!("{packet}authentication_method: m, authentication_data: s3cret}}");
            let bytes = encode(&packet, Version::V5).unwrap();
            let line = describe_redacted(&bytes, Version::V5);
            assert!(line.contains("authentication_data: hidden") && !line.contains("s3cret"), "{line}");
        }
    }

    #[test]
    fn malformed_packets_show_no_bytes() {
        let mut bytes =
            encode("CONNECT: {clean_start: true, client_id: c, user_name: u, password: s3cret}", Version::V5).unwrap();
        bytes[9] |= 1; // the reserved flag
        let line = describe_redacted(&bytes, Version::V5);
        assert!(line.starts_with("malformed CONNECT") && !line.contains("s3cret"), "{line}");
        assert_eq!(describe_redacted(&bytes[..20], Version::V5), "20 bytes of an incomplete packet");
    }

    #[test]
    fn long_payloads_are_shortened() {
        let packet = format!("PUBLISH: {{topic: t, payload: {}}}", "x".repeat(10_000));
        let line = describe_redacted(&encode(&packet, Version::V3_1_1).unwrap(), Version::V3_1_1);
        assert!(line.len() < 500 && line.contains("(10000 bytes)"), "{line}");
    }
}
