//! Start, stop and limits.

use crate::client::{PINGREQ, PINGRESP, SUBACK, Tcp, Ws, broker, connect, listeners, publish, socket, subscribe};
use mqttspec_broker::{
    core::Config,
    shell::{Embedded, Limits, Server},
};
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

#[test]
fn urls_name_the_chosen_ports() {
    let server = Server::bind(Config::default(), &listeners()).unwrap();
    let urls = server.urls();
    assert_eq!(urls.iter().filter(|url| url.port() != 0).count(), 2);
    assert_eq!(urls[1].to_string(), format!("ws://127.0.0.1:{}/mqtt", urls[1].port()));
}

#[test]
fn address_in_use_is_said() {
    let server = Server::bind(Config::default(), &listeners()).unwrap();
    let taken = &server.urls()[1..];
    let error = Server::bind(Config::default(), taken).unwrap_err();
    assert_eq!(error.to_string(), format!("failed to listen on {}: address already in use", taken[0]));
}

#[test]
fn embedded_stops_on_drop() {
    let broker = broker();
    // Has said nothing, and was accepted: the next one on the same listener was answered.
    let mut idle = Tcp::open(&broker);
    let mut tcp = Tcp::connected(&broker, "t");
    let mut websocket = Ws::connected(&broker, "w");
    let urls = broker.urls().to_vec();
    drop(broker);
    assert_eq!(tcp.rest(), []);
    assert_eq!(websocket.expect_close(), CloseCode::Away);
    assert_eq!(idle.rest(), []);
    for url in &urls {
        assert!(TcpStream::connect((url.host(), url.port())).is_err());
    }
    // The ports are free again.
    Server::bind(Config::default(), &urls).unwrap();
}

/// v5 section 4.13.1
#[test]
fn v5_clients_are_told_that_the_server_is_shutting_down() {
    let connect = [&[0x10, 14, 0, 4][..], b"MQTT", &[5, 2, 0, 60, 0, 0, 1, b'c']].concat();
    let broker = broker();
    let mut tcp = Tcp::open(&broker);
    tcp.send(&connect);
    let mut websocket = Ws::open(&broker);
    websocket.send(&[&connect[..13], &[0, 1, b'd']].concat());
    // CONNACK of success, its properties aside
    tcp.expect(&[0x20]);
    websocket.expect(&[0x20]);
    drop(broker);
    assert!(tcp.rest().ends_with(&[0xE0, 1, 0x8B]));
    assert!(websocket.rest().ends_with(&[0xE0, 1, 0x8B]));
}

#[test]
fn stop_ends_run() {
    let server = Server::bind(Config::default(), &listeners()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(server.run(async {})).unwrap();
}

#[test]
fn connection_over_the_limit_is_closed_at_once() {
    let mut limits = Limits::default();
    limits.connections = 1;
    let broker = Embedded::start_with_limits(Config::default(), &listeners(), limits).unwrap();
    let _first = Tcp::connected(&broker, "a");
    let mut second = socket(&broker.urls()[1]);
    assert_eq!(second.read(&mut [0]).unwrap(), 0);
}

/// Whether they are refused or sit in a handshake.
#[test]
fn connection_flood_does_not_affect_existing_clients() {
    let mut limits = Limits::default();
    limits.connections = 20;
    let broker = Embedded::start_with_limits(Config::default(), &listeners(), limits).unwrap();
    let mut inside = Tcp::connected(&broker, "a");
    let mut flood = Vec::new();
    for round in 0..100 {
        for url in broker.urls() {
            let mut socket = socket(url);
            // what is refused may be reset already
            let _ = socket.write_all(b"GET ");
            flood.push(socket);
        }
        inside.send(&PINGREQ);
        inside.expect(&PINGRESP);
        if round == 50 {
            flood.clear();
        }
    }
}

#[test]
fn handshake_has_a_time_limit() {
    let mut limits = Limits::default();
    limits.handshake = Duration::from_millis(1);
    let broker = Embedded::start_with_limits(Config::default(), &listeners(), limits).unwrap();
    let mut silent = socket(&broker.urls()[1]);
    assert_eq!(silent.read(&mut [0]).unwrap(), 0);
}

#[test]
fn peer_that_reads_nothing_is_dropped() {
    let mut limits = Limits::default();
    (limits.connections, limits.stalled) = (2, Duration::from_millis(1));
    let broker = Embedded::start_with_limits(Config::default(), &listeners(), limits).unwrap();
    let mut sleeper = Tcp::connected(&broker, "sleeper");
    sleeper.send(&subscribe("t"));
    sleeper.expect(&SUBACK);
    let mut publisher = Tcp::connected(&broker, "p");
    let message = publish("t", &[0; 64 * 1024]);
    // More than the sockets' buffers hold.
    for _ in 0..500 {
        publisher.send(&message);
    }
    // Closed at once at the connection limit; stays open below it.
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        assert!(Instant::now() < deadline, "the sleeper still has its place");
        let mut third = socket(&broker.urls()[0]);
        let asked = third.write_all(&connect("third"));
        if asked.is_ok() && third.read_exact(&mut [0; 4]).is_ok() {
            break;
        }
    }
    drop(sleeper);
}

#[test]
fn core_is_woken_at_its_timeout() {
    let config = Config { connect_timeout: Duration::from_millis(20), ..Config::default() };
    let broker = Embedded::start(config, &listeners()).unwrap();
    let mut silent = Tcp::open(&broker);
    assert_eq!(silent.rest(), []);
}
