//! A bug report made from a JSON report: what is in it, and that its program shows the failure by itself.

#[expect(dead_code, reason = "only the deaf server is used here")]
mod common;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use common::fake::{Answer, fake};
use mqttspec_broker::{core::Config, shell::Embedded};

const DELIVERY: &str = "3.09-suback/reason-codes/in-order";
const TAKEN: &str = "3.01-connect/pipelined/behind-accepted";

fn mqttspec(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mqttspec")).args(arguments).output().expect("the binary starts")
}

/// A JSON report of cases that fail on a broker that acknowledges everything and delivers nothing.
fn report_of_deaf(folder: &Path) -> (PathBuf, String) {
    let (report, url) = (folder.join("report.json"), fake("mqtt", Answer::Deaf { v5: false }));
    let argument = format!("json={}", report.display());
    let chosen = ["--mqtt-version", "v3.1.1", "--only", DELIVERY, "--only", TAKEN];
    let output = mqttspec(&[["check", &url, "--report", &argument].as_slice(), &chosen].concat());
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    (report, url)
}

fn text(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

#[test]
fn bug_report_says_what_a_maintainer_needs() {
    let folder = tempfile::tempdir().expect("a folder");
    let (report, url) = report_of_deaf(folder.path());
    let text = text(&mqttspec(&["report-bug", report.to_str().expect("text"), TAKEN]));
    for part in [
        "# MQTT 3.1.1 [MQTT-",
        "## What the standard says\n\n- MQTT 3.1.1, section ",
        "## What happens\n",
        "- expected: `",
        "```text\n",
        " -> CONNECT: {",
        &format!("$ mqttspec check {url} --mqtt-version v3.1.1 --only {TAKEN}"),
        "The case tests this: Packets sent right after CONNECT are processed",
        "The case that shows it was written for:\n\n- MQTT 3.1.1, section ",
        "~~~yaml\n- name: behind-accepted",
        &format!("$ mqttspec replay {TAKEN} {url} --mqtt-version v3.1.1\n"),
        "~~~python\n#!/usr/bin/env python3\n",
        "topics and Client Identifiers begin with `",
        env!("CARGO_PKG_VERSION"),
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
}

#[test]
fn what_is_not_in_the_report_is_an_error_with_a_hint() {
    let folder = tempfile::tempdir().expect("a folder");
    let (report, _) = report_of_deaf(folder.path());
    let report = report.to_str().expect("text");
    for (arguments, hint) in [
        (vec![report, "3.01-connect/pipelined/behind-acepted"], "did you mean 3.01-connect/pipelined/behind-accepted?"),
        (vec![report, TAKEN, "--mqtt-version", "v5"], "has no case"),
        (vec![report, TAKEN, "--broker", "other"], "the report has no such broker; it has mqtt://127.0.0.1:"),
        (vec!["missing.json", TAKEN], "cannot read the report missing.json"),
    ] {
        let output = mqttspec(&[["report-bug"].as_slice(), &arguments].concat());
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(hint), "{error}");
    }
}

/// The program fails on the broker of the report and succeeds on the reference broker, over every transport.
#[test]
fn program_shows_the_failure_alone() {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("not run: python3 is not installed");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (report, deaf) = report_of_deaf(folder.path());
    let listen = ["mqtt://127.0.0.1:0", "ws://127.0.0.1:0/mqtt"].map(|url| url.parse().expect("a URL"));
    let reference = Embedded::start(Config::default(), &listen).expect("it starts");
    let program = folder.path().join("repeat.py");
    let output = mqttspec(&["report-bug", report.to_str().expect("text"), TAKEN, "--script"]);
    fs::write(&program, text(&output)).expect("written");
    let run = |url: &str| Command::new("python3").arg(&program).arg(url).output().expect("python3 starts");
    let urls = reference.urls().iter().map(|url| (url.to_string(), 0));
    for (url, code) in urls.chain([(deaf, 1)]) {
        let output = run(&url);
        let shown = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{url}: {shown}{}", String::from_utf8_lossy(&output.stderr));
        let says = if code == 1 { "This broker does what was reported." } else { "does not do what was reported." };
        assert!(shown.contains(says), "{shown}");
    }
}

#[test]
fn trace_shows_a_case_that_passes() {
    let case = "3.12-pingreq/answered/each-one";
    let output = mqttspec(&["check", "--only", "3.12", "--trace", case, "--mqtt-version", "v5"]);
    let shown = text(&output);
    for part in [
        " v5 3.12-pingreq/answered/each-one  a -> PINGREQ",
        "\n                 c000\n",
        "a <- PINGRESP",
        "v5 3.12-pingreq/answered/each-one  pass",
    ] {
        assert!(shown.contains(part), "{part:?} is not in\n{shown}");
    }
    assert!(
        !shown.contains("3.12-pingreq/answered/keeps-the-connection "),
        "only the one that was asked for:\n{shown}"
    );
    let output = mqttspec(&["check", "--only", "3.12", "--trace", "3.01-connect"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("matches none of the cases that are played"));
}
