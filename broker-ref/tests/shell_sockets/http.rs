//! What is answered to HTTP requests that open no WebSocket.

use crate::client::{broker, socket};
use std::io::{Read, Write};

#[test]
fn wrong_path_is_not_found() {
    let answer = ask("GET /other HTTP/1.1", &[UPGRADE, KEY, "Sec-WebSocket-Protocol: mqtt\r\n"]);
    assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nnothing here, MQTT over WebSocket is at /mqtt\n"), "{answer}");
}

#[test]
fn missing_subprotocol_is_named() {
    for protocols in ["", "Sec-WebSocket-Protocol: chat\r\n"] {
        let answer = ask("GET /mqtt HTTP/1.1", &[UPGRADE, KEY, protocols]);
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
        assert!(answer.contains("Sec-WebSocket-Protocol: mqtt"), "{answer}");
    }
}

#[test]
fn browser_learns_what_this_is() {
    let answer = ask("GET / HTTP/1.1", &["Connection: keep-alive\r\n"]);
    assert!(answer.starts_with("HTTP/1.1 426 Upgrade Required\r\n"), "{answer}");
    assert!(answer.contains("WebSocket endpoint of an MQTT broker"), "{answer}");
}

#[test]
fn other_requests_are_refused() {
    for (line, status) in [
        ("POST /mqtt HTTP/1.1", "405 Method Not Allowed"),
        ("GET /mqtt HTTP/1.0", "505 HTTP Version Not Supported"),
        ("\x10\x0c\x00\x04MQTT", "400 Bad Request"),
    ] {
        let answer = ask(line, &[UPGRADE, KEY, "Sec-WebSocket-Protocol: mqtt\r\n"]);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{answer}");
    }
    let answer = ask("GET /mqtt HTTP/1.1", &["X: ", &"x".repeat(9000), "\r\n"]);
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

/// The whole answer, up to the end of the connection.
fn ask(line: &str, headers: &[&str]) -> String {
    let broker = broker();
    let mut socket = socket(&broker.urls()[1]);
    socket.write_all(format!("{line}\r\nHost: h\r\n{}\r\n", headers.concat()).as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
