//! Sessions that are lost, or kept, after one kind of end only; and how a connection ends.

use std::{collections::BTreeMap, time::Duration};

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{Connack, Connect, Disconnect, Pingreq, Pingresp, Publish};

use super::{
    deliveries::settle,
    lives::{End, Lives},
};
use crate::{
    fault::{Fault, all, edit_out, incoming},
    wire::Event,
};

/// Which ends a fault is about.
type Which = fn(End) -> bool;

pub(super) fn faults() -> Vec<Fault> {
    let ends: [(&str, Which); 5] = [
        ("a-lost-connection", |end| end == End::Lost),
        ("an-error", |end| end == End::Error),
        ("silence", |end| end == End::Silence),
        ("a-normal-end", |end| end == End::Said(0)),
        ("another-code", |end| matches!(end, End::Said(1..))),
    ];
    let mut faults: Vec<Fault> = ends.into_iter().flat_map(|(name, which)| of_the_end(name, which)).collect();
    faults.extend(of_take_overs());
    faults.extend(of_connections());
    faults
}

fn of_the_end(name: &str, which: Which) -> [Fault; 3] {
    [
        Fault::new(format!("session-lost-after-{name}"), "loses the Session after one kind of end", move || {
            let mut lives = Lives::default();
            all(move |mut event, wire| {
                lives.note(&event, wire);
                if let Event::In(seen) = &mut event
                    && seen.is(Connect)
                    && lives.last(wire).and_then(|life| life.end).is_some_and(which)
                {
                    seen.set("clean_start", true);
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.1.2-4", "MQTT-4.1.0-1", "MQTT-3.2.2-2"], &["MQTT-3.1.2-23", "MQTT-3.1.2-5", "MQTT-3.2.2-3"]),
        Fault::new(
            format!("clean-start-ignored-after-{name}"),
            "resumes a Session although a new one is asked for",
            move || {
                let mut lives = Lives::default();
                all(move |mut event, wire| {
                    lives.note(&event, wire);
                    let after = lives.last(wire).and_then(|life| life.end).is_some_and(which);
                    match &mut event {
                        Event::In(seen) if seen.is(Connect) && after => seen.set("clean_start", false),
                        Event::Out(seen)
                            if seen.is(Connack)
                                && after
                                && wire.peer().connect.get("clean_start") == Some(&Value::Bool(true)) =>
                        {
                            seen.set("session_present", false);
                        }
                        _ => {}
                    }
                    wire.pass(event);
                })
            },
        )
        .breaks(&["MQTT-3.1.2-6"], &["MQTT-3.1.2-4"]),
        Fault::new(format!("queue-lost-after-{name}"), "queues nothing after one kind of end", move || {
            let mut lives = Lives::default();
            all(move |event, wire| {
                lives.note(&event, wire);
                match &event {
                    Event::Out(seen)
                        if seen.is(Publish)
                            && !seen.first
                            && !seen.flag("dup")
                            && !seen.flag("retain")
                            && lives.last(wire).and_then(|life| life.end).is_some_and(which) =>
                    {
                        settle(seen, wire);
                    }
                    _ => wire.pass(event),
                }
            })
        })
        .breaks(&["MQTT-3.1.2-5", "MQTT-4.1.0-1", "MQTT-4.5.0-1"], &["MQTT-3.1.2-23", "MQTT-4.1.0-1", "MQTT-4.5.0-1"]),
    ]
}

fn of_take_overs() -> Vec<Fault> {
    vec![
        Fault::new("take-over-keeps-the-session", "keeps a Session although a Clean Start takes it over", || {
            let mut lives = Lives::default();
            all(move |mut event, wire| {
                lives.note(&event, wire);
                let clean = lives.last(wire).is_some_and(|life| life.end == Some(End::TakenOver { clean: true }));
                match &mut event {
                    Event::In(seen) if seen.is(Connect) && clean => seen.set("clean_start", false),
                    Event::Out(seen) if seen.is(Connack) && clean => seen.set("session_present", false),
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.1.2-6", "MQTT-3.1.4-3"], &["MQTT-3.1.2-4", "MQTT-3.1.4-4"]),
        Fault::new("take-over-called-otherwise", "says Administrative Action when a Session is taken over", || {
            edit_out(Disconnect, |seen| {
                if seen.number("reason_code") == 0x8E {
                    seen.set("reason_code", 0x98_u64);
                }
            })
        })
        .breaks(&[], &["MQTT-3.1.4-3"]),
    ]
}

fn of_connections() -> Vec<Fault> {
    vec![
        Fault::new("deliveries-keep-alive", "counts what it delivers as a sign of life of the Client", || {
            let mut asked: BTreeMap<u64, u32> = BTreeMap::new();
            all(move |event, wire| {
                let asked = asked.entry(wire.id).or_default();
                match &event {
                    Event::Out(seen) if seen.is(Publish) => {
                        *asked += 1;
                        wire.ask(Pingreq, []);
                    }
                    Event::Out(seen) if seen.is(Pingresp) && *asked > 0 => {
                        *asked -= 1;
                        return;
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.1.2-24"], &["MQTT-3.1.2-22"]),
        Fault::new(
            "idle-sessions-end",
            "delivers nothing to a Client that has only sent PINGREQ for ten seconds",
            || {
                let mut active: BTreeMap<u64, Duration> = BTreeMap::new();
                all(move |event, wire| match event {
                    Event::Out(seen) if seen.is(Publish) && seen.first && !seen.flag("dup") => {
                        let since = active.get(&wire.id).copied().unwrap_or_default();
                        match wire.now.saturating_sub(since) > Duration::from_secs(10) {
                            true => settle(&seen, wire),
                            false => wire.deliver(seen),
                        }
                    }
                    event => {
                        if matches!(&event, Event::In(seen) if !seen.is(Pingreq)) {
                            active.insert(wire.id, wire.now);
                        }
                        wire.pass(event);
                    }
                })
            },
        )
        .breaks(&["MQTT-4.1.0-2"], &["MQTT-4.1.0-1"]),
        Fault::new("password-needs-a-user-name", "refuses a Password without a User Name as malformed", || {
            incoming(Connect, |seen, wire| {
                if wire.v5() && seen.get("password").is_some() && seen.get("user_name").is_none() {
                    wire.send(Connack, [("reason_code", Value::Number(0x81))]);
                    return wire.cut();
                }
                wire.forward(seen);
            })
        })
        .breaks(&[], &["5.0§3.1.2.9-a", "MQTT-3.1.4-5"]),
    ]
}
