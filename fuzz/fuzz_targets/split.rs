//! A stream in pieces gives the same packets and the same error as in one.
#![no_main]

#[path = "../../codec/tests/shared/laws.rs"]
#[allow(dead_code)]
mod laws;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Stream<'a> {
    maximum_packet_size: u16,
    lengths: [u8; 4],
    bytes: &'a [u8],
}

fuzz_target!(|stream: Stream<'_>| {
    laws::pieces_are_as_one(stream.bytes, &stream.lengths, stream.maximum_packet_size);
});
