//! Cases that restart or kill the broker, played on the reference broker as a process. The broker is a process, so this
//! is for Unix.
#![cfg(unix)]

#[path = "../common/command.rs"]
mod command;
mod supervised;

use std::{fs, process::Output};

use command::{cannot_run, mqttspec};
use supervised::Supervised;
use tempfile::TempDir;

/// Cases that stop the broker.
const VECTORS: &str = "\
title: A broker that keeps its state when it is stopped
versions: [v3.1.1, v5]
cites: {v3.1.1: [MQTT-3.2.2-2], v5: [MQTT-3.2.2-3]}
requires: {restart: true}
connected: [other]
cases:
  - name: disconnected
    for: {how: [restart, kill]}
    steps:
      - sub => CONNECT:   {clean_start: false, session_expiry_interval: {v5: 300}}
      - sub => SUBSCRIBE: {subscriptions: [{filter: t, qos: 1}]}
      - sub => DISCONNECT
      - other => PUBLISH: {topic: t, qos: 1, payload: before}
      - broker: $how
      - sub -> CONNECT:   {clean_start: false, session_expiry_interval: {v5: 300}}
      - sub <- CONNACK:   {session_present: true}
      - sub <= PUBLISH:   {topic: t, qos: 1, payload: before}

  - name: connected
    for: {how: [restart, kill]}
    steps:
      - sub => CONNECT:   {clean_start: false, session_expiry_interval: {v5: 300}}
      - sub => SUBSCRIBE: {subscriptions: [{filter: t, qos: 1}]}
      - broker: $how
      - sub -> CONNECT:   {clean_start: false, session_expiry_interval: {v5: 300}}
      - sub <- CONNACK:   {session_present: true}
      - other => CONNECT
      - other => PUBLISH: {topic: t, qos: 1, payload: after}
      - sub <= PUBLISH:   {topic: t, qos: 1, payload: after}
";

struct Vectors {
    folder: TempDir,
}

impl Vectors {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("stopped.yaml"), VECTORS).unwrap();
        Self { folder }
    }

    fn path(&self) -> String {
        self.folder.path().display().to_string()
    }
}

/// Plays the cases above, and a few others that run beside each other before them.
fn check(broker: &Supervised, options: &[&str]) -> Output {
    let vectors = Vectors::new();
    let url = broker.url();
    let path = vectors.path();
    let chosen = ["--vectors", &path, "--only", "stopped", "--only", "3.12-pingreq/with-payload", "--verbose"];
    mqttspec(&[&["check", &url][..], &chosen, options].concat())
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// How many lines of `--verbose` are about these cases and say that.
fn lines(text: &str, verdict: &str) -> usize {
    text.lines().filter(|line| line.contains("stopped/") && line.contains(verdict)).count()
}

#[test]
fn a_broker_that_keeps_its_state_passes_and_is_stopped_once_for_each_case() {
    let broker = Supervised::start(true);
    let (restart, kill) = (broker.signal("TERM"), broker.signal("KILL"));
    let output = check(&broker, &["--persistent", "--restart-command", &restart, "--kill-command", &kill]);
    let text = text(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert_eq!(lines(&text, "pass"), 8, "{text}");
    assert!(!text.contains("lost"), "{text}");
    assert!(text.contains(" 10 passed, 0 failed"), "{text}");
    // the first start, and one for each of two cases, in two versions, by both commands
    assert_eq!(broker.starts(), 1 + 8, "{text}");
}

#[test]
fn a_broker_that_forgets_fails() {
    let broker = Supervised::start(false);
    let restart = broker.signal("TERM");
    let output = check(&broker, &["--persistent", "--restart-command", &restart]);
    let text = text(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert_eq!(lines(&text, "FAIL"), 4, "{text}");
    assert_eq!(lines(&text, "there is no --kill-command"), 4, "{text}");
    assert!(text.contains("--persistent --restart-command 'kill -TERM "), "a failure can be repeated: {text}");
}

#[test]
fn a_broker_that_need_not_keep_anything_is_left_alone() {
    let broker = Supervised::start(false);
    let restart = broker.signal("TERM");
    let output = check(&broker, &["--restart-command", &restart]);
    let text = text(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert_eq!(lines(&text, "without --persistent"), 8, "{text}");
    assert_eq!(broker.starts(), 1, "{text}");
}

#[test]
fn a_command_that_fails_is_no_failure_of_the_broker() {
    let broker = Supervised::start(true);
    let output = check(&broker, &["--persistent", "--restart-command", "exit 3"]);
    let text = text(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert_eq!(lines(&text, "ERROR"), 4, "{text}");
    assert!(text.contains("the command `exit 3` failed"), "{text}");
}

#[test]
fn state_can_only_be_kept_by_a_broker_that_is_stopped() {
    cannot_run(&["check", "--persistent"], &["--persistent needs a command", "--restart-command", "--kill-command"]);
}
