//! Markdown for a job summary: counts, what the broker does wrong, and what changed since an older report.
//!
//! A job summary of GitHub may have 1 MiB; a report that is longer leaves out the ends of what is long, and says so.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use crate::report::{
    compare::{Comparison, Part},
    deviations::{self, plural},
    document::{Deviation, Document, Run},
    failure, leak, outcome,
};

pub(super) fn write(document: &Document, since: Option<&Document>, out: &mut dyn Write) -> io::Result<()> {
    let mut text = Bounded::default();
    text.push("# MQTT conformance\n\n");
    let versions = format!("{} {}, vectors {}", document.tool, document.tool_version, document.vectors_version);
    text.push(&format!("{}\n\n", escaped(&versions)));
    counts(&document.runs, &mut text);
    for run in &document.runs {
        one(run, &mut text);
    }
    if let Some(since) = since {
        comparison(&Comparison::of(&[since, document]), "since the older report", &mut text);
    } else if document.runs.len() > 1 {
        comparison(&Comparison::of(&[document]), "side by side", &mut text);
    }
    out.write_all(text.finish().as_bytes())
}

/// A comparison by itself.
pub(super) fn compared(comparison: &Comparison) -> String {
    let mut text = Bounded::default();
    text.push("# MQTT conformance\n\n");
    text.push(&format!("{}\n\n", escaped(&comparison.tool)));
    self::comparison(comparison, "compared", &mut text);
    text.finish()
}

fn counts(runs: &[Run], text: &mut Bounded) {
    let columns = [
        "broker",
        "passed",
        "of them with warnings",
        "failed",
        "blocked",
        "known failures",
        "not judged",
        "skipped",
        "deviations",
    ];
    let rows = runs.iter().map(|run| {
        let tally = run.summary.tally;
        let counts = [
            tally.passed(),
            tally.warn,
            tally.fail,
            tally.blocked,
            tally.expected_failures,
            tally.error + run.summary.not_run,
            tally.skip,
            run.deviations.len(),
        ];
        std::iter::once(run.label().to_string()).chain(counts.iter().map(ToString::to_string)).collect()
    });
    table(&columns.map(String::from), &rows.collect::<Vec<_>>(), text);
}

fn one(run: &Run, text: &mut Bounded) {
    text.push(&format!("## {}\n\n", escaped(run.label())));
    if run.name.is_some() {
        text.push(&format!("{}\n\n", escaped(&run.target)));
    }
    if run.insecure {
        text.push("- Certificates were not verified.\n");
    }
    for gap in outcome::gaps(run) {
        text.push(&format!("- Not all cases were judged: {}\n", escaped(&gap)));
    }
    for entry in outcome::stale(run) {
        text.push(&format!("- Baseline: {}\n", escaped(&entry)));
    }
    for case in run.cases.iter().filter(|case| case.is_unstable()) {
        let flips = failure::flips(case).unwrap_or_default();
        text.push(&format!("- Changed its verdict: {}: {}\n", escaped(&case.name().to_string()), escaped(&flips)));
    }
    text.push("\n");
    if let Some((what, block)) = leak::explain(&run.leaks) {
        let known = run.summary.leaks_expected.as_ref().map(|reason| format!(" (known: {reason})")).unwrap_or_default();
        details(&leak::statements(&run.leaks), &format!("{what}{known}"), &block, text);
    }
    let known = run.deviations.len() - outcome::unexpected(run).count();
    if !run.deviations.is_empty() {
        let known = if known > 0 { format!(" {known} of them are known.") } else { String::new() };
        text.push(&format!("{}.{known}\n\n", escaped(&deviations::count(&run.deviations))));
    }
    for deviation in outcome::unexpected(run) {
        let case = run.case(&deviation.clearest);
        let block = deviations::details(deviation, case, run.rerun.as_deref(), false);
        details(&deviations::statements(deviation), &deviations::summary(deviation), &block, text);
    }
    let is_known = |deviation: &&Deviation| deviation.known;
    for deviation in run.deviations.iter().filter(is_known) {
        text.push(&format!("- known: {}\n", escaped(&deviations::heading(deviation))));
    }
    text.push("\n");
}

/// A block that is folded in under its statements and what was found.
fn details(statements: &str, what: &str, block: &str, text: &mut Bounded) {
    let summary = format!("<b>{}</b> {}", escaped(statements), escaped(what));
    let block = block.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.push_or(
        &format!("<details><summary>{summary}</summary>\n\n<pre>\n{block}</pre>\n\n</details>\n\n"),
        &format!("- {summary}\n"),
    );
}

fn comparison(comparison: &Comparison, title: &str, text: &mut Bounded) {
    text.push(&format!("## {title}\n\n"));
    for Part { heading, sentences, tables } in comparison.parts() {
        text.push(&format!("### {}\n\n", escaped(&heading)));
        for sentence in sentences {
            text.push(&format!("{}\n\n", escaped(&sentence)));
        }
        for found in tables {
            table(&found.columns, &found.rows, text);
        }
    }
}

fn table(columns: &[String], rows: &[Vec<String>], text: &mut Bounded) {
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    text.push(&format!("{}|{}\n", line(columns), " --- |".repeat(columns.len())));
    rows.iter().for_each(|row| text.push(&line(row)));
    text.push("\n");
}

/// The text as characters that mean nothing in Markdown or HTML. GitHub makes mentions and references from the text that
/// results, so an invisible space follows `@` and `#`.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        // writing to a String cannot fail
        let _ = match c {
            '@' | '#' => write!(escaped, "&#{};\u{200B}", u32::from(c)),
            ' ' | ',' | ';' | '/' => write!(escaped, "{c}"),
            c if c.is_ascii_punctuation() => write!(escaped, "&#{};", u32::from(c)),
            '\n' | '\r' | '\t' => write!(escaped, " "),
            c => write!(escaped, "{c}"),
        };
    }
    escaped
}

/// Text that does not grow beyond the limit: what does not fit is left out whole.
#[derive(Default)]
struct Bounded {
    text: String,
    left_out: usize,
}

impl Bounded {
    fn push(&mut self, more: &str) {
        self.push_or(more, "");
    }

    /// Appends the longer text up to two thirds of the limit, so that there is room for what follows, then the shorter one.
    fn push_or(&mut self, long: &str, short: &str) {
        let limit = if short.is_empty() { LIMIT } else { LIMIT / 3 * 2 };
        if self.text.len() + long.len() <= limit {
            self.text.push_str(long);
        } else {
            self.left_out += 1;
            if self.text.len() + short.len() <= LIMIT {
                self.text.push_str(short);
            }
        }
    }

    fn finish(mut self) -> String {
        if self.left_out > 0 {
            let left_out = plural(self.left_out, "part");
            let sentence =
                format!("\nThis summary would be too long, so {left_out} of it were left out; see the JSON report.\n");
            self.text.push_str(&sentence);
        }
        self.text
    }
}

/// In bytes: 1 MiB less what the end says, and what else a step may write.
const LIMIT: usize = 1000 * 1024;
