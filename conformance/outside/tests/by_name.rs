//! Each case as a test by its own name: `cargo test --test by_name v3.1.1::3.12`.

#[path = "shared/in_memory.rs"]
mod in_memory;

use std::process::ExitCode;

use in_memory::InMemory;
use mqttspec::{Baseline, Filter, Subject, Suite, cargo_test};

fn main() -> ExitCode {
    let suite = Suite::embedded().expect("the vectors load");
    let filter = Filter::default().only("3.12-pingreq").and_then(|filter| filter.only("3.01-connect/second-connect"));
    let baseline = Baseline::read("known-failures.yaml").expect("a baseline");
    let suite = suite.filter(filter.expect("patterns")).baseline(baseline);
    cargo_test(suite, [Subject::memory(InMemory::default)])
}
