//! The events of a run. They separate reporters, which do not know how cases run, from the runner, which does not know
//! about output.

use std::{
    io,
    time::{Duration, SystemTime},
};

use mqttspec_codec::Version;

use super::{Capabilities, CaseRun, Deviation, ProbeError, Summary};
use crate::vector::Case;

/// An event of a run. The order is `Started`, `Probed` for each version, `Planned`, `Finished` for each case
/// when it ends, `Interrupted` if the run is interrupted, `Compared` if a case ran, and `Ended`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A run against a broker begins.
    #[non_exhaustive]
    Started {
        /// The broker: its URL, or `memory`.
        target: &'a str,
        /// The arguments of `mqttspec check` that reach the broker, without the password; empty for a broker in memory.
        rerun: &'a str,
        /// Whether TLS certificates are not verified, so that the identity of the broker is unknown.
        insecure: bool,
        /// How many cases were selected.
        cases: usize,
        /// When it begins; `None` for a broker in memory.
        at: Option<SystemTime>,
    },
    /// What the broker supports in a version, or why the version cannot be tested.
    Probed(Version, &'a Result<Capabilities, ProbeError>),
    /// The cases that were not skipped begin. Over sockets only.
    #[non_exhaustive]
    Planned {
        /// How many cases run concurrently.
        at_once: usize,
        /// About how long that takes if the broker answers everything in its usual time.
        estimate: Duration,
    },
    /// All cases are played, for one of several times. They have their verdicts after the last.
    #[non_exhaustive]
    Repeats {
        /// From 1.
        time: usize,
        /// How many times the cases are played.
        times: usize,
        /// How many cases have changed their verdict so far.
        changed: usize,
    },
    /// All cases have started, and this one has been running the longest. It comes again when
    /// that changes, or how many others there are. Over sockets only.
    #[non_exhaustive]
    Waiting {
        /// The case.
        case: &'a Case,
        /// How many other cases have not ended either.
        others: usize,
    },
    /// A case has its verdict.
    Finished(&'a CaseRun),
    /// The broker is in trouble, and what the run does about it: a sentence for people. It may come at any time between
    /// `Probed` and `Ended`.
    Note(&'a str),
    /// All cases have their verdicts and were compared: those that are blocked are known, and what the broker does wrong.
    Compared(&'a [CaseRun], &'a [Deviation]),
    /// The run was interrupted. No more cases start, and everything left on the broker is removed.
    Interrupted,
    /// The run is over.
    Ended(&'a Summary),
}

/// Receives the events of a run. `()` ignores them, and a `Vec` or a pair of reporters passes them to each.
pub trait Reporter {
    /// Handles an event.
    ///
    /// # Errors
    /// The report cannot be written. The run continues, and returns the first such error at the end.
    fn on_event(&mut self, event: &Event<'_>) -> io::Result<()>;
}

impl Reporter for () {
    fn on_event(&mut self, _: &Event<'_>) -> io::Result<()> {
        Ok(())
    }
}

impl<R: Reporter + ?Sized> Reporter for Box<R> {
    fn on_event(&mut self, event: &Event<'_>) -> io::Result<()> {
        (**self).on_event(event)
    }
}

impl<A: Reporter, B: Reporter> Reporter for (A, B) {
    /// Passes the event to both, and returns the first error.
    fn on_event(&mut self, event: &Event<'_>) -> io::Result<()> {
        let written = self.0.on_event(event);
        written.and(self.1.on_event(event))
    }
}

impl<R: Reporter> Reporter for Vec<R> {
    /// Passes the event to all of them, and returns the first error.
    fn on_event(&mut self, event: &Event<'_>) -> io::Result<()> {
        let mut written = Ok(());
        for reporter in self {
            let result = reporter.on_event(event);
            written = written.and(result);
        }
        written
    }
}
