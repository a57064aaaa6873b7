//! Runs `mqttspec check` as a process of its own, with little memory and little time.

use std::{
    fs,
    io::Read,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

/// How a run ended.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The JSON report, if there is one.
    pub(crate) json: String,
    /// The most memory that it had, in MiB; where the system does not say it, 0.
    pub(crate) memory: u64,
    pub(crate) elapsed: Duration,
}

impl Run {
    /// The verdict of each case by name, with the text of a failure.
    pub(crate) fn verdicts(&self) -> Vec<(String, String)> {
        let json: Value = serde_json::from_str(&self.json).expect("a whole report");
        let cases = json["runs"][0]["cases"].as_array().expect("cases").clone();
        let text = |case: &Value| {
            let texts = [&case["failure"]["what"], &case["reason"]];
            texts.into_iter().find_map(Value::as_str).unwrap_or_default().to_owned()
        };
        cases.iter().map(|case| (case["verdict"].as_str().expect("a verdict").to_owned(), text(case))).collect()
    }
}

/// Checks a broker, and asserts that the run stays within its memory and ends in time.
pub(crate) fn check(url: &str, arguments: &[&str], limit: Duration) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    let report = folder.path().join("report.json");
    // an allocation over the limit aborts the process
    let script = format!("ulimit -v {} && exec \"$@\"", ADDRESS_SPACE * 1024);
    let start = Instant::now();
    let mut child = Command::new("sh")
        .args(["-c", &script, "sh", env!("CARGO_BIN_EXE_mqttspec"), "check", url])
        .args(["--report", &format!("json={}", report.display())])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a shell");
    let read = |mut from: Box<dyn Read + Send>| {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = from.read_to_end(&mut bytes);
            String::from_utf8(bytes).expect("UTF-8")
        })
    };
    let stdout = read(Box::new(child.stdout.take().expect("piped")));
    let stderr = read(Box::new(child.stderr.take().expect("piped")));
    let mut memory = 0;
    let code = loop {
        memory = memory.max(peak(child.id()));
        if let Some(status) = child.try_wait().expect("a child") {
            break status.code();
        }
        if start.elapsed() > limit {
            child.kill().expect("still running");
            panic!("not over after {limit:?}; {memory} MiB\n{}", stdout.join().expect("read"));
        }
        thread::sleep(Duration::from_millis(20));
    };
    let (stdout, stderr) = (stdout.join().expect("read"), stderr.join().expect("read"));
    let elapsed = start.elapsed();
    assert!(matches!(code, Some(0..=2)), "ended with {code:?} at {memory} MiB after {elapsed:?}: {stderr}");
    assert!(memory < MOST_MEMORY, "{memory} MiB");
    Run { code, stdout, stderr, json: fs::read_to_string(report).unwrap_or_default(), memory, elapsed }
}

/// The peak of the resident memory, in MiB.
fn peak(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    kilobytes.unwrap_or(0_u64) / 1024
}

/// In MiB.
const MOST_MEMORY: u64 = 512;
/// In MiB: more than that memory, because not all of it is resident.
const ADDRESS_SPACE: u64 = 1024;
