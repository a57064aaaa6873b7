//! A comparison as sentences and tables, from which text and Markdown are written.

use super::{Brokers, CaseChange, Change, Comparison};
use crate::report::{
    deviations::{self, plural},
    document::Deviation,
    failure::registered,
};

/// A heading with what is below it.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// What it is about.
    pub heading: String,
    /// Sentences.
    pub sentences: Vec<String>,
    /// Tables with at least one row.
    pub tables: Vec<Table>,
}

/// A table.
#[derive(Debug, Clone)]
pub struct Table {
    /// The names of the columns; the first one says what the rows are.
    pub columns: Vec<String>,
    /// As many cells in each row.
    pub rows: Vec<Vec<String>>,
}

impl Part {
    fn table(&mut self, columns: &[&str], rows: Vec<Vec<String>>) {
        if !rows.is_empty() {
            let columns = columns.iter().map(ToString::to_string).collect();
            self.tables.push(Table { columns, rows });
        }
    }
}

impl Comparison {
    /// In the order in which they are read.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        let mut parts: Vec<Part> =
            self.changes.iter().map(of_change).chain(self.brokers.as_ref().map(of_brokers)).collect();
        if self.vectors_versions.len() > 1 {
            let versions: Vec<&str> = self.vectors_versions.iter().map(String::as_str).collect();
            let warning = format!(
                "The reports were written with different vectors, {}, so a changed verdict can be due to a changed case.",
                versions.join(" and ")
            );
            let part = Part { heading: "different vectors".to_owned(), sentences: vec![warning], tables: Vec::new() };
            parts.insert(0, part);
        }
        if self.changes.is_empty() && self.brokers.is_none() {
            let sentences = vec!["There is only one run, so there is nothing to compare.".to_owned()];
            parts.push(Part { heading: "nothing to compare".to_owned(), sentences, tables: Vec::new() });
        }
        parts
    }
}

fn of_change(change: &Change) -> Part {
    let heading = format!("{}, since the older report", change.broker);
    let worse = if change.is_worse() { "Something got worse" } else { "Nothing got worse" };
    let mut part = Part {
        heading,
        sentences: vec![format!(
            "{worse}: newly failing {}, newly passing {}; new deviations {}, gone {}, in both {}.",
            change.newly_failing.len(),
            change.newly_passing.len(),
            change.new_deviations.len(),
            change.gone_deviations.len(),
            change.same_deviations,
        )],
        tables: Vec::new(),
    };
    if change.newly_leaking {
        part.sentences.push("Messages reach other cases, which they did not before.".to_owned());
    }
    for (cases, what) in [
        (&change.only_older, "ran in the older report only"),
        (&change.only_newer, "ran in the newer report only"),
        (&change.unstable, "changed the verdict within a run"),
    ] {
        if !cases.is_empty() {
            part.sentences.push(format!("{} {what}.", plural(cases.len(), "case")));
        }
    }
    let untold = change.untold_deviations.len();
    if untold > 0 {
        part.sentences.push(format!("{} shown by cases that only one report judged.", plural(untold, "deviation")));
    }
    part.table(&["new deviation", "what"], deviations(&change.new_deviations));
    part.table(&["gone deviation", "what"], deviations(&change.gone_deviations));
    let statements = change.statements.iter().map(|found| {
        let statement = format!("{} [{}]", found.version, found.id);
        vec![statement, found.older.to_string(), found.newer.to_string(), says(&found.version, &found.id)]
    });
    part.table(&["statement", "older", "newer", "says"], statements.collect());
    part.table(&["newly failing case", "older", "newer", "what"], cases(&change.newly_failing));
    part.table(&["newly passing case", "older", "newer", "what"], cases(&change.newly_passing));
    part.table(&["other case", "older", "newer", "what"], cases(&change.otherwise));
    part
}

fn of_brokers(brokers: &Brokers) -> Part {
    let mut part = Part { heading: "differences between brokers".to_owned(), ..Part::default() };
    let count = brokers.statements.len();
    let kept = if count == 1 { "1 statement is kept" } else { &format!("{count} statements are kept") };
    part.sentences.push(format!("{kept} by some of these brokers and not by others."));
    if brokers.partly_tested > 0 {
        let tested = plural(brokers.partly_tested, "other statement");
        part.sentences.push(format!("{tested} could be tested for some of them only."));
    }
    let labels = brokers.labels.iter().map(|label| label.as_str());
    let statements = brokers.statements.iter().map(|row| {
        let verdicts = row.verdicts.iter().map(ToString::to_string);
        let statement = format!("{} [{}]", row.version, row.id);
        std::iter::once(statement).chain(verdicts).chain([says(&row.version, &row.id)]).collect()
    });
    let columns: Vec<&str> = ["statement"].into_iter().chain(labels.clone()).chain(["says"]).collect();
    part.table(&columns, statements.collect());
    let sections = brokers.sections.iter().map(|section| {
        let counts = section.passed_of_judged.iter().map(|(passed, judged)| match judged {
            0 => "not run".to_owned(),
            judged => format!("{passed} of {judged}"),
        });
        std::iter::once(section.section.to_string()).chain(counts).collect()
    });
    let columns: Vec<&str> = ["section"].into_iter().chain(labels).collect();
    part.table(&columns, sections.collect());
    part
}

fn says(version: &str, id: &str) -> String {
    registered(version, id).map(|statement| statement.says.clone()).unwrap_or_default()
}

fn deviations(found: &[Deviation]) -> Vec<Vec<String>> {
    found.iter().map(|found| vec![deviations::statements(found), deviations::summary(found)]).collect()
}

fn cases(changed: &[CaseChange]) -> Vec<Vec<String>> {
    let rows = changed.iter().map(|changed| {
        let what = changed.what.as_ref().map(ToString::to_string).unwrap_or_default();
        vec![changed.case.to_string(), changed.older.name().to_owned(), changed.newer.name().to_owned(), what]
    });
    rows.collect()
}
