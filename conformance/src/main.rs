//! The one binary: `mqttspec check`, `list`, `decode`, `encode`, `bench`, `broker`.

use std::process::ExitCode;

fn main() -> ExitCode {
    mqttspec::cli::main()
}
