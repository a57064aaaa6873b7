//! Packets of every type with every field: what is encoded decodes to the same.
#![no_main]

#[path = "../../codec/tests/shared/mod.rs"]
#[allow(dead_code)]
mod shared;

use libfuzzer_sys::fuzz_target;
use shared::{generate::Generated, laws};

fuzz_target!(|generated: Generated<'_>| {
    laws::round_trips(&generated.packet(), generated.version);
});
