//! What a Client remembers between the connections of a Session.

use std::collections::BTreeSet;

/// What a Client remembers between the connections of a Session (v5 section 4.1, v3.1.1 section 3.1.2.4).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Session {
    /// Whether the Session outlives its connection.
    pub(super) kept: bool,
    /// Deliveries to the Server that are not acknowledged in full, in the order of their first PUBLISH.
    pub(super) outgoing: Vec<Outgoing>,
    /// Packet Identifiers of deliveries from the Server whose PUBREC was sent and whose PUBREL was not received.
    pub(super) received: BTreeSet<u16>,
}

/// A delivery with QoS 1 or 2 to the Server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub(super) packet_id: u16,
    /// Whether PUBREC was received, so that PUBREL is sent again and not PUBLISH.
    pub(super) received: bool,
}

impl Session {
    pub(super) fn outgoing(&mut self, packet_id: u16) -> Option<&mut Outgoing> {
        self.outgoing.iter_mut().find(|outgoing| outgoing.packet_id == packet_id)
    }

    pub(super) fn finish(&mut self, packet_id: u16) {
        self.outgoing.retain(|outgoing| outgoing.packet_id != packet_id);
    }
}
