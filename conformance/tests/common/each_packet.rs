//! The reference broker with a fault that looks at one packet at a time, however a case cuts packets into pieces.

use std::{collections::BTreeMap, fmt, time::Duration};

use mqttspec::{
    Reference,
    transport::{Passage, Tamper},
};
use mqttspec_codec::{MAXIMUM_REMAINING_LENGTH, PacketType, packet_length};

use super::behind::Behind;

/// That broker, whose every packet is changed on its way. What becomes empty is dropped.
pub(crate) fn faulty<F: FnMut(&mut Passage)>(broker: Reference, change: F) -> Behind<EachPacket<F>> {
    Behind::new(broker, EachPacket { change, held: BTreeMap::new() })
}

/// Changes a passage of one packet at a time.
pub(crate) struct EachPacket<F> {
    change: F,
    /// The bytes of an incomplete packet of each client; `None` if packets can no longer be found.
    held: BTreeMap<u64, Option<Vec<u8>>>,
}

impl<F: FnMut(&mut Passage)> EachPacket<F> {
    /// The complete packets, or what cannot be one.
    fn split(&mut self, passage: Passage) -> Vec<Passage> {
        match passage {
            Passage::ToBroker(client, bytes) => {
                let Some(mut held) = self.held.insert(client, None).unwrap_or_else(|| Some(Vec::new())) else {
                    return vec![Passage::ToBroker(client, bytes)];
                };
                held.extend(bytes);
                let (packets, rest) = packets(held);
                // the broker need not wait for the rest of what is no packet
                let may_go_on = rest.first().is_none_or(|first| (CONNECT..AUTH).contains(&(first >> 4)));
                let is_packet = may_go_on && packet_length(&rest, MAXIMUM_REMAINING_LENGTH).is_ok();
                let mut pieces = packets;
                match is_packet {
                    true => drop(self.held.insert(client, Some(rest))),
                    false => pieces.push(rest),
                }
                pieces.into_iter().map(|bytes| Passage::ToBroker(client, bytes)).collect()
            }
            Passage::ToClient(client, bytes) => {
                let (packets, rest) = packets(bytes);
                packets.into_iter().chain([rest]).map(|bytes| Passage::ToClient(client, bytes)).collect()
            }
            end => vec![end],
        }
    }
}

impl<F: FnMut(&mut Passage)> Tamper for EachPacket<F> {
    fn pass(&mut self, _: Duration, passage: Passage) -> Vec<(Duration, Passage)> {
        let mut passages = self.split(passage);
        passages.iter_mut().for_each(&mut self.change);
        passages.retain(
            |passage| !matches!(passage, Passage::ToBroker(_, bytes) | Passage::ToClient(_, bytes) if bytes.is_empty()),
        );
        passages.into_iter().map(|passage| (Duration::ZERO, passage)).collect()
    }
}

impl<F> fmt::Debug for EachPacket<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EachPacket").field("held", &self.held).finish_non_exhaustive()
    }
}

/// The complete packets at the start, and what follows them.
fn packets(mut bytes: Vec<u8>) -> (Vec<Vec<u8>>, Vec<u8>) {
    let mut packets = Vec::new();
    while let Ok(Some(len)) = packet_length(&bytes, MAXIMUM_REMAINING_LENGTH)
        && len <= bytes.len()
    {
        let rest = bytes.split_off(len);
        packets.push(std::mem::replace(&mut bytes, rest));
    }
    (packets, bytes)
}

const CONNECT: u8 = PacketType::Connect as u8;
const AUTH: u8 = PacketType::Auth as u8;
