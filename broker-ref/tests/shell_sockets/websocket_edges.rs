//! The edges of WebSocket: RFC 6455, by its sections, for the side of a server. Frames are written by hand, as a client
//! writes them, and every case is tried in one piece and byte by byte.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use mqttspec_broker::shell::Embedded;

use crate::client::{CONNACK, PINGREQ, PINGRESP, broker, connect, socket};

const FIN: u8 = 0x80;
const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// Its first byte, and its payload.
type Frame = (u8, Vec<u8>);

/// A frame of a client, masked; `first` is FIN, reserved bits and opcode.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = match payload.len() {
        len @ 0..126 => vec![len as u8 | 0x80],
        len @ 126..0x1_0000 => [&[0xFE][..], &(len as u16).to_be_bytes()].concat(),
        len => [&[0xFF][..], &(len as u64).to_be_bytes()].concat(),
    };
    with_length(first, &length, payload)
}

fn with_length(first: u8, length: &[u8], payload: &[u8]) -> Vec<u8> {
    let mask = [0x37, 0xFA, 0x21, 0x3D];
    let masked = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
    [&[first][..], length, &mask].concat().into_iter().chain(masked).collect()
}

fn unmasked(first: u8, payload: &[u8]) -> Vec<u8> {
    [&[first, payload.len() as u8][..], payload].concat()
}

fn close(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(FIN | CLOSE, &[&code.to_be_bytes()[..], reason].concat())
}

/// A connection after its CONNACK.
fn connected(broker: &Embedded) -> TcpStream {
    let mut socket = socket(&broker.urls()[1]);
    let request = "GET /mqtt HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";
    socket.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        socket.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    socket.write_all(&frame(FIN | BINARY, &connect("a"))).unwrap();
    assert_eq!(read_frame(&mut socket), Some((FIN | BINARY, CONNACK.to_vec())));
    socket
}

/// Sends bytes, and gives the first bytes and payloads of the frames that come, up to the end of the connection.
fn answers(socket: &mut TcpStream, bytes: &[u8], piecewise: bool) -> Vec<Frame> {
    send(socket, bytes, piecewise);
    std::iter::from_fn(|| read_frame(socket)).collect()
}

fn send(socket: &mut TcpStream, bytes: &[u8], piecewise: bool) {
    for piece in bytes.chunks(if piecewise { 1 } else { bytes.len() }) {
        // the broker may have closed before it has read all
        if socket.write_all(piece).is_err() {
            break;
        }
    }
}

/// `None` at the end of the connection. A server's frames are not masked: section 5.1.
fn read_frame(socket: &mut impl Read) -> Option<Frame> {
    let mut head = [0; 2];
    socket.read_exact(&mut head).ok()?;
    assert!(head[1] < 126, "a short frame that is not masked");
    let mut payload = vec![0; head[1].into()];
    socket.read_exact(&mut payload).unwrap();
    Some((head[0], payload))
}

/// The code of the Close frame that comes last, 0 if it has none; `None` if there is no Close frame.
fn code(frames: &[Frame]) -> Option<u16> {
    let (first, payload) = frames.last()?;
    let code = payload.first_chunk().map_or(0, |code| u16::from_be_bytes(*code));
    (*first == FIN | CLOSE).then_some(code)
}

/// What ends the connection, and with which code: sections 5, 7.4 and 8.1.
#[test]
fn frames_that_end_the_connection() {
    let broker = broker();
    let binary = |payload: &[u8]| frame(FIN | BINARY, payload);
    let cases: Vec<(&str, Vec<u8>, u16)> = vec![
        ("5.1, a frame that is not masked", unmasked(FIN | BINARY, &PINGREQ), 1002),
        ("5.1, a Ping that is not masked", unmasked(FIN | PING, b""), 1002),
        ("5.1, a Close that is not masked", unmasked(FIN | CLOSE, &[3, 0xE8]), 1002),
        ("5.2, RSV1", frame(FIN | 0x40 | BINARY, &PINGREQ), 1002),
        ("5.2, RSV2", frame(FIN | 0x20 | BINARY, &PINGREQ), 1002),
        ("5.2, RSV3", frame(FIN | 0x10 | BINARY, &PINGREQ), 1002),
        ("5.2, all of them in a Ping", frame(FIN | 0x70 | PING, b""), 1002),
        ("5.2, RSV1 in a Close", frame(FIN | 0x40 | CLOSE, &[3, 0xE8]), 1002),
        ("5.2, opcode 3", frame(FIN | 3, &PINGREQ), 1002),
        ("5.2, opcode 7", frame(FIN | 7, &PINGREQ), 1002),
        ("5.2, opcode 11", frame(FIN | 11, b""), 1002),
        ("5.2, opcode 15", frame(FIN | 15, b""), 1002),
        ("5.2, an unknown opcode in a fragment", [frame(BINARY, &[0xC0]), frame(FIN | 5, &[0])].concat(), 1002),
        ("5.4, a continuation of nothing", frame(FIN | CONTINUATION, &PINGREQ), 1002),
        ("5.4, the same as a fragment", frame(CONTINUATION, &PINGREQ), 1002),
        ("5.4, a message inside another", [frame(BINARY, &[0xC0]), binary(&PINGREQ)].concat(), 1002),
        ("5.4, one more continuation", [frame(BINARY, &[0xC0]), frame(FIN, &[0]), frame(FIN, &[0])].concat(), 1002),
        ("5.5, a Ping of 126 bytes", frame(FIN | PING, &[0; 126]), 1002),
        ("5.5, a Pong of 126 bytes", frame(FIN | PONG, &[0; 126]), 1002),
        ("5.5, a Close of 126 bytes", close(1000, &[b'x'; 124]), 1002),
        ("5.5, a Ping in fragments", frame(PING, b"a"), 1002),
        ("5.5, a Pong in fragments", frame(PONG, b"a"), 1002),
        ("5.5, a Close in fragments", frame(CLOSE, &[3, 0xE8]), 1002),
        ("5.5.1, a Close of one byte", frame(FIN | CLOSE, &[3]), 1002),
        ("5.6 and MQTT-6.0.0-1, a text", frame(FIN | TEXT, b"hello"), 1003),
        ("5.6, an empty text", frame(FIN | TEXT, b""), 1003),
        ("5.6, a text in fragments", [frame(TEXT, b"he"), frame(FIN, b"llo")].concat(), 1003),
        ("8.1, a text that is not UTF-8", frame(FIN | TEXT, b"\xCE\xBA\xED\xA0\x80"), 1007),
        ("8.1, the end of a character is missing", frame(FIN | TEXT, b"\xCE"), 1007),
        ("8.1, in the second fragment", [frame(TEXT, b"a"), frame(FIN, b"\xFF")].concat(), 1007),
        ("8.1, a reason that is not UTF-8", close(1000, b"\xCE\xBA\xED\xA0\x80"), 1007),
        ("8.1, half a character in a reason", close(1000, b"bye \xE2\x82"), 1007),
        ("10.4, a frame over the limit", with_length(FIN | BINARY, &[0xFF, 0, 0, 1, 0, 0, 0, 0, 0], b""), 1009),
        ("5.2, the highest bit of a length", with_length(FIN | BINARY, &[0xFF, 0x80, 0, 0, 0, 0, 0, 0, 1], b""), 1009),
    ];
    for (section, bytes, wanted) in &cases {
        for piecewise in [false, true] {
            let mut frames = answers(&mut connected(&broker), bytes, piecewise);
            // a PINGREQ that is whole may be answered before what is wrong has arrived
            frames.retain(|(_, payload)| *payload != [0xD0, 0]);
            assert_eq!(code(&frames), Some(*wanted), "RFC 6455, section {section}: {frames:02X?}");
            assert_eq!(frames.len(), 1, "RFC 6455, section {section}: {frames:02X?}");
        }
    }
}

/// A Close frame is answered with its own code: sections 5.5.1 and 7.4.
#[test]
fn close_frames_are_answered() {
    let broker = broker();
    let echoed = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
    // reserved, not to be sent, or in no range
    let illegal = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];
    let cases = echoed.map(|code| (code, code)).into_iter().chain(illegal.map(|code| (code, 1002)));
    for (sent, wanted) in cases {
        for reason in [&b""[..], "bye, \u{20AC}".as_bytes(), &[b'x'; 123]] {
            let frames = answers(&mut connected(&broker), &close(sent, reason), false);
            assert_eq!((frames.len(), code(&frames)), (1, Some(wanted)), "{sent}: {frames:02X?}");
        }
    }
    let frames = answers(&mut connected(&broker), &frame(FIN | CLOSE, b""), false);
    assert_eq!(frames, [(FIN | CLOSE, Vec::new())], "without a code");
    // section 5.5.1: nothing is read after it
    let more = [close(1000, b""), frame(FIN | BINARY, &PINGREQ), frame(FIN | PING, b"x")].concat();
    assert_eq!(code(&answers(&mut connected(&broker), &more, false)), Some(1000));
    assert_eq!(answers(&mut connected(&broker), &more, false).len(), 1);
}

/// What is legal, and answered by what: sections 5.2, 5.4, 5.5.2 and 5.5.3.
#[test]
fn frames_that_are_legal() {
    let broker = broker();
    let request = |bytes: &[u8]| frame(FIN | BINARY, bytes);
    let pong = |payload: &[u8]| (FIN | PONG, payload.to_vec());
    let response = || (FIN | BINARY, PINGRESP.to_vec());
    let cases: Vec<(&str, Vec<u8>, Vec<Frame>)> = vec![
        ("5.2, one frame", request(&PINGREQ), vec![response()]),
        ("5.2, an empty one", [request(b""), request(&PINGREQ)].concat(), vec![response()]),
        ("5.4, two fragments", [frame(BINARY, &[0xC0]), frame(FIN, &[0])].concat(), vec![response()]),
        (
            "5.4, empty fragments",
            [frame(BINARY, b""), frame(0, b""), frame(0, &PINGREQ), frame(0, b""), frame(FIN, b"")].concat(),
            vec![response()],
        ),
        (
            "5.4, a Ping between fragments",
            [frame(BINARY, &[0xC0]), frame(FIN | PING, b"x"), frame(FIN, &[0])].concat(),
            vec![pong(b"x"), response()],
        ),
        ("5.5.2, a Ping without payload", frame(FIN | PING, b""), vec![pong(b"")]),
        ("5.5.2, a Ping of 125 bytes", frame(FIN | PING, &[7; 125]), vec![pong(&[7; 125])]),
        ("5.5.2, binary payload", frame(FIN | PING, b"\0\xFF\xFE"), vec![pong(b"\0\xFF\xFE")]),
        ("5.5.3, Pongs that nobody asked for", frame(FIN | PONG, b"x").repeat(3), vec![]),
    ];
    for (section, bytes, wanted) in &cases {
        for piecewise in [false, true] {
            let mut socket = connected(&broker);
            send(&mut socket, bytes, piecewise);
            let frames: Vec<_> = wanted.iter().map_while(|_| read_frame(&mut socket)).collect();
            assert_eq!(&frames, wanted, "RFC 6455, section {section}");
            let frames = answers(&mut socket, &close(1000, b""), piecewise);
            assert_eq!((frames.len(), code(&frames)), (1, Some(1000)), "RFC 6455, section {section}: {frames:02X?}");
        }
    }
}
