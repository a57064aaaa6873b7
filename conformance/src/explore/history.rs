//! [`History`]: what was sent and received while a plan was played, and when.

use std::{fmt, time::Duration};

use mqttspec_codec::{PacketType, Version};

use super::plan::CLIENTS;
use crate::{
    packet::{Fields, Value, fields},
    text::Text,
};

/// A point in a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Counts what happened.
    pub tick: usize,
    /// Since an arbitrary moment.
    pub clock: Duration,
}

impl Moment {
    /// The beginning.
    pub const START: Self = Self { tick: 0, clock: Duration::ZERO };
}

/// What happened while a plan was played.
#[derive(Debug, Clone)]
pub struct History {
    /// That of all Clients.
    pub version: Version,
    /// All connections, in the order in which they were opened.
    pub lines: Vec<Line>,
    /// When the Clients last looked.
    pub end: Moment,
    /// Why this history says nothing about the broker; `None` if it does.
    pub void: Option<String>,
    /// How many operations applied.
    pub applied: usize,
}

/// A connection.
#[derive(Debug, Clone)]
pub struct Line {
    /// The index of the Client.
    pub client: usize,
    /// In the order in which the Client sent and received. Pings are left out.
    pub log: Vec<Entry>,
}

/// An entry of the log of a connection.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When.
    pub at: Moment,
    /// The index of the operation during which it happened; the number of operations for what came at the end.
    pub op: usize,
    /// What.
    pub what: What,
}

/// What happened on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The Client sent a packet. Topics, Topic Filters and Client Identifiers are without the prefix of the plan.
    Sent(PacketType, Fields),
    /// The Client received a packet.
    Received(PacketType, Fields),
    /// The Client received bytes that are no packet that it can receive.
    Malformed(Vec<u8>, Text),
    /// The Client ended the connection: by a reset, or by closing its side.
    Closing {
        /// Whether it was a reset.
        reset: bool,
    },
    /// The broker ended the connection, or has noticed that the Client did.
    Ended,
    /// A PINGREQ was answered. Only the first of several in a row is recorded.
    Fenced,
    /// A PINGREQ was not answered in time.
    Silent,
}

impl What {
    /// The packet that the Client received.
    #[must_use]
    pub const fn received(&self) -> Option<(PacketType, &Fields)> {
        if let What::Received(packet_type, fields) = self { Some((*packet_type, fields)) } else { None }
    }

    /// The packet that the Client sent.
    #[must_use]
    pub const fn sent(&self) -> Option<(PacketType, &Fields)> {
        if let What::Sent(packet_type, fields) = self { Some((*packet_type, fields)) } else { None }
    }
}

impl fmt::Display for History {
    /// One line for each packet, in the order of time.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all: Vec<(usize, &Line, &Entry)> = Vec::new();
        for (index, line) in self.lines.iter().enumerate() {
            all.extend(line.log.iter().map(|entry| (index, line, entry)));
        }
        all.sort_by_key(|(.., entry)| entry.at);
        for (index, line, entry) in all.into_iter().filter(|(.., entry)| entry.what != What::Fenced) {
            let who = CLIENTS.get(line.client).unwrap_or(&"?");
            let at = entry.at.clock.as_secs_f64();
            writeln!(f, "{at:9.3} s  {who}{} {}", index + 1, entry.what)?;
        }
        Ok(())
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Sent(packet_type, fields) => write!(f, "-> {}", fields::describe(*packet_type, fields)),
            What::Received(packet_type, fields) => write!(f, "<- {}", fields::describe(*packet_type, fields)),
            What::Malformed(_, why) => write!(f, "<- bytes that are no packet: {why}"),
            What::Closing { reset: true } => f.write_str("-> reset"),
            What::Closing { reset: false } => f.write_str("-> closed"),
            What::Ended => f.write_str("<- closed"),
            What::Fenced => f.write_str("<- PINGRESP"),
            What::Silent => f.write_str("<- no PINGRESP"),
        }
    }
}

/// The number in a field; 0 if it is absent or no number.
#[must_use]
pub fn number(fields: &Fields, name: &str) -> u64 {
    match fields.get(name) {
        Some(Value::Number(number)) => *number,
        Some(Value::Bool(flag)) => u64::from(*flag),
        _ => 0,
    }
}

/// Whether a flag is set.
#[must_use]
pub fn flag(fields: &Fields, name: &str) -> bool {
    number(fields, name) == 1
}

/// The text in a field; empty if it is absent or no text.
#[must_use]
pub fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_bytes).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default()
}

/// The numbers of a list; empty if it is absent.
#[must_use]
pub fn numbers(fields: &Fields, name: &str) -> Vec<u64> {
    let Some(Value::List(items)) = fields.get(name) else { return Vec::new() };
    items.iter().filter_map(Value::as_number).collect()
}
