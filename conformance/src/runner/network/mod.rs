//! Runs many cases against one broker over sockets. It probes the broker, runs the independent cases concurrently, then
//! the exclusive ones a few at a time, and removes everything it created on the broker, even when it is interrupted.
//!
//! | module | what |
//! |---|---|
//! | `suite` | runs a suite against a broker |
//! | `scheduler` | runs cases with less and less concurrency where it is unclear which one harmed the broker |
//! | `alone` | runs cases alone, and blames those that harm the broker |
//! | `round` | runs cases concurrently, as long as the broker serves everybody |
//! | `health` | asks fresh clients whether the broker serves everybody |
//! | `results` | passes outcomes on, and keeps cases that others disturbed |
//! | `nodes` | further nodes of a cluster, and how long they need to agree |
//! | `jobs` | prepares cases, with new names for each attempt |
//! | `plan`, `play` | which cases run beside which others; plays them |
//! | `browser` | what a browser's WebSocket cannot do |
//! | `exclusive` | which cases without a prefix can run side by side |
//! | `wait`, `stop` | waits for a broker that is starting; why a run stops early |
//! | `stalls` | when the broker was slow for everybody, so that a failure is played again |
//! | `sockets` | runs a case over sockets |
//! | `door` | limits how many connections wait to be accepted |
//! | `bystander` | a client that takes no part in cases and must not lose its connection |
//! | `outages` | cases that restart the broker, and with which commands |
//! | `restart` | runs a command of the user's that restarts the broker |
//! | `cleanup` | removes what the cases left on the broker |

mod alone;
mod browser;
mod bystander;
mod cleanup;
mod door;
mod exclusive;
mod health;
mod jobs;
mod nodes;
mod outages;
mod plan;
mod play;
#[cfg_attr(target_family = "wasm", path = "restart_web.rs")]
mod restart;
mod results;
mod round;
mod scheduler;
mod sockets;
mod stalls;
mod stop;
mod suite;
mod wait;

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

use mqttspec_codec::Version;
use tokio::sync::watch;

use self::{
    bystander::Bystander,
    cleanup::Cleaner,
    door::Door,
    health::{Inspector, Patience},
    jobs::Jobs,
    outages::Outages,
    plan::{Plan, Selected},
    results::Results,
    scheduler::{Job, Scheduler},
    stalls::Stalls,
    stop::{Deadline, Stop},
};
use super::{
    Capabilities, DeniedTopic, Login, Prepared, ProbeError, RunError, RunId, Trace,
    probe::{Untested, probe},
    recorder::Recorder,
};
use crate::{
    judge::Verdict,
    packet::Value,
    rt::{self, timeout_at},
    text::Text,
    transport::{Dial, Limits, Target},
    vector::Case,
};

/// Runs cases against one broker.
#[derive(Debug)]
struct Runner {
    target: Target,
    login: Login,
    /// How many cases run concurrently, at least one; `None` leaves it to the measured times.
    jobs: Option<usize>,
    /// How the broker is restarted.
    outages: Outages,
    /// The nodes of the broker; the first is the target.
    nodes: Vec<Target>,
    /// Where the user has no rights.
    denied: Option<DeniedTopic>,
    /// Sees cases as they are played.
    trace: Option<Trace>,
    /// When the run must stop.
    deadline: Option<Deadline>,
    /// Whether the first failure ends the run, and whether there is one.
    fail_fast: bool,
    failed: watch::Receiver<bool>,
}

impl Runner {
    /// Runs all cases; after an interruption, or when there is another reason to stop, only those that have already
    /// started.
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
        let stop = OnceLock::new();
        let work = self.run_cases(cases, recorder, interrupted, &stop);
        let watch = async {
            let why = stop::first(interruption, self.deadline, self.failed.clone()).await;
            stop.get_or_init(|| why);
            // the work above holds a receiver
            let _ = interrupt.send(true);
            std::future::pending().await
        };
        tokio::select! {
            biased;
            never = watch => never,
            done = work => done,
        }
    }

    async fn run_cases(
        &self,
        cases: &[Arc<Case>],
        recorder: &mut Recorder<'_>,
        interrupted: watch::Receiver<bool>,
        stop: &OnceLock<Stop>,
    ) -> Result<(), RunError> {
        let run = RunId::random();
        let (mut known, untested) = match self.deadline {
            Some(Deadline { limit, at }) => {
                timeout_at(at, self.learn(cases, &run, recorder)).await.map_err(|_| RunError::TimedOut(limit))?
            }
            None => self.learn(cases, &run, recorder).await,
        }?;
        untested.iter().for_each(|(version, why)| recorder.untested(cases, *version, why));
        let limits = self.target.limits();
        known.values_mut().for_each(|known| known.pace = known.pace.at_most_every(limits.interval()));
        let fitting = known.values().map(|known| known.pace.jobs(known.round_trip)).min();
        let at_once = self.jobs.or(fitting).unwrap_or(1).min(plan::most_at_once(limits)).min(browser::most_at_once());
        // with a limit of the rate, one connection of the suite itself may be before those of all cases
        let connecting = if limits.interval().is_zero() { at_once } else { at_once + 1 };
        for known in known.values_mut() {
            known.pace = known.pace.beside(connecting);
        }
        let Some(first) = known.keys().next_back().copied() else { return Ok(()) };
        // what a broker answers does not depend on the version
        let fence_by = known.values().map(|known| known.fence_by).max().unwrap_or_default();
        let login = Login { fence_by, ..self.login.clone() };
        let (dial, watch) = (Dial::new(self.target.clone()), format!("{}watch", run.as_str()));
        let round_trip = known.values().map(|known| known.round_trip).max().unwrap_or_default();
        let patience = PATIENCE.max(round_trip * 20);
        let bystander = Bystander::new(dial.reserve(1).await, first, login.clone(), watch, patience);
        let bystander = bystander.restarting(self.outages.clone());
        if !bystander.is_ready().await {
            let why = bystander.why_gone().unwrap_or_default();
            return Err(RunError::Unreachable(format!("{} accepts no further connection: {why}", self.target).into()));
        }
        let connect = known.values().map(|known| known.pace.connect).max().unwrap_or_default();
        let beside = known.values().map(|known| known.pace.connect_beside).max().unwrap_or_default();
        let fresh = Patience::new(round_trip, connect, beside);
        let door = Door::new();
        let inspector = Inspector::new(dial.clone(), login.clone(), run.as_str(), fresh, door.clone());
        for version in known.keys() {
            inspector.learn(*version).await;
        }
        let patience = patience.max(connect * 4);
        let cleaner = Cleaner::new(dial, login, run.as_str(), patience).without_rights(self.denied.clone());
        let jobs = Jobs { cases: cases.to_vec(), run, known, login: self.login.clone() };
        let selected = prepare_all(&jobs, limits, &self.outages, recorder);
        let plan = Plan::new(selected, at_once, &jobs.known, limits);
        recorder.planned(at_once, plan.estimate);
        let (target, fail_fast) = (self.target.clone(), self.fail_fast);
        let (stalls, trace) = (Stalls::default(), self.trace.clone());
        let nodes = self.nodes.clone();
        let scheduler = Scheduler {
            jobs,
            target,
            nodes,
            bystander,
            inspector,
            cleaner,
            door,
            stalls,
            interrupted,
            fail_fast,
            trace,
        };
        #[cfg_attr(
            target_family = "wasm",
            expect(clippy::arc_with_non_send_sync, reason = "a browser's WebSockets stay on their thread")
        )]
        let scheduler = Arc::new(scheduler);
        let watch = scheduler.clone();
        let staying = rt::spawn(async move { watch.bystander.stay().await });
        let mut results = Results::new(&scheduler.jobs, recorder);
        let remaining = self.play(&scheduler, plan, &mut results).await;
        let suspects: Vec<String> = remaining.doubtful.iter().map(|job| results.name(job)).collect();
        let interrupted = *scheduler.interrupted.borrow();
        let why = stop.get().map(|stop| stop.why(remaining.not_run.len() + suspects.len()));
        if interrupted && why.as_ref().is_none_or(Option::is_none) {
            recorder.interrupted();
        }
        recorder.not_removed(scheduler.cleaner.finish(if interrupted { patience } else { patience * 5 }).await);
        staying.abort();
        let not_run = remaining.not_run.len() + suspects.len();
        if let (Some(Some(why)), 1..) = (why, not_run) {
            recorder.broken_off(why, not_run, Vec::new());
        } else if !interrupted && not_run > 0 {
            let why = self.why_broken(&remaining, &suspects, scheduler.bystander.why_gone());
            recorder.broken_off(why, not_run, suspects);
        }
        Ok(())
    }

    /// Probes the broker for each version that a case needs. Returns what it supports, and which versions cannot be
    /// tested.
    async fn learn(&self, cases: &[Arc<Case>], run: &RunId, recorder: &mut Recorder<'_>) -> Result<Learned, RunError> {
        let mut versions: Vec<Version> = cases.iter().map(|case| case.version).collect();
        versions.sort_unstable();
        versions.dedup();
        let (mut known, mut untested) = (BTreeMap::new(), BTreeMap::new());
        for version in versions {
            let mut dial = Dial::new(self.target.clone());
            let mut learned = probe(&mut dial, version, &self.login, run.as_str()).await;
            if let Ok(capabilities) = &mut learned {
                let settled = nodes::learn(&self.nodes, version, &self.login, run.as_str(), capabilities).await;
                settled.map_err(RunError::Unreachable)?;
            }
            recorder.probed(version, &learned);
            match learned {
                Ok(mut capabilities) => {
                    capabilities.learn("websocket", Value::Bool(self.target.is_websocket()), "the URL");
                    self.outages.learn(&mut capabilities);
                    self.denied.iter().for_each(|denied| denied.learn(&mut capabilities, run.as_str()));
                    known.insert(version, capabilities);
                }
                Err(ProbeError::Unreachable(why)) => {
                    let url = self.target.to_string();
                    let named = if why.contains(&url) { why } else { format!("{url}: {why}").into() };
                    return Err(RunError::Unreachable(named));
                }
                Err(ProbeError::NotAllowed(why)) => {
                    return Err(RunError::NotAllowed(format!("{}: {why}", self.target).into()));
                }
                Err(error) => drop(untested.insert(version, Untested::new(version, error, cases))),
            }
        }
        if known.is_empty() && !untested.values().any(Untested::is_a_finding) && !cases.is_empty() {
            return Err(RunError::NoVersion(self.without_version(&untested)));
        }
        Ok((known, untested))
    }

    /// What came instead of an answer in every version, and what to try.
    fn without_version(&self, untested: &BTreeMap<Version, Untested>) -> Text {
        let mut reasons: Vec<String> = untested.values().map(Untested::why).collect();
        reasons.dedup();
        let advice = match untested.values().all(Untested::is_without_answer) {
            true => format!("; {}", self.target.advice()),
            false => String::new(),
        };
        format!("{}: {}{advice}", self.target, reasons.join("; ")).into()
    }
}

/// Prepares the cases that can run. All others get their verdict here.
fn prepare_all(jobs: &Jobs, limits: &Limits, outages: &Outages, recorder: &mut Recorder<'_>) -> Selected {
    let mut selected = Selected::default();
    for (index, case) in jobs.cases.iter().enumerate() {
        match jobs.first(index) {
            None => {}
            Some(Prepared::Skip(why)) => recorder.not_run(case, Verdict::Skip(why)),
            Some(Prepared::Invalid(why)) => recorder.not_run(case, Verdict::Error(why)),
            Some(Prepared::Run(script, _)) if script.connections() > plan::places(limits) => {
                let (needed, allowed) = (script.connections(), plan::places(limits));
                let why = format!(
                    "needs {needed} connections at once, and --max-connections leaves {allowed} beside one of the suite itself"
                );
                recorder.not_run(case, Verdict::Skip(why.into()));
            }
            Some(Prepared::Run(script, setup)) => {
                if let Some(why) = outages.why_not(&script) {
                    recorder.not_run(case, Verdict::Skip(why.into()));
                    continue;
                }
                let list = match script.no_prefix {
                    _ if !script.outages().is_empty() => &mut selected.restarting,
                    true => &mut selected.exclusive,
                    false => &mut selected.concurrent,
                };
                list.push(Job { index, script, setup: setup.into(), attempts: 0, is_replay: false });
            }
        }
    }
    selected
}

/// What the broker supports in each version, and which versions cannot be tested.
type Learned = (BTreeMap<Version, Capabilities>, BTreeMap<Version, Untested>);

/// How long the broker may take for an answer, or twenty round trips if that is longer.
const PATIENCE: Duration = Duration::from_secs(5);
