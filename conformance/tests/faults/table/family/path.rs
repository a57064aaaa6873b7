//! The paths on which a message reaches a Client.

use std::collections::BTreeSet;

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{Connack, Connect, Publish, Subscribe};

use crate::{
    fault::{Wrong, all},
    seen::Seen,
    table::deliveries::payload,
    wire::{Event, Wire},
};

/// A path.
pub(super) struct Path {
    pub(super) name: &'static str,
    /// Its messages, as the object of a sentence.
    pub(super) messages: &'static str,
    /// Whether it is there in 5.0 only.
    pub(super) only_v5: bool,
    pub(super) takes: fn(&Seen, &Track, u64) -> bool,
}

/// All paths apart from a message that is passed on at once, which other tables are about.
pub(super) static PATHS: &[Path] = &[
    Path {
        name: "queued",
        messages: "messages that waited for a Client which was away",
        only_v5: false,
        takes: |seen, track, id| is_queued(seen) && track.resumed.contains(&id),
    },
    Path {
        name: "sent-again",
        messages: "messages that are sent again",
        only_v5: false,
        takes: |seen, _, _| seen.flag("dup"),
    },
    Path {
        name: "retained",
        messages: "retained messages for a new Subscription",
        only_v5: false,
        takes: |seen, track, _| seen.flag("retain") && track.retained.contains(&payload(seen)),
    },
    Path {
        name: "will",
        messages: "Will Messages",
        only_v5: false,
        takes: |seen, track, _| !seen.flag("retain") && track.is_will(seen),
    },
    Path {
        name: "shared",
        messages: "messages for a member of a Shared Subscription",
        only_v5: true,
        takes: |_, track, id| track.members.contains(&id),
    },
];

/// What has been seen so far.
#[derive(Debug, Default)]
pub(super) struct Track {
    /// The Wills of the case: topic and payload.
    wills: BTreeSet<(String, Value)>,
    /// Payloads that were published with RETAIN 1.
    retained: BTreeSet<Value>,
    /// Connections with a Shared Subscription, and the Clients that had one.
    members: BTreeSet<u64>,
    /// Connections that resumed a Session.
    resumed: BTreeSet<u64>,
    sharing: BTreeSet<Vec<u8>>,
}

impl Track {
    fn is_will(&self, seen: &Seen) -> bool {
        self.wills.contains(&(seen.text("topic"), payload(seen)))
    }

    pub(super) fn see(&mut self, event: &Event, wire: &Wire<'_>) {
        match event {
            Event::In(seen) if seen.is(Connect) => {
                if let Some(Value::Map(will)) = seen.get("will") {
                    let topic = will.get("topic").and_then(Value::as_bytes).unwrap_or_default();
                    let payload = will.get("payload").cloned().unwrap_or(Value::Bytes(Vec::new()));
                    self.wills.insert((String::from_utf8_lossy(topic).into_owned(), payload));
                }
            }
            Event::In(seen) if seen.is(Publish) && seen.flag("retain") => drop(self.retained.insert(payload(seen))),
            Event::In(seen)
                if seen.is(Subscribe) && seen.filters().iter().any(|filter| filter.starts_with("$share/")) =>
            {
                self.members.insert(wire.id);
                self.sharing.insert(wire.peer().client_id());
            }
            Event::Out(seen) if seen.is(Connack) && seen.flag("session_present") => {
                self.resumed.insert(wire.id);
                if self.sharing.contains(&wire.peer().client_id()) {
                    self.members.insert(wire.id);
                }
            }
            _ => {}
        }
    }
}

/// Acts on the messages of a path, and passes everything else.
pub(super) fn on(path: &'static Path, mut act: impl FnMut(Seen, &mut Wire<'_>) + 'static) -> Wrong {
    let mut track = Track::default();
    all(move |event, wire| {
        track.see(&event, wire);
        match event {
            Event::Out(seen) if seen.is(Publish) && (path.takes)(&seen, &track, wire.id) => act(seen, wire),
            event => wire.pass(event),
        }
    })
}

/// A message that stands behind CONNACK in its write, and was not sent before.
fn is_queued(seen: &Seen) -> bool {
    !seen.first && !seen.flag("retain") && !seen.flag("dup")
}
