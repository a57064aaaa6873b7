//! Restarts the broker with a command of the user's (`--restart-command`, `--kill-command`).

use std::{
    fmt,
    process::{Command, ExitStatus, Stdio},
    time::Duration,
};

use tokio::task::spawn_blocking;

use crate::rt::timeout;

/// A shell command that restarts the broker, and returns when that is under way.
#[derive(Debug, Clone)]
pub(super) struct Restart {
    command: String,
}

impl Restart {
    pub(super) fn new(command: String) -> Self {
        Self { command }
    }

    /// Runs the command, and waits until it returns. Its output is discarded, because a broker that it leaves in the
    /// background would hold the suite's own output open.
    ///
    /// # Errors
    /// A sentence for people: the command failed, or it does not return.
    pub(super) async fn run(&self) -> Result<(), String> {
        let mut shell = shell(&self.command);
        shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let named = self.to_string();
        match timeout(RETURNS, spawn_blocking(move || shell.status())).await {
            Err(_) => Err(format!("{named} did not return within {} s", RETURNS.as_secs())),
            Ok(Err(error)) => Err(format!("{named} could not be run: {error}")),
            Ok(Ok(Err(error))) => Err(format!("{named} could not be run: {error}")),
            Ok(Ok(Ok(status))) if !ExitStatus::success(&status) => Err(format!("{named} failed ({status})")),
            Ok(Ok(Ok(_))) => Ok(()),
        }
    }
}

impl fmt::Display for Restart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the command `{}`", self.command)
    }
}

#[cfg(not(windows))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    shell
}

#[cfg(windows)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.args(["/C", command]);
    shell
}

/// How long the command may take. A broker that stops in order needs some time.
const RETURNS: Duration = Duration::from_secs(120);

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn failure_of_the_command_is_reported() {
        assert_eq!(Restart::new("true".to_owned()).run().await, Ok(()));
        let error = Restart::new("exit 3".to_owned()).run().await.unwrap_err();
        assert!(error.contains("`exit 3` failed") && error.contains('3'), "{error}");
    }
}
