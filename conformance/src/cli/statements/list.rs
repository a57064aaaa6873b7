//! `mqttspec statements`

use std::process::ExitCode;

use clap::Args;
use mqttspec_codec::Version;

use super::{CliError, Evidence, Record};
use crate::{
    cli::{output, version},
    registry::Strength,
    runner::{Named, Standing},
};

#[derive(Debug, Args)]
pub(in crate::cli) struct Statements {
    /// Only these statements (repeatable): the id of one, the number of a section such as 3.1.2, or a pattern for ids
    /// with `*`
    #[arg(long, value_name = "PATTERN")]
    only: Vec<String>,
    /// Only statements of this version of MQTT (repeatable)
    #[arg(long, value_name = "v3.1.1|v5", value_parser = version)]
    mqtt_version: Vec<Version>,
    /// Only statements of this level (repeatable); must-not, plain text and errors count as must
    #[arg(long, value_name = "must|should|may", value_parser = level)]
    level: Vec<Strength>,
    /// Only statements that nothing tests, with the word for why, or `missing`
    #[arg(long)]
    uncovered: bool,
    #[command(flatten)]
    evidence: Evidence,
}

impl Statements {
    pub(in crate::cli) fn run(&self) -> Result<ExitCode, CliError> {
        let named = self.only.iter().map(|text| Named::parse(text)).collect::<Result<Vec<_>, _>>();
        let named = named.map_err(CliError::new)?;
        let is_wanted = |standing: &Standing| {
            let statement = standing.statement;
            let strength = statement.level.strength();
            (named.is_empty() || named.iter().any(|named| named.names(statement)))
                && (self.mqtt_version.is_empty() || self.mqtt_version.contains(&statement.version))
                && (self.level.is_empty() || strength.is_some_and(|strength| self.level.contains(&strength)))
                && (!self.uncovered || !standing.is_tested())
        };
        let records = self.evidence.records(is_wanted)?;
        match self.evidence.json {
            true => output::lines([serde_json::to_string_pretty(&records).map_err(CliError::new)?]),
            false => output::lines(records.iter().map(line)),
        }
    }
}

/// Version, id, level, what tests it, the verdicts if there are any, and what it says, with tabs between.
fn line(record: &Record) -> String {
    let mut columns = vec![record.version.clone(), record.id.to_owned(), record.level.to_owned(), record.tested()];
    match &record.verdicts[..] {
        [] => {}
        [only] => columns.push(only.verdict.to_string()),
        several => {
            let verdicts = several.iter().map(|found| format!("{}: {}", found.broker, found.verdict));
            columns.push(verdicts.collect::<Vec<_>>().join(", "));
        }
    }
    columns.push(record.says.to_owned());
    columns.join("\t")
}

fn level(text: &str) -> Result<Strength, String> {
    let found = Strength::ALL.iter().copied().find(|strength| strength.name().eq_ignore_ascii_case(text));
    found.ok_or_else(|| "expected must, should or may".to_owned())
}
