//! The result of a case, and of all cases.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{CaseName, Coverage, Deviation, Flips, Leak};
use crate::{
    judge::{Transcript, Verdict},
    text::Text,
    vector::{Case, Citation},
};

/// A case that ran or was skipped.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CaseRun {
    /// The case.
    pub case: Arc<Case>,
    /// Its verdict.
    pub verdict: Verdict,
    /// Everything that happened.
    pub transcript: Transcript,
    /// When it began; `None` if it did not run, or ran in memory.
    pub began: Option<SystemTime>,
    /// What its topics and Client Identifiers began with; `None` if it did not run, or ran in memory.
    pub prefix: Option<Arc<str>>,
    /// How long it took; zero if it was skipped before it began.
    pub elapsed: Duration,
    /// The reason in the baseline, if it expects this case to fail, or the case that blocks it.
    pub known: Option<String>,
    /// If it failed: the statement that it accuses in the end, once all cases are known.
    pub accused: Option<Citation>,
    /// If it failed only at what it needs: the case that tests this, and failed too.
    pub blocked_by: Option<CaseName>,
    /// The other verdicts, if the case was played several times and did not get the same one each time; `verdict` is
    /// the worst.
    pub flips: Option<Flips>,
}

impl CaseRun {
    /// A case that has this verdict without having run.
    #[must_use]
    pub fn not_run(case: &Arc<Case>, verdict: Verdict) -> Self {
        Self::new(case, verdict, Vec::new(), Span::default())
    }

    /// A case that ran.
    #[must_use]
    pub fn new(case: &Arc<Case>, verdict: Verdict, transcript: Transcript, span: Span) -> Self {
        Self {
            case: Arc::clone(case),
            verdict,
            transcript,
            began: span.began,
            prefix: span.prefix.filter(|_| !case.no_prefix),
            elapsed: span.took,
            known: None,
            accused: None,
            blocked_by: None,
            flips: None,
        }
    }

    /// `pass`, `warn`, `fail`, `blocked`, `skip` or `error`.
    #[must_use]
    pub fn verdict_name(&self) -> &'static str {
        if self.blocked_by.is_some() { "blocked" } else { self.verdict.name() }
    }

    /// Whether it failed and the baseline does not expect that. A blocked case counts as failed.
    #[must_use]
    pub fn is_unexpected_failure(&self) -> bool {
        matches!(self.verdict, Verdict::Fail(_)) && self.known.is_none()
    }
}

/// When a case ran.
#[derive(Debug, Clone, Default)]
pub struct Span {
    /// When it began; `None` in memory, where there is no clock.
    pub began: Option<SystemTime>,
    /// How long it took.
    pub took: Duration,
    /// What its topics and Client Identifiers began with; `None` in memory.
    pub prefix: Option<Arc<str>>,
}

/// Counts of verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Tally {
    /// Passed, without a warning.
    pub pass: usize,
    /// Passed with a warning.
    pub warn: usize,
    /// Failed at what they are about.
    pub fail: usize,
    /// Failed at what they only need, which another failed case tests.
    pub blocked: usize,
    /// Failed, as the baseline expects.
    pub expected: usize,
    /// Skipped.
    pub skip: usize,
    /// Failed because of the suite or the network.
    pub error: usize,
    /// Changed their verdict when they were played again, other than between pass and warn, which the baseline does not
    /// expect. They are also counted above, by their worst verdict.
    pub flips: usize,
}

impl Tally {
    fn count(&mut self, run: &CaseRun) {
        let counter = match &run.verdict {
            Verdict::Pass => &mut self.pass,
            Verdict::Warn(_) => &mut self.warn,
            Verdict::Fail(_) if run.known.is_some() => &mut self.expected,
            Verdict::Fail(_) if run.blocked_by.is_some() => &mut self.blocked,
            Verdict::Fail(_) => &mut self.fail,
            Verdict::Skip(_) => &mut self.skip,
            Verdict::Error(_) => &mut self.error,
        };
        *counter += 1;
        let flips = run.flips.as_ref().is_some_and(|flips| !flips.are_harmless());
        self.flips += usize::from(flips && run.known.is_none());
    }

    /// All cases.
    #[must_use]
    pub fn total(&self) -> usize {
        self.pass + self.warn + self.fail + self.blocked + self.expected + self.skip + self.error
    }
}

/// The result of a run.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Summary {
    /// Counts of verdicts.
    pub tally: Tally,
    /// Which statements were tested, and their verdicts.
    pub coverage: Coverage,
    /// What the broker does wrong, each once, those that explain most first.
    pub deviations: Vec<Deviation>,
    /// The duration of the whole run.
    pub elapsed: Duration,
    /// Why no cases or not all cases could run, as a sentence for people.
    pub could_not_run: Option<Text>,
    /// Entries of the baseline, as written, whose cases all passed.
    pub stale: Vec<String>,
    /// Entries of the baseline, as written, that match no case.
    pub unmatched: Vec<String>,
    /// Whether such entries fail the run.
    pub strict: bool,
    /// Whether the run was interrupted, so that some cases did not run.
    pub interrupted: bool,
    /// Messages that reached clients of other cases, one for each case hit; the broker fails if there are any.
    pub leaks: Vec<Leak>,
    /// The reason in the baseline, if it expects leaks.
    pub leaks_known: Option<String>,
    /// Cases, each with its version, of which one or several left the broker in a state in which it serves only some
    /// clients, or none. Empty if that did not happen, or if the case was found, which then failed.
    pub suspects: Vec<String>,
    /// How many cases have no verdict, because the broker was gone or served only some clients.
    pub not_run: usize,
    /// What could not be removed from the broker, each as a fragment for people.
    pub not_removed: Vec<String>,
}

impl Summary {
    pub(super) fn count(&mut self, run: &CaseRun) {
        self.tally.count(run);
        self.coverage.count(run);
    }

    /// The exit code: 0 if the broker conforms, 1 if there are failures or flips, or in a strict run entries of the
    /// baseline that are not needed, 2 if the run could not start or finish.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        let leaks = !self.leaks.is_empty() && self.leaks_known.is_none();
        let unneeded = self.strict && !(self.stale.is_empty() && self.unmatched.is_empty());
        if self.tally.fail > 0 || self.tally.blocked > 0 || self.tally.flips > 0 || leaks || unneeded {
            1
        } else if self.could_not_run.is_some() || self.tally.error > 0 || self.interrupted {
            2
        } else {
            0
        }
    }
}
