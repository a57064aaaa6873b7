//! Brokers that break the probe's expectations are checked all the same, and what is no broker is named.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
};

use mqttspec_broker::{core::Config, shell::Embedded};

use crate::{
    LIMIT,
    check::{Run, check},
    server::{broker, listen, packet_len, polite, silence},
};

const PING: [&str; 2] = ["--only", "3.12-pingreq/answered/each-one"];

fn assert_shown(run: &Run, code: i32, fragments: &[&str]) {
    let output = format!("{}{}", run.stdout, run.stderr);
    assert_eq!(run.code, Some(code), "{output}");
    for fragment in fragments {
        assert!(output.contains(fragment), "{fragment:?} is not in {output}");
    }
}

#[test]
fn silence_to_one_version_is_a_version_that_is_not_spoken() {
    let url = listen("mqtt", |stream, _| {
        broker(stream, |packet, v5| if v5 { Some(Vec::new()) } else { Some(polite(packet, v5)) })
    });
    let run = check(&url, &PING, LIMIT);
    assert_shown(&run, 0, &["does not answer a v5 CONNECT: no answer within 10 s", "1 passed", "1 skipped"]);
}

#[test]
fn illegal_code_in_connack_is_a_finding() {
    let url = listen("mqtt", |stream, _| {
        broker(stream, |packet, v5| match (packet[0], v5) {
            (0x10, false) => Some(vec![0x20, 2, 0, 6]),
            _ => Some(polite(packet, v5)),
        })
    });
    let run = check(&url, &PING, LIMIT);
    assert_shown(&run, 1, &["FAIL  v3.1.1", "[MQTT-3.2.2-6]", "20 02 00 06", "1 passed"]);
}

#[test]
fn dead_client_identifier_does_not_end_the_run() {
    let url = listen("mqtt", |stream, _| {
        broker(stream, |packet, v5| match packet.ends_with(b"probe") {
            true => Some(Vec::new()),
            false => Some(polite(packet, v5)),
        })
    });
    let run = check(&url, &PING, LIMIT);
    assert_shown(&run, 0, &["probe: no answer within 10 s, but", "probe2 is served", "2 passed"]);
}

/// A proxy before the reference broker that changes what it sends, packet by packet.
fn proxy(change: impl Fn(&[u8]) -> Vec<u8> + Copy + Send + Sync + 'static) -> (Embedded, String) {
    let reference = Embedded::start(Config::default(), &["mqtt://127.0.0.1:0".parse().unwrap()]).unwrap();
    let port = reference.urls()[0].port();
    let url = listen("mqtt", move |client, _| {
        let upstream = TcpStream::connect(("127.0.0.1", port))?;
        let (mut from, mut to) = (client.try_clone()?, upstream.try_clone()?);
        thread::spawn(move || std::io::copy(&mut from, &mut to).and_then(|_| to.shutdown(std::net::Shutdown::Both)));
        relay(upstream, client, change)
    });
    (reference, url)
}

fn relay(mut from: TcpStream, mut to: TcpStream, change: impl Fn(&[u8]) -> Vec<u8>) -> std::io::Result<()> {
    let (mut received, mut bytes) = (Vec::new(), [0; 4096]);
    loop {
        match from.read(&mut bytes)? {
            0 => return to.shutdown(std::net::Shutdown::Both),
            len => received.extend(&bytes[..len]),
        }
        while let Some(len) = packet_len(&received) {
            let packet: Vec<u8> = received.drain(..len).collect();
            to.write_all(&change(&packet))?;
        }
    }
}

/// Nearly every case needs a fence, which is a PINGREQ where that is answered.
#[test]
fn broken_pingresp_fails_only_the_cases_about_it() {
    let malformed = |packet: &[u8]| if packet == [0xD0, 0] { vec![0xD0, 1, 0] } else { packet.to_vec() };
    let (_reference, url) = proxy(malformed);
    let cases = ["--only", "3.12-pingreq/answered/each-one", "--only", "3.08-subscribe", "--only", "3.04-puback"];
    let run = check(&url, &cases, LIMIT);
    assert_shown(&run, 1, &["UNSUBSCRIBE shows what the broker has processed"]);
    let failed: Vec<&str> = run.stdout.lines().filter(|line| line.starts_with("FAIL")).collect();
    assert_eq!(failed.len(), 2, "{}", run.stdout);
    assert!(failed.iter().all(|line| line.contains("3.12-pingreq/answered/each-one")), "{failed:?}");
}

/// A proxy before the reference broker that leaves out the WebSocket subprotocol.
#[test]
fn missing_subprotocol_is_a_finding() {
    let reference = Embedded::start(Config::default(), &["ws://127.0.0.1:0/mqtt".parse().unwrap()]).unwrap();
    let port = reference.urls()[0].port();
    let url = listen("ws", move |mut client, _| {
        let mut upstream = TcpStream::connect(("127.0.0.1", port))?;
        let (mut from, mut to) = (client.try_clone()?, upstream.try_clone()?);
        thread::spawn(move || std::io::copy(&mut from, &mut to).and_then(|_| to.shutdown(std::net::Shutdown::Both)));
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            upstream.read_exact(&mut byte)?;
            head.extend(byte);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let kept =
            head.split_inclusive("\r\n").filter(|line| !line.to_lowercase().starts_with("sec-websocket-protocol"));
        client.write_all(kept.collect::<String>().as_bytes())?;
        std::io::copy(&mut upstream, &mut client)?;
        client.shutdown(std::net::Shutdown::Both)
    });
    let cases = ["--only", "6.0-websocket/subprotocol/found-in-a-list", "--only", "3.12-pingreq/answered/each-one"];
    let run = check(&format!("{url}/mqtt"), &cases, LIMIT);
    assert_shown(
        &run,
        1,
        &["FAIL  v5 6.0-websocket/subprotocol/found-in-a-list", "[MQTT-6.0.0-4]", "2 passed", "2 failed"],
    );
}

#[test]
fn what_is_no_broker_is_named() {
    let banner = |bytes: &'static [u8]| {
        listen("mqtt", move |mut stream, _| {
            stream.write_all(bytes)?;
            silence(&mut stream)
        })
    };
    for (url, fragments) in [
        (
            banner(b"SSH-2.0-OpenSSH_9.6\r\n"),
            ["an SSH banner (`SSH-2.0-OpenSSH_9.6`)", "is this the port of the broker?"],
        ),
        (banner(&[0x15, 3, 1, 0, 2, 2, 70]), ["a TLS alert (15 03 01 00 02 02 46)", "mqtts://"]),
        (
            banner(&[0xDE, 0xAD, 0xBE, 0xEF]),
            ["bytes that are not MQTT (DE AD BE EF)", "is this the port of the broker?"],
        ),
        (
            listen("mqtt", |_, _| Ok(())),
            ["does not accept a v3.1.1 CONNECT", "for TLS use mqtts://, for WebSocket ws://"],
        ),
        (listen("mqtt", |mut stream, _| silence(&mut stream)), ["no answer within 10 s", "for TLS use mqtts://"]),
    ] {
        let run = check(&url, &["--only", "3.12-pingreq", "--mqtt-version", "v3.1.1"], LIMIT);
        assert_shown(&run, 2, &fragments);
    }
}
