//! A fault: a name, what it does, and the few lines that do it.

use std::{fmt, time::Duration};

use mqttspec_codec::PacketType;

use super::{
    seen::Seen,
    wire::{Event, Wire},
};

/// A broker that is wrong in one way, or right in an unusual one.
pub(crate) struct Fault {
    pub(crate) name: String,
    /// What it does, as a predicate: "forgets a retained message".
    pub(crate) does: &'static str,
    pub(crate) kind: Kind,
    /// Beginnings of cases that a coarse fault does prove something about: they are about just this.
    pub(crate) about: &'static [&'static str],
    /// Legal faults of one group do not get in each other's way: they are tried together, and alone only if that fails.
    pub(crate) group: &'static str,
    /// What the suite would measure.
    pub(crate) round_trip: Duration,
    make: Box<dyn Fn() -> Wrong + Send + Sync>,
}

/// What a fault proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A case that it fails can fail for its own sake.
    Wrong,
    /// Wrong too, but so coarse that nearly every case fails: it must be found, but proves nothing about a case.
    Coarse,
    /// Allowed by the standard: no case may fail.
    Legal,
}

/// What a fault does during one run, with what it remembers.
pub(crate) type Wrong = Box<dyn FnMut(Event, &mut Wire<'_>)>;

impl Fault {
    pub(crate) fn new(
        name: impl Into<String>,
        does: &'static str,
        make: impl Fn() -> Wrong + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            does,
            kind: Kind::Wrong,
            about: &[],
            group: "",
            round_trip: Duration::ZERO,
            make: Box::new(make),
        }
    }

    /// Too coarse to prove anything about a case.
    pub(crate) fn coarse(self) -> Self {
        Self { kind: Kind::Coarse, ..self }
    }

    /// But for these cases, which are about just this: beginnings of their names.
    pub(crate) fn but_for(self, about: &'static [&'static str]) -> Self {
        Self { about, ..self }
    }

    /// Whether a case that it fails can be said to fail for its own sake.
    pub(crate) fn proves(&self, case: &str) -> bool {
        self.kind == Kind::Wrong || self.about.iter().any(|beginning| case.starts_with(beginning))
    }

    /// Allowed by the standard; of that group.
    pub(crate) fn legal(self, group: &'static str) -> Self {
        Self { kind: Kind::Legal, group, ..self }
    }

    /// So far away that the suite measures this.
    pub(crate) fn round_trip(self, round_trip: Duration) -> Self {
        Self { round_trip, ..self }
    }

    /// The fault at the beginning of a run.
    pub(crate) fn start(&self) -> Wrong {
        (self.make)()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.does)
    }
}

/// Rules over all that passes.
pub(crate) fn all(act: impl FnMut(Event, &mut Wire<'_>) + 'static) -> Wrong {
    Box::new(act)
}

/// Rules over packets of one type from clients; all else passes.
pub(crate) fn incoming(of: PacketType, mut act: impl FnMut(Seen, &mut Wire<'_>) + 'static) -> Wrong {
    all(move |event, wire| match event {
        Event::In(seen) if seen.is(of) => act(seen, wire),
        event => wire.pass(event),
    })
}

/// Rules over packets of one type from the broker; all else passes.
pub(crate) fn outgoing(of: PacketType, mut act: impl FnMut(Seen, &mut Wire<'_>) + 'static) -> Wrong {
    all(move |event, wire| match event {
        Event::Out(seen) if seen.is(of) => act(seen, wire),
        event => wire.pass(event),
    })
}

/// Changes packets of one type from clients.
pub(crate) fn edit_in(of: PacketType, mut edit: impl FnMut(&mut Seen) + 'static) -> Wrong {
    incoming(of, move |mut seen, wire| {
        edit(&mut seen);
        wire.forward(seen);
    })
}

/// Changes packets of one type from the broker.
pub(crate) fn edit_out(of: PacketType, mut edit: impl FnMut(&mut Seen) + 'static) -> Wrong {
    outgoing(of, move |mut seen, wire| {
        edit(&mut seen);
        wire.deliver(seen);
    })
}

/// Loses packets of one type from clients.
pub(crate) fn lose_in(of: PacketType) -> Wrong {
    incoming(of, |_, _| {})
}

/// Loses packets of one type from the broker.
pub(crate) fn lose_out(of: PacketType) -> Wrong {
    outgoing(of, |_, _| {})
}

/// Rules over malformed packets that claim to be of one type; all else passes.
pub(crate) fn malformed(of: PacketType, mut act: impl FnMut(Seen, &mut Wire<'_>) + 'static) -> Wrong {
    all(move |event, wire| match event {
        Event::In(seen) if seen.packet_type.is_none() && seen.claims() == Some(of) => act(seen, wire),
        event => wire.pass(event),
    })
}
