//! How the broker is restarted over sockets: commands of the user's.

#[cfg(feature = "network")]
use super::quoted;

/// How the broker is restarted.
#[derive(Debug, Clone, Default)]
#[cfg_attr(not(feature = "network"), expect(dead_code, reason = "in memory, the broker restarts by itself"))]
pub(super) struct Restarting {
    /// A shell command that asks the broker to stop, and starts it again.
    pub(super) restart_command: Option<String>,
    /// A shell command that kills the broker, and starts it again.
    pub(super) kill_command: Option<String>,
    /// Whether the broker is meant to keep its state meanwhile.
    pub(super) persistent: bool,
}

#[cfg(feature = "network")]
impl Restarting {
    /// The command-line arguments by which a case that stops the broker is played, each with a space before it.
    pub(super) fn arguments(&self) -> String {
        if !self.persistent {
            return String::new();
        }
        let commands =
            [("--restart-command", &self.restart_command), ("--kill-command", &self.kill_command)].into_iter();
        let commands = commands.filter_map(|(name, command)| Some(format!(" {name} {}", quoted(command.as_ref()?))));
        std::iter::once(" --persistent".to_owned()).chain(commands).collect()
    }
}
