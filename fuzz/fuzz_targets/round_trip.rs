#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mqttspec_fuzz::round_trip(bytes));
