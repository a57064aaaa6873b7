//! Runs cases alone. A case is blamed if the broker crashes, or serves only some clients, while nothing else runs.

use std::sync::Arc;

use tokio::sync::watch;

use super::scheduler::{Job, JobResult, News, Remaining, Scheduler};
use crate::{
    judge::{Accusation, Failure, Outcome, Verdict},
    runner::Span,
    vector::{Citation, script::Script},
};

/// How a case ended that ran alone.
enum Alone {
    /// It has its verdict, and the broker is well.
    Cleared,
    /// It failed for what it did to the broker, which has recovered.
    Blamed,
    /// It did not run.
    NotRun(Job),
    /// It failed for what it did to the broker, which has not recovered: why.
    Broken(String),
}

impl Scheduler {
    /// Runs suspects alone until one of them is to blame. Returns the others, which can run concurrently again.
    pub(super) async fn hunt(
        self: &Arc<Self>,
        suspects: Vec<Job>,
        left: &mut Remaining,
        tell: &mut impl FnMut(News),
    ) -> Vec<Job> {
        let mut suspects = suspects.into_iter();
        for job in suspects.by_ref() {
            match self.alone(job, tell).await {
                Alone::Cleared => {}
                Alone::Blamed => break,
                Alone::NotRun(job) => left.not_run.push(job),
                Alone::Broken(why) => {
                    left.broken = Some(why);
                    break;
                }
            }
        }
        suspects.collect()
    }

    /// Runs cases one after the other, unless the broker cannot be tested any further.
    pub(super) async fn one_by_one(
        self: &Arc<Self>,
        mut jobs: Vec<Job>,
        left: &mut Remaining,
        tell: &mut impl FnMut(News),
    ) {
        while left.broken.is_none() && !jobs.is_empty() {
            jobs = self.hunt(jobs, left, tell).await;
        }
        left.not_run.extend(jobs);
    }

    /// Runs one case alone. If the broker is lost each time, or serves only some clients afterwards, the case is to
    /// blame.
    async fn alone(self: &Arc<Self>, mut job: Job, tell: &mut impl FnMut(News)) -> Alone {
        let (_never, go_on) = watch::channel(false);
        // alone it is not disturbed by what others do, so this verdict counts
        job.is_replay = true;
        let mut attempt = 1;
        loop {
            let version = job.script.version;
            let (again, blamed) = match self.run_job(job, go_on.clone()).await {
                JobResult::Done(job, outcome, span) => {
                    let health = self.inspector.ask_thoroughly(version).await;
                    if health.is_good() {
                        tell(News::Finished(job, outcome, span));
                        return Alone::Cleared;
                    }
                    let what = format!("after this case, which ran alone, {health}");
                    let blamed = blamed(&job.script, outcome, &what, Some(health.statement()));
                    if !self.recover(&health, tell).await {
                        tell(News::Finished(job, blamed, span));
                        return Alone::Broken(health.to_string());
                    }
                    (job, blamed)
                }
                JobResult::Inconclusive(job, outcome) => {
                    let blamed = blamed(&job.script, outcome, "the broker crashed or hung", None);
                    (job, blamed)
                }
                JobResult::Panicked(index, outcome) => {
                    tell(News::Panicked(index, outcome));
                    return Alone::Cleared;
                }
                JobResult::Withheld(job) | JobResult::Stopped(job) => return Alone::NotRun(job),
            };
            if attempt >= ATTEMPTS {
                tell(News::Finished(again, blamed, Span::default()));
                return Alone::Blamed;
            }
            (job, attempt) = (again, attempt + 1);
        }
    }
}

/// The outcome of a case that harmed the broker although nothing else ran.
fn blamed(script: &Script, mut outcome: Outcome, what: &str, statement: Option<&'static str>) -> Outcome {
    let first = script.steps.first();
    let cited = statement.map(|id| Citation::new(script.version, id));
    let accusation = cited.map_or_else(|| Accusation::gone(script.version), Accusation::always_on);
    let failure = match outcome.verdict {
        Verdict::Fail(mut failure) => {
            failure.what = format!("{what}: {}", failure.what).into();
            failure.accusation = accusation;
            failure
        }
        _ => Box::new(Failure {
            what: match statement {
                Some(_) => what.into(),
                None => format!("{what}: an uninvolved client lost its connection").into(),
            },
            place: first.map(|step| step.place.clone()),
            step: first.map(|step| step.text.clone()),
            expected: Vec::new(),
            observed: None,
            accusation,
        }),
    };
    outcome.verdict = Verdict::Fail(failure);
    outcome
}

/// How often a case runs alone, because a broker may be lost once by chance.
const ATTEMPTS: u32 = 2;
