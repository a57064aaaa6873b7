//! The options about known failures.

use std::{fs, path::PathBuf};

use clap::Args;

use super::CliError;
use crate::runner::{Baseline, Report, Suite};

#[derive(Debug, Args)]
#[command(next_help_heading = "Known failures")]
pub(super) struct KnownFailures {
    /// File of expected failures, each with a reason; they do not fail the run
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write what fails now to the file of --baseline, which need not exist: entries that are still needed stay as they
    /// are, those that are gone are dropped
    #[arg(long)]
    update_baseline: bool,
    /// Fail if the baseline has entries whose cases pass, or that match no case
    #[arg(long, conflicts_with = "update_baseline")]
    strict: bool,
}

impl KnownFailures {
    /// The suite with the baseline.
    pub(super) fn of(&self, suite: Suite) -> Result<Suite, CliError> {
        let Some(file) = &self.baseline else {
            return match (self.update_baseline, self.strict) {
                (false, false) => Ok(suite),
                (true, _) => Err(CliError::new("--update-baseline needs the file: --baseline FILE")),
                (false, true) => Err(CliError::new("--strict is about the entries of a baseline: --baseline FILE")),
            };
        };
        let baseline = match self.update_baseline && !file.exists() {
            true => Baseline::default(),
            false => Baseline::read(file).map_err(CliError::new)?,
        };
        Ok(suite.baseline(baseline).strict(self.strict))
    }

    /// Tells which entries match no case, and updates the file if that was asked for. `code` is the exit
    /// code of the checks, and what is returned is that of the command; `all_ended` is false if a broker has no report.
    pub(super) fn after(&self, suite: &Suite, reports: &[Report], all_ended: bool, code: u8) -> Result<u8, CliError> {
        let Some(file) = self.baseline.as_ref().filter(|_| self.update_baseline) else {
            suite.unknown_entries().iter().for_each(|entry| eprintln!("mqttspec: {entry}"));
            return Ok(code);
        };
        let name = file.display();
        let Some(updated) = suite.updated_baseline(reports).filter(|_| all_ended) else {
            eprintln!("mqttspec: {name} was not updated, because not every case has a verdict");
            return Ok(code);
        };
        fs::write(file, &updated.text).map_err(|error| CliError(format!("cannot write {name}: {error}")))?;
        let entries = if updated.entries == 1 { "entry" } else { "entries" };
        println!(
            "{name} has {} {entries} now: {} added, {} dropped; say in each new reason what the broker does",
            updated.entries, updated.added, updated.dropped
        );
        // what failed is known from now on
        Ok(if code == 1 { 0 } else { code })
    }
}
