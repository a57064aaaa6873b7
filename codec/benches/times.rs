//! Times and throughput: `cargo bench --bench times`. On a busy machine use `instructions` instead: criterion
//! prints a mean that includes the time in which other programs ran.
//!
//! A time is that of one pass over a workload of 100 or 10 000 packets; the throughput is in packets. Packets are not
//! moved in either direction: decoded ones are matched in place, encoded ones are borrowed.

mod workloads;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use workloads::{NAMES, encode_all, workload};

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for name in NAMES {
        let workload = workload(name);
        group.throughput(Throughput::Elements(workload.packets));
        group.bench_function(name, |bencher| bencher.iter(|| black_box(&workload).decode()));
    }
}

fn encode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    let mut buffer = vec![0; 65_536];
    for name in NAMES {
        let workload = workload(name);
        let packets = workload.decoded();
        group.throughput(Throughput::Elements(workload.packets));
        group.bench_function(name, |bencher| {
            bencher.iter(|| encode_all(black_box(&packets), workload.version, &mut buffer));
        });
    }
}

/// Decoding a stream that arrives in pieces of so many bytes.
fn pieces(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pieces");
    let mut buffer = vec![0; 65_536];
    for name in ["mixed3", "mixed5"] {
        let workload = workload(name);
        group.throughput(Throughput::Elements(workload.packets));
        for piece in [1460, 7, 1] {
            group.bench_function(BenchmarkId::new(name, piece), |bencher| {
                bencher.iter(|| black_box(&workload).split(piece, &mut buffer));
            });
        }
    }
}

criterion_group!(benches, decode, encode, pieces);
criterion_main!(benches);
