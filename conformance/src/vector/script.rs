//! What a case says, ready to be played: one version, one row, every `for` unrolled, topics and Client Identifiers with
//! the run's prefix. The loader makes it, the judge plays it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use mqttspec_codec::{PacketType, Version};

use crate::{packet::Value, source::Place};

/// The name of a connection in a vector: at most 12 small letters and digits.
pub type Name = Arc<str>;

/// A case for one version and one row, as the judge plays it.
#[derive(Debug, Clone)]
pub struct Script {
    /// Path and case, and its row: `3.01-connect/keep-alive/silence [x=1]`. Without the version.
    pub id: String,
    /// The version that the case runs for; a client may have another.
    pub version: Version,
    /// How sends are cut into frames or writes.
    pub framing: Framing,
    /// The case is about the very first topic level: it runs alone, and deliveries on topics it does not name are put
    /// away.
    pub no_prefix: bool,
    /// Every client that the case names.
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
    /// What is sent where no `client_id` is written, prefix included.
    pub client_id: String,
}

/// How what is sent is cut (WebSocket frames; writes over TCP).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Each packet in one.
    Packet,
    /// Each byte in one.
    Bytes,
    /// Each packet in two, the first of that many bytes (a shorter packet stays whole).
    Cut(usize),
    /// Sends in a row leave as one.
    Joined,
}

/// One step of a script.
#[derive(Debug, Clone)]
pub struct Step {
    /// Where it is written.
    pub place: Place,
    /// Its line in the file, trimmed.
    pub text: Arc<str>,
    /// The warning with which the case passes if this step does.
    pub warn: Option<Arc<str>>,
    /// What it does.
    pub action: Action,
}

/// What a step does or waits for.
#[derive(Debug, Clone)]
pub enum Action {
    /// `a -> PACKET`
    Send(Name, Outgoing),
    /// `a => PACKET`: the whole exchange as it should go.
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
        /// `Sec-WebSocket-Protocol`; `None`: `mqtt`.
        subprotocols: Option<Vec<String>>,
        /// Instead of the URL's path.
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
    /// `steps` as one step; only at the top level it is flattened by the loader.
    Steps(Vec<Step>),
}

/// How the broker is stopped before it is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// Asked to end.
    Restart,
    /// SIGKILL.
    Kill,
}

/// A packet to be sent: the fields written in the vector. What is unwritten the judge fills in.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Its type.
    pub packet_type: PacketType,
    /// Written fields, topics and Client Identifiers with their prefix.
    pub fields: BTreeMap<&'static str, Term>,
}

/// A value in a send, or a literal in an expectation; names in it are bound at run time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// Known before the case starts.
    Value(Value),
    /// `$x` as a whole value. Unbound in a send: a free Packet Identifier.
    Name(Arc<str>),
    /// `${x}` inside a text.
    Text(Vec<Piece>),
    /// Items that hold names.
    List(Vec<Term>),
    /// Fields that hold names.
    Map(BTreeMap<&'static str, Term>),
    /// `{scram: first}`: the Client's first message of SCRAM.
    ScramFirst,
    /// `{scram: $challenge}`: the Client's answer to what the name is bound to.
    ScramAnswer(Arc<str>),
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As written.
    Literal(Vec<u8>),
    /// The value of a name: bytes as they are, numbers in decimal.
    Name(Arc<str>),
}

/// A part of a `hex`; lengths are computed already.
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
    /// The warning with which the case passes if this is met.
    pub warn: Option<Arc<str>>,
    /// On which connection.
    pub who: Name,
    /// What must come.
    pub what: Expected,
    /// `<=`: acknowledge the PUBLISH in full.
    pub acknowledge: bool,
    /// Not before, from the last act.
    pub after: Option<Duration>,
    /// Not later, from the last act; `None`: the default deadline.
    pub within: Option<Duration>,
}

/// What an expectation waits for.
#[derive(Debug, Clone)]
pub enum Expected {
    /// A packet of this type whose written fields match.
    Packet(PacketType, Vec<(&'static str, Matcher)>),
    /// Exactly these bytes as one packet.
    Raw(Vec<HexPiece>),
    /// The WebSocket handshake was accepted; which subprotocol.
    Open(Option<Matcher>),
    /// The end of the connection; with which Reason Code, if a last packet tells.
    Closed(Option<Matcher>),
    /// Nothing unread, and the connection still open.
    Nothing,
}

/// What a field must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matcher {
    /// `any`: there, whatever it is.
    Any,
    /// `absent`
    Absent,
    /// `failure`: a Reason Code of 0x80 or more.
    Failure,
    /// A literal. A name that is not bound yet takes what is there.
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
    /// User Properties in this order; others may stand between.
    Within(Vec<Matcher>),
}

/// An open item of `all of`.
#[derive(Debug, Clone)]
pub enum Item {
    /// One expectation.
    One(Expectation),
    /// The first alternative that matches.
    AnyOf(Vec<Expectation>),
    /// A little sequence.
    Steps(Vec<Expectation>),
}

/// An alternative of `any of`.
#[derive(Debug, Clone)]
pub struct Alternative {
    /// The warning with which the case passes if this one is taken.
    pub warn: Option<Arc<str>>,
    /// What decides: an expectation, or an `all of`.
    pub head: Head,
    /// What follows once it is taken.
    pub rest: Vec<Step>,
}

/// How an alternative begins.
#[derive(Debug, Clone)]
pub enum Head {
    /// It is taken when this is met.
    Expect(Expectation),
    /// It is taken when any item is met; the others must follow.
    AllOf(Place, Vec<Item>),
}

impl Script {
    /// How long the case waits at least, by its own words: the sum of its waits and of what must not come earlier.
    #[must_use]
    pub fn waits(&self) -> Duration {
        waits(&self.steps)
    }
}

fn waits(steps: &[Step]) -> Duration {
    let of = |step: &Step| match &step.action {
        Action::Wait(duration) => *duration,
        Action::Expect(expectation) => match expectation.what {
            Expected::Nothing => expectation.within.unwrap_or_default(),
            _ => expectation.after.unwrap_or_default(),
        },
        Action::Steps(steps) => waits(steps),
        _ => Duration::ZERO,
    };
    steps.iter().map(of).sum()
}
