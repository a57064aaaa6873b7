//! MQTT in WebSocket frames.

use super::*;

const REQUEST: &[u8] = b"GET /mqtt HTTP/1.1\r\nHost: a\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

/// A frame, masked if it is the client's. `first` is its first byte.
fn frame(side: Side, first: u8, payload: &[u8]) -> Vec<u8> {
    let masked = if side == Side::Client { 0x80 } else { 0 };
    let mut frame = vec![first];
    match payload.len() {
        length @ ..126 => frame.push(masked | length as u8),
        length => frame.extend([&[masked | 126][..], &(length as u16).to_be_bytes()].concat()),
    }
    let mask = [1, 2, 3, 4];
    match side {
        Side::Client => {
            frame.extend(mask);
            frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        }
        Side::Server => frame.extend(payload),
    }
    frame
}

/// Frames that do not end where packets do, in fragments, with a ping between them, in segments of every length.
#[test]
fn frames_are_unwrapped() {
    let payload = [0x30, 0x84, 1, 0, 1, b't'].into_iter().chain([b'x'; 129]).collect::<Vec<u8>>();
    let sent = [CONNECT, &payload, &[0xC0, 0]].concat();
    let mut client = REQUEST.to_vec();
    client.extend(frame(Side::Client, 0x82, &sent[..4]));
    client.extend(frame(Side::Client, 0x02, &sent[4..20]));
    client.extend(frame(Side::Client, 0x89, b"ping"));
    client.extend(frame(Side::Client, 0x80, &sent[20..]));
    client.extend(frame(Side::Client, 0x88, &[3, 0xE8]));
    let server = [RESPONSE, &frame(Side::Server, 0x82, CONNACK), &frame(Side::Server, 0x82, UNSUBACK)].concat();
    for size in [1, 2, 3, 7, 100, 1000] {
        let mut exchange: Vec<(Side, &[u8])> = client.chunks(size).map(|bytes| (Side::Client, bytes)).collect();
        exchange.extend(server.chunks(size).map(|bytes| (Side::Server, bytes)));
        let file = written(8083, &exchange);
        let conversation = &conversations(&file)[0];
        assert_eq!(conversation.kind, Kind::WebSocket);
        assert_eq!(conversation.stream(Side::Client).first(), sent, "{size}");
        assert_eq!(conversation.stream(Side::Server).first(), [CONNACK, UNSUBACK].concat(), "{size}");
        let story = story(&file);
        assert!(story.iter().any(|line| line.ends_with(" <- UNSUBACK: {packet_id: 7}")), "{story:?}");
    }
}

#[test]
fn what_cannot_be_unwrapped_is_said() {
    let with = |bytes: &[u8]| {
        let client = [REQUEST, &frame(Side::Client, 0x82, CONNECT), bytes].concat();
        story(&written(8083, &[(Side::Client, &client), (Side::Server, RESPONSE)]))
    };
    let place = REQUEST.len() + 6 + CONNECT.len();
    let compressed = with(&frame(Side::Client, 0xC2, b"zzz"));
    assert_eq!(compressed[1], format!("1 -> the WebSocket message at byte {place} is compressed, which is not read"));
    let reserved = with(&frame(Side::Client, 0x83, b"zzz"));
    assert!(
        reserved[1].starts_with(&format!("1 -> the WebSocket frame at byte {place} cannot be read (")),
        "{reserved:?}"
    );
    // the beginning of a frame that never ended
    assert_eq!(with(&frame(Side::Client, 0x82, &[0xC0, 0, 0xC0])[..8])[1], "1 -> PINGREQ");

    let refused = story(&written(8083, &[(Side::Client, REQUEST), (Side::Server, b"HTTP/1.1 404 Not Found\r\n\r\n")]));
    assert_eq!(refused, ["not MQTT: a WebSocket that the server refused with status 404"]);
    let chat = String::from_utf8_lossy(REQUEST).replace("mqtt", "chat");
    let chat = [chat.as_bytes(), &frame(Side::Client, 0x82, b"hello")].concat();
    let chat = story(&written(8083, &[(Side::Client, &chat), (Side::Server, RESPONSE)]));
    assert_eq!(chat, ["not MQTT: a WebSocket without MQTT"]);
}

/// After a gap, no frame can be found.
#[test]
fn gap_ends_a_websocket() {
    let ping = frame(Side::Client, 0x82, &[0xC0, 0]);
    let client = [REQUEST, &frame(Side::Client, 0x82, CONNECT)].concat();
    let file = written(
        8083,
        &[(Side::Client, &client), (Side::Client, &ping), (Side::Client, &ping), (Side::Server, RESPONSE)],
    );
    let mut frames = frames(&file);
    frames.remove(5);
    let story = story(&pcap(1, &frames));
    assert_eq!(story[1..3], ["1 -> gap of 8, 0 not decoded", "1 -> no WebSocket frame can be found after a gap"]);
}
