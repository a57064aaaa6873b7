//! Which cases the command line selects: by id, section, statement and part, and from files of vectors.

#[path = "common/command.rs"]
mod command;

use std::{collections::BTreeSet, fs};

use command::{cannot_run, mqttspec};

#[track_caller]
fn list(arguments: &[&str]) -> Vec<String> {
    let output = mqttspec(&[&["list"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_section_and_any_spelling_of_a_statement_select_cases() {
    assert_eq!(list(&["--only", "3.12"]), list(&["--only", "3.12-pingreq"]));
    assert_eq!(list(&["--only", "3.1/keep-alive"]), list(&["--only", "3.01-connect/keep-alive"]));
    let cited = list(&["--statement", "MQTT-3.1.2-24"]);
    assert!(cited.iter().all(|line| line.contains("MQTT-3.1.2-24")));
    for spelling in ["3.1.2-24", "[MQTT-3.1.2-24]", "mqtt-3.1.2-24"] {
        assert_eq!(list(&["--statement", spelling]), cited, "{spelling}");
    }
}

#[test]
fn what_selects_nothing_is_explained() {
    for (arguments, told) in [
        (["--only", "3.12-pingreq/anwsered"], "did you mean `3.12-pingreq/answered`?"),
        (["--skip", "3.12-pingrek"], "did you mean `3.12-pingreq`?"),
        (["--statement", "MQTT-3.1.2-244"], "did you mean MQTT-3.1.2-24?"),
        (["--statement", "MQTT-4.8.0-2"], "no case tests it"),
    ] {
        cannot_run(&[&["list"], &arguments[..]].concat(), &[told]);
    }
    // the misspelt one is not hidden by the other
    cannot_run(&["list", "--only", "3.12", "--only", "3.12-pingrek"], &["no case matches `3.12-pingrek`"]);
}

#[test]
fn parts_are_disjoint_and_complete() {
    let all: BTreeSet<String> = list(&[]).into_iter().collect();
    let parts: Vec<Vec<String>> = ["1/3", "2/3", "3/3"].map(|part| list(&["--shard", part])).into();
    assert_eq!(parts.iter().map(Vec::len).sum::<usize>(), all.len());
    assert_eq!(parts.concat().into_iter().collect::<BTreeSet<_>>(), all);
    let output = mqttspec(&["list", "--shard", "4/3"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("expected K/N"));
}

const VECTORS: &str = "\
title: A PING
versions: [v3.1.1, v5]
cites: {v3.1.1: [MQTT-3.12.4-1], v5: [MQTT-3.12.4-1]}
cases:
  - name: ping
    steps:
      - a => CONNECT: {}
      - a -> PINGREQ
      - a <- PINGRESP
  - name: wrong
    steps:
      - a => CONNECT: {}
      - a -> PINGREQ
      - a <- UNSUBACK
";

#[test]
fn vectors_are_added_to_the_built_in_ones() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one.yaml"), folder.path().join("more/other.yaml"));
    fs::create_dir(folder.path().join("more")).unwrap();
    fs::write(&one, VECTORS).unwrap();
    fs::write(&other, VECTORS).unwrap();
    let (one, folder) = (one.to_str().unwrap(), folder.path().to_str().unwrap());
    let builtin = list(&[]).len();
    assert_eq!(list(&["--vectors", one]).len(), builtin + 4);
    assert_eq!(list(&["--vectors", folder]).len(), builtin + 8);
    assert_eq!(list(&["--vectors", one, "--vectors", &format!("{folder}/more")]).len(), builtin + 8);
    let only = list(&["--vectors", folder, "--no-builtin-vectors"]);
    assert!(only.len() == 8 && only.iter().any(|line| line.contains("\tmore/other/ping\t")), "{only:?}");
    cannot_run(&["list", "--no-builtin-vectors"], &["leaves no case", "--vectors PATH"]);
    let output = mqttspec(&["list", "--vectors", one, "--vectors", one]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("one.yaml:5:") && error.contains("another case `one/ping`"), "{error}");

    let output = mqttspec(&["check", "--only", "one", "--vectors", one, "--no-builtin-vectors"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    let broker = mqttspec_broker::shell::Embedded::start(
        mqttspec_broker::core::Config::default(),
        &["mqtt://127.0.0.1:0".parse().unwrap()],
    );
    let broker = broker.unwrap();
    let url = broker.urls()[0].to_string();
    let output = mqttspec(&["check", &url, "--only", "one", "--vectors", one, "--user-name", "a b"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let rerun = format!("rerun      mqttspec check {url} --user-name 'a b' --vectors {one} --mqtt-version");
    assert!(text.contains(&rerun), "{text}");
}

#[test]
fn lint_prints_all_mistakes_or_how_much_it_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("good.yaml"), VECTORS).unwrap();
    let path = folder.path().to_str().unwrap();
    let output = mqttspec(&["lint", path]);
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(0), &b"2 cases in 1 file\n"[..]));
    let bad = VECTORS.replace("PINGREQ", "PINGREK").replace("title: A PING", "titel: A PING");
    fs::write(folder.path().join("bad.yaml"), bad).unwrap();
    let output = mqttspec(&["lint", path]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains(&format!("{path}/bad.yaml:1:1: unknown key `titel`")), "{text}");
    assert!(text.trim_end().ends_with("mistakes") || text.trim_end().ends_with("mistake"), "{text}");
    cannot_run(&["lint", "/no/such/file.yaml"], &["there is no file or folder /no/such/file.yaml"]);
}

#[test]
fn the_schema_is_printed() {
    let output = mqttspec(&["schema"]);
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(schema["$schema"].is_string());
}

#[test]
fn a_dry_run_plays_nothing() {
    // nobody listens there
    let output = mqttspec(&["check", "mqtt://127.0.0.1:1", "ws://127.0.0.1:1/mqtt", "--only", "3.12", "--dry-run"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("v5 3.12-pingreq/answered/each-one\n"), "{text}");
    for url in ["mqtt://127.0.0.1:1", "ws://127.0.0.1:1/mqtt"] {
        let told = |line: &str| line.starts_with("would play ") && line.ends_with(&format!(") on {url}"));
        assert!(text.lines().any(told), "{text}");
    }
}

/// A full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_list_that_cannot_be_written_is_an_error() {
    for command in ["list", "schema"] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut list = std::process::Command::new(env!("CARGO_BIN_EXE_mqttspec"));
        let output = list.arg(command).stdout(full).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.starts_with("mqttspec: cannot write to standard output: "), "{error}");
    }
}
