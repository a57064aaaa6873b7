//! The verdicts on statements, by the rule of the runner, for cases of a run as for those that were read back.

use std::collections::BTreeMap;

use super::{Case, Statement, Verdict};
use crate::{runner::StatementVerdict, text::Text};

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
