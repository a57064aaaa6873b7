//! Which cases run beside which others, and about how long that takes.

use std::{cmp::Reverse, collections::BTreeMap, time::Duration};

use mqttspec_codec::Version;

use super::{exclusive, scheduler::Job};
use crate::{runner::Capabilities, transport::Limits};

/// The cases that can run, by what may run beside them.
#[derive(Default)]
pub(super) struct Selected {
    pub(super) concurrent: Vec<Job>,
    /// Those without a prefix.
    pub(super) exclusive: Vec<Job>,
    /// Those that restart the broker.
    pub(super) restarting: Vec<Job>,
}

/// The cases of a run, in the order in which they start.
pub(super) struct Plan {
    pub(super) concurrent: Vec<Job>,
    /// Groups of cases without a prefix; the cases of a group run side by side.
    pub(super) exclusive: Vec<Vec<Job>>,
    /// Cases that restart the broker. They run one after the other.
    pub(super) restarting: Vec<Job>,
    /// How many of the concurrent cases run at the same time.
    pub(super) at_once: usize,
    /// About how long all of them take if the broker answers everything.
    pub(super) estimate: Duration,
}

impl Plan {
    pub(super) fn new(
        selected: Selected,
        at_once: usize,
        known: &BTreeMap<Version, Capabilities>,
        limits: &Limits,
    ) -> Self {
        let Selected { mut concurrent, exclusive, restarting } = selected;
        let duration = |job: &Job| duration(job, known);
        // the longest first, because a run lasts at least as long as its slowest case
        concurrent.sort_by_key(|job| Reverse(duration(job)));
        let exclusive = exclusive::groups(exclusive);
        let restarts = restarting.iter().map(|job| duration(job) + RESTARTS).sum::<Duration>();
        let estimate = estimate(&concurrent, &exclusive, at_once, limits, duration) + restarts;
        Self { concurrent, exclusive, restarting, at_once, estimate }
    }
}

/// About how long a case takes if the broker answers everything.
fn duration(job: &Job, known: &BTreeMap<Version, Capabilities>) -> Duration {
    let effort = job.script.effort();
    let known = known.get(&job.script.version);
    known.map_or(effort.waits, |known| known.pace.estimate(known.round_trip, &effort))
}

/// How many connections cases may have together; the bystander always has one.
pub(super) fn places(limits: &Limits) -> usize {
    limits.most().map_or(usize::MAX, |most| most.saturating_sub(1))
}

/// How many cases can run at the same time without waiting for each other all the time.
pub(super) fn most_at_once(limits: &Limits) -> usize {
    places(limits).min(limits.in_a_second())
}

/// About how long a run takes if the broker answers everything.
fn estimate(
    concurrent: &[Job],
    exclusive: &[Vec<Job>],
    at_once: usize,
    limits: &Limits,
    duration: impl Fn(&Job) -> Duration,
) -> Duration {
    let longest = |jobs: &[Job]| jobs.iter().map(&duration).max().unwrap_or_default();
    let over = |sum: Duration, many: usize| sum / u32::try_from(many).unwrap_or(u32::MAX).max(1);
    let times = |one: Duration, many: usize| one.saturating_mul(u32::try_from(many).unwrap_or(u32::MAX));
    let shared = over(concurrent.iter().map(&duration).sum(), at_once);
    // each case has its places from its beginning to its end
    let in_places = |jobs: &[Job]| {
        over(jobs.iter().map(|job| times(duration(job), job.script.connections())).sum(), places(limits))
    };
    let groups = exclusive.iter().map(|group| longest(group).max(in_places(group))).sum::<Duration>();
    let played = longest(concurrent).max(shared).max(in_places(concurrent)) + groups;
    let connects = |job: &Job| job.script.effort().connects;
    let connects: u32 = concurrent.iter().chain(exclusive.iter().flatten()).map(connects).sum();
    played.max(limits.interval().saturating_mul(connects).saturating_mul(BESIDE) / 100)
}

/// About how long a broker takes to stop and start.
const RESTARTS: Duration = Duration::from_secs(2);
/// How many connections there are in percent of those of the cases, with the suite's own beside them.
const BESIDE: u32 = 150;
