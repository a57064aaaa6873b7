//! The deviations of a run: what the broker does wrong, each once, however many cases fail for it.
//!
//! A case accuses one statement when it fails, without looking at other cases (`judge::accusation`). Here the cases of a
//! run are compared:
//!
//! 1. **Exonerated** (`state`): if a case about the same thing passed, and none failed, what was needed works in general.
//!    Then the circumstances matter, and the case accuses what it is about itself.
//! 2. **Ladder** (`ladder`): a broker that delivers nothing does not also lose retained messages. While the proof of a
//!    lower rung fails, what is missing on a higher one is blocked by it.
//! 3. **Undecided** (`undecided`): a case about several statements joins a deviation that accuses one of them, or the
//!    smallest set of statements that explains what is left.
//! 4. **Groups** (`groups`): the same key, and the same statement, is the same deviation, in either version.
//! 5. **Blocked**: a case that only needed what a case about it shows to be broken.
//!
//! It is pure: the same cases give the same deviations.

mod clearest;
mod groups;
mod ladder;
mod parser;
mod state;
mod undecided;

use std::{cmp::Reverse, collections::BTreeMap, fmt};

use mqttspec_codec::Version;

use self::{clearest::clearest, groups::Group};
use super::CaseRun;
use crate::{
    judge::{Accusation, How, Key, Verdict},
    vector::Citation,
};

/// Something that the broker does wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deviation {
    /// What it does.
    pub key: Key,
    /// The ids of the statements that it violates in each version, those that most cases accuse first.
    pub statements: BTreeMap<Version, Vec<String>>,
    /// The case that shows it best.
    pub clearest: CaseName,
    /// Whether the connection had to be closed for it, which is a duty of its own: v5 [MQTT-4.13.1-1], v3.1.1
    /// [MQTT-4.8.0-1].
    pub closing: bool,
    /// Whether no case about it failed: cases that only needed it did.
    pub inferred: bool,
    /// The other cases that show it.
    pub witnesses: Vec<CaseName>,
    /// The cases that could not test what they are about because of it.
    pub blocked: Vec<CaseName>,
    /// Passed cases about its statements, which limit it.
    pub kept: Vec<CaseName>,
}

/// The name of a case in a run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct CaseName {
    /// The version.
    pub version: Version,
    /// Its id.
    pub id: String,
}

impl CaseName {
    fn of(run: &CaseRun) -> Self {
        Self { version: run.case.version, id: run.case.id.clone() }
    }
}

impl fmt::Display for CaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.version, self.id)
    }
}

impl Deviation {
    /// How many failed cases it explains.
    #[must_use]
    pub fn cases(&self) -> usize {
        1 + self.witnesses.len() + self.blocked.len()
    }
}

/// A failed case.
#[derive(Debug, Clone)]
struct Failed<'a> {
    run: &'a CaseRun,
    accusation: Accusation,
    /// Whether the proof of a lower rung of the ladder blocks it.
    behind: Option<Key>,
}

/// The deviations of a run, those that explain most first.
#[must_use]
pub fn deviations(runs: &[CaseRun]) -> Vec<Deviation> {
    of(&decided(runs), runs)
}

/// The deviations of a run. Records in each failed case what it accuses in the end, and what blocks it. A case that is
/// blocked by a known failure is known too.
pub(super) fn compare(runs: &mut [CaseRun]) -> Vec<Deviation> {
    let failed = decided(runs);
    let deviations = of(&failed, runs);
    let accused: BTreeMap<CaseName, Option<Citation>> =
        failed.into_iter().map(|failed| (CaseName::of(failed.run), failed.accusation.statement)).collect();
    let blocked: BTreeMap<&CaseName, &CaseName> = deviations
        .iter()
        .flat_map(|deviation| deviation.blocked.iter().map(|blocked| (blocked, &deviation.clearest)))
        .collect();
    let known = runs.iter().filter_map(|run| Some((CaseName::of(run), run.known.clone()?)));
    let known: BTreeMap<CaseName, String> = known.collect();
    for run in runs {
        let name = CaseName::of(run);
        run.accused = accused.get(&name).cloned().flatten();
        if let Some(by) = blocked.get(&name) {
            run.known = run.known.take().or_else(|| known.get(*by).cloned());
            run.blocked_by = Some((*by).clone());
        }
    }
    deviations
}

/// The failed cases, with what they accuse once all are known.
fn decided(runs: &[CaseRun]) -> Vec<Failed<'_>> {
    let failed = runs.iter().filter_map(|run| match &run.verdict {
        Verdict::Fail(failure) => Some(Failed { run, accusation: failure.accusation.clone(), behind: None }),
        _ => None,
    });
    let mut failed: Vec<Failed<'_>> = failed.collect();
    state::exonerate(&mut failed, runs);
    ladder::block(&mut failed);
    undecided::decide(&mut failed, runs);
    failed
}

fn of(failed: &[Failed<'_>], runs: &[CaseRun]) -> Vec<Deviation> {
    let groups = groups::of(failed);
    let mut deviations: Vec<(How, Deviation)> = groups
        .into_iter()
        .filter_map(|group| {
            let how = group.failed.iter().map(|failed| failed.accusation.how).min()?;
            Some((how, deviation(group, runs)?))
        })
        .collect();
    deviations.sort_by(|(one_how, one), (other_how, other)| {
        let place = |deviation: &Deviation| (deviation.key != Key::Gone, Reverse(deviation.cases()));
        let by_section = || one.statements.values().next_back().cmp(&other.statements.values().next_back());
        // of those that explain as much, what a rule decided goes before what only the case says
        place(one).cmp(&place(other)).then(one_how.cmp(other_how)).then_with(by_section)
    });
    deviations.into_iter().map(|(_, deviation)| deviation).collect()
}

fn deviation(group: Group<'_, '_>, runs: &[CaseRun]) -> Option<Deviation> {
    let about = |failed: &&Failed<'_>| failed.accusation.about && failed.behind.is_none();
    let (about, needed): (Vec<_>, Vec<_>) = group.failed.iter().copied().partition(about);
    let inferred = about.is_empty();
    // if nothing is about it, all of them show it
    let (shown, blocked) = if inferred { (needed, about) } else { (about, needed) };
    let best = clearest(&shown)?;
    let names = |failed: &[&Failed<'_>]| {
        let mut names: Vec<CaseName> = failed.iter().map(|failed| CaseName::of(failed.run)).collect();
        names.sort();
        names
    };
    let clearest = CaseName::of(best.run);
    let mut witnesses = names(&shown);
    witnesses.retain(|name| *name != clearest);
    let statements = statements(&shown);
    let kept = runs.iter().filter(|run| run.verdict == Verdict::Pass && cites_any(run, &statements));
    let kept = kept.map(CaseName::of).collect();
    let closing = shown.iter().any(|failed| failed.accusation.closing);
    Some(Deviation {
        key: group.key,
        statements,
        clearest,
        closing,
        inferred,
        witnesses,
        blocked: names(&blocked),
        kept,
    })
}

/// The statements accused, the most frequent first, then as the standard has them.
fn statements(failed: &[&Failed<'_>]) -> BTreeMap<Version, Vec<String>> {
    let mut counts: BTreeMap<&Citation, usize> = BTreeMap::new();
    for statement in failed.iter().filter_map(|failed| failed.accusation.statement.as_ref()) {
        *counts.entry(statement).or_default() += 1;
    }
    let mut counted: Vec<(&Citation, usize)> = counts.into_iter().collect();
    counted.sort_by_key(|(_, count)| Reverse(*count));
    let mut statements: BTreeMap<Version, Vec<String>> = BTreeMap::new();
    for (statement, _) in counted {
        statements.entry(statement.version).or_default().push(statement.id.clone());
    }
    statements
}

/// Whether the case cites any of these statements.
fn cites_any(run: &CaseRun, statements: &BTreeMap<Version, Vec<String>>) -> bool {
    let accused = |cited: &Citation| statements.get(&cited.version).is_some_and(|ids| ids.contains(&cited.id));
    run.case.cites.iter().any(accused)
}

/// Where a case failed: the line of the step, if a step failed.
fn place(run: &CaseRun) -> Option<u64> {
    match &run.verdict {
        Verdict::Fail(failure) => failure.place.as_ref().map(|place| place.line),
        _ => None,
    }
}
