//! [`Span`]: when something may have happened. What a broker does between a packet and its answer, and some time later,
//! happens at a moment that nobody knows.

use std::time::Duration;

use crate::explore::history::Moment;

/// How long after its answer a broker may still do what it has acknowledged.
#[derive(Debug, Clone, Copy)]
pub struct Lag {
    /// For what packets ask for.
    pub acts: Duration,
    /// For the end of a connection that was reset, which nothing shows.
    pub ends: Duration,
    /// For a Will Message.
    pub wills: Duration,
}

/// When something may have happened: from the packet that asked for it on, and until some time after it was answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) from: Moment,
    /// `None` if it was never answered.
    pub(super) to: Option<Moment>,
    /// How much later than `to`.
    pub(super) lag: Duration,
}

impl Span {
    /// Whether it has certainly happened before that moment.
    pub(super) fn is_before(&self, moment: Moment) -> bool {
        self.to.is_some_and(|to| to.tick < moment.tick && to.clock + self.lag <= moment.clock)
    }

    /// Whether it has certainly happened before the other begins.
    pub(super) fn precedes(&self, other: &Self) -> bool {
        self.is_before(other.from)
    }
}
