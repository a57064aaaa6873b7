//! What differs between brokers.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{by_name, is_judged, is_passed, judged_by_both};
use crate::{
    report::document::{Case, CaseName, Run, statements},
    text::Text,
};

/// Runs of several brokers, side by side.
#[derive(Debug, Clone, Serialize)]
pub struct Brokers {
    /// The names or URLs of the brokers.
    pub labels: Vec<Text>,
    /// The statements that some brokers keep and others do not.
    pub statements: Vec<Row>,
    /// How many statements some brokers were tested for and others not, while none of those fails them.
    pub partly_tested: usize,
    /// How many cases of each section each broker passed.
    pub sections: Vec<Section>,
}

/// A statement, with the verdict of each broker.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// `v3.1.1` or `v5`.
    pub version: Text,
    /// Its id.
    pub id: Text,
    /// In the order of the brokers.
    pub verdicts: Vec<Text>,
    /// Whether a broker after the first fails it by a case that both judged, while the first passes all of those.
    pub worse: bool,
}

/// A section of the suite.
#[derive(Debug, Clone, Serialize)]
pub struct Section {
    /// `3.01-connect`
    pub section: Text,
    /// For each broker, how many cases passed, and how many passed or failed.
    pub passed_of_judged: Vec<(usize, usize)>,
}

impl Brokers {
    pub(super) fn of(runs: &[&Run]) -> Self {
        let cases: Vec<_> = runs.iter().map(|run| by_name(run)).collect();
        let worse = worse(&cases);
        let verdicts: Vec<_> = cases.iter().map(|cases| verdicts(cases.values().copied())).collect();
        let keys: BTreeSet<_> = verdicts.iter().flat_map(BTreeMap::keys).collect();
        let (mut rows, mut partly_tested) = (Vec::new(), 0);
        for key in keys {
            let found: Vec<Text> = verdicts
                .iter()
                .map(|verdicts| verdicts.get(key).cloned().unwrap_or_else(|| "not run".into()))
                .collect();
            let kinds: BTreeSet<&str> = found.iter().map(Text::as_str).collect();
            if kinds.len() < 2 {
                continue;
            }
            if kinds.contains("fail") || (kinds.contains("warn") && kinds.contains("pass")) {
                let (version, id) = key.clone();
                rows.push(Row { version, id, verdicts: found, worse: worse.contains(key) });
            } else {
                partly_tested += 1;
            }
        }
        let labels = runs.iter().map(|run| run.label().clone()).collect();
        Self { labels, statements: rows, partly_tested, sections: sections(&cases) }
    }

    /// Whether a broker after the first is worse than the first.
    #[must_use]
    pub fn is_worse(&self) -> bool {
        self.statements.iter().any(|row| row.worse)
    }
}

type Cases<'a> = BTreeMap<CaseName, &'a Case>;

fn verdicts<'a>(cases: impl IntoIterator<Item = &'a Case>) -> BTreeMap<(Text, Text), Text> {
    statements(cases).into_iter().map(|found| ((found.version, found.id), found.verdict)).collect()
}

/// The statements that a later broker fails and the first one does not, by the cases that both judged.
fn worse(cases: &[Cases<'_>]) -> BTreeSet<(Text, Text)> {
    let mut worse = BTreeSet::new();
    let Some((first, later)) = cases.split_first() else { return worse };
    for other in later {
        let both = judged_by_both(first, other);
        let of = |cases: &Cases<'_>| verdicts(both.iter().filter_map(|name| cases.get(name).copied()));
        let before = of(first);
        let is_kept =
            |key: &(Text, Text)| before.get(key).is_some_and(|verdict| ["pass", "warn"].contains(&&**verdict));
        worse.extend(
            of(other).into_iter().filter(|(key, verdict)| *verdict == "fail" && is_kept(key)).map(|(key, _)| key),
        );
    }
    worse
}

fn sections(cases: &[Cases<'_>]) -> Vec<Section> {
    let mut sections: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
    for (index, cases) in cases.iter().enumerate() {
        for case in cases.values().filter(|case| is_judged(case)) {
            let counts = sections.entry(case.section()).or_default();
            counts.resize(counts.len().max(index + 1), (0, 0));
            if let Some((passed, judged)) = counts.get_mut(index) {
                *passed += usize::from(is_passed(case));
                *judged += 1;
            }
        }
    }
    let all = sections.into_iter().map(|(section, mut passed_of_judged)| {
        passed_of_judged.resize(cases.len(), (0, 0));
        Section { section: section.into(), passed_of_judged }
    });
    all.collect()
}
