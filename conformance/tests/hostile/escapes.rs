//! A broker that sends escape sequences, line breaks, C1 controls and bidirectional overrides in every field.

use std::{io::Write, net::TcpStream, time::Duration};

use serde_json::Value;

use crate::{
    check::{Run, check_with},
    server::{broker, listen, polite, upgrade},
};

/// The title of a terminal, a cleared screen, a forged line, and characters that change the direction of text.
const EVIL: &str = "\x1B]0;owned\x07\x1B[2J\r\nFAIL  forged\u{9B}5m\u{85}\u{7F}\u{202E}\u{2066}\u{2028}\u{200F}";

fn string(text: &str) -> Vec<u8> {
    [&(text.len() as u16).to_be_bytes()[..], text.as_bytes()].concat()
}

/// A packet with properties, each of which has that text.
fn packet(first: u8, head: &[u8], properties: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut block = Vec::new();
    for property in properties {
        block.push(*property);
        block.extend(string(EVIL));
        // a User Property has two texts
        if *property == 0x26 {
            block.extend(string(EVIL));
        }
    }
    let body = [head, &length(block.len()), &block, payload].concat();
    [&[first], &length(body.len())[..], &body].concat()
}

fn length(mut length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let (byte, more) = ((length % 128) as u8, length / 128 > 0);
        bytes.push(if more { byte | 0x80 } else { byte });
        length /= 128;
        if !more {
            return bytes;
        }
    }
}

fn evil(request: &[u8], v5: bool) -> Vec<u8> {
    let id = request.get(2..4).unwrap_or(&[0, 1]);
    if !v5 {
        let body = [string(EVIL), EVIL.as_bytes().to_vec()].concat();
        let publish = [&[0x30], &length(body.len())[..], &body].concat();
        return match request[0] >> 4 {
            8 => [polite(request, v5), publish].concat(),
            _ => polite(request, v5),
        };
    }
    match request[0] >> 4 {
        // Assigned Client Identifier, Response Information, Server Reference, Reason String, User Property
        1 => packet(0x20, &[0, 0], &[0x12, 0x1A, 0x1C, 0x1F, 0x26], &[]),
        3 if request[0] & 6 == 2 => {
            let topic = 2 + usize::from(request[2]) * 256 + usize::from(request[3]);
            let id = request.get(2 + topic..4 + topic).unwrap_or(&[0, 1]);
            packet(0x40, &[id, &[0x97]].concat(), &[0x1F, 0x26], &[])
        }
        8 => {
            let suback = packet(0x90, id, &[0x1F, 0x26], &[0]);
            // Content Type, Response Topic, User Property
            let publish = packet(0x30, &string(EVIL), &[0x03, 0x08, 0x26], EVIL.as_bytes());
            [suback, publish].concat()
        }
        10 => packet(0xB0, id, &[0x1F, 0x26], &[0x11]),
        // DISCONNECT instead of PINGRESP
        12 => packet(0xE0, &[0x8B], &[0x1C, 0x1F, 0x26], &[]),
        _ => Vec::new(),
    }
}

#[test]
fn every_field() {
    let url = listen("mqtt", |stream, _| broker(stream, |packet, v5| Some(evil(packet, v5))));
    let cases = [
        "3.04-puback/answered",
        "3.08-subscribe/replaced",
        "3.10-unsubscribe",
        "3.12-pingreq",
        "3.03-publish/own-message",
    ];
    let mut arguments = vec!["--verbose"];
    cases.iter().for_each(|case| arguments.extend(["--only", case]));
    for colours in [true, false] {
        let run = check_with(&url, &arguments, Duration::from_secs(150), colours);
        assert!(run.stdout.contains("\\x1B]0;owned\\x07"), "the text is shown, escaped: {}", run.stdout);
        assert!(run.stdout.contains("\\u202E"), "{}", run.stdout);
        is_harmless(&run, colours);
    }
}

#[test]
fn answers_that_are_not_mqtt() {
    let http = |status: &'static str| {
        move |mut stream: TcpStream, _| {
            std::io::Read::read(&mut stream, &mut [0; 4096])?;
            write!(stream, "HTTP/1.1 {status} \u{9B}5m\u{202E}\r\nContent-Length: 0\r\n\r\n")
        }
    };
    let servers = [
        listen("ws", http("404")),
        listen("mqtt", http("400")),
        listen("mqtt", |mut stream, _| stream.write_all(EVIL.as_bytes())),
        listen("mqtt", |mut stream, _| write!(stream, "220 {EVIL}\r\n")),
        listen("ws", |mut stream, _| {
            upgrade(&mut stream, "Sec-WebSocket-Protocol: \u{9B}5m\u{202E}\r\n")?;
            // a close frame with a reason
            stream.write_all(&[&[0x88, 2 + EVIL.len() as u8, 0x03, 0xE8], EVIL.as_bytes()].concat())
        }),
    ];
    for url in servers {
        let run =
            check_with(&url, &["--only", "6.0-websocket", "--only", "3.12-pingreq"], Duration::from_secs(60), false);
        assert_eq!(run.code, Some(2), "{url}: {}", run.stdout);
        is_harmless(&run, false);
    }
}

/// Checks everything that a run has printed and written, apart from the suite's own colours.
fn is_harmless(run: &Run, colours: bool) {
    for text in [&run.stdout, &run.stderr] {
        let text = if colours { without_colours(text) } else { text.clone() };
        let found = text.chars().find(|c| *c != '\n' && acts(*c));
        assert_eq!(found, None, "{text:?}");
        assert!(!text.lines().any(|line| line.starts_with("FAIL  forged")), "{text}");
    }
    let found = run.json.chars().find(|c| *c != '\n' && acts(*c));
    assert_eq!(found, None, "{}", run.json);
    if !run.json.is_empty() {
        let json: Value = serde_json::from_str(&run.json).expect("JSON");
        every_string(&json);
    }
}

/// Nor do the texts act once a program has read them.
fn every_string(value: &Value) {
    match value {
        Value::String(text) => {
            assert!(!text.chars().any(|c| c != '\n' && acts(c)), "{text:?}");
        }
        Value::Array(items) => items.iter().for_each(every_string),
        Value::Object(fields) => fields.values().for_each(every_string),
        _ => {}
    }
}

/// Whether a character acts on a terminal or changes how other text is shown.
fn acts(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Removes the sequences for colours and weights; no field of the broker above ends one with `m`.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\x1B[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (sequence, rest) = part.split_once('m').expect("a colour");
        assert!(sequence.chars().all(|c| c.is_ascii_digit() || c == ';'), "{sequence:?}");
        plain.push_str(rest);
    }
    plain
}
