//! Topic Filters that match too little or too much in one detail, for live messages or for retained ones, and invalid
//! ones that are taken at one place.

use std::collections::{BTreeMap, BTreeSet};

use mqttspec::packet::Value;
use mqttspec_codec::{
    PacketType::{Publish, Subscribe, Unsubscribe},
    TopicFilter, TopicName,
};

use super::deliveries::{payload, settle};
use crate::{
    fault::{Fault, Wrong, all, malformed},
    wire::Event,
};

/// Whether levels of a filter match levels of a topic wrongly: `None` if they are compared as they should be.
type Wrongly = fn(&[&str], &[&str]) -> Option<bool>;

pub(super) fn faults() -> Vec<Fault> {
    const PLUS: (&[&str], &[&str]) =
        (&["3.1.1§4.7.1-a", "MQTT-4.7.3-4", "MQTT-3.3.2-3"], &["5.0§4.7.1.3-a", "5.0§4.7.1.1-a", "MQTT-3.3.2-3"]);
    const HASH: (&[&str], &[&str]) =
        (&["3.1.1§4.7.1-a", "MQTT-4.7.3-4", "MQTT-3.3.2-3"], &["5.0§4.7.1.2-a", "5.0§4.7.1.1-a", "MQTT-3.3.2-3"]);
    const LEVEL: (&[&str], &[&str]) =
        (&["MQTT-4.7.3-4", "3.1.1§4.7.1-a", "MQTT-3.3.2-3"], &["MQTT-4.7.3-4", "5.0§4.7.1.1-a", "MQTT-3.3.2-3"]);
    const KEPT: (&[&str], &[&str]) =
        (&["3.1.1§3.8.4-b", "3.1.1§4.7.1-a", "MQTT-3.3.1-6"], &["5.0§3.8.4-c", "5.0§4.7.1.1-a", "MQTT-3.3.1-9"]);
    let live: [(&str, &str, (_, _), Wrongly); 9] = [
        ("plus-without-empty-levels", "lets + match no empty level", PLUS, plus_without_empty),
        ("plus-without-dollar", "lets + match no later level that begins with $", PLUS, |filter, topic| {
            filter.iter().zip(topic).any(|(own, other)| *own == "+" && other.starts_with('$')).then_some(false)
        }),
        ("hash-without-dollar", "lets # match no later level that begins with $", HASH, |filter, topic| {
            let below = topic.get(filter.len().saturating_sub(1)..).unwrap_or_default();
            (filter.last() == Some(&"#") && below.iter().any(|level| level.starts_with('$'))).then_some(false)
        }),
        ("hash-without-an-empty-level", "lets # match no trailing slash", HASH, |filter, topic| {
            let one_more = topic.len() == filter.len() && topic.last() == Some(&"");
            (filter.last() == Some(&"#") && one_more).then_some(false)
        }),
        ("hash-without-parent-behind-plus", "does not let +/# match the parent", HASH, hash_without_parent),
        ("hash-of-two-levels", "lets # match two levels at most", HASH, |filter, topic| {
            (filter.last() == Some(&"#") && topic.len() > filter.len() + 1).then_some(false)
        }),
        ("plus-matches-nothing-too", "lets a trailing + match the parent", PLUS, |filter, topic| {
            let shorter = filter.strip_suffix(&["+"]).unwrap_or_default();
            (topic.len() == shorter.len() && matches(shorter, topic)).then_some(true)
        }),
        ("empty-level-is-plus", "lets an empty level of a filter match every level", LEVEL, |filter, topic| {
            let open: Vec<&str> = filter.iter().map(|level| if level.is_empty() { "+" } else { *level }).collect();
            matches(&open, topic).then_some(true)
        }),
        ("five-levels-compared", "compares the first five levels of topics", LEVEL, |filter, topic| {
            let cut = |levels: &[&str]| levels.iter().take(5).map(|level| (*level).to_owned()).collect::<Vec<_>>();
            let (filter, topic) = (cut(filter), cut(topic));
            let (filter, topic): (Vec<&str>, Vec<&str>) =
                (filter.iter().map(String::as_str).collect(), topic.iter().map(String::as_str).collect());
            matches(&filter, &topic).then_some(true)
        }),
    ];
    let retained: [(&str, &str, (_, _), Wrongly); 2] = [
        (
            "retained-plus-without-empty-levels",
            "finds no retained message by + at an empty level",
            KEPT,
            plus_without_empty,
        ),
        ("retained-hash-without-parent", "finds no retained message by +/# at the parent", KEPT, hash_without_parent),
    ];
    let live = live.into_iter().map(|(name, does, breaks, wrong)| (name, does, breaks, wrong, false));
    let retained = retained.into_iter().map(|(name, does, breaks, wrong)| (name, does, breaks, wrong, true));
    let fault = |(name, does, breaks, wrong, of_retained): (&str, _, (_, _), _, _)| {
        Fault::new(name, does, move || compared(wrong, of_retained)).breaks(breaks.0, breaks.1)
    };
    let mut faults: Vec<Fault> = live.chain(retained).map(fault).collect();
    faults.push(
        Fault::new(
            "never-goes-back",
            "follows the literal level of any filter, and does not return to +",
            without_return,
        )
        .breaks(PLUS.0, PLUS.1),
    );
    faults.extend(invalid());
    faults
}

fn plus_without_empty(filter: &[&str], topic: &[&str]) -> Option<bool> {
    filter.iter().zip(topic).any(|(own, other)| *own == "+" && other.is_empty()).then_some(false)
}

fn hash_without_parent(filter: &[&str], topic: &[&str]) -> Option<bool> {
    (filter.ends_with(&["+", "#"]) && topic.len() + 1 == filter.len()).then_some(false)
}

/// Keeps back what only a filter matches that is compared wrongly, and sends what such a filter matches wrongly.
fn compared(wrong: Wrongly, of_retained: bool) -> Wrong {
    let mut filters: BTreeMap<Vec<u8>, BTreeSet<String>> = BTreeMap::new();
    all(move |event, wire| {
        let me = wire.peer().client_id();
        match &event {
            Event::In(seen) if seen.is(Subscribe) => filters.entry(me).or_default().extend(seen.filters()),
            Event::In(seen) if seen.is(Unsubscribe) => {
                let gone = seen.filters();
                filters.entry(me).or_default().retain(|filter| !gone.contains(filter));
            }
            Event::In(seen) if seen.is(Publish) && !of_retained => {
                let topic = seen.text("topic");
                let levels: Vec<&str> = topic.split('/').collect();
                for other in wire.others() {
                    let own: Vec<Vec<&str>> = filters
                        .get(&wire.peers[&other].client_id())
                        .into_iter()
                        .flatten()
                        .map(|own| levels_of(own))
                        .collect();
                    let rightly = own.iter().any(|filter| matches(filter, &levels));
                    if !rightly && own.iter().any(|filter| wrong(filter, &levels) == Some(true)) {
                        let (topic, payload) = (Value::text(&topic), payload(seen));
                        wire.on(other, |wire| wire.send(Publish, [("topic", topic), ("payload", payload)]));
                    }
                }
            }
            Event::Out(seen) if seen.is(Publish) && of_retained == seen.flag("retain") => {
                let topic = seen.text("topic");
                let levels: Vec<&str> = topic.split('/').collect();
                let own: Vec<Vec<&str>> = filters.get(&me).into_iter().flatten().map(|own| levels_of(own)).collect();
                let mut rightly = own.iter().filter(|filter| matches(filter, &levels)).peekable();
                if rightly.peek().is_some() && rightly.all(|filter| wrong(filter, &levels) == Some(false)) {
                    return settle(seen, wire);
                }
            }
            _ => {}
        }
        wire.pass(event);
    })
}

/// The levels of a filter, without the group of a Shared Subscription.
fn levels_of(filter: &str) -> Vec<&str> {
    let shared = filter.strip_prefix("$share/").and_then(|rest| rest.split_once('/'));
    shared.map_or(filter, |(_, rest)| rest).split('/').collect()
}

/// A tree of all filters in which each level has one way: the literal one if there is one, else that of `+`.
fn without_return() -> Wrong {
    let mut filters: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
    all(move |event, wire| {
        match &event {
            Event::In(seen) if seen.is(Subscribe) => filters.entry(wire.id).or_default().extend(seen.filters()),
            Event::Out(seen) if seen.is(Publish) && !seen.flag("retain") => {
                let topic = seen.text("topic");
                let own = filters.get(&wire.id).into_iter().flatten().filter(|filter| {
                    let levels: Vec<&str> = filter.split('/').collect();
                    matches(&levels, &topic.split('/').collect::<Vec<_>>())
                });
                let blocked = |filter: &&String| {
                    let (own, levels): (Vec<&str>, Vec<&str>) =
                        (filter.split('/').collect(), topic.split('/').collect());
                    let plus = own.iter().position(|level| *level == "+");
                    let literal = plus.map(|at| [&own[..at], &levels[at..=at]].concat().join("/"));
                    let others = filters.values().flatten();
                    literal.is_some_and(|way| others.clone().any(|other| other.starts_with(&format!("{way}/"))))
                };
                let mut own = own.peekable();
                if own.peek().is_some() && own.all(|filter| blocked(&filter)) {
                    return settle(seen, wire);
                }
            }
            _ => {}
        }
        wire.pass(event);
    })
}

/// Invalid filters that are taken, as if the wildcard were another character.
fn invalid() -> Vec<Fault> {
    let taken = |name: &'static str, does, v3_1_1, v5, which: fn(&[&str]) -> bool| {
        Fault::new(name, does, move || {
            malformed(Subscribe, move |seen, wire| {
                let bytes = seen.bytes();
                // after the Fixed Header, the Packet Identifier and, in v5, an empty list of properties
                let at = 4 + usize::from(wire.v5());
                let rest = bytes.get(at..).unwrap_or_default();
                let length = rest.get(1).map_or(0, |length| usize::from(*length));
                let filter = String::from_utf8_lossy(rest.get(2..2 + length).unwrap_or_default()).into_owned();
                if !which(&filter.split('/').collect::<Vec<_>>()) {
                    return wire.forward(seen);
                }
                wire.forward(seen.raw(|bytes| {
                    let text = bytes.iter_mut().skip(at + 2).take(length);
                    text.filter(|byte| matches!(byte, b'#' | b'+')).for_each(|byte| *byte = b'w');
                }));
            })
        })
        .breaks(v3_1_1, v5)
    };
    vec![
        taken(
            "bad-hash-first",
            "takes # beside other characters in the first level",
            &["MQTT-4.8.0-1"],
            &["MQTT-4.13.1-1"],
            |levels| levels.first().is_some_and(|level| level.len() > 1 && level.contains('#') && !level.contains('+')),
        ),
        taken(
            "bad-hash-later",
            "takes # beside other characters in a later level",
            &["MQTT-4.8.0-1"],
            &["MQTT-4.13.1-1"],
            |levels| levels.iter().skip(1).any(|level| level.len() > 1 && level.contains('#')),
        ),
        taken("hash-before-more", "takes # before other levels", &["MQTT-4.8.0-1"], &["MQTT-4.13.1-1"], |levels| {
            levels.len() > 1 && levels.iter().rev().skip(1).any(|level| *level == "#")
        }),
        taken(
            "bad-plus-first",
            "takes + beside other characters in the first level",
            &["MQTT-4.8.0-1"],
            &["MQTT-4.13.1-1"],
            |levels| levels.first().is_some_and(|level| level.len() > 1 && level.contains('+')),
        ),
        taken(
            "bad-plus-later",
            "takes + beside other characters in a later level",
            &["MQTT-4.8.0-1"],
            &["MQTT-4.13.1-1"],
            |levels| levels.iter().skip(1).any(|level| level.len() > 1 && level.contains('+')),
        ),
    ]
}

fn matches(filter: &[&str], topic: &[&str]) -> bool {
    let (filter, topic) = (filter.join("/"), topic.join("/"));
    let parsed = (TopicFilter::new(&filter), TopicName::new(&topic));
    matches!(parsed, (Ok(filter), Ok(topic)) if filter.matches(topic))
}
