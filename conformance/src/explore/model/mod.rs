//! The model: judges what Clients have seen by what the standards allow. It does no I/O, and knows no clock.
//!
//! A history is turned into `facts`: connections, Sessions, subscriptions and messages, each with the
//! `Span` in which the broker may have dealt with it. A message that came is compared with all **ways** in
//! which it may have come (`ways`): as a live one by each subscription that may have been in force, or as a retained
//! one by each SUBSCRIBE that may have found it. A message is **required** only if a subscription was in force for
//! certain, all the time.
//!
//! | module | what |
//! |---|---|
//! | `rule` | the rules, and the statements of each version |
//! | `span` | when something may have happened |
//! | `facts`, `subscriptions`, `messages` | what a history says |
//! | `ways` | how a message may have come |
//! | `deliveries` | what came: topic, QoS, RETAIN, identifiers, and how often |
//! | `expected` | how each message that came must or may have come, for vectors |
//! | `missing` | what must have come |
//! | `flow` | DUP, Packet Identifiers, Receive Maximum, and the number of copies |
//! | `order` | the order of messages |
//! | `sessions` | Session Present, and connections that are taken over |
//! | `answers` | requests and their answers |

mod answers;
mod deliveries;
mod expected;
mod facts;
mod flow;
mod messages;
mod missing;
mod order;
mod rule;
mod sessions;
mod span;
mod subscriptions;
mod ways;

use std::fmt;

use mqttspec_codec::Version;

use self::{deliveries::Delivery, facts::Facts};
pub use self::{
    expected::{Expected, expected},
    rule::Rule,
    span::Lag,
};
use super::{history::History, plan::CLIENTS};

/// What a broker has done against the standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule that it has broken.
    pub rule: Rule,
    /// The version that was spoken.
    pub version: Version,
    /// The index of the connection that shows it.
    pub line: usize,
    /// The index of the entry in its log that is wrong; `None` if something is missing.
    pub entry: Option<usize>,
    /// The ways in which a message might have come: `live`, `retained`, both, or none. They tell deviations of one rule
    /// apart.
    pub way: &'static str,
    /// What was allowed, such as `live at QoS 1`.
    pub allowed: String,
    /// What happened, as a sentence.
    pub told: String,
    /// The message, if there is one: its topic, and its payload.
    pub message: Option<(String, String)>,
    /// How it should have come, for one that is missing or wrong.
    pub right: Option<Right>,
}

/// How a message should have come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// One of these.
    pub qos: Vec<u64>,
    /// One of these.
    pub retain: Vec<bool>,
    /// Those that may be there; empty if there is none.
    pub identifiers: Vec<u64>,
}

/// What tells deviations apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signature {
    /// The rule.
    pub rule: Rule,
    /// Whether it is that of v5.
    pub v5: bool,
    /// The ways in which a message might have come.
    pub way: &'static str,
}

impl Violation {
    /// What tells it apart.
    #[must_use]
    pub fn signature(&self) -> Signature {
        Signature { rule: self.rule, v5: self.version.has_properties(), way: self.way }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, version, told, allowed, .. } = self;
        write!(f, "{}, {version} [{}]: {told}", rule.says(), rule.cites(*version).join(", "))?;
        if allowed.is_empty() { Ok(()) } else { write!(f, "; allowed: {allowed}") }
    }
}

/// Judges a history. Nothing is wrong with one that is void.
#[must_use]
pub fn judge(history: &History, lag: Lag) -> Vec<Violation> {
    if history.void.is_some() {
        return Vec::new();
    }
    let facts = Facts::of(history, lag);
    let deliveries = deliveries::all(&facts);
    let mut found = Vec::new();
    sessions::judge(&facts, &mut found);
    deliveries::judge(&facts, &deliveries, &mut found);
    flow::judge(&facts, &deliveries, &mut found);
    order::judge(&facts, &deliveries, &mut found);
    missing::judge(&facts, &deliveries, &mut found);
    answers::judge(&facts, &mut found);
    found
}

impl Facts<'_> {
    /// A violation that a connection shows.
    fn violation(&self, rule: Rule, line: usize, told: String) -> Violation {
        let version = self.version();
        Violation {
            rule,
            version,
            line,
            entry: None,
            way: "",
            allowed: String::new(),
            told,
            message: None,
            right: None,
        }
    }

    /// The name of the Client of a connection.
    fn name(&self, line: usize) -> &'static str {
        self.lines.get(line).and_then(|line| CLIENTS.get(line.client)).unwrap_or(&"?")
    }
}

impl Violation {
    fn of(self, delivery: &Delivery<'_>) -> Self {
        let message = Some((delivery.topic.to_owned(), delivery.payload.to_owned()));
        Self { entry: Some(delivery.entry), message, ..self }
    }
}
