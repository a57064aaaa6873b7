//! Runs cases in rounds, so that no case is blamed for what another one did. The first round runs many cases
//! concurrently. Cases during which the broker was lost run again with less concurrency, and those still in doubt run
//! alone. A case is blamed if the broker is lost while it runs alone.

use std::{
    any::Any,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
};

use super::{bystander::Bystander, cleanup::clean_up, sockets, stalls::Stalls};
use crate::{
    judge::{Failure, Judge, Leftovers, Outcome, Setup, Verdict},
    runner::Login,
    transport::{Dial, Target},
    vector::script::Script,
};

/// A case to run: its index in the list of cases, and the input of the judge.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) index: usize,
    pub(super) script: Box<Script>,
    pub(super) setup: Setup,
    /// Whether it is played again because it failed while the broker was slow for everybody.
    pub(super) is_replay: bool,
}

/// The state that all cases of a run share.
pub(super) struct Scheduler {
    pub(super) target: Target,
    pub(super) login: Login,
    pub(super) bystander: Bystander,
    pub(super) stalls: Stalls,
    pub(super) interrupted: watch::Receiver<bool>,
}

/// The result of a job.
enum JobResult {
    /// It has its verdict.
    Done(usize, Outcome, Duration),
    /// The broker was lost meanwhile, and it is unknown which case caused that.
    Inconclusive(Job, Outcome),
    /// The broker is gone, or the run was interrupted.
    Withheld(Job),
}

/// The jobs without a verdict after a round.
#[derive(Default)]
pub(super) struct Remaining {
    /// These must run again.
    pub(super) inconclusive: Vec<Job>,
    /// These never started or never ended.
    pub(super) not_run: Vec<Job>,
}

impl Scheduler {
    /// Runs cases concurrently, at most `at_once` at a time.
    pub(super) async fn round(
        self: &Arc<Self>,
        jobs: Vec<Job>,
        at_once: usize,
        tell: &mut impl FnMut(usize, Outcome, Duration),
    ) -> Remaining {
        let permits = Arc::new(Semaphore::new(at_once.max(1)));
        let mut tasks = JoinSet::new();
        for job in jobs {
            let (scheduler, permits) = (self.clone(), permits.clone());
            tasks.spawn(async move {
                // the semaphore is never closed
                let _permit = permits.acquire().await;
                scheduler.run_job(job).await
            });
        }
        let mut left = Remaining::default();
        while let Some(joined) = tasks.join_next().await {
            match joined {
                Ok(JobResult::Done(index, outcome, elapsed)) => tell(index, outcome, elapsed),
                Ok(JobResult::Inconclusive(job, _)) => left.inconclusive.push(job),
                Ok(JobResult::Withheld(job)) => left.not_run.push(job),
                // `run_job` turns a panic into a verdict, and tasks are never cancelled
                Err(_) => {}
            }
        }
        left
    }

    /// Runs one case alone. If the broker is lost each time, the case is to blame. Returns `None` if it did not run.
    pub(super) async fn alone(&self, mut job: Job) -> Option<(usize, Outcome, Duration)> {
        let mut attempt = 1;
        loop {
            job = match self.run_job(job).await {
                JobResult::Done(index, outcome, elapsed) => return Some((index, outcome, elapsed)),
                JobResult::Withheld(_) => return None,
                JobResult::Inconclusive(job, _) if attempt < ATTEMPTS => job,
                JobResult::Inconclusive(job, outcome) => {
                    return Some((job.index, blamed(&job.script, outcome), Duration::ZERO));
                }
            };
            attempt += 1;
        }
    }

    async fn run_job(&self, job: Job) -> JobResult {
        let index = job.index;
        // a panic leaves only state of this case inconsistent
        match AssertUnwindSafe(self.try_run(job)).catch_unwind().await {
            Ok(played) => played,
            Err(panic) => JobResult::Done(index, panicked(panic.as_ref()), Duration::ZERO),
        }
    }

    async fn try_run(&self, job: Job) -> JobResult {
        if *self.interrupted.borrow() || !self.bystander.is_ready().await {
            return JobResult::Withheld(job);
        }
        let (start, lost_before) = (Instant::now(), self.bystander.times_lost());
        let mut judge = Judge::new((*job.script).clone(), job.setup.clone());
        let mut interrupted = self.interrupted.clone();
        let complete = tokio::select! {
            () = sockets::run_case(&mut judge, std::slice::from_ref(&self.target), &self.bystander) => true,
            _ = interrupted.wait_for(|now| *now) => false,
        };
        let elapsed = start.elapsed();
        let outcome = judge.finish();
        self.stalls.note(start, &outcome.transcript, &job.setup);
        let failed_in_a_stall = matches!(outcome.verdict, Verdict::Fail(_)) && self.stalls.since(start);
        clean_up(&mut Dial::new(self.target.clone()), job.script.version, &self.login, 1, &outcome.leftovers).await;
        if !complete {
            return JobResult::Withheld(job);
        }
        // a case that passed has already pinged
        if !matches!(outcome.verdict, Verdict::Pass) {
            self.bystander.ping().await;
        }
        match self.bystander.times_lost() == lost_before {
            true if failed_in_a_stall && !job.is_replay => {
                JobResult::Inconclusive(Job { is_replay: true, ..job }, outcome)
            }
            true => JobResult::Done(job.index, outcome, elapsed),
            false => JobResult::Inconclusive(job, outcome),
        }
    }
}

/// The outcome of a case during which the broker was lost although nothing else ran.
fn blamed(script: &Script, mut outcome: Outcome) -> Outcome {
    let first = script.steps.first();
    let failure = match outcome.verdict {
        Verdict::Fail(mut failure) => {
            failure.what = format!("the broker crashed or hung: {}", failure.what);
            failure
        }
        _ => Box::new(Failure {
            what: "the broker crashed or hung: an uninvolved client lost its connection".to_owned(),
            place: first.map(|step| step.place.clone()),
            step: first.map(|step| step.text.clone()),
            expected: Vec::new(),
            observed: None,
            statement: None,
        }),
    };
    outcome.verdict = Verdict::Fail(failure);
    outcome
}

/// The outcome of a case in which the suite failed, not the broker.
fn panicked(panic: &(dyn Any + Send)) -> Outcome {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref().map(String::as_str));
    let verdict = Verdict::Error(format!("the suite panicked: {}", text.unwrap_or("without a message")));
    Outcome { verdict, transcript: Vec::new(), leftovers: Leftovers::default() }
}

/// How often a case runs alone, because a broker may be lost once by chance.
const ATTEMPTS: u32 = 2;

#[cfg(test)]
mod tests {
    use mqttspec_broker::{core::Config, shell::Embedded};
    use mqttspec_codec::Version;

    use super::*;
    use crate::{
        runner::{Prepared, RunId, prepare, probe::probe},
        vector::Library,
    };

    #[tokio::test]
    async fn panic_is_an_error_of_its_case() {
        let broker = Embedded::start(Config::default(), &["mqtt://127.0.0.1:0".parse().unwrap()]).unwrap();
        let target: Target = broker.urls()[0].to_string().parse().unwrap();
        let (dial, run) = (Dial::new(target.clone()), RunId::random());
        let login = Login::default();
        let capabilities = probe(&mut dial.clone(), Version::V5, &login, run.as_str()).await.unwrap();
        let library = Library::embedded().unwrap();
        let mut cases = library.cases().filter(|case| case.version == Version::V5);
        let case = cases.find(|case| case.id.starts_with("3.12-pingreq/")).unwrap();
        let jobs = (0..3).map(|index| {
            let Prepared::Run(script, mut setup) = prepare(case, index, &run, &capabilities, &login) else {
                panic!("it needs nothing")
            };
            if index == 1 {
                // overflows the clock
                setup.deadline = Duration::MAX;
            }
            Job { index, script, setup, is_replay: false }
        });
        let jobs: Vec<Job> = jobs.collect();
        let bystander = Bystander::new(dial, Version::V5, login.clone(), "watch".to_owned());
        let (_never, interrupted) = watch::channel(false);
        let scheduler = Arc::new(Scheduler { target, login, bystander, stalls: Stalls::default(), interrupted });
        let mut verdicts = Vec::new();
        let mut tell = |_, outcome: Outcome, _| verdicts.push(outcome.verdict);
        let left = scheduler.round(jobs, 2, &mut tell).await;
        assert!(left.inconclusive.is_empty() && left.not_run.is_empty());
        assert_eq!(verdicts.iter().filter(|verdict| **verdict == Verdict::Pass).count(), 2, "{verdicts:?}");
        let panicked = |verdict: &Verdict| matches!(verdict, Verdict::Error(why) if why.contains("overflow"));
        assert_eq!(verdicts.iter().filter(|verdict| panicked(verdict)).count(), 1, "{verdicts:?}");
    }
}
