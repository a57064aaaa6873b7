//! One round of concurrent cases. Fresh clients ask periodically, and after each failure, whether the broker serves
//! everybody; only then do the verdicts of the cases that have ended count. If it does not, the round ends.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use mqttspec_codec::Version;
use tokio::sync::watch;

use super::{
    health::Health,
    scheduler::{Job, JobResult, News, Scheduler},
};
use crate::{
    judge::{Outcome, Verdict},
    rt::{self, Instant, JoinHandle, JoinSet, sleep_until, yield_now},
    runner::Span,
};

/// A round that is being played.
pub(super) struct Round<'a> {
    scheduler: &'a Arc<Scheduler>,
    at_once: usize,
    queue: VecDeque<Job>,
    running: JoinSet<JobResult>,
    /// The indices of the running cases, in the order in which they started.
    started: Vec<usize>,
    /// The case that was last named as the one to wait for, and how many others there were.
    waiting_for: Option<(usize, usize)>,
    /// Stops the running cases.
    stop: watch::Sender<bool>,
    /// Cases that have ended since the last good check began.
    unconfirmed: Vec<Unconfirmed>,
    check: Option<Check>,
    /// When the next check begins at the latest, and at the earliest.
    next_check: Instant,
    earliest_check: Instant,
    /// How long a check may take before no more cases start.
    hesitation: Duration,
    /// Whether checks disturb the broker so much that they wait until no case runs.
    quietly: bool,
    left: Played,
}

struct Unconfirmed {
    job: Job,
    outcome: Outcome,
    span: Span,
    at: Instant,
}

/// A check that is under way.
struct Check {
    since: Instant,
    health: JoinHandle<Health>,
}

/// The jobs without a verdict after a round.
#[derive(Default)]
pub(super) struct Played {
    /// The broker may have failed them because of another case.
    pub(super) doubtful: Vec<Job>,
    /// These have not started because the round ended.
    pub(super) unstarted: Vec<Job>,
    /// These have not started or not ended because the broker is gone, or the run was interrupted.
    pub(super) not_run: Vec<Job>,
    /// Why the round ended early, and which one of the doubtful jobs caused.
    pub(super) health: Option<Health>,
}

impl<'a> Round<'a> {
    pub(super) fn new(scheduler: &'a Arc<Scheduler>, jobs: Vec<Job>, at_once: usize) -> Self {
        Self {
            scheduler,
            at_once: at_once.max(1),
            queue: jobs.into(),
            running: JoinSet::new(),
            started: Vec::new(),
            waiting_for: None,
            stop: watch::Sender::new(false),
            unconfirmed: Vec::new(),
            check: None,
            next_check: Instant::now() + PERIOD,
            earliest_check: Instant::now(),
            hesitation: HESITATION,
            quietly: false,
            left: Played::default(),
        }
    }

    /// Plays until all cases have ended, or until the broker does not serve everybody.
    pub(super) async fn play(mut self, tell: &mut impl FnMut(News)) -> Played {
        loop {
            self.start_cases();
            self.tell_waiting(tell);
            self.start_check();
            let Some(Check { since, health }) = &mut self.check else {
                let due = self.next_check;
                tokio::select! {
                    Some(joined) = self.running.join_next() => self.joined(joined.ok(), tell),
                    () = sleep_until(due), if !self.quietly && !self.running.is_empty() => {}
                    else => return self.left,
                }
                continue;
            };
            let (since, hesitates) = (*since, *since + self.hesitation);
            tokio::select! {
                Some(joined) = self.running.join_next() => self.joined(joined.ok(), tell),
                // then no more cases start
                () = sleep_until(hesitates), if Instant::now() < hesitates => {}
                checked = health => {
                    self.check = None;
                    let took = since.elapsed();
                    // checks take a fifth of the time at most
                    self.earliest_check = Instant::now() + took * 4;
                    self.next_check = Instant::now() + PERIOD.max(took * 10);
                    match checked {
                        Ok(health) if !health.is_good() => {
                            if self.is_ill(tell).await {
                                return self.give_up();
                            }
                        }
                        // a check that panicked says nothing about the broker
                        _ => {
                            self.hesitation = HESITATION.max(took * 4);
                            self.confirm(since, tell);
                            // a failure that ends the run does so before the next case starts
                            yield_now().await;
                        }
                    }
                }
            }
        }
    }

    fn start_cases(&mut self) {
        let hesitates = self.check.as_ref().is_some_and(|check| check.since.elapsed() >= self.hesitation);
        while !hesitates && !self.is_held() && self.running.len() < self.at_once {
            let Some(job) = self.queue.pop_front() else { return };
            let (scheduler, stop) = (self.scheduler.clone(), self.stop.subscribe());
            self.started.push(job.index);
            self.running.spawn(async move { scheduler.run_job(job, stop).await });
        }
    }

    /// Names the case that has been running the longest, once all have started, and again when that or the count changes.
    fn tell_waiting(&mut self, tell: &mut impl FnMut(News)) {
        let Some(&index) = self.started.first().filter(|_| self.queue.is_empty()) else { return };
        let others = self.started.len() - 1;
        if self.waiting_for.replace((index, others)) != Some((index, others)) {
            tell(News::Waiting { index, others });
        }
    }

    /// Whether no more cases start until it is known whether a failure counts, because it may end the run.
    fn is_held(&self) -> bool {
        let failed = |ended: &Unconfirmed| matches!(ended.outcome.verdict, Verdict::Fail(_));
        self.scheduler.fail_fast && self.unconfirmed.iter().any(failed)
    }

    /// Starts a check if it is time for one and there is something to confirm.
    fn start_check(&mut self) {
        let over = self.running.is_empty() && (self.queue.is_empty() || self.is_held());
        let due = over || (!self.quietly && self.next_check <= Instant::now());
        if self.check.is_some() || !due {
            return;
        }
        if self.unconfirmed.is_empty() {
            self.next_check = Instant::now() + PERIOD;
            return;
        }
        let (scheduler, version) = (self.scheduler.clone(), self.version());
        let health = rt::spawn(async move { scheduler.inspector.ask(version).await });
        self.check = Some(Check { since: Instant::now(), health });
    }

    /// The version to ask in: that of the last failure, or else of the last case.
    fn version(&self) -> Version {
        let failed = self.unconfirmed.iter().rfind(|ended| matches!(ended.outcome.verdict, Verdict::Fail(_)));
        failed.or(self.unconfirmed.last()).map_or(Version::V5, |ended| ended.job.script.version)
    }

    fn joined(&mut self, result: Option<JobResult>, tell: &mut impl FnMut(News)) {
        if let Some(result) = &result {
            self.started.retain(|index| *index != result.index());
        }
        match result {
            Some(JobResult::Done(job, outcome, span)) => {
                if matches!(outcome.verdict, Verdict::Fail(_)) {
                    self.next_check = self.next_check.min(self.earliest_check.max(Instant::now() + SOON));
                }
                self.unconfirmed.push(Unconfirmed { job, outcome, span, at: Instant::now() });
            }
            Some(JobResult::Inconclusive(job, _)) => self.left.doubtful.push(job),
            Some(JobResult::Stopped(job)) => self.queue.push_back(job),
            Some(JobResult::Withheld(job)) => self.left.not_run.push(job),
            Some(JobResult::Panicked(index, outcome)) => tell(News::Panicked(index, outcome)),
            // `run_job` turns a panic into a result, and tasks are never cancelled
            None => {}
        }
    }

    /// Passes on the cases that had ended when a good check began.
    fn confirm(&mut self, since: Instant, tell: &mut impl FnMut(News)) {
        let (confirmed, rest) = std::mem::take(&mut self.unconfirmed).into_iter().partition(|ended| ended.at <= since);
        self.unconfirmed = rest;
        let confirmed: Vec<Unconfirmed> = confirmed;
        for Unconfirmed { job, outcome, span, .. } in confirmed {
            tell(News::Finished(job, outcome, span));
        }
    }

    /// Stops all cases and asks again, because a busy broker may be slow. If it was only that, the cases that failed
    /// meanwhile are doubtful, and the verdicts of the others count.
    async fn is_ill(&mut self, tell: &mut impl FnMut(News)) -> bool {
        let version = self.version();
        self.stop.send_replace(true);
        while let Some(joined) = self.running.join_next().await {
            match joined {
                Ok(JobResult::Stopped(job)) => self.left.doubtful.push(job),
                other => self.joined(other.ok(), tell),
            }
        }
        self.stop.send_replace(false);
        let health = self.scheduler.inspector.ask_again(version).await;
        if health.is_good() {
            self.quietly = true;
            let (failed, rest) = std::mem::take(&mut self.unconfirmed)
                .into_iter()
                .partition(|ended| matches!(ended.outcome.verdict, Verdict::Fail(_)));
            let failed: Vec<Unconfirmed> = failed;
            self.unconfirmed = rest;
            self.left.doubtful.extend(failed.into_iter().map(|ended| ended.job));
            // all cases were stopped before these good answers; otherwise, quick checks that always fail would never end
            self.confirm(Instant::now(), tell);
            return false;
        }
        self.left.health = Some(health);
        true
    }

    /// The jobs that are left when the broker does not serve everybody: nothing since the last good check counts.
    fn give_up(mut self) -> Played {
        self.left.doubtful.extend(self.unconfirmed.into_iter().map(|ended| ended.job));
        self.left.unstarted = self.queue.into();
        self.left
    }
}

/// The longest time between two checks, unless a check itself takes long.
const PERIOD: Duration = Duration::from_secs(1);
/// How long after a failure a check begins, so that one check serves several failures.
const SOON: Duration = Duration::from_millis(20);
/// The least time of a check that makes the round hesitate.
const HESITATION: Duration = Duration::from_millis(500);
