//! Captures: every file format and link, reassembly, WebSockets, hostile files, and that Wireshark reads what is written.

mod formats;
mod hostile;
mod reassembly;
mod websocket;
mod wireshark;

use std::{net::SocketAddr, time::Duration};

use mqttspec::pcap::{Capture, Conversation, End, Event, Kind, MQTT_PORT, Side, Writer};
use mqttspec_codec::{Reject, Version};

/// A frame of Ethernet and its time.
type Frame = (Duration, Vec<u8>);

const CONNECT: &[u8] = b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a";
const CONNACK: &[u8] = &[0x20, 2, 0, 0];
/// Of v3.1.1: in v5 it would lack its Reason Codes.
const UNSUBACK: &[u8] = &[0xB0, 2, 0, 7];

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(1_764_000_000_000 + milliseconds)
}

fn addresses(port: u16) -> (SocketAddr, SocketAddr) {
    (SocketAddr::from(([127, 0, 0, 1], 50_000)), SocketAddr::from(([127, 0, 0, 1], port)))
}

/// One connection: who sends what, in order, one millisecond apart.
fn written(port: u16, exchange: &[(Side, &[u8])]) -> Vec<u8> {
    let mut file = Writer::new(Vec::new()).unwrap();
    let (client, server) = addresses(port);
    let connection = file.connection(at(0), client, server, None).unwrap();
    let mut time = 0;
    for (side, bytes) in exchange {
        time += 1;
        match side {
            Side::Client => file.sent(connection, at(time), bytes).unwrap(),
            Side::Server => file.received(connection, at(time), bytes).unwrap(),
        }
    }
    file.closed(connection, at(time + 1), Side::Client, End::Fin).unwrap();
    file.closed(connection, at(time + 2), Side::Server, End::Fin).unwrap();
    file.into_inner()
}

/// The frames of a file that [`Writer`] wrote.
fn frames(file: &[u8]) -> Vec<Frame> {
    let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    let (mut place, mut frames) = (0, Vec::new());
    while place < file.len() {
        if number(place) == 6 {
            let time = u64::from(number(place + 12)) << 32 | u64::from(number(place + 16));
            let length = number(place + 20) as usize;
            frames.push((Duration::from_nanos(time), file[place + 28..place + 28 + length].to_vec()));
        }
        place += number(place + 4) as usize;
    }
    frames
}

/// A pcap file of microseconds.
fn pcap(link: u32, frames: &[Frame]) -> Vec<u8> {
    let number = |number: u32| number.to_le_bytes();
    let mut file = [0xA1B2_C3D4, 0x0004_0002, 0, 0, 262_144, link].map(number).concat();
    for (at, frame) in frames {
        let length = frame.len() as u32;
        file.extend([at.as_secs() as u32, at.subsec_micros(), length, length].map(number).concat());
        file.extend(frame);
    }
    file
}

fn conversations(file: &[u8]) -> Vec<Conversation> {
    let capture = Capture::read(file).unwrap();
    assert_eq!(capture.broken, None);
    capture.conversations().collect()
}

/// What happened on each connection, with milliseconds since the first frame.
fn story(file: &[u8]) -> Vec<String> {
    let conversations = conversations(file);
    let zero = conversations.first().map_or(Duration::ZERO, |first| first.opened.at);
    let mut story = Vec::new();
    for conversation in &conversations {
        if let Kind::Other(why) = &conversation.kind {
            story.push(format!("not MQTT: {why}"));
            continue;
        }
        for heard in conversation.events(Version::V5, Reject::NONE) {
            let time = heard.moment.at.saturating_sub(zero).as_millis();
            let arrow = if heard.from == Side::Client { "->" } else { "<-" };
            let text = match heard.event {
                Event::Part(part) => part.lines().swap_remove(0),
                Event::Gap { missing, undecoded } => format!("gap of {missing}, {undecoded} not decoded"),
                Event::Trouble(why) => why.to_owned(),
                Event::Closed(how) => format!("{how:?}"),
            };
            story.push(format!("{time} {arrow} {text}"));
        }
    }
    story
}

const EXCHANGE: [(Side, &[u8]); 4] =
    [(Side::Client, CONNECT), (Side::Server, CONNACK), (Side::Client, &[0xC0, 0]), (Side::Server, UNSUBACK)];

/// What [`EXCHANGE`] is.
const STORY: [&str; 6] = [
    "1 -> CONNECT: {client_id: a, clean_start: true, keep_alive: 60}",
    "2 <- CONNACK: {session_present: false, reason_code: success}",
    "3 -> PINGREQ",
    "4 <- UNSUBACK: {packet_id: 7}",
    "5 -> Fin",
    "6 <- Fin",
];

#[test]
fn what_is_written_is_read() {
    assert_eq!(story(&written(MQTT_PORT, &EXCHANGE)), STORY);
    let conversation = &conversations(&written(MQTT_PORT, &EXCHANGE))[0];
    assert_eq!((conversation.client, conversation.server), addresses(MQTT_PORT));
    assert_eq!((&conversation.kind, conversation.is_whole), (&Kind::Mqtt, true));
    assert_eq!(conversation.stream(Side::Client).first(), [CONNECT, &[0xC0, 0]].concat());
}

/// Two connections at the same time, over IPv6 and mixed addresses, more bytes than a segment holds, and a reset.
#[test]
fn long_and_parallel_connections_are_written() {
    let mut file = Writer::new(Vec::new()).unwrap();
    let v6: SocketAddr = "[::1]:50001".parse().unwrap();
    let (v4, server) = addresses(MQTT_PORT);
    let payload: Vec<u8> = (0..200_000_u32).map(|index| (index / 7) as u8).collect();
    let publish = [&[0x30, 0xC4, 0x9A, 0x0C, 0, 1, b't', 0][..], &payload].concat();
    let one = file.connection(at(0), v6, "[::1]:1883".parse().unwrap(), Some("one")).unwrap();
    let two = file.connection(at(1), v6, server, None).unwrap();
    let three = file.connection(at(1), v4, server, Some(&"ä".repeat(5000))).unwrap();
    for connection in [one, two, three] {
        file.sent(connection, at(2), &publish).unwrap();
        file.received(connection, at(3), &publish).unwrap();
        file.sent(connection, at(4), b"").unwrap();
    }
    file.closed(two, at(5), Side::Server, End::Reset).unwrap();
    file.closed(two, at(6), Side::Client, End::Fin).unwrap();
    let file = file.into_inner();
    let found = conversations(&file);
    assert_eq!(found.iter().map(|found| found.client.port()).collect::<Vec<_>>(), [50_001, 50_001, 50_000]);
    for conversation in &found {
        for side in [Side::Client, Side::Server] {
            assert_eq!(conversation.stream(side).first(), publish);
            assert_eq!(conversation.stream(side).runs.len(), 1);
        }
    }
    assert_eq!(found[1].client, "[::1]:50001".parse().unwrap());
    assert_eq!(found[1].server, "[::ffff:127.0.0.1]:1883".parse().unwrap());
    assert!(story(&file).contains(&"5 <- Reset".to_owned()));
    assert_eq!(story(&file).iter().filter(|line| line.contains("Fin")).count(), 0);
}
