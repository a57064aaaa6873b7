//! A report as an assertion in a test.

use std::fmt::Write as _;

use super::{
    deviations,
    document::{case_named, case_of, deviation_of, leak_of},
    failure, leak,
};
use crate::{judge::Verdict, runner::Report};

impl Report {
    /// Everything that went wrong in a run: what the broker does wrong, each with the failure that shows it best in full,
    /// each case that could not be judged, and why the run ended early. Empty for a conformant broker.
    #[must_use]
    pub fn complaint(&self) -> String {
        let mut text = String::new();
        for found in &self.summary.deviations {
            let deviation = deviation_of(found, &self.cases);
            if !deviation.known {
                let clearest = case_named(&deviation.clearest, &self.cases);
                let details = deviations::details(&deviation, clearest.as_ref(), self.rerun.as_deref(), false);
                // writing to a String cannot fail
                let _ = writeln!(text, "FAIL  {}\n{details}", deviations::heading(&deviation));
            }
        }
        for run in &self.cases {
            let case = case_of(run);
            if let Some(flips) = failure::flips(&case).filter(|_| case.is_unstable() && run.known.is_none()) {
                let _ = writeln!(text, "FLIPS {} {}: {flips}", run.case.version, run.case.id);
            }
            if let Verdict::Error(why) = &run.verdict {
                let _ = writeln!(text, "ERROR {} {}\n  {why}", run.case.version, run.case.id);
            }
        }
        let leaks: Vec<_> = self.summary.leaks.iter().map(leak_of).collect();
        if let Some((heading, leaks)) = leak::explain(&leaks).filter(|_| self.summary.leaks_known.is_none()) {
            let _ = writeln!(text, "FAIL  {heading}\n{leaks}");
        }
        if let Some(why) = &self.summary.could_not_run {
            let _ = writeln!(text, "{why}");
        }
        if self.summary.interrupted {
            text.push_str("the run was interrupted\n");
        }
        text
    }

    /// Asserts in a test that the broker conforms, apart from failures that the baseline expects.
    ///
    /// # Panics
    /// If it does not, with each failure in full.
    pub fn assert_conformant(&self) {
        assert!(self.is_conformant(), "{} does not conform:\n{}", self.target, self.complaint());
    }
}
