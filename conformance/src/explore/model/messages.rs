//! [`Published`]: the messages that Clients have published, and their Wills.

use mqttspec_codec::PacketType;

use super::{
    facts::{Cause, Facts, LineFacts},
    span::Span,
};
use crate::{
    explore::history::{Entry, What, flag, number, text},
    packet::{Fields, Value},
};

/// A message.
#[derive(Debug, Clone)]
pub(super) struct Published {
    pub(super) line: usize,
    pub(super) client: usize,
    pub(super) topic: String,
    /// Empty for one that clears.
    pub(super) payload: String,
    pub(super) qos: u64,
    pub(super) retain: bool,
    pub(super) is_will: bool,
    /// When the broker may have handed it on.
    pub(super) span: Span,
    /// How often it was sent.
    pub(super) sends: usize,
    /// Whether the broker has taken it over for certain.
    pub(super) certain: bool,
    /// Whether it may not come at all: a Will that was taken back.
    pub(super) withdrawn: bool,
    /// When its first PUBREL was sent.
    pub(super) released: Option<usize>,
}

/// All messages, in the order in which they were sent.
pub(super) fn published(facts: &Facts<'_>) -> Vec<Published> {
    let mut all: Vec<Published> = Vec::new();
    for (index, line) in facts.lines.iter().enumerate() {
        for (place, entry) in line.log.iter().enumerate() {
            let Some((PacketType::Publish, fields)) = entry.what.sent() else { continue };
            let (to, certain, released) = outcome(facts, line, place, fields);
            let (from, to) = (entry.at, to.unwrap_or(Span { from: entry.at, to: None, lag: facts.lag.acts }));
            let span = Span { from, ..to };
            // a message that is sent again is the same message
            let again = all.iter_mut().rfind(|other| {
                flag(fields, "dup")
                    && other.client == line.client
                    && other.payload == text(fields, "payload")
                    && other.topic == text(fields, "topic")
                    && !other.is_will
            });
            if let Some(first) = again {
                first.span = Span { from: first.span.from, ..span };
                first.sends += 1;
                first.certain |= certain;
                first.released = first.released.or(released);
                continue;
            }
            let mut published = message(index, line, fields, span);
            (published.certain, published.released) = (certain, released);
            all.push(published);
        }
        all.extend(will(facts, index, line));
    }
    resumed(facts, &mut all);
    all.sort_by_key(|published| published.span.from);
    all
}

fn message(index: usize, line: &LineFacts<'_>, fields: &Fields, span: Span) -> Published {
    Published {
        line: index,
        client: line.client,
        topic: text(fields, "topic").to_owned(),
        payload: text(fields, "payload").to_owned(),
        qos: number(fields, "qos"),
        retain: flag(fields, "retain"),
        is_will: false,
        span,
        sends: 1,
        certain: false,
        withdrawn: false,
        released: None,
    }
}

/// When the broker has taken a message over, whether for certain, and when PUBREL was sent; for the connection on which
/// it was sent.
fn outcome(
    facts: &Facts<'_>,
    line: &LineFacts<'_>,
    place: usize,
    fields: &Fields,
) -> (Option<Span>, bool, Option<usize>) {
    let rest = || line.log.iter().skip(place + 1);
    let packet_id = number(fields, "packet_id");
    let received = |what: PacketType| {
        rest().find(|entry| matches!(entry.what.received(), Some((of, fields)) if of == what && number(fields, "packet_id") == packet_id))
    };
    let sent = |what: PacketType| {
        rest().find(|entry| matches!(entry.what.sent(), Some((of, fields)) if of == what && number(fields, "packet_id") == packet_id))
    };
    let good = |entry: &Entry| entry.what.received().is_some_and(|(_, fields)| number(fields, "reason_code") < 0x80);
    let (done, certain, released) = match number(fields, "qos") {
        0 => (rest().find(|entry| matches!(entry.what, What::Fenced)), false, None),
        1 => {
            let done = received(PacketType::Puback);
            (done, done.is_some_and(good), None)
        }
        _ => {
            let taken = received(PacketType::Pubrec);
            let refused = taken.filter(|entry| !good(entry));
            let done = refused.or_else(|| received(PacketType::Pubcomp));
            (done, taken.is_some() && done.is_some_and(good), sent(PacketType::Pubrel).map(|entry| entry.at.tick))
        }
    };
    let span = match (done, line.end) {
        (Some(done), _) => Some(Span { from: done.at, to: Some(done.at), lag: facts.lag.acts }),
        // the broker may have read it until it noticed the end
        (None, Some(end)) => Some(end.span),
        (None, None) => None,
    };
    (span, certain, released)
}

/// A QoS 2 message whose PUBREL was sent on a later connection of the same Session.
fn resumed(facts: &Facts<'_>, all: &mut [Published]) {
    for published in all.iter_mut().filter(|published| published.qos == 2 && !published.certain && !published.is_will) {
        let first = &facts.lines[published.line];
        let packet_id = first.log.iter().find_map(|entry| match entry.what.sent() {
            Some((PacketType::Publish, fields)) if text(fields, "payload") == published.payload => {
                Some(number(fields, "packet_id"))
            }
            _ => None,
        });
        let Some(packet_id) = packet_id else { continue };
        let of = |entry: &&Entry, what: PacketType| matches!(entry.what.received(), Some((of, fields)) if of == what && number(fields, "packet_id") == packet_id);
        let released = |entry: &&Entry| matches!(entry.what.sent(), Some((PacketType::Pubrel, fields)) if number(fields, "packet_id") == packet_id);
        let is_new = |entry: &&Entry| matches!(entry.what.sent(), Some((PacketType::Publish, fields)) if number(fields, "packet_id") == packet_id);
        let later = facts.sessions[first.session].lines.iter().filter(|line| **line > published.line);
        for line in later.map(|line| &facts.lines[*line]) {
            let until = line.log.iter().position(|entry| is_new(&entry)).unwrap_or(line.log.len());
            let log = &line.log[..until];
            let Some(release) = log.iter().find(released) else { continue };
            published.released = published.released.or(Some(release.at.tick));
            if let Some(done) = log.iter().find(|entry| of(entry, PacketType::Pubcomp)) {
                published.span = Span { from: published.span.from, to: Some(done.at), lag: facts.lag.acts };
                // that it was taken over says the PUBREC on the first connection, or this
                published.certain = true;
                break;
            }
            match line.end {
                Some(end) => published.span = Span { from: published.span.from, ..end.span },
                None => published.span.to = None,
            }
        }
    }
}

/// The Will of a connection, if it may have been published.
fn will(facts: &Facts<'_>, index: usize, line: &LineFacts<'_>) -> Option<Published> {
    let Some(Value::Map(will)) = line.connect.get("will") else { return None };
    let end = line.end?;
    let lag = end.span.lag.max(facts.lag.wills);
    let mut published = message(index, line, will, Span { lag, ..end.span });
    published.is_will = true;
    published.certain = match end.cause {
        Cause::Dropped | Cause::TakenOver => true,
        Cause::Disconnect { with_will } => with_will,
        Cause::ByServer => false,
    };
    // v5 and v3.1.1 [MQTT-3.14.4-3]; but a CONNECT on another connection may overtake the DISCONNECT
    let next = facts.lines.iter().skip(index + 1).find(|next| next.client == line.client);
    let overtaken = next.is_some_and(|next| !end.span.is_before(next.sent));
    published.withdrawn = end.cause == Cause::Disconnect { with_will: false } && !overtaken;
    Some(published)
}
