//! The events that a fault sees, and its operations.

use std::{collections::BTreeMap, time::Duration};

use mqttspec::{
    packet::{Fields, Value, fields},
    transport::Passage,
};
use mqttspec_codec::{PacketType, Version};

use super::seen::Seen;

/// An event.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// A packet from a client.
    In(Seen),
    /// A packet from the broker.
    Out(Seen),
    /// A client closes its connection.
    ClientCloses,
    /// The broker closes it.
    BrokerCloses,
    /// The broker has restarted. Then follows an end of each connection, about which nothing can be done.
    Restarted,
}

/// The client at the other end of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    /// The version in its CONNECT; before that, the version of the case.
    pub(crate) version: Version,
    /// Its CONNECT.
    pub(crate) connect: Fields,
    /// Whether a CONNACK has accepted it.
    pub(crate) accepted: bool,
    /// Whether the broker has closed the connection.
    pub(crate) given_up: bool,
    /// Whether the client has closed the connection.
    pub(crate) gone: bool,
}

impl Peer {
    pub(crate) fn new(version: Version) -> Self {
        Self { version, connect: Fields::new(), accepted: false, given_up: false, gone: false }
    }

    pub(crate) fn client_id(&self) -> Vec<u8> {
        self.connect.get("client_id").and_then(Value::as_bytes).unwrap_or_default().to_vec()
    }

    pub(crate) fn limit(&self, name: &str) -> Option<u64> {
        self.connect.get(name).and_then(Value::as_number)
    }
}

/// One connection, at the moment of an event.
#[derive(Debug)]
pub(crate) struct Wire<'a> {
    pub(crate) now: Duration,
    pub(crate) id: u64,
    pub(crate) peers: &'a BTreeMap<u64, Peer>,
    /// The resulting traffic, each with its delay.
    pub(crate) passages: Vec<(Duration, Passage)>,
    /// The delay of further operations.
    pub(crate) delay: Duration,
}

impl Wire<'_> {
    /// The client.
    pub(crate) fn peer(&self) -> &Peer {
        &self.peers[&self.id]
    }

    /// The version the client speaks.
    pub(crate) fn version(&self) -> Version {
        self.peer().version
    }

    /// Whether it speaks v5.
    pub(crate) fn v5(&self) -> bool {
        self.version() == Version::V5
    }

    /// Passes the event on. If this is not called, it is dropped; if called twice, it is repeated.
    pub(crate) fn pass(&mut self, event: Event) {
        match event {
            Event::In(seen) => self.forward(seen),
            Event::Out(seen) => self.deliver(seen),
            Event::ClientCloses => self.push(Passage::EndToBroker(self.id)),
            Event::BrokerCloses => self.end(),
            Event::Restarted => {}
        }
    }

    /// Sends to the broker.
    pub(crate) fn forward(&mut self, seen: Seen) {
        self.push(Passage::ToBroker(self.id, seen.bytes()));
    }

    /// Sends to the client.
    pub(crate) fn deliver(&mut self, seen: Seen) {
        self.push(Passage::ToClient(self.id, seen.bytes()));
    }

    /// Sends bytes to the client.
    pub(crate) fn answer(&mut self, bytes: &[u8]) {
        self.push(Passage::ToClient(self.id, bytes.to_vec()));
    }

    /// Sends an additional packet to the client.
    pub(crate) fn send<const N: usize>(&mut self, packet_type: PacketType, fields: [(&'static str, Value); N]) {
        if let Some(bytes) = written(packet_type, fields, self.version()) {
            self.answer(&bytes);
        }
    }

    /// Sends an additional packet to the broker, as if from the client.
    pub(crate) fn ask<const N: usize>(&mut self, packet_type: PacketType, fields: [(&'static str, Value); N]) {
        if let Some(bytes) = written(packet_type, fields, self.version()) {
            self.push(Passage::ToBroker(self.id, bytes));
        }
    }

    /// Closes the connection for the client only.
    pub(crate) fn end(&mut self) {
        self.push(Passage::EndToClient(self.id));
    }

    /// Closes the connection on both sides.
    pub(crate) fn cut(&mut self) {
        self.push(Passage::EndToBroker(self.id));
        self.end();
    }

    /// The other connected clients of the case.
    pub(crate) fn others(&self) -> Vec<u64> {
        let connected = self.peers.iter().filter(|(_, peer)| peer.accepted && !peer.given_up && !peer.gone);
        connected.map(|(id, _)| *id).filter(|id| *id != self.id).collect()
    }

    /// The operations on another connection.
    pub(crate) fn on(&mut self, other: u64, act: impl FnOnce(&mut Self)) {
        let own = std::mem::replace(&mut self.id, other);
        act(self);
        self.id = own;
    }

    fn push(&mut self, passage: Passage) {
        self.passages.push((self.delay, passage));
    }
}

/// Encodes a packet; `None` if that version does not have it.
fn written<const N: usize>(
    packet_type: PacketType,
    fields: [(&'static str, Value); N],
    version: Version,
) -> Option<Vec<u8>> {
    fields::write(packet_type, &Fields::from(fields), version).ok()
}
