//! Sessions: when what waits in them is sent, what is kept of QoS 0, and when they end.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use mqttspec::packet::Value;
use mqttspec_codec::{
    PacketType::{Connack, Connect, Disconnect, Publish, Pubrel, Subscribe, Unsubscribe},
    TopicFilter, TopicName,
};

use crate::{
    fault::{Wrong, all},
    seen::Seen,
    stand_in::StandIn,
    table::{lives::End, will_ends::losing},
    wire::Event,
};

pub(super) fn stand_ins() -> Vec<StandIn> {
    vec![
        // v5 4.4, v3.1.1 4.4: neither names a time
        StandIn::wire("resumes-after-10-s", "sends what waits in a resumed Session by a timer of 10 s", || {
            resumes_by(Duration::from_secs(10))
        }),
        StandIn::wire("resumes-after-30-s", "sends what waits in a resumed Session by a timer of 30 s", || {
            resumes_by(Duration::from_secs(30))
        }),
        StandIn::wire("sessions-end-by-a-timer", "ends expired Sessions up to 5 s late", || ends_late(5)),
        StandIn::wire("sessions-end-by-a-slow-timer", "ends expired Sessions up to 25 s late", || ends_late(25)),
        // v5 [MQTT-3.1.2-8]: the Will is not due if a new connection is opened before the Will Delay has passed
        StandIn::wire("clean-start-drops-delayed-will", "drops a delayed Will at a Clean Start", || {
            losing(|life| life.delay > 0 && (life.cleared || life.end == Some(End::TakenOver { clean: true })))
        }),
        // v5 4.1, v3.1.1 3.1.2.4: QoS 0 is optional
        StandIn::wire("keeps-qos-0", "keeps QoS 0 messages for Clients that are away", keeps_qos_0),
    ]
}

/// What waits when a Session is resumed, and what then comes behind it, is sent when a timer fires.
fn resumes_by(period: Duration) -> Wrong {
    let mut resuming: BTreeSet<u64> = BTreeSet::new();
    let mut until: BTreeMap<u64, Duration> = BTreeMap::new();
    all(move |event, wire| {
        match &event {
            Event::Out(seen) if seen.is(Connack) && seen.flag("session_present") => {
                resuming.insert(wire.id);
            }
            // what comes now was not waiting
            Event::In(_) => resuming.clear(),
            Event::Out(seen) if seen.is(Publish) && seen.number("qos") > 0 || seen.is(Pubrel) => {
                if resuming.contains(&wire.id) {
                    let periods = u32::try_from(wire.now.as_millis() / period.as_millis()).unwrap_or_default();
                    until.insert(wire.id, period * (periods + 1));
                }
                let until = until.get(&wire.id).copied().unwrap_or_default();
                if seen.is(Publish) || resuming.contains(&wire.id) {
                    wire.delay = until.saturating_sub(wire.now);
                }
            }
            _ => {}
        }
        wire.pass(event);
    })
}

/// The broker is asked to keep Sessions longer than the Client asks for.
fn ends_late(by: u64) -> Wrong {
    all(move |mut event, wire| {
        if let Event::In(seen) = &mut event
            && (seen.is(Connect) || seen.is(Disconnect))
            && let seconds @ 1..0xFFFF_FF00 = seen.number("session_expiry_interval")
        {
            seen.set("session_expiry_interval", seconds + by);
        }
        wire.pass(event);
    })
}

/// The subscriptions of a Client, and what is kept for it.
#[derive(Default)]
struct Away {
    filters: BTreeSet<String>,
    kept: Vec<Seen>,
}

fn keeps_qos_0() -> Wrong {
    let mut sessions: BTreeMap<Vec<u8>, Away> = BTreeMap::new();
    all(move |event, wire| {
        let me = wire.peer().client_id();
        match &event {
            Event::In(seen) if seen.is(Connect) && seen.flag("clean_start") => drop(sessions.remove(&me)),
            Event::In(seen) if seen.is(Subscribe) && seen.get("subscription_identifier").is_none() => {
                let plain = seen.filters().into_iter().filter(|filter| !filter.starts_with('$'));
                sessions.entry(me).or_default().filters.extend(plain);
            }
            Event::In(seen) if seen.is(Unsubscribe) => {
                if let Some(session) = sessions.get_mut(&me) {
                    session.filters.retain(|filter| !seen.filters().contains(filter));
                }
            }
            // with Retain As Published, what is retained would keep its RETAIN
            Event::In(seen)
                if seen.is(Publish)
                    && seen.number("qos") == 0
                    && !seen.flag("retain")
                    && seen.get("topic_alias").is_none() =>
            {
                let here = |id: &Vec<u8>| {
                    let connected = |peer: &&crate::wire::Peer| peer.accepted && !peer.given_up && !peer.gone;
                    wire.peers.values().filter(connected).any(|peer| peer.client_id() == *id)
                };
                let topic = seen.text("topic");
                for (_, session) in sessions.iter_mut().filter(|(id, _)| !here(id)) {
                    let matching = session.filters.iter().any(|filter| {
                        let (filter, topic) = (TopicFilter::new(filter), TopicName::new(&topic));
                        matches!((filter, topic), (Ok(filter), Ok(topic)) if filter.matches(topic))
                    });
                    if matching {
                        session.kept.push(seen.clone());
                    }
                }
            }
            Event::Out(seen) if seen.is(Connack) => {
                let present = seen.get("session_present") == Some(&Value::Bool(true));
                let session = if present { sessions.get_mut(&me) } else { sessions.remove(&me).and(None) };
                let kept = session.map(|session| std::mem::take(&mut session.kept)).unwrap_or_default();
                wire.pass(event);
                return kept.into_iter().for_each(|kept| wire.deliver(kept));
            }
            _ => {}
        }
        wire.pass(event);
    })
}
