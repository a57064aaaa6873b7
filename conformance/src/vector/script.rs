//! A compiled case, ready to run: for one version and one row, with every `for` unrolled and with the run's prefix in
//! topics and Client Identifiers. The loader produces it, and the judge runs it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use mqttspec_codec::{PacketType, Version};

use super::citation::Citation;
use crate::{packet::Value, source::Place};

/// The name of a client in a vector: at most 12 lower-case letters and digits.
pub type Name = Arc<str>;

/// A case for one version and one row, as the judge runs it.
#[derive(Debug, Clone)]
pub struct Script {
    /// Path and case, and its row: `3.01-connect/keep-alive/silence[x=1]`. It does not contain the version.
    pub id: String,
    /// The version of the case; a client may have another.
    pub version: Version,
    /// The statements that the case is about.
    pub cites: Vec<Citation>,
    /// How sends are split into frames or writes.
    pub framing: Framing,
    /// Whether the case needs its topics without a prefix. It then runs alone, and deliveries on topics that it does
    /// not mention are ignored.
    pub no_prefix: bool,
    /// Every client of the case.
    pub clients: BTreeMap<Name, Client>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// A client of a case.
#[derive(Debug, Clone)]
pub struct Client {
    /// The version it speaks.
    pub version: Version,
    /// Which URL of a cluster it connects to, from 1.
    pub node: usize,
    /// The Client Identifier to send if no `client_id` is written, including the prefix.
    pub client_id: String,
}

/// How sends are split into WebSocket frames, or into writes over TCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// One for each packet.
    Packet,
    /// One for each byte.
    Bytes,
    /// Two for each packet, the first with that many bytes. A shorter packet is not split.
    Cut(usize),
    /// One for consecutive sends.
    Joined,
}

/// One step of a script.
#[derive(Debug, Clone)]
pub struct Step {
    /// Where it is written.
    pub place: Place,
    /// Its line in the file, trimmed.
    pub text: Arc<str>,
    /// The case passes with this warning if the step succeeds.
    pub warn: Option<Arc<str>>,
    /// What the step does.
    pub action: Action,
}

/// What a step does or waits for.
#[derive(Debug, Clone)]
pub enum Action {
    /// `a -> PACKET`
    Send(Name, Outgoing),
    /// `a => PACKET`: the whole exchange, in its normal course.
    Exchange(Name, Outgoing),
    /// `a -> hex`: packets of one write, each a list of pieces.
    Raw(Name, Vec<Vec<HexPiece>>),
    /// `a -> frame`
    Frame {
        /// Who sends.
        who: Name,
        /// WebSocket opcode, 0 to 15.
        opcode: u8,
        /// The FIN bit.
        fin: bool,
        /// The frame's payload.
        hex: Vec<HexPiece>,
    },
    /// `a -> open`
    Open {
        /// Who opens.
        who: Name,
        /// The values of `Sec-WebSocket-Protocol`; `None` means `mqtt`.
        subprotocols: Option<Vec<String>>,
        /// The path to request instead of that of the URL.
        path: Option<String>,
    },
    /// `a -> close`
    Close(Name),
    /// `a -> drop`: a reset.
    Drop(Name),
    /// `wait: 3s`
    Wait(Duration),
    /// `broker: restart` or `kill`
    Broker(Outage),
    /// `a <- ..`, `a <= PUBLISH`
    Expect(Expectation),
    /// `all of`
    AllOf(Vec<Item>),
    /// `any of`
    AnyOf(Vec<Alternative>),
    /// `may`
    May(Vec<Expectation>),
    /// `steps` as one step. The loader flattens it at the top level only.
    Steps(Vec<Step>),
}

/// How the broker is stopped before it is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outage {
    /// The broker is asked to stop.
    Restart,
    /// SIGKILL.
    Kill,
}

/// A packet to be sent, with the fields written in the vector. The judge fills in the others.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Its type.
    pub packet_type: PacketType,
    /// The written fields. Topics and Client Identifiers have their prefix.
    pub fields: BTreeMap<&'static str, Term>,
}

/// A value in a send, or a literal in an expectation. Names in it are bound at run time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// Known before the case starts.
    Value(Value),
    /// `$x` as a whole value. If it is unbound in a send, it takes a free Packet Identifier.
    Name(Arc<str>),
    /// `${x}` inside a string.
    Text(Vec<Piece>),
    /// A list whose items contain names.
    List(Vec<Term>),
    /// A map whose fields contain names.
    Map(BTreeMap<&'static str, Term>),
    /// `{scram: first}`: the Client's first message of SCRAM.
    ScramFirst,
    /// `{scram: $challenge}`: the Client's answer to the challenge that the name is bound to.
    ScramAnswer(Arc<str>),
}

/// A part of a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As written.
    Literal(Vec<u8>),
    /// The value of a name. Bytes are inserted unchanged, numbers in decimal.
    Name(Arc<str>),
}

/// A part of a `hex`. Lengths have been computed already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HexPiece {
    /// As written.
    Bytes(Vec<u8>),
    /// A Packet Identifier, two bytes.
    PacketId(Arc<str>),
}

/// `a <- ..`
#[derive(Debug, Clone)]
pub struct Expectation {
    /// Where it is written.
    pub place: Place,
    /// As written, trimmed.
    pub text: Arc<str>,
    /// The case passes with this warning if the expectation is met.
    pub warn: Option<Arc<str>>,
    /// The client whose connection it is on.
    pub who: Name,
    /// What is expected.
    pub what: Expected,
    /// Whether the PUBLISH is acknowledged in full: `<=`.
    pub acknowledge: bool,
    /// The earliest time, counted from the last act.
    pub after: Option<Duration>,
    /// The latest time, counted from the last act; `None` means the default deadline.
    pub within: Option<Duration>,
    /// The statement that the Server violates if this is not met; `None` if it follows from what came instead.
    pub cites: Option<Citation>,
}

/// What an expectation waits for.
#[derive(Debug, Clone)]
pub enum Expected {
    /// A packet of this type whose written fields match.
    Packet(PacketType, Vec<(&'static str, Matcher)>),
    /// Exactly these bytes as one packet.
    Raw(Vec<HexPiece>),
    /// The WebSocket handshake is accepted, with this subprotocol.
    Open(Option<Matcher>),
    /// The end of the connection, with this Reason Code in the last packet, if there is one.
    Closed(Option<Matcher>),
    /// No unread packet, and the connection still open.
    Nothing,
}

/// What a field must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matcher {
    /// `any`: present, with any value.
    Any,
    /// `absent`
    Absent,
    /// `failure`: a Reason Code of 0x80 or more.
    Failure,
    /// A literal. A name that is not bound yet takes the value received.
    Is(Term),
    /// `{not: v}`
    Not(Box<Matcher>),
    /// `{any of: [..], warn: [..]}`
    AnyOf {
        /// Pass.
        hard: Vec<Matcher>,
        /// Pass with a warning.
        warn: Vec<Matcher>,
    },
    /// `{at least: n, at most: n}`
    Between(u64, u64),
    /// A list, item by item.
    Items(Vec<Matcher>),
    /// `{each: v}`
    Each(Box<Matcher>),
    /// A list in any order: Subscription Identifiers.
    Unordered(Vec<Matcher>),
    /// User Properties in this order; others may appear between them.
    Within(Vec<Matcher>),
}

/// An item of `all of`.
#[derive(Debug, Clone)]
pub enum Item {
    /// One expectation.
    One(Expectation),
    /// The first alternative that matches.
    AnyOf(Vec<Expectation>),
    /// A sequence of expectations.
    Steps(Vec<Expectation>),
}

/// An alternative of `any of`.
#[derive(Debug, Clone)]
pub struct Alternative {
    /// The case passes with this warning if the alternative is taken.
    pub warn: Option<Arc<str>>,
    /// What decides whether it is taken: an expectation, or an `all of`.
    pub head: Head,
    /// What follows once it is taken.
    pub rest: Vec<Step>,
}

/// How an alternative begins.
#[derive(Debug, Clone)]
pub enum Head {
    /// The alternative is taken when this is met.
    Expect(Expectation),
    /// The alternative is taken when any item is met; the others must follow.
    AllOf(Place, Vec<Item>),
}
