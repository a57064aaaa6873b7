//! Baselines on the command line: what an entry covers, what happens to entries that are not needed, and how a baseline is
//! written.

#[path = "common/command.rs"]
mod command;

use std::{fs, path::PathBuf, process::Output};

use command::{cannot_run, mqttspec};
use mqttspec::Baseline;
use tempfile::TempDir;

/// A folder with `baseline.yaml`, and with vectors of which some are wrong on purpose, so that the reference broker fails.
struct File {
    folder: TempDir,
    path: PathBuf,
}

impl File {
    fn new(text: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("baseline.yaml");
        if let Some(text) = text {
            fs::write(&path, text).unwrap();
        }
        fs::write(folder.path().join("wrong.yaml"), VECTORS).unwrap();
        Self { folder, path }
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.path).unwrap()
    }
}

/// Checks the reference broker over WebSocket, in 3.1.1, with this baseline.
fn check(file: &File, arguments: &[&str]) -> Output {
    let (baseline, vectors) = (file.path.to_str().unwrap(), file.folder.path().join("wrong.yaml"));
    let fixed = ["check", "--mqtt-version", "v3.1.1", "--baseline", baseline, "--vectors", vectors.to_str().unwrap()];
    mqttspec(&[&fixed, arguments].concat())
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

const VECTORS: &str = "\
title: Some of these expect what no broker may do
versions: [v3.1.1, v5]
cites: {v3.1.1: [MQTT-3.2.2-2], v5: [MQTT-3.2.2-3]}
cases:
  - name: fails
    steps:
      - a -> CONNECT: {}
      - a <- CONNACK: {session_present: true}
  - name: rows-fail
    for: {x: [1, 2]}
    steps:
      - a -> CONNECT: {keep_alive: $x}
      - a <- CONNACK: {session_present: true}
  - name: passes
    steps:
      - a => CONNECT: {}
      - a -> PINGREQ
      - a <- PINGRESP
";
const FAILS: &str = "wrong/fails";
const PASSES: &str = "wrong/passes";
/// What the failures accuse.
const ACCUSED: &str = "MQTT-3.2.2-2";

#[track_caller]
fn exits(entry: &str, only: &str, arguments: &[&str], code: i32) -> String {
    let file = File::new(Some(&format!("expected:\n  - {entry}\n    reason: on purpose\n")));
    let output = check(&file, &[&["--only", only], arguments].concat());
    let text = text(&output);
    assert_eq!(output.status.code(), Some(code), "{entry}: {text}");
    text
}

#[test]
fn entries_cover_cases_versions_transports_and_statements() {
    for entry in [
        format!("case: {FAILS}"),
        "case: wrong".to_owned(),
        format!("case: {FAILS}\n    version: v3.1.1\n    transport: websocket"),
        format!("statement: {ACCUSED}"),
        "statement: 3.2.2-2".to_owned(),
        format!("case: {FAILS}\n    statement: MQTT-3.2.2-2"),
        format!("case: {FAILS}\n    flaky: true"),
    ] {
        let text = exits(&entry, FAILS, &["--strict"], 0);
        assert!(text.contains("1 failed as the baseline expects"), "{entry}: {text}");
    }
    for entry in [
        format!("case: {FAILS}\n    version: v5"),
        format!("case: {FAILS}\n    transport: tcp"),
        "statement: MQTT-3.2.2-3".to_owned(),
        format!("case: {PASSES}\n    statement: MQTT-3.2.2-2"),
    ] {
        exits(&entry, FAILS, &[], 1);
    }
}

#[test]
fn entries_that_are_not_needed_fail_a_strict_run_only() {
    for (entry, told) in [
        (format!("case: {PASSES}"), "expected to fail, but does not"),
        (format!("statement: {ACCUSED}"), "expected to fail, but does not"),
        ("case: 9.9-none/*".to_owned(), "matches no case"),
    ] {
        assert!(exits(&entry, PASSES, &[], 0).contains(told), "{entry}");
        assert!(exits(&entry, PASSES, &["--strict"], 1).contains(told), "{entry}");
    }
    // it may fail or pass
    let text = exits(&format!("case: {PASSES}\n    flaky: true"), PASSES, &["--strict"], 0);
    assert!(!text.contains("expected to fail"), "{text}");
    // it was not selected
    exits(&format!("case: {FAILS}"), PASSES, &["--strict"], 0);
}

#[test]
fn a_misspelt_case_ends_the_run_before_it_begins() {
    let text = exits("case: wrong/pases", PASSES, &[], 2);
    for fragment in [
        "baseline.yaml:2:11: no case is named `wrong/pases`; did you mean `wrong/passes`?",
        "2 |   - case: wrong/pases\n  |           ^",
    ] {
        assert!(text.contains(fragment), "{text}");
    }
    assert!(!text.contains("passed"), "nothing was played: {text}");
}

#[test]
fn an_entry_whose_case_is_gone_is_explained() {
    let text = exits("case: 3.12-pingreq/some-case-of-an-earlier-version", PASSES, &[], 0);
    let told = "baseline.yaml:2:11: mqttspec 0.1.0 has no case that matches";
    assert!(text.contains(told) && text.contains("it was renamed or removed: delete the entry"), "{text}");
}

#[test]
fn a_baseline_is_written_and_then_covers_everything() {
    let file = File::new(None);
    let only = ["--only", FAILS, "--only", PASSES, "--only", "wrong/rows-fail[x=2]"];
    let output = check(&file, &[&only[..], &["--update-baseline"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let written = file.text();
    assert!(written.contains("  - case: wrong/rows-fail[x=2]\n"), "{written}");
    assert!(
        written.starts_with(&format!("expected:\n  - case: {FAILS}\n    version: v3.1.1\n    reason: ")),
        "{written}"
    );
    assert!(written.contains("v3.1.1 [MQTT-3.2.2-2]") && !written.contains(PASSES), "{written}");
    assert_eq!(check(&file, &[&only[..], &["--strict"]].concat()).status.code(), Some(0));
    let again = check(&file, &[&only[..], &["--update-baseline"]].concat());
    assert!(text(&again).contains("0 added, 0 dropped"), "{}", text(&again));
    assert_eq!(file.text(), written);
}

#[test]
fn an_update_keeps_what_people_wrote_and_drops_what_is_gone() {
    let before = format!(
        "# What this broker does otherwise.\nexpected:\n  # Pings.\n  - case: {PASSES}\n    reason: >-\n      it was\n      \
         late\n\n  # Acknowledgements.\n  - case: {FAILS}   # seen in the bytes\n    reason: >-\n      in two\n      lines\n  \
         - case: {PASSES}\n    version: v3.1.1\n    reason: also gone\n  - case: 9.9-none/*\n    reason: no such case\n\n  \
         # Not selected.\n  - case: 3.10-unsubscribe\n    reason: kept\n# the end\n"
    );
    let file = File::new(Some(&before));
    let output = check(&file, &["--only", FAILS, "--only", PASSES, "--update-baseline"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("has 2 entries now: 0 added, 3 dropped"), "{}", text(&output));
    let after = format!(
        "# What this broker does otherwise.\nexpected:\n\n  # Acknowledgements.\n  - case: {FAILS}   # seen in the bytes\n    \
         reason: >-\n      in two\n      lines\n\n  # Not selected.\n  - case: 3.10-unsubscribe\n    reason: kept\n# the end\n"
    );
    assert_eq!(file.text(), after);
}

#[test]
fn a_baseline_in_one_line_is_updated_too() {
    let file = File::new(Some(&format!("expected: [{{case: {FAILS}, reason: r}}, {{case: {PASSES}, reason: r}}]\n")));
    let output = check(&file, &["--only", FAILS, "--only", PASSES, "--update-baseline"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(file.text(), format!("expected:\n  - case: {FAILS}\n    reason: r\n"));
}

#[test]
fn options_about_a_baseline_need_one() {
    cannot_run(&["check", "--update-baseline"], &["--update-baseline needs the file: --baseline FILE"]);
    cannot_run(&["check", "--strict"], &["--strict", "--baseline FILE"]);
}

#[test]
fn a_run_that_cannot_start_does_not_touch_the_baseline() {
    let file = File::new(Some("expected:\n  - case: 3.12\n    reason: r\n"));
    let before = file.text();
    let path = file.path.to_str().unwrap();
    let output = mqttspec(&["check", "mqtt://127.0.0.1:1", "--baseline", path, "--update-baseline"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("was not updated"), "{}", text(&output));
    assert_eq!(file.text(), before);
}

#[test]
fn baselines_of_the_known_brokers_load() {
    let folders = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/brokers")).unwrap();
    let files: Vec<_> = folders.map(|folder| folder.unwrap().path().join("baseline.yaml")).collect();
    let files: Vec<_> = files.iter().filter(|file| file.exists()).collect();
    assert!(files.len() > 10, "{files:?}");
    for file in files {
        Baseline::read(file).unwrap_or_else(|error| panic!("{error}"));
    }
}
