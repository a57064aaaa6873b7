//! Which entries of a baseline a run used.

use super::{Baseline, KnownFailure};
use crate::{
    judge::Verdict,
    runner::{CaseRun, Leak},
    vector::Library,
};

impl Baseline {
    /// The entries, as written, whose cases all passed. Cases that were skipped or not selected do not count.
    pub(in crate::runner) fn stale(&self, runs: &[CaseRun], leaks: &[Leak]) -> Vec<String> {
        let stale = self.entries.iter().filter(|entry| Use::of(entry, runs, leaks) == Use::Gone);
        stale.map(ToString::to_string).collect()
    }

    /// The entries, as written, that match no case of the library.
    pub(in crate::runner) fn unmatched(&self, library: &Library) -> Vec<String> {
        let unmatched = self.entries.iter().filter(|entry| !entry.is_known_to(library));
        unmatched.map(ToString::to_string).collect()
    }
}

/// What a run says about an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    /// What it expects does not happen any more.
    Gone,
    /// Nothing: its cases were skipped or not selected.
    Unknown,
    /// It is needed.
    Needed,
}

impl Use {
    pub(super) fn of(entry: &KnownFailure, runs: &[CaseRun], leaks: &[Leak]) -> Self {
        let (mut failed, mut passed) = (false, entry.is_of_leaks());
        failed |= leaks.iter().any(|leak| entry.covers_leak(leak));
        for run in runs {
            match run.verdict {
                Verdict::Fail(_) => failed |= entry.covers(&run.case, run.accused.as_ref()),
                Verdict::Pass | Verdict::Warn(_) => passed |= entry.is_about(&run.case),
                Verdict::Skip(_) | Verdict::Error(_) => {}
            }
        }
        match (failed, passed) {
            (true, _) => Use::Needed,
            (false, true) if entry.is_flaky() => Use::Unknown,
            (false, true) => Use::Gone,
            (false, false) => Use::Unknown,
        }
    }
}

impl KnownFailure {
    /// Whether some case of the library can fail as it expects.
    pub(super) fn is_known_to(&self, library: &Library) -> bool {
        self.is_of_leaks() || library.cases().any(|case| self.may_cover(case))
    }
}
