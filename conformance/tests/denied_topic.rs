//! A topic on which the user has no rights: `--denied-topic`.

#[path = "common/command.rs"]
mod command;

use std::fs;

use command::{cannot_run, mqttspec};
use mqttspec_broker::{core::Config, shell::Embedded, users::parse};

/// Anybody may do anything, except on topics that begin with `$`: v5 and v3.1.1 [MQTT-4.7.2-1].
const USERS: &str = "[anonymous]\npublish = ['#']\nsubscribe = ['#']\n";
const DENIED: &str = "$denied/#";
const VECTORS: &str = "\
title: Topics on which the user has no rights
versions: [v5]
cites: {v5: [MQTT-3.1.2-3]}
requires: {denied_topic: any}
connected: [a]
cases:
  - name: subscribe
    steps:
      - a -> SUBSCRIBE: {packet_id: 1, subscriptions: [{filter: $denied_topic, qos: 1}]}
      - a <- SUBACK:    {packet_id: 1, reason_codes: [not_authorized]}

  - name: retained
    steps:
      - a -> PUBLISH:   {topic: $denied_topic, qos: 1, packet_id: 1, retain: true, payload: m}
      - a <- PUBACK:    {packet_id: 1, reason_code: not_authorized}
";

/// Plays these cases and one of the suite's own on a broker, and returns the exit code and what was printed.
fn check(broker: &Embedded, options: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("denied.yaml"), VECTORS).unwrap();
    let (url, vectors) = (broker.urls()[0].to_string(), folder.path().display().to_string());
    let only = ["--only", "denied", "--only", "4.03-qos/identifier-used-again/after-a-refusal"];
    let output = mqttspec(&[&["check", &url, "--vectors", &vectors, "--verbose"][..], &only, options].concat());
    let text = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned()).concat();
    (output.status.code(), text)
}

fn broker(config: Config) -> Embedded {
    Embedded::start(config, &["mqtt://127.0.0.1:0".parse().unwrap()]).unwrap()
}

#[test]
fn cases_about_rights_are_played_where_the_user_has_none() {
    let broker = broker(Config { access: parse(USERS).unwrap(), ..Config::default() });
    let (code, text) = check(&broker, &["--denied-topic", DENIED]);
    assert!(code == Some(0) && text.contains(": 3 passed, 0 failed in"), "{text}");
    assert!(!text.contains("could not be removed"), "nothing was retained there: {text}");
    let (code, text) = check(&broker, &[]);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(text.matches("without --denied-topic the suite knows no topic").count(), 4, "{text}");
}

#[test]
fn a_broker_that_lets_everybody_do_everything_fails() {
    let (code, text) = check(&broker(Config::default()), &["--denied-topic", "denied/+/x"]);
    assert!(code == Some(1) && text.contains("FAIL  v5 denied/subscribe"), "{text}");
    assert!(text.contains("FAIL  v5 denied/retained") && text.contains("--denied-topic 'denied/+/x'"), "{text}");
    assert!(!text.contains("could not be removed"), "what it retained is gone: {text}");
}

#[test]
fn a_filter_that_leaves_no_topic_is_refused() {
    let output = mqttspec(&["check", "--denied-topic", "#"]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("`#` covers what cases need; expected a Topic Filter"), "{error}");
}

#[test]
fn the_configuration_may_name_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mqttspec.toml");
    fs::write(&file, "denied-topic = '+/x'\n").unwrap();
    let place = format!("{}:1:16: `denied-topic`: ", file.display());
    cannot_run(&["check", "--config", file.to_str().unwrap()], &[&place, "covers what cases need"]);
}
