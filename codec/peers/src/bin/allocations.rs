//! Heap allocations while a packet is decoded, as Markdown. A program of its own, because counting takes time.

#[path = "../../../benches/workloads/mod.rs"]
#[expect(dead_code, reason = "shared with the benchmarks")]
mod workloads;

use allocation_counter::measure;
use mqttspec_codec_peers::PEERS;
use workloads::workload;

fn main() {
    println!("| | {} |", PEERS.each_ref().map(|peer| peer.name).join(" | "));
    println!("|---|{}", "---|".repeat(PEERS.len()));
    for name in ["pub3", "pub5"] {
        let workload = workload(name);
        let cells = PEERS.each_ref().map(|peer| {
            let calls = if name.ends_with('3') { &peer.v3 } else { &peer.v5 };
            calls.as_ref().map_or(String::new(), |calls| {
                let count = |stream: &[u8]| measure(|| assert!((calls.decode)(stream).is_ok())).count_total;
                // what a codec allocates once, for its buffers, is in both
                let more = count(&workload.bytes.repeat(2)) - count(&workload.bytes);
                format!("{:.1}", more as f64 / workload.packets as f64)
            })
        });
        println!("| {name} | {} |", cells.join(" | "));
    }
}
