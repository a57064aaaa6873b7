//! Metrics and health, over HTTP on their own listener.

use crate::client::{Tcp, connect, listeners};
use mqttspec_broker::{
    core::{Config, Rights, Users},
    shell::{Embedded, MetricsAddress, Server},
};
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

/// Anonymous clients may connect, and nothing else.
fn broker() -> (Embedded, MetricsAddress) {
    let access = Users::new().with_anonymous(Rights::default()).into();
    let server = Server::bind(Config { access, ..Config::default() }, &listeners()).unwrap();
    let server = server.with_metrics("http://127.0.0.1:0".parse().unwrap()).unwrap();
    let address = server.metrics().unwrap();
    (Embedded::run(server).unwrap(), address)
}

fn ask(address: MetricsAddress, request: &[u8]) -> String {
    let mut socket = TcpStream::connect(address.to_string().strip_prefix("http://").unwrap()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    socket.write_all(request).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

fn get(address: MetricsAddress, path: &str) -> (String, String) {
    let answer = ask(address, format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes());
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

#[test]
fn numbers_are_in_the_form_of_openmetrics() {
    let (broker, address) = broker();
    let _client = Tcp::connected(&broker, "c");
    let mut refused = Tcp::open(&broker);
    refused.send(&connect("c")[..14]); // cut, so that it is still a socket
    let (head, body) = get(address, "/metrics");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("\r\nContent-Type: application/openmetrics-text; version=1.0.0; charset=utf-8"), "{head}");
    assert!(body.ends_with("\n# EOF\n"), "{body}");
    for line in [
        "# TYPE mqttspec_clients_connected gauge",
        "mqttspec_clients_connected 1",
        "mqttspec_packets_received_total 1",
        "# UNIT mqttspec_received_bytes bytes",
        "mqttspec_logins_refused_total 0",
    ] {
        assert!(body.lines().any(|other| other == line), "no {line:?} in\n{body}");
    }
}

#[test]
fn health_and_what_is_not_there() {
    let (_broker, address) = broker();
    assert_eq!(get(address, "/health").1, "ok\n");
    assert!(get(address, "/").0.starts_with("HTTP/1.1 404 Not Found\r\n"));
    let long = [b"GET /metrics HTTP/1.1\r\nX: ".to_vec(), vec![b'x'; 10_000]].concat();
    assert!(ask(address, &long).starts_with("HTTP/1.1 431 "));
}

#[test]
fn address_is_an_ip_address_with_a_port() {
    for text in
        ["", "127.0.0.1:1", "http://127.0.0.1", "https://127.0.0.1:1", "http://localhost:1", "http://127.0.0.1:1/x"]
    {
        assert!(text.parse::<MetricsAddress>().is_err(), "{text}");
    }
    assert_eq!("http://[::1]:9/".parse::<MetricsAddress>().unwrap().to_string(), "http://[::1]:9");
}
