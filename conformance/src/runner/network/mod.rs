//! Runs many cases against one broker over sockets. It probes the broker, runs the independent cases concurrently, then
//! the exclusive ones one at a time, and removes everything it created on the broker, even when it is interrupted.
//!
//! | module | what |
//! |---|---|
//! | `suite` | runs a suite against a broker |
//! | `scheduler` | runs cases with less and less concurrency where it is unclear which one harmed the broker |
//! | `alone` | runs cases alone, and blames those that harm the broker |
//! | `round` | runs cases concurrently, as long as the broker serves everybody |
//! | `health` | asks fresh clients whether the broker serves everybody |
//! | `results` | passes outcomes on, and keeps cases that others disturbed |
//! | `sockets` | runs a case over sockets |
//! | `bystander` | a client that takes no part in cases and must not lose its connection |
//! | `restart` | restarts the broker with a command of the user's |
//! | `cleanup` | removes what the cases left on the broker |

mod alone;
mod bystander;
mod cleanup;
mod health;
mod restart;
mod results;
mod round;
mod scheduler;
mod sockets;
mod suite;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use mqttspec_codec::Version;
use tokio::sync::watch;

use self::{
    bystander::Bystander,
    cleanup::Cleaner,
    health::Inspector,
    restart::Restart,
    results::Results,
    scheduler::{FEW, Job, News, Remaining, Scheduler},
};
use super::{Capabilities, Login, Prepared, ProbeError, RunError, RunId, prepare, probe::probe, recorder::Recorder};
use crate::{
    judge::Verdict,
    packet::Value,
    transport::{Dial, Target},
    vector::Case,
};

/// Runs cases against one broker.
#[derive(Debug)]
struct Runner {
    target: Target,
    login: Login,
    /// How many cases run concurrently, at least one.
    jobs: usize,
    /// A shell command that restarts the broker.
    restart: Option<String>,
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
        let known = self.learn(cases, &run, recorder).await?;
        let Some(first) = known.keys().next_back().copied() else { return Ok(()) };
        let (dial, watch) = (Dial::new(self.target.clone()), format!("{}watch", run.as_str()));
        let round_trip = known.values().map(|known| known.round_trip).max().unwrap_or_default();
        let patience = PATIENCE.max(round_trip * 20);
        let bystander = Bystander::new(dial.clone(), first, self.login.clone(), watch, patience);
        let bystander = bystander.restarting(self.restart.clone().map(Restart::new));
        if !bystander.is_ready().await {
            let why = bystander.why_gone().unwrap_or_default();
            return Err(RunError::Unreachable(format!("{} accepts no further connection: {why}", self.target)));
        }
        let inspector = Inspector::new(dial.clone(), self.login.clone(), run.as_str(), patience);
        for version in known.keys() {
            inspector.learn(*version).await;
        }
        let cleaner = Cleaner::new(dial, self.login.clone(), run.as_str(), patience);
        let (mut concurrent, alone) = self.prepare(cases, &run, &known, recorder);
        // the longest first, because a run lasts at least as long as its slowest case
        concurrent.sort_by_key(|job| std::cmp::Reverse(job.script.waits()));
        let scheduler = Scheduler { target: self.target.clone(), bystander, inspector, cleaner, interrupted };
        let scheduler = Arc::new(scheduler);
        let watch = scheduler.clone();
        let staying = tokio::spawn(async move { watch.bystander.stay().await });
        let mut results = Results::new(cases, &run, recorder);
        let remaining = self.play(&scheduler, concurrent, alone, &mut results).await;
        let suspects: Vec<String> = remaining.doubtful.iter().map(|job| results.name(job)).collect();
        let interrupted = *scheduler.interrupted.borrow();
        if interrupted {
            recorder.interrupted();
        }
        recorder.not_removed(scheduler.cleaner.finish(if interrupted { HURRY } else { TIDY }).await);
        staying.abort();
        let not_run = remaining.not_run.len() + suspects.len();
        if !interrupted && not_run > 0 {
            let why = self.why_broken(&remaining, &suspects, scheduler.bystander.why_gone());
            recorder.broken_off(why, not_run, suspects);
        }
        Ok(())
    }

    /// Plays all cases, with less concurrency where it is unclear which one harmed the broker. Returns the cases
    /// without a verdict.
    async fn play(
        &self,
        scheduler: &Arc<Scheduler>,
        concurrent: Vec<Job>,
        mut alone: Vec<Job>,
        results: &mut Results<'_, '_>,
    ) -> Remaining {
        let mut left = Remaining::default();
        let mut jobs = concurrent;
        for at_once in [self.jobs, FEW.min(self.jobs)] {
            let played = scheduler.level(jobs, at_once, &mut |news| results.take(news)).await;
            left.not_run.extend(played.not_run);
            jobs = played.doubtful;
            if played.broken.is_some() {
                left.not_run.extend(alone);
                return Remaining { doubtful: jobs, broken: played.broken, ..left };
            }
        }
        alone.extend(jobs);
        scheduler.one_by_one(alone, &mut left, &mut |news| results.take(news)).await;
        let (together, mut alone) = results.disturbed();
        if left.broken.is_some() {
            left.not_run.extend(together.into_iter().chain(alone));
            return left;
        }
        if !together.is_empty() || !alone.is_empty() {
            let count = together.len() + alone.len();
            results
                .take(News::Note(format!("{count} cases received messages of others and failed; playing them again")));
            // what reached them may still be on the broker
            scheduler.cleaner.sweep().await;
            let played = scheduler.level(together, self.jobs, &mut |news| results.take(news)).await;
            left.not_run.extend(played.not_run);
            let (again, others) = results.disturbed();
            alone.extend(played.doubtful.into_iter().chain(again).chain(others));
            left.broken = played.broken;
            results.is_last_try();
            scheduler.one_by_one(alone, &mut left, &mut |news| results.take(news)).await;
        }
        left
    }

    /// Why cases have no verdict, as a sentence for people.
    fn why_broken(&self, remaining: &Remaining, suspects: &[String], gone: Option<&str>) -> String {
        let count = remaining.not_run.len() + suspects.len();
        let none =
            if count == 1 { "1 case has no verdict".to_owned() } else { format!("{count} cases have no verdict") };
        let Some(why) = remaining.broken.as_ref().filter(|_| gone.is_none()) else {
            let why = gone.map(|why| format!(" ({why})")).unwrap_or_default();
            return format!("{} stopped answering during the run and did not come back{why}; {none}", self.target);
        };
        let mut text = format!("{}: {why}, and it did not recover; {none}", self.target);
        if !suspects.is_empty() {
            let named = suspects.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = suspects.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            text.push_str(&format!("; suspects: {named}{more}"));
        }
        if self.restart.is_none() {
            text.push_str("; with --restart-command the suite goes on, and finds the case that did it");
        }
        text
    }

    /// The cases that can run concurrently, and those that must run alone. All others get their verdict here.
    fn prepare(
        &self,
        cases: &[Arc<Case>],
        run: &RunId,
        known: &BTreeMap<Version, Capabilities>,
        recorder: &mut Recorder<'_>,
    ) -> (Vec<Job>, Vec<Job>) {
        let (mut concurrent, mut alone) = (Vec::new(), Vec::new());
        for (index, case) in cases.iter().enumerate() {
            let Some(capabilities) = known.get(&case.version) else {
                recorder.not_run(case, Verdict::Skip(format!("the broker does not speak {}", case.version)));
                continue;
            };
            match prepare(case, index, run, capabilities, &self.login) {
                Prepared::Skip(why) => recorder.not_run(case, Verdict::Skip(why)),
                Prepared::Invalid(why) => recorder.not_run(case, Verdict::Error(why)),
                Prepared::Run(script, setup) if script.no_prefix => {
                    alone.push(Job { index, script, setup: setup.into() })
                }
                Prepared::Run(script, setup) => concurrent.push(Job { index, script, setup: setup.into() }),
            }
        }
        (concurrent, alone)
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

/// How many suspects are named in a message.
const NAMED: usize = 8;
/// How long the removal of what is left may take at the end.
const TIDY: Duration = Duration::from_secs(20);
/// The same after an interruption: who stops a process does not wait long.
const HURRY: Duration = Duration::from_secs(5);
/// How long the broker may take for an answer, or twenty round trips if that is longer.
const PATIENCE: Duration = Duration::from_secs(5);
