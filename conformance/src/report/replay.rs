//! A case that is played step by step, as text: the step as it is written, and below it what is sent and what comes.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{
    document::entry_of,
    failure::exchanged,
    trace::{names, trace_line},
};
use crate::{
    judge::{Upcoming, Verdict},
    runner::Traced,
    vector::Case,
};

/// What has happened, or is about to, in lines.
#[must_use]
pub fn replay_text(traced: Traced<'_>) -> String {
    match traced {
        Traced::Began(case, prefix) => {
            let (version, id, title, place) = (case.version, &case.id, &case.title, &case.place);
            format!("\n{BOLD}{version} {id}{BOLD:#}  {title}\n{place}{}", names(prefix))
        }
        Traced::Step(case, step) => self::step(case, step),
        Traced::Entry(_, _, entry) => exchanged(&entry_of(entry)).join("\n"),
        // the terminal reporter tells every other verdict, with what explains it
        Traced::Ended(_, Verdict::Pass) => format!("\n{}", trace_line(traced)),
        Traced::Ended(..) => String::new(),
    }
}

fn step(case: &Case, step: &Upcoming) -> String {
    let lines: Vec<(u64, &str)> = case.lines_at(&step.place).collect();
    let indent = lines.first().map_or(0, |(_, line)| line.len() - line.trim_start().len());
    let mut text = String::new();
    for (number, line) in &lines {
        // writing to a String cannot fail
        let _ = write!(text, "\n{BOLD}{number:>5} | {}{BOLD:#}", line.get(indent..).unwrap_or_default());
    }
    // where a line has several steps
    let before = usize::try_from(step.place.column).unwrap_or(1).saturating_sub(1);
    let written = lines.first().map(|(_, line)| line.chars().take(before).collect::<String>()).unwrap_or_default();
    if !written.trim_start_matches([' ', '-']).is_empty() {
        let _ = write!(text, "\n{:5} | {:before$}^", "", "", before = before.saturating_sub(indent));
    }
    for (who, seconds) in &step.keep_alives {
        let _ = write!(
            text,
            "\n{YELLOW}      the broker counts the Keep Alive of {who}, {seconds} s, also while you look{YELLOW:#}"
        );
    }
    text
}

const BOLD: Style = Style::new().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default();
