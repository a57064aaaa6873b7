//! The verdicts on statements, by the rule of the runner, for cases of a run as for those that were read back.

use std::collections::BTreeMap;

use mqttspec_codec::Version;

use super::{Case, Coverage, Share, Statement, Verdict};
use crate::{
    runner::{self, StatementVerdict},
    text::Text,
};

/// Every statement that one of these cases cites, with the worst verdict of those that got to it. A failed case counts
/// for the statement that it accuses.
pub fn statements<'a>(cases: impl IntoIterator<Item = &'a Case>) -> Vec<Statement> {
    let mut verdicts: BTreeMap<(&Text, &Text), StatementVerdict> = BTreeMap::new();
    let mut worsen = |version, id, verdict| {
        let entry = verdicts.entry((version, id)).or_insert(verdict);
        *entry = (*entry).max(verdict);
    };
    for case in cases {
        let verdict = match case.verdict {
            Verdict::Pass => StatementVerdict::Pass,
            Verdict::Warn => StatementVerdict::Warn,
            Verdict::Skip | Verdict::Fail | Verdict::Blocked => StatementVerdict::NotRun,
            Verdict::Error => StatementVerdict::Error,
        };
        for id in &case.statements {
            worsen(&case.version, id, verdict);
        }
        if let (Verdict::Fail, Some(accused)) = (case.verdict, &case.accused) {
            worsen(&case.version, accused, StatementVerdict::Fail);
        }
    }
    let statements = verdicts.into_iter().map(|((version, id), verdict)| Statement {
        version: version.clone(),
        id: id.clone(),
        verdict: verdict.name().into(),
    });
    statements.collect()
}

/// For each version of which a statement was tested, how many were.
#[must_use]
pub fn coverage(statements: &[Statement]) -> BTreeMap<Text, Coverage> {
    let mut found = BTreeMap::new();
    for version in [Version::V3_1_1, Version::V5] {
        let name = Text::from(version.to_string());
        let of_this = statements.iter().filter(|statement| statement.version == name);
        let ran = of_this.filter(|statement| *statement.verdict != *StatementVerdict::NotRun.name());
        let ran: Vec<&str> = ran.map(|statement| statement.id.as_str()).collect();
        if ran.is_empty() {
            continue;
        }
        let shares = runner::shares(version, |id| ran.contains(&id)).into_iter();
        let tested = shares.map(|share| {
            let runner::Share { strength, tested, testable } = share;
            (strength.name().into(), Share { tested, testable })
        });
        let not_testable = runner::untestable(version).into_iter().map(|(why, count)| (why.name().into(), count));
        found.insert(name, Coverage { tested: tested.collect(), not_testable: not_testable.collect() });
    }
    found
}
