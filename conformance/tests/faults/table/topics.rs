//! Topic Names and Topic Filters.

use std::collections::{BTreeMap, BTreeSet};

use mqttspec::packet::Value;
use mqttspec_codec::{
    DecodeErrorKind,
    PacketType::{Publish, Subscribe, Unsubscribe},
    decode_frame,
};

use super::deliveries::payload;
use crate::{
    fault::{Fault, Wrong, all, incoming, malformed},
    seen::Seen,
    wire::{Event, Wire},
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        Fault::new("topics-lowercase", "ignores case in topics", || same(str::to_lowercase)).breaks(
            &["MQTT-4.7.3-4", "3.1.1§4.7.3-a", "MQTT-3.3.2-3"],
            &["MQTT-4.7.3-4", "5.0§4.7.3-a", "MQTT-3.3.2-3"],
        ),
        Fault::new("topics-composed", "treats composed and decomposed characters as equal", || {
            same(|topic| topic.replace("A\u{30A}", "\u{C5}").replace("e\u{301}", "\u{E9}"))
        })
        .breaks(&["MQTT-4.7.3-4", "MQTT-3.3.2-3"], &["MQTT-4.7.3-4", "MQTT-3.3.2-3"]),
        Fault::new("topics-without-bom", "ignores U+FEFF in topics", || same(|topic| topic.replace('\u{FEFF}', "")))
            .breaks(
                &["MQTT-1.5.3-3", "MQTT-4.7.3-4", "MQTT-3.3.2-3"],
                &["MQTT-1.5.4-3", "MQTT-4.7.3-4", "MQTT-3.3.2-3"],
            ),
        Fault::new("bom-stripped", "strips U+FEFF from Topic Names", || {
            all(|mut event, wire| {
                if let Event::Out(seen) = &mut event
                    && seen.is(Publish)
                {
                    seen.set("topic", seen.text("topic").replace('\u{FEFF}', "").as_str());
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-1.5.3-3", "MQTT-4.7.3-4", "MQTT-3.3.2-3"], &["MQTT-1.5.4-3", "MQTT-4.7.3-4", "MQTT-3.3.2-3"]),
        Fault::new("topics-without-blanks", "ignores spaces in topics", || same(|topic| topic.replace(' ', "")))
            .breaks(
                &["MQTT-4.7.3-4", "3.1.1§4.7.3-a", "MQTT-3.3.2-3"],
                &["MQTT-4.7.3-4", "5.0§4.7.3-a", "MQTT-3.3.2-3"],
            ),
        Fault::new("topics-without-empty-levels", "treats two slashes as one", || {
            same(|topic| {
                let levels: Vec<&str> = topic.split('/').filter(|level| !level.is_empty()).collect();
                levels.join("/")
            })
        })
        .breaks(&["MQTT-4.7.3-4", "3.1.1§4.7.1-a", "MQTT-3.3.2-3"], &["MQTT-4.7.3-4", "5.0§4.7.1.1-a", "MQTT-3.3.2-3"]),
        Fault::new("topics-without-last-slash", "ignores a trailing slash", || {
            same(|topic| topic.strip_suffix('/').unwrap_or(topic).to_owned())
        })
        .breaks(&["MQTT-4.7.3-4", "3.1.1§4.7.3-a", "MQTT-3.3.2-3"], &["MQTT-4.7.3-4", "5.0§4.7.3-a", "MQTT-3.3.2-3"]),
        Fault::new("topics-cut", "compares only the first 100 characters of topics", || {
            same(|topic| topic.chars().take(100).collect())
        })
        .breaks(&["MQTT-4.7.3-4", "MQTT-3.3.2-3"], &["MQTT-4.7.3-4", "MQTT-3.3.2-3"]),
        Fault::new("control-characters-stripped", "strips control characters and non-characters", || {
            all(|mut event, wire| {
                if let Event::Out(seen) = &mut event
                    && seen.is(Publish)
                {
                    let strange = |c: char| {
                        c.is_control() || u32::from(c) & 0xFFFE == 0xFFFE || ('\u{FDD0}'..='\u{FDEF}').contains(&c)
                    };
                    seen.set("topic", seen.text("topic").replace(strange, "").as_str());
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-4.7.3-4", "MQTT-3.3.2-3"], &["MQTT-4.7.3-4", "MQTT-3.3.2-3"]),
        Fault::new("plus-crosses-levels", "lets a trailing + match several levels", || {
            filters(|filter| filter.strip_suffix('+').map_or(filter.to_owned(), |rest| format!("{rest}#")))
        })
        .breaks(&["3.1.1§4.7.1-a", "MQTT-3.3.2-3"], &["5.0§4.7.1.3-a", "MQTT-3.3.2-3"]),
        Fault::new("plus-is-literal", "treats + as a literal", || filters(|filter| filter.replace('+', "plus")))
            .breaks(&["3.1.1§4.7.1-a", "MQTT-4.5.0-1"], &["5.0§4.7.1.3-a", "MQTT-4.5.0-1"]),
        Fault::new("hash-is-plus", "lets # match one level only", || filters(|filter| filter.replace('#', "+")))
            .breaks(&["3.1.1§4.7.1-a", "MQTT-4.5.0-1"], &["5.0§4.7.1.2-a", "MQTT-4.5.0-1"]),
        Fault::new("hash-without-parent", "does not let # match the parent", || {
            filters(|filter| filter.strip_suffix("/#").map_or(filter.to_owned(), |rest| format!("{rest}/+/#")))
        })
        .breaks(&["3.1.1§4.7.1-a", "MQTT-4.5.0-1"], &["5.0§4.7.1.2-a", "MQTT-4.5.0-1"]),
        Fault::new("filters-are-prefixes", "delivers everything below the topic of a filter", || {
            filters(|filter| if filter.contains(['+', '#']) { filter.to_owned() } else { format!("{filter}/#") })
        })
        .breaks(&["MQTT-3.3.2-3", "MQTT-4.7.3-4"], &["MQTT-3.3.2-3", "MQTT-4.7.3-4"]),
        Fault::new("wildcards-match-dollar", "lets leading wildcards match $", || {
            let mut wild = BTreeSet::new();
            all(move |event, wire| {
                match &event {
                    Event::In(seen)
                        if seen.is(Subscribe) && seen.filters().iter().any(|filter| filter.starts_with(['+', '#'])) =>
                    {
                        wild.insert(wire.id);
                    }
                    Event::In(seen) if seen.is(Publish) && seen.text("topic").starts_with('$') => {
                        for other in wire.others().into_iter().filter(|other| wild.contains(other)) {
                            let topic = Value::text(&seen.text("topic"));
                            let payload = payload(seen);
                            wire.on(other, |wire| wire.send(Publish, [("topic", topic), ("payload", payload)]));
                        }
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-4.7.2-1"], &["MQTT-4.7.2-1"]),
        Fault::new("unsubscribe-by-prefix", "ends all Subscriptions that the given filter matches", || {
            let mut known: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
            all(move |mut event, wire| {
                match &mut event {
                    Event::In(seen) if seen.is(Subscribe) => {
                        known.entry(wire.id).or_default().extend(seen.filters());
                    }
                    Event::In(seen) if seen.is(Unsubscribe) => {
                        let known = known.entry(wire.id).or_default().clone();
                        seen.each_filter(|filter| {
                            let start = filter.trim_end_matches(['+', '#', '/']);
                            known.iter().find(|known| known.starts_with(start)).cloned().unwrap_or(filter.to_owned())
                        });
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.10.4-1"], &["MQTT-3.10.4-1"]),
        Fault::new("strange-topics-refused", "closes on topics that begin with a slash", || {
            incoming(Subscribe, |seen, wire| {
                match seen.filters().iter().any(|filter| filter.starts_with('/') || filter.contains("//")) {
                    true => wire.cut(),
                    false => wire.forward(seen),
                }
            })
        })
        .breaks(&["3.1.1§4.7.3-a", "3.1.1§4.7.1-a", "MQTT-3.8.4-1"], &["5.0§4.7.3-a", "5.0§4.7.1.1-a", "MQTT-3.8.4-1"]),
        Fault::new("nul-becomes-blank", "treats U+0000 as a space", || {
            all(|event, wire| match event {
                Event::In(seen) if is_refused_for_nul(&seen, wire) => {
                    wire.forward(seen.raw(|bytes| {
                        // after the Fixed Header and the length of the text, which is not part of the text
                        for at in 5..bytes.len() {
                            if bytes[at] == 0 && bytes[at - 1].is_ascii_alphabetic() {
                                bytes[at] = b' ';
                            }
                        }
                    }));
                }
                event => wire.pass(event),
            })
        })
        .breaks(&["MQTT-1.5.3-2", "MQTT-4.7.3-2"], &["5.0§1.5.4-b", "MQTT-1.5.4-2", "MQTT-4.7.3-2"]),
        Fault::new("wildcards-published", "accepts wildcards in Topic Names", || {
            malformed(Publish, |seen, wire| {
                wire.forward(seen.raw(|bytes| {
                    for byte in bytes.iter_mut().filter(|byte| **byte == b'+' || **byte == b'#') {
                        *byte = b'w';
                    }
                }));
            })
        })
        .breaks(&["MQTT-3.3.2-2", "MQTT-4.7.1-1"], &["MQTT-3.3.2-2", "MQTT-4.7.0-1"]),
    ]
}

/// Whether the packet is malformed because of U+0000.
fn is_refused_for_nul(seen: &Seen, wire: &Wire<'_>) -> bool {
    decode_frame(&seen.bytes(), wire.version()).is_err_and(|error| error.kind == DecodeErrorKind::NulInString)
}

/// Treats topics as the same if this makes them equal. Deliveries have the name that was published.
fn same(simpler: impl Fn(&str) -> String + 'static) -> Wrong {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    all(move |mut event, wire| {
        match &mut event {
            Event::In(seen) if seen.is(Publish) && !seen.text("topic").is_empty() => {
                let topic = seen.text("topic");
                let simple = simpler(&topic);
                seen.set("topic", simple.as_str());
                names.insert(simple, topic);
            }
            Event::In(seen) if seen.is(Subscribe) || seen.is(Unsubscribe) => seen.each_filter(&simpler),
            Event::Out(seen) if seen.is(Publish) => {
                if let Some(topic) = names.get(&seen.text("topic")) {
                    seen.set("topic", topic.as_str());
                }
            }
            _ => {}
        }
        wire.pass(event);
    })
}

/// Interprets filters differently.
fn filters(otherwise: impl Fn(&str) -> String + 'static) -> Wrong {
    all(move |mut event, wire| {
        if let Event::In(seen) = &mut event
            && (seen.is(Subscribe) || seen.is(Unsubscribe))
        {
            seen.each_filter(&otherwise);
        }
        wire.pass(event);
    })
}
