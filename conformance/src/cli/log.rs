//! The log of `mqttspec broker` on standard error.

use std::{
    env,
    io::{self, IsTerminal},
};

use clap::{ArgAction, Args, ValueEnum};
use tracing_subscriber::{EnvFilter, fmt};

use super::CliError;

#[derive(Debug, Args)]
pub(super) struct Log {
    /// Log packets as well; `-vv` logs everything. Without it the log shows connections if standard error is a terminal, and
    /// otherwise warnings
    #[arg(short, long, action = ArgAction::Count)]
    verbose: u8,
    /// Log errors only
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Log format. The environment variable MQTTSPEC_LOG selects what is logged and overrides -v and -q, for example
    /// mqttspec=info or mqttspec::packets=debug
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Form::Text)]
    log: Form,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    Text,
    Json,
}

impl Log {
    /// Starts logging.
    pub(super) fn start(&self) -> Result<(), CliError> {
        let log = fmt().with_writer(io::stderr).with_env_filter(self.filter()?);
        let terminal = io::stderr().is_terminal();
        let started = match self.log {
            Form::Text => {
                let colours = terminal && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
                log.with_target(false).with_ansi(colours).try_init()
            }
            Form::Json => log.json().flatten_event(true).with_span_list(false).try_init(),
        };
        started.map_err(CliError::new)
    }

    fn filter(&self) -> Result<EnvFilter, CliError> {
        let level = match (self.quiet, self.verbose) {
            (true, _) => "error",
            (false, 0) if io::stderr().is_terminal() => "info",
            (false, 0) => "warn",
            (false, 1) => "debug",
            (false, _) => "trace",
        };
        // matches the targets of both this crate and the broker's
        let chosen = env::var(VARIABLE).ok().filter(|chosen| !chosen.is_empty());
        let chosen = chosen.unwrap_or_else(|| format!("mqttspec={level}"));
        EnvFilter::try_new(&chosen)
            .map_err(|error| CliError(format!("{VARIABLE} is not a valid filter ({chosen:?}): {error}")))
    }
}

const VARIABLE: &str = "MQTTSPEC_LOG";
