//! What changed between two runs of one broker.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{by_name, is_judged, is_passed, judged_by_both};
use crate::{
    report::document::{Case, CaseName, Deviation, Run, Verdict, statements},
    text::Text,
};

/// A newer run compared with an older one.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// The name of the broker, or its URL.
    pub broker: Text,
    /// Passed, and fail or are blocked now.
    pub newly_failing: Vec<CaseChange>,
    /// Failed or were blocked, and pass now.
    pub newly_passing: Vec<CaseChange>,
    /// Another change between verdicts other than `skip`: a warning that came, or a failure that another one blocks.
    pub otherwise: Vec<CaseChange>,
    /// Changed their verdict within one of the runs, so that nothing can be said.
    pub unstable: Vec<CaseName>,
    /// Ran in the older run only.
    pub only_older: Vec<CaseName>,
    /// Ran in the newer run only.
    pub only_newer: Vec<CaseName>,
    /// Statements whose verdict changed, by the cases that both runs judged.
    pub statements: Vec<StatementChange>,
    /// Deviations that came, though a case that shows them was judged before.
    pub new_deviations: Vec<Deviation>,
    /// Deviations that are gone, though a case that showed them was judged again.
    pub gone_deviations: Vec<Deviation>,
    /// Deviations of one run whose cases only that run judged.
    pub untold_deviations: Vec<Deviation>,
    /// How many deviations both runs have.
    pub same_deviations: usize,
    /// Whether messages reach other cases, and did not in the older run.
    pub newly_leaking: bool,
}

/// A case whose verdict changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CaseChange {
    /// The case.
    #[serde(flatten)]
    pub case: CaseName,
    /// In the older run.
    pub older: Verdict,
    /// In the newer run.
    pub newer: Verdict,
    /// If it fails now: what was wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<Text>,
}

/// A statement whose verdict changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatementChange {
    /// `v3.1.1` or `v5`.
    pub version: Text,
    /// Its id.
    pub id: Text,
    /// In the older run.
    pub older: Text,
    /// In the newer run.
    pub newer: Text,
}

impl Change {
    pub(super) fn between(older: &Run, newer: &Run) -> Self {
        let (old, new) = (by_name(older), by_name(newer));
        let ran = |cases: &BTreeMap<CaseName, &Case>, name: &CaseName| {
            cases.get(name).is_some_and(|case| case.verdict != Verdict::Skip)
        };
        let only = |one: &BTreeMap<CaseName, &Case>, other: &BTreeMap<CaseName, &Case>| {
            one.keys().filter(|name| ran(one, name) && !ran(other, name)).cloned().collect()
        };
        let both = judged_by_both(&old, &new);
        let mut change = Self {
            broker: newer.label().clone(),
            newly_failing: Vec::new(),
            newly_passing: Vec::new(),
            otherwise: Vec::new(),
            unstable: Vec::new(),
            only_older: only(&old, &new),
            only_newer: only(&new, &old),
            statements: changed_statements(&both, &old, &new),
            new_deviations: Vec::new(),
            gone_deviations: Vec::new(),
            untold_deviations: Vec::new(),
            same_deviations: 0,
            newly_leaking: older.leaks.is_empty() && !newer.leaks.is_empty(),
        };
        for (name, before) in &old {
            if let Some(after) = new.get(name).filter(|_| ran(&old, name) && ran(&new, name)) {
                change.count(before, after);
            }
        }
        change.deviations(older, newer, &both);
        change
    }

    fn count(&mut self, before: &Case, after: &Case) {
        if before.is_unstable() || after.is_unstable() {
            return self.unstable.push(after.name());
        }
        if before.verdict == after.verdict {
            return;
        }
        let list = if !is_judged(before) || !is_judged(after) || is_passed(before) == is_passed(after) {
            &mut self.otherwise
        } else if is_passed(before) {
            &mut self.newly_failing
        } else {
            &mut self.newly_passing
        };
        let what = after.failure.as_ref().map(|failure| failure.what.clone());
        list.push(CaseChange { case: after.name(), older: before.verdict, newer: after.verdict, what });
    }

    fn deviations(&mut self, older: &Run, newer: &Run, both: &BTreeSet<CaseName>) {
        let is_told = |deviation: &Deviation| deviation.shown_by().any(|name| both.contains(name));
        let is_in = |run: &Run, found: &Deviation| run.deviations.iter().any(|other| other.is_same_as(found));
        for deviation in &newer.deviations {
            match (is_in(older, deviation), is_told(deviation)) {
                (true, _) => self.same_deviations += 1,
                (false, true) => self.new_deviations.push(deviation.clone()),
                (false, false) => self.untold_deviations.push(deviation.clone()),
            }
        }
        for deviation in older.deviations.iter().filter(|deviation| !is_in(newer, deviation)) {
            match is_told(deviation) {
                true => self.gone_deviations.push(deviation.clone()),
                false => self.untold_deviations.push(deviation.clone()),
            }
        }
    }

    /// Whether something is worse in the newer run.
    #[must_use]
    pub fn is_worse(&self) -> bool {
        !self.newly_failing.is_empty()
            || !self.new_deviations.is_empty()
            || self.newly_leaking
            || self
                .statements
                .iter()
                .any(|statement| ["pass", "warn"].contains(&&*statement.older) && statement.newer == "fail")
    }
}

fn changed_statements(
    both: &BTreeSet<CaseName>,
    old: &BTreeMap<CaseName, &Case>,
    new: &BTreeMap<CaseName, &Case>,
) -> Vec<StatementChange> {
    let verdicts = |cases: &BTreeMap<CaseName, &Case>| {
        let judged = both.iter().filter_map(|name| cases.get(name).copied());
        statements(judged)
            .into_iter()
            .map(|statement| ((statement.version, statement.id), statement.verdict))
            .collect::<BTreeMap<_, _>>()
    };
    let (old, new) = (verdicts(old), verdicts(new));
    let not_run = Text::from("not run");
    let all: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let changed = all.into_iter().filter_map(|key| {
        let (older, newer) = (old.get(key).unwrap_or(&not_run), new.get(key).unwrap_or(&not_run));
        let (version, id) = key.clone();
        (older != newer).then(|| StatementChange { version, id, older: older.clone(), newer: newer.clone() })
    });
    changed.collect()
}
