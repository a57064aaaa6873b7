//! Passes outcomes to the recorder, and keeps the cases that messages of other cases disturbed, to play them again.

use std::collections::BTreeSet;

use super::{
    jobs::Jobs,
    scheduler::{Job, News},
};
use crate::{
    judge::{Outcome, Stray, Verdict},
    runner::{CaseRun, Leak, Span, recorder::Recorder},
};

/// The outcomes of a run.
pub(super) struct Results<'a, 'r> {
    jobs: &'a Jobs,
    recorder: &'a mut Recorder<'r>,
    disturbed: Vec<Disturbed>,
    /// The indices of the cases that received messages of other cases, and of those that published these.
    hit: BTreeSet<usize>,
    owners: BTreeSet<usize>,
    /// Whether a case that is disturbed gets its verdict nevertheless, because it has run alone.
    last_try: bool,
}

/// A case that failed after it had received messages of other cases.
struct Disturbed {
    job: Job,
    /// Whether it publishes retained messages, which may disturb others.
    retains: bool,
}

impl<'a, 'r> Results<'a, 'r> {
    pub(super) fn new(jobs: &'a Jobs, recorder: &'a mut Recorder<'r>) -> Self {
        let (hit, owners) = (BTreeSet::new(), BTreeSet::new());
        Self { jobs, recorder, disturbed: Vec::new(), hit, owners, last_try: false }
    }

    pub(super) fn take(&mut self, news: News) {
        let (index, outcome, span) = match news {
            News::Note(text) => return self.recorder.note(&text),
            News::Waiting { index, others } => {
                return self.jobs.cases.get(index).into_iter().for_each(|case| self.recorder.waiting(case, others));
            }
            News::Panicked(index, outcome) => (index, outcome, Span::default()),
            News::Finished(job, outcome, span) => {
                self.note_strays(job.index, &outcome.strays);
                if self.is_disturbed(&outcome) {
                    self.disturbed.push(Disturbed { job, retains: !outcome.leftovers.retained.is_empty() });
                    return;
                }
                (job.index, outcome, span)
            }
        };
        if let Some(case) = self.jobs.cases.get(index) {
            self.recorder.finished(CaseRun::new(case, outcome.verdict, outcome.transcript, span));
        }
    }

    /// The cases to play again: first those that can run concurrently, as they leave nothing to others, then those that
    /// run alone.
    pub(super) fn disturbed(&mut self) -> (Vec<Job>, Vec<Job>) {
        let disturbed = std::mem::take(&mut self.disturbed).into_iter();
        let (alone, together): (Vec<_>, Vec<_>) =
            disturbed.partition(|case| case.retains || self.owners.contains(&case.job.index));
        let jobs = |cases: Vec<Disturbed>| cases.into_iter().map(|case| case.job).collect();
        (jobs(together), jobs(alone))
    }

    /// From now on every case gets its verdict.
    pub(super) fn is_last_try(&mut self) {
        self.last_try = true;
    }

    /// The name of a case, with its version.
    pub(super) fn name(&self, job: &Job) -> String {
        self.jobs.cases.get(job.index).map(|case| format!("{} {}", case.version, case.id)).unwrap_or_default()
    }

    fn is_disturbed(&self, outcome: &Outcome) -> bool {
        !self.last_try && !outcome.strays.is_empty() && matches!(outcome.verdict, Verdict::Fail(_))
    }

    fn note_strays(&mut self, index: usize, strays: &[Stray]) {
        self.owners.extend(strays.iter().filter_map(|stray| self.jobs.owner(&stray.topic)));
        let (Some(stray), Some(seen_by)) = (strays.first(), self.jobs.cases.get(index)) else { return };
        if self.hit.insert(index) {
            let owner = self.jobs.owner(&stray.topic).and_then(|owner| self.jobs.cases.get(owner)).cloned();
            let (topic, observed) = (stray.topic.clone(), stray.observed.clone());
            self.recorder.leaked(Leak { seen_by: seen_by.clone(), owner, topic, observed });
        }
    }
}
