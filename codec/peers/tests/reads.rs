//! Every codec reads and writes all that is measured: an empty cell in a table is a version that it lacks.

#[path = "../../benches/workloads/mod.rs"]
#[expect(dead_code, reason = "shared with the benchmarks")]
mod workloads;

use mqttspec_codec_peers::PEERS;
use workloads::{NAMES, workload};

#[test]
fn every_codec_reads_and_writes_every_workload() {
    for name in NAMES {
        let workload = workload(name);
        for peer in &PEERS {
            let Some(calls) = (if name.ends_with('3') { &peer.v3 } else { &peer.v5 }) else { continue };
            let of = format!("{name} by {}", peer.name);
            assert_eq!((calls.decode)(&workload.bytes), Ok(workload.packets), "{of}");
            for piece in [7, 1] {
                let found = calls.decode_pieces.map(|decode| decode(&workload.bytes, piece));
                assert!(found.is_none_or(|found| found == Ok(workload.packets)), "{of} in {piece} B: {found:?}");
            }
            assert!((calls.encode)(&workload.bytes, 1).is_some(), "{of} encoded");
        }
    }
}
