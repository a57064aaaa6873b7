//! How each message that came must or may have come.

use std::collections::BTreeSet;

use super::{
    Right,
    deliveries::{self, Delivery},
    facts::Facts,
    missing,
    span::Lag,
};
use crate::explore::history::History;

/// A message that came, as the standards see it.
#[derive(Debug, Clone)]
pub struct Expected {
    /// The index of its connection.
    pub line: usize,
    /// The index of its entry in the log.
    pub entry: usize,
    /// Whether it must come; otherwise it may.
    pub required: bool,
    /// Its fields.
    pub right: Right,
}

/// All that came.
#[must_use]
pub fn expected(history: &History, lag: Lag) -> Vec<Expected> {
    let facts = Facts::of(history, lag);
    let mut live = BTreeSet::new();
    let all = deliveries::all(&facts);
    all.iter().map(|delivery| of(&facts, delivery, &all, &mut live)).collect()
}

fn of(
    facts: &Facts<'_>,
    delivery: &Delivery<'_>,
    all: &[Delivery<'_>],
    live: &mut BTreeSet<(usize, usize)>,
) -> Expected {
    let (line, entry) = (delivery.line, delivery.entry);
    let Some(&message) = delivery.messages.first() else {
        let right = Right { qos: vec![delivery.qos], retain: vec![delivery.retain], identifiers: Vec::new() };
        return Expected { line, entry, required: false, right };
    };
    let ways = facts.ways(delivery.session, message, delivery.at);
    let is_kept = !ways.kept.is_empty() && (ways.live.is_empty() || delivery.retain);
    let values = if is_kept { &ways.kept } else { &ways.live };
    let due = match is_kept {
        true => (0..facts.asked.len()).any(|place| {
            facts.asked[place].session == delivery.session && missing::due_retained(facts, place, message).is_some()
        }),
        false => missing::due(facts, delivery.session, message).is_some() && live.insert((delivery.session, message)),
    };
    // v5 and v3.1.1 [MQTT-4.4.0-1]
    let again = delivery.dup
        && all.iter().any(|other| {
            other.session == delivery.session
                && other.line < line
                && other.packet_id == delivery.packet_id
                && other.payload == delivery.payload
                && !other.late
        });
    Expected { line, entry, required: due || again, right: values.right() }
}
