//! How what is sent is cut into frames, or writes.

use crate::script::Framing;

/// The pieces of some packets of one write; none is empty.
pub(super) fn pieces(framing: Framing, packets: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let whole: Vec<u8> = packets.concat();
    let mut pieces: Vec<Vec<u8>> = match framing {
        Framing::Packet | Framing::Joined => vec![whole],
        Framing::Bytes => whole.chunks(1).map(<[u8]>::to_vec).collect(),
        Framing::Cut(at) => packets.iter().flat_map(|packet| cut(packet, at)).collect(),
    };
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

fn cut(packet: &[u8], at: usize) -> Vec<Vec<u8>> {
    match packet.split_at_checked(at) {
        Some((head, rest)) => vec![head.to_vec(), rest.to_vec()],
        None => vec![packet.to_vec()],
    }
}
