//! Sessions: storing, resuming, restarts.

use std::collections::BTreeSet;

use mqttspec_codec::PacketType::{Connack, Connect, Disconnect, Subscribe};

use crate::{
    fault::{Fault, all, edit_in, edit_out, incoming, outgoing},
    wire::Event,
};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        Fault::new("session-present-always", "always reports Session Present", || {
            edit_out(Connack, |seen| {
                if seen.number("reason_code") == 0 {
                    seen.set("session_present", true);
                }
            })
        })
        .breaks(&["MQTT-3.2.2-1", "MQTT-3.2.2-3"], &["MQTT-3.2.2-2", "MQTT-3.2.2-3"]),
        Fault::new("session-present-with-refusal", "reports Session Present in a refusal", || {
            outgoing(Connack, |seen, wire| match seen.number("reason_code") {
                0 => wire.deliver(seen),
                _ => wire.deliver(seen.raw(|bytes| bytes[2] = 1)),
            })
        })
        .breaks(&["MQTT-3.2.2-4"], &["MQTT-3.2.2-6"])
        .coarse(),
        Fault::new("session-present-never", "never reports Session Present", || {
            edit_out(Connack, |seen| seen.set("session_present", false))
        })
        .breaks(&["MQTT-3.2.2-2"], &["MQTT-3.2.2-3"]),
        Fault::new("session-present-with-subscriptions", "reports Session Present only to subscribers", || {
            let mut subscribers = BTreeSet::new();
            all(move |mut event, wire| {
                let me = wire.peer().client_id();
                match &mut event {
                    Event::In(seen) if seen.is(Subscribe) => drop(subscribers.insert(me)),
                    Event::Out(seen) if seen.is(Connack) && !subscribers.contains(&me) => {
                        seen.set("session_present", false);
                    }
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.2.2-2"], &["MQTT-3.2.2-3"]),
        Fault::new(
            "session-of-a-clean-start-ends",
            "ends a Session begun with a Clean Start with its connection",
            || {
                edit_in(Connect, |seen| {
                    if seen.flag("clean_start") {
                        seen.remove("session_expiry_interval");
                    }
                })
            },
        )
        .breaks(&[], &["MQTT-3.1.2-23"]),
        Fault::new("session-never-resumed", "starts every connection with a Clean Start", || {
            edit_in(Connect, |seen| seen.set("clean_start", true))
        })
        .breaks(&["MQTT-3.1.2-4", "MQTT-3.1.2-5", "MQTT-3.1.3-8"], &["MQTT-3.1.2-5", "MQTT-3.2.2-3", "MQTT-3.1.2-23"]),
        Fault::new("clean-start-ignored", "resumes the Session, whatever the client asks for", || {
            all(|mut event, wire| {
                match &mut event {
                    Event::In(seen) if seen.is(Connect) && !seen.text("client_id").is_empty() => {
                        seen.set("clean_start", false);
                    }
                    Event::Out(seen) if seen.is(Connack) => seen.set("session_present", false),
                    _ => {}
                }
                if let Event::In(seen) = &mut event
                    && wire.v5()
                    && seen.is(Connect)
                    && seen.get("session_expiry_interval").is_none()
                {
                    seen.set("session_expiry_interval", 600_u64);
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.1.2-6", "MQTT-3.2.2-2"], &["MQTT-3.1.2-4", "MQTT-3.2.2-3", "5.0§3.1.2.11.2-b"]),
        Fault::new(
            "clean-start-ends-only-at-first",
            "keeps the Session of a Clean Start beyond its connection",
            || {
                edit_in(Connect, |seen| {
                    if !seen.text("client_id").is_empty() {
                        seen.set("clean_start", false);
                    }
                })
            },
        )
        .breaks(&["MQTT-3.1.2-6", "MQTT-3.2.2-1"], &["MQTT-3.1.2-4", "MQTT-3.2.2-2"]),
        Fault::new("session-expiry-for-ever", "never lets a Session expire", || {
            edit_in(Connect, |seen| {
                if seen.get("session_expiry_interval").is_some() {
                    seen.set("session_expiry_interval", 0xFFFF_FFFF_u64);
                }
            })
        })
        .breaks(&[], &["MQTT-4.1.0-2", "5.0§3.1.2.11.2-b"]),
        Fault::new("session-kept-unasked", "keeps Sessions that should end with the connection", || {
            incoming(Connect, |mut seen, wire| {
                if wire.v5() && seen.number("session_expiry_interval") == 0 {
                    seen.set("session_expiry_interval", 600_u64);
                }
                wire.forward(seen);
            })
        })
        .breaks(&[], &["5.0§3.1.2.11.2-b", "MQTT-4.1.0-2"]),
        Fault::new("session-expiry-of-minutes", "keeps a Session for ten minutes, whatever was requested", || {
            edit_in(Connect, |seen| {
                if seen.number("session_expiry_interval") > 0 {
                    seen.set("session_expiry_interval", 600_u64);
                }
            })
        })
        .breaks(&[], &["MQTT-4.1.0-2", "MQTT-3.1.2-23", "5.0§3.2.2.3.2-b"]),
        Fault::new("session-expiry-halved", "keeps a Session half as long as it should", || {
            edit_in(Connect, |seen| {
                if let interval @ 1..0xFFFF_FFFF = seen.number("session_expiry_interval") {
                    seen.set("session_expiry_interval", interval / 2);
                }
            })
        })
        .breaks(&[], &["MQTT-3.1.2-23", "5.0§3.2.2.3.2-b"]),
        Fault::new("session-expiry-of-disconnect-ignored", "ignores the expiry in DISCONNECT", || {
            edit_in(Disconnect, |seen| seen.remove("session_expiry_interval"))
        })
        .breaks(&[], &["5.0§3.14.2.2.2-c"]),
        Fault::new("session-expiry-from-nothing", "accepts an expiry in DISCONNECT although CONNECT had none", || {
            incoming(Disconnect, |mut seen, wire| {
                if wire.peer().limit("session_expiry_interval").is_none_or(|interval| interval == 0) {
                    seen.remove("session_expiry_interval");
                }
                wire.forward(seen);
            })
        })
        .breaks(&[], &["MQTT-4.13.1-1", "MQTT-3.1.2-8"]),
        Fault::new("session-ends-with-disconnect", "ends the Session at DISCONNECT", || {
            incoming(Disconnect, |mut seen, wire| {
                if wire.v5() && wire.peer().limit("session_expiry_interval").is_some_and(|interval| interval > 0) {
                    seen.set("session_expiry_interval", 0_u64);
                }
                wire.forward(seen);
            })
        })
        .breaks(&[], &["MQTT-3.1.2-23", "5.0§3.14.2.2.2-c"]),
        Fault::new("refusal-ends-the-session", "ends the Session of a client that it refuses", || {
            let mut refused = BTreeSet::new();
            all(move |mut event, wire| {
                let me = wire.peer().client_id();
                match &mut event {
                    Event::BrokerCloses => drop(refused.insert(me)),
                    Event::In(seen) if seen.is(Connect) && refused.remove(&me) => seen.set("clean_start", true),
                    _ => {}
                }
                wire.pass(event);
            })
        })
        .breaks(&["MQTT-3.1.2-4", "MQTT-4.1.0-1"], &["MQTT-3.1.2-23", "MQTT-3.1.2-5", "MQTT-3.2.2-3"]),
    ]
}
