//! What became of one case.

use std::time::Duration;

use crate::{
    vector::Case,
    verdict::{Transcript, Verdict},
};

/// A case that was played or skipped.
#[derive(Debug, Clone)]
pub struct CaseRun<'a> {
    /// The case.
    pub case: &'a Case,
    /// What it came to.
    pub verdict: Verdict,
    /// Everything that happened.
    pub transcript: Transcript,
    /// How long it took; zero if it was skipped before it began.
    pub elapsed: Duration,
}

impl<'a> CaseRun<'a> {
    /// A case that was not played.
    #[must_use]
    pub fn skipped(case: &'a Case, why: String) -> Self {
        Self { case, verdict: Verdict::Skip(why), transcript: Vec::new(), elapsed: Duration::ZERO }
    }
}
