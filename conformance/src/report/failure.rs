//! Explains a failed case: the statement, the failure, its place, the expected and observed packets, the last exchanges,
//! and the command that reruns it.

use std::fmt::Write as _;

use mqttspec_codec::Version;

use super::document::{Case, Entry, Observed, Way, case_of};
use crate::{
    judge::Verdict,
    packet::hex_lines,
    registry::{Registry, Statement},
    runner::{CaseRun, quoted},
    text::Text,
};

/// The failure of a case in full, with each line indented by two spaces; empty if it did not fail. `rerun` is the URL
/// and further arguments for `mqttspec check`: empty for the embedded broker, and `None` if no command can rerun the
/// case.
#[must_use]
pub fn explain(run: &CaseRun, rerun: Option<&str>) -> String {
    let mut case = case_of(run);
    if let (None, Verdict::Fail(failure)) = (&case.accused, &run.verdict) {
        // as long as the cases have not been compared, it is what the case says by itself
        case.accused = failure.accusation.statement.as_ref().map(|cited| cited.id.as_str().into());
    }
    block(&case, rerun)
}

/// The same for a case of a document.
pub(super) fn block(case: &Case, rerun: Option<&str>) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        // writing to a String cannot fail
        let _ = writeln!(text, "  {name:<10} {value}");
    };
    let Some(failure) = &case.failure else { return text };
    let told = match accused(case) {
        [only] => registered(&case.version, only),
        _ => None,
    };
    let keyword = told.map(|told| format!(" ({})", told.level.keyword())).unwrap_or_default();
    let name = if accused(case).len() > 1 { "one of" } else { "statement" };
    line(name, &format!("{}{keyword}", statement(case)));
    if let Some(told) = told {
        line("says", &told.says);
    }
    if let (Some(place), Some(step)) = (&failure.source, &failure.step) {
        line("step", &format!("{step}    ({place})"));
    }
    line("failed", &failure.what);
    for (index, expected) in failure.expected.iter().enumerate() {
        line(if index == 0 { "expected" } else { "or" }, expected);
    }
    if let Some(seen) = &failure.observed {
        for (name, value) in observed(seen) {
            line(name, &value);
        }
    }
    let transcript = exchanges(case);
    for (index, entry) in transcript.iter().skip(transcript.len().saturating_sub(SHOWN)).enumerate() {
        line(if index == 0 { "exchanged" } else { "" }, entry);
    }
    if let Some(rerun) = rerun {
        line("rerun", &command(case, rerun));
    }
    text
}

/// The command that plays this case alone. `rerun` is as in [`explain`].
pub(super) fn command(case: &Case, rerun: &str) -> String {
    let space = if rerun.is_empty() { "" } else { " " };
    format!("mqttspec check{space}{rerun} --mqtt-version {} --only {}", case.version, quoted(&case.id))
}

/// The command that plays it step by step.
pub(super) fn step_by_step(case: &Case, rerun: &str) -> String {
    let space = if rerun.is_empty() { "" } else { " " };
    format!("mqttspec replay {}{space}{rerun} --mqtt-version {}", quoted(&case.id), case.version)
}

/// The statement that a failed case accuses, or those of which it is one, each with its version.
pub(super) fn statement(case: &Case) -> String {
    let cited = accused(case).iter().map(|id| format!("{} [{id}]", case.version));
    cited.collect::<Vec<_>>().join(", ")
}

/// The statements that a case cites.
pub(super) fn cited(case: &Case) -> String {
    case.statements.iter().map(|id| format!("{} [{id}]", case.version)).collect::<Vec<_>>().join(", ")
}

/// How often a case got which verdict, if it was not always the same: `2 fail, 3 pass`.
pub(super) fn flips(case: &Case) -> Option<String> {
    let counts = case.flips.as_ref()?.counts.iter().map(|(verdict, count)| format!("{count} {verdict}"));
    Some(counts.collect::<Vec<_>>().join(", "))
}

fn accused(case: &Case) -> &[Text] {
    match &case.accused {
        Some(accused) => std::slice::from_ref(accused),
        None => &case.among,
    }
}

/// The statement of that version, `v3.1.1` or `v5`, in the registry that is built in.
pub(super) fn registered(version_name: &str, id: &str) -> Option<&'static Statement> {
    let version = [Version::V3_1_1, Version::V5].into_iter().find(|version| version.to_string() == version_name)?;
    Registry::shared().ok()?.get(version, id)
}

/// The packet that was received, and its bytes, as lines with their names.
pub(super) fn observed(observed: &Observed) -> Vec<(&'static str, String)> {
    let mut lines = vec![("observed", format!("{} <- {}", observed.connection, observed.packet))];
    for (index, bytes) in bytes_of(observed).into_iter().enumerate() {
        lines.push((if index == 0 { "bytes" } else { "" }, bytes));
    }
    lines
}

/// The bytes of a packet that was received, in lines, with a caret under the wrong one.
pub(super) fn bytes_of(observed: &Observed) -> Vec<String> {
    hex_lines(&bytes(&observed.hex), observed.wrong_byte)
}

/// The bytes of hex digits, up to what is none.
fn bytes(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits.chars().map_while(|digit| digit.to_digit(16)?.try_into().ok()).collect();
    digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect()
}

/// The whole transcript of a case, a line for each packet or event.
pub(super) fn exchanges(case: &Case) -> Vec<String> {
    case.transcript.as_deref().unwrap_or_default().iter().map(exchange).collect()
}

/// An entry of a transcript, and below it its bytes. Long packets are shortened.
pub(super) fn exchanged(entry: &Entry) -> Vec<String> {
    let bytes = hex_lines(&bytes(&entry.hex), None).into_iter();
    std::iter::once(exchange(entry)).chain(bytes.map(|bytes| format!("{:12}{bytes}", ""))).collect()
}

/// One line of a transcript.
fn exchange(entry: &Entry) -> String {
    let arrow = match entry.direction {
        Way::Sent => "->",
        Way::Received => "<-",
    };
    let mark = if entry.automatic { "  (by the suite)" } else { "" };
    format!("{:>8.3} s  {} {arrow} {}{mark}", entry.milliseconds / 1000.0, entry.connection, entry.packet)
}

const SHOWN: usize = 12;
