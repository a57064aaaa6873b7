//! Servers that send without end, send nothing, or try to write to the terminal: `mqttspec check` stays within its
//! memory, ends, and prints nothing as it came.

mod check;
mod escapes;
mod server;

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::Duration,
};

use check::{Run, check};
use server::{broker, flood, listen, polite, silence, trickle, upgrade};

/// A few cases with one and with several connections, of both versions.
const FEW: [&str; 4] = ["--only", "3.04-puback/answered", "--only", "3.12-pingreq/answered/each-one"];

/// More connections than the suite makes before the first case.
const PROBE: usize = 60;

/// For one run on a busy machine. Most of it is what the suite waits for answers.
const LIMIT: Duration = Duration::from_secs(120);

/// Behaves on the connections of the probe, and on the others as said.
fn after_the_probe(
    stream: TcpStream,
    number: usize,
    conduct: impl Fn(TcpStream) -> std::io::Result<()>,
) -> std::io::Result<()> {
    if number < PROBE { broker(stream, |packet, v5| Some(polite(packet, v5))) } else { conduct(stream) }
}

/// Accepts the CONNECT, and then sends these bytes for ever.
fn accepts_and_floods(mut stream: TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    let mut connect = [0; 4096];
    let len = stream.read(&mut connect)?;
    let v5 = connect[..len].get(8) == Some(&5);
    stream.write_all(&polite(&[0x10], v5))?;
    flood(&mut stream, bytes)
}

/// Checks all these servers at the same time.
fn check_all(servers: Vec<(&str, String)>, arguments: &[&str]) -> Vec<Run> {
    thread::scope(|scope| {
        let runs: Vec<_> = servers.iter().map(|(_, url)| scope.spawn(move || check(url, arguments, LIMIT))).collect();
        let runs = runs.into_iter().zip(&servers).map(|(run, (name, _))| {
            let run = run.join().unwrap_or_else(|_| panic!("{name}: see above"));
            eprintln!("{name}: exit {:?}, {} MiB, {:.1} s", run.code, run.memory, run.elapsed.as_secs_f64());
            run
        });
        runs.collect()
    })
}

const PACKETS: [(&str, &[u8]); 4] = [
    ("PUBACK", &[0x40, 2, 0, 1]),
    ("PINGRESP", &[0xD0, 0]),
    ("PUBLISH", &[0x30, 4, 0, 1, b't', b'm']),
    // a Remaining Length of 256 MiB
    ("huge", &[0x30, 0xFF, 0xFF, 0xFF, 0x7F, 0, 1, b't']),
];

#[test]
fn endless_packets_instead_of_connack() {
    let servers = PACKETS.map(|(name, bytes)| (name, listen("mqtt", move |mut stream, _| flood(&mut stream, bytes))));
    let runs = check_all(servers.to_vec(), &FEW);
    assert!(runs.iter().all(|run| run.code != Some(0)));
    assert!(runs[0].stdout.contains("[MQTT-3.2.0-1]") && runs[0].code == Some(1), "{}", runs[0].stdout);
}

#[test]
fn endless_packets_behind_connack() {
    let servers =
        PACKETS.map(|(name, bytes)| (name, listen("mqtt", move |stream, _| accepts_and_floods(stream, bytes))));
    for run in check_all(servers.to_vec(), &FEW) {
        assert_eq!(run.code, Some(1), "{}{}", run.stdout, run.stderr);
    }
}

/// All cases, each of which gets as much as it takes.
#[test]
fn endless_packets_in_every_case() {
    let mut large = vec![b'x'; 0x8000 + 4];
    large[..6].copy_from_slice(&[0x30, 0x80, 0x80, 0x02, 0, 1]);
    let large = listen("mqtt", move |stream, _| accepts_and_floods(stream, &large));
    let pings = listen("mqtt", |stream, _| accepts_and_floods(stream, &[0xD0, 0]));
    for run in check_all(vec![("PINGRESP, all cases", pings), ("large PUBLISH, all cases", large)], &[]) {
        assert_eq!(run.code, Some(1), "{}", run.stderr);
    }
}

#[test]
fn endless_frames() {
    // the start, and what follows for ever: a binary frame of 1 GiB; fragments of one message; empty messages; pings
    let frames: [(&str, &[u8], Vec<u8>); 4] = [
        ("frame of 1 GiB", &[0x82, 127, 0, 0, 0, 0, 0x40, 0, 0, 0], vec![0]),
        ("fragments", &[0x02, 1, 0x30], [&[0x00, 126, 0x10, 0][..], &[0; 0x1000]].concat()),
        ("empty messages", &[], vec![0x82, 0]),
        ("pings", &[], vec![0x89, 0]),
    ];
    let servers = frames.map(|(name, start, repeated)| {
        let url = listen("ws", move |mut stream, _| {
            upgrade(&mut stream, "Sec-WebSocket-Protocol: mqtt\r\n")?;
            stream.write_all(start)?;
            flood(&mut stream, &repeated)
        });
        (name, url)
    });
    for run in check_all(servers.to_vec(), &FEW) {
        assert_eq!(run.code, Some(1), "{}", run.stderr);
    }
    let url = listen("ws", |mut stream, _| {
        stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\n")?;
        flood(&mut stream, b"X-Endless: yes\r\n")
    });
    assert_eq!(check_all(vec![("endless header", url)], &FEW)[0].code, Some(2));
}

/// The broker answers the probe, and then nobody any more: the run ends long before each case has waited.
#[test]
fn silence_after_the_probe() {
    let silent = listen("mqtt", |stream, number| after_the_probe(stream, number, |mut stream| silence(&mut stream)));
    let slow = |mut stream| trickle(&mut stream, [0x30, 0x7F].into_iter().chain([b'x'; 200]));
    let slow = listen("mqtt", move |stream, number| after_the_probe(stream, number, slow));
    let floods =
        |stream, number| after_the_probe(stream, number, |stream| accepts_and_floods(stream, &[0x40, 2, 0, 1]));
    let floods = listen("mqtt", floods);
    let servers = vec![("silence", silent), ("a byte a second", slow), ("PUBACK", floods)];
    for run in check_all(servers, &[]) {
        assert_ne!(run.code, Some(0), "{}", run.stderr);
    }
}
