//! Hex that is expected or sent: pieces of bytes, and names of Packet Identifiers.

use super::{matching::Fit, names::Names};
use crate::{packet::Value, vector::script::HexPiece};

/// Whether the bytes are exactly these. A name without a value is bound to its two bytes.
pub(crate) fn fits(pieces: &[HexPiece], bytes: &[u8], names: &Names) -> Option<Fit> {
    let mut names = names.clone();
    let mut rest = bytes;
    for piece in pieces {
        match piece {
            HexPiece::Bytes(wanted) => rest = rest.strip_prefix(&wanted[..])?,
            HexPiece::PacketId(name) => {
                let (id, after) = rest.split_first_chunk::<2>()?;
                let id = Value::Number(u16::from_be_bytes(*id).into());
                match names.get(name) {
                    Some(bound) if *bound != id => return None,
                    Some(_) => {}
                    None => names.bind(name, id),
                }
                rest = after;
            }
        }
    }
    rest.is_empty().then_some(Fit { names, warnings: Vec::new() })
}

/// The bytes to send. `free` returns a Packet Identifier for a name without a value.
pub(crate) fn bytes(pieces: &[HexPiece], names: &mut Names, mut free: impl FnMut() -> u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    for piece in pieces {
        match piece {
            HexPiece::Bytes(written) => bytes.extend_from_slice(written),
            HexPiece::PacketId(name) => {
                let bound = names.get(name).and_then(Value::as_number).and_then(|number| u16::try_from(number).ok());
                let id = bound.unwrap_or_else(&mut free);
                if bound.is_none() {
                    names.bind(name, Value::Number(id.into()));
                }
                bytes.extend_from_slice(&id.to_be_bytes());
            }
        }
    }
    bytes
}
