//! The stand-in for commands in a browser, which runs none.

use std::fmt;

/// A command that restarts the broker; in a browser it fails.
#[derive(Debug, Clone)]
pub(super) struct Restart(());

impl Restart {
    pub(super) fn new(_: String) -> Self {
        Self(())
    }

    /// Says that there are no commands.
    ///
    /// # Errors
    /// Always.
    pub(super) async fn run(&self) -> Result<(), String> {
        Err("a command cannot be run from a browser".to_owned())
    }
}

impl fmt::Display for Restart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a command")
    }
}
