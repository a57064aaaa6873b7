//! Chat over seven transports, measured. The README says what is measured and what follows.
//!
//! | module | what |
//! |---|---|
//! | `options` | the command line |
//! | `measure` | the rounds |
//! | `scenario`, `stage` | what is played; a server, a network and users |
//! | `server` | the HTTP servers and the broker, in a process of their own |
//! | `client` | the users, as pages in a browser |
//! | `network` | the proxy that delays, loses, breaks, buffers, cuts and counts |
//! | `chat`, `transport` | messages and who heard them; the seven |
//! | `result` | metrics, table, plot, JSON |

mod chat;
mod client;
mod measure;
mod network;
mod options;
mod result;
mod scenario;
mod server;
mod stage;
mod transport;

use std::{fs, process::ExitCode};

use clap::Parser;

use crate::{
    options::{Cli, Command},
    result::{certain, plot, table},
    stage::Result,
};

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("transports: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(Cli { command, options, check, json, svg }: &Cli) -> Result<ExitCode> {
    // with a low limit, the crowd is refused, and that is reported
    let _ = rlimit::increase_nofile_limit(u64::from(u16::MAX));
    if let Some(Command::Serve { transport, quiet, retry }) = command {
        return match server::serve(*transport, *quiet, *retry) {
            Ok(()) => Ok(ExitCode::SUCCESS),
            Err(error) => Err(error.to_string().into()),
        };
    }
    let results = tokio::runtime::Runtime::new()?.block_on(measure::measure(*options))?;
    print!("{}", table::markdown(&results));
    if let Some(file) = json {
        fs::write(file, serde_json::to_string_pretty(&results.to_json(*options))?)
            .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    }
    if let Some(file) = svg {
        fs::write(file, plot::svg(&results)?).map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    }
    let broken = if *check { certain::broken(&results) } else { Vec::new() };
    for claim in &broken {
        eprintln!("transports: {claim}");
    }
    Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
