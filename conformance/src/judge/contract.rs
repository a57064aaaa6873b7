//! The contract between the judge and what plays its commands: a virtual clock over the in-memory broker, or real
//! sockets.

use std::time::Duration;

use crate::vector::script::{Name, Outage};

/// One connection of a client name: a name that connects again gets the next number, so that a late observation is not
/// taken for the new connection's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionNumber(pub u64);

/// What the judge wants done. Times are since the case began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Open a connection; answered by `Opened`, `Refused` or `Ended`.
    Open {
        /// Its number from now on.
        connection: ConnectionNumber,
        /// The client.
        who: Name,
        /// Which URL, from 1.
        node: usize,
        /// `Sec-WebSocket-Protocol`; `None`: what the transport offers by itself.
        subprotocols: Option<Vec<String>>,
        /// Instead of the URL's path.
        path: Option<String>,
        /// The case is about the handshake: a refusal is an observation, not an error of the network.
        explicit: bool,
    },
    /// Write, each piece as a frame of its own or a write of its own.
    Send {
        /// Where.
        connection: ConnectionNumber,
        /// The pieces, none empty.
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
    /// Close in order: WebSocket close, then FIN.
    Close(ConnectionNumber),
    /// Reset.
    Drop(ConnectionNumber),
    /// Stop the broker and start it again; answered by `BrokerIsBack`.
    Broker(Outage),
    /// Ping a client that takes no part; answered by `Bystander`.
    PingBystander,
    /// Do nothing until an observation comes, or until that time.
    Wait(Duration),
    /// The case is over: take the verdict.
    Done,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observation {
    /// The connection is open; on WebSocket with this subprotocol.
    Opened {
        /// Which.
        connection: ConnectionNumber,
        /// `None`: none, or not a WebSocket.
        subprotocol: Option<String>,
    },
    /// It could not be opened, and why: the peer refused the handshake or the connection.
    Refused {
        /// Which.
        connection: ConnectionNumber,
        /// For a person.
        why: String,
    },
    /// Bytes came, cut anywhere.
    Bytes {
        /// Where.
        connection: ConnectionNumber,
        /// At least one.
        bytes: Vec<u8>,
    },
    /// The peer ended the connection: FIN, RST, WebSocket close, TLS alert; also the answer to our own `Close`.
    Ended {
        /// Which.
        connection: ConnectionNumber,
        /// For a person: "closed", "reset", "WebSocket close 1002".
        how: String,
    },
    /// The peer broke the transport's rules, for example a text frame: the case fails.
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
    /// Whether the bystander's ping was answered.
    Bystander {
        /// It was.
        alive: bool,
    },
    /// The suite itself could not do what was asked.
    Unable(String),
}

/// What the judge must know about the broker and the way to it.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The measured round trip; zero in memory.
    pub round_trip: Duration,
    /// How long an expectation without `within` waits; at least five seconds or twenty round trips.
    pub deadline: Duration,
    /// How long a settled cluster needs; zero for one node.
    pub settling: Duration,
    /// User name and password for CONNECT packets that do not write their own.
    pub user_name: Option<String>,
    /// See `user_name`.
    pub password: Option<Vec<u8>>,
    /// The Server's limits where they are known before CONNACK (v3.1.1, probed); by name of the CONNACK property.
    pub limits: std::collections::BTreeMap<String, u64>,
    /// Names of limits that the case is about (`requires`): sends may break these.
    pub subject: Vec<String>,
}

/// What must be removed from the broker when a case is over, by the player, unjudged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// (node, Client Identifier) of sessions that may exist.
    pub sessions: Vec<(usize, String)>,
    /// Topics that may hold a retained message.
    pub retained: Vec<Vec<u8>>,
}
