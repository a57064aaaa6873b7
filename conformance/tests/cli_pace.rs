//! When a run begins and ends: waiting for a broker, the first failure, the time.

#[path = "common/command.rs"]
mod command;

use std::{
    fs,
    net::TcpListener,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use command::{cannot_run, mqttspec};
use mqttspec_broker::{core::Config, shell::Embedded};

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_broker_that_is_starting_is_waited_for() {
    let url = format!("mqtt://127.0.0.1:{}", free_port());
    let mut check = Command::new(env!("CARGO_BIN_EXE_mqttspec"));
    check.args(["check", &url, "--wait", "60s", "--only", "3.12-pingreq/answered"]).env("NO_COLOR", "1");
    let check = check.stdout(Stdio::piped()).spawn().unwrap();
    // not a measurement: the suite has tried by then, or it has not, and waits in both cases
    thread::sleep(Duration::from_millis(500));
    let _broker = Embedded::start(Config::default(), &[url.parse().unwrap()]).unwrap();
    let output = check.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains(" passed, 0 failed"), "{text}");
}

#[test]
fn a_broker_that_does_not_come_is_reported_with_the_last_reason() {
    let url = format!("mqtt://127.0.0.1:{}", free_port());
    let output = mqttspec(&["check", &url, "--wait", "300ms"]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("did not answer within 300ms: cannot connect to mqtt://"), "{error}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("does not answer yet"), "{text}");
}

#[test]
fn the_first_failure_ends_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let row = "title: t\nversions: [v5]\ncites: {v5: [MQTT-3.2.2-3]}\ncases:\n  - name: rows\n    for: {x: 1..40}\n    steps:\n      \
               - a -> CONNECT: {keep_alive: $x}\n      - a <- CONNACK: {session_present: true}\n";
    fs::write(folder.path().join("wrong.yaml"), row).unwrap();
    let vectors = folder.path().to_str().unwrap();
    let arguments = ["check", "--vectors", vectors, "--no-builtin-vectors", "--jobs", "1"];
    let output = mqttspec(&[&arguments[..], &["--fail-fast"]].concat());
    let (text, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{text}{error}");
    assert!(error.contains("stopped after the first failure, as --fail-fast asks; "), "{error}");
    assert!(text.contains("1 failed, 39 not run in "), "{text}");
    // an expected failure ends nothing
    let baseline = folder.path().join("known");
    fs::write(&baseline, "expected:\n  - case: wrong/rows\n    reason: on purpose\n").unwrap();
    let known = ["--baseline", baseline.to_str().unwrap(), "--fail-fast"];
    let output = mqttspec(&[&arguments[..], &known].concat());
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("40 failed as the baseline expects"), "{text}");
}

#[test]
fn the_time_ends_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let slow = "title: t\nversions: [v5]\ncites: {v5: [MQTT-3.12.4-1]}\ncases:\n  - name: rows\n    for: {x: 1..9}\n    steps:\n      \
                - a => CONNECT: {keep_alive: 60}\n      - wait: 20s\n      - a -> PINGREQ\n";
    fs::write(folder.path().join("slow.yaml"), slow).unwrap();
    let vectors = folder.path().to_str().unwrap();
    let arguments = ["check", "--vectors", vectors, "--no-builtin-vectors", "--timeout", "3s"];
    let output = mqttspec(&arguments);
    let (text, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(2), "{text}{error}");
    assert!(error.contains("longer than 3s, which --timeout allows; 9 cases have no verdict"), "{error}");
}

#[test]
fn times_have_a_unit() {
    let output = mqttspec(&["check", "--timeout", "5"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("expected a time such as 500ms, 30s or 5m"));
    cannot_run(&["check", "mqtt://127.0.0.1:1"], &["is the broker running?"]);
}
