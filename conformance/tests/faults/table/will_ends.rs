//! Wills that do not come after one kind of end, or come although they should not.

use std::time::Duration;

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{Connect, Publish};

use super::{
    deliveries::settle,
    lives::{End, Life, Lives, accepts},
};
use crate::{
    fault::{Fault, Wrong, all},
    wire::{Event, Wire},
};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = lost();
    faults.extend(untimely());
    faults
}

/// Wills that never come.
fn lost() -> Vec<Fault> {
    const AFTER: &[&str] = &["MQTT-3.1.2-8"];
    const ENDS: &[&str] = &["5.0§3.1.3.2.2-b", "MQTT-3.1.2-8"];
    const TAKEN: &[&str] = &["5.0§3.1.3.2.2-c", "5.0§3.1.4-c", "MQTT-3.1.2-8"];
    vec![
        without("will-lost-after-an-error", "publishes no Will after an error", AFTER, AFTER, |life| {
            life.end == Some(End::Error)
        }),
        without("will-lost-after-silence", "publishes no Will after its Keep Alive", AFTER, AFTER, |life| {
            life.end == Some(End::Silence)
        }),
        without("will-lost-when-taken-over", "publishes no Will if its Session is taken over", AFTER, TAKEN, |life| {
            life.end == Some(End::TakenOver { clean: false }) && life.expiry > 0
        }),
        without(
            "will-lost-by-a-clean-take-over",
            "publishes no Will if a Clean Start takes over",
            AFTER,
            TAKEN,
            |life| life.end == Some(End::TakenOver { clean: true }) && life.delay == 0,
        ),
        without(
            "will-lost-after-code-4",
            "publishes no Will after DISCONNECT with 0x04",
            &[],
            &["5.0§3.14.2.1-b", "MQTT-3.1.2-8"],
            |life| life.end == Some(End::Said(4)),
        ),
        without(
            "will-lost-after-a-failure",
            "publishes no Will after DISCONNECT with a failure",
            &[],
            &["5.0§3.14.2.1-c", "MQTT-3.1.2-8"],
            |life| matches!(life.end, Some(End::Said(0x80..))),
        ),
        without("will-lost-with-the-session", "publishes no Will when a Session expires", &[], ENDS, |life| {
            life.delay > life.expiry && life.expiry > 0
        }),
        without(
            "will-lost-without-a-session",
            "publishes no delayed Will if there is no Session to wait in",
            &[],
            ENDS,
            |life| life.delay > 0 && life.expiry == 0,
        ),
        without(
            "will-lost-in-endless-sessions",
            "publishes no Will of a Session that never expires",
            &[],
            AFTER,
            |life| life.expiry == u64::from(u32::MAX),
        ),
        Fault::new("will-of-the-next-ignored", "ignores the Will of a client that resumes its Session", || {
            let mut lives = Lives::default();
            all(move |mut event, wire| {
                lives.note(&event, wire);
                if let Event::In(seen) = &mut event
                    && seen.is(Connect)
                    && !seen.flag("clean_start")
                    && lives.last(wire).is_some_and(|life| life.will.is_some())
                {
                    seen.remove("will");
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.1.2-8"], &["MQTT-3.1.2-7", "MQTT-3.1.2-8"]),
    ]
}

/// Wills that come too often, or although they were cancelled.
fn untimely() -> Vec<Fault> {
    vec![
        Fault::new("delayed-will-on-resumption", "publishes delayed Wills when the Session is resumed", || {
            on_return(|life| life.delay > 0 && !life.came && life.end == Some(End::Lost))
        })
        .breaks(&[], &["MQTT-3.1.3-9"]),
        Fault::new("delayed-will-when-taken-over", "publishes delayed Wills when the Session is taken over", || {
            on_return(|life| life.delay > 0 && life.expiry > 0 && life.end == Some(End::TakenOver { clean: false }))
        })
        .breaks(&[], &["MQTT-3.1.3-9", "5.0§3.1.3.2.2-c"]),
        Fault::new("will-again-on-return", "publishes a Will again when its Client returns", || {
            on_return(|life| life.came)
        })
        .breaks(&["MQTT-3.1.2-10"], &["MQTT-3.1.2-10"]),
        Fault::new(
            "will-at-delay-and-expiry",
            "publishes a Will after its delay and at the end of the Session",
            || {
                let mut lives = Lives::default();
                all(move |event, wire| {
                    if let Event::Out(seen) = &event
                        && seen.is(Publish)
                        && let Some(life) = lives.of_will(seen)
                        && let seconds @ 1..100 = life.expiry.abs_diff(life.delay)
                        && !life.came
                        && life.delay > 0
                        && life.expiry > 0
                    {
                        wire.delay = Duration::from_secs(seconds);
                        life.will.clone().into_iter().for_each(|will| publish(will, wire));
                        wire.delay = Duration::ZERO;
                    }
                    lives.note(&event, wire);
                    wire.pass(event);
                })
            },
        )
        .breaks(&[], &["MQTT-3.1.2-10"]),
        Fault::new(
            "will-after-a-normal-end",
            "publishes the Will after DISCONNECT with 0x00 when its Client returns",
            || on_return(|life| life.end == Some(End::Said(0))),
        )
        .breaks(&["MQTT-3.1.2-10", "MQTT-3.14.4-3"], &["MQTT-3.1.2-10", "MQTT-3.14.4-3"]),
    ]
}

/// Publishes no Will of these connections.
fn without(
    name: &'static str,
    does: &'static str,
    v3_1_1: &'static [&'static str],
    v5: &'static [&'static str],
    which: fn(&Life) -> bool,
) -> Fault {
    Fault::new(name, does, move || losing(which)).breaks(v3_1_1, v5)
}

/// Delivers no Will of these connections.
pub(super) fn losing(which: fn(&Life) -> bool) -> Wrong {
    let mut lives = Lives::default();
    all(move |event, wire| {
        if let Event::Out(seen) = &event
            && seen.is(Publish)
            && lives.of_will(seen).is_some_and(|life| which(life))
        {
            return settle(seen, wire);
        }
        lives.note(&event, wire);
        wire.pass(event);
    })
}

/// Publishes the Will of the last connection when its Client is back, and the Session is resumed.
fn on_return(which: fn(&Life) -> bool) -> Wrong {
    let mut lives = Lives::default();
    all(move |event, wire| {
        lives.note(&event, wire);
        let returns = accepts(&event);
        wire.pass(event);
        if returns && let Some(life) = lives.last(wire).filter(|life| which(life) && !life.cleared) {
            life.will.clone().into_iter().for_each(|will| publish(will, wire));
        }
    })
}

/// Publishes a Will at QoS 0, as if from the client of this connection.
fn publish((topic, payload): (String, Value), wire: &mut Wire<'_>) {
    wire.ask(Publish, [("topic", Value::text(&topic)), ("payload", payload)]);
}
