//! A fault: a name, a description, and a few lines of code.

use std::fmt;

use mqttspec_codec::{PacketType, Version};

use super::{
    seen::Seen,
    wire::{Event, Wire},
};

/// A broker that is wrong in one way.
pub(crate) struct Fault {
    pub(crate) name: String,
    /// What it does, as a predicate: "forgets a retained message".
    pub(crate) does: String,
    pub(crate) kind: Kind,
    /// The table that holds it.
    pub(crate) table: &'static str,
    /// The statements that it violates in v3.1.1.
    pub(crate) breaks_v3_1_1: &'static [&'static str],
    /// The statements that it violates in v5.
    pub(crate) breaks_v5: &'static [&'static str],
    /// The statement that a Client may break without consequence, by v3.1.1 and v5; "" if there is none.
    lets_pass: [&'static str; 2],
    /// Prefixes of case ids for which a coarse fault is a proof, because they test just this.
    pub(crate) about: &'static [&'static str],
    make: Box<dyn Fn() -> Wrong + Send + Sync>,
}

/// What a fault proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A case that fails under it can detect a specific error.
    Wrong,
    /// Wrong as well, but so coarse that nearly every case fails. It must be found, but proves nothing about a case.
    Coarse,
}

/// The behaviour of a fault during one run, with its state.
pub(crate) type Wrong = Box<dyn FnMut(Event, &mut Wire<'_>)>;

impl Fault {
    pub(crate) fn new(
        name: impl Into<String>,
        does: impl Into<String>,
        make: impl Fn() -> Wrong + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            does: does.into(),
            kind: Kind::Wrong,
            table: "",
            breaks_v3_1_1: &[],
            breaks_v5: &[],
            lets_pass: [""; 2],
            about: &[],
            make: Box::new(make),
        }
    }

    /// Names the statements that it violates in each version, at most three, read from the standard. A fault that acts in
    /// one version only has none for the other.
    pub(crate) fn breaks(self, v3_1_1: &'static [&'static str], v5: &'static [&'static str]) -> Self {
        Self { breaks_v3_1_1: v3_1_1, breaks_v5: v5, ..self }
    }

    /// The statements that it violates in that version.
    pub(crate) fn broken(&self, version: Version) -> &'static [&'static str] {
        match version {
            Version::V5 => self.breaks_v5,
            // v3.1 uses the ids of v3.1.1
            _ => self.breaks_v3_1_1,
        }
    }

    /// Names the statement that a Client may break without consequence, by v3.1.1 and v5; "" if the version has none.
    pub(crate) fn lets_pass(self, v3_1_1: &'static str, v5: &'static str) -> Self {
        Self { lets_pass: [v3_1_1, v5], ..self }
    }

    /// Whether it is about that statement: violates it, or lets a Client break it.
    pub(crate) fn is_about(&self, version: Version, id: &str) -> bool {
        self.broken(version).contains(&id) || self.lets_pass[usize::from(version == Version::V5)] == id
    }

    /// Whether it is about one statement of the Client's, and not about errors of any kind.
    pub(crate) fn lets_pass_one(&self) -> bool {
        self.lets_pass != [""; 2]
    }

    /// Marks it as too coarse to prove anything about a case.
    pub(crate) fn coarse(self) -> Self {
        Self { kind: Kind::Coarse, ..self }
    }

    /// Names the cases, by prefix, for which a coarse fault is a proof after all.
    pub(crate) fn but_for(self, about: &'static [&'static str]) -> Self {
        Self { about, ..self }
    }

    /// Whether the fault proves that this case can detect an error.
    pub(crate) fn proves(&self, case: &str) -> bool {
        self.kind == Kind::Wrong || self.about.iter().any(|beginning| case.starts_with(beginning))
    }

    /// Names the table that holds it.
    pub(crate) fn of_table(self, table: &'static str) -> Self {
        Self { table, ..self }
    }

    /// Starts a run of the fault.
    pub(crate) fn start(&self) -> Wrong {
        (self.make)()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.does)
    }
}

/// Handles all events.
pub(crate) fn all(act: impl FnMut(Event, &mut Wire<'_>) + 'static) -> Wrong {
    Box::new(act)
}

/// Handles packets of one type from clients. Everything else passes.
pub(crate) fn incoming(of: PacketType, mut act: impl FnMut(Seen, &mut Wire<'_>) + 'static) -> Wrong {
    all(move |event, wire| match event {
        Event::In(seen) if seen.is(of) => act(seen, wire),
        event => wire.pass(event),
    })
}

/// Handles packets of one type from the broker. Everything else passes.
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

/// Drops packets of one type from clients.
pub(crate) fn lose_in(of: PacketType) -> Wrong {
    incoming(of, |_, _| {})
}

/// Drops packets of one type from the broker.
pub(crate) fn lose_out(of: PacketType) -> Wrong {
    outgoing(of, |_, _| {})
}

/// Handles malformed packets that claim to be of one type. Everything else passes.
pub(crate) fn malformed(of: PacketType, mut act: impl FnMut(Seen, &mut Wire<'_>) + 'static) -> Wrong {
    all(move |event, wire| match event {
        Event::In(seen) if seen.packet_type.is_none() && seen.claims() == Some(of) => act(seen, wire),
        event => wire.pass(event),
    })
}

/// A topic on which the user of the run has no rights.
pub(crate) const DENIED: &str = "$denied/topic";
