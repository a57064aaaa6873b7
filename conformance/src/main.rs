//! The one binary: `mqttspec check`, `list`, `decode`, `encode`, `broker`.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
