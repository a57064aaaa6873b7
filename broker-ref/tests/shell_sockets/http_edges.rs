//! The edges of HTTP/1.1: RFC 9112, by its sections, as far as a request that opens a WebSocket has them.

use std::io::{Read, Write};

use crate::client::{broker, socket};

const REST: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n";

/// The first line of the answer to a request, and whether the connection is closed after it.
fn answer(request: &[u8]) -> String {
    let broker = broker();
    let mut socket = socket(&broker.urls()[1]);
    socket.write_all(request).unwrap();
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        let mut byte = [0];
        socket.read_exact(&mut byte).unwrap();
        line.push(byte[0]);
    }
    let line = String::from_utf8(line).unwrap();
    if !line.starts_with("HTTP/1.1 101 ") {
        socket.read_to_end(&mut Vec::new()).unwrap(); // it ends, and not by a reset
    }
    line.trim_end().to_owned()
}

#[test]
fn requests_are_taken_or_refused_as_rfc_9112_says() {
    let host = "Host: h\r\n";
    let opened = "101 Switching Protocols";
    for (section, line, headers, status) in [
        ("2.2, empty lines before the request", "\r\n\r\nGET /mqtt HTTP/1.1", format!("{host}{REST}"), opened),
        ("2.2, lone CR", "GET /mqtt HTTP/1.1", format!("{host}X: a\rb\r\n{REST}"), "400 Bad Request"),
        (
            "2.2, white space after the first line",
            "GET /mqtt HTTP/1.1",
            format!(" X: y\r\n{host}{REST}"),
            "400 Bad Request",
        ),
        ("2.3, lower case", "GET /mqtt http/1.1", format!("{host}{REST}"), "400 Bad Request"),
        ("2.3, the older version", "GET /mqtt HTTP/1.0", format!("{host}{REST}"), "505 HTTP Version Not Supported"),
        ("3, two words", "GET /mqtt", format!("{host}{REST}"), "400 Bad Request"),
        ("3, no method", " /mqtt HTTP/1.1", format!("{host}{REST}"), "400 Bad Request"),
        ("3.2.2, absolute-form", "GET http://h/mqtt HTTP/1.1", format!("{host}{REST}"), opened),
        ("3.2, no Host", "GET /mqtt HTTP/1.1", REST.to_owned(), "400 Bad Request"),
        ("3.2, two of them", "GET /mqtt HTTP/1.1", format!("{host}{host}{REST}"), "400 Bad Request"),
        ("3.2, two that differ", "GET /mqtt HTTP/1.1", format!("{host}{REST}Host: other\r\n"), "400 Bad Request"),
        ("3.2, an invalid one", "GET /mqtt HTTP/1.1", format!("Host: a b\r\n{REST}"), "400 Bad Request"),
        ("3.2, with a port", "GET /mqtt HTTP/1.1", format!("Host: [::1]:8083\r\n{REST}"), opened),
        ("3.2, an empty one", "GET /mqtt HTTP/1.1", format!("Host:\r\n{REST}"), opened),
        ("3.2, for the page too", "GET / HTTP/1.1", String::new(), "400 Bad Request"),
        ("5.1, space before the colon", "GET /mqtt HTTP/1.1", format!("Host : h\r\n{REST}"), "400 Bad Request"),
        ("5.1, white space around the value", "GET /mqtt HTTP/1.1", format!("Host:\t h \t\r\n{REST}"), opened),
        (
            "5.1, any case",
            "GET /mqtt HTTP/1.1",
            format!("hOST: h\r\n{}", REST.replace("Upgrade: web", "UPGRADE: Web")),
            opened,
        ),
        ("5.2, folded line", "GET /mqtt HTTP/1.1", format!("{host}X: a\r\n b\r\n{REST}"), "400 Bad Request"),
        (
            "5.5 of RFC 9110, NUL in a value",
            "GET /mqtt HTTP/1.1",
            format!("{host}X: a\0b\r\n{REST}"),
            "400 Bad Request",
        ),
        (
            "6.1, Transfer-Encoding",
            "GET /mqtt HTTP/1.1",
            format!("{host}Transfer-Encoding: chunked\r\n{REST}"),
            "400 Bad Request",
        ),
        (
            "6.1, together with Content-Length",
            "GET /mqtt HTTP/1.1",
            format!("{host}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n{REST}"),
            "400 Bad Request",
        ),
        ("6.2, Content-Length", "GET /mqtt HTTP/1.1", format!("{host}Content-Length: 5\r\n{REST}"), "400 Bad Request"),
        ("6.2, none is one of zero", "GET /mqtt HTTP/1.1", format!("{host}Content-Length: 0\r\n{REST}"), opened),
        (
            "6.3, two that differ",
            "GET /mqtt HTTP/1.1",
            format!("{host}Content-Length: 0\r\nContent-Length: 5\r\n{REST}"),
            "400 Bad Request",
        ),
        ("6.3, a sign", "GET /mqtt HTTP/1.1", format!("{host}Content-Length: +0\r\n{REST}"), "400 Bad Request"),
    ] {
        let found = answer(format!("{line}\r\n{headers}\r\n").as_bytes());
        assert_eq!(found, format!("HTTP/1.1 {status}"), "RFC 9112, section {section}");
    }
}

#[test]
fn lines_end_with_cr_lf() {
    let whole = format!("GET /mqtt HTTP/1.1\r\nHost: h\r\n{REST}\r\n");
    assert_eq!(answer(whole.as_bytes()), "HTTP/1.1 101 Switching Protocols");
    assert_eq!(answer(whole.replace("\r\n", "\n").as_bytes()), "HTTP/1.1 400 Bad Request");
    // each line end alone
    let ends: Vec<usize> = whole.match_indices("\r\n").map(|(at, _)| at).collect();
    for end in ends {
        let request = [&whole[..end], &whole[end + 1..]].concat();
        assert_eq!(answer(request.as_bytes()), "HTTP/1.1 400 Bad Request", "LF at byte {end}");
    }
}

#[test]
fn handshakes_are_taken_or_refused_as_rfc_6455_says() {
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for (section, from, to, status) in [
        ("4.1, no key", key, "", "400"),
        ("4.1, two keys", key, &format!("{key}{key}"), "400"),
        ("4.1, a key of 15 bytes", "b25jZQ==", "b25j", "400"),
        ("4.1, a key that is not base64", "dGhl", "d?hl", "400"),
        ("4.1, two versions", "Version: 13\r\n", "Version: 13\r\nSec-WebSocket-Version: 8\r\n", "400"),
        ("4.4, another version", "Version: 13", "Version: 7", "426"),
        ("4.4, no version", "Sec-WebSocket-Version: 13\r\n", "", "426"),
        ("4.2.1, the token among others", "Connection: Upgrade", "Connection: keep-alive, upgrade", "101"),
        (
            "4.2.1, an extension that is not known",
            "Upgrade: web",
            "Sec-WebSocket-Extensions: x-y; a=1\r\nUpgrade: web",
            "101",
        ),
        ("4.2.1, another protocol", "Upgrade: websocket", "Upgrade: h2c", "200"),
    ] {
        let request = format!("GET /mqtt HTTP/1.1\r\nHost: h\r\n{}\r\n", REST.replacen(from, to, 1));
        let found = answer(request.as_bytes());
        assert!(found.starts_with(&format!("HTTP/1.1 {status} ")), "RFC 6455, section {section}: {found}");
    }
}
