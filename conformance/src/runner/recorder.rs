//! Counts the results of a run, compares them with the baseline, and sends events to the reporters.

use std::{io, sync::Arc};

use mqttspec_codec::Version;

use super::{
    Baseline, Capabilities, CaseRun, Event, ProbeError, Report, Reporter, RunError, Summary, baseline::Usage,
    evidence::Evidence, probe::Untested,
};
use crate::{
    judge::Verdict,
    vector::{Case, Library},
};

/// The single source of all events of a run.
pub(super) struct Recorder<'a> {
    baseline: &'a Baseline,
    usage: Usage<'a>,
    reporter: &'a mut dyn Reporter,
    written: io::Result<()>,
    cases: Vec<CaseRun>,
    evidence: Evidence,
    summary: Summary,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(baseline: &'a Baseline, reporter: &'a mut dyn Reporter) -> Self {
        let (usage, summary) = (baseline.usage(), Summary::default());
        Self { baseline, usage, reporter, written: Ok(()), cases: Vec::new(), evidence: Evidence::default(), summary }
    }

    pub(super) fn started(&mut self, target: &str, rerun: &str, insecure: bool, cases: usize) {
        self.tell(&Event::Started { target, rerun, insecure, cases });
    }

    pub(super) fn probed(&mut self, version: Version, learned: &Result<Capabilities, ProbeError>) {
        self.tell(&Event::Probed(version, learned));
    }

    pub(super) fn finished(&mut self, mut run: CaseRun) {
        self.evidence.bound(&mut run);
        run.known = self.baseline.expects(&run.case).map(|entry| entry.reason().to_owned());
        self.usage.count(&run);
        self.summary.count(&run);
        self.tell(&Event::Finished(&run));
        self.cases.push(run);
    }

    /// Records a case that does not run.
    pub(super) fn not_run(&mut self, case: &Arc<Case>, verdict: Verdict) {
        self.finished(CaseRun::not_run(case, verdict));
    }

    /// Records the cases of a version that cannot be tested.
    pub(super) fn untested(&mut self, cases: &[Arc<Case>], version: Version, why: &Untested) {
        cases.iter().filter(|case| case.version == version).for_each(|case| self.not_run(case, why.verdict(case)));
    }

    #[cfg(feature = "network")]
    pub(super) fn interrupted(&mut self) {
        self.summary.interrupted = true;
        self.tell(&Event::Interrupted);
    }

    #[cfg(feature = "network")]
    /// Records, as a sentence for people, why some cases did not run.
    pub(super) fn broken_off(&mut self, why: String) {
        self.summary.could_not_run = Some(why.into());
    }

    /// Ends the run. `done` is an error if no case could run.
    pub(super) fn end(
        mut self,
        done: Result<(), RunError>,
        library: &Library,
        elapsed: std::time::Duration,
        (target, rerun): (String, Option<String>),
    ) -> Result<Report, RunError> {
        self.summary.elapsed = elapsed;
        if let Err(error) = &done {
            self.summary.could_not_run = Some(error.to_string().into());
        }
        if self.summary.could_not_run.is_none() && !self.summary.interrupted {
            self.summary.stale = self.usage.stale();
            self.summary.unmatched = self.usage.unmatched(library);
        }
        let summary = std::mem::take(&mut self.summary);
        self.tell(&Event::Ended(&summary));
        done?;
        self.written.map_err(RunError::Reporter)?;
        Ok(Report { target, rerun, cases: self.cases, summary })
    }

    fn tell(&mut self, event: &Event<'_>) {
        let result = self.reporter.on_event(event);
        if self.written.is_ok() {
            self.written = result;
        }
    }
}
