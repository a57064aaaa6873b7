//! Runs cases so that no case is blamed for what another one did. Many cases run concurrently; those that the broker may
//! have failed because of another case run again with less concurrency, and those still in doubt run alone (`alone`).

use std::{any::Any, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use tokio::sync::watch;

use super::{
    bystander::Bystander,
    cleanup::Cleaner,
    door::Door,
    health::{Health, Inspector},
    jobs::Jobs,
    round::{Played, Round},
    sockets::{self, Clock, Places},
    stalls::Stalls,
};
use crate::{
    judge::{Judge, Leftovers, Outcome, Setup, Verdict},
    rt::{Instant, sleep, time_of_day},
    runner::{Span, Trace, trace::Watcher},
    transport::Target,
    vector::script::Script,
};

/// A case to run: its index in the list of cases, and the input of the judge.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) index: usize,
    pub(super) script: Box<Script>,
    pub(super) setup: Box<Setup>,
    /// How many times it has been played.
    pub(super) attempts: usize,
    /// Whether it is played again because it failed while the broker was slow for everybody.
    pub(super) is_replay: bool,
}

/// The state that all cases of a run share.
pub(super) struct Scheduler {
    pub(super) jobs: Jobs,
    pub(super) target: Target,
    /// The nodes of the broker; the first is the target.
    pub(super) nodes: Vec<Target>,
    pub(super) bystander: Bystander,
    pub(super) inspector: Inspector,
    pub(super) cleaner: Cleaner,
    pub(super) door: Door,
    pub(super) stalls: Stalls,
    pub(super) interrupted: watch::Receiver<bool>,
    pub(super) trace: Option<Trace>,
    /// Whether the first failure that counts ends the run.
    pub(super) fail_fast: bool,
}

/// What happens during a run.
pub(super) enum News {
    /// A case has an outcome that no other case has disturbed.
    Finished(Job, Outcome, Span),
    /// The suite panicked in that case.
    Panicked(usize, Outcome),
    /// A sentence for people about the broker.
    Note(String),
    /// All cases have started, and that one has been running the longest.
    Waiting { index: usize, others: usize },
}

/// The result of a job.
pub(super) enum JobResult {
    /// It ended while the broker was there.
    Done(Job, Outcome, Span),
    /// The broker was lost meanwhile, and it is unknown which case caused that.
    Inconclusive(Job, Outcome),
    /// It was stopped in the middle.
    Stopped(Job),
    /// The broker is gone, or the run was interrupted.
    Withheld(Job),
    /// The suite panicked.
    Panicked(usize, Outcome),
}

impl JobResult {
    /// The case's index in the list of cases.
    pub(super) fn index(&self) -> usize {
        match self {
            Self::Done(job, ..) | Self::Inconclusive(job, _) | Self::Stopped(job) | Self::Withheld(job) => job.index,
            Self::Panicked(index, _) => *index,
        }
    }
}

/// The jobs without a verdict after a level of concurrency.
#[derive(Default)]
pub(super) struct Remaining {
    /// These must run again, with less concurrency.
    pub(super) doubtful: Vec<Job>,
    /// These never started or never ended, because the broker is gone or the run was interrupted.
    pub(super) not_run: Vec<Job>,
    /// Why the broker cannot be tested any further; the doubtful jobs are the suspects.
    pub(super) broken: Option<String>,
}

impl Scheduler {
    /// Runs cases concurrently, at most `at_once` at a time. When the broker serves only some clients, no more cases
    /// start until it has recovered. If few cases run at once, they then run alone until the one that did it is found.
    pub(super) async fn level(
        self: &Arc<Self>,
        mut jobs: Vec<Job>,
        at_once: usize,
        tell: &mut impl FnMut(News),
    ) -> Remaining {
        let mut left = Remaining::default();
        loop {
            let Played { doubtful, unstarted, not_run, health } = Round::new(self, jobs, at_once).play(tell).await;
            left.not_run.extend(not_run);
            jobs = unstarted;
            let Some(health) = health else {
                left.doubtful.extend(doubtful);
                return left;
            };
            if !self.recover(&health, tell).await {
                left.doubtful.extend(doubtful);
                left.not_run.extend(jobs);
                left.broken = Some(health.to_string());
                return left;
            }
            match at_once > FEW {
                true => left.doubtful.extend(doubtful),
                false => jobs.extend(self.hunt(doubtful, &mut left, tell).await),
            }
            if left.broken.is_some() {
                left.not_run.extend(jobs);
                return left;
            }
        }
    }

    /// Restarts the broker, or waits for it to recover. Returns false if it still serves only some clients.
    pub(super) async fn recover(&self, health: &Health, tell: &mut impl FnMut(News)) -> bool {
        let restarts = self.bystander.can_restart();
        let what = if restarts { "restarting it" } else { "waiting for it to recover" };
        tell(News::Note(format!("{health}; {what}")));
        if restarts && !self.bystander.restart_broker().await {
            return false;
        }
        let limit = if restarts { STARTS } else { RECOVERS };
        let start = Instant::now();
        while !*self.interrupted.borrow() {
            if self.inspector.ask(health.version()).await.is_good() {
                self.cleaner.sweep().await;
                return true;
            }
            if start.elapsed() > limit {
                return false;
            }
            sleep(TRIES_AGAIN).await;
        }
        // the run ends anyway, and nothing is wrong with it
        true
    }

    /// Runs one case until it ends, or until `stop` becomes true.
    pub(super) async fn run_job(&self, job: Job, stop: watch::Receiver<bool>) -> JobResult {
        let index = job.index;
        // a panic leaves only state of this case inconsistent
        match AssertUnwindSafe(self.try_run(job, stop)).catch_unwind().await {
            Ok(played) => played,
            Err(panic) => JobResult::Panicked(index, panicked(panic.as_ref())),
        }
    }

    /// Waits until all connections of a case have a place, and the first one may be opened.
    async fn places(&self, script: &Script) -> Places {
        let reserved = self.target.limits().reserve(script.connections()).await;
        let first = Some(reserved.admit(false).await);
        Places { reserved, first }
    }

    async fn try_run(&self, job: Job, mut stop: watch::Receiver<bool>) -> JobResult {
        if *self.interrupted.borrow() || !self.bystander.is_ready().await {
            return JobResult::Withheld(job);
        }
        let mut interrupted = self.interrupted.clone();
        // before the clock of the case starts
        let places = tokio::select! {
            places = self.places(&job.script) => places,
            _ = interrupted.wait_for(|now| *now) => return JobResult::Withheld(job),
            Ok(_) = stop.wait_for(|now| *now) => return JobResult::Stopped(job),
        };
        let mut job = self.jobs.for_next_attempt(job);
        job.attempts += 1;
        let (began, start) = (time_of_day(), Instant::now());
        let lost_before = self.bystander.times_lost();
        let judge = Judge::new((*job.script).clone(), (*job.setup).clone());
        let traced = self.trace.as_ref().zip(self.jobs.cases.get(job.index));
        let watcher = traced.and_then(|(trace, case)| trace.of(case, began));
        let mut judge = match &watcher {
            Some(watcher) => watcher.watch(judge),
            None => judge,
        };
        let mut clock = Clock::new(watcher.is_some());
        if let Some(watcher) = &watcher {
            watcher.began(&job.setup.levels.own);
        }
        let nodes = &self.nodes;
        let watcher = watcher.as_ref();
        let case = sockets::run_case(&mut judge, &mut clock, nodes, places, &self.bystander, &self.door, watcher);
        let ended = tokio::select! {
            () = case => Ended::ByItself,
            _ = interrupted.wait_for(|now| *now) => Ended::Interrupted,
            Ok(_) = stop.wait_for(|now| *now) => Ended::Stopped,
        };
        let span = Span { began: Some(began), took: clock.now(), prefix: Some(job.setup.levels.own.as_str().into()) };
        let outcome = judge.finish();
        if let Some(watcher) = &watcher {
            watcher.ended(&outcome.verdict);
        }
        self.stalls.note(start, &outcome.transcript, &job.setup);
        // somebody who goes through it step by step does not want to do so twice
        let may_play_again = !watcher.is_some_and(Watcher::is_stepwise);
        let failed_in_a_stall =
            may_play_again && matches!(outcome.verdict, Verdict::Fail(_)) && self.stalls.since(start);
        match ended {
            Ended::ByItself => tokio::select! {
                () = self.cleaner.after_case(job.script.version, &outcome.leftovers) => {}
                Ok(_) = stop.wait_for(|now| *now) => {}
            },
            Ended::Interrupted | Ended::Stopped => self.cleaner.note(job.script.version, &outcome.leftovers),
        }
        match ended {
            Ended::Interrupted => return JobResult::Withheld(job),
            Ended::Stopped => return JobResult::Stopped(job),
            Ended::ByItself => {}
        }
        // a case that passed has already pinged
        if !matches!(outcome.verdict, Verdict::Pass) {
            self.bystander.ping().await;
        }
        match self.bystander.times_lost() == lost_before {
            true if failed_in_a_stall && !job.is_replay => {
                JobResult::Inconclusive(Job { is_replay: true, ..job }, outcome)
            }
            true => JobResult::Done(job, outcome, span),
            false => JobResult::Inconclusive(job, outcome),
        }
    }
}

/// How a case came to its end.
#[derive(Clone, Copy)]
enum Ended {
    ByItself,
    Interrupted,
    Stopped,
}

/// The outcome of a case in which the suite failed, not the broker.
fn panicked(panic: &(dyn Any + Send)) -> Outcome {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref().map(String::as_str));
    let verdict = Verdict::Error(format!("the suite panicked: {}", text.unwrap_or("without a message")).into());
    Outcome { verdict, transcript: Vec::new(), leftovers: Leftovers::default(), strays: Vec::new() }
}

/// How many cases run concurrently where it is unclear which one harmed the broker.
pub(super) const FEW: usize = 8;
/// How long a broker that is restarted may take until it serves everybody.
const STARTS: Duration = Duration::from_secs(60);
/// How long a broker may take to recover by itself.
const RECOVERS: Duration = Duration::from_secs(15);
const TRIES_AGAIN: Duration = Duration::from_millis(300);

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use mqttspec_broker::{core::Config, shell::Embedded};
    use mqttspec_codec::Version;

    use super::*;
    use crate::{
        runner::network::health::Patience,
        runner::{Login, Prepared, RunId, prepare, probe::probe},
        transport::Dial,
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
            Job { index, script, setup: Box::new(setup), attempts: 0, is_replay: false }
        });
        let jobs: Vec<Job> = jobs.collect();
        let patience = Duration::from_secs(5);
        let bystander = Bystander::new(dial.clone(), Version::V5, login.clone(), "watch".to_owned(), patience);
        let fresh = Patience::new(Duration::ZERO, Duration::ZERO, Duration::ZERO);
        let door = Door::new();
        let inspector = Inspector::new(dial.clone(), login.clone(), run.as_str(), fresh, door.clone());
        let cleaner = Cleaner::new(dial, login, run.as_str(), patience);
        let (_never, interrupted) = watch::channel(false);
        let known = BTreeMap::from([(Version::V5, capabilities)]);
        let scheduler = Arc::new(Scheduler {
            jobs: Jobs { cases: vec![case.clone(); 3], run, known, login: Login::default() },
            nodes: vec![target.clone()],
            target,
            bystander,
            inspector,
            cleaner,
            door,
            stalls: Stalls::default(),
            interrupted,
            trace: None,
            fail_fast: false,
        });
        let mut verdicts = Vec::new();
        let mut tell = |news: News| match news {
            News::Finished(_, outcome, _) | News::Panicked(_, outcome) => verdicts.push(outcome.verdict),
            News::Note(note) => panic!("{note}"),
            News::Waiting { .. } => {}
        };
        let left = scheduler.level(jobs, 2, &mut tell).await;
        assert!(left.doubtful.is_empty() && left.not_run.is_empty() && left.broken.is_none());
        assert_eq!(verdicts.iter().filter(|verdict| **verdict == Verdict::Pass).count(), 2, "{verdicts:?}");
        let panicked = |verdict: &Verdict| matches!(verdict, Verdict::Error(why) if why.contains("overflow"));
        assert_eq!(verdicts.iter().filter(|verdict| panicked(verdict)).count(), 1, "{verdicts:?}");
    }
}
