//! What may happen: a [`Plan`] is a setup and a list of [`Op`]s, which proptest makes and shrinks.

use std::fmt;

use mqttspec_broker::core::{Config, Overlap, QueueFull};
use mqttspec_codec::{Reject, Tolerated, Version};

pub(crate) const CLIENTS: [(&str, Version); 4] =
    [("a", Version::V5), ("b", Version::V3_1_1), ("c", Version::V5), ("d", Version::V3_1)];
pub(crate) const TOPICS: [&str; 4] = ["t", "t/u", "$t/u", "v"];
pub(crate) const FILTERS: [&str; 8] = ["#", "t/#", "+/u", "t", "$share/g/t/#", "$share/g/v", "$t/#", "v"];

#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) setup: Setup,
    pub(crate) ops: Vec<(usize, Op)>,
}

/// One operation a line: what is left after shrinking is read by people.
impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.setup)?;
        self.ops.iter().try_for_each(|(client, op)| write!(f, "\n  {} {op:?}", CLIENTS[*client].0))
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) each_subscription: bool,
    pub(crate) receive_maximum: u16,
    pub(crate) in_flight: u16,
    /// Bytes; small enough to be met.
    pub(crate) backlog: usize,
    /// Messages in one Session's queue, if that limit is to be met: then some are lost by design.
    pub(crate) queued: Option<usize>,
    /// A Session whose queue is full ends.
    pub(crate) end_session: bool,
    /// Seconds.
    pub(crate) longest_expiry: u32,
    /// What the broker does at once; small enough that much of what happens is done in several steps.
    pub(crate) step: usize,
    /// Output stays in the core until the disk has what it depends on, as in the shell; or it is taken and held.
    pub(crate) lazy: bool,
    /// What the broker refuses of what it may.
    pub(crate) reject: Reject,
    /// What each Client subscribes to whenever it has a new Session.
    pub(crate) habits: [[Option<PlannedSubscription>; 2]; CLIENTS.len()],
}

impl Setup {
    pub(crate) fn evicts(&self) -> bool {
        self.end_session && self.queued.is_some()
    }

    pub(crate) fn config(&self) -> Config {
        Config {
            overlap: if self.each_subscription { Overlap::EachSubscription } else { Overlap::Once },
            receive_maximum: self.receive_maximum.try_into().unwrap(),
            in_flight: self.in_flight.try_into().unwrap(),
            backlog: self.backlog,
            queued_messages: self.queued.unwrap_or(10_000),
            queue_full: if self.end_session { QueueFull::EndSession } else { QueueFull::DropNewest },
            session_expiry_maximum: self.longest_expiry,
            reject: self.reject,
            dollar_topics: true,
            step: self.step.try_into().unwrap(),
            ..Config::default()
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Op {
    /// On a new connection; one that is open is left to the broker, which takes the Session over.
    Connect {
        clean: bool,
        expiry: u32,
        keep_alive: u16,
        receive_maximum: u16,
        will: Option<PlannedWill>,
    },
    Subscribe(PlannedSubscription),
    Unsubscribe {
        filter: usize,
    },
    /// With `cut`, only that many bytes leave before the connection breaks.
    Publish {
        topic: usize,
        qos: u8,
        retain: bool,
        empty: bool,
        expiry: Option<u32>,
        alias: bool,
        odd: Option<Odd>,
        cut: Option<usize>,
    },
    /// The oldest QoS 2 message without PUBREC once more, on the same connection: before v5 a Client may.
    Repeat,
    /// PUBREL, in the order of the PUBRECs.
    Pubrel,
    Ping,
    /// Takes some bytes that have come.
    Read {
        bytes: usize,
    },
    /// Answers what was read: PUBACKs (0), PUBRECs (1) or PUBCOMPs (2), each kind in its order.
    Answer {
        kind: usize,
        packets: usize,
        refuse: bool,
    },
    Disconnect {
        keep_will: bool,
        expiry: Option<u32>,
    },
    Malformed,
    /// The connection breaks, and what was not read is lost.
    Lose,
    /// The disk has that many steps more.
    Commit {
        steps: usize,
    },
    /// Time passes. The broker is woken when it asked to be, or once at the end, or not at all.
    Wait {
        millis: u64,
        wake: Wake,
    },
    /// The broker dies, and another begins with what the disk has: what is durable, and maybe some steps more. With
    /// `during`, it dies while it hands out what that operation did.
    Crash {
        more_steps: usize,
        during: Option<Box<Op>>,
    },
}

impl Op {
    /// How a Client connects at the beginning and at the end: to a Session that lasts.
    pub(crate) const BEGIN: Op =
        Op::Connect { clean: false, expiry: u32::MAX, keep_alive: 0, receive_maximum: 4, will: None };
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct PlannedSubscription {
    pub(crate) filter: usize,
    pub(crate) options: u8,
    /// 0: none.
    pub(crate) identifier: u32,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct PlannedWill {
    pub(crate) topic: usize,
    pub(crate) qos: u8,
    pub(crate) retain: bool,
    pub(crate) delay: u32,
    pub(crate) expiry: Option<u32>,
}

/// What the standards leave to the receiver, in a PUBLISH.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Odd {
    RepeatedFormat,
    RepeatedExpiry,
    FormatTwo,
    OverLong,
}

impl Odd {
    pub(crate) fn tolerated(self) -> Tolerated {
        match self {
            Odd::RepeatedFormat | Odd::RepeatedExpiry => Tolerated::RepeatedProperties,
            Odd::FormatTwo => Tolerated::PayloadFormats,
            Odd::OverLong => Tolerated::OverLongIntegers,
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Wake {
    InTime,
    Late,
    Never,
}
