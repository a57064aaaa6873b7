//! A report as an assertion in a test.

use std::fmt::Write as _;

use super::{explain, leak};
use crate::{judge::Verdict, runner::Report};

impl Report {
    /// Everything that went wrong in a run: each unexpected failure in full, each case that could not be judged, and
    /// why the run ended early. Empty for a conformant broker.
    #[must_use]
    pub fn complaint(&self) -> String {
        let mut text = String::new();
        for run in &self.cases {
            // writing to a String cannot fail
            let _ = match &run.verdict {
                Verdict::Fail(failure) if run.known.is_none() => writeln!(
                    text,
                    "FAIL  {} {}  {}\n{}",
                    run.case.version,
                    run.case.id,
                    run.case.title,
                    explain(run, failure, self.rerun.as_deref())
                ),
                Verdict::Error(why) => writeln!(text, "ERROR {} {}\n  {why}", run.case.version, run.case.id),
                _ => Ok(()),
            };
        }
        if let Some((heading, leaks)) = leak::explain(&self.summary).filter(|_| self.summary.leaks_known.is_none()) {
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
