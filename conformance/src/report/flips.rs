//! Tells of a case that did not get the same verdict each time.

use std::iter;

use super::{document::case_of, failure};
use crate::{
    judge::Verdict,
    runner::{CaseRun, Flips},
};

/// How often it got which verdict, and the reasons of those that are not the worst; the worst follows on a new line.
pub(super) fn counts(run: &CaseRun, flips: &Flips) -> String {
    let others = flips.others.iter().filter_map(|other| match &other.verdict {
        Verdict::Skip(why) | Verdict::Error(why) => Some(format!("  {}: {why}\n", other.verdict.name())),
        Verdict::Warn(warnings) => Some(format!("  warn: {}\n", warnings.join("; "))),
        _ => None,
    });
    let others: String = others.collect();
    format!("{}; the worst:\n{others}", failure::flips(&case_of(run)).unwrap_or_default())
}

/// What was exchanged the first time the case got each verdict, in full: the difference between them is the finding, and
/// it may be anywhere. Empty if all verdicts are good, or the baseline expects the failure.
pub(super) fn exchanges(run: &CaseRun) -> String {
    let Some(flips) = run.flips.as_ref().filter(|flips| !flips.are_harmless() && run.known.is_none()) else {
        return String::new();
    };
    let mut text = String::new();
    for time in iter::once(run).chain(&flips.others) {
        let case = case_of(time);
        if case.transcript.is_some() {
            text.push_str(&format!("\n  {} the first time, exchanged:", time.verdict.name()));
        }
        failure::exchanges(&case).iter().for_each(|line| text.push_str(&format!("\n    {line}")));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, time::Duration};

    use super::*;
    use crate::{
        judge::{Direction, TranscriptEntry},
        runner::Span,
        vector::Library,
    };

    #[test]
    fn both_exchanges_are_whole() {
        let library = Library::embedded().unwrap();
        let case = library.cases().next().unwrap();
        let played = |verdict, name: &str| {
            let entries = (0..40).map(|number| TranscriptEntry {
                at: Duration::from_millis(number),
                who: "a".into(),
                direction: Direction::Received,
                text: format!("{name} {number}").into(),
                bytes: Vec::new(),
                automatic: false,
                raw: false,
            });
            CaseRun::new(case, verdict, entries.collect(), Span::default())
        };
        let mut run = played(Verdict::Error("unclear".into()), "bad");
        assert_eq!(exchanges(&run), "");
        let counts = BTreeMap::from([("error", 1), ("pass", 2)]);
        run.flips = Some(Flips { counts, others: vec![played(Verdict::Pass, "good")] });
        let text = exchanges(&run);
        assert_eq!(text.lines().filter(|line| line.contains("a <- bad ")).count(), 40, "{text}");
        assert_eq!(text.lines().filter(|line| line.contains("a <- good ")).count(), 40, "{text}");
        assert!(text.contains("\n  pass the first time, exchanged:\n       0.000 s  a <- good 0\n"), "{text}");
        run.known = Some("a race".to_owned());
        assert_eq!(exchanges(&run), "");
    }
}
