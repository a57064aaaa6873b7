//! The state of a connection: unread packets, what was sent, and which answers may come.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use mqttspec_codec::{PacketType, Splitter, Version};

use crate::{
    judge::{ConnectionNumber, accusation::cause::Illegal},
    packet::{Fields, LARGEST_PACKET, Value},
};

/// A connection of a client.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) number: ConnectionNumber,
    pub(crate) version: Version,
    pub(crate) opening: Opening,
    /// Whether the case tests the handshake.
    pub(crate) explicit: bool,
    /// When and how the peer ended it.
    pub(crate) ended: Option<(Duration, String)>,
    /// Whether the next send opens a new connection.
    pub(crate) released: bool,
    /// Whether we closed it, so that whatever still arrives is discarded.
    pub(crate) discarding: bool,
    pub(crate) incoming: Splitter<Vec<u8>>,
    pub(crate) outgoing: Splitter<Vec<u8>>,
    /// Whether bytes were sent that our codec cannot read, so that it is unknown what they asked for.
    pub(crate) unclear: bool,
    /// The last bytes that the case sent here, if they are no legal packet.
    pub(crate) illegal: Option<Illegal>,
    /// Whether the last PUBLISH that was sent had QoS 0.
    pub(crate) last_at_qos_0: bool,
    /// How many CONNECT packets were sent.
    pub(crate) connects: usize,
    /// Answers that have come, by type and Packet Identifier.
    pub(crate) settled: BTreeSet<(PacketType, u16)>,
    /// Whether the Server cannot find the end of the bytes sent, so that a ping after them would be part of them.
    pub(crate) unframed: bool,
    /// Consecutive sends that are written as one.
    pub(crate) joined: Vec<u8>,
    pub(crate) unread: Vec<Unread>,
    /// Its key in `sessions`, set when CONNECT is sent.
    pub(crate) identity: Option<String>,
    pub(crate) offer: Offer,
    pub(crate) connack: Connack,
    /// Whether DISCONNECT was sent.
    pub(crate) disconnecting: bool,
    /// Whether DISCONNECT was received.
    pub(crate) server_disconnected: bool,
    /// Outstanding answers by type and Packet Identifier, with their count.
    pub(crate) outstanding: BTreeMap<(PacketType, u16), usize>,
    /// Answers outstanding from the previous connection, in case the Session is resumed.
    pub(crate) outstanding_before: BTreeMap<(PacketType, u16), usize>,
    /// PUBLISH packets with QoS 1 and 2 that count towards the Server's Receive Maximum.
    pub(crate) in_flight: BTreeSet<u16>,
    /// Packet Identifiers of PUBREC packets whose PUBREL was not sent, in the order of receipt.
    pub(crate) recorded: Vec<u16>,
    /// Topic Aliases set by the Server.
    pub(crate) aliases: BTreeMap<u16, String>,
    /// Topic Aliases set by us.
    pub(crate) own_aliases: BTreeMap<u16, String>,
    /// PINGREQ packets without PINGRESP, oldest first: the number of an automatic one, `None` for one of the vector's.
    pub(crate) pings: VecDeque<Option<u64>>,
    /// The Packet Identifiers of UNSUBSCRIBE packets that stand in for automatic pings, with their numbers.
    pub(crate) unsubscribes: BTreeMap<u16, u64>,
    /// When automatic pings were answered, by their numbers.
    pub(crate) answered: BTreeMap<u64, Duration>,
    pub(crate) last_sent: Duration,
}

/// The progress of opening a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Opening {
    /// Requested.
    Asked,
    /// Open, with this subprotocol.
    Open(Option<String>),
    /// Refused, and why.
    Refused(String),
}

/// The parts of our CONNECT that matter later.
#[derive(Debug, Clone, Default)]
pub(crate) struct Offer {
    pub(crate) receive_maximum: Option<u16>,
    pub(crate) maximum_packet_size: Option<u32>,
    pub(crate) topic_alias_maximum: u16,
    pub(crate) authentication: bool,
    /// The Keep Alive in seconds, whoever sends the pings.
    pub(crate) keep_alive: u16,
    /// The Keep Alive in seconds if the suite sends the pings; `None` if the vector writes a Keep Alive and therefore
    /// its own pings.
    pub(crate) kept_alive: Option<u16>,
}

/// The answer of the Server to CONNECT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Connack {
    /// Not yet.
    None,
    /// A failure.
    Refused,
    /// Success, with the fields of CONNACK.
    Accepted(Fields),
}

/// A received packet that no step has expected yet.
#[derive(Debug, Clone)]
pub(crate) struct Unread {
    /// Unique within the case.
    pub(crate) serial: u64,
    pub(crate) at: Duration,
    pub(crate) bytes: Vec<u8>,
    /// The packet; `None` for bytes that a `<- hex` expects and that are not a packet.
    pub(crate) packet: Option<(PacketType, Fields)>,
    /// About how much memory it takes, in bytes.
    pub(crate) weight: usize,
    /// Whether a `may` has acknowledged it already.
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
            discarding: false,
            incoming: Splitter::new(Vec::new(), LARGEST_PACKET),
            outgoing: Splitter::new(Vec::new(), u32::MAX),
            unclear: false,
            unframed: false,
            illegal: None,
            last_at_qos_0: false,
            connects: 0,
            settled: BTreeSet::new(),
            joined: Vec::new(),
            unread: Vec::new(),
            identity: None,
            offer: Offer::default(),
            connack: Connack::None,
            disconnecting: false,
            server_disconnected: false,
            outstanding: BTreeMap::new(),
            outstanding_before: BTreeMap::new(),
            in_flight: BTreeSet::new(),
            recorded: Vec::new(),
            aliases: BTreeMap::new(),
            own_aliases: BTreeMap::new(),
            pings: VecDeque::new(),
            unsubscribes: BTreeMap::new(),
            answered: BTreeMap::new(),
            last_sent: Duration::ZERO,
        }
    }

    /// Whether bytes can be written to it.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.opening, Opening::Open(_)) && self.ended.is_none() && !self.discarding
    }

    pub(crate) fn is_accepted(&self) -> bool {
        matches!(self.connack, Connack::Accepted(_))
    }

    /// Whether the Server would recognize a ping.
    pub(crate) fn may_ping(&self) -> bool {
        let clear = !self.unframed && !self.outgoing.is_partial();
        self.is_open() && self.is_accepted() && clear && !self.disconnecting && !self.server_disconnected
    }

    /// Whether the Client has been silent for so long that the Server must end the connection.
    pub(crate) fn is_silent(&self, now: Duration) -> bool {
        let seconds = self.keep_alive();
        seconds > 0 && now > self.last_sent + Duration::from_millis(seconds.saturating_mul(1500))
    }

    /// The Keep Alive in seconds that holds, whoever sends the pings; 0 for none.
    fn keep_alive(&self) -> u64 {
        let Connack::Accepted(connack) = &self.connack else { return 0 };
        let own = u64::from(self.offer.keep_alive);
        connack.get("server_keep_alive").and_then(Value::as_number).unwrap_or(own)
    }

    /// The Keep Alive in seconds, if only steps keep it.
    pub(crate) fn keep_alive_of_steps(&self) -> Option<u64> {
        Some(self.keep_alive()).filter(|seconds| *seconds > 0 && self.offer.kept_alive.is_none())
    }

    /// When it needs a ping to keep the Server from closing it. The Server may be less patient than the Keep Alive.
    pub(crate) fn ping_due(&self) -> Option<Duration> {
        self.offer.kept_alive?;
        let seconds = self.keep_alive();
        let pause = Duration::from_millis(seconds.saturating_mul(750)).min(LONGEST_SILENCE);
        (seconds > 0 && self.may_ping()).then(|| self.last_sent + pause)
    }
}

/// A Server may end a connection that it finds inactive, whatever the Keep Alive (v3.1.1 section 3.1.2.10).
const LONGEST_SILENCE: Duration = Duration::from_secs(3);
