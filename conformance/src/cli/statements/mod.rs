//! `mqttspec statements` and `mqttspec explain`

mod explain;
mod list;
mod record;

use std::path::PathBuf;

use clap::Args;

use self::record::Record;
pub(super) use self::{explain::Explain, list::Statements};
use super::{CliError, selection::Vectors};
use crate::{
    report::document::Document,
    runner::{Standing, standings},
};

/// Where the cases and the verdicts come from.
#[derive(Debug, Args)]
struct Evidence {
    /// Add the verdicts of this report of `mqttspec check --report json=FILE`
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    vectors: Vectors,
}

impl Evidence {
    /// The statements that are wanted, each with its cases and verdicts.
    fn records(&self, is_wanted: impl Fn(&Standing) -> bool) -> Result<Vec<Record>, CliError> {
        let document = self.report.as_deref().map(Document::read).transpose().map_err(CliError::new)?;
        let runs = document.map(|document| document.runs).unwrap_or_default();
        let standings = standings(&self.vectors.suite()?);
        Ok(standings.iter().filter(|standing| is_wanted(standing)).map(|of| Record::of(of, &runs)).collect())
    }
}
