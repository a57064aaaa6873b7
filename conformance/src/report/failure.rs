//! Explains a failed case: the failure, its place, the expected and observed packets, the last exchanges, and the
//! command that reruns it.

use std::fmt::Write as _;

use crate::{
    judge::{Direction, Failure, TranscriptEntry},
    packet::hex_lines,
    runner::CaseRun,
};

/// The failure in full, with each line indented by two spaces. `rerun` is the URL and further arguments for `mqttspec
/// check`: empty for the embedded broker, and `None` if no command can rerun the case.
#[must_use]
pub fn explain(run: &CaseRun, failure: &Failure, rerun: Option<&str>) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        // writing to a String cannot fail
        let _ = writeln!(text, "  {name:<10} {value}");
    };
    let accusation = &failure.accusation;
    let cited: Vec<String> = match &accusation.statement {
        Some(statement) => vec![statement.to_string()],
        None => accusation.among.iter().map(ToString::to_string).collect(),
    };
    line(if cited.len() > 1 { "one of" } else { "statement" }, &cited.join(", "));
    if let (Some(place), Some(step)) = (&failure.place, &failure.step) {
        line("step", &format!("{step}    ({place})"));
    }
    line("failed", &failure.what);
    for (index, expected) in failure.expected.iter().enumerate() {
        line(if index == 0 { "expected" } else { "or" }, expected);
    }
    if let Some(observed) = &failure.observed {
        line("observed", &format!("{} <- {}", observed.who, observed.text));
        for (index, bytes) in hex_lines(&observed.bytes, observed.mark).into_iter().enumerate() {
            line(if index == 0 { "bytes" } else { "" }, &bytes);
        }
    }
    let last = run.transcript.len().saturating_sub(SHOWN);
    for (index, entry) in run.transcript.iter().skip(last).enumerate() {
        line(if index == 0 { "exchanged" } else { "" }, &exchange(entry));
    }
    if let Some(rerun) = rerun {
        let space = if rerun.is_empty() { "" } else { " " };
        let choice = format!("--mqtt-version {} --only {}", run.case.version, quoted(&run.case.id));
        line("rerun", &format!("mqttspec check{space}{rerun} {choice}"));
    }
    text
}

/// One line of a transcript.
fn exchange(entry: &TranscriptEntry) -> String {
    let arrow = match entry.direction {
        Direction::Sent => "->",
        Direction::Received => "<-",
    };
    let mark = if entry.automatic { "  (by the suite)" } else { "" };
    format!("{:>8.3} s  {} {arrow} {}{mark}", entry.at.as_secs_f64(), entry.who, entry.text)
}

/// Quoted for a shell.
fn quoted(id: &str) -> String {
    match id.chars().all(|c| c.is_ascii_alphanumeric() || "/-._".contains(c)) {
        true => id.to_owned(),
        false => format!("'{id}'"),
    }
}

const SHOWN: usize = 12;
