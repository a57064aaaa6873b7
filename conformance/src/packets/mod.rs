//! Bytes and packets, no broker needed: the vectors of the codec, and what `mqttspec decode` and `encode` do.
//!
//! | module | what |
//! |---|---|
//! | `library`, `file` | all cases of `vectors/packets`, every mistake with its place |
//! | `case` | a case for one version, and its verdict on the codec |
//! | `defaults` | fields that are not written, and fields that a version lacks |
//! | `text` | a packet as the vector language writes it, to bytes |
//! | `dissect`, `report` | a stream of bytes to packets and errors, as text and as JSON |
//! | `discreet` | a packet for logs, without what is secret |
//! | `digits` | hex without the vector language |
//!
//! ```
//! use mqttspec::packets::{Dissector, encode};
//! use mqttspec_codec::Version;
//! let bytes = encode("PUBLISH: {topic: t, qos: 1, packet_id: 7, payload: m}", Version::V5).unwrap();
//! assert_eq!(bytes, [0x32, 7, 0, 1, b't', 0, 7, 0, b'm']);
//! let part = Dissector::new(&bytes, Version::V5).next().unwrap();
//! assert_eq!(part.lines(), ["PUBLISH: {topic: t, qos: 1, packet_id: 7, payload: m}"]);
//! ```

mod case;
mod defaults;
mod digits;
mod discreet;
mod dissect;
mod file;
mod library;
mod report;
mod text;

pub use self::{
    case::{Expected, PacketCase},
    digits::{Digits, NotHex},
    discreet::describe_discreetly,
    dissect::{Dissector, Found, Part},
    file::{PACKET_CASE_KEYS, PACKET_FILE_KEYS},
    library::PacketLibrary,
    text::{describe, encode},
};
