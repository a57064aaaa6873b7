//! The command line: messages, exit codes, reports.

#[path = "common/command.rs"]
mod command;
mod common;

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use command::{cannot_run, mqttspec};
use common::fake::{Answer, fake};

#[test]
fn unreachable_broker() {
    // a port that was free a moment ago
    let url = format!("mqtt://{}", std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    cannot_run(&["check", &url], &["cannot connect to mqtt://", "is the broker running?"]);
}

#[test]
fn wrong_path() {
    let broker = Broker::start(&["ws://127.0.0.1:0/mqtt"]);
    let url = broker.urls[0].replace("/mqtt", "/elsewhere");
    cannot_run(&["check", &url], &["HTTP 404", "is the path /elsewhere correct?"]);
}

#[test]
fn refused_subprotocol() {
    let url = fake("ws", Answer::Http("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
    cannot_run(&["check", &url], &["refused the WebSocket handshake", "HTTP 400", "a subprotocol other than mqtt"]);
}

#[test]
fn wrong_password() {
    // CONNACK with the code of the requested version; v3.1.1 comes first
    let url = fake("mqtt", Answer::Connack([0x20, 2, 0, 4].to_vec()));
    let arguments = ["check", &url, "--mqtt-version", "v3.1.1", "--user-name", "u", "--password", "secret"];
    cannot_run(&arguments, &["bad_user_name_or_password", "--user-name and --password"]);
}

#[test]
fn server_that_is_not_a_broker() {
    let url = fake("mqtt", Answer::Http("HTTP/1.1 400 Bad Request\r\n\r\n"));
    cannot_run(&["check", &url], &["an HTTP answer (`HTTP/1.1 400 Bad Request`)", "ws://HOST:PORT/PATH"]);
}

#[test]
fn invalid_url_or_pattern() {
    let output = mqttspec(&["check", "http://127.0.0.1"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("expected ws://HOST:PORT/PATH or mqtt://HOST:PORT, or wss://")
    );
    for command in ["check", "list"] {
        cannot_run(&[command, "--only", "no-such-case"], &["no case matches `no-such-case`", "mqttspec list"]);
    }
}

#[test]
fn invalid_setting_is_reported_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broker.toml");
    let path = file.to_str().unwrap();
    fs::write(&file, "[limits]\nsesions = 5\n").unwrap();
    cannot_run(&["broker", "--settings", path], &["broker.toml:2:1: limits.sesions", "did you mean limits.sessions?"]);
    cannot_run(&["broker", "--set", "limits.sessions=x"], &["expected a whole number", "found \"x\""]);
    cannot_run(&["broker", "--settings", "/no/such/file"], &["cannot read /no/such/file"]);
}

#[test]
fn flags_override_the_settings_file_and_the_file_overrides_the_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broker.toml");
    fs::write(&file, "listen = ['mqtt://127.0.0.1:1']\n[limits]\nsessions = 5\nsubscriptions = 6\n").unwrap();
    let file = file.to_str().unwrap();
    let flags = ["--settings", file, "--set", "limits.sessions=7", "--listen", "mqtt://127.0.0.1:2"];
    let printed = mqttspec(&[&["broker", "--print-settings"], &flags[..]].concat());
    assert_eq!(printed.status.code(), Some(0));
    let printed = String::from_utf8(printed.stdout).unwrap();
    for line in ["listen = [\"mqtt://127.0.0.1:2\"]", "sessions = 7", "subscriptions = 6", "retained_messages = 100000"]
    {
        assert!(printed.lines().any(|found| found == line), "{line:?} is not in {printed}");
    }
}

#[test]
fn failures_are_explained_and_exit_with_1() {
    let url = fake("mqtt", Answer::Deaf { v5: false });
    let case = "3.09-suback/reason-codes/in-order";
    let output = mqttspec(&["check", &url, "--only", case, "--mqtt-version", "v3.1.1"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    for fragment in [
        "FAIL  v3.1.1 3.09-suback/reason-codes/in-order",
        "v3.1.1 [MQTT-3.8.4-5]  SUBACK has more or fewer Reason Codes",
        "step       sub <- SUBACK:",
        "3.09-suback/reason-codes.yaml:",
        "expected   sub <- SUBACK:",
        "observed   sub <- SUBACK: {packet_id: 1, reason_codes: [granted_qos_2, granted_qos_2]}",
        "bytes      90 04 00 01 02 02",
        "exchanged",
        &format!("rerun      mqttspec check {url} --mqtt-version v3.1.1 --only 3.09-suback/reason-codes/in-order"),
    ] {
        assert!(text.contains(fragment), "{fragment:?} is not in:\n{text}");
    }
}

#[test]
fn baseline_expects_failures_and_reports_are_written() {
    let url = fake("mqtt", Answer::Deaf { v5: false });
    let folder = tempfile::tempdir().unwrap();
    let (baseline, report) = (folder.path().join("baseline.yaml"), folder.path().join("report.json"));
    let entries = "expected:\n  - case: 3.01-connect/second-connect/*\n    reason: deaf\n  - case: 9.9-none/*\n    reason: gone\n";
    fs::write(&baseline, entries).unwrap();
    let report_argument = format!("json={}", report.display());
    let output = mqttspec(&[
        "check",
        &url,
        "--only",
        "3.01-connect/second-connect",
        "--mqtt-version",
        "v3.1.1",
        "--baseline",
        baseline.to_str().unwrap(),
        "--report",
        &report_argument,
    ]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("as the baseline expects"), "{text}");
    assert!(text.contains("9.9-none/*: matches no case"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&fs::read_to_string(&report).unwrap()).unwrap();
    let case = &json["runs"][0]["cases"][0];
    assert_eq!(case["verdict"], "fail");
    assert_eq!(case["expected_failure"], "deaf");
    assert!(case["transcript"].as_array().is_some_and(|lines| !lines.is_empty()));
}

/// `in-connect` has rows, and its name selects all of them.
#[test]
fn case_with_rows_is_selected_by_its_name() {
    let case = "1.5-data-representation/ill-formed-strings/in-connect";
    let lines = |arguments: &[&str]| {
        let output = mqttspec(&[&["list"], arguments].concat());
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let rows = lines(&["--only", case]);
    assert!(rows.len() > 2, "{rows:?}");
    assert!(rows.iter().all(|row| row.contains(&format!("{case}["))), "{rows:?}");
    let id = rows[0].split('\t').nth(1).unwrap();
    assert!(lines(&["--only", id]).iter().all(|row| row.contains(id)));
    let file = "1.5-data-representation/ill-formed-strings";
    assert_eq!(lines(&["--only", file, "--skip", case]).len(), lines(&["--only", file]).len() - rows.len());
}

#[test]
fn baseline_selects_a_case_with_rows_by_its_name() {
    let url = fake("mqtt", Answer::Deaf { v5: false });
    let (folder, case) = (tempfile::tempdir().unwrap(), "3.03-publish/own-message/to-the-publisher-too");
    let list = mqttspec(&["list", "--only", case]);
    assert_eq!(list.status.code(), Some(0), "the case exists");
    let baseline = folder.path().join("baseline.yaml");
    fs::write(&baseline, format!("expected:\n  - case: {case}\n    reason: deaf\n")).unwrap();
    let output = mqttspec(&[
        "check",
        &url,
        "--only",
        case,
        "--mqtt-version",
        "v3.1.1",
        "--baseline",
        baseline.to_str().unwrap(),
    ]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("failed as the baseline expects"), "{text}");
}

#[test]
fn invalid_baseline_is_reported_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let baseline = folder.path().join("baseline.yaml");
    fs::write(&baseline, "expected:\n  - case: a/*\n").unwrap();
    let output = mqttspec(&["check", "--baseline", baseline.to_str().unwrap()]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    assert!(error.contains("baseline.yaml:2:") && error.contains("`reason`"), "{error}");
}

#[test]
fn broker_prints_its_urls_and_stops_on_a_signal() {
    let mut broker = Broker::start(&["ws://127.0.0.1:0/mqtt", "mqtt://127.0.0.1:0"]);
    let [websocket, tcp] = &broker.urls[..] else { panic!("two URLs") };
    for url in [websocket.clone(), tcp.clone()] {
        let output = mqttspec(&["check", &url, "--only", "3.12-pingreq/answered"]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let killed = Command::new("kill").args(["-TERM", &broker.child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert!(broker.child.wait().unwrap().success(), "SIGTERM ends it cleanly");
}

/// In 3.1.1 such a CONNECT is malformed, which a broker must not be blamed for.
#[test]
fn password_without_user_name_is_refused() {
    cannot_run(&["check", "mqtt://127.0.0.1:1", "--password", "secret"], &["a password needs --user-name"]);
}

/// CI systems stop a job with SIGTERM.
#[test]
fn interrupted_run_ends_in_order() {
    let broker = Broker::start(&["mqtt://127.0.0.1:0"]);
    for signal in ["-TERM", "-INT"] {
        let mut check = Command::new(env!("CARGO_BIN_EXE_mqttspec"))
            .args(["check", &broker.urls[0], "--only", "3.01-connect/keep-alive"])
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(check.stdout.take().expect("piped")).lines();
        // the line about v5 is printed when the cases begin, some of which wait for seconds
        assert!(lines.by_ref().any(|line| line.unwrap().starts_with("v5: ")), "{signal}: the run began");
        assert!(Command::new("kill").args([signal, &check.id().to_string()]).status().unwrap().success());
        let rest: Vec<String> = lines.map(Result::unwrap).collect();
        assert!(rest.iter().any(|line| line.contains("interrupted")), "{signal}: {rest:?}");
        assert_eq!(check.wait().unwrap().code(), Some(2), "{signal}");
    }
}

#[test]
fn list_can_be_filtered() {
    let output = mqttspec(&["list", "--statement", "MQTT-3.1.0-2", "--mqtt-version", "v5"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!text.is_empty());
    assert!(text.lines().all(|line| line.starts_with("v5\t") && line.contains("MQTT-3.1.0-2")), "{text}");
}

/// `mqttspec broker` as a process of its own.
struct Broker {
    child: Child,
    urls: Vec<String>,
}

impl Broker {
    fn start(listeners: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mqttspec"));
        command.arg("broker").stdout(Stdio::piped());
        command.args(listeners.iter().flat_map(|url| ["--listen", url]));
        let mut child = command.spawn().expect("the binary starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let urls = lines
            .take(listeners.len())
            .map(|line| line.unwrap().strip_prefix("listening on ").expect("the promised line").to_owned())
            .collect();
        Self { child, urls }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
