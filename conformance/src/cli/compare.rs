//! `mqttspec compare`

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use super::{CliError, output};
use crate::report::{Comparison, document::Document};

#[derive(Debug, Args)]
pub(super) struct Compare {
    /// Reports of `mqttspec check --report json=FILE`, the older ones first
    #[arg(required = true)]
    reports: Vec<PathBuf>,
    /// Print Markdown, for a job summary
    #[arg(long)]
    markdown: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
}

impl Compare {
    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        let documents = self.reports.iter().map(|path| Document::read(path).map_err(CliError::new));
        let documents = documents.collect::<Result<Vec<_>, _>>()?;
        let comparison = Comparison::of(&documents.iter().collect::<Vec<_>>());
        if comparison.changes.is_empty() && comparison.brokers.is_none() {
            return Err(CliError::new("there is only one run in these reports; give the report of another run too"));
        }
        let text = if self.markdown {
            comparison.markdown()
        } else if self.json {
            serde_json::to_string_pretty(&comparison).map_err(CliError::new)?
        } else {
            comparison.to_string()
        };
        output::lines([text.trim_end()])?;
        Ok(ExitCode::from(u8::from(comparison.worse)))
    }
}
