//! Checks what `compare` and `merge` say of reports, and that `check` ends with the comparison.

mod made;

use std::{fs, path::Path, process::Command};

use made::{HOSTILE, case, document, failing, named, run, statement_of};
use mqttspec::report::{
    Comparison, MergeError,
    compare::Change,
    document::{Case, Document, Flips, Run, Verdict, statements},
};

const STATEMENT: &str = "MQTT-3.1.2-24";

fn changed(older: Vec<Case>, newer: Vec<Case>) -> (Change, bool) {
    let documents = [older, newer].map(|cases| document(vec![run("mqtt://there", cases)]));
    let comparison = Comparison::of(&[&documents[0], &documents[1]]);
    assert!(comparison.brokers.is_none());
    (comparison.changes.into_iter().next().expect("two runs of one broker"), comparison.worse)
}

fn pass(id: &str) -> Case {
    case(id, "v5", Verdict::Pass)
}

fn fail(id: &str) -> Case {
    failing(id, "v5", STATEMENT, "late")
}

fn flips(mut case: Case) -> Case {
    case.flips = Some(Flips { counts: [("pass".into(), 2), ("fail".into(), 1)].into(), others: Vec::new() });
    case
}

#[test]
fn case_that_passed_and_fails_is_worse() {
    let (change, worse) = changed(vec![pass("a/b/c"), pass("a/b/d")], vec![fail("a/b/c"), pass("a/b/d")]);
    assert!(worse);
    assert_eq!(change.newly_failing[0].case, named("a/b/c"));
    assert_eq!(change.new_deviations.len(), 1);
    assert_eq!((&*change.statements[0].older, &*change.statements[0].newer), ("pass", "fail"));
    let (change, worse) = changed(vec![fail("a/b/c")], vec![pass("a/b/c")]);
    assert!(!worse && change.newly_passing.len() == 1 && change.gone_deviations.len() == 1);
}

#[test]
fn case_that_only_one_run_judged_is_told_apart() {
    let (change, worse) = changed(vec![pass("a/b/c")], vec![pass("a/b/c"), fail("a/b/new")]);
    assert!(!worse, "{change:?}");
    assert_eq!(change.only_newer, [named("a/b/new")]);
    assert_eq!((change.untold_deviations.len(), change.new_deviations.len()), (1, 0));
    let (change, worse) = changed(vec![case("a/b/c", "v5", Verdict::Skip)], vec![fail("a/b/c")]);
    assert!(!worse && change.only_newer.len() == 1, "{change:?}");
    let (change, worse) = changed(vec![case("a/b/c", "v5", Verdict::Error)], vec![fail("a/b/c")]);
    assert!(!worse && change.otherwise.len() == 1, "{change:?}");
}

#[test]
fn other_vectors_are_named() {
    let older = document(vec![run("mqtt://there", vec![pass("a/b/c")])]);
    let newer = Document { vectors_version: "9.9\u{1B}".to_owned(), ..older.clone() };
    let text = Comparison::of(&[&older, &newer]).to_string();
    assert!(text.contains("different vectors") && text.contains("9.9\\x1B,"), "{text}");
    assert!(!Comparison::of(&[&older, &older]).to_string().contains("different vectors"));
}

#[test]
fn flip_is_not_worse() {
    let (change, worse) = changed(vec![pass("a/b/c")], vec![flips(fail("a/b/c"))]);
    assert!(!worse, "{change:?}");
    assert_eq!(change.unstable, [named("a/b/c")]);
}

#[test]
fn other_deviation_of_a_case_that_failed_before_is_new() {
    let (change, worse) = changed(vec![fail("a/b/c")], vec![failing("a/b/c", "v5", STATEMENT, "early")]);
    assert!(worse && change.newly_failing.is_empty());
    assert_eq!((change.new_deviations.len(), change.gone_deviations.len(), change.same_deviations), (1, 1, 0));
}

#[test]
fn brokers_are_put_side_by_side() {
    let first = document(vec![run("mqtt://one", vec![pass("a/b/c"), pass("x/y/z")])]);
    let second = document(vec![run("mqtt://two", vec![fail("a/b/c"), case("x/y/z", "v5", Verdict::Skip)])]);
    let comparison = Comparison::of(&[&first, &second]);
    let brokers = comparison.brokers.clone().expect("two brokers");
    assert!(comparison.worse && comparison.changes.is_empty());
    assert_eq!(brokers.statements.len(), 1);
    assert_eq!(brokers.statements[0].verdicts, ["pass", "fail"]);
    assert_eq!(brokers.sections[0].passed_of_judged, [(1, 1), (0, 1)]);
    assert_eq!(brokers.sections[1].passed_of_judged, [(1, 1), (0, 0)]);
    let text = comparison.to_string();
    assert!(text.contains("v5 [MQTT-3.1.2-24]  pass        fail") && text.contains("1 of 1"), "{text}");
    assert!(!Comparison::of(&[&second, &first]).worse, "the second is better");
    // by a case that the first broker does not have, nothing is worse
    let other = document(vec![run("mqtt://two", vec![fail("a/b/other")])]);
    assert!(!Comparison::of(&[&first, &other]).worse);
}

#[test]
fn hostile_names_reach_neither_text_nor_markdown() {
    let documents = [vec![pass("a/b/c")], vec![failing("a/b/c", "v5", STATEMENT, HOSTILE)]];
    let [older, newer] = documents.map(|cases| document(vec![run(HOSTILE, cases)]));
    let comparison = Comparison::of(&[&older, &newer]);
    let text = comparison.to_string();
    assert!(!text.contains('\u{1B}') && text.contains(&statement_of(HOSTILE)), "{text}");
    let markdown = comparison.markdown();
    assert!(!markdown.contains("<script") && !markdown.contains("@someone"), "{markdown}");
    assert!(markdown.contains(&format!("mqttspec {}", env!("CARGO_PKG_VERSION")).replace('.', "&#46;")));
}

fn shard(cases: Vec<Case>) -> Document {
    document(vec![run("mqtt://there", cases)])
}

#[test]
fn parts_of_a_run_are_joined() {
    let mut one = shard(vec![pass("a/b/c"), fail("a/b/d")]);
    let mut two = shard(vec![fail("a/b/e"), case("a/b/f", "v5", Verdict::Warn), pass("a/b/c")]);
    one.runs[0].summary.stale_baseline_entries = vec!["x".into(), "y".into()];
    two.runs[0].summary.unmatched_baseline_entries = vec!["y".into()];
    one.runs[0].notes = vec!["same".into()];
    two.runs[0].notes = vec!["same".into(), "other".into()];
    let whole = shard(vec![pass("a/b/c"), fail("a/b/d"), fail("a/b/e"), case("a/b/f", "v5", Verdict::Warn)]);
    let merged = Document::merge([one, two, document(vec![run("mqtt://other", vec![pass("a/b/c")])])]).expect("merged");
    assert_eq!(merged.runs.len(), 2);
    let Run { summary, deviations, cases, statements, notes, .. } = &merged.runs[0];
    assert_eq!(*cases, whole.runs[0].cases);
    assert_eq!(*statements, whole.runs[0].statements);
    assert_eq!(summary.tally, whole.runs[0].summary.tally);
    assert_eq!((summary.deviations, summary.exit_code, deviations.len()), (1, 1, 1));
    assert_eq!((&deviations[0].clearest, &*deviations[0].witnesses), (&named("a/b/d"), &[named("a/b/e")][..]));
    assert_eq!(summary.stale_baseline_entries, ["y"], "a case of the other part needs x");
    assert_eq!(*notes, ["same", "other"]);
}

#[test]
fn parts_that_contradict_each_other_are_not_joined() {
    let error = Document::merge([shard(vec![pass("a/b/c")]), shard(vec![fail("a/b/c")])]).expect_err("an error");
    assert!(error.to_string().contains("v5 a/b/c is `pass` in one report and `fail` in another"), "{error}");
    let other = Document { vectors_version: "other".to_owned(), ..shard(Vec::new()) };
    assert!(matches!(Document::merge([shard(Vec::new()), other]), Err(MergeError::Vectors(..))));
}

fn mqttspec(arguments: &[&str], folder: &Path) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_mqttspec"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .expect("the binary starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// Two shards of a run against the embedded broker, merged, compared, and played again.
#[test]
fn commands_work_on_reports_of_check() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    for (file, only) in [("json=a.json", "3.12-pingreq"), ("json=b.json", "3.14-disconnect")] {
        let (code, _, error) = mqttspec(&["check", "--only", only, "--report", file], folder);
        assert_eq!(code, Some(0), "{error}");
    }
    let (code, merged, error) =
        mqttspec(&["merge", "a.json", "b.json", "--report", "json=m.json", "--report", "markdown=-"], folder);
    assert_eq!(code, Some(0), "{error}");
    assert!(merged.starts_with("# MQTT conformance\n") && merged.contains("reference broker"), "{merged}");
    let read = |name: &str| Document::read(&folder.join(name)).expect("a report");
    let [a, b, m] = ["a.json", "b.json", "m.json"].map(read);
    assert_eq!(m.runs[0].cases.len(), a.runs[0].cases.len() + b.runs[0].cases.len());
    for document in [&a, &b, &m] {
        let (all, of_cases) = (&document.runs[0].statements, statements(&document.runs[0].cases));
        // the others are checked in every case
        let missing: Vec<_> = of_cases.iter().filter(|of| *of.verdict != *"not run" && !all.contains(of)).collect();
        assert!(missing.is_empty(), "as the runner counts them: {missing:?}");
        let others =
            all.iter().filter(|found| of_cases.iter().all(|of| of.id != found.id || of.version != found.version));
        assert!(others.clone().count() > 10 && others.clone().all(|found| *found.verdict == *"pass"));
    }
    let tested = |document: &Document| document.runs[0].summary.coverage["v5"].tested["MUST"].tested;
    assert!(tested(&m) > tested(&a) && tested(&m) > tested(&b) && tested(&m) < tested(&a) + tested(&b));
    let (code, text, _) = mqttspec(&["compare", "a.json", "m.json"], folder);
    assert_eq!(code, Some(0));
    assert!(text.contains("Nothing got worse") && text.contains("ran in the newer report only"), "{text}");

    let mut worse = a.clone();
    let case = &mut worse.runs[0].cases[0];
    let failed = failing(&case.id, &case.version, &case.statements[0], "forged");
    *case = failed;
    fs::write(folder.join("w.json"), serde_json::to_string(&worse).expect("JSON")).expect("written");
    let (code, text, _) = mqttspec(&["compare", "a.json", "w.json", "--json"], folder);
    assert_eq!(code, Some(1));
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(json["worse"], true);
    let (code, text, _) = mqttspec(&["compare", "a.json", "w.json", "--markdown"], folder);
    assert!(code == Some(1) && text.contains("Something got worse"), "{text}");
    let (code, _, error) = mqttspec(&["compare", "a.json"], folder);
    assert!(code == Some(2) && error.contains("there is only one run"), "{error}");

    let (code, _, error) = mqttspec(&["check", "--failed", "w.json", "--report", "json=f.json"], folder);
    assert_eq!(code, Some(0), "{error}");
    let played: Vec<_> = read("f.json").runs[0].cases.iter().map(Case::name).collect();
    assert_eq!(played, [worse.runs[0].cases[0].name()]);
    let (code, _, error) = mqttspec(&["check", "--failed", "a.json"], folder);
    assert!(code == Some(0) && error.contains("nothing to check"), "{error}");
}

#[test]
fn check_names_brokers_and_ends_with_the_comparison() {
    let folder = tempfile::tempdir().expect("a folder");
    // nobody listens on port 1
    let urls = ["check", "mqtt://127.0.0.1:1", "mqtt://localhost:1", "--name", "one", "--name", "two"];
    let (code, text, error) = mqttspec(&[&urls[..], &["--report", "json=r.json"]].concat(), folder.path());
    assert_eq!(code, Some(2), "{error}");
    let read = Document::read(&folder.path().join("r.json")).expect("a report");
    let labels: Vec<&str> = read.runs.iter().map(|run| run.label().as_str()).collect();
    assert_eq!(labels, ["one", "two"]);
    assert!(text.contains("differences between brokers"), "{text}");
    let (code, _, error) = mqttspec(&["check", "--name", "one", "--name", "two"], folder.path());
    assert!(code == Some(2) && error.contains("2 times --name, but there are only 1 brokers"), "{error}");
}
