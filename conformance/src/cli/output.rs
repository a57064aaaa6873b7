//! Writes to standard output, which may be a closed pipe or a full disk.

use std::{
    fmt::Display,
    io::{self, ErrorKind, Write},
    process::ExitCode,
};

use super::CliError;

/// Writes these lines. A closed pipe is not an error, because `mqttspec list | head` closes it.
///
/// # Errors
/// They cannot be written, such as to a full disk.
pub(super) fn lines(lines: impl IntoIterator<Item = impl Display>) -> Result<ExitCode, CliError> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = lines.into_iter().try_for_each(|line| writeln!(out, "{line}")).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(CliError(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}
