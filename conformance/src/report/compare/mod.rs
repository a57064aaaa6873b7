//! Compares reports: what changed between runs of one broker, and what differs between brokers. It is pure.
//!
//! Runs with the same name, or the same URL if they have no name, are of one broker; each is compared with the one
//! before it. Only what both runs judged can be better or worse: cases that one of them does not have or skipped, and
//! cases that change their verdict within a run, are told apart.
//!
//! | module | what |
//! |---|---|
//! | `change` | what changed between two runs of one broker |
//! | `brokers` | what differs between brokers |
//! | `parts` | a comparison as sentences and tables |
//! | `text` | these as text for people |

mod brokers;
mod change;
mod parts;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

pub use self::{
    brokers::{Brokers, Row, Section},
    change::{CaseChange, Change, StatementChange},
    parts::{Part, Table},
};
use super::document::{Case, CaseName, Deviation, Document, Run, Verdict};
use crate::text::Text;

/// What changed, and what differs.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// `mqttspec`, with the version that compares.
    pub tool: String,
    /// The versions of the vectors of the reports; more than one if they differ.
    pub vectors_versions: BTreeSet<String>,
    /// Whether something got worse: in a later run of a broker, or, if each broker has one run, in a later broker than
    /// the first.
    pub worse: bool,
    /// For each broker with several runs, each but the first compared with the one before it.
    pub changes: Vec<Change>,
    /// The last runs of several brokers, side by side.
    pub brokers: Option<Brokers>,
}

impl Comparison {
    /// Compares all runs of these documents, the older ones first.
    #[must_use]
    pub fn of(documents: &[&Document]) -> Self {
        let mut labels: Vec<&Text> = Vec::new();
        let mut runs: BTreeMap<&Text, Vec<&Run>> = BTreeMap::new();
        for run in documents.iter().flat_map(|document| &document.runs) {
            if !labels.contains(&run.label()) {
                labels.push(run.label());
            }
            runs.entry(run.label()).or_default().push(run);
        }
        let of_label = labels.iter().filter_map(|label| runs.get(label));
        let pairs = of_label.clone().flat_map(|runs| runs.windows(2));
        let changes: Vec<Change> = pairs
            .filter_map(|pair| match pair {
                [older, newer] => Some(Change::between(older, newer)),
                _ => None,
            })
            .collect();
        let last: Vec<&Run> = of_label.filter_map(|runs| runs.last().copied()).collect();
        let brokers = (last.len() > 1).then(|| Brokers::of(&last));
        let brokers_worse = changes.is_empty() && brokers.as_ref().is_some_and(Brokers::is_worse);
        let worse = changes.iter().any(Change::is_worse) || brokers_worse;
        let vectors_versions = documents.iter().map(|document| document.vectors_version.clone()).collect();
        let tool = format!("mqttspec {}", env!("CARGO_PKG_VERSION"));
        Self { tool, vectors_versions, worse, changes, brokers }
    }
}

/// The cases of a run by name.
fn by_name(run: &Run) -> BTreeMap<CaseName, &Case> {
    run.cases.iter().map(|case| (case.name(), case)).collect()
}

/// Whether the case says something about the broker: it passed or failed, each time that it was played.
fn is_judged(case: &Case) -> bool {
    !matches!(case.verdict, Verdict::Skip | Verdict::Error) && !case.is_unstable()
}

fn is_passed(case: &Case) -> bool {
    matches!(case.verdict, Verdict::Pass | Verdict::Warn)
}

/// The names of the cases that both runs judged.
fn judged_by_both(one: &BTreeMap<CaseName, &Case>, other: &BTreeMap<CaseName, &Case>) -> BTreeSet<CaseName> {
    let judged =
        |cases: &BTreeMap<CaseName, &Case>, name: &CaseName| cases.get(name).is_some_and(|case| is_judged(case));
    one.keys().filter(|name| judged(one, name) && judged(other, name)).cloned().collect()
}

impl Deviation {
    /// Whether two runs, or two parts of a run, show the same deviation: its key is the same, and for a version that
    /// both have, they have a statement in common.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        let both = self.statements.iter().filter_map(|(version, ids)| Some((ids, other.statements.get(version)?)));
        let both: Vec<_> = both.collect();
        let common = both.iter().any(|(one, other)| one.iter().any(|id| other.contains(id)));
        // without a statement or a version in common, only a key that says what the broker does tells
        let says = |deviation: &Self| deviation.key != UNDECIDED;
        self.key == other.key && (common || (both.is_empty() && says(self)) || self.statements == other.statements)
    }

    /// The failed cases that show it.
    pub fn shown_by(&self) -> impl Iterator<Item = &CaseName> {
        std::iter::once(&self.clearest).chain(&self.witnesses)
    }
}

/// The key of deviations of which only the failed cases are known.
const UNDECIDED: &str = "undecided";
