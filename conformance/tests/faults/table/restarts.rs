//! What a broker forgets, or remembers wrongly, when it is restarted.

use std::collections::{BTreeMap, BTreeSet};

use mqttspec::packet::Value;
use mqttspec_codec::{
    PacketType::{Connack, Connect, Pubcomp, Publish, Pubrel, Suback, Subscribe, Unsuback, Unsubscribe},
    TopicFilter, TopicName,
};

use super::{
    deliveries::{payload, settle},
    lives::{End, Life, Lives, accepts},
    subscriptions::{is_unseen, subscribe_unseen},
};
use crate::{
    fault::{Fault, Wrong, all},
    seen::Seen,
    wire::{Event, Wire},
};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = of_sessions();
    faults.extend(of_messages());
    faults.extend(of_retained());
    faults.extend(of_wills());
    faults
}

fn of_sessions() -> Vec<Fault> {
    const STATE: (&[&str], &[&str]) =
        (&["MQTT-4.1.0-1", "MQTT-3.1.2-4", "MQTT-3.2.2-2"], &["MQTT-3.1.2-23", "MQTT-3.1.2-5", "MQTT-3.2.2-3"]);
    vec![
        Fault::new("restart-loses-sessions", "has no Sessions after a restart", || {
            first_after_restart(|event, _, wire| {
                let mut event = event;
                if let Event::In(seen) = &mut event {
                    seen.set("clean_start", true);
                }
                wire.pass(event);
            })
        })
        .breaks(STATE.0, STATE.1),
        Fault::new("restart-loses-subscriptions", "has Sessions without Subscriptions after a restart", || {
            unsubscribed(|filter| !filter.starts_with("$share/"))
        })
        .breaks(STATE.0, STATE.1),
        Fault::new("restart-loses-memberships", "has Sessions without Shared Subscriptions after a restart", || {
            unsubscribed(|filter| filter.starts_with("$share/"))
        })
        .breaks(&[], STATE.1),
        Fault::new("restart-loses-options", "has Subscriptions without their options after a restart", || {
            let mut made: BTreeMap<Vec<u8>, BTreeSet<String>> = BTreeMap::new();
            let mut old: BTreeSet<Vec<u8>> = BTreeSet::new();
            all(move |event, wire| {
                let me = wire.peer().client_id();
                match event {
                    Event::Restarted => old.extend(made.keys().cloned()),
                    Event::In(seen) if seen.is(Subscribe) => {
                        let has_options = seen.get("subscription_identifier").is_some();
                        made.entry(me).or_default().extend(seen.filters().into_iter().filter(|_| has_options));
                        wire.forward(seen);
                    }
                    Event::Out(seen) if seen.is(Connack) && seen.flag("session_present") && old.remove(&me) => {
                        wire.deliver(seen);
                        let made = made.get(&me).cloned().unwrap_or_default();
                        made.iter().for_each(|filter| subscribe_unseen(filter, wire));
                    }
                    Event::Out(seen) if is_unseen(&seen) => {}
                    event => wire.pass(event),
                }
            })
        })
        .breaks(&[], &["MQTT-3.1.2-23", "MQTT-3.8.3-3", "5.0§3.8.4-d"]),
        Fault::new("restart-brings-sessions-back", "has Sessions after a restart that had ended", || {
            let mut known = BTreeSet::new();
            let mut old = BTreeSet::new();
            all(move |mut event, wire| {
                let me = wire.peer().client_id();
                match &mut event {
                    Event::Restarted => old.extend(std::mem::take(&mut known)),
                    Event::In(seen) if seen.is(Connect) => drop(known.insert(me)),
                    Event::Out(seen)
                        if accepts(&Event::Out(seen.clone()))
                            && old.remove(&me)
                            && wire.peer().connect.get("clean_start") == Some(&Value::Bool(false)) =>
                    {
                        seen.set("session_present", true);
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.1.2-6", "MQTT-3.2.2-3"], &["MQTT-4.1.0-2", "MQTT-3.1.2-4", "5.0§3.1.2.11.2-b"]),
        Fault::new("restart-brings-subscriptions-back", "has Subscriptions after a restart that were ended", || {
            let mut gone: BTreeMap<Vec<u8>, BTreeSet<String>> = BTreeMap::new();
            let mut restarted = false;
            all(move |event, wire| {
                let me = wire.peer().client_id();
                match event {
                    Event::Restarted => restarted = true,
                    Event::In(seen) if seen.is(Unsubscribe) && !restarted => {
                        gone.entry(me).or_default().extend(seen.filters());
                        wire.forward(seen);
                    }
                    Event::Out(seen) if seen.is(Connack) && restarted => {
                        wire.deliver(seen);
                        let gone = gone.remove(&me).unwrap_or_default();
                        gone.iter().for_each(|filter| subscribe_unseen(filter, wire));
                    }
                    Event::Out(seen) if is_unseen(&seen) => {}
                    event => wire.pass(event),
                }
            })
        })
        .breaks(&["MQTT-3.10.4-1", "MQTT-3.10.4-2"], &["MQTT-3.10.4-1", "MQTT-3.10.4-2"]),
    ]
}

fn of_messages() -> Vec<Fault> {
    const RESENT: &[&str] = &["MQTT-4.4.0-1"];
    vec![
        Fault::new("restart-loses-queues", "has no queued messages after a restart", || {
            resumed(|seen, wire| match seen.is(Publish) && !seen.flag("dup") && !seen.first {
                true => settle(&seen, wire),
                false => wire.deliver(seen),
            })
        })
        .breaks(&["MQTT-3.1.2-5", "MQTT-4.1.0-1", "MQTT-4.6.0-6"], &["MQTT-3.1.2-23", "MQTT-4.6.0-5", "MQTT-4.6.0-6"]),
        Fault::new("restart-loses-what-is-in-flight", "does not send again after a restart what was in flight", || {
            resumed(|seen, wire| match seen.is(Publish) && seen.flag("dup") {
                true => settle(&seen, wire),
                false => wire.deliver(seen),
            })
        })
        .breaks(RESENT, RESENT),
        Fault::new("restart-loses-releases", "does not send PUBREL again after a restart", || {
            resumed(|seen, wire| {
                if !seen.is(Pubrel) || seen.first {
                    wire.deliver(seen);
                }
            })
        })
        .breaks(RESENT, RESENT),
        Fault::new(
            "restart-loses-received-identifiers",
            "takes a repeated QoS 2 message for a new one after a restart",
            || {
                let mut restarted = false;
                let mut unasked = BTreeSet::new();
                all(move |event, wire| match event {
                    Event::Restarted => restarted = true,
                    Event::In(seen) if seen.is(Publish) && seen.flag("dup") && seen.number("qos") == 2 && restarted => {
                        // the broker must forget it first
                        unasked.insert((wire.id, seen.number("packet_id")));
                        wire.ask(Pubrel, [("packet_id", Value::Number(seen.number("packet_id")))]);
                        wire.forward(seen);
                    }
                    Event::Out(seen) if seen.is(Pubcomp) && unasked.remove(&(wire.id, seen.number("packet_id"))) => {}
                    event => wire.pass(event),
                })
            },
        )
        .breaks(&["MQTT-4.3.3-2", "MQTT-4.1.0-1"], &["MQTT-4.3.3-10", "MQTT-3.1.2-23"]),
        Fault::new("restart-loses-properties", "has queued messages without properties after a restart", || {
            resumed(|mut seen, wire| {
                if seen.is(Publish) {
                    ["user_properties", "content_type"].iter().for_each(|property| seen.remove(property));
                }
                wire.deliver(seen);
            })
        })
        .breaks(&[], &["MQTT-3.3.2-17", "MQTT-3.3.2-20"]),
        Fault::new("restart-begins-expiry-anew", "lets what is left of an expiry begin anew at a restart", || {
            resumed(|mut seen, wire| {
                if seen.get("message_expiry_interval").is_some() {
                    seen.set("message_expiry_interval", 600_u64);
                }
                wire.deliver(seen);
            })
        })
        .breaks(&[], &["MQTT-3.3.2-6"]),
    ]
}

fn of_retained() -> Vec<Fault> {
    vec![
        Fault::new("restart-loses-retained", "has no retained messages after a restart", || {
            let (mut restarted, mut new) = (false, BTreeSet::new());
            all(move |event, wire| match event {
                Event::Restarted => restarted = true,
                Event::Out(seen) if restarted && seen.is(Publish) && seen.flag("retain") => {
                    match new.contains(&seen.text("topic")) {
                        true => wire.deliver(seen),
                        false => settle(&seen, wire),
                    }
                }
                event => {
                    if let Event::In(seen) = &event
                        && seen.is(Publish)
                        && restarted
                    {
                        new.insert(seen.text("topic"));
                    }
                    wire.pass(event);
                }
            })
        })
        .breaks(&["MQTT-3.3.1-5", "3.1.1§4.1-a"], &["MQTT-3.3.1-5"]),
        Fault::new("restart-brings-retained-back", "has retained messages after a restart that were cleared", || {
            let mut kept: BTreeMap<String, Value> = BTreeMap::new();
            let mut cleared: BTreeMap<String, Value> = BTreeMap::new();
            let mut asked: BTreeMap<u64, Vec<String>> = BTreeMap::new();
            let mut restarted = false;
            all(move |event, wire| {
                match &event {
                    Event::Restarted => restarted = true,
                    Event::In(seen) if seen.is(Publish) && seen.flag("retain") => {
                        let (topic, sent) = (seen.text("topic"), payload(seen));
                        match sent == Value::Bytes(Vec::new()) {
                            true => cleared.extend(kept.remove_entry(&topic)),
                            false => drop(kept.insert(topic, sent)),
                        }
                    }
                    Event::In(seen) if seen.is(Subscribe) => drop(asked.insert(wire.id, seen.filters())),
                    Event::Out(seen) if seen.is(Suback) && restarted => {
                        let asked = asked.remove(&wire.id).unwrap_or_default();
                        wire.pass(event);
                        for (topic, payload) in &cleared {
                            if asked.iter().any(|filter| matches(filter, topic)) {
                                let (topic, retain) = (Value::text(topic), Value::Bool(true));
                                wire.send(
                                    Publish,
                                    [("topic", topic), ("payload", payload.clone()), ("retain", retain)],
                                );
                            }
                        }
                        return;
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.3.1-10"], &["MQTT-3.3.1-6"]),
    ]
}

fn of_wills() -> Vec<Fault> {
    const LOST: &[&str] = &["MQTT-3.1.2-8"];
    const DELAYED: &[&str] = &["MQTT-3.1.2-8", "5.0§3.1.3.2.2-b"];
    vec![
        Fault::new("restart-loses-wills", "forgets at a restart the Wills of who was connected", || {
            without(|life| life.end == Some(End::Restarted))
        })
        .breaks(LOST, LOST),
        Fault::new("restart-loses-delayed-wills", "forgets at a restart the Wills that are delayed", || {
            without(|life| life.end == Some(End::Lost) && life.delay > 0)
        })
        .breaks(&[], DELAYED),
        Fault::new("restart-repeats-wills", "publishes Wills again after a restart", || again(|life| life.came))
            .breaks(&["MQTT-3.1.2-10"], &["MQTT-3.1.2-10"]),
        Fault::new(
            "restart-publishes-discarded-wills",
            "publishes after a restart what DISCONNECT has discarded",
            || again(|life| life.end == Some(End::Said(0))),
        )
        .breaks(&["MQTT-3.1.2-10", "MQTT-3.14.4-3"], &["MQTT-3.1.2-10", "MQTT-3.14.4-3"]),
    ]
}

/// The first CONNECT of each client after a restart, with what it subscribed to before.
fn first_after_restart(mut act: impl FnMut(Event, BTreeSet<String>, &mut Wire<'_>) + 'static) -> Wrong {
    let mut known: BTreeMap<Vec<u8>, BTreeSet<String>> = BTreeMap::new();
    let mut old: BTreeMap<Vec<u8>, BTreeSet<String>> = BTreeMap::new();
    all(move |event, wire| {
        let me = wire.peer().client_id();
        match &event {
            Event::Restarted => old.extend(std::mem::take(&mut known)),
            Event::In(seen) if seen.is(Connect) => {
                known.entry(me.clone()).or_default();
                if let Some(filters) = old.remove(&me) {
                    return act(event, filters, wire);
                }
            }
            Event::In(seen) if seen.is(Subscribe) => known.entry(me).or_default().extend(seen.filters()),
            _ => {}
        }
        wire.pass(event);
    })
}

/// Ends these Subscriptions when their Client first connects after a restart.
fn unsubscribed(which: fn(&str) -> bool) -> Wrong {
    const UNSEEN: u64 = 0xFEED;
    let mut lost: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
    let mut known: BTreeMap<Vec<u8>, BTreeSet<String>> = BTreeMap::new();
    let mut old: BTreeMap<Vec<u8>, BTreeSet<String>> = BTreeMap::new();
    all(move |event, wire| {
        let me = wire.peer().client_id();
        match event {
            Event::Restarted => old.extend(std::mem::take(&mut known)),
            Event::In(seen) if seen.is(Subscribe) => {
                known.entry(me).or_default().extend(seen.filters());
                wire.forward(seen);
            }
            Event::In(seen) if seen.is(Connect) => {
                lost.insert(wire.id, old.remove(&me).unwrap_or_default());
                wire.forward(seen);
            }
            Event::Out(seen) if seen.is(Connack) && seen.flag("session_present") => {
                wire.deliver(seen);
                let filters = lost.remove(&wire.id).unwrap_or_default();
                let filters: Vec<Value> =
                    filters.iter().filter(|filter| which(filter)).map(|filter| Value::text(filter)).collect();
                if !filters.is_empty() {
                    wire.ask(Unsubscribe, [("packet_id", Value::Number(UNSEEN)), ("filters", Value::List(filters))]);
                }
            }
            Event::Out(seen) if seen.is(Unsuback) && seen.number("packet_id") == UNSEEN => {}
            event => wire.pass(event),
        }
    })
}

/// What a Client gets after a restart that it was to get before.
fn resumed(mut act: impl FnMut(Seen, &mut Wire<'_>) + 'static) -> Wrong {
    let mut restarted = false;
    all(move |event, wire| match event {
        Event::Restarted => restarted = true,
        Event::Out(seen) if restarted => act(seen, wire),
        event => wire.pass(event),
    })
}

/// Publishes no Will of these connections after a restart.
fn without(which: fn(&Life) -> bool) -> Wrong {
    let (mut lives, mut restarted) = (Lives::default(), false);
    all(move |event, wire| {
        restarted |= matches!(event, Event::Restarted);
        if let Event::Out(seen) = &event
            && seen.is(Publish)
            && restarted
            && lives.of_will(seen).is_some_and(|life| which(life) && !life.came)
        {
            return settle(seen, wire);
        }
        lives.note(&event, wire);
        wire.pass(event);
    })
}

/// Publishes the Wills of these connections of before the restart, when the first Client is back.
fn again(which: fn(&Life) -> bool) -> Wrong {
    let mut lives = Lives::default();
    let mut due: Vec<(String, Value)> = Vec::new();
    all(move |event, wire| {
        if matches!(event, Event::Restarted) {
            due.extend(lives.with_wills().filter(|life| which(life)).filter_map(|life| life.will.clone()));
        }
        lives.note(&event, wire);
        let back = accepts(&event);
        wire.pass(event);
        for (topic, payload) in due.drain(..if back { due.len() } else { 0 }) {
            wire.ask(Publish, [("topic", Value::text(&topic)), ("payload", payload)]);
        }
    })
}

fn matches(filter: &str, topic: &str) -> bool {
    let parsed = (TopicFilter::new(filter), TopicName::new(topic));
    matches!(parsed, (Ok(filter), Ok(topic)) if filter.matches(topic))
}
