//! Times beside ours, of the processor. Rounds alternate between the codecs, so that load on the machine meets all of
//! them.

use std::{fs, hint::black_box};

use cpu_time::ThreadTime;

use crate::{
    PEERS,
    codec::{Calls, Peer},
    workloads::{NAMES, Workload, encode_all, workload},
};

/// Nanoseconds per packet; `None` where the codec lacks the version, refuses the bytes, or cannot do it.
type Measure<'w> = Box<dyn FnMut() -> Option<f64> + 'w>;

/// Prints all tables.
pub fn print() {
    let before = load();
    let workloads = NAMES.map(workload);
    println!("Decode, ns per packet (ratio to ours), median of {ROUNDS} alternating rounds:\n");
    header();
    for (name, workload) in NAMES.iter().zip(&workloads) {
        row(name, our_decode(workload), |calls| decode(workload, calls));
    }
    for piece in [7, 1] {
        for (name, workload) in NAMES.iter().zip(&workloads).filter(|(name, _)| name.starts_with("mixed")) {
            row(&format!("{name} in {piece} B"), our_pieces(workload, piece), |calls| pieces(workload, piece, calls));
        }
    }
    println!("\nEncode, the same:\n");
    header();
    for (name, workload) in NAMES.iter().zip(&workloads) {
        row(name, our_encode(workload), |calls| encode(workload, calls));
    }
    println!("\n{}", other_lengths(&workloads));
    println!("\n{}; load before {before}, after {}", machine(), load());
}

const ROUNDS: usize = 9;
/// How many packets are a round: some milliseconds at least.
const PACKETS: u64 = 200_000;

fn header() {
    println!("| | ours | {} |", PEERS.each_ref().map(|peer| peer.name).join(" | "));
    println!("|---|---|{}", "---|".repeat(PEERS.len()));
}

/// Measures a row of the table, and prints it.
fn row<'w>(name: &str, mut ours: Measure<'w>, of: impl Fn(&'static Calls) -> Option<Measure<'w>>) {
    let mut peers = PEERS.each_ref().map(|peer| calls(peer, name).and_then(&of));
    let mut times: [Vec<f64>; PEERS.len() + 1] = Default::default();
    for _ in 0..ROUNDS {
        let [of_ours, of_peers @ ..] = &mut times;
        of_ours.extend(ours());
        for (measure, times) in peers.iter_mut().zip(of_peers) {
            times.extend(measure.as_mut().and_then(|measure| measure()));
        }
    }
    let [ours, peers @ ..] = times.map(median);
    let ours = ours.expect("ours does all of it");
    let cell = |time: Option<f64>| time.map_or(String::new(), |time| format!("{time:.0} ({:.1})", time / ours));
    println!("| {name} | {ours:.1} | {} |", peers.map(cell).join(" | "));
}

fn median(mut times: Vec<f64>) -> Option<f64> {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied()
}

/// Nanoseconds per packet of so many times the workload.
fn timed(workload: &Workload, mut run: impl FnMut() -> Option<u64>) -> Option<f64> {
    let times = PACKETS / workload.packets;
    let start = ThreadTime::now();
    for _ in 0..times {
        black_box(run()?);
    }
    Some(start.elapsed().as_nanos() as f64 / (times * workload.packets) as f64)
}

fn our_decode(workload: &Workload) -> Measure<'_> {
    Box::new(move || timed(workload, || Some(black_box(workload).decode())))
}

fn decode<'w>(workload: &'w Workload, calls: &'static Calls) -> Option<Measure<'w>> {
    let all = |packets| (packets == workload.packets).then_some(packets);
    Some(Box::new(move || timed(workload, || (calls.decode)(black_box(&workload.bytes)).ok().and_then(all))))
}

fn our_pieces(workload: &Workload, piece: usize) -> Measure<'_> {
    let mut buffer = vec![0; 4096];
    Box::new(move || timed(workload, || Some(black_box(workload).split(piece, &mut buffer))))
}

fn pieces<'w>(workload: &'w Workload, piece: usize, calls: &'static Calls) -> Option<Measure<'w>> {
    let decode = calls.decode_pieces?;
    let all = |packets| (packets == workload.packets).then_some(packets);
    Some(Box::new(move || timed(workload, || decode(black_box(&workload.bytes), piece).ok().and_then(all))))
}

fn our_encode(workload: &Workload) -> Measure<'_> {
    let (packets, mut buffer) = (workload.decoded(), vec![0; 4096]);
    Box::new(move || timed(workload, || Some(encode_all(black_box(&packets), workload.version, &mut buffer) as u64)))
}

fn encode<'w>(workload: &'w Workload, calls: &'static Calls) -> Option<Measure<'w>> {
    let times = (PACKETS / workload.packets) as u32;
    let packets = f64::from(times) * workload.packets as f64;
    Some(Box::new(move || Some((calls.encode)(black_box(&workload.bytes), times)?.time.as_nanos() as f64 / packets)))
}

/// Who writes more or less than was read: defaults may be left out, or written out.
fn other_lengths(workloads: &[Workload]) -> String {
    let mut found = Vec::new();
    for (name, workload) in NAMES.iter().zip(workloads) {
        for peer in &PEERS {
            let encoded = calls(peer, name).and_then(|calls| (calls.encode)(&workload.bytes, 1));
            if let Some(encoded) = encoded.filter(|encoded| encoded.written != workload.bytes.len()) {
                let average = |bytes: usize| bytes as f64 / workload.packets as f64;
                let (written, read) = (average(encoded.written), average(workload.bytes.len()));
                found.push(format!("{} {name} {written:.0} of {read:.0}", peer.name));
            }
        }
    }
    format!("Bytes per packet where not as many are written as were read: {}.", found.join(", "))
}

fn calls(peer: &'static Peer, name: &str) -> Option<&'static Calls> {
    if name.contains('3') { peer.v3.as_ref() } else { peer.v5.as_ref() }
}

/// The processors, as the system names them.
fn machine() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let mut names = text.lines().filter_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let (name, more) = (names.next().map_or("unknown processor", |(_, name)| name), names.count());
    format!("{} x {name}", more + 1)
}

/// The load of the last minute.
fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("unknown").to_owned()
}
