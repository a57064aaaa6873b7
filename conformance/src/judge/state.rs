//! What the judge knows: the case, and of every client its connection, what came and nothing has expected yet, and what
//! was asked.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use mqttspec_codec::{PacketType, QoS, Splitter, Version};

use super::{Command, ConnectionNumber, Leftovers, Setup, leftovers::Kept, names::Names, verbatim::Named};
use crate::{
    script::{Client, Expectation, Framing, Name},
    value::Fields,
    verdict::{Direction, Happening, Transcript},
};

/// Everything but the steps.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) setup: Setup,
    pub(super) framing: Framing,
    pub(super) clients: BTreeMap<Name, Client>,
    /// `Some` in a case that is `verbatim`: the topics it names.
    pub(super) named: Option<Named>,
    pub(super) now: Duration,
    pub(super) zero: Zero,
    /// By client name: the connection it has, or had last.
    pub(super) connections: BTreeMap<Name, Connection>,
    /// By Client Identifier.
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) names: Names,
    /// What `may` permits and nothing has used up.
    pub(super) permissions: Vec<Expectation>,
    pub(super) remarks: Vec<String>,
    pub(super) commands: VecDeque<Command>,
    pub(super) transcript: Transcript,
    pub(super) kept: Kept,
    /// The answer to `PingBystander`.
    pub(super) bystander: Option<bool>,
    pub(super) broker_is_back: bool,
    numbers: u64,
    packet_ids: u16,
}

/// When the last act was: a send, a close, the end of a wait or of a restart.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Zero {
    /// Before it was written: `after` counts from here.
    pub(super) before: Duration,
    /// When it was written: `within` counts from here.
    pub(super) behind: Duration,
    /// It is being written.
    pub(super) moving: bool,
}

/// A connection of a client.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) number: ConnectionNumber,
    pub(super) version: Version,
    pub(super) opening: Opening,
    /// The case is about the handshake.
    pub(super) explicit: bool,
    /// When the peer ended it, and how.
    pub(super) ended: Option<(Duration, String)>,
    /// The next send opens a new one.
    pub(super) released: bool,
    /// We closed it: what still comes is forgotten.
    pub(super) forgotten: bool,
    pub(super) incoming: Splitter<Vec<u8>>,
    pub(super) outgoing: Splitter<Vec<u8>>,
    /// Bytes were sent that our codec cannot read: nobody can say what they asked for.
    pub(super) unclear: bool,
    /// Sends in a row that leave as one.
    pub(super) joined: Vec<u8>,
    pub(super) unread: Vec<Unread>,
    /// Its key in `sessions`, once CONNECT was sent.
    pub(super) identity: Option<String>,
    pub(super) offer: Offer,
    pub(super) connack: Connack,
    /// DISCONNECT was sent.
    pub(super) leaving: bool,
    /// DISCONNECT came.
    pub(super) dismissed: bool,
    /// Answers that may come, by type and Packet Identifier, and how often.
    pub(super) owed: BTreeMap<(PacketType, u16), usize>,
    /// PUBLISH packets of QoS 1 and 2 that use up the Server's Receive Maximum.
    pub(super) in_flight: BTreeSet<u16>,
    /// Topic Aliases that the Server set.
    pub(super) aliases: BTreeMap<u16, String>,
    /// Topic Aliases that we set.
    pub(super) own_aliases: BTreeMap<u16, String>,
    /// PINGREQ packets without PINGRESP, oldest first: the number of an unseen one, `None` for one of the vector's.
    pub(super) pings: VecDeque<Option<u64>>,
    /// When unseen pings were answered, by their numbers.
    pub(super) answered: BTreeMap<u64, Duration>,
    pub(super) last_sent: Duration,
}

/// How far the opening of a connection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Opening {
    /// Asked for.
    Asked,
    /// Open, with this subprotocol.
    Open(Option<String>),
    /// Refused, and why.
    Refused(String),
}

/// What our CONNECT said.
#[derive(Debug, Clone, Default)]
pub(super) struct Offer {
    pub(super) receive_maximum: Option<u16>,
    pub(super) maximum_packet_size: Option<u32>,
    pub(super) topic_alias_maximum: u16,
    pub(super) authentication: bool,
    /// Seconds: the suite pings. `None`: the vector wrote a Keep Alive, and pings are its own affair.
    pub(super) kept_alive: Option<u16>,
}

/// Whether the Server has answered CONNECT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Connack {
    /// Not yet.
    None,
    /// With a failure.
    Refused,
    /// With success; its fields.
    Accepted(Fields),
}

/// What came and nothing has expected yet.
#[derive(Debug, Clone)]
pub(super) struct Unread {
    /// Tells it from all others of the case.
    pub(super) serial: u64,
    pub(super) at: Duration,
    pub(super) bytes: Vec<u8>,
    /// `None`: bytes that a `<- hex` waits for and that are no packet.
    pub(super) packet: Option<(PacketType, Fields)>,
}

/// What belongs to a Client Identifier, whatever its connection.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// Every Topic Filter asked for in this case, `$share/name/` taken off: none is forgotten, for what is buffered may
    /// still come.
    pub(super) filters: BTreeSet<String>,
    /// Something was asked that our codec cannot read.
    pub(super) unclear: bool,
    /// From the Server, by Packet Identifier.
    pub(super) deliveries: BTreeMap<u16, Delivery>,
}

/// A delivery of QoS 1 or 2 from the Server.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    pub(super) qos: QoS,
    /// On which connection it came last.
    pub(super) on: ConnectionNumber,
    /// PUBREC was sent.
    pub(super) received: bool,
    /// On which connection its PUBREL came last.
    pub(super) released_on: Option<ConnectionNumber>,
    /// When it was acknowledged in full.
    pub(super) done: Option<Duration>,
    /// The suite answers its PUBREL.
    pub(super) automatic: bool,
}

impl Case {
    pub(super) fn new(setup: Setup, framing: Framing, clients: BTreeMap<Name, Client>, named: Option<Named>) -> Self {
        Self {
            setup,
            framing,
            clients,
            named,
            now: Duration::ZERO,
            zero: Zero::default(),
            connections: BTreeMap::new(),
            sessions: BTreeMap::new(),
            names: Names::default(),
            permissions: Vec::new(),
            remarks: Vec::new(),
            commands: VecDeque::new(),
            transcript: Vec::new(),
            kept: Kept::default(),
            bystander: None,
            broker_is_back: false,
            numbers: 0,
            packet_ids: FIRST_PACKET_ID,
        }
    }

    /// A number that nothing else in the case has.
    pub(super) fn number(&mut self) -> u64 {
        self.numbers = self.numbers.saturating_add(1);
        self.numbers
    }

    /// A Packet Identifier that is not in use on this connection, and that no vector would write.
    pub(super) fn free_packet_id(&mut self, who: &str) -> u16 {
        loop {
            let id = self.packet_ids;
            self.packet_ids = id.checked_add(1).unwrap_or(FIRST_PACKET_ID);
            let in_use = self.connections.get(who).is_some_and(|connection| {
                connection.in_flight.contains(&id) || connection.owed.keys().any(|(_, owed)| *owed == id)
            });
            if !in_use {
                return id;
            }
        }
    }

    /// An act of the case: `after` and `within` count from it.
    pub(super) fn act(&mut self) {
        self.zero = Zero { before: self.now, behind: self.now, moving: true };
    }

    /// How long the Server may take to notice, or a packet to come, for which nobody waits.
    pub(super) fn grace(&self) -> Duration {
        LEAST_GRACE.max(self.setup.round_trip.saturating_mul(4))
    }

    pub(super) fn remark(&mut self, remark: &str) {
        if !self.remarks.iter().any(|known| known == remark) {
            self.remarks.push(remark.to_owned());
        }
    }

    pub(super) fn happened(&mut self, who: &Name, direction: Direction, text: String, bytes: &[u8], unseen: bool) {
        let bytes = bytes.to_vec();
        self.transcript.push(Happening { at: self.now, who: Name::clone(who), direction, text, bytes, unseen });
    }

    pub(super) fn session_of(&mut self, who: &str) -> Option<&mut Session> {
        let identity = self.connections.get(who)?.identity.as_ref()?;
        self.sessions.get_mut(identity)
    }

    /// The client of a connection that we still listen to; late news of older ones is nobody's.
    pub(super) fn client_of(&self, number: ConnectionNumber) -> Option<Name> {
        let found = self.connections.iter().find(|(_, connection)| connection.number == number);
        found.map(|(who, _)| Name::clone(who))
    }

    pub(super) fn leftovers(&self) -> Leftovers {
        self.kept.leftovers()
    }
}

impl Connection {
    pub(super) fn new(number: ConnectionNumber, version: Version, explicit: bool) -> Self {
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
            joined: Vec::new(),
            unread: Vec::new(),
            identity: None,
            offer: Offer::default(),
            connack: Connack::None,
            leaving: false,
            dismissed: false,
            owed: BTreeMap::new(),
            in_flight: BTreeSet::new(),
            aliases: BTreeMap::new(),
            own_aliases: BTreeMap::new(),
            pings: VecDeque::new(),
            answered: BTreeMap::new(),
            last_sent: Duration::ZERO,
        }
    }

    /// Bytes can be written to it.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.opening, Opening::Open(_)) && self.ended.is_none() && !self.forgotten
    }

    pub(super) fn is_accepted(&self) -> bool {
        matches!(self.connack, Connack::Accepted(_))
    }

    /// A ping would be understood as one.
    pub(super) fn may_ping(&self) -> bool {
        let clear = !self.unclear && !self.outgoing.is_partial();
        self.is_open() && self.is_accepted() && clear && !self.leaving && !self.dismissed
    }

    /// When it must be pinged, so that the Server does not close it.
    pub(super) fn ping_due(&self) -> Option<Duration> {
        let Connack::Accepted(connack) = &self.connack else { return None };
        let own = u64::from(self.offer.kept_alive?);
        let seconds = connack.get("server_keep_alive").and_then(crate::value::Value::as_number).unwrap_or(own);
        (seconds > 0 && self.may_ping()).then(|| self.last_sent + Duration::from_millis(seconds.saturating_mul(750)))
    }
}

/// The least time given to what nobody waits for.
const LEAST_GRACE: Duration = Duration::from_millis(20);
const FIRST_PACKET_ID: u16 = 1001;
