//! What tests a Server for each statement, or why nothing does; `mqttspec statements` and `mqttspec explain`.

#[path = "common/command.rs"]
mod command;

use std::{collections::BTreeSet, fs};

use command::{cannot_run, mqttspec};
use mqttspec::{
    Suite,
    judge::tested_everywhere,
    registry::{Level, Registry, Untestable},
    runner::{Standing, standings},
};
use serde_json::Value;

/// How many statements of which a Server could be tested are still without a case. It only ever gets smaller.
const MISSING: usize = 0;

#[test]
fn few_statements_have_no_case() {
    let missing: Vec<String> = all()
        .iter()
        .filter(|standing| !standing.is_tested() && standing.statement.untestable().is_none())
        .map(|Standing { statement, .. }| format!("{} [{}] {}", statement.version, statement.id, statement.says))
        .collect();
    assert_eq!(
        missing.len(),
        MISSING,
        "lower the number if it fell; else write a case, or say in the row why there can be none:\n{}",
        missing.join("\n")
    );
}

#[test]
fn what_is_untested_has_no_case_and_no_check() {
    for standing in all().iter().filter(|standing| standing.statement.untested.is_some()) {
        let statement = standing.statement;
        let name = format!("{} [{}]", statement.version, statement.id);
        let cases = standing.names();
        assert!(cases.is_empty(), "{name} is not untested, as {cases:?} cite it; remove `untested` and `why_not`");
        let checked = tested_everywhere(statement.version).get(&*statement.id);
        assert_eq!(checked, None, "{name} is not untested, as every case checks it");
        let is_silent = statement.untested == Some(Untestable::Silent);
        assert!(is_silent || statement.level != Level::Unspecified, "{name} is `unspecified`, so it is `silent`");
    }
}

/// A row that only repeats another names it, and that one is tested.
#[test]
fn what_is_repeated_is_tested() {
    let standings = all();
    for Standing { statement, .. } in standings.iter().filter(|of| of.statement.untested == Some(Untestable::Repeats)) {
        let why = statement.why_not.as_deref().expect("the reader demands it");
        let named = standings.iter().find(|other| {
            other.statement.version == statement.version
                && why.split([' ', ',', ';']).any(|word| word == other.statement.id)
        });
        let named = named.unwrap_or_else(|| panic!("{} [{}] names no other: {why}", statement.version, statement.id));
        assert!(named.is_tested(), "{} [{}]: {why}", statement.version, statement.id);
    }
}

#[test]
fn statements_are_listed_with_what_tests_them() {
    let all = lines(&["statements"]);
    assert_eq!(all.len(), Registry::shared().unwrap().len());
    assert!(all.iter().all(|line| line.split('\t').count() == 5), "version, id, level, what tests it, what it says");
    let line = |id: &str| lines(&["statements", "--mqtt-version", "v5", "--only", id]).concat();
    assert!(line("MQTT-3.12.4-1").starts_with("v5\tMQTT-3.12.4-1\tmust\t"), "{}", line("MQTT-3.12.4-1"));
    assert!(line("3.12.4-1").contains(" case"), "{}", line("3.12.4-1"));
    assert!(line("5.0§3.2.2.3.9-a").contains("\tevery case\t"));
    assert!(line("5.0§4.13.2-b").contains("\tpermits\t"));
}

#[test]
fn statements_are_selected() {
    let ids = |arguments: &[&str]| -> BTreeSet<String> {
        let found = lines(&[&["statements"], arguments].concat());
        found.iter().map(|line| line.split('\t').take(3).collect::<Vec<_>>().join(" ")).collect()
    };
    let section = ids(&["--only", "3.12"]);
    assert!(section.len() > 2 && section.iter().all(|line| line.contains("3.12")), "{section:?}");
    assert_eq!(ids(&["--only", "MQTT-3.12.4-*"]), ids(&["--only", "3.12.4-1"]));
    let may = ids(&["--level", "may", "--mqtt-version", "v3.1.1"]);
    assert!(!may.is_empty() && may.iter().all(|line| line.starts_with("v3.1.1 ") && line.ends_with(" may")), "{may:?}");
    assert!(ids(&["--level", "must"]).iter().any(|line| line.ends_with(" must-not")));
    let uncovered = lines(&["statements", "--uncovered"]);
    let words: BTreeSet<&str> = uncovered.iter().filter_map(|line| line.split('\t').nth(3)).collect();
    assert!(words.contains("permits") && words.contains("client") && !words.contains("every case"), "{words:?}");
    cannot_run(&["statements", "--only", "3.1.2-244"], &["did you mean MQTT-3.1.2-24?"]);
    cannot_run(&["statements", "--only", "9.9"], &["no statement matches `9.9`"]);
}

/// An id stands in both versions, for different things.
#[test]
fn a_statement_is_explained_for_each_version() {
    let text = lines(&["explain", "3.1.2-24"]).join("\n");
    for fragment in [
        "v3.1.1 [MQTT-3.1.2-24] (MUST) binds the Server; section 3.1.2.10, Keep Alive\n  says ",
        "v5 [MQTT-3.1.2-24] (MUST NOT) binds the Server; section 3.1.2.11.4, Maximum Packet Size\n  says ",
        "\n  probe      ",
        "\n  tested by  3.",
    ] {
        assert!(text.contains(fragment), "{fragment:?} is not in:\n{text}");
    }
    let untested = lines(&["explain", "5.0§4.13.2-b"]).join("\n");
    assert!(untested.contains("\n  not tested Which of several errors is reported"), "{untested}");
    let everywhere = lines(&["explain", "5.0§3.2.2.3.9-a"]).join("\n");
    assert!(everywhere.contains("\n  tested by  every case, with each CONNACK"), "{everywhere}");
    cannot_run(&["explain", "MQTT-3.1.2-244"], &["did you mean MQTT-3.1.2-24?"]);
}

#[test]
fn a_report_says_what_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let path = report.to_str().unwrap();
    let output =
        mqttspec(&["check", "--only", "3.12-pingreq/answered", "--name", "mine", "--report", &format!("json={path}")]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("\nstatements tested: v3.1.1 MUST "), "{text}");
    assert!(text.contains("\nnot testable: "), "{text}");

    // what was not played is not passed, and what is checked in each packet is, if such a packet came
    let verdict = |id: &str| {
        let found = lines(&["statements", "--only", id, "--mqtt-version", "v5", "--report", path]);
        found[0].split('\t').nth(4).unwrap().to_owned()
    };
    assert_eq!(verdict("MQTT-3.12.4-1"), "pass");
    assert_eq!(verdict("5.0§3.2.2.3.9-a"), "pass", "a CONNACK came");
    assert_eq!(verdict("5.0§3.11.2.1.2-a"), "not run", "no UNSUBACK came");
    assert_eq!(verdict("MQTT-3.3.1-5"), "not run");

    let json: Value = serde_json::from_str(&fs::read_to_string(&report).unwrap()).unwrap();
    let coverage = &json["runs"][0]["summary"]["coverage"]["v5"];
    let share = |strength: &str| {
        (coverage["tested"][strength]["tested"].as_u64(), coverage["tested"][strength]["testable"].as_u64())
    };
    assert!(share("MUST").0 > Some(1) && share("MUST").1 > Some(300), "{coverage}");
    assert!(coverage["not_testable"]["permits"].as_u64() > Some(0), "{coverage}");

    // the same statement as accused, with the cases that do
    let accused = fs::read_to_string(&report).unwrap();
    let mut accused: Value = serde_json::from_str(&accused).unwrap();
    for statement in accused["runs"][0]["statements"].as_array_mut().unwrap() {
        statement["verdict"] = "fail".into();
    }
    let case = &mut accused["runs"][0]["cases"][0];
    (case["verdict"], case["accused"]) = ("fail".into(), "MQTT-3.12.4-1".into());
    let (id, version) = (case["id"].clone(), case["version"].clone());
    fs::write(&report, accused.to_string()).unwrap();
    let output = mqttspec(&["explain", "3.12.4-1", "--report", path, "--json"]);
    let explained: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of_this = explained.as_array().unwrap().iter().find(|record| record["version"] == version).unwrap();
    let verdict = &of_this["verdicts"][0];
    assert_eq!([&verdict["broker"], &verdict["verdict"], &verdict["failed"][0]], [&"mine".into(), &"fail".into(), &id]);
    assert_eq!(of_this["counted_as"], "MUST");
}

fn all() -> Vec<Standing> {
    standings(&Suite::embedded().expect("the vectors load"))
}

#[track_caller]
fn lines(arguments: &[&str]) -> Vec<String> {
    let output = mqttspec(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}
