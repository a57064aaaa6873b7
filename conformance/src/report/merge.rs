//! Joins reports: parts of a run against one broker become one run, and runs of other brokers are put beside it.
//!
//! What follows from the cases is computed again: counts, the verdicts on statements, the exit code. Deviations are
//! joined by what they are. A case that is blocked was judged by the cases of its own part, and stays so.

use std::{collections::BTreeMap, fmt};

use super::document::{
    Case, CaseName, Deviation, Document, Run, Statement, Summary, Tally, Verdict, coverage, statements,
};
use crate::text::Text;

/// Why reports cannot be joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeError {
    /// They were written with different vectors.
    Vectors(String, String),
    /// Two parts judge the same case differently.
    Verdicts {
        /// The broker.
        broker: Text,
        /// The case.
        case: CaseName,
        /// Its verdicts.
        verdicts: [Verdict; 2],
    },
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MergeError::Vectors(one, other) => write!(
                f,
                "the reports were written with different vectors, {one:?} and {other:?}; write them again with one version"
            ),
            MergeError::Verdicts { broker, case, verdicts: [one, other] } => write!(
                f,
                "{broker}: {case} is `{}` in one report and `{}` in another. Parts of a run must not judge a case \
                 differently; `mqttspec compare` compares runs",
                one.name(),
                other.name()
            ),
        }
    }
}

impl std::error::Error for MergeError {}

impl Document {
    /// Joins these reports. Runs with the same name, or the same URL if they have no name, are parts of one run.
    ///
    /// # Errors
    /// The vectors differ, or two parts have the same case with different verdicts.
    pub fn merge(documents: impl IntoIterator<Item = Self>) -> Result<Self, MergeError> {
        let mut documents = documents.into_iter();
        let first = documents.next().unwrap_or_default();
        let mut merged = Self { runs: Vec::new(), ..first.clone() };
        for document in std::iter::once(first).chain(documents) {
            if document.vectors_version != merged.vectors_version {
                return Err(MergeError::Vectors(merged.vectors_version, document.vectors_version));
            }
            for run in document.runs {
                match merged.runs.iter_mut().find(|other| other.label() == run.label()) {
                    Some(other) => *other = other.clone().join(run)?,
                    None => merged.runs.push(run),
                }
            }
        }
        Ok(merged)
    }
}

impl Run {
    fn join(self, other: Self) -> Result<Self, MergeError> {
        let label = self.label().clone();
        let cases = joined_cases(self.cases, other.cases, &label)?;
        let mut leaks = self.leaks;
        leaks.extend(other.leaks.into_iter().filter(|leak| !leaks.contains(leak)).collect::<Vec<_>>());
        let mut deviations = self.deviations;
        for deviation in other.deviations {
            match deviations.iter_mut().find(|known| known.is_same_as(&deviation)) {
                Some(known) => *known = known.clone().join(deviation, &cases),
                None => deviations.push(deviation),
            }
        }
        deviations.sort_by_key(|found| std::cmp::Reverse(found.shown_by().count() + found.blocked.len()));
        let mut summary = self.summary.join(other.summary);
        summary.tally = tally(&cases);
        let statements = joined_statements(statements(&cases), self.statements.into_iter().chain(other.statements));
        summary.coverage = coverage(&statements);
        summary.deviations = deviations.len();
        summary.exit_code = exit_code(&summary, !leaks.is_empty());
        let mut capabilities = other.capabilities;
        capabilities.extend(self.capabilities);
        let mut vectors = other.vectors;
        vectors.extend(self.vectors);
        Ok(Self {
            began: self.began.into_iter().chain(other.began).min(),
            insecure: self.insecure || other.insecure,
            capabilities,
            plan: self.plan.or(other.plan),
            times: self.times.max(other.times),
            summary,
            deviations,
            leaks,
            notes: union(self.notes, other.notes),
            statements,
            cases,
            vectors,
            rerun: self.rerun.or(other.rerun),
            target: self.target,
            name: self.name,
        })
    }
}

fn joined_cases(one: Vec<Case>, other: Vec<Case>, broker: &Text) -> Result<Vec<Case>, MergeError> {
    let mut joined: BTreeMap<(Text, Text), Case> = BTreeMap::new();
    for case in one.into_iter().chain(other) {
        match joined.get(&(case.id.clone(), case.version.clone())) {
            Some(known) if known.verdict != case.verdict => {
                let verdicts = [known.verdict, case.verdict];
                return Err(MergeError::Verdicts { broker: broker.clone(), case: case.name(), verdicts });
            }
            Some(_) => {}
            None => drop(joined.insert((case.id.clone(), case.version.clone()), case)),
        }
    }
    Ok(joined.into_values().collect())
}

/// The verdicts that follow from the cases, and those of what every case checks, which only the parts know.
fn joined_statements(of_cases: Vec<Statement>, of_parts: impl Iterator<Item = Statement>) -> Vec<Statement> {
    let named = |found: Statement| ((found.version.clone(), found.id.clone()), found);
    let mut joined: BTreeMap<(Text, Text), Statement> = of_cases.into_iter().map(named).collect();
    for (name, found) in of_parts.filter(|found| &*found.verdict == "pass").map(named) {
        let known = joined.entry(name).or_insert_with(|| found.clone());
        if &*known.verdict == "not run" {
            *known = found;
        }
    }
    joined.into_values().collect()
}

fn union<T: PartialEq>(mut one: Vec<T>, other: Vec<T>) -> Vec<T> {
    for entry in other {
        if !one.contains(&entry) {
            one.push(entry);
        }
    }
    one
}

impl Deviation {
    /// The clearest case is one that tests it rather than one that only needs it; then of the newer version, with fewer
    /// statements and a shorter exchange.
    fn join(self, other: Self, cases: &[Case]) -> Self {
        let place = |found: &Self| {
            let case = cases.iter().find(|case| case.name() == found.clearest);
            let exchange = case.and_then(|case| case.transcript.as_ref()).map_or(usize::MAX, Vec::len);
            let older = found.clearest.version != "v5";
            (found.inferred, older, case.map_or(usize::MAX, |case| case.statements.len()), exchange)
        };
        let (best, mut rest) = if place(&other) < place(&self) { (other, self) } else { (self, other) };
        let closing = best.closing || rest.closing;
        let known = best.known && rest.known;
        let mut witnesses = best.witnesses;
        let mut blocked = union(best.blocked, rest.blocked);
        // cases that only need what another part tests are blocked by it
        let shown = if rest.inferred && !best.inferred { &mut blocked } else { &mut witnesses };
        let more: Vec<_> = std::iter::once(rest.clearest).chain(std::mem::take(&mut rest.witnesses)).collect();
        shown.extend(more);
        for list in [&mut witnesses, &mut blocked] {
            list.sort();
            list.dedup();
            list.retain(|name| *name != best.clearest);
        }
        let mut statements = best.statements;
        for (version, ids) in rest.statements {
            let known = statements.entry(version).or_default();
            *known = union(std::mem::take(known), ids);
        }
        Self {
            witnesses,
            blocked,
            statements,
            closing,
            known,
            kept: union(best.kept, rest.kept),
            key: best.key,
            what: best.what,
            clearest: best.clearest,
            inferred: best.inferred,
        }
    }
}

impl Summary {
    /// Joins what does not follow from the cases.
    fn join(self, other: Self) -> Self {
        // an entry of the baseline is stale if some part says so and no other needs it
        let (one, two) = (&self, &other);
        let says = |of: &Self, entry: &Text| {
            of.stale_baseline_entries.contains(entry) || of.unmatched_baseline_entries.contains(entry)
        };
        let stale: Vec<Text> = union(one.stale_baseline_entries.clone(), two.stale_baseline_entries.clone());
        let stale = stale.into_iter().filter(|entry| says(one, entry) && says(two, entry)).collect();
        let unmatched = one.unmatched_baseline_entries.iter();
        let unmatched = unmatched.filter(|entry| two.unmatched_baseline_entries.contains(entry)).cloned().collect();
        Self {
            tally: Tally::default(),
            coverage: BTreeMap::new(),
            deviations: 0,
            exit_code: 0,
            seconds: self.seconds + other.seconds,
            interrupted: self.interrupted || other.interrupted,
            could_not_run: self.could_not_run.or(other.could_not_run),
            not_run: self.not_run + other.not_run,
            suspects: union(self.suspects, other.suspects),
            leaks_expected: self.leaks_expected.or(other.leaks_expected),
            not_removed: union(self.not_removed, other.not_removed),
            stale_baseline_entries: stale,
            unmatched_baseline_entries: unmatched,
        }
    }
}

fn tally(cases: &[Case]) -> Tally {
    let mut tally = Tally::default();
    for case in cases {
        let counter = match case.verdict {
            Verdict::Pass => &mut tally.pass,
            Verdict::Warn => &mut tally.warn,
            Verdict::Skip => &mut tally.skip,
            Verdict::Error => &mut tally.error,
            Verdict::Fail | Verdict::Blocked if case.expected_failure.is_some() => &mut tally.expected_failures,
            Verdict::Fail => &mut tally.fail,
            Verdict::Blocked => &mut tally.blocked,
        };
        *counter += 1;
        tally.flips += usize::from(case.is_unstable() && case.expected_failure.is_none());
    }
    tally
}

/// As that of a run.
fn exit_code(summary: &Summary, leaks: bool) -> u8 {
    let tally = summary.tally;
    if tally.fail + tally.blocked + tally.flips > 0 || (leaks && summary.leaks_expected.is_none()) {
        1
    } else if summary.could_not_run.is_some() || tally.error > 0 || summary.interrupted {
        2
    } else {
        0
    }
}
