//! Raw bytes, all versions: no panic, and what is decoded is encoded again in its shortest form.
#![no_main]

#[path = "../../codec/tests/shared/laws.rs"]
#[allow(dead_code)]
mod laws;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| laws::decodes_or_says_why(bytes));
