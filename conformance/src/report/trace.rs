//! A case that is being played, as lines of text with the time of day, to lay beside the broker's log.

use std::time::SystemTime;

use crate::{
    judge::{Direction, TranscriptEntry, Verdict},
    packet::hex_digits,
    runner::Traced,
    vector::Case,
};

/// One line, or two if there are bytes: what begins, was sent, received, or found.
#[must_use]
pub fn trace_line(traced: Traced<'_>) -> String {
    match traced {
        Traced::Began(case, prefix) => format!("{} {}  begins{}", case.version, case.id, names(prefix)),
        Traced::Step(case, step) => format!("{} {}  {}    ({})", case.version, case.id, step.text, step.place),
        Traced::Entry(case, began, entry) => line(case, began, entry),
        Traced::Ended(case, verdict) => {
            let why = match verdict {
                Verdict::Pass => String::new(),
                Verdict::Warn(warnings) => format!(": {}", warnings.join("; ")),
                Verdict::Fail(failure) => format!(": {}", failure.what),
                Verdict::Skip(why) | Verdict::Error(why) => format!(": {why}"),
            };
            format!("{} {}  {}{why}", case.version, case.id, verdict.name())
        }
    }
}

/// What to search for in the broker's log.
pub(super) fn names(prefix: &str) -> String {
    match prefix {
        "" => String::new(),
        prefix => format!("; its topics and Client Identifiers begin with {prefix}"),
    }
}

fn line(case: &Case, began: SystemTime, entry: &TranscriptEntry) -> String {
    let time = humantime::format_rfc3339_micros(began + entry.at).to_string();
    // the date is that of the day, and the zone is always UTC
    let time = time.split_once('T').map_or(&*time, |(_, time)| time);
    let arrow = match entry.direction {
        Direction::Sent => "->",
        Direction::Received => "<-",
    };
    let mark = if entry.automatic { "  (by the suite)" } else { "" };
    let mut text = format!(
        "{time} {:>+9.3} s  {} {}  {} {arrow} {}{mark}",
        entry.at.as_secs_f64(),
        case.version,
        case.id,
        entry.who,
        entry.text
    );
    if !entry.bytes.is_empty() {
        let shown = entry.bytes.get(..SHOWN).unwrap_or(&entry.bytes);
        let more = if entry.bytes.len() > SHOWN { format!(".. ({} bytes)", entry.bytes.len()) } else { String::new() };
        text.push_str(&format!("\n{:>16} {}{more}", "", hex_digits(shown)));
    }
    text
}

/// How many bytes of a packet are shown.
const SHOWN: usize = 256;
