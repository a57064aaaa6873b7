//! Runs `mqttspec`.

use std::{
    process::{Command, Output},
    time::{Duration, Instant},
};

/// Runs the command, which must end soon.
pub(crate) fn mqttspec(arguments: &[&str]) -> Output {
    mqttspec_within(Duration::from_secs(60), arguments)
}

/// Runs the command, which must end within that time.
pub(crate) fn mqttspec_within(limit: Duration, arguments: &[&str]) -> Output {
    let start = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_mqttspec"))
        .args(arguments)
        .env("NO_COLOR", "1")
        .output()
        .expect("the binary starts");
    assert!(start.elapsed() < limit, "took {:?}", start.elapsed());
    output
}

/// Checks that the command could not run: exit code 2 and one line that contains every fragment.
pub(crate) fn cannot_run(arguments: &[&str], fragments: &[&str]) {
    let output = mqttspec(arguments);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert_eq!(error.lines().count(), 1, "one sentence: {error}");
    for fragment in fragments {
        assert!(error.contains(fragment), "{fragment:?} is not in {error:?}");
    }
}
