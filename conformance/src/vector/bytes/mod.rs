//! Bytes and packets, without a broker: the vectors of the codec, and the work of `mqttspec encode`.
//!
//! | module | what |
//! |---|---|
//! | `file` | all cases of a file of `vectors/packets`, every mistake with its place |
//! | `case` | a case for one version, and the check of the codec against it |
//! | `text` | encodes a packet written in the vector language |

mod case;
mod file;
#[cfg(test)]
mod tests;
mod text;

pub use self::{
    case::{Expected, PacketCase},
    file::{PACKET_CASE_KEYS, PACKET_FILE_KEYS},
    text::encode,
};
