//! The log of `mqttspec broker` on standard error.

use std::{
    env,
    io::{self, IsTerminal, Write},
};

use crate::text::must_escape;
use clap::{ArgAction, Args, ValueEnum};
use mqttspec_broker::settings::LogLevel;
use tracing_subscriber::{EnvFilter, fmt};

use super::CliError;

#[derive(Debug, Args)]
pub(super) struct Log {
    /// Log packets as well; `-vv` logs everything. Without it the setting `log` decides, which by default shows connections if
    /// standard error is a terminal, and otherwise warnings, such as refused logins
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
    /// Starts logging, at the level of the settings unless the command line or the environment says another.
    pub(super) fn start(&self, level: LogLevel) -> Result<Filter, CliError> {
        let filter = self.filter(level)?;
        let terminal = io::stderr().is_terminal();
        match self.log {
            Form::Text => {
                let colours = terminal && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
                let log = fmt().with_writer(io::stderr).with_env_filter(filter).with_filter_reloading();
                let handle = log.reload_handle();
                log.with_target(false).with_ansi(colours).try_init().map_err(CliError::new)?;
                Ok(Filter(Box::new(move |filter| handle.reload(filter).map_err(CliError::new))))
            }
            Form::Json => {
                let log = fmt().with_writer(|| Escaping(io::stderr())).json().flatten_event(true).with_span_list(false);
                let log = log.with_env_filter(filter).with_filter_reloading();
                let handle = log.reload_handle();
                log.try_init().map_err(CliError::new)?;
                Ok(Filter(Box::new(move |filter| handle.reload(filter).map_err(CliError::new))))
            }
        }
    }

    /// Logs at another level from now on, unless the command line or the environment says which.
    pub(super) fn change(&self, running: &Filter, level: LogLevel) -> Result<(), CliError> {
        (running.0)(self.filter(level)?)
    }

    fn filter(&self, level: LogLevel) -> Result<EnvFilter, CliError> {
        let level = match (self.quiet, self.verbose) {
            (true, _) => "error",
            (false, 0) => match level {
                LogLevel::Auto if io::stderr().is_terminal() => "info",
                LogLevel::Auto | LogLevel::Warn => "warn",
                LogLevel::Error => "error",
                LogLevel::Info => "info",
                LogLevel::Debug => "debug",
                LogLevel::Trace => "trace",
            },
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

/// Replaces what the running log lets through.
pub(super) struct Filter(Box<dyn Fn(EnvFilter) -> Result<(), CliError>>);

/// Writes whole lines of JSON. Characters that JSON may hold as they are, but that a terminal or a reader must not see,
/// are escaped: they are all inside strings.
struct Escaping<W>(W);

impl<W: Write> Write for Escaping<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let harmful = |c| c != '\n' && must_escape(c);
        match str::from_utf8(bytes) {
            Ok(text) if text.chars().any(harmful) => {
                let mut escaped = String::with_capacity(text.len() + 32);
                for c in text.chars() {
                    if harmful(c) {
                        for unit in c.encode_utf16(&mut [0; 2]) {
                            escaped.push_str(&format!("\\u{unit:04x}"));
                        }
                    } else {
                        escaped.push(c);
                    }
                }
                self.0.write_all(escaped.as_bytes())?;
            }
            _ => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

const VARIABLE: &str = "MQTTSPEC_LOG";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_json_may_hold_and_a_terminal_must_not_see_is_escaped() {
        let mut written = Escaping(Vec::new());
        written.write_all("{\"a\":\"x\u{9B}\u{202E}\u{E0041}é\"}\n".as_bytes()).unwrap();
        assert_eq!(String::from_utf8(written.0).unwrap(), "{\"a\":\"x\\u009b\\u202e\\udb40\\udc41é\"}\n");
    }
}
