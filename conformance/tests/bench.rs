//! The output of `mqttspec bench`, not its results.

use std::{
    collections::HashSet,
    process::{Command, Output},
};

fn bench(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mqttspec")).arg("bench").args(arguments).output().expect("the binary starts")
}

#[test]
fn every_workload_measures_the_embedded_broker_over_both_transports() {
    let quick = ["--rounds", "1", "--turn", "100", "--connections", "5"];
    let mut measured = HashSet::new();
    for version in ["v3.1.1", "v5"] {
        let output = bench(&[&quick[..], &["--json", "--mqtt-version", version]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(report["targets"].as_array().map(Vec::len), Some(2));
        let rows = report["rows"].as_array().expect("rows");
        assert_eq!(rows.len(), 22, "ten workloads; stalled and held have three figures, all others two");
        for row in rows {
            for target in 0..2 {
                let (value, name) = (&row["values"][target][0], &row["name"]);
                match name.as_str() {
                    Some("memory per connection" | "broker memory afterwards" | "CPU time / delivery") => {
                        assert!(value.is_null(), "no process was named")
                    }
                    Some("connections held") => assert_eq!(value, 5.0),
                    Some(name) if value.as_f64().is_some_and(|value| value > 0.0) => {
                        _ = measured.insert(name.to_owned())
                    }
                    // on an overloaded machine
                    _ => assert_eq!(value, 0.0, "{version} {name}"),
                }
                assert_eq!(row["lost"][target], 0, "{version} {name}");
            }
        }
    }
    assert_eq!(measured.len(), 12, "each at least once: {measured:?}");
}

#[test]
fn table_shows_ratios_to_the_first_broker() {
    let held = ["--only", "held", "--only", "held"]; // a repeated workload runs once
    let output = bench(&[&held[..], &["--rounds", "1", "--connections", "3"]].concat());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let held = text.lines().find(|line| line.starts_with("| connections held")).expect("a row");
    let cells: Vec<&str> = held.split('|').map(str::trim).filter(|cell| !cell.is_empty()).collect();
    assert_eq!(cells, ["connections held", "3", "3 (1.00)"]);
    assert!(
        text.ends_with("ratio to the first broker.\nNot measured without --process: memory per connection.\n"),
        "{text}"
    );
}

#[test]
fn errors_are_one_sentence() {
    for (arguments, fragment) in [
        (&["mqtt://127.0.0.1:1", "--rounds", "1"][..], "failed to measure mqtt://127.0.0.1:1: connecting a client: "),
        (&["wss://127.0.0.1"], "wss://127.0.0.1:8084/: the load generator does not support TLS"),
        (&["mqtt://192.0.2.1"], "mqtt://192.0.2.1:1883 is not on this machine; use --remote"),
    ] {
        let output = bench(arguments);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{error}");
        assert!(error.contains(fragment), "{error}");
    }
    let unknown = bench(&["--only", "fast"]);
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("expected one of qos0, qos1, fan-out"));
}
