//! Intercepts the traffic between broker and case, splits it into packets, and passes each to the fault.

use std::{cell::Cell, collections::BTreeMap, fmt, mem, rc::Rc, time::Duration};

use mqttspec::{
    packet::fields,
    transport::{Passage, Tamper},
};
use mqttspec_codec::{MAXIMUM_REMAINING_LENGTH, Packet, PacketType, Version, decode_frame, packet_length};

use super::{
    fault::Wrong,
    seen::Seen,
    wire::{Event, Peer, Wire},
};

/// The fault of a run, with its state.
pub(crate) struct Between {
    wrong: Wrong,
    /// The version of the case.
    version: Version,
    peers: BTreeMap<u64, Peer>,
    /// The bytes of an incomplete packet; `None` if packets can no longer be found.
    held: BTreeMap<u64, Option<Vec<u8>>>,
    /// Whether the fault changed anything.
    acted: Rc<Cell<bool>>,
}

impl Between {
    pub(crate) fn new(wrong: Wrong, version: Version, acted: Rc<Cell<bool>>) -> Self {
        Self { wrong, version, peers: BTreeMap::new(), held: BTreeMap::new(), acted }
    }

    fn ask(&mut self, now: Duration, id: u64, event: Event) -> Vec<(Duration, Passage)> {
        let peer = self.peers.entry(id).or_insert_with(|| Peer::new(self.version));
        match &event {
            Event::Out(seen) if seen.is(PacketType::Connack) && seen.number("reason_code") == 0 => peer.accepted = true,
            Event::BrokerCloses => peer.given_up = true,
            Event::ClientCloses => peer.gone = true,
            // the fault hides that the broker has closed this connection, so answer its pings
            Event::In(seen) if peer.given_up && seen.is(PacketType::Pingreq) => {
                return vec![(Duration::ZERO, Passage::ToClient(id, vec![0xD0, 0]))];
            }
            _ => {}
        }
        let wire = || Wire { now, id, peers: &self.peers, passages: Vec::new(), delay: Duration::ZERO };
        let (mut untouched, mut touched) = (wire(), wire());
        untouched.pass(event.clone());
        (self.wrong)(event, &mut touched);
        if untouched.passages != touched.passages {
            self.acted.set(true);
        }
        touched.passages
    }

    /// The complete packets from a client. CONNECT sets the version of what follows.
    fn split(&mut self, id: u64, bytes: &[u8]) -> Vec<Event> {
        let Some(mut held) = self.held.insert(id, None).unwrap_or_else(|| Some(Vec::new())) else {
            return vec![Event::In(Seen::malformed(bytes.to_vec()))];
        };
        let mut alone = held.is_empty();
        held.extend(bytes);
        let peer = self.peers.entry(id).or_insert_with(|| Peer::new(self.version));
        let mut packets: Vec<Seen> = Vec::new();
        while !held.is_empty() {
            match packet_length(&held, LARGE) {
                Ok(None) => break,
                Ok(Some(len)) if len > held.len() && known(&held, peer.version) => break,
                Ok(Some(len)) if len <= held.len() => {
                    let rest = held.split_off(len);
                    let bytes = mem::replace(&mut held, rest);
                    if let Ok(Packet::Connect(connect)) = decode_frame(&bytes, peer.version)
                        && !peer.accepted
                    {
                        peer.version = connect.version;
                        peer.connect = fields::read(&connect.into());
                    }
                    let first = packets.is_empty();
                    packets.push(Seen::new(bytes, peer.version).standing(first));
                }
                // the stream cannot continue, so the rest is one malformed packet
                _ => {
                    packets.push(Seen::malformed(held));
                    return packets.into_iter().map(Event::In).collect();
                }
            }
        }
        alone &= packets.len() == 1 && held.is_empty();
        self.held.insert(id, Some(held));
        for seen in &mut packets {
            seen.alone = alone;
        }
        packets.into_iter().map(Event::In).collect()
    }

    /// The packets from the broker, which are always complete.
    fn cut(&self, id: u64, mut bytes: &[u8]) -> Vec<Event> {
        let version = self.peers.get(&id).map_or(self.version, |peer| peer.version);
        let mut packets = Vec::new();
        while let Ok(Some(len)) = packet_length(bytes, MAXIMUM_REMAINING_LENGTH)
            && let Some((packet, rest)) = bytes.split_at_checked(len)
        {
            packets.push(Event::Out(Seen::new(packet.to_vec(), version).standing(packets.is_empty())));
            bytes = rest;
        }
        if !bytes.is_empty() {
            packets.push(Event::Out(Seen::malformed(bytes.to_vec())));
        }
        packets
    }
}

impl Tamper for Between {
    fn pass(&mut self, now: Duration, passage: Passage) -> Vec<(Duration, Passage)> {
        let (id, events) = match passage {
            Passage::ToBroker(id, bytes) => (id, self.split(id, &bytes)),
            Passage::ToClient(id, bytes) => (id, self.cut(id, &bytes)),
            Passage::EndToBroker(id) => (id, vec![Event::ClientCloses]),
            Passage::EndToClient(id) => (id, vec![Event::BrokerCloses]),
        };
        events.into_iter().flat_map(|event| self.ask(now, id, event)).collect()
    }

    fn restarted(&mut self, now: Duration) {
        let open = self.peers.iter().filter(|(_, peer)| !peer.given_up && !peer.gone).map(|(id, _)| *id);
        let open: Vec<u64> = open.collect();
        if let Some(any) = self.peers.keys().next().copied() {
            self.ask(now, any, Event::Restarted);
        }
        for id in open {
            self.ask(now, id, Event::BrokerCloses);
            self.peers.entry(id).and_modify(|peer| peer.gone = true);
        }
    }
}

/// Several interceptors; the first is nearest to the broker.
#[derive(Debug)]
pub(crate) struct Chain(pub(crate) Vec<Between>);

impl Tamper for Chain {
    fn pass(&mut self, now: Duration, passage: Passage) -> Vec<(Duration, Passage)> {
        let mut passages = vec![(Duration::ZERO, passage)];
        for between in &mut self.0 {
            let next = passages.into_iter().flat_map(|(delay, passage)| {
                let further = between.pass(now + delay, passage).into_iter();
                further.map(move |(more, passage)| (delay + more, passage)).collect::<Vec<_>>()
            });
            passages = next.collect();
        }
        passages
    }

    fn restarted(&mut self, now: Duration) {
        self.0.iter_mut().for_each(|between| between.restarted(now));
    }
}

impl fmt::Debug for Between {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Between").field("peers", &self.peers).finish_non_exhaustive()
    }
}

/// Whether a packet may begin like this. If not, the broker need not wait for the rest.
fn known(held: &[u8], version: Version) -> bool {
    let packet_type = held.first().and_then(|first| PacketType::from_number(first >> 4));
    packet_type.is_some_and(|packet_type| packet_type != PacketType::Auth || version == Version::V5)
}

/// Larger packets are passed on unchanged.
const LARGE: u32 = 1 << 20;
