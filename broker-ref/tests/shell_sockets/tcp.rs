//! MQTT over TCP.

use crate::client::{CONNACK, PINGREQ, PINGRESP, SUBACK, Tcp, Ws, broker, connect, publish, subscribe};

#[test]
fn connect_is_answered() {
    let broker = broker();
    Tcp::connected(&broker, "a");
}

#[test]
fn one_byte_at_a_time() {
    let broker = broker();
    let mut client = Tcp::open(&broker);
    for packet in [connect("a"), PINGREQ.to_vec()] {
        packet.iter().for_each(|byte| client.send(&[*byte]));
    }
    client.expect(&CONNACK);
    client.expect(&PINGRESP);
}

#[test]
fn several_packets_in_one_segment() {
    let broker = broker();
    let mut client = Tcp::open(&broker);
    client.send(&[connect("a"), subscribe("t"), PINGREQ.to_vec()].concat());
    client.expect(&CONNACK);
    client.expect(&SUBACK);
    client.expect(&PINGRESP);
}

#[test]
fn publish_reaches_a_websocket_subscriber() {
    let broker = broker();
    let mut subscriber = Ws::connected(&broker, "s");
    subscriber.send(&subscribe("t"));
    subscriber.expect(&SUBACK);
    let mut publisher = Tcp::connected(&broker, "p");
    let message = [0x30, 5, 0, 1, b't', b'h', b'i'];
    publisher.send(&message);
    subscriber.expect(&message);
}

#[test]
fn large_message_arrives_whole() {
    let broker = broker();
    let mut subscriber = Ws::connected(&broker, "s");
    subscriber.send(&subscribe("t"));
    subscriber.expect(&SUBACK);
    let mut publisher = Tcp::connected(&broker, "p");
    let message = publish("t", &(0..500_000).map(|at: u32| at as u8).collect::<Vec<_>>());
    publisher.send(&message);
    subscriber.expect(&message);
}

#[test]
fn answer_arrives_although_input_is_left_unread() {
    let broker = broker();
    let mut client = Tcp::open(&broker);
    client.send(&connect("a"));
    // Packet type 0 is forbidden: the broker closes, and leaves what follows unread.
    client.send(&vec![0; 100_000]);
    assert_eq!(client.rest(), CONNACK);
}

#[test]
fn answer_arrives_after_the_client_has_ended_its_direction() {
    let broker = broker();
    let mut client = Tcp::open(&broker);
    client.send(&[connect("a"), PINGREQ.to_vec()].concat());
    client.half_close();
    assert_eq!(client.rest(), [&CONNACK[..], &PINGRESP].concat());
}

#[test]
fn peer_that_never_reads_does_not_affect_others() {
    let broker = broker();
    let mut sleeper = Tcp::connected(&broker, "sleeper");
    sleeper.send(&subscribe("t"));
    sleeper.expect(&SUBACK);
    let mut publisher = Tcp::connected(&broker, "p");
    let message = publish("t", &[0; 64 * 1024]);
    for _ in 0..500 {
        publisher.send(&message);
    }
    publisher.send(&PINGREQ);
    publisher.expect(&PINGRESP);
}
