//! What is said of a run as a whole, in every format.

use super::{
    deviations::plural,
    document::{Deviation, Run, Tally},
};

/// The deviations that the baseline does not expect.
pub(super) fn unexpected(run: &Run) -> impl Iterator<Item = &Deviation> {
    run.deviations.iter().filter(|deviation| !deviation.known)
}

/// Why the run says less about the broker than it should, each as a fragment; empty if all cases were judged.
pub(super) fn gaps(run: &Run) -> Vec<String> {
    let summary = &run.summary;
    let mut gaps: Vec<String> = summary.could_not_run.iter().map(ToString::to_string).collect();
    if summary.interrupted {
        gaps.push("the run was interrupted, so cases did not run".to_owned());
    }
    if summary.not_run > 0 {
        gaps.push(format!("{} without a verdict, because the broker was gone", plural(summary.not_run, "case")));
    }
    if !summary.suspects.is_empty() {
        gaps.push(format!("one of these cases may have caused that: {}", summary.suspects.join(", ")));
    }
    gaps
}

/// Entries of the baseline that say something else than the run, each as a sentence.
pub(super) fn stale(run: &Run) -> impl Iterator<Item = String> {
    let summary = &run.summary;
    let stale = summary.stale_baseline_entries.iter().map(|entry| format!("{entry}: expected to fail, but does not"));
    let unmatched = summary.unmatched_baseline_entries.iter();
    stale.chain(unmatched.map(|entry| format!("{entry}: matches no case; see `mqttspec list`")))
}

impl Tally {
    /// All cases.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.judged() + self.skip + self.error
    }

    /// The cases that passed or failed.
    #[must_use]
    pub const fn judged(&self) -> usize {
        self.passed() + self.fail + self.blocked + self.expected_failures
    }

    /// The cases that passed, with or without a warning.
    #[must_use]
    pub const fn passed(&self) -> usize {
        self.pass + self.warn
    }
}
