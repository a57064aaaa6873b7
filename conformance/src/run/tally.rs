//! How many of each verdict.

use crate::verdict::Verdict;

/// Counts of verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Passed, without a remark.
    pub pass: usize,
    /// Passed with a remark.
    pub soft: usize,
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
    /// Counts a verdict; `expected` if the baseline knows the failure.
    pub fn count(&mut self, verdict: &Verdict, expected: bool) {
        let counter = match verdict {
            Verdict::Pass => &mut self.pass,
            Verdict::Soft(_) => &mut self.soft,
            Verdict::Fail(_) if expected => &mut self.expected,
            Verdict::Fail(_) => &mut self.fail,
            Verdict::Skip(_) => &mut self.skip,
            Verdict::Error(_) => &mut self.error,
        };
        *counter += 1;
    }

    /// All cases.
    #[must_use]
    pub fn total(&self) -> usize {
        self.pass + self.soft + self.fail + self.expected + self.skip + self.error
    }
}
