//! What is answered to HTTP requests that open no WebSocket.

use crate::client::{broker, listeners, socket};
use mqttspec_broker::{
    core::Config,
    shell::{Embedded, Limits},
};
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
fn browser_gets_an_explanation() {
    for path in ["/", "/mqtt", "/mqtt?x=1"] {
        let answer = ask(&format!("GET {path} HTTP/1.1"), &["Connection: keep-alive\r\nOrigin: http://h\r\n"]);
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        let (_, page) = answer.split_once("\r\n\r\n").unwrap();
        assert!(page.contains("This is an MQTT broker") && page.contains("ws://h/mqtt"), "{page}");
        assert!(answer.contains("\r\nContent-Type: text/html; charset=utf-8\r\n"), "{answer}");
    }
    let answer = ask("GET /favicon.ico HTTP/1.1", &["Connection: keep-alive\r\n"]);
    assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\n"), "{answer}");
}

#[test]
fn old_websocket_version_is_answered_with_the_supported_one() {
    let upgrade = UPGRADE.replace("13", "8");
    let answer = ask("GET /mqtt HTTP/1.1", &[&upgrade, KEY, "Sec-WebSocket-Protocol: mqtt\r\n"]);
    assert!(answer.starts_with("HTTP/1.1 426 Upgrade Required\r\n"), "{answer}");
    assert!(answer.contains("\r\nSec-WebSocket-Version: 13\r\n"), "{answer}");
}

#[test]
fn web_pages_of_other_origins_are_refused() {
    let mut limits = Limits::default();
    limits.allowed_origins = Some(vec!["https://a.example".parse().unwrap(), "http://b.example:8080".parse().unwrap()]);
    let broker = Embedded::start_with_limits(Config::default(), &listeners(), limits).unwrap();
    for (origin, status) in [
        ("", "101 "),
        ("Origin: https://a.example\r\n", "101 "),
        ("origin: HTTP://B.example:8080\r\n", "101 "),
        ("Origin: https://b.example:8080\r\n", "403 Forbidden"),
        ("Origin: https://a.example.net\r\n", "403 Forbidden"),
        ("Origin: null\r\n", "403 Forbidden"),
        ("Origin: https://a.example\r\nOrigin: https://c.example\r\n", "403 Forbidden"),
    ] {
        let mut socket = socket(&broker.urls()[1]);
        let headers = [UPGRADE, KEY, "Sec-WebSocket-Protocol: mqtt\r\n", origin].concat();
        socket.write_all(format!("GET /mqtt HTTP/1.1\r\nHost: h\r\n{headers}\r\n").as_bytes()).unwrap();
        let mut head = [0; 64];
        socket.read_exact(&mut head).unwrap();
        assert!(head.starts_with(format!("HTTP/1.1 {status}").as_bytes()), "{origin}: {}", head.escape_ascii());
    }
}

#[test]
fn web_pages_of_all_origins_are_allowed_by_default() {
    let broker = broker();
    let mut socket = socket(&broker.urls()[1]);
    let headers = [UPGRADE, KEY, "Sec-WebSocket-Protocol: mqtt\r\nOrigin: https://a.example\r\n"].concat();
    socket.write_all(format!("GET /mqtt HTTP/1.1\r\nHost: h\r\n{headers}\r\n").as_bytes()).unwrap();
    let mut head = [0; 12];
    socket.read_exact(&mut head).unwrap();
    assert_eq!(head.escape_ascii().to_string(), "HTTP/1.1 101");
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
