//! [`Live`]: an open connection, and what is on its way on it.

use std::collections::{BTreeSet, VecDeque};

use mqttspec_codec::{PacketType, Splitter};

use crate::{
    explore::history::number,
    packet::{Fields, LARGEST_PACKET},
};

/// An open connection.
#[derive(Debug)]
pub(super) struct Live<C> {
    pub(super) connection: C,
    /// Its index in the history.
    pub(super) line: usize,
    pub(super) client: usize,
    pub(super) splitter: Splitter<Vec<u8>>,
    /// Whether acknowledgements wait for an operation.
    pub(super) holds: bool,
    /// Acknowledgements that are due, in the order in which they must be sent.
    pub(super) owed: VecDeque<(PacketType, u64)>,
    /// The Packet Identifiers of SUBSCRIBE and UNSUBSCRIBE that were not answered.
    pub(super) asked: BTreeSet<u64>,
    /// PINGREQ that were not answered.
    pub(super) pings: usize,
    pub(super) limits: Limits,
    pub(super) ended: bool,
    /// Whether the Client has closed its side, so that it takes no notice of answers.
    pub(super) closed: bool,
}

/// What the Server accepts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) receive_maximum: u64,
    pub(super) maximum_qos: u64,
    pub(super) retain: bool,
    pub(super) wildcards: bool,
    pub(super) identifiers: bool,
}

impl Limits {
    pub(super) fn of(connack: &Fields) -> Self {
        let or = |name: &str, default| if connack.contains_key(name) { number(connack, name) } else { default };
        Self {
            receive_maximum: or("receive_maximum", 0xFFFF),
            maximum_qos: or("maximum_qos", 2),
            retain: or("retain_available", 1) == 1,
            wildcards: or("wildcard_subscription_available", 1) == 1,
            identifiers: or("subscription_identifier_available", 1) == 1,
        }
    }
}

impl<C> Live<C> {
    pub(super) fn new(connection: C, line: usize, client: usize) -> Self {
        Self {
            connection,
            line,
            client,
            splitter: Splitter::new(Vec::new(), LARGEST_PACKET),
            holds: false,
            owed: VecDeque::new(),
            asked: BTreeSet::new(),
            pings: 0,
            limits: Limits::of(&Fields::new()),
            ended: false,
            closed: false,
        }
    }

    /// An acknowledgement is due, unless it is already.
    pub(super) fn owe(&mut self, packet_type: PacketType, packet_id: u64) {
        if !self.owed.contains(&(packet_type, packet_id)) {
            self.owed.push_back((packet_type, packet_id));
        }
    }
}
