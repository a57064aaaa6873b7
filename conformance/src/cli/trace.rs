//! `--trace`: cases as they are played.

use std::io::Write;

use clap::Args;

use super::CliError;
use crate::{
    report::trace_line,
    runner::{Filter, Suite, Trace},
};

#[derive(Debug, Args)]
#[command(next_help_heading = "Tracing")]
pub(super) struct Tracing {
    /// Print what the cases that match exchange with the broker while they are played, with the time of day in UTC
    /// (repeatable); the patterns are those of --only
    #[arg(long, value_name = "GLOB")]
    trace: Vec<String>,
}

impl Tracing {
    /// Whether any case is shown while it is played, which leaves no room for a progress bar.
    pub(super) fn is_on(&self) -> bool {
        !self.trace.is_empty()
    }

    pub(super) fn of(&self, suite: Suite, on_standard_error: bool) -> Result<Suite, CliError> {
        if !self.is_on() {
            return Ok(suite);
        }
        let filter = self.trace.iter().try_fold(Filter::default(), |filter, pattern| filter.only(pattern));
        let filter = filter.map_err(CliError::new)?;
        if !suite.cases().any(|case| filter.takes(case)) {
            let patterns = self.trace.join(" ");
            return Err(CliError(format!(
                "--trace {patterns} matches none of the cases that are played; see `mqttspec list`"
            )));
        }
        let trace = Trace::new(filter, move |traced| {
            let line = trace_line(traced);
            // a reader that is gone does not end the run
            let _ = match on_standard_error {
                true => writeln!(anstream::stderr(), "{line}"),
                false => writeln!(anstream::stdout(), "{line}"),
            };
        });
        Ok(suite.trace(trace))
    }
}
