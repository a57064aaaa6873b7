//! Packets in the vector language: converts packets to fields and back, splits streams of bytes into packets and
//! errors, and shows them as text, hex and JSON.
//!
//! | module | what |
//! |---|---|
//! | `value` | the value of a field |
//! | `bounds` | how much memory the packets of a broker may take |
//! | [`fields`] | the fields of every Control Packet: read, write, describe |
//! | `defaults` | default fields, and fields that a version does not have |
//! | `stream` | splits a stream of bytes into packets and errors |
//! | `explain` | shows one of these as text and as JSON |
//! | `redacted` | a packet for logs, without secrets |
//! | `layout` | which bytes of a packet are which field |
//! | `hex` | bytes as text |
//! | `pasted` | text to bytes, in the notations that people paste |
//!
//! ```
//! use mqttspec::packet::PacketStream;
//! use mqttspec_codec::Version;
//! let bytes = [0x32, 7, 0, 1, b't', 0, 7, 0, b'm'];
//! let part = PacketStream::new(&bytes, Version::V5).next().unwrap();
//! assert_eq!(part.lines(), ["PUBLISH: {topic: t, qos: 1, packet_id: 7, payload: m}"]);
//! ```

mod bounds;
mod defaults;
mod explain;
pub mod fields;
mod hex;
mod layout;
mod pasted;
mod redacted;
mod stream;
mod value;

pub(crate) use self::bounds::{LARGEST_PACKET, weight};
pub use self::{
    defaults::{complete, describe, existing, fields_of, missing},
    hex::{hex, hex_digits, hex_lines},
    layout::{Piece, layout},
    pasted::{NotHex, Notation, read_pasted},
    redacted::describe_redacted,
    stream::{Found, PacketStream, Part},
    value::{Fields, Value},
};
