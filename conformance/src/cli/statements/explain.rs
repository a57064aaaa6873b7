//! `mqttspec explain`

use std::{fmt::Write as _, process::ExitCode};

use clap::Args;

use super::{CliError, Evidence, Record};
use crate::{cli::output, runner::spelt};

#[derive(Debug, Args)]
pub(in crate::cli) struct Explain {
    /// The id of a statement, such as MQTT-3.3.1-5 or 3.3.1-5; both versions may have one, and mean different things
    #[arg(value_name = "ID")]
    statement: String,
    #[command(flatten)]
    evidence: Evidence,
}

impl Explain {
    pub(in crate::cli) fn run(&self) -> Result<ExitCode, CliError> {
        let id = spelt(&self.statement).map_err(CliError::new)?;
        let records = self.evidence.records(|standing| standing.statement.id == id)?;
        match self.evidence.json {
            true => output::lines([serde_json::to_string_pretty(&records).map_err(CliError::new)?]),
            false => output::lines([records.iter().map(text).collect::<Vec<_>>().join("\n").trim_end()]),
        }
    }
}

/// A heading, and a line for each thing that is known.
fn text(record: &Record) -> String {
    let Record { version, id, keyword, binds, section, title, .. } = record;
    let whose = match *binds {
        "server" => "the Server",
        "client" => "the Client",
        _ => "both sides",
    };
    let mut text = format!("{version} [{id}] ({keyword}) binds {whose}; section {section}, {title}\n");
    let mut line = |name: &str, value: &str| {
        // writing to a String cannot fail
        let _ = writeln!(text, "  {name:<10} {value}");
    };
    line("says", record.says);
    let lists = [("expects", record.reason_code.join(" or ")), ("needs", record.requires.join(", "))];
    for (name, value) in lists.iter().filter(|(_, value)| !value.is_empty()) {
        line(name, value);
    }
    for (name, value) in [("probe", record.probe), ("note", record.note)] {
        value.into_iter().for_each(|value| line(name, value));
    }
    for (index, case) in record.cases.iter().enumerate() {
        let rows = if case.rows > 1 { format!(" ({} rows)", case.rows) } else { String::new() };
        line(if index == 0 { "tested by" } else { "" }, &format!("{}{rows}", case.id));
    }
    if !record.checked_on.is_empty() {
        let packets = record.checked_on.join(", ");
        line(if record.cases.is_empty() { "tested by" } else { "" }, &format!("every case, with each {packets}"));
    } else if record.cases.is_empty() {
        line("not tested", record.why_not.unwrap_or_else(|| why(record.not_testable)));
    }
    for found in &record.verdicts {
        line("verdict", &format!("{}: {}", found.broker, found.verdict));
        found.failed.iter().for_each(|case| line("", case));
    }
    text
}

/// Where the registry need not say it.
fn why(not_testable: Option<&str>) -> &'static str {
    match not_testable {
        Some("client") => "it is the Client's duty, and no Server can be seen to keep it",
        Some(_) => "no Server can be seen to keep it",
        None => "a case is missing",
    }
}
