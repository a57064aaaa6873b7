//! `mqttspec lint`

use std::{collections::BTreeSet, path::PathBuf, process::ExitCode};

use clap::Args;

use super::CliError;
use crate::{runner::LoadErrors, vector::Library};

#[derive(Debug, Args)]
pub(super) struct Lint {
    /// Files, or folders below which all .yaml files are checked
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

impl Lint {
    /// Prints all mistakes; the exit code is 1 if there are any.
    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        let missing = self.paths.iter().find(|path| !path.exists());
        if let Some(path) = missing {
            return Err(CliError(format!("there is no file or folder {}", path.display())));
        }
        match Library::load_all(&self.paths, None) {
            Ok(library) => {
                let cases: BTreeSet<&str> = library.cases().map(|case| case.name()).collect();
                println!("{} in {}", counted(cases.len(), "case"), counted(library.files(), "file"));
                Ok(ExitCode::SUCCESS)
            }
            Err(mistakes) => {
                let count = counted(mistakes.len(), "mistake");
                println!("{}\n{count}", LoadErrors(mistakes));
                Ok(ExitCode::FAILURE)
            }
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
