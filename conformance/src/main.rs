//! The one binary: `mqttspec check`, `list`, `broker`.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
