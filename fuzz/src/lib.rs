//! The laws of the codec as functions of raw bytes, one for each fuzz target. The same functions run under proptest in
//! `codec/tests/laws.rs` and over the byte vectors in `tests/vectors.rs`. See `README.md`.

#![forbid(unsafe_code)]

mod differential;
#[path = "../../codec/tests/shared/mod.rs"]
mod shared;

pub use self::differential::{Class, differential};

use arbitrary::{Arbitrary, Unstructured};
use shared::{generate::Generated, laws};

/// Raw bytes in all versions cause no panic, and what is decoded can be encoded again in its shortest form.
pub fn decode(bytes: &[u8]) {
    laws::decodes_or_says_why(bytes);
}

/// Packets of every type with every field, once encoded, decode to the same.
pub fn round_trip(bytes: &[u8]) {
    if let Ok(generated) = Generated::arbitrary_take_rest(Unstructured::new(bytes)) {
        laws::round_trips(&generated.packet(), generated.version);
    }
}

/// A stream in pieces gives the same packets and the same error as in one piece. The first two bytes are the Maximum
/// Packet Size, the next four the lengths of the pieces.
pub fn split(bytes: &[u8]) {
    if let Some(([high, low, lengths @ ..], stream)) = bytes.split_first_chunk::<6>() {
        laws::pieces_are_as_one(stream, lengths, u16::from_be_bytes([*high, *low]));
    }
}

/// Topic Filters match like a model that follows section 4.7 word by word.
pub fn topic_match(bytes: &[u8]) {
    if let Ok((filter, topic)) = <(&str, &str)>::arbitrary_take_rest(Unstructured::new(bytes)) {
        laws::matches_as_the_model(filter, topic);
    }
}
