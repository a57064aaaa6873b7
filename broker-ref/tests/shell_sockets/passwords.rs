//! Passwords are checked on other threads, and input waits meanwhile.

use crate::client::{CONNACK, PINGREQ, PINGRESP, Tcp, Ws, listeners};
use mqttspec_broker::{
    core::{Config, PasswordHash},
    shell::Embedded,
    users,
};
use std::{io::ErrorKind, time::Duration};

/// alice has a password; anonymous clients may connect.
fn broker() -> Embedded {
    let hash = PasswordHash::new(b"password", b"sixteen salt byt").unwrap();
    let access = users::parse(&format!("anonymous = {{}}\nusers.alice.argon2 = '{}'", hash.as_str())).unwrap();
    // a busy machine must not make the test fail
    let config = Config { access, connect_timeout: Duration::from_secs(300), ..Config::default() };
    Embedded::start(config, &listeners()).unwrap()
}

fn connect(client_id: &str, password: &str) -> Vec<u8> {
    let text = |text: &str| [&[0, text.len() as u8][..], text.as_bytes()].concat();
    let payload = [text(client_id), text("alice"), text(password)].concat();
    [&[0x10, 10 + payload.len() as u8, 0, 4][..], b"MQTT", &[4, 0xC2, 0, 0], &payload].concat()
}

#[test]
fn pipelined_packets_are_answered_in_order() {
    let broker = broker();
    let bytes = [&connect("a", "password")[..], &PINGREQ, &PINGREQ].concat();
    let answers = [&CONNACK[..], &PINGRESP, &PINGRESP].concat();
    let (mut tcp, mut websocket) = (Tcp::open(&broker), Ws::open(&broker));
    tcp.send(&bytes);
    tcp.expect(&answers);
    websocket.send(&bytes);
    websocket.expect(&answers);
}

/// More than the sockets hold: it is read only once the password is known.
#[test]
fn input_after_connect_stays_in_the_socket() {
    let broker = broker();
    let mut client = Tcp::open(&broker);
    let pings = 2 * 1024 * 1024;
    client.send(&connect("a", "password"));
    let mut reader = Tcp(client.0.try_clone().unwrap());
    let writer = std::thread::spawn(move || client.send(&PINGREQ.repeat(pings)));
    reader.expect(&CONNACK);
    reader.expect(&PINGRESP.repeat(pings));
    writer.join().unwrap();
}

#[test]
fn password_flood_does_not_affect_other_clients() {
    let broker = broker();
    let mut flood: Vec<_> = (0..32).map(|_| Tcp::open(&broker)).collect();
    for client in &mut flood {
        client.send(&connect("f", "wrong"));
    }
    let mut other = Tcp::connected(&broker, "other");
    for _ in 0..10 {
        other.send(&PINGREQ);
        other.expect(&PINGRESP);
    }
    // they are served meanwhile, not after
    let unanswered = |client: &Tcp| {
        client.0.set_nonblocking(true).unwrap();
        let waits = client.0.peek(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        client.0.set_nonblocking(false).unwrap();
        waits
    };
    assert!(flood.iter().any(unanswered));
    for client in &mut flood {
        client.0.set_read_timeout(Some(Duration::from_secs(200))).unwrap();
        client.expect(&[0x20, 2, 0, 4]);
        assert_eq!(client.rest(), []);
    }
}
