//! Times of other codecs beside ours, on the same bytes and in one run: `cargo run --release`.
//!
//! Rounds alternate between the codecs, so that load on the machine meets all of them; the median is printed.

#[path = "../../benches/workloads/mod.rs"]
#[expect(dead_code, reason = "shared with the benchmarks")]
mod workloads;

use std::{hint::black_box, time::Instant};

use bytes::BytesMut;
use mqttspec_codec::Version;
use tokio_util::codec::Decoder;
use workloads::{Workload, workload};

fn main() {
    println!("decode, ns per packet (ratio to ours), median of {ROUNDS} alternating rounds\n");
    println!("| | ours | {} |", PEERS.map(|(name, _)| name).join(" | "));
    println!("|---|---|{}", "---|".repeat(PEERS.len()));
    for name in workloads::NAMES {
        let workload = workload(name);
        let mut times: [Vec<f64>; PEERS.len() + 1] = Default::default();
        for _ in 0..ROUNDS {
            times[0].extend(time(&workload, |workload| Some(workload.decode())));
            for ((_, decode), times) in PEERS.iter().zip(&mut times[1..]) {
                times.extend(time(&workload, decode));
            }
        }
        let [ours, peers @ ..] = times.map(median);
        let ours = ours.expect("decodes what it encoded");
        let cell = |time: Option<f64>| time.map_or(String::new(), |time| format!("{time:.0} ({:.1})", time / ours));
        println!("| {name} | {ours:.1} | {} |", peers.map(cell).join(" | "));
    }
}

const ROUNDS: usize = 9;

/// Each decodes the whole workload; `None` where the codec has not that version or refuses the bytes.
const PEERS: [(&str, fn(&Workload) -> Option<u64>); 3] =
    [("rumqttc", rumqttc), ("rmqtt-codec", rmqtt), ("mqttrs", mqttrs)];

/// Nanoseconds per packet over at least some milliseconds.
fn time(workload: &Workload, decode: impl Fn(&Workload) -> Option<u64>) -> Option<f64> {
    let times = 200_000 / workload.packets;
    let start = Instant::now();
    for _ in 0..times {
        black_box(decode(black_box(workload))?);
    }
    Some(start.elapsed().as_nanos() as f64 / (times * workload.packets) as f64)
}

fn median(mut times: Vec<f64>) -> Option<f64> {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied()
}

fn rumqttc(workload: &Workload) -> Option<u64> {
    // the copy into the buffer that it wants is part of the time, as it is for rmqtt-codec: about 4 ns a packet
    let mut bytes = BytesMut::from(&workload.bytes[..]);
    let mut packets = 0;
    while !bytes.is_empty() {
        if workload.version == Version::V5 {
            black_box(rumqttc::v5::mqttbytes::v5::Packet::read(&mut bytes, None).ok()?);
        } else {
            black_box(rumqttc::mqttbytes::v4::Packet::read(&mut bytes, 65_536).ok()?);
        }
        packets += 1;
    }
    Some(packets)
}

fn rmqtt(workload: &Workload) -> Option<u64> {
    let mut bytes = BytesMut::from(&workload.bytes[..]);
    let mut packets = 0;
    if workload.version == Version::V5 {
        let mut codec = rmqtt_codec::v5::Codec::new(0, 0);
        while let Some(packet) = codec.decode(&mut bytes).ok()? {
            black_box(packet);
            packets += 1;
        }
    } else {
        let mut codec = rmqtt_codec::v3::Codec::new(0);
        while let Some(packet) = codec.decode(&mut bytes).ok()? {
            black_box(packet);
            packets += 1;
        }
    }
    (packets == workload.packets).then_some(packets)
}

/// It has 3.1.1 only.
fn mqttrs(workload: &Workload) -> Option<u64> {
    if workload.version == Version::V5 {
        return None;
    }
    let (mut rest, mut packets) = (&workload.bytes[..], 0);
    while !rest.is_empty() {
        // `decode_slice` does not say how many bytes it took
        let len = mqttspec_codec::packet_length(rest, u32::MAX).ok()??;
        black_box(mqttrs::decode_slice(rest.get(..len)?).ok()??);
        rest = &rest[len..];
        packets += 1;
    }
    Some(packets)
}
