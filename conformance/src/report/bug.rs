//! The text of a bug report, for the maintainers of a broker who do not know mqttspec.

use std::fmt::Write as _;

use super::{
    document::{Case, Document, Run},
    failure::{bytes_of, command, exchanged, registered},
    script::script,
};
use crate::registry::{Level, Statement};

/// A bug report in Markdown: what the standard says, what was sent and what came, and how to repeat it. `None` if the
/// case did not fail.
#[must_use]
pub fn bug_report(document: &Document, run: &Run, case: &Case) -> Option<String> {
    let failure = case.failure.as_ref()?;
    let mut text = String::new();
    // writing to a String cannot fail
    let mut line = |line: &str| {
        let _ = writeln!(text, "{line}");
    };
    line(&format!("# {}\n", headline(case)));
    line("## What the standard says\n");
    for statement in accused(case) {
        let level = match statement.level {
            Level::Must | Level::MustNot => "MUST",
            Level::Should | Level::ShouldNot => "SHOULD",
            Level::May => "MAY",
            Level::ProtocolError => "Protocol Error",
            Level::Statement | Level::Unspecified => "stated",
        };
        let (version, section) = (standard(&case.version), &statement.section);
        line(&format!(
            "- {version}, section {section} ({}), `[{}]`, {level}: {}",
            statement.title, statement.id, statement.says
        ));
    }
    line("\nThat is a paraphrase; the standard's text is what counts.\n\n## What happens\n");
    line(&format!("{}.\n", sentence(&failure.what)));
    for (index, expected) in failure.expected.iter().enumerate() {
        line(&format!("- {}: {}", if index == 0 { "expected" } else { "or" }, code(expected)));
    }
    if let Some(observed) = &failure.observed {
        line(&format!("- observed on the connection of `{}`: {}", observed.connection, code(&observed.packet)));
        let bytes = bytes_of(observed);
        if !bytes.is_empty() {
            line(&format!("- its bytes:\n\n```text\n{}\n```", bytes.join("\n")));
        }
    }
    line("\n## What was sent and received\n");
    line(
        "Each line has the time since the beginning, the client and the packet, with its bytes below; `->` is to the broker.\n",
    );
    line("```text");
    for entry in case.transcript.as_deref().unwrap_or_default() {
        exchanged(entry).iter().for_each(|text| line(text));
    }
    line("```\n\n## How to repeat it\n");
    if let Some(rerun) = &run.rerun {
        line("With [mqttspec](https://crates.io/crates/mqttspec), where the URL is that of the broker:\n");
        line(&format!("```console\n$ {}\n```\n", command(case, rerun)));
    }
    match script(run, case) {
        Ok(program) => line(&format!(
            "Or with Python alone: save the program below as `repeat.py`, and run `python3 repeat.py URL`.\n\n\
             <details><summary>repeat.py</summary>\n\n~~~python\n{program}~~~\n\n</details>\n"
        )),
        Err(why) => line(&format!("There is no program that repeats it without mqttspec: {why}.\n")),
    }
    line("## Where\n");
    line(&format!("- broker: `{}`; please add its name and version", run.target));
    if let Some(began) = case.began.as_ref().or(run.began.as_ref()) {
        line(&format!("- time: {began}"));
    }
    if let Some(prefix) = &case.prefix {
        line(&format!("- in the log of the broker: topics and Client Identifiers begin with `{prefix}`"));
    }
    let (tool, vectors) = (&document.tool_version, &document.vectors_version);
    line(&format!("- mqttspec {tool} with vectors {vectors}, case `{}` for MQTT {}", case.id, case.version));
    Some(text)
}

fn headline(case: &Case) -> String {
    let statement = case.accused.as_ref().map_or_else(String::new, |id| format!(" [{id}]"));
    let what = case.failure.as_ref().map_or_else(String::new, |failure| sentence(&failure.what));
    format!("{}{statement}: {what}", standard(&case.version))
}

/// The statement that the case accuses; if that is undecided, all that it cites.
fn accused(case: &Case) -> Vec<&'static Statement> {
    let cited = case.accused.as_ref().map_or(case.statements.as_slice(), std::slice::from_ref);
    cited.iter().filter_map(|id| registered(&case.version, id)).collect()
}

fn standard(version: &str) -> &'static str {
    if version == "v5" { "MQTT 5.0" } else { "MQTT 3.1.1" }
}

fn sentence(what: &str) -> String {
    let mut letters = what.chars();
    // names of clients are lower case, and stay so
    match letters.next() {
        Some(first) if !what.split_whitespace().next().is_some_and(|word| word.ends_with(':')) => {
            first.to_uppercase().chain(letters).collect()
        }
        _ => what.to_owned(),
    }
}

/// As code in Markdown, whatever it contains.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if longest > 0 { format!("{fence} {text} {fence}") } else { format!("{fence}{text}{fence}") }
}
