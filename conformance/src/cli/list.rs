//! `mqttspec list`

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Args;

use super::{Choice, Trouble};

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    choice: Choice,
}

impl List {
    pub(super) fn run(&self) -> Result<ExitCode, Trouble> {
        let library = self.choice.library()?;
        let cases = self.choice.cases(&library)?;
        let mut out = io::stdout().lock();
        for case in cases {
            let ids: Vec<&str> = case.cites.iter().map(|cited| cited.id.as_str()).collect();
            let line = format!("{}\t{}\t{}\t{}", case.version, case.id, ids.join(","), case.title);
            // `mqttspec list | head` closes the pipe: not an error
            if writeln!(out, "{line}").is_err() {
                break;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
