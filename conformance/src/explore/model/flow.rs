//! DUP, Packet Identifiers, Receive Maximum, and how often a message comes.

use std::collections::{BTreeMap, BTreeSet};

use mqttspec_codec::PacketType;

use super::{Rule, Violation, deliveries::Delivery, facts::Facts};
use crate::explore::history::number;

/// A message that is on its way to the Client.
#[derive(Debug, Clone)]
struct InFlight<'h> {
    topic: &'h str,
    payload: &'h str,
    line: usize,
    qos: u64,
    /// Whether PUBREL has come.
    released: bool,
    /// Whether the Client had closed its side before. The broker need not have noticed that it was sent.
    late: bool,
}

pub(super) fn judge(facts: &Facts<'_>, deliveries: &[Delivery<'_>], found: &mut Vec<Violation>) {
    for session in 0..facts.sessions.len() {
        follow(facts, deliveries, session, found);
    }
}

fn follow<'h>(facts: &Facts<'h>, deliveries: &[Delivery<'h>], session: usize, found: &mut Vec<Violation>) {
    let mut in_flight: BTreeMap<u64, InFlight<'h>> = BTreeMap::new();
    // what the Client has acknowledged on its connection
    let mut done: BTreeSet<(usize, u64, &str)> = BTreeSet::new();
    let mut copies: BTreeMap<usize, usize> = BTreeMap::new();
    let lines = &facts.sessions[session].lines;
    for (turn, &line) in lines.iter().enumerate() {
        let most = facts.lines[line].connect.get("receive_maximum").and_then(crate::packet::Value::as_number);
        let mut open: BTreeSet<u64> = BTreeSet::new();
        let mut coming = deliveries.iter().filter(|delivery| delivery.line == line).peekable();
        for (place, entry) in facts.lines[line].log.iter().enumerate() {
            if let Some((PacketType::Puback | PacketType::Pubcomp, fields)) = entry.what.sent() {
                let packet_id = number(fields, "packet_id");
                if let Some(gone) = in_flight.remove(&packet_id) {
                    done.insert((line, packet_id, gone.payload));
                }
                open.remove(&packet_id);
            }
            if let Some((PacketType::Pubrel, fields)) = entry.what.received()
                && let Some(known) = in_flight.get_mut(&number(fields, "packet_id"))
            {
                (known.released, known.line) = (true, line);
            }
            let Some(delivery) = coming.next_if(|delivery| delivery.entry == place) else { continue };
            let wrong = |rule: Rule, allowed: String| {
                let violation = facts.violation(rule, line, delivery.told(facts));
                Violation { allowed, ..violation.of(delivery) }
            };
            let known = in_flight.get(&delivery.packet_id).filter(|_| delivery.qos > 0).cloned();
            let same =
                known.as_ref().is_some_and(|known| (known.topic, known.payload) == (delivery.topic, delivery.payload));
            // before v5 a message may be sent again at any time, so also while its acknowledgement is on its way
            if delivery.dup && !facts.v5() && done.contains(&(line, delivery.packet_id, delivery.payload)) {
                continue;
            }
            if delivery.qos > 0 {
                if known.as_ref().is_some_and(|known| same && known.released) {
                    found.push(wrong(Rule::AgainAfterPubrel, "PUBREL".to_owned()));
                }
                if known.as_ref().is_some_and(|known| !same && !known.late) {
                    found.push(wrong(Rule::PacketId, "an identifier that is not in use".to_owned()));
                }
                let here = known.as_ref().is_some_and(|known| same && known.line == line);
                if delivery.dup && turn == 0 && !here {
                    found.push(wrong(Rule::DupSet, "DUP 0".to_owned()));
                }
                let (topic, payload) = (delivery.topic, delivery.payload);
                in_flight.insert(
                    delivery.packet_id,
                    InFlight { topic, payload, line, qos: delivery.qos, released: false, late: delivery.late },
                );
                open.insert(delivery.packet_id);
                if let Some(most) = most
                    && u64::try_from(open.len()).unwrap_or(u64::MAX) > most
                {
                    found.push(wrong(Rule::ReceiveMaximum, format!("{most} unacknowledged")));
                }
            }
            let is_copy = match delivery.qos {
                0 => true,
                1 => !delivery.dup,
                // v5 [MQTT-4.3.3-10]: until PUBREL, the same identifier is the same message
                _ => !same,
            };
            let Some(&message) = delivery.messages.first().filter(|_| is_copy && !delivery.payload.is_empty()) else {
                continue;
            };
            let published = &facts.published[message];
            // v5 [MQTT-3.8.4-8], v3.1.1 [MQTT-3.8.4-6]: a grant of QoS 0 may get two copies of QoS 1
            if delivery.qos == 0 && published.qos == 1 {
                continue;
            }
            let seen = copies.entry(message).or_default();
            *seen += 1;
            let ways = facts.ways(session, message, delivery.at);
            let sends = if published.qos == 1 { published.sends } else { 1 };
            let most = ways.filters * sends + ways.lookups;
            if *seen > most && most > 0 {
                found.push(wrong(Rule::TooMany, format!("{most} times")));
            }
        }
    }
    let Some(&last) = lines.last().filter(|_| facts.is_alive(session)) else { return };
    for (packet_id, message) in in_flight.iter().filter(|(_, message)| message.line != last) {
        // a broker that had noticed the end need not have sent it: it may come as a new one
        let came = |delivery: &Delivery<'_>| delivery.line > message.line && delivery.payload == message.payload;
        if message.late && deliveries.iter().any(|delivery| delivery.session == session && came(delivery)) {
            continue;
        }
        let InFlight { payload, topic, qos, .. } = message;
        let who = facts.name(last);
        let told = format!("{who} has not acknowledged {payload} on {topic} at QoS {qos}, identifier {packet_id}");
        let violation = facts.violation(Rule::NotSentAgain, last, told);
        let named = Some(((*topic).to_owned(), (*payload).to_owned()));
        found.push(Violation { allowed: format!("at QoS {qos}"), message: named, ..violation });
    }
}
