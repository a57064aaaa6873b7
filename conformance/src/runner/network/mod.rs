//! Runs many cases against one broker over sockets. It probes the broker, runs the independent cases concurrently, then
//! the exclusive ones one at a time, and removes everything it created on the broker, even when it is interrupted.
//!
//! | module | what |
//! |---|---|
//! | `suite` | runs a suite against a broker |
//! | `scheduler` | runs cases concurrently, and alone where it is unclear which case crashed the broker |
//! | `sockets` | runs a case over sockets |
//! | `bystander` | a client that takes no part in cases and must not lose its connection |
//! | `cleanup` | removes what a case left on the broker |

mod bystander;
mod cleanup;
mod scheduler;
mod sockets;
mod suite;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use mqttspec_codec::Version;
use tokio::sync::watch;

use self::{
    bystander::Bystander,
    scheduler::{Job, Scheduler},
};
use super::{
    Capabilities, CaseRun, Login, Prepared, ProbeError, RunError, RunId, prepare,
    probe::{Untested, probe},
    recorder::Recorder,
};
use crate::{
    judge::{Outcome, Verdict},
    packet::Value,
    text::Text,
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
        let (known, untested) = self.learn(cases, &run, recorder).await?;
        untested.iter().for_each(|(version, why)| recorder.untested(cases, *version, why));
        let Some(first) = known.keys().next_back().copied() else { return Ok(()) };
        // what a broker answers does not depend on the version
        let fence_by = known.values().map(|known| known.fence_by).max().unwrap_or_default();
        let login = Login { fence_by, ..self.login.clone() };
        let bystander =
            Bystander::new(Dial::new(self.target.clone()), first, login.clone(), format!("{}watch", run.as_str()));
        if !bystander.is_ready().await {
            return Err(RunError::Unreachable(format!("{} accepts no more connections", self.target).into()));
        }
        let (mut concurrent, alone) = self.prepare(cases, &run, &known, recorder);
        // the longest first, because a run lasts at least as long as its slowest case
        concurrent.sort_by_key(|job| std::cmp::Reverse(job.script.waits()));
        let target = self.target.clone();
        let scheduler = Arc::new(Scheduler { target, login, bystander, interrupted });
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
        let first = scheduler.round(concurrent, self.jobs, &mut finished).await;
        let second = scheduler.round(first.inconclusive, FEW, &mut finished).await;
        let mut not_run = first.not_run.len() + second.not_run.len();
        for job in alone.into_iter().chain(second.inconclusive) {
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
            let Some(capabilities) = known.get(&case.version) else { continue };
            match prepare(case, index, run, capabilities, &self.login) {
                Prepared::Skip(why) => recorder.not_run(case, Verdict::Skip(why)),
                Prepared::Invalid(why) => recorder.not_run(case, Verdict::Error(why)),
                Prepared::Run(script, setup) if script.no_prefix => alone.push(Job { index, script, setup }),
                Prepared::Run(script, setup) => concurrent.push(Job { index, script, setup }),
            }
        }
        (concurrent, alone)
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
            let learned = probe(&mut dial, version, &self.login, run.as_str()).await;
            recorder.probed(version, &learned);
            match learned {
                Ok(mut capabilities) => {
                    capabilities.learn("websocket", Value::Bool(self.target.is_websocket()), "the URL");
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

/// What the broker supports in each version, and which versions cannot be tested.
type Learned = (BTreeMap<Version, Capabilities>, BTreeMap<Version, Untested>);

/// How many cases run concurrently in the second round.
const FEW: usize = 8;
