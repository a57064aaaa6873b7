//! What came: each message is compared with the ways in which it may have come.

use mqttspec_codec::PacketType;

use super::{Rule, Violation, facts::Facts, ways::Ways};
use crate::explore::history::{Moment, What, flag, number, numbers, text};

/// A PUBLISH that a Client has received.
#[derive(Debug)]
pub(super) struct Delivery<'h> {
    pub(super) line: usize,
    /// Its index in the log.
    pub(super) entry: usize,
    pub(super) session: usize,
    pub(super) at: Moment,
    pub(super) topic: &'h str,
    pub(super) payload: &'h str,
    pub(super) qos: u64,
    pub(super) retain: bool,
    pub(super) dup: bool,
    pub(super) packet_id: u64,
    pub(super) identifiers: Vec<u64>,
    /// The messages that it can be, by index; several only if they are empty.
    pub(super) messages: Vec<usize>,
    /// Whether it was read after the Client had closed its side.
    pub(super) late: bool,
}

impl Delivery<'_> {
    pub(super) fn told(&self, facts: &Facts<'_>) -> String {
        let payload = if self.payload.is_empty() { "an empty message" } else { self.payload };
        let mut told = format!("{} received {payload} on {} at QoS {}", facts.name(self.line), self.topic, self.qos);
        for (is_set, what) in [(self.retain, ", RETAIN 1"), (self.dup, ", DUP 1")] {
            told.push_str(if is_set { what } else { "" });
        }
        if !self.identifiers.is_empty() {
            told.push_str(&format!(", identifiers {:?}", self.identifiers));
        }
        told
    }
}

/// All that came, by connection and in order.
pub(super) fn all<'h>(facts: &Facts<'h>) -> Vec<Delivery<'h>> {
    let mut all = Vec::new();
    for (line, of) in facts.lines.iter().enumerate() {
        let closing = of.log.iter().position(|entry| matches!(entry.what, What::Closing { .. }));
        for (entry, came) in of.log.iter().enumerate() {
            let Some((PacketType::Publish, fields)) = came.what.received() else { continue };
            let (topic, payload) = (text(fields, "topic"), text(fields, "payload"));
            let of_message = facts.published.iter().enumerate().filter(|(_, published)| {
                published.payload == payload && (!payload.is_empty() || published.topic == topic)
            });
            all.push(Delivery {
                line,
                entry,
                session: of.session,
                at: came.at,
                topic,
                payload,
                qos: number(fields, "qos"),
                retain: flag(fields, "retain"),
                dup: flag(fields, "dup"),
                packet_id: number(fields, "packet_id"),
                identifiers: numbers(fields, "subscription_identifiers"),
                messages: of_message.map(|(index, _)| index).collect(),
                late: closing.is_some_and(|closing| closing < entry),
            });
        }
    }
    all
}

pub(super) fn judge(facts: &Facts<'_>, deliveries: &[Delivery<'_>], found: &mut Vec<Violation>) {
    for delivery in deliveries {
        let wrong: Option<Vec<(Rule, Ways)>> =
            delivery.messages.iter().map(|message| misfit(facts, delivery, *message)).collect();
        // it fits one of them
        let Some(wrong) = wrong else { continue };
        let (rule, ways) = wrong.into_iter().next().unwrap_or((Rule::Payload, Ways::default()));
        let is_kept = !ways.kept.is_empty() && (ways.live.is_empty() || delivery.retain);
        let values = if is_kept { &ways.kept } else { &ways.live };
        let right = (!values.is_empty()).then(|| values.right());
        let violation = facts.violation(rule, delivery.line, delivery.told(facts));
        let (way, allowed) = (ways.name(), ways.to_string());
        found.push(Violation { way, allowed, right, ..violation.of(delivery) });
    }
}

/// The rule that is broken if it is that message, and how that message may have come; `None` if it may be that message.
fn misfit(facts: &Facts<'_>, delivery: &Delivery<'_>, message: usize) -> Option<(Rule, Ways)> {
    let published = &facts.published[message];
    let ways = facts.ways(delivery.session, message, delivery.at);
    if published.topic != delivery.topic {
        return Some((Rule::Topic, ways));
    }
    if ways.is_empty() {
        return Some((why_not(facts, delivery, message), ways));
    }
    let mut wrong = None;
    for values in [&ways.live, &ways.kept].into_iter().filter(|values| !values.is_empty()) {
        let rule = if !values.retain.contains(&delivery.retain) {
            match (delivery.retain, published.retain, facts.v5()) {
                (true, false, true) => Rule::NotRetained,
                (true, ..) => Rule::RetainSet,
                (false, ..) => Rule::RetainClear,
            }
        } else if !values.qos.contains(&delivery.qos) {
            Rule::Qos
        } else if !values.allow(&delivery.identifiers) {
            Rule::Identifiers
        } else {
            return None;
        };
        // the way that is wrong in the later field is the nearer one
        let rank =
            |rule: Rule| [Rule::Qos, Rule::Identifiers].iter().position(|other| *other == rule).map_or(0, |at| at + 1);
        if wrong.is_none_or(|known| rank(rule) > rank(known)) {
            wrong = Some(rule);
        }
    }
    Some((wrong.unwrap_or(Rule::Unmatched), ways))
}

/// Why a message cannot have come.
fn why_not(facts: &Facts<'_>, delivery: &Delivery<'_>, message: usize) -> Rule {
    let published = &facts.published[message];
    if published.withdrawn {
        return Rule::Will;
    }
    let client = facts.sessions[delivery.session].client;
    let of_client = facts.asked.iter().enumerate().filter(|(_, asked)| {
        facts.sessions[asked.session].client == client
            && asked.matches(&published.topic)
            && asked.span.from < delivery.at
    });
    let of_client: Vec<_> = of_client.collect();
    let of_session = || of_client.iter().filter(|(_, asked)| asked.session == delivery.session);
    let in_force = of_session().any(|(place, _)| facts.may_be_in_force(*place, &published.span));
    if in_force && published.client == client && !delivery.retain {
        Rule::NoLocal
    } else if delivery.retain && of_session().any(|(_, asked)| asked.wanted.is_some()) {
        Rule::NotRetained
    } else if of_session().any(|(_, asked)| asked.wanted.is_none()) {
        Rule::Unsubscribed
    } else if of_session().next().is_none() && !of_client.is_empty() {
        Rule::OldSession
    } else {
        Rule::Unmatched
    }
}
