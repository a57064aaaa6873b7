//! A stand-in for a broker that nobody has seen: a configuration of the reference broker or a few lines on the wire,
//! and legal either way.

use std::fmt;

use mqttspec_broker::core::Config;

use super::{
    fault::{Wrong, all},
    wire::Event,
};

/// A broker that behaves in another way than the reference broker does, but as the standard allows.
pub(crate) struct StandIn {
    pub(crate) name: &'static str,
    /// What it does, as a predicate: "acknowledges after 100 ms".
    pub(crate) does: &'static str,
    /// How many percent of the cases may be skipped, because this broker announces or shows that it does not offer what
    /// they need.
    pub(crate) may_skip: usize,
    /// Whether it is tried in v5 only, because earlier versions cannot announce it.
    pub(crate) only_v5: bool,
    /// What it changes in the configuration of the reference broker.
    pub(crate) configure: fn(&mut Config),
    make: Box<dyn Fn() -> Wrong + Send + Sync>,
}

impl StandIn {
    /// A few lines on the wire.
    pub(crate) fn wire(
        name: &'static str,
        does: &'static str,
        make: impl Fn() -> Wrong + Send + Sync + 'static,
    ) -> Self {
        Self { name, does, may_skip: 0, only_v5: false, configure: |_| {}, make: Box::new(make) }
    }

    /// A configuration of the reference broker.
    pub(crate) fn configured(name: &'static str, does: &'static str, configure: fn(&mut Config)) -> Self {
        let transparent = || all(|event: Event, wire| wire.pass(event));
        Self { name, does, may_skip: 0, only_v5: false, configure, make: Box::new(transparent) }
    }

    /// Allows that many percent of the cases to be skipped.
    pub(crate) fn may_skip(self, percent: usize) -> Self {
        Self { may_skip: percent, ..self }
    }

    /// Restricts it to v5, where a broker can say so.
    pub(crate) fn only_v5(self) -> Self {
        Self { only_v5: true, ..self }
    }

    /// Starts a run.
    pub(crate) fn start(&self) -> Wrong {
        (self.make)()
    }
}

impl fmt::Display for StandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.does)
    }
}
