//! A statement with all that is known about it, for text and JSON.

use serde::Serialize;

use crate::{
    registry::{Level, Strength},
    report::document::{Run, Verdict},
    runner::Standing,
    text::Text,
};

/// A statement, what tests it, and what reports say.
#[derive(Debug, Serialize)]
pub(super) struct Record {
    pub(super) version: String,
    pub(super) id: &'static str,
    pub(super) level: &'static str,
    /// Under what it is counted: MUST, SHOULD or MAY.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) counted_as: Option<&'static str>,
    pub(super) binds: &'static str,
    pub(super) section: &'static str,
    pub(super) title: &'static str,
    pub(super) says: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) reason_code: Vec<&'static str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(super) requires: &'static [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) probe: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<&'static str>,
    pub(super) cases: Vec<Named>,
    /// The packets of the Server on which every case checks it.
    pub(super) checked_on: Vec<&'static str>,
    /// Why no Server can be tested for it, as a word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) not_testable: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) why_not: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) verdicts: Vec<Found>,
    #[serde(skip)]
    pub(super) keyword: &'static str,
}

/// A case that cites the statement.
#[derive(Debug, Serialize)]
pub(super) struct Named {
    /// Its id, without rows.
    pub(super) id: String,
    pub(super) rows: usize,
}

/// What a run says of the statement.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    /// The name or URL of the broker.
    pub(super) broker: Text,
    /// `not run` also if the run has no case about it.
    pub(super) verdict: Text,
    /// The failed cases that accuse it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) failed: Vec<Text>,
}

impl Record {
    pub(super) fn of(standing: &Standing, runs: &[Run]) -> Self {
        let statement = standing.statement;
        let names = standing.names().into_iter();
        Self {
            version: statement.version.to_string(),
            id: &statement.id,
            level: statement.level.name(),
            counted_as: statement.level.strength().map(Strength::name),
            binds: statement.binds.name(),
            section: &statement.section,
            title: &statement.title,
            says: &statement.says,
            reason_code: statement.reason_code.iter().map(|code| code.name()).collect(),
            requires: &statement.requires,
            probe: statement.probe.as_deref(),
            note: statement.note.as_deref(),
            cases: names.map(|(id, rows)| Named { id: id.to_owned(), rows }).collect(),
            checked_on: standing.checked_on.iter().map(|packet_type| packet_type.name()).collect(),
            not_testable: statement.untestable().filter(|_| !standing.is_tested()).map(|why| why.name()),
            why_not: statement.why_not.as_deref(),
            verdicts: runs.iter().map(|run| found(standing, run)).collect(),
            keyword: Level::keyword(statement.level),
        }
    }

    /// How it is tested, in a few words: `3 cases`, `every case`, the word for why it cannot be, or `missing`.
    pub(super) fn tested(&self) -> String {
        match (self.cases.len(), self.checked_on.is_empty(), self.not_testable) {
            (1, ..) => "1 case".to_owned(),
            (2.., ..) => format!("{} cases", self.cases.len()),
            (0, false, _) => "every case".to_owned(),
            (0, true, Some(why)) => why.to_owned(),
            (0, true, None) => "missing".to_owned(),
        }
    }
}

fn found(standing: &Standing, run: &Run) -> Found {
    let (version, id) = (standing.statement.version.to_string(), standing.statement.id.as_str());
    let verdict = run.statements.iter().find(|found| *found.version == version && &*found.id == id);
    let accuses = |case: &&crate::report::document::Case| {
        case.verdict == Verdict::Fail && *case.version == version && case.accused.as_deref() == Some(id)
    };
    Found {
        broker: run.label().clone(),
        verdict: verdict.map_or_else(|| "not run".into(), |found| found.verdict.clone()),
        failed: run.cases.iter().filter(accuses).map(|case| case.id.clone()).collect(),
    }
}
