//! [`Seat`]: a Client over all its connections, with what it must remember between them.

use std::collections::VecDeque;

use mqttspec_codec::PacketType;

use super::line::Live;
use crate::{
    explore::{history::number, plan::Connect},
    packet::Fields,
};

/// A Client.
#[derive(Debug)]
pub(super) struct Seat<C> {
    /// Its connection.
    pub(super) live: Option<Live<C>>,
    /// What it said when it last connected.
    pub(super) connect: Option<Connect>,
    /// Its messages at QoS 1 and 2 that are not acknowledged in full, oldest first.
    pub(super) outgoing: VecDeque<Outgoing>,
}

/// A message on its way to the broker.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) packet_id: u64,
    pub(super) publish: Fields,
    /// Whether PUBREL was sent, or is held back.
    pub(super) released: bool,
}

impl<C> Default for Seat<C> {
    fn default() -> Self {
        Self { live: None, connect: None, outgoing: VecDeque::new() }
    }
}

impl<C> Seat<C> {
    /// The broker has answered a PUBLISH or PUBREL of this Client.
    pub(super) fn acknowledged(&mut self, by: PacketType, fields: &Fields) {
        let packet_id = number(fields, "packet_id");
        let refused = number(fields, "reason_code") >= 0x80;
        let place = self.outgoing.iter().position(|outgoing| outgoing.packet_id == packet_id);
        let Some(place) = place else { return };
        match by {
            PacketType::Pubrec if !refused => {
                if let Some(outgoing) = self.outgoing.get_mut(place) {
                    outgoing.released = true;
                }
            }
            _ => drop(self.outgoing.remove(place)),
        }
    }
}
