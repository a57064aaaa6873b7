//! The options about how cases are played: how many at once, how often, for how long.

use std::time::Duration;

use clap::Args;

use super::CliError;
use crate::{runner::Suite, vector::duration};

#[derive(Debug, Args)]
#[command(next_help_heading = "Pace")]
pub(super) struct Pace {
    /// Number of cases to run concurrently [default: 64, or what suits the measured round trip]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Play the cases N times, and report those that change their verdict
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    repeat: u16,
    /// Wait up to this time, such as 30s, for a broker that is starting, until it answers by MQTT
    #[arg(long, value_name = "TIME", value_parser = time)]
    wait: Option<Duration>,
    /// Start no more cases after the first failure that the baseline does not expect
    #[arg(long)]
    fail_fast: bool,
    /// Start no more cases after this time, such as 5m; the exit code is 2 if there are cases without a verdict
    #[arg(long, value_name = "TIME", value_parser = time)]
    timeout: Option<Duration>,
    /// Shell command that restarts the broker: when the broker is gone or serves only some clients, the suite restarts
    /// it, finds the case that caused this, and goes on
    #[arg(long, value_name = "COMMAND")]
    restart_command: Option<String>,
    /// Shell command that kills the broker, so that it has no time to store anything, and starts it again; for
    /// --persistent
    #[arg(long, value_name = "COMMAND")]
    kill_command: Option<String>,
    /// The broker is configured to keep Sessions and messages when it stops: play also the cases that stop it by
    /// --restart-command, which must then ask it to stop, and by --kill-command
    #[arg(long)]
    persistent: bool,
}

impl Pace {
    /// # Errors
    /// An option leads nowhere without another one.
    pub(super) fn of(&self, suite: Suite) -> Result<Suite, CliError> {
        if self.persistent && self.restart_command.is_none() && self.kill_command.is_none() {
            return Err(CliError::new(
                "--persistent needs a command that stops the broker and starts it again; give that with \
                 --restart-command or --kill-command",
            ));
        }
        let suite = suite.repeat(self.repeat.into()).fail_fast(self.fail_fast);
        let suite = self.jobs.iter().fold(suite, |suite, jobs| suite.jobs((*jobs).into()));
        let suite = self.wait.iter().fold(suite, |suite, limit| suite.wait(*limit));
        let suite = self.timeout.iter().fold(suite, |suite, limit| suite.timeout(*limit));
        let suite = self.restart_command.iter().fold(suite, Suite::restart_command);
        let suite = self.kill_command.iter().fold(suite, Suite::kill_command);
        Ok(suite.persistent(self.persistent))
    }
}

fn time(text: &str) -> Result<Duration, String> {
    duration::parse(text).ok_or_else(|| "expected a time such as 500ms, 30s or 5m".to_owned())
}
