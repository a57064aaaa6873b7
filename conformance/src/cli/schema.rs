//! `mqttspec schema`

use std::process::ExitCode;

use super::{CliError, output};

/// Prints the JSON Schema.
pub(super) fn print() -> Result<ExitCode, CliError> {
    let text = mqttspec_vectors::get("schema.json").ok_or_else(|| CliError::new("this build has no schema"))?;
    output::lines(text.lines())
}
