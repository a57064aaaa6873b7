//! [`Asked`]: what Clients have asked for with SUBSCRIBE and UNSUBSCRIBE, and for how long it is in force.

use mqttspec_codec::{PacketType, TopicFilter, TopicName};

use super::{facts::Facts, span::Span};
use crate::{
    explore::history::{What, flag, number, numbers, text},
    packet::{Fields, Value},
};

/// A Topic Filter of a SUBSCRIBE or an UNSUBSCRIBE.
#[derive(Debug)]
pub(super) struct Asked<'h> {
    pub(super) line: usize,
    pub(super) session: usize,
    pub(super) filter: &'h str,
    pub(super) span: Span,
    /// `None` for UNSUBSCRIBE.
    pub(super) wanted: Option<Options>,
    /// The Reason Code, if it was answered with one.
    pub(super) code: Option<u64>,
    /// Whether the broker has answered that it does not do it.
    pub(super) refused: bool,
    /// Whether the broker has answered that it does it.
    pub(super) granted: bool,
}

/// The options of a subscription.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    /// As granted, if it was answered.
    pub(super) qos: u64,
    pub(super) no_local: bool,
    pub(super) as_published: bool,
    pub(super) handling: u64,
    /// 0 for none.
    pub(super) identifier: u64,
}

impl Asked<'_> {
    /// Whether it matches a topic. Both have a first level before them on the wire, so a `$` is never at the beginning.
    pub(super) fn matches(&self, topic: &str) -> bool {
        let (filter, topic) = (format!("x/{}", self.filter), format!("x/{topic}"));
        matches!((TopicFilter::new(&filter), TopicName::new(&topic)), (Ok(filter), Ok(topic)) if filter.matches(topic))
    }
}

/// Everything that was asked for, in the order in which it was sent.
pub(super) fn asked<'h>(facts: &Facts<'h>) -> Vec<Asked<'h>> {
    let mut all = Vec::new();
    for (index, line) in facts.lines.iter().enumerate() {
        for (place, entry) in line.log.iter().enumerate() {
            let What::Sent(packet_type @ (PacketType::Subscribe | PacketType::Unsubscribe), fields) = &entry.what
            else {
                continue;
            };
            let answer = match packet_type {
                PacketType::Subscribe => PacketType::Suback,
                _ => PacketType::Unsuback,
            };
            let packet_id = number(fields, "packet_id");
            let answered = line.log.iter().skip(place).find_map(|later| match &later.what {
                What::Received(what, fields) if *what == answer && number(fields, "packet_id") == packet_id => {
                    Some((later.at, fields))
                }
                _ => None,
            });
            // what was not answered may have been done until the broker noticed that the connection has ended
            let ended = line.end.and_then(|end| end.span.to.map(|at| (at, end.span.lag)));
            let to = answered.map(|(at, _)| (at, facts.lag.acts)).or(ended);
            let span =
                Span { from: entry.at, to: to.map(|(at, _)| at), lag: to.map_or(facts.lag.acts, |(_, lag)| lag) };
            let codes = answered.map(|(_, fields)| numbers(fields, "reason_codes")).unwrap_or_default();
            let base = |filter, code: Option<u64>, wanted| Asked {
                line: index,
                session: line.session,
                filter,
                span,
                wanted,
                code,
                refused: code.is_some_and(|code| code >= 0x80),
                granted: answered.is_some() && code.is_none_or(|code| code < 0x80),
            };
            let identifier = number(fields, "subscription_identifier");
            if let Some(Value::List(items)) = fields.get("subscriptions") {
                for (item, code) in
                    items.iter().zip(codes.iter().map(|code| Some(*code)).chain(std::iter::repeat(None)))
                {
                    if let Value::Map(item) = item {
                        all.push(base(text(item, "filter"), code, Some(options(item, code, identifier))));
                    }
                }
            }
            if let Some(Value::List(items)) = fields.get("filters") {
                for (item, code) in
                    items.iter().zip(codes.iter().map(|code| Some(*code)).chain(std::iter::repeat(None)))
                {
                    let filter = item.as_bytes().and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default();
                    all.push(base(filter, code, None));
                }
            }
        }
    }
    all.sort_by_key(|asked| asked.span.from);
    all
}

fn options(item: &Fields, code: Option<u64>, identifier: u64) -> Options {
    let asked = number(item, "qos");
    Options {
        qos: code.filter(|code| *code <= 2).unwrap_or(asked),
        no_local: flag(item, "no_local"),
        as_published: flag(item, "retain_as_published"),
        handling: number(item, "retain_handling"),
        identifier,
    }
}

impl<'h> Facts<'h> {
    /// Whether a subscription may have been in force at some moment of that span.
    pub(super) fn may_be_in_force(&self, place: usize, at: &Span) -> bool {
        let asked = &self.asked[place];
        if asked.wanted.is_none() || asked.refused || at.precedes(&asked.span) {
            return false;
        }
        let later = self.asked.iter().skip(place + 1);
        let mut later = later.filter(|later| later.session == asked.session && later.filter == asked.filter);
        let replaced = later.any(|later| !later.refused && later.span.precedes(at) && later.granted);
        let over = self.sessions[asked.session].over;
        !replaced && !over.is_some_and(|over| over.precedes(at))
    }

    /// What may count of the same subscription from that moment on, options included: the last that was surely in force
    /// by then, and all later ones. `None` if the subscription may not be in force, then or later.
    pub(super) fn surely(&self, session: usize, filter: &str, at: &Span) -> Option<Vec<Options>> {
        let same = self.asked.iter().filter(|asked| asked.session == session && asked.filter == filter);
        let same: Vec<&Asked<'h>> = same.collect();
        // a SUBACK was received before
        let first = same.iter().rposition(|asked| {
            asked.granted && asked.wanted.is_some() && asked.span.to.is_some_and(|to| to.tick < at.from.tick)
        })?;
        // from the last that is certainly over on: what came before may have been last too, if it overlaps
        let from = (0..first).rev().take_while(|place| !same[*place].span.precedes(&same[first].span)).last();
        let rest = &same[from.unwrap_or(first)..];
        rest.iter().map(|asked| asked.wanted.filter(|_| !asked.refused)).collect()
    }
}
