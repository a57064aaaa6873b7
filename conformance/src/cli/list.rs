//! `mqttspec list`

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Args;

use super::{CaseFilter, CliError};

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    filter: CaseFilter,
}

impl List {
    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        let suite = self.filter.suite()?;
        let mut out = io::stdout().lock();
        for case in suite.cases() {
            let ids: Vec<&str> = case.cites.iter().map(|cited| cited.id.as_str()).collect();
            let line = format!("{}\t{}\t{}\t{}", case.version, case.id, ids.join(","), case.title);
            // `mqttspec list | head` closes the pipe, which is not an error
            if writeln!(out, "{line}").is_err() {
                break;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
