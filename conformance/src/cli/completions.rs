//! `mqttspec completions`

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, CliError};

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// Print the script for this shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        let mut script = Vec::new(); // clap_complete panics where it cannot write
        clap_complete::generate(self.shell, &mut Cli::command(), "mqttspec", &mut script);
        match io::stdout().lock().write_all(&script) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(CliError(format!("cannot write to standard output: {error}")))
            }
            _ => Ok(ExitCode::SUCCESS),
        }
    }
}
