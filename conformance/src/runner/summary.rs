//! What became of a case, and of all.

use std::{sync::Arc, time::Duration};

use super::Coverage;
use crate::{
    judge::{Transcript, Verdict},
    vector::Case,
};

/// A case that was played or skipped.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CaseRun {
    /// The case.
    pub case: Arc<Case>,
    /// What it came to.
    pub verdict: Verdict,
    /// Everything that happened.
    pub transcript: Transcript,
    /// How long it took; zero if it was skipped before it began.
    pub elapsed: Duration,
    /// The reason of the baseline's entry, where one expects this case to fail.
    pub known: Option<String>,
}

impl CaseRun {
    /// A case that came to this verdict without being played.
    #[must_use]
    pub fn not_run(case: &Arc<Case>, verdict: Verdict) -> Self {
        Self::new(case, verdict, Vec::new(), Duration::ZERO)
    }

    /// A case that was played.
    #[must_use]
    pub fn new(case: &Arc<Case>, verdict: Verdict, transcript: Transcript, elapsed: Duration) -> Self {
        Self { case: Arc::clone(case), verdict, transcript, elapsed, known: None }
    }

    /// Whether it failed, and no entry of the baseline expects that.
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
    /// Not played.
    pub skip: usize,
    /// The suite's or the network's fault.
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

/// How a run came out.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Summary {
    /// Counts of verdicts.
    pub tally: Tally,
    /// Which statements were tested, and how they came out.
    pub coverage: Coverage,
    /// Of the whole run.
    pub elapsed: Duration,
    /// Why nothing could be run, or not everything: a sentence for a person.
    pub could_not_run: Option<String>,
    /// Entries of the baseline that no case needed, as written: all their cases passed, or they match no case.
    pub stale: Vec<String>,
    /// It was interrupted: the other cases did not run.
    pub interrupted: bool,
}

impl Summary {
    pub(super) fn count(&mut self, run: &CaseRun) {
        self.tally.count(run);
        self.coverage.count(run);
    }

    /// 0: conformant; 1: failures; 2: could not run, or not to the end.
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
