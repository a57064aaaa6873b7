//! Runs `mqttspec` with something on its standard input.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

/// Runs `mqttspec` with these arguments and this standard input, and waits for its end.
pub(crate) fn typed(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mqttspec"))
        .args(arguments)
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    // a command that does not read its input has closed the pipe
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    child.wait_with_output().expect("it ends")
}
