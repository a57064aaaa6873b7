//! Cases that are played several times in one run, to see which change their verdict.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::{CaseRun, evidence::Evidence};
use crate::judge::Verdict;

/// The verdicts of a case that did not get the same one each time.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Flips {
    /// How many times the case got each verdict, by name: `pass`, `warn`, `fail`, `skip` or `error`.
    pub counts: BTreeMap<&'static str, usize>,
    /// For each other verdict, the first time the case got it.
    pub others: Vec<CaseRun>,
}

impl Flips {
    /// Whether the case passed each time, sometimes with a warning.
    #[must_use]
    pub fn are_harmless(&self) -> bool {
        self.counts.keys().all(|verdict| ["pass", "warn"].contains(verdict))
    }
}

/// Collects what happened each time.
#[derive(Debug)]
pub(super) struct Repeats {
    /// How many times each case is played, at least one.
    pub(super) times: usize,
    seen: HashMap<usize, Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    times: usize,
    counts: BTreeMap<&'static str, usize>,
    first: Vec<CaseRun>,
}

impl Repeats {
    pub(super) fn new(times: usize) -> Self {
        Self { times, seen: HashMap::new() }
    }

    /// Takes a result. Returns the result of the case once it has been played each time. What is dropped meanwhile takes
    /// nothing of the evidence that may be kept, so that a case that changes its verdict late has all of it.
    pub(super) fn take(&mut self, mut run: CaseRun, evidence: &mut Evidence) -> Option<CaseRun> {
        if self.times == 1 {
            evidence.bound(&mut run);
            return Some(run);
        }
        let key = Arc::as_ptr(&run.case) as usize;
        let seen = self.seen.entry(key).or_default();
        seen.times += 1;
        let verdict = run.verdict.name();
        let count = seen.counts.entry(verdict).or_default();
        *count += 1;
        if *count == 1 {
            evidence.bound(&mut run);
            seen.first.push(run);
        }
        if seen.times < self.times {
            return None;
        }
        self.seen.remove(&key).and_then(Seen::together)
    }

    /// How many cases have changed their verdict so far.
    #[cfg(feature = "network")]
    pub(super) fn changed(&self) -> usize {
        self.seen.values().filter(|seen| seen.counts.len() > 1).count()
    }

    /// The cases that were played less often, because the run ended early.
    pub(super) fn rest(&mut self) -> Vec<CaseRun> {
        let mut rest: Vec<CaseRun> = self.seen.drain().filter_map(|(_, seen)| seen.together()).collect();
        rest.sort_by(|one, other| (&one.case.id, one.case.version).cmp(&(&other.case.id, other.case.version)));
        rest
    }
}

impl Seen {
    /// The worst result, with the others as its flips.
    fn together(mut self) -> Option<CaseRun> {
        self.first.sort_by_key(|run| severity(&run.verdict));
        let mut worst = self.first.pop()?;
        if !self.first.is_empty() {
            worst.flips = Some(Flips { counts: self.counts, others: self.first });
        }
        Some(worst)
    }
}

const fn severity(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Skip(_) => 0,
        Verdict::Pass => 1,
        Verdict::Warn(_) => 2,
        Verdict::Error(_) => 3,
        Verdict::Fail(_) => 4,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        judge::{Direction, TranscriptEntry},
        runner::Span,
        vector::Library,
    };

    #[test]
    fn late_change_has_both_transcripts_in_full() {
        let library = Library::embedded().unwrap();
        let case = library.cases().next().unwrap();
        let entry = TranscriptEntry {
            at: Duration::ZERO,
            who: "a".into(),
            direction: Direction::Received,
            text: "PUBLISH".into(),
            bytes: vec![0; 100_000],
            automatic: false,
            raw: false,
        };
        let (times, mut evidence) = (100, Evidence::default());
        let mut repeats = Repeats::new(times);
        let mut last = None;
        // together they are more than a run keeps
        for time in 1..=times {
            let verdict = if time == times { Verdict::Error("late".into()) } else { Verdict::Pass };
            let run = CaseRun::new(case, verdict, vec![entry.clone(); 20], Span::default());
            last = repeats.take(run, &mut evidence);
        }
        let run = last.unwrap();
        let [pass] = &run.flips.as_ref().unwrap().others[..] else { panic!("{:?}", run.flips) };
        for transcript in [&run.transcript, &pass.transcript] {
            assert_eq!(transcript.len(), 20);
            assert!(transcript.iter().all(|kept| kept.bytes.len() == 100_000));
        }
    }

    fn played(verdicts: &[Verdict]) -> Option<CaseRun> {
        let library = Library::embedded().unwrap();
        let case = library.cases().next().unwrap();
        let mut repeats = Repeats::new(verdicts.len());
        let mut evidence = Evidence::default();
        let runs = verdicts.iter().map(|verdict| CaseRun::not_run(case, verdict.clone()));
        let taken = runs.map(|run| repeats.take(run, &mut evidence));
        let mut taken: Vec<_> = taken.collect();
        let last = taken.pop().flatten();
        assert_eq!(taken.iter().flatten().count(), 0, "only the last time has a result");
        last
    }

    #[test]
    fn same_verdict_is_one_result() {
        let run = played(&[Verdict::Pass, Verdict::Pass, Verdict::Pass]).unwrap();
        assert_eq!(run.verdict, Verdict::Pass);
        assert!(run.flips.is_none());
    }

    #[test]
    fn worst_verdict_is_reported_with_the_counts() {
        let error = Verdict::Error("unclear".into());
        let run = played(&[Verdict::Pass, error.clone(), Verdict::Pass]).unwrap();
        assert_eq!(run.verdict, error);
        let flips = run.flips.unwrap();
        assert_eq!(flips.counts, BTreeMap::from([("error", 1), ("pass", 2)]));
        assert_eq!(flips.others.len(), 1);
        assert!(!flips.are_harmless());
    }

    #[test]
    fn warning_instead_of_a_pass_is_harmless() {
        let run = played(&[Verdict::Warn(vec!["late".into()]), Verdict::Pass]).unwrap();
        assert!(matches!(run.verdict, Verdict::Warn(_)) && run.flips.unwrap().are_harmless());
    }
}
