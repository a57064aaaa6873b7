//! `mqttspec man`

use std::{fs, path::PathBuf, process::ExitCode};

use clap::{Args, CommandFactory};

use super::{Cli, CliError};

#[derive(Debug, Args)]
pub(super) struct Man {
    /// Write mqttspec.1 and a page for each command to this folder, which is made if it is missing
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Man {
    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        fs::create_dir_all(&self.folder)
            .and_then(|()| clap_mangen::generate_to(Cli::command(), &self.folder))
            .map_err(|error| CliError(format!("cannot write manual pages to {}: {error}", self.folder.display())))?;
        Ok(ExitCode::SUCCESS)
    }
}
