//! The contract between the judge and the player that carries out its commands, either on an in-memory broker under a
//! virtual clock or over real sockets.

use std::{sync::Arc, time::Duration};

use mqttspec_codec::PacketType;

use super::Observed;
use crate::{
    source::Place,
    vector::script::{Name, Outage},
};

/// Identifies a connection of a client. A client that connects again gets a new number, so that a late observation is
/// not attributed to the new connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionNumber(pub u64);

/// What the player must do. Times are measured from the start of the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Open a connection. The observation `Opened`, `Refused` or `Ended` must follow.
    Open {
        /// The number of the new connection.
        connection: ConnectionNumber,
        /// The client.
        who: Name,
        /// The number of the URL, from 1.
        node: usize,
        /// The values of `Sec-WebSocket-Protocol`; `None` means the transport's default.
        subprotocols: Option<Vec<String>>,
        /// The path to request instead of that of the URL.
        path: Option<String>,
        /// Whether the case tests the handshake. A refusal is then an observation, not a network error.
        explicit: bool,
    },
    /// Write pieces, each as a WebSocket frame or a write of its own.
    Send {
        /// Where.
        connection: ConnectionNumber,
        /// The pieces; none is empty.
        pieces: Vec<Vec<u8>>,
    },
    /// Write one WebSocket frame.
    Frame {
        /// Where.
        connection: ConnectionNumber,
        /// 0 to 15.
        opcode: u8,
        /// The FIN bit.
        fin: bool,
        /// Its payload.
        payload: Vec<u8>,
    },
    /// Close gracefully: a WebSocket close, then FIN.
    Close(ConnectionNumber),
    /// Reset the connection.
    Drop(ConnectionNumber),
    /// Stop the broker and start it again. The observation `BrokerIsBack` must follow.
    Broker(Outage),
    /// Ping on the bystander, a connection that takes no part in the case. The observation `Bystander` must follow.
    PingBystander,
    /// A step is about to begin, in a case that is played step by step. Time stands still until the observation `GoOn`
    /// or `Unable`.
    Step(Upcoming),
    /// Wait for the next observation, or until that time.
    Wait(Duration),
    /// The case is over; call `finish`.
    Done,
}

/// What the player observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observation {
    /// The connection is open.
    Opened {
        /// Which.
        connection: ConnectionNumber,
        /// The WebSocket subprotocol; `None` if there is none, or if it is not a WebSocket.
        subprotocol: Option<String>,
    },
    /// The connection could not be opened, because the peer refused the connection or the handshake.
    Refused {
        /// Which.
        connection: ConnectionNumber,
        /// For a person.
        why: String,
    },
    /// Bytes arrived. Packet boundaries do not matter.
    Bytes {
        /// Where.
        connection: ConnectionNumber,
        /// At least one.
        bytes: Vec<u8>,
    },
    /// The peer ended the connection, by FIN, RST, a WebSocket close or a TLS alert. This also follows our own `Close`.
    Ended {
        /// Which.
        connection: ConnectionNumber,
        /// How, as text for people: "closed", "reset", "WebSocket close 1002".
        how: String,
    },
    /// The peer violated a rule of the transport, for example with a text frame. The case fails.
    TransportViolation {
        /// Where.
        connection: ConnectionNumber,
        /// For a person.
        what: String,
        /// The statement, if there is one.
        statement: Option<&'static str>,
    },
    /// The broker accepts connections again.
    BrokerIsBack,
    /// The result of `PingBystander`.
    Bystander {
        /// Whether the ping was answered.
        alive: bool,
    },
    /// The step may begin.
    GoOn,
    /// The player could not carry out a command, or should not: why.
    Unable(String),
}

/// A step that is about to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upcoming {
    /// Where it is written.
    pub place: Place,
    /// Its line in the file, trimmed.
    pub text: Arc<str>,
    /// Open connections whose Keep Alive only the steps keep, as the case writes it: the client, and the seconds for which
    /// the Server waits.
    pub keep_alives: Vec<(Name, u64)>,
}

/// How the suite finds out that the broker has processed everything sent before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum FenceBy {
    /// A PINGREQ, which is answered by PINGRESP.
    #[default]
    Ping,
    /// An UNSUBSCRIBE of a Topic Filter that nobody has, which is answered by UNSUBACK: for a broker that does not answer
    /// PINGREQ as it must.
    Unsubscribe,
    /// Time, for a broker that answers neither.
    Time,
}

impl FenceBy {
    /// The packet that answers.
    #[must_use]
    pub const fn answer(self) -> PacketType {
        match self {
            FenceBy::Ping | FenceBy::Time => PacketType::Pingresp,
            FenceBy::Unsubscribe => PacketType::Unsuback,
        }
    }
}

/// The Topic Filter of [`FenceBy::Unsubscribe`].
pub const NOBODYS_FILTER: &str = "mqttspec/nobody";

/// What the judge must know about the broker and the connection to it.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The usual time from a packet to its answer, as measured; zero in memory.
    pub round_trip: Duration,
    /// How long an expectation without `within` waits: at least five seconds, and a multiple of the measured times.
    pub deadline: Duration,
    /// How the suite finds out that the broker has processed everything sent before.
    pub fence_by: FenceBy,
    /// How long a cluster takes to settle; zero for a single node.
    pub settling: Duration,
    /// The user name for CONNECT packets that do not write one.
    pub user_name: Option<String>,
    /// The password for CONNECT packets that do not write one.
    pub password: Option<Vec<u8>>,
    /// The Server's limits that are known before CONNACK, as probed, by name of the CONNACK property.
    pub limits: std::collections::BTreeMap<String, Limit>,
    /// The names of the limits that the case tests (`requires`). Sends may exceed these.
    pub subject: Vec<String>,
    /// The topics of this case and of the others.
    pub levels: Levels,
}

/// The first levels of topics, which tell a message of this case from one of another case.
#[derive(Debug, Clone, Default)]
pub struct Levels {
    /// What the first levels of all cases of the run begin with; empty if this case has the broker to itself.
    pub run: String,
    /// What those of this case begin with.
    pub own: String,
}

impl Levels {
    /// Whether a message on that topic was published by another case of the run, or by the suite itself.
    #[must_use]
    pub fn is_of_another_case(&self, topic: &str) -> bool {
        !self.run.is_empty() && topic.starts_with(&self.run) && !topic.starts_with(&self.own)
    }
}

/// A message of another case that a client of this case received without a matching subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    /// Its Topic Name.
    pub topic: String,
    /// The packet.
    pub observed: Observed,
}

/// A limit of the Server that no CONNACK announces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The maximum; 0 for what is not available.
    pub most: u64,
    /// How it was found out, for the reason of a skip.
    pub evidence: String,
}

/// What the player must remove from the broker after the case. This is not judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// The node and Client Identifier of Sessions that may exist.
    pub sessions: Vec<(usize, String)>,
    /// Topics that may hold a retained message.
    pub retained: Vec<Vec<u8>>,
}
