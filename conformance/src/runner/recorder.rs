//! Counts the results of a run, compares them with the baseline, and sends events to the reporters.

use std::{io, sync::Arc, time::SystemTime};

use mqttspec_codec::Version;

#[cfg(feature = "network")]
use super::Leak;
use super::{
    Baseline, Capabilities, CaseRun, Event, KnownFailure, ProbeError, Report, Reporter, RunError, Summary, Transport,
    deviations::compare, evidence::Evidence, repeat::Repeats,
};
use crate::{
    judge::Verdict,
    vector::{Case, Library},
};

/// The broker of a run.
pub(super) struct Reached {
    /// Its URL, or `memory`.
    pub(super) target: String,
    /// `None` for a broker in memory.
    pub(super) transport: Option<Transport>,
    /// The arguments of `mqttspec check` that reach it; `None` for a broker in memory.
    pub(super) rerun: Option<String>,
}

/// The single source of all events of a run.
pub(super) struct Recorder<'a> {
    baseline: &'a Baseline,
    reporter: &'a mut dyn Reporter,
    written: io::Result<()>,
    cases: Vec<CaseRun>,
    evidence: Evidence,
    repeats: Repeats,
    /// Whether the cases are played for the first time; what was learned and planned is told only then.
    first_time: bool,
    summary: Summary,
    /// Whether there are leaks that the baseline does not expect.
    unexpected_leaks: bool,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(baseline: &'a Baseline, reporter: &'a mut dyn Reporter) -> Self {
        Self {
            baseline,
            reporter,
            written: Ok(()),
            cases: Vec::new(),
            evidence: Evidence::default(),
            repeats: Repeats::new(1),
            first_time: true,
            summary: Summary::default(),
            unexpected_leaks: false,
        }
    }

    /// Entries of the baseline that are not needed fail the run.
    pub(super) fn strict(mut self, strict: bool) -> Self {
        self.summary.strict = strict;
        self
    }

    /// Every case is played that many times before it has its result.
    #[cfg(feature = "network")]
    pub(super) fn repeated(self, times: usize) -> Self {
        Self { repeats: Repeats::new(times), ..self }
    }

    /// All cases are played again, for the given time of so many.
    #[cfg(feature = "network")]
    pub(super) fn repeats(&mut self, time: usize, times: usize) {
        self.first_time = time == 1;
        self.tell(&Event::Repeats { time, times, changed: self.repeats.changed() });
    }

    /// Whether no case should be played any more.
    #[cfg(feature = "network")]
    pub(super) fn is_over(&self) -> bool {
        self.summary.interrupted || self.summary.could_not_run.is_some()
    }

    pub(super) fn started(&mut self, target: &str, rerun: &str, insecure: bool, cases: usize, at: Option<SystemTime>) {
        self.tell(&Event::Started { target, rerun, insecure, cases, at });
    }

    pub(super) fn probed(&mut self, version: Version, learned: &Result<Capabilities, ProbeError>) {
        if self.first_time {
            self.tell(&Event::Probed(version, learned));
        }
    }

    #[cfg(feature = "network")]
    pub(super) fn planned(&mut self, at_once: usize, estimate: std::time::Duration) {
        if self.first_time {
            let estimate = estimate.saturating_mul(u32::try_from(self.repeats.times).unwrap_or(u32::MAX));
            self.tell(&Event::Planned { at_once, estimate });
        }
    }

    #[cfg(feature = "network")]
    pub(super) fn waiting(&mut self, case: &Case, others: usize) {
        self.tell(&Event::Waiting { case, others });
    }

    pub(super) fn finished(&mut self, run: CaseRun) {
        if let Some(run) = self.repeats.take(run, &mut self.evidence) {
            self.judged(run);
        }
    }

    fn judged(&mut self, mut run: CaseRun) {
        let reason = |entry: &KnownFailure| entry.reason().to_owned();
        let known = self.baseline.expects(&run.case, None).map(reason);
        // by the statement that it accuses on its own, as far as that is known before all cases are compared
        let accused = match &run.verdict {
            Verdict::Fail(failure) => failure.accusation.statement.as_ref(),
            _ => None,
        };
        run.known = known.clone().or_else(|| self.baseline.expects(&run.case, accused).map(reason));
        self.tell(&Event::Finished(&run));
        self.cases.push(CaseRun { known, ..run });
    }

    /// Records a case that does not run.
    pub(super) fn not_run(&mut self, case: &Arc<Case>, verdict: Verdict) {
        self.finished(CaseRun::not_run(case, verdict));
    }

    #[cfg(feature = "network")]
    /// Records the cases of a version that cannot be tested.
    pub(super) fn untested(&mut self, cases: &[Arc<Case>], version: Version, why: &super::probe::Untested) {
        cases.iter().filter(|case| case.version == version).for_each(|case| self.not_run(case, why.verdict(case)));
    }

    #[cfg(feature = "network")]
    pub(super) fn interrupted(&mut self) {
        self.summary.interrupted = true;
        self.tell(&Event::Interrupted);
    }

    /// Whether a case failed that the baseline does not expect to fail.
    pub(super) fn has_failed(&self) -> bool {
        self.cases.iter().any(CaseRun::is_unexpected_failure)
    }

    /// How many cases have a verdict.
    pub(super) fn cases(&self) -> usize {
        self.cases.len()
    }

    /// Records, as a sentence for people, why that many cases did not run, and which ones may have caused it.
    pub(super) fn broken_off(&mut self, why: String, not_run: usize, suspects: Vec<String>) {
        self.summary.could_not_run = Some(why.into());
        self.summary.not_run = not_run;
        self.summary.suspects = suspects;
    }

    /// Passes on a sentence for people about the state of the broker.
    #[cfg(feature = "network")]
    pub(super) fn note(&mut self, text: &str) {
        self.tell(&Event::Note(text));
    }

    /// Records a message that reached another case.
    #[cfg(feature = "network")]
    pub(super) fn leaked(&mut self, leak: Leak) {
        match self.baseline.expects_leak(&leak) {
            Some(entry) => self.summary.leaks_known = Some(entry.reason().to_owned()),
            None => self.unexpected_leaks = true,
        }
        // once for each case, also if it is played several times
        if !self.summary.leaks.iter().any(|known| Arc::ptr_eq(&known.seen_by, &leak.seen_by)) {
            self.summary.leaks.push(leak);
        }
    }

    /// Records what could not be removed from the broker.
    #[cfg(feature = "network")]
    pub(super) fn not_removed(&mut self, what: Vec<String>) {
        self.summary.not_removed.extend(what);
    }

    /// Ends the run. `done` is an error if no case could run.
    pub(super) fn end(
        mut self,
        done: Result<(), RunError>,
        library: &Library,
        elapsed: std::time::Duration,
        Reached { target, transport, rerun }: Reached,
    ) -> Result<Report, RunError> {
        for run in self.repeats.rest() {
            self.judged(run);
        }
        self.summary.elapsed = elapsed;
        if self.unexpected_leaks {
            self.summary.leaks_known = None;
        }
        if let Err(error) = &done {
            self.summary.could_not_run = Some(error.to_string().into());
        }
        let mut cases = std::mem::take(&mut self.cases);
        self.summary.deviations = compare(&mut cases);
        if self.expect_accused(&mut cases) {
            // what they block is known too
            self.summary.deviations = compare(&mut cases);
        }
        if self.summary.could_not_run.is_none() && !self.summary.interrupted {
            self.summary.stale = self.baseline.stale(&cases, &self.summary.leaks);
            self.summary.unmatched = self.baseline.unmatched(library);
        }
        cases.iter().for_each(|run| self.summary.count(run));
        let summary = std::mem::take(&mut self.summary);
        if !cases.is_empty() {
            self.tell(&Event::Compared(&cases, &summary.deviations));
        }
        self.tell(&Event::Ended(&summary));
        done?;
        self.written.map_err(RunError::Reporter)?;
        Ok(Report { target, transport, rerun, cases, summary })
    }

    /// Expects the failures that the baseline knows by the statement that they accuse; returns whether there are any.
    fn expect_accused(&self, cases: &mut [CaseRun]) -> bool {
        let mut any = false;
        for run in cases.iter_mut().filter(|run| run.known.is_none()) {
            run.known = self.baseline.expects_accused(run).map(|entry| entry.reason().to_owned());
            any |= run.known.is_some();
        }
        any
    }

    fn tell(&mut self, event: &Event<'_>) {
        let result = self.reporter.on_event(event);
        if self.written.is_ok() {
            self.written = result;
        }
    }
}
