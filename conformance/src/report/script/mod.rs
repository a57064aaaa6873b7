//! A program that shows a failure without mqttspec: Python, with its standard library only.
//!
//! It sends what the case sent, with other names, waits for what came then, and says whether the broker still does what
//! was reported.

use std::fmt::{self, Write as _};

use super::document::{Case, Entry, Run, Way};

/// Why there is no program for a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoScript {
    /// It has no transcript: it was not played, or the report leaves it out.
    NoTranscript,
    /// It writes WebSocket frames by itself, or the beginning of its transcript is not followed by all of the rest.
    NotPackets,
    /// The broker was in memory.
    InMemory,
}

impl fmt::Display for NoScript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NoScript::NoTranscript => "nothing of the case was recorded",
            NoScript::NotPackets => {
                "the case writes WebSocket frames by itself or exchanges too many packets, \
                                     which the program cannot do"
            }
            NoScript::InMemory => "the broker ran in memory, where no program reaches it",
        })
    }
}

impl std::error::Error for NoScript {}

/// The program. Its first argument is the URL of a broker; the default is that of the run. For a failed case, it exits
/// with 1 if the broker does what was reported, and with 0 if it does not; for others, with 0 if all comes as it was
/// recorded, and with 1 if not.
///
/// # Errors
/// See [`NoScript`].
pub fn script(run: &Run, case: &Case) -> Result<String, NoScript> {
    let transcript = case.transcript.as_deref().filter(|entries| !entries.is_empty()).ok_or(NoScript::NoTranscript)?;
    if run.rerun.is_none() {
        return Err(NoScript::InMemory);
    }
    let steps = transcript.iter().take(without_the_end(transcript)).filter_map(|entry| step(entry).transpose());
    let steps: Vec<String> = steps.collect::<Result<_, _>>()?;
    let failure = case.failure.as_ref();
    let observed = failure.and_then(|failure| failure.observed.as_ref()).filter(|observed| !observed.hex.is_empty());
    let observed = observed.map_or_else(
        || "None".to_owned(),
        |observed| format!("({}, {})", quoted(&observed.connection), quoted(&observed.hex)),
    );
    let expected = failure.map(|failure| failure.expected.iter().map(|text| &**text).collect::<Vec<_>>().join(" or "));
    let mut text = String::new();
    let codes = match failure {
        Some(_) => "1, the broker does what was reported; 0, it does not",
        None => "0, all comes as it was recorded; 1, something does not",
    };
    let statement = case.accused.as_ref().map_or_else(String::new, |id| format!("[{id}] "));
    // writing to a String cannot fail
    let _ = write!(
        text,
        r#"#!/usr/bin/env python3
# {title} ({version} {statement}{id})
#
# Usage: python3 FILE [URL]    Exit code: {codes}.
# CA_FILE and INSECURE=1 are for mqtts:// and wss://. A password is replaced by asterisks below.
# Written by mqttspec {tool}; Python 3.8 or later, standard library only.
RECORDED_URL = {url}
PREFIX = {prefix}  # what topics and Client Identifiers began with
EXPECTED = {expected}
REPORTED = {reported}  # what was wrong; None if nothing was
OBSERVED = {observed}  # the wrong packet, and the client that received it; None if it is that nothing came
WAIT = 5  # seconds, for each packet
# When, in seconds; what; the client; the bytes; what they are
STEPS = [
{steps}]

"#,
        title = case.title,
        version = case.version,
        id = case.id,
        tool = env!("CARGO_PKG_VERSION"),
        url = quoted(&run.target),
        prefix = quoted(case.prefix.as_deref().unwrap_or_default()),
        expected = quoted(&expected.unwrap_or_default()),
        reported = failure.map_or_else(|| "None".to_owned(), |failure| quoted(&failure.what)),
        steps = steps.concat(),
    );
    text.push_str(include_str!("replay.py"));
    Ok(text)
}

/// How many entries there are before the suite says goodbye: it acknowledges what is left, and disconnects.
pub(super) fn without_the_end(transcript: &[Entry]) -> usize {
    let is_goodbye = |entry: &&Entry| {
        entry.automatic && entry.direction == Way::Sent && entry.hex.starts_with(['4', '5', '6', '7', 'e'])
    };
    transcript.len() - transcript.iter().rev().take_while(is_goodbye).count()
}

/// A line of the list; `None` for what the program does by itself.
fn step(entry: &Entry) -> Result<Option<String>, NoScript> {
    let what = match (entry.direction, entry.hex.is_empty()) {
        (Way::Sent, false) if entry.packet.starts_with("frame") => return Err(NoScript::NotPackets),
        (Way::Sent, false) => "send",
        (Way::Received, false) => "receive",
        (Way::Sent, true) if *entry.packet == *"drop" => "drop",
        (Way::Sent, true) if *entry.packet == *"close" => "close",
        (Way::Received, true) if entry.packet.starts_with("closed") => "closed",
        (Way::Received, true) if entry.packet.starts_with("open") => "open",
        (Way::Sent, true) if entry.packet.starts_with("frame") => return Err(NoScript::NotPackets),
        (_, true) if entry.packet.ends_with("which are left out here") => return Err(NoScript::NotPackets),
        (_, true) => return Ok(None),
    };
    let seconds = entry.milliseconds / 1000.0;
    let (who, hex, text) = (quoted(&entry.connection), quoted(&entry.hex), quoted(&entry.packet));
    Ok(Some(format!("    ({seconds:.3}, {what:?}, {who}, {hex}, {text}),\n")))
}

/// A string of Python. It is also one of JSON, which escapes quotes, backslashes and controls in the same way.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
