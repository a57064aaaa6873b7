//! The result of a case, and of all cases.

use std::{sync::Arc, time::Duration};

use super::Coverage;
use crate::{
    judge::{Transcript, Verdict},
    text::Text,
    vector::Case,
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
    /// How long it took; zero if it was skipped before it began.
    pub elapsed: Duration,
    /// The reason in the baseline, if it expects this case to fail.
    pub known: Option<String>,
}

impl CaseRun {
    /// A case that has this verdict without having run.
    #[must_use]
    pub fn not_run(case: &Arc<Case>, verdict: Verdict) -> Self {
        Self::new(case, verdict, Vec::new(), Duration::ZERO)
    }

    /// A case that ran.
    #[must_use]
    pub fn new(case: &Arc<Case>, verdict: Verdict, transcript: Transcript, elapsed: Duration) -> Self {
        Self { case: Arc::clone(case), verdict, transcript, elapsed, known: None }
    }

    /// Whether it failed and the baseline does not expect that.
    #[must_use]
    pub fn is_unexpected_failure(&self) -> bool {
        matches!(self.verdict, Verdict::Fail(_)) && self.known.is_none()
    }
}

/// Counts of verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Tally {
    /// Passed, without a warning.
    pub pass: usize,
    /// Passed with a warning.
    pub warn: usize,
    /// Failed.
    pub fail: usize,
    /// Failed, as the baseline expects.
    pub expected: usize,
    /// Skipped.
    pub skip: usize,
    /// Failed because of the suite or the network.
    pub error: usize,
}

impl Tally {
    fn count(&mut self, run: &CaseRun) {
        let counter = match &run.verdict {
            Verdict::Pass => &mut self.pass,
            Verdict::Warn(_) => &mut self.warn,
            Verdict::Fail(_) if run.known.is_some() => &mut self.expected,
            Verdict::Fail(_) => &mut self.fail,
            Verdict::Skip(_) => &mut self.skip,
            Verdict::Error(_) => &mut self.error,
        };
        *counter += 1;
    }

    /// All cases.
    #[must_use]
    pub fn total(&self) -> usize {
        self.pass + self.warn + self.fail + self.expected + self.skip + self.error
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
    /// The duration of the whole run.
    pub elapsed: Duration,
    /// Why no cases or not all cases could run, as a sentence for people.
    pub could_not_run: Option<Text>,
    /// Entries of the baseline, as written, whose cases all passed.
    pub stale: Vec<String>,
    /// Entries of the baseline, as written, that match no case.
    pub unmatched: Vec<String>,
    /// Whether the run was interrupted, so that some cases did not run.
    pub interrupted: bool,
}

impl Summary {
    pub(super) fn count(&mut self, run: &CaseRun) {
        self.tally.count(run);
        self.coverage.count(run);
    }

    /// The exit code: 0 if the broker conforms, 1 if there are failures, 2 if the run could not start or finish.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        if self.tally.fail > 0 {
            1
        } else if self.could_not_run.is_some() || self.tally.error > 0 || self.interrupted {
            2
        } else {
            0
        }
    }
}
