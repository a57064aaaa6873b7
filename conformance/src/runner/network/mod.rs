//! Runs many cases against one broker over sockets. It probes the broker, runs the independent cases concurrently, then
//! the exclusive ones a few at a time, and removes everything it created on the broker, even when it is interrupted.
//!
//! | module | what |
//! |---|---|
//! | `suite` | runs a suite against a broker |
//! | `scheduler` | runs cases concurrently, and alone where it is unclear which case crashed the broker |
//! | `exclusive` | which cases without a prefix can run side by side |
//! | `stalls` | when the broker was slow for everybody, so that a failure is played again |
//! | `sockets` | runs a case over sockets |
//! | `bystander` | a client that takes no part in cases and must not lose its connection |
//! | `cleanup` | removes what a case left on the broker |

mod bystander;
mod cleanup;
mod exclusive;
mod scheduler;
mod sockets;
mod stalls;
mod suite;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use mqttspec_codec::Version;
use tokio::sync::watch;

use self::{
    bystander::Bystander,
    scheduler::{Job, Scheduler},
    stalls::Stalls,
};
use super::{
    Capabilities, CaseRun, Login, Prepared, ProbeError, RunError, RunId, prepare, probe::probe, recorder::Recorder,
};
use crate::{
    judge::{Outcome, Verdict},
    packet::Value,
    transport::{Dial, Target},
    vector::Case,
};

/// Runs cases against one broker.
#[derive(Debug)]
struct Runner {
    target: Target,
    login: Login,
    /// How many cases run concurrently, at least one; `None` leaves it to the measured times.
    jobs: Option<usize>,
}

impl Runner {
    /// Runs all cases; after an interruption, only those that have already started.
    ///
    /// # Errors
    /// The broker cannot be reached, does not accept the user, or supports none of the selected versions.
    async fn run(
        &self,
        cases: &[Arc<Case>],
        recorder: &mut Recorder<'_>,
        interruption: impl Future<Output = ()>,
    ) -> Result<(), RunError> {
        let (interrupt, interrupted) = watch::channel(false);
        let work = self.run_cases(cases, recorder, interrupted);
        let watch = async {
            interruption.await;
            // the work above holds a receiver
            let _ = interrupt.send(true);
            std::future::pending().await
        };
        tokio::select! {
            done = work => done,
            never = watch => never,
        }
    }

    async fn run_cases(
        &self,
        cases: &[Arc<Case>],
        recorder: &mut Recorder<'_>,
        interrupted: watch::Receiver<bool>,
    ) -> Result<(), RunError> {
        let run = RunId::random();
        let mut known = self.learn(cases, &run, recorder).await?;
        let fitting = known.values().map(|known| known.pace.jobs(known.round_trip)).min();
        let at_once = self.jobs.or(fitting).unwrap_or(1);
        for known in known.values_mut() {
            known.pace = known.pace.beside(at_once);
        }
        let Some(first) = known.keys().next_back().copied() else { return Ok(()) };
        let bystander =
            Bystander::new(Dial::new(self.target.clone()), first, self.login.clone(), format!("{}watch", run.as_str()));
        if !bystander.is_ready().await {
            return Err(RunError::Unreachable(format!("{} accepts no more connections", self.target)));
        }
        let (mut concurrent, exclusive) = self.prepare(cases, &run, &known, recorder);
        let duration = |job: &Job| duration(job, &known);
        // the longest first, because a run lasts at least as long as its slowest case
        concurrent.sort_by_key(|job| std::cmp::Reverse(duration(job)));
        let exclusive = exclusive::groups(exclusive);
        recorder.planned(at_once, estimate(&concurrent, &exclusive, at_once, duration));
        let (target, login) = (self.target.clone(), self.login.clone());
        let scheduler = Arc::new(Scheduler { target, login, bystander, stalls: Stalls::default(), interrupted });
        let watch = scheduler.clone();
        let imposed = known.values().filter_map(|known| known.value("server_keep_alive")?.as_number()).min();
        let staying = imposed.filter(|seconds| *seconds > 0).map(|seconds| {
            tokio::spawn(async move { watch.bystander.stay(Duration::from_millis(seconds * 500)).await })
        });
        let mut finished = |index: usize, outcome: Outcome, elapsed| {
            if let Some(case) = cases.get(index) {
                recorder.finished(CaseRun::new(case, outcome.verdict, outcome.transcript, elapsed));
            }
        };
        let first = scheduler.round(concurrent, at_once, &mut finished).await;
        let second = scheduler.round(first.inconclusive, FEW, &mut finished).await;
        let mut not_run = first.not_run.len() + second.not_run.len();
        let mut alone = second.inconclusive;
        for group in exclusive {
            let left = scheduler.round(group, FEW, &mut finished).await;
            not_run += left.not_run.len();
            alone.extend(left.inconclusive);
        }
        for job in alone {
            match scheduler.alone(job).await {
                Some((index, outcome, elapsed)) => finished(index, outcome, elapsed),
                None => not_run += 1,
            }
        }
        staying.inspect(tokio::task::JoinHandle::abort);
        if *scheduler.interrupted.borrow() {
            recorder.interrupted();
        } else if not_run > 0 {
            recorder.broken_off(format!(
                "{} stopped answering during the run and did not come back; {not_run} cases were not run",
                self.target,
            ));
        }
        Ok(())
    }

    /// The cases that can run concurrently, and those without a prefix, which must run apart from them. All others get their verdict here.
    fn prepare(
        &self,
        cases: &[Arc<Case>],
        run: &RunId,
        known: &BTreeMap<Version, Capabilities>,
        recorder: &mut Recorder<'_>,
    ) -> (Vec<Job>, Vec<Job>) {
        let (mut concurrent, mut exclusive) = (Vec::new(), Vec::new());
        for (index, case) in cases.iter().enumerate() {
            let Some(capabilities) = known.get(&case.version) else {
                recorder.not_run(case, Verdict::Skip(format!("the broker does not speak {}", case.version)));
                continue;
            };
            match prepare(case, index, run, capabilities, &self.login) {
                Prepared::Skip(why) => recorder.not_run(case, Verdict::Skip(why)),
                Prepared::Invalid(why) => recorder.not_run(case, Verdict::Error(why)),
                Prepared::Run(script, setup) if script.no_prefix => {
                    exclusive.push(Job { index, script, setup, is_replay: false })
                }
                Prepared::Run(script, setup) => concurrent.push(Job { index, script, setup, is_replay: false }),
            }
        }
        (concurrent, exclusive)
    }

    /// Probes the broker for each version that a case needs.
    async fn learn(
        &self,
        cases: &[Arc<Case>],
        run: &RunId,
        recorder: &mut Recorder<'_>,
    ) -> Result<BTreeMap<Version, Capabilities>, RunError> {
        let mut versions: Vec<Version> = cases.iter().map(|case| case.version).collect();
        versions.sort_unstable();
        versions.dedup();
        let mut known = BTreeMap::new();
        let mut why_not = String::new();
        for version in versions {
            let mut dial = Dial::new(self.target.clone());
            let learned = probe(&mut dial, version, &self.login, run.as_str()).await;
            match &learned {
                Ok(capabilities) => {
                    let mut capabilities = capabilities.clone();
                    capabilities.learn("websocket", Value::Bool(self.target.is_websocket()), "the URL");
                    known.insert(version, capabilities);
                }
                Err(ProbeError::Unreachable(why)) => {
                    let url = self.target.to_string();
                    let named = if why.contains(&url) { why.clone() } else { format!("{url}: {why}") };
                    return Err(RunError::Unreachable(named));
                }
                Err(ProbeError::NotAllowed(why)) => {
                    return Err(RunError::NotAllowed(format!("{}: {why}", self.target)));
                }
                Err(error) => why_not = error.to_string(),
            }
            recorder.probed(version, &learned);
        }
        match known.is_empty() && !cases.is_empty() {
            true => Err(RunError::NoVersion(format!("{}: {why_not}", self.target))),
            false => Ok(known),
        }
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

/// How many cases run concurrently in the second round.
const FEW: usize = 8;
