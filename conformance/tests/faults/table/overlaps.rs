//! Several Subscriptions of one client that match the same topics, and Subscriptions that are changed.

use std::collections::{BTreeMap, BTreeSet};

use mqttspec::packet::Value;
use mqttspec_codec::{
    PacketType::{Connack, Publish, Pubrec, Pubrel, Subscribe, Unsuback, Unsubscribe},
    TopicFilter, TopicName,
};

use super::deliveries::settle;
use crate::{
    fault::{Fault, Wrong, all, incoming},
    seen::Seen,
    wire::Event,
};

/// Options of the Subscriptions of each client, in the order in which they were made.
type Known = BTreeMap<Vec<u8>, Vec<(String, BTreeMap<String, Value>)>>;

/// The QoS of a delivery, of those of the Subscriptions that match.
type Choose = fn(&[(String, u64)]) -> u64;

/// Whether ending the first Subscription ends the second one too.
type Also = fn(&str, &str) -> bool;

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = of_qos();
    faults.extend(of_unsubscribe());
    faults.extend(of_options());
    faults
}

fn of_qos() -> Vec<Fault> {
    const HIGHEST: (&[&str], &[&str]) = (&["MQTT-3.3.5-1"], &["MQTT-3.3.4-2"]);
    let choices: [(&str, &str, Choose); 3] = [
        ("overlap-at-the-first-qos", "delivers at the QoS of the first Subscription that matches", |matching| {
            matching.first().map_or(2, |(_, qos)| *qos)
        }),
        ("overlap-at-the-last-qos", "delivers at the QoS of the last Subscription that matches", |matching| {
            matching.last().map_or(2, |(_, qos)| *qos)
        }),
        ("overlap-at-the-qos-of-a-wildcard", "delivers at the QoS of the Subscription with a wildcard", |matching| {
            matching.iter().find(|(filter, _)| filter.contains(['+', '#'])).map_or(2, |(_, qos)| *qos)
        }),
    ];
    let fault = |(name, does, choose): (&str, _, Choose)| {
        Fault::new(name, does, move || {
            let mut known = Known::new();
            all(move |mut event, wire| {
                note(&mut known, &event, &wire.peer().client_id());
                if let Event::Out(seen) = &mut event
                    && seen.is(Publish)
                    && !seen.flag("retain")
                {
                    let topic = seen.text("topic");
                    let own = known.get(&wire.peer().client_id()).into_iter().flatten();
                    let matching = own.filter(|(filter, _)| matches(filter, &topic));
                    let qos = |options: &BTreeMap<String, Value>| options.get("qos").and_then(Value::as_number);
                    let matching: Vec<(String, u64)> =
                        matching.map(|(filter, options)| (filter.clone(), qos(options).unwrap_or_default())).collect();
                    if matching.len() > 1 && choose(&matching) == 0 && seen.number("qos") == 1 {
                        settle(seen, wire);
                        seen.set("qos", 0_u64);
                        seen.remove("dup");
                        seen.remove("packet_id");
                    }
                }
                wire.pass(event);
            })
        })
        .breaks(HIGHEST.0, HIGHEST.1)
    };
    choices.into_iter().map(fault).collect()
}

fn of_unsubscribe() -> Vec<Fault> {
    const EXACT: (&[&str], &[&str]) = (&["MQTT-3.10.4-1"], &["MQTT-3.10.4-1"]);
    const SHARED: (&[&str], &[&str]) = (&[], &["5.0§3.10.4-b", "MQTT-3.10.4-1"]);
    let also: [(&str, &str, (_, _), Also); 8] = [
        (
            "unsubscribe-takes-what-it-covers",
            "ends the Subscriptions that the given filter covers",
            EXACT,
            |gone, other| gone != other && matches(gone, other),
        ),
        (
            "unsubscribe-takes-what-covers-it",
            "ends the Subscriptions that cover the given filter",
            EXACT,
            |gone, other| gone != other && matches(other, gone),
        ),
        ("unsubscribe-takes-the-parent", "ends the Subscription to a when a/# is given", EXACT, |gone, other| {
            gone.strip_suffix("/#") == Some(other)
        }),
        ("unsubscribe-mistakes-wildcards", "ends the Subscription to # when + is given", EXACT, |gone, other| {
            gone != other && gone.replace('+', "#") == other
        }),
        ("unsubscribe-forgets-slashes", "ends the Subscription to a when a/ is given", EXACT, |gone, other| {
            gone.strip_suffix('/') == Some(other)
        }),
        ("unsubscribe-leaves-all-groups", "leaves all groups of a filter", SHARED, |gone, other| {
            gone != other && unshared(gone).is_some() && unshared(gone) == unshared(other)
        }),
        (
            "unsubscribe-leaves-the-group-too",
            "leaves the group when the ordinary filter is given",
            SHARED,
            |gone, other| unshared(other) == Some(gone),
        ),
        (
            "leaving-a-group-unsubscribes",
            "ends the ordinary Subscription when the group is left",
            SHARED,
            |gone, other| unshared(gone) == Some(other),
        ),
    ];
    let fault = |(name, does, breaks, also): (&str, _, (_, _), Also)| {
        Fault::new(name, does, move || ends_also(also)).breaks(breaks.0, breaks.1)
    };
    let mut faults: Vec<Fault> = also.into_iter().map(fault).collect();
    faults.push(
        Fault::new("unsubscribe-of-wildcards-ignored", "keeps Subscriptions with + although they were ended", || {
            incoming(Unsubscribe, |seen, wire| {
                let filters = seen.filters();
                if !filters.iter().all(|filter| filter.contains('+') && !filter.starts_with("$share")) {
                    return wire.forward(seen);
                }
                let id = Value::Number(seen.number("packet_id"));
                let codes = Value::List(filters.iter().map(|_| Value::Number(0)).collect());
                match wire.v5() {
                    true => wire.send(Unsuback, [("packet_id", id), ("reason_codes", codes)]),
                    false => wire.send(Unsuback, [("packet_id", id)]),
                }
            })
        })
        .breaks(&["MQTT-3.10.4-1", "MQTT-3.10.4-2"], &["MQTT-3.10.4-1", "MQTT-3.10.4-2"]),
    );
    faults
}

/// Ends other Subscriptions of the client too.
fn ends_also(also: Also) -> Wrong {
    const UNSEEN: u64 = 0xFEEE;
    let mut known = Known::new();
    all(move |event, wire| {
        let me = wire.peer().client_id();
        if let Event::In(seen) = &event
            && seen.is(Unsubscribe)
        {
            let own = known.get(&me).into_iter().flatten().map(|(filter, _)| filter);
            let gone = seen.filters();
            let others: Vec<Value> = own
                .filter(|other| !gone.contains(other) && gone.iter().any(|gone| also(gone, other)))
                .map(|other| Value::text(other))
                .collect();
            if !others.is_empty() {
                wire.ask(Unsubscribe, [("packet_id", Value::Number(UNSEEN)), ("filters", Value::List(others))]);
            }
        }
        note(&mut known, &event, &me);
        match event {
            Event::Out(seen) if seen.is(Unsuback) && seen.number("packet_id") == UNSEEN => {}
            event => wire.pass(event),
        }
    })
}

fn of_options() -> Vec<Fault> {
    let kept = |name: &'static str, does, field: &'static str, v5| {
        Fault::new(name, does, move || {
            let mut known = Known::new();
            all(move |mut event, wire| {
                let me = wire.peer().client_id();
                if let Event::In(seen) = &mut event
                    && seen.is(Subscribe)
                {
                    let before = known.get(&me).cloned().unwrap_or_default();
                    let old =
                        |filter: &str| before.iter().find(|(other, _)| other == filter).map(|(_, options)| options);
                    seen.each("subscriptions", |subscription| {
                        if let Value::Map(fields) = subscription {
                            let filter = fields.get("filter").and_then(Value::as_bytes).unwrap_or_default().to_vec();
                            match old(&String::from_utf8_lossy(&filter)).map(|options| options.get(field)) {
                                Some(Some(value)) => drop(fields.insert(field, value.clone())),
                                Some(None) => drop(fields.remove(field)),
                                None => {}
                            }
                        }
                    });
                }
                note(&mut known, &event, &me);
                wire.pass(event);
            })
        })
        .breaks(&[], v5)
    };
    vec![
        kept("no-local-not-changed", "keeps No Local as it was", "no_local", &["MQTT-3.8.4-3"]),
        kept(
            "retain-as-published-not-changed",
            "keeps Retain As Published as it was",
            "retain_as_published",
            &["MQTT-3.8.4-3"],
        ),
        kept(
            "retain-handling-not-changed",
            "keeps Retain Handling as it was",
            "retain_handling",
            &["MQTT-3.8.4-4", "MQTT-3.3.1-9"],
        ),
        Fault::new("identifier-not-removed", "keeps an identifier when a SUBSCRIBE has none", || {
            let mut known: BTreeMap<(Vec<u8>, String), Value> = BTreeMap::new();
            incoming(Subscribe, move |mut seen, wire| {
                let me = wire.peer().client_id();
                match seen.get("subscription_identifier").cloned() {
                    Some(identifier) => {
                        known.extend(
                            seen.filters().into_iter().map(|filter| ((me.clone(), filter), identifier.clone())),
                        );
                    }
                    None => {
                        let old =
                            seen.filters().into_iter().find_map(|filter| known.get(&(me.clone(), filter)).cloned());
                        old.into_iter().for_each(|identifier| seen.set("subscription_identifier", identifier));
                    }
                }
                wire.forward(seen);
            })
        })
        .breaks(&[], &["5.0§3.8.2.1.2-c", "5.0§3.8.4-d", "MQTT-3.8.4-3"]),
        Fault::new("retain-as-published-forgotten", "forgets Retain As Published when a Session is resumed", || {
            let mut resumed = BTreeSet::new();
            all(move |mut event, wire| {
                match &mut event {
                    Event::Out(seen) if seen.is(Connack) && seen.flag("session_present") => {
                        resumed.insert(wire.id);
                    }
                    Event::In(seen) if seen.is(Subscribe) => {
                        resumed.remove(&wire.id);
                    }
                    Event::Out(seen) if seen.is(Publish) && resumed.contains(&wire.id) => seen.set("retain", false),
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&[], &["MQTT-3.1.2-5", "MQTT-3.3.1-13", "MQTT-4.1.0-1"]),
        Fault::new(
            "retain-handling-1-by-topic",
            "sends nothing for a new filter beside others with Retain Handling 1",
            || {
                let mut known = Known::new();
                all(move |mut event, wire| {
                    let me = wire.peer().client_id();
                    let others = known.get(&me).is_some_and(|known| !known.is_empty());
                    if let Event::In(seen) = &mut event
                        && seen.is(Subscribe)
                        && others
                    {
                        seen.each("subscriptions", |subscription| {
                            if let Value::Map(fields) = subscription
                                && fields.get("retain_handling") == Some(&Value::Number(1))
                            {
                                fields.insert("retain_handling", Value::Number(2));
                            }
                        });
                    }
                    note(&mut known, &event, &me);
                    wire.pass(event);
                })
            },
        )
        .breaks(&[], &["MQTT-3.3.1-10"]),
        Fault::new("change-drops-what-is-in-flight", "aborts deliveries when their Subscription changes", || {
            let mut known = Known::new();
            let mut in_flight: BTreeMap<(Vec<u8>, u64), bool> = BTreeMap::new();
            all(move |event, wire| {
                let me = wire.peer().client_id();
                if let Event::In(seen) = &event
                    && seen.is(Subscribe)
                    && let Some(known) = known.get(&me)
                    && seen.filters().iter().all(|filter| known.iter().any(|(other, _)| other == filter))
                {
                    let own = in_flight.iter_mut().filter(|((client, _), _)| *client == me);
                    own.for_each(|(_, aborted)| *aborted = true);
                }
                note(&mut known, &event, &me);
                let (Event::In(seen) | Event::Out(seen)) = &event else { return wire.pass(event) };
                let place = (me, seen.number("packet_id"));
                let of_the_exchange = seen.is(Pubrec) || seen.is(Pubrel);
                if of_the_exchange && in_flight.get(&place) == Some(&true) {
                    return;
                }
                if matches!(&event, Event::Out(seen) if seen.is(Publish) && seen.number("qos") == 2) {
                    in_flight.insert(place, false);
                } else if matches!(&event, Event::In(seen) if seen.is(Pubrec)) {
                    in_flight.remove(&place);
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.8.4-3"], &["MQTT-3.8.4-4"]),
    ]
}

/// Takes SUBSCRIBE and UNSUBSCRIBE into account.
fn note(known: &mut Known, event: &Event, client: &[u8]) {
    let Event::In(seen) = event else { return };
    let own = known.entry(client.to_vec()).or_default();
    if seen.is(Unsubscribe) {
        let gone = seen.filters();
        own.retain(|(filter, _)| !gone.contains(filter));
    } else if seen.is(Subscribe) {
        for (filter, options) in subscriptions(seen) {
            match own.iter_mut().find(|(other, _)| *other == filter) {
                Some((_, old)) => *old = options,
                None => own.push((filter, options)),
            }
        }
    }
}

fn subscriptions(seen: &Seen) -> Vec<(String, BTreeMap<String, Value>)> {
    let Some(Value::List(items)) = seen.get("subscriptions") else { return Vec::new() };
    let one = |item: &Value| match item {
        Value::Map(fields) => fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        _ => BTreeMap::new(),
    };
    seen.filters().into_iter().zip(items.iter().map(one)).collect()
}

/// The filter of a Shared Subscription without its group.
fn unshared(filter: &str) -> Option<&str> {
    filter.strip_prefix("$share/")?.split_once('/').map(|(_, rest)| rest)
}

fn matches(filter: &str, topic: &str) -> bool {
    let parsed = (TopicFilter::new(filter), TopicName::new(topic));
    matches!(parsed, (Ok(filter), Ok(topic)) if filter.matches(topic))
}
