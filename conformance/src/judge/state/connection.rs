//! A connection of a client: what came and nothing has expected yet, what was asked and what may be answered.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use mqttspec_codec::{PacketType, Splitter, Version};

use crate::{
    judge::ConnectionNumber,
    packet::{Fields, Value},
};

/// A connection of a client.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) number: ConnectionNumber,
    pub(crate) version: Version,
    pub(crate) opening: Opening,
    /// The case is about the handshake.
    pub(crate) explicit: bool,
    /// When the peer ended it, and how.
    pub(crate) ended: Option<(Duration, String)>,
    /// The next send opens a new one.
    pub(crate) released: bool,
    /// We closed it: what still comes is forgotten.
    pub(crate) forgotten: bool,
    pub(crate) incoming: Splitter<Vec<u8>>,
    pub(crate) outgoing: Splitter<Vec<u8>>,
    /// Bytes were sent that our codec cannot read: nobody can say what they asked for.
    pub(crate) unclear: bool,
    /// What was sent has no end that the Server could find: a ping behind it would be part of it.
    pub(crate) unframed: bool,
    /// Sends in a row that leave as one.
    pub(crate) joined: Vec<u8>,
    pub(crate) unread: Vec<Unread>,
    /// Its key in `sessions`, once CONNECT was sent.
    pub(crate) identity: Option<String>,
    pub(crate) offer: Offer,
    pub(crate) connack: Connack,
    /// DISCONNECT was sent.
    pub(crate) leaving: bool,
    /// DISCONNECT came.
    pub(crate) dismissed: bool,
    /// Answers that may come, by type and Packet Identifier, and how often.
    pub(crate) owed: BTreeMap<(PacketType, u16), usize>,
    /// What is owed from the connection before, should the Session go on.
    pub(crate) owed_before: BTreeMap<(PacketType, u16), usize>,
    /// PUBLISH packets of QoS 1 and 2 that use up the Server's Receive Maximum.
    pub(crate) in_flight: BTreeSet<u16>,
    /// Topic Aliases that the Server set.
    pub(crate) aliases: BTreeMap<u16, String>,
    /// Topic Aliases that we set.
    pub(crate) own_aliases: BTreeMap<u16, String>,
    /// PINGREQ packets without PINGRESP, oldest first: the number of an automatic one, `None` for one of the vector's.
    pub(crate) pings: VecDeque<Option<u64>>,
    /// When automatic pings were answered, by their numbers.
    pub(crate) answered: BTreeMap<u64, Duration>,
    pub(crate) last_sent: Duration,
}

/// How far the opening of a connection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Opening {
    /// Asked for.
    Asked,
    /// Open, with this subprotocol.
    Open(Option<String>),
    /// Refused, and why.
    Refused(String),
}

/// What our CONNECT said.
#[derive(Debug, Clone, Default)]
pub(crate) struct Offer {
    pub(crate) receive_maximum: Option<u16>,
    pub(crate) maximum_packet_size: Option<u32>,
    pub(crate) topic_alias_maximum: u16,
    pub(crate) authentication: bool,
    /// Seconds: the suite pings. `None`: the vector wrote a Keep Alive, and pings are its own affair.
    pub(crate) kept_alive: Option<u16>,
}

/// Whether the Server has answered CONNECT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Connack {
    /// Not yet.
    None,
    /// With a failure.
    Refused,
    /// With success; its fields.
    Accepted(Fields),
}

/// What came and nothing has expected yet.
#[derive(Debug, Clone)]
pub(crate) struct Unread {
    /// Tells it from all others of the case.
    pub(crate) serial: u64,
    pub(crate) at: Duration,
    pub(crate) bytes: Vec<u8>,
    /// `None`: bytes that a `<- hex` waits for and that are no packet.
    pub(crate) packet: Option<(PacketType, Fields)>,
    /// A `may` has acknowledged it already.
    pub(crate) acknowledged: bool,
}

impl Connection {
    pub(crate) fn new(number: ConnectionNumber, version: Version, explicit: bool) -> Self {
        Self {
            number,
            version,
            opening: Opening::Asked,
            explicit,
            ended: None,
            released: false,
            forgotten: false,
            incoming: Splitter::new(Vec::new(), u32::MAX),
            outgoing: Splitter::new(Vec::new(), u32::MAX),
            unclear: false,
            unframed: false,
            joined: Vec::new(),
            unread: Vec::new(),
            identity: None,
            offer: Offer::default(),
            connack: Connack::None,
            leaving: false,
            dismissed: false,
            owed: BTreeMap::new(),
            owed_before: BTreeMap::new(),
            in_flight: BTreeSet::new(),
            aliases: BTreeMap::new(),
            own_aliases: BTreeMap::new(),
            pings: VecDeque::new(),
            answered: BTreeMap::new(),
            last_sent: Duration::ZERO,
        }
    }

    /// Bytes can be written to it.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.opening, Opening::Open(_)) && self.ended.is_none() && !self.forgotten
    }

    pub(crate) fn is_accepted(&self) -> bool {
        matches!(self.connack, Connack::Accepted(_))
    }

    /// A ping would be understood as one.
    pub(crate) fn may_ping(&self) -> bool {
        let clear = !self.unframed && !self.outgoing.is_partial();
        self.is_open() && self.is_accepted() && clear && !self.leaving && !self.dismissed
    }

    /// When it must be pinged, so that the Server does not close it.
    pub(crate) fn ping_due(&self) -> Option<Duration> {
        let Connack::Accepted(connack) = &self.connack else { return None };
        let own = u64::from(self.offer.kept_alive?);
        let seconds = connack.get("server_keep_alive").and_then(Value::as_number).unwrap_or(own);
        (seconds > 0 && self.may_ping()).then(|| self.last_sent + Duration::from_millis(seconds.saturating_mul(750)))
    }
}
