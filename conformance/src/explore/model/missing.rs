//! What must have come to a Session that is there to the end.

use std::collections::BTreeSet;

use super::{Right, Rule, Violation, deliveries::Delivery, facts::Facts, messages::Published};

pub(super) fn judge(facts: &Facts<'_>, deliveries: &[Delivery<'_>], found: &mut Vec<Violation>) {
    for session in (0..facts.sessions.len()).filter(|session| facts.is_alive(*session)) {
        for message in 0..facts.published.len() {
            live(facts, deliveries, session, message, found);
        }
    }
    for place in 0..facts.asked.len() {
        if facts.is_alive(facts.asked[place].session) {
            retained(facts, deliveries, place, found);
        }
    }
}

/// A message that was published while a subscription was in force.
fn live(facts: &Facts<'_>, deliveries: &[Delivery<'_>], session: usize, message: usize, found: &mut Vec<Violation>) {
    let published = &facts.published[message];
    let Some(due) = due(facts, session, message) else { return };
    let line = *facts.sessions[session].lines.last().unwrap_or(&0);
    let of_message = |delivery: &&Delivery<'_>| delivery.session == session && delivery.messages.contains(&message);
    let best = deliveries.iter().filter(of_message).map(|delivery| delivery.qos).max();
    let (rule, told) = match best {
        None if published.is_will => (Rule::MissingWill, told(facts, line, published, "the Will")),
        None => (Rule::Missing, told(facts, line, published, "")),
        Some(best) if best < due => {
            (Rule::HighestQos, format!("{} received {} at most at QoS {best}", facts.name(line), published.payload))
        }
        Some(_) => return,
    };
    let ways = facts.ways(session, message, facts.history.end);
    let retain = ways.live.right().retain;
    let right =
        Some(Right { qos: (due..=2).filter(|qos| ways.live.qos.contains(qos)).collect(), retain, ..ways.live.right() });
    let allowed = format!("at QoS {due}");
    let message = Some((published.topic.clone(), published.payload.clone()));
    found.push(Violation { allowed, message, right, ..facts.violation(rule, line, told) });
}

/// The QoS at which a message must come to a Session at least; `None` if it need not come.
pub(super) fn due(facts: &Facts<'_>, session: usize, message: usize) -> Option<u64> {
    let published = &facts.published[message];
    if !published.certain || published.withdrawn || published.payload.is_empty() {
        return None;
    }
    let of_session = facts.asked.iter().filter(|asked| asked.session == session);
    let filters: BTreeSet<&str> =
        of_session.filter(|asked| asked.matches(&published.topic)).map(|asked| asked.filter).collect();
    let own = facts.sessions[session].client == published.client;
    let due = filters.into_iter().filter_map(|filter| {
        let all = facts.surely(session, filter, &published.span)?;
        let least = all.iter().map(|options| options.qos).min()?.min(published.qos);
        (!(own && all.iter().any(|options| options.no_local))).then_some(least)
    });
    due.max().filter(|due| *due > 0)
}

/// The messages that were retained when a SUBSCRIBE came.
fn retained(facts: &Facts<'_>, deliveries: &[Delivery<'_>], place: usize, found: &mut Vec<Violation>) {
    let asked = &facts.asked[place];
    for (message, published) in facts.published.iter().enumerate() {
        let Some(qos) = due_retained(facts, place, message) else { continue };
        let came = deliveries.iter().any(|delivery| {
            delivery.session == asked.session
                && delivery.messages.contains(&message)
                && delivery.retain
                && delivery.at > asked.span.from
        });
        if came {
            continue;
        }
        let line = *facts.sessions[asked.session].lines.last().unwrap_or(&0);
        let told = told(facts, line, published, "what is retained,");
        let told = format!("{told} on the subscription {}", asked.filter);
        let ways = facts.ways(asked.session, message, facts.history.end);
        let right = Some(Right { qos: vec![qos], retain: vec![true], ..ways.kept.right() });
        let message = Some((published.topic.clone(), published.payload.clone()));
        let allowed = format!("retained at QoS {qos}");
        found.push(Violation { allowed, message, right, ..facts.violation(Rule::MissingRetained, line, told) });
    }
}

/// The QoS at which a message must come to a SUBSCRIBE as the retained one; `None` if it need not come.
pub(super) fn due_retained(facts: &Facts<'_>, place: usize, message: usize) -> Option<u64> {
    let (asked, published) = (&facts.asked[place], &facts.published[message]);
    let wanted = asked.wanted.filter(|_| asked.granted)?;
    let asks = !facts.v5() || wanted.handling == 0 || wanted.handling == 1 && facts.surely_new(place);
    let later = facts.asked.iter().skip(place + 1);
    let later: Vec<_> = later.filter(|later| later.session == asked.session && later.filter == asked.filter).collect();
    let ended = later.iter().any(|later| later.wanted.is_none() || later.refused);
    let own = published.client == facts.sessions[asked.session].client;
    let is_due = published.retain
        && published.certain
        && !published.withdrawn
        && !published.payload.is_empty()
        && published.span.precedes(&asked.span)
        && asked.matches(&published.topic)
        && !(wanted.no_local && own);
    if !asks || ended || !is_due || !facts.surely_open(asked.line, &asked.span) {
        return None;
    }
    let replaced = |other: &Published| !asked.span.precedes(&other.span) && !other.span.precedes(&published.span);
    if facts.retained_on(&published.topic).any(|(index, other)| index != message && replaced(other)) {
        return None;
    }
    let granted = later.iter().filter_map(|later| later.wanted).map(|options| options.qos).min();
    Some(published.qos.min(wanted.qos).min(granted.unwrap_or(2))).filter(|qos| *qos > 0)
}

fn told(facts: &Facts<'_>, line: usize, published: &Published, what: &str) -> String {
    let Published { payload, topic, qos, .. } = published;
    let who = facts.name(line);
    format!("{who} did not receive {what} {payload} on {topic}, published at QoS {qos}").replace("  ", " ")
}
