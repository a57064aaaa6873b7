//! `mqttspec merge`

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use super::{CliError, reporting};
use crate::report::{Format, document::Document};

#[derive(Debug, Args)]
pub(super) struct Merge {
    /// Reports of `mqttspec check --report json=FILE`: parts of a run, or runs of several brokers
    #[arg(required = true)]
    reports: Vec<PathBuf>,
    /// Write a report of all of them (repeatable): json, junit, markdown, .., with a file or `-` for standard output
    #[arg(long, value_name = "FORMAT=FILE", value_parser = reporting::report, required = true)]
    report: Vec<(Format, PathBuf)>,
}

impl Merge {
    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        let documents = self.reports.iter().map(|path| Document::read(path).map_err(CliError::new));
        let documents = documents.collect::<Result<Vec<_>, _>>()?;
        let merged = Document::merge(documents).map_err(CliError::new)?;
        let reports = reporting::reports(&self.report)?;
        reports.of(&merged).map_err(|error| CliError(format!("cannot write the report: {error}")))?;
        Ok(ExitCode::SUCCESS)
    }
}
