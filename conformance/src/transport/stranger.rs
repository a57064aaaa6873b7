//! Recognizes what answers instead of a broker, by its first bytes.

use crate::text::Text;

/// What the first bytes of a peer are, with an advice: `an SSH banner (SSH-2.0-OpenSSH_9.6): ...`. `None` if they can be
/// the first bytes of an MQTT Server.
#[must_use]
pub(crate) fn recognize(bytes: &[u8]) -> Option<String> {
    let known = KNOWN.iter().find(|(start, _, _)| bytes.starts_with(start));
    if let Some((_, what, advice)) = known {
        return Some(format!("{what} ({}){advice}", shown(bytes)));
    }
    if is_text(bytes) {
        return Some(format!("text ({}){ANOTHER_PORT}", shown(bytes)));
    }
    // v5 [MQTT-3.1.4-5]: only CONNACK, or in v5 AUTH or DISCONNECT; a broker at fault may begin with another packet
    let may_be_mqtt = match bytes {
        [0x20 | 0xF0 | 0xE0 | 0x40 | 0x50 | 0x62 | 0x70 | 0x90 | 0xB0 | 0xD0, ..] => true,
        [first @ 0x30..=0x3D, ..] => first & 0x06 != 0x06,
        [0x21..=0x2F, ..] => true,
        _ => false,
    };
    (!may_be_mqtt).then(|| format!("bytes that are not MQTT ({}){ANOTHER_PORT}", shown(bytes)))
}

/// The first bytes: the first line of text, otherwise hex.
#[must_use]
pub(crate) fn shown(bytes: &[u8]) -> Text {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    if is_text(bytes) && !line.is_empty() {
        let short = line.get(..LINE).unwrap_or(line);
        return Text::from_bytes(&[b"`", short, b"`"].concat());
    }
    let hex: Vec<String> = bytes.iter().take(BYTES).map(|byte| format!("{byte:02X}")).collect();
    let dots = if bytes.len() > BYTES { " .." } else { "" };
    Text::from(format!("{}{dots}", hex.join(" ")))
}

/// Whether the beginning is readable. No packet of a Server begins with four such bytes: its second byte would announce
/// a length that its type does not have, or a Packet Identifier or Topic Name of many thousands.
fn is_text(bytes: &[u8]) -> bool {
    let start = bytes.get(..bytes.len().min(LINE)).unwrap_or_default();
    start.len() >= 4 && start.iter().all(|byte| byte.is_ascii_graphic() || b" \t\r\n".contains(byte))
}

/// The beginning, what it is, and what to try.
const KNOWN: [(&[u8], &str, &str); 13] = [
    (b"HTTP/", "an HTTP answer", "; for MQTT over WebSocket, use ws://HOST:PORT/PATH, or wss:// under TLS"),
    (b"SSH-", "an SSH banner", ANOTHER_PORT),
    (b"\x15\x03", "a TLS alert", UNDER_TLS),
    (b"\x16\x03", "a TLS handshake", UNDER_TLS),
    (b"\x10", "a CONNECT packet, which only a Client or an echo sends", ANOTHER_PORT),
    (b"AMQP", "an AMQP header", "; use the port of the broker's MQTT listener"),
    (b"INFO {", "a NATS greeting", "; use the port of the broker's MQTT listener"),
    (b"ERROR\n", "a STOMP error", "; use the port of the broker's MQTT listener"),
    (b"220 ", "an SMTP or FTP greeting", ANOTHER_PORT),
    (b"* OK", "an IMAP greeting", ANOTHER_PORT),
    (b"+OK", "a POP3 greeting", ANOTHER_PORT),
    (b"-ERR", "a Redis error", ANOTHER_PORT),
    (b"RFB ", "a VNC greeting", ANOTHER_PORT),
];
const UNDER_TLS: &str = "; for MQTT under TLS, use mqtts://, or wss:// for a WebSocket";
const ANOTHER_PORT: &str = "; is this the port of the broker?";
/// How much of a line is shown, in bytes.
const LINE: usize = 80;
/// How many bytes are shown in hex.
const BYTES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_services_are_named() {
        for (bytes, fragments) in [
            (&b"SSH-2.0-OpenSSH_9.6\r\n"[..], ["an SSH banner (`SSH-2.0-OpenSSH_9.6`)", "is this the port"]),
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", ["an HTTP answer (`HTTP/1.1 400 Bad Request`)", "ws://"]),
            (&[0x15, 3, 3, 0, 2, 2, 0x46], ["a TLS alert (15 03 03 00 02 02 46)", "mqtts://"]),
            (b"AMQP\0\0\x09\x01", ["an AMQP header (41 4D 51 50 00 00 09 01)", "MQTT listener"]),
            (b"hello there", ["text (`hello there`)", "is this the port"]),
            (&[0xDE, 0xAD, 0xBE, 0xEF], ["bytes that are not MQTT (DE AD BE EF)", "is this the port"]),
            (&[0; 40], ["(00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ..)", "is this the port"]),
        ] {
            let named = recognize(bytes).expect("not MQTT");
            assert!(fragments.iter().all(|fragment| named.contains(fragment)), "{named}");
        }
    }

    #[test]
    fn packets_of_a_server_are_not_taken_for_something_else() {
        let packets: [&[u8]; 9] = [
            &[0x20, 2, 0, 6],
            &[0x20, 3, 0, 0, 0],
            &[0x2F, 2, 0, 0],
            &[0x30, 3, 0, 1, b'a'],
            &[0x40, 2, 0, 1],
            &[0x90, 3, 0, 1, 0],
            &[0xD0, 0],
            &[0xE0, 0],
            &[0x20],
        ];
        for packet in packets {
            assert_eq!(recognize(packet), None, "{packet:02X?}");
        }
    }

    #[test]
    fn escapes_are_not_shown_raw() {
        assert_eq!(shown(b"\x1B[31mred\n"), "1B 5B 33 31 6D 72 65 64 0A");
    }
}
