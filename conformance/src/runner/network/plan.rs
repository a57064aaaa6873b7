//! Which cases run beside which others, and about how long that takes.

use std::{cmp::Reverse, collections::BTreeMap, time::Duration};

use mqttspec_codec::Version;

use super::{exclusive, scheduler::Job};
use crate::runner::Capabilities;

/// The cases of a run, in the order in which they start.
pub(super) struct Plan {
    pub(super) concurrent: Vec<Job>,
    /// Groups of cases without a prefix; the cases of a group run side by side.
    pub(super) exclusive: Vec<Vec<Job>>,
    /// How many of the concurrent cases run at the same time.
    pub(super) at_once: usize,
    /// About how long all of them take if the broker answers everything.
    pub(super) estimate: Duration,
}

impl Plan {
    pub(super) fn new(
        mut concurrent: Vec<Job>,
        exclusive: Vec<Job>,
        at_once: usize,
        known: &BTreeMap<Version, Capabilities>,
    ) -> Self {
        let duration = |job: &Job| duration(job, known);
        // the longest first, because a run lasts at least as long as its slowest case
        concurrent.sort_by_key(|job| Reverse(duration(job)));
        let exclusive = exclusive::groups(exclusive);
        let estimate = estimate(&concurrent, &exclusive, at_once, duration);
        Self { concurrent, exclusive, at_once, estimate }
    }
}

/// About how long a case takes if the broker answers everything.
fn duration(job: &Job, known: &BTreeMap<Version, Capabilities>) -> Duration {
    let effort = job.script.effort();
    let known = known.get(&job.script.version);
    known.map_or(effort.waits, |known| known.pace.estimate(known.round_trip, &effort))
}

/// About how long a run takes if the broker answers everything.
fn estimate(
    concurrent: &[Job],
    exclusive: &[Vec<Job>],
    at_once: usize,
    duration: impl Fn(&Job) -> Duration,
) -> Duration {
    let longest = |jobs: &[Job]| jobs.iter().map(&duration).max().unwrap_or_default();
    let shared = concurrent.iter().map(&duration).sum::<Duration>() / u32::try_from(at_once).unwrap_or(u32::MAX).max(1);
    longest(concurrent).max(shared) + exclusive.iter().map(|group| longest(group)).sum::<Duration>()
}
