//! Decides which statement is violated in cases that cite several.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use super::Failed;
use crate::{
    judge::{Key, Verdict},
    runner::CaseRun,
    vector::Citation,
};

/// Gives each undecided case a statement that is accused already, or the one that explains most of what is left.
pub(super) fn decide(failed: &mut [Failed<'_>], runs: &[CaseRun]) {
    let mut accused: BTreeMap<Citation, usize> = BTreeMap::new();
    for statement in failed.iter().filter_map(|failed| failed.accusation.statement.clone()) {
        *accused.entry(statement).or_default() += 1;
    }
    let mut open: Vec<&mut Failed<'_>> = Vec::new();
    for failed in failed.iter_mut().filter(|failed| failed.accusation.key == Key::Undecided) {
        // the first of those accused by the most cases
        let known = failed.accusation.among.iter().enumerate();
        let known = known.filter_map(|(place, cited)| Some((*accused.get(cited)?, Reverse(place), cited)));
        match known.max().map(|(_, _, cited)| cited.clone()) {
            Some(statement) => give(failed, statement),
            None => open.push(failed),
        }
    }
    while let Some(statement) = next(&open, runs) {
        for failed in open.iter_mut().filter(|failed| failed.accusation.among.contains(&statement)) {
            give(failed, statement.clone());
        }
        open.retain(|failed| failed.accusation.key == Key::Undecided);
    }
}

fn give(failed: &mut Failed<'_>, statement: Citation) {
    failed.accusation.key = Key::Statement(statement.clone());
    failed.accusation.statement = Some(statement);
}

/// The statement that explains the most cases; of several, the one that the fewest passed cases cite, and of these the
/// one that a case cites first.
fn next(open: &[&mut Failed<'_>], runs: &[CaseRun]) -> Option<Citation> {
    let candidates: BTreeSet<&Citation> = open.iter().flat_map(|failed| &failed.accusation.among).collect();
    let rank = |statement: &&Citation| {
        let place = |failed: &&mut Failed<'_>| failed.accusation.among.iter().position(|cited| cited == *statement);
        let places: Vec<usize> = open.iter().filter_map(place).collect();
        let passed = runs.iter().filter(|run| run.verdict == Verdict::Pass && run.case.cites.contains(statement));
        (Reverse(places.len()), passed.count(), places.iter().sum::<usize>())
    };
    candidates.into_iter().min_by_key(rank).cloned()
}
