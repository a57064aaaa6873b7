//! `--max-connections` and `--rate`, seen by a proxy that counts.

#[path = "../common/command.rs"]
mod command;
mod counter;

use std::time::Duration;

use command::cannot_run;
use counter::Counter;

/// What a run printed, which must have no failure.
fn check(url: &str, arguments: &[&str]) -> String {
    let output = command::mqttspec_within(Duration::from_secs(300), &[&["check", url], arguments].concat());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains(" passed, 0 failed"), "{text}");
    text
}

/// Probes, the bystander, fresh clients and cleaning up included. Eight cases at once would need more.
#[test]
fn there_are_never_more_connections_at_once() {
    let counter = Counter::start();
    let text = check(&counter.url, &["--max-connections", "8", "--jobs", "64", "--shard", "1/5"]);
    assert!(text.contains(" s with 7 cases at once"), "{text}");
    let most = counter.most();
    assert!((6..=8).contains(&most), "{most} connections at once");
}

#[test]
fn cases_that_need_more_are_skipped() {
    let counter = Counter::start();
    let text = check(&counter.url, &["--max-connections", "4", "--only", FOUR_CLIENTS, "--only", "3.12-pingreq"]);
    let why = "needs 4 connections at once, and --max-connections leaves 3 beside one of the suite itself";
    assert!(text.contains(why), "{text}");
    assert!(counter.most() <= 4, "{} connections at once", counter.most());
    let text = check(&counter.url, &["--max-connections", "5", "--only", FOUR_CLIENTS]);
    assert!(!text.contains("connections at once, and"), "{text}");
}

#[test]
fn connections_are_opened_no_faster() {
    let counter = Counter::start();
    let text = check(&counter.url, &["--rate", "20", "--only", "3.12-pingreq"]);
    assert!(text.contains(" s with 20 cases at once"), "{text}");
    let (connections, time) = counter.opened();
    assert!(connections > 40, "only {connections} connections");
    // the first one may arrive late
    let least = Duration::from_millis(50) * (connections - 1);
    assert!(time + Duration::from_millis(100) >= least, "{connections} connections in {time:?}");
}

/// The broker's times go on while a case waits for a connection, so that they grow, and nothing fails.
#[test]
fn a_slow_rate_fails_no_case_about_times() {
    let counter = Counter::start();
    check(&counter.url, &["--rate", "2", "--only", TIMES, "--mqtt-version", "v5"]);
}

#[test]
fn limits_have_bounds() {
    let refused = |arguments: &[&str], fragment: &str| {
        let output = command::mqttspec(&[&["check", "mqtt://127.0.0.1:1"], arguments].concat());
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && error.contains(fragment), "{error}");
    };
    refused(&["--max-connections", "3"], "3 is not in 4..=65535");
    refused(&["--rate", "fast"], "invalid value 'fast' for '--rate <N>'");
    let bounds = "connections per second is not from 0.1 to 10000";
    for rate in ["0", "0.01", "1e9", "NaN"] {
        cannot_run(&["check", "mqtt://127.0.0.1:1", "--rate", rate], &[bounds]);
    }
}

const FOUR_CLIENTS: &str = "4.08-subscriptions";
const TIMES: &str = "3.01-connect/session-expiry";
