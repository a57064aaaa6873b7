//! `mqttspec list`

use std::process::ExitCode;

use clap::Args;

use super::{CliError, output, selection::Selection};

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    selection: Selection,
}

impl List {
    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        let suite = self.selection.suite()?;
        output::lines(suite.cases().map(|case| {
            let ids: Vec<&str> = case.cites.iter().map(|cited| cited.id.as_str()).collect();
            format!("{}\t{}\t{}\t{}", case.version, case.id, ids.join(","), case.title)
        }))
    }
}
