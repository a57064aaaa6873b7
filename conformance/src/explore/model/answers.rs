//! Requests and their answers.

use mqttspec_codec::PacketType;

use super::{Rule, Violation, facts::Facts};
use crate::{
    explore::history::{What, number, numbers},
    packet::{Fields, Value},
};

pub(super) fn judge(facts: &Facts<'_>, found: &mut Vec<Violation>) {
    for (index, line) in facts.lines.iter().enumerate() {
        for (place, entry) in line.log.iter().enumerate() {
            let who = facts.name(index);
            let wrong = |rule, told| Violation { entry: Some(place), ..facts.violation(rule, index, told) };
            match &entry.what {
                What::Sent(packet_type, fields) => {
                    let rest = line.log.iter().skip(place + 1).filter_map(|entry| entry.what.received());
                    if let Some((rule, answers)) = due(*packet_type, fields)
                        && line.end.is_none()
                    {
                        let same = |of: &Fields| number(of, "packet_id") == number(fields, "packet_id");
                        if !rest.into_iter().any(|(what, of)| answers.contains(&what) && same(of)) {
                            let told = format!("{who} sent {packet_type} {}", number(fields, "packet_id"));
                            found.push(Violation { entry: None, ..wrong(rule, told) });
                        }
                    }
                }
                What::Received(PacketType::Suback, fields) => {
                    let asked = line.log.iter().take(place).rev().find_map(|before| match before.what.sent() {
                        Some((PacketType::Subscribe, of)) if number(of, "packet_id") == number(fields, "packet_id") => {
                            of.get("subscriptions")
                        }
                        _ => None,
                    });
                    let codes = numbers(fields, "reason_codes").len();
                    if let Some(Value::List(asked)) = asked
                        && asked.len() != codes
                    {
                        found.push(wrong(
                            Rule::Codes,
                            format!("{who} received {codes} codes for {} filters", asked.len()),
                        ));
                    }
                }
                What::Malformed(_, why) => found.push(wrong(Rule::Malformed, format!("{who} received bytes: {why}"))),
                What::Silent => found.push(wrong(Rule::NoPingresp, format!("{who} sent PINGREQ"))),
                _ => {}
            }
        }
    }
    unsuback(facts, found);
}

/// The packets that answer, of which one must come.
fn due(packet_type: PacketType, fields: &Fields) -> Option<(Rule, &'static [PacketType])> {
    Some(match packet_type {
        PacketType::Publish => match number(fields, "qos") {
            1 => (Rule::NoPuback, &[PacketType::Puback]),
            2 => (Rule::NoPubrec, &[PacketType::Pubrec]),
            _ => return None,
        },
        PacketType::Pubrec => (Rule::NoPubrel, &[PacketType::Pubrel]),
        PacketType::Pubrel => (Rule::NoPubcomp, &[PacketType::Pubcomp]),
        PacketType::Subscribe => (Rule::NoSuback, &[PacketType::Suback]),
        PacketType::Unsubscribe => (Rule::NoUnsuback, &[PacketType::Unsuback]),
        _ => return None,
    })
}

/// An UNSUBACK must not say that there was no subscription if there was one.
fn unsuback(facts: &Facts<'_>, found: &mut Vec<Violation>) {
    for (place, asked) in facts.asked.iter().enumerate().filter(|(_, asked)| asked.wanted.is_none()) {
        if asked.code == Some(NO_SUBSCRIPTION_EXISTED) && facts.surely_existed(place) {
            let log = facts.lines[asked.line].log;
            let entry = log.iter().position(|entry| Some(entry.at) == asked.span.to);
            let told = format!("{} had subscribed to {}", facts.name(asked.line), asked.filter);
            let violation = facts.violation(Rule::UnsubackCode, asked.line, told);
            found.push(Violation { entry, allowed: "success".to_owned(), ..violation });
        }
    }
}

const NO_SUBSCRIPTION_EXISTED: u64 = 0x11;
