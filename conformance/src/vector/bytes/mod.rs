//! Bytes and packets, no broker needed: the vectors of the codec, and what `mqttspec encode` does.
//!
//! | module | what |
//! |---|---|
//! | `file` | all cases of a file of `vectors/packets`, every mistake with its place |
//! | `case` | a case for one version, and its verdict on the codec |
//! | `text` | a packet as the vector language writes it, to bytes |

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
