//! Servers that send without end, send nothing, or try to write to the terminal: `mqttspec check` stays within its
//! memory, ends, and prints nothing as it came.

mod check;
mod server;

use std::{io::Write, net::TcpStream, time::Duration};

use check::{Run, check};
use server::{broker, flood, listen, polite, silence, trickle, upgrade};

/// A few cases with one and with several connections, of both versions.
const FEW: [&str; 4] = ["--only", "3.04-puback", "--only", "3.12-pingreq/answered/each-one"];

/// How many connections the probe and the bystander make before the first case.
const PROBE: usize = 12;

/// Behaves on the connections of the probe, and on the others as said.
fn after_the_probe(
    stream: TcpStream,
    number: usize,
    conduct: impl Fn(TcpStream) -> std::io::Result<()>,
) -> std::io::Result<()> {
    if number < PROBE { broker(stream, |packet, v5| Some(polite(packet, v5))) } else { conduct(stream) }
}

fn report(name: &str, run: &Run) {
    eprintln!("{name}: exit {:?}, {} MiB, {:.1} s", run.code, run.memory, run.elapsed.as_secs_f64());
}

/// Sends these bytes for ever, once the CONNECT is there.
fn floods(bytes: &'static [u8]) -> impl Fn(TcpStream) -> std::io::Result<()> {
    move |mut stream| flood(&mut stream, bytes)
}

/// Accepts the CONNECT, and then sends these bytes for ever.
fn accepts_and_floods(bytes: &'static [u8]) -> impl Fn(TcpStream) -> std::io::Result<()> {
    move |mut stream| {
        let mut writer = stream.try_clone()?;
        let mut first = [0; 4096];
        let len = std::io::Read::read(&mut stream, &mut first)?;
        let v5 = first[..len].get(8) == Some(&5);
        writer.write_all(&polite(&[0x10], v5))?;
        flood(&mut writer, bytes)
    }
}

#[test]
fn endless_packets_before_connack() {
    for (name, bytes) in [
        ("PUBLISH", &[0x30, 4, 0, 1, b't', b'm'][..]),
        ("PUBACK", &[0x40, 2, 0, 1]),
        ("huge", &[0x30, 0xFF, 0xFF, 0xFF, 0x7F, 0, 1, b't']),
    ] {
        let url = listen("mqtt", move |stream, _| floods(bytes)(stream));
        let run = check(&url, &FEW, Duration::from_secs(60));
        report(&format!("{name} before CONNACK"), &run);
    }
}

#[test]
fn endless_packets_after_connack() {
    for (name, bytes) in [
        ("PUBACK", &[0x40, 2, 0, 1][..]),
        ("PINGRESP", &[0xD0, 0]),
        ("PUBLISH", &[0x30, 4, 0, 1, b't', b'm']),
        ("huge", &[0x30, 0xFF, 0xFF, 0xFF, 0x7F, 0, 1, b't']),
    ] {
        let url = listen("mqtt", move |stream, number| after_the_probe(stream, number, accepts_and_floods(bytes)));
        let run = check(&url, &FEW, Duration::from_secs(60));
        report(&format!("{name} after CONNACK"), &run);
        assert_eq!(run.code, Some(1), "{}", run.stdout);
        let url = listen("mqtt", move |stream, _| accepts_and_floods(bytes)(stream));
        let run = check(&url, &FEW, Duration::from_secs(60));
        report(&format!("{name} after every CONNACK"), &run);
    }
}

#[test]
fn endless_frames() {
    // a binary frame of 1 GiB; the start of a message and its fragments; empty messages; pings
    let frames: [(&str, &[u8], Vec<u8>); 4] = [
        ("frame of 1 GiB", &[0x82, 127, 0, 0, 0, 0, 0x40, 0, 0, 0], vec![0]),
        ("fragments", &[0x02, 1, 0x30], [&[0x00, 126, 0x10, 0][..], &[0; 0x1000]].concat()),
        ("empty messages", &[], vec![0x82, 0]),
        ("pings", &[], vec![0x89, 0]),
    ];
    for (name, start, repeated) in frames {
        let url = listen("ws", move |mut stream, _| {
            upgrade(&mut stream, "Sec-WebSocket-Protocol: mqtt\r\n")?;
            stream.write_all(start)?;
            flood(&mut stream, &repeated)
        });
        let run = check(&url, &FEW, Duration::from_secs(60));
        report(name, &run);
    }
    let url = listen("ws", |mut stream, _| {
        stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\n")?;
        flood(&mut stream, b"X-Endless: yes\r\n")
    });
    let run = check(&url, &FEW, Duration::from_secs(60));
    report("endless header", &run);
    assert_eq!(run.code, Some(2));
}

#[test]
fn silence_after_the_probe() {
    let url = listen("mqtt", |stream, number| after_the_probe(stream, number, |mut stream| silence(&mut stream)));
    let run = check(&url, &FEW, Duration::from_secs(100));
    report("silence", &run);
    let url = listen("mqtt", |stream, number| {
        after_the_probe(stream, number, |mut stream| trickle(&mut stream, [0x30, 0x7F].into_iter().chain([b'x'; 200])))
    });
    let run = check(&url, &FEW, Duration::from_secs(100));
    report("trickle", &run);
}

#[test]
fn whole_suite() {
    for (name, bytes) in
        [("PINGRESP", &[0xD0, 0][..]), ("large PUBLISH", LARGE), ("PUBLISH", &[0x30, 4, 0, 1, b't', b'm'])]
    {
        let url = listen("mqtt", move |stream, number| after_the_probe(stream, number, accepts_and_floods(bytes)));
        let run = check(&url, &[], Duration::from_secs(300));
        report(&format!("whole suite, {name}"), &run);
    }
    let url = listen("mqtt", |stream, number| after_the_probe(stream, number, |mut stream| silence(&mut stream)));
    let run = check(&url, &[], Duration::from_secs(300));
    report("whole suite, silence", &run);
}

static LARGE: &[u8] = &{
    let mut packet = [b'x'; 0x8000 + 4];
    packet[0] = 0x30;
    packet[1] = 0x80;
    packet[2] = 0x80;
    packet[3] = 0x02;
    packet[4] = 0;
    packet[5] = 1;
    packet
};
