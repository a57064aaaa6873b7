//! MQTT over WebSocket.

use crate::client::{CONNACK, PINGREQ, PINGRESP, SUBACK, Ws, broker, connect, listeners, publish, subscribe};
use mqttspec_broker::{
    core::Config,
    shell::{Embedded, Limits, PacketsPerFrame},
};
use std::io::Write;
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::{
        CloseFrame,
        frame::{
            Frame,
            coding::{CloseCode, Data, OpCode},
        },
    },
};

#[test]
fn connect_is_answered() {
    let broker = broker();
    Ws::connected(&broker, "a");
}

#[test]
fn subprotocol_of_3_1_is_accepted() {
    let broker = broker();
    Ws::open_as(&broker, "mqttv3.1");
}

#[test]
fn one_byte_in_each_frame() {
    let broker = broker();
    let mut client = Ws::open(&broker);
    connect("a").iter().for_each(|byte| client.send(&[*byte]));
    client.expect(&CONNACK);
}

#[test]
fn several_packets_in_one_frame() {
    let broker = broker();
    let mut client = Ws::open(&broker);
    client.send(&[connect("a"), subscribe("t"), PINGREQ.to_vec()].concat());
    client.expect(&CONNACK);
    client.expect(&SUBACK);
    client.expect(&PINGRESP);
}

/// The payloads of the next frames, of which each is a message.
fn frames(client: &mut Ws, count: usize) -> Vec<Vec<u8>> {
    let payload = |message| match message {
        Message::Binary(payload) => payload.to_vec(),
        other => panic!("expected a binary message, found {other:?}"),
    };
    (0..count).map(|_| payload(client.socket.read().unwrap())).collect()
}

#[test]
fn each_packet_leaves_in_a_frame_of_its_own() {
    let broker = broker();
    let mut client = Ws::open(&broker);
    client.send(&[connect("a"), subscribe("t"), PINGREQ.to_vec(), PINGREQ.to_vec()].concat());
    assert_eq!(frames(&mut client, 4), [&CONNACK[..], &SUBACK, &PINGRESP, &PINGRESP]);
}

/// However many bytes leave together, no frame holds parts of two packets.
#[test]
fn large_packets_share_no_frame() {
    let broker = broker();
    let mut client = Ws::open(&broker);
    let messages = [20_000, 40_000, 16_390, 100_000, 16_384].map(|len| publish("t", &vec![7; len]));
    client.send(&[connect("a"), subscribe("t")].concat());
    assert_eq!(frames(&mut client, 2), [&CONNACK[..], &SUBACK]);
    client.send(&[messages.concat(), PINGREQ.to_vec()].concat());
    for message in messages.iter().map(Vec::as_slice).chain([&PINGRESP[..]]) {
        let mut received = Vec::new();
        while received.len() < message.len() {
            received.extend(frames(&mut client, 1).concat());
        }
        assert_eq!(received.len(), message.len(), "a frame holds the end of one packet and the start of another");
        assert!(received == message);
    }
}

#[test]
fn packets_can_share_a_frame() {
    let mut limits = Limits::default();
    limits.packets_per_frame = PacketsPerFrame::Many;
    let broker = Embedded::start_with_limits(Config::default(), &listeners(), limits).unwrap();
    let mut client = Ws::connected(&broker, "a");
    client.send(&[subscribe("t"), PINGREQ.to_vec()].concat());
    assert_eq!(frames(&mut client, 1), [[&SUBACK[..], &PINGRESP].concat()]);
}

#[test]
fn packets_split_across_frames_with_empty_ones_between() {
    let broker = broker();
    let mut client = Ws::open(&broker);
    let bytes = [connect("a"), subscribe("t"), PINGREQ.to_vec()].concat();
    for piece in bytes.chunks(7) {
        client.send(piece);
        client.send(&[]);
    }
    client.expect(&CONNACK);
    client.expect(&SUBACK);
    client.expect(&PINGRESP);
}

#[test]
fn message_in_fragments_with_a_ping_between() {
    let broker = broker();
    let mut client = Ws::open(&broker);
    let bytes = connect("a");
    let (head, tail) = bytes.split_at(5);
    client.frame(Frame::message(head.to_vec(), OpCode::Data(Data::Binary), false));
    client.message(Message::Ping(b"x".to_vec().into()));
    assert_eq!(client.socket.read().unwrap(), Message::Pong(b"x".to_vec().into()));
    client.frame(Frame::message(tail.to_vec(), OpCode::Data(Data::Continue), true));
    client.expect(&CONNACK);
}

// v5 [MQTT-6.0.0-1], v3.1.1 [MQTT-6.0.0-1]
#[test]
fn text_frame_closes() {
    let broker = broker();
    let mut client = Ws::connected(&broker, "a");
    client.message(Message::Text("hello".into()));
    assert_eq!(client.expect_close(), CloseCode::Unsupported);
}

#[test]
fn broken_frame_closes() {
    let broker = broker();
    let mut client = Ws::connected(&broker, "a");
    client.frame(Frame::message(b"x".to_vec(), OpCode::Data(Data::Continue), true));
    assert_eq!(client.expect_close(), CloseCode::Protocol);
}

/// A frame is not buffered in order to find that it is too long.
#[test]
fn message_over_the_limit_closes() {
    let config = Config { maximum_packet_size: 1000.try_into().unwrap(), ..Config::default() };
    let broker = Embedded::start(config, &listeners()).unwrap();
    let mut client = Ws::connected(&broker, "a");
    // RFC 6455, section 5.2: a binary frame of 1 TiB, masked, of which no more is sent
    let header = [0x82, 0xFF, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3, 4];
    client.socket.get_mut().write_all(&header).unwrap();
    assert_eq!(client.expect_close(), CloseCode::Size);
}

#[test]
fn malformed_packet_closes() {
    let broker = broker();
    let mut client = Ws::connected(&broker, "a");
    client.send(&[0, 0]);
    assert_eq!(client.expect_close(), CloseCode::Normal);
}

#[test]
fn close_is_answered() {
    let broker = broker();
    let mut client = Ws::connected(&broker, "a");
    client.message(Message::Close(Some(CloseFrame { code: CloseCode::Normal, reason: "bye".into() })));
    assert_eq!(client.expect_close(), CloseCode::Normal);
}
