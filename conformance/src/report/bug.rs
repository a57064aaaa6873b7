//! The text of a bug report, for the maintainers of a broker who do not know mqttspec.

use std::fmt::Write as _;

use super::{
    document::{Case, Document, Run},
    failure::{bytes_of, command, exchanged, registered, step_by_step},
    script::{script, without_the_end},
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
    let accused = accused(case);
    accused.iter().for_each(|statement| line(&item(case, statement)));
    let about = case.statements.iter().filter_map(|id| registered(&case.version, id));
    let about: Vec<&Statement> = about.filter(|cited| accused.iter().all(|other| other.id != cited.id)).collect();
    if !about.is_empty() {
        line("\nThe case that shows it was written for:\n");
        about.iter().for_each(|statement| line(&item(case, statement)));
    }
    line("\nThat is a paraphrase; the standard's text is what counts.\n\n## What happens\n");
    line(&format!("The case tests this: {}.\n", plain(case.title.trim_end_matches('.'))));
    line(&format!("{}.\n", plain(&sentence(case, &failure.what))));
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
    let transcript = case.transcript.as_deref().unwrap_or_default();
    for entry in transcript.iter().take(without_the_end(transcript)) {
        exchanged(entry).iter().for_each(|text| line(text));
    }
    line("```\n");
    for text in as_written(run, case) {
        line(&text);
    }
    line("## How to repeat it\n");
    if let Some(rerun) = &run.rerun {
        line(
            "With [mqttspec](https://crates.io/crates/mqttspec), where the URL is that of the broker, and step by step:\n",
        );
        line(&format!("```console\n$ {}\n$ {}\n```\n", command(case, rerun), step_by_step(case, rerun)));
    }
    match script(run, case) {
        Ok(program) => line(&format!(
            "Or with Python alone: save the program below as `repeat.py`, and run `python3 repeat.py URL`.\n\n\
             <details><summary>repeat.py</summary>\n\n~~~python\n{program}~~~\n\n</details>\n"
        )),
        Err(why) => line(&format!("There is no program that repeats it without mqttspec: {why}.\n")),
    }
    line("## Where\n");
    match &run.name {
        Some(name) => line(&format!("- broker: {} at `{}`; please add its version", plain(name), run.target)),
        None => line(&format!("- broker: `{}`; please add its name and version", run.target)),
    }
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
    let what = case.failure.as_ref().map_or_else(String::new, |failure| sentence(case, &failure.what));
    let what = plain(&what);
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

/// The case in its file, and how to read it; empty if the report does not have it.
fn as_written(run: &Run, case: &Case) -> Vec<String> {
    let lines: Vec<&str> = run.written(case).map(|(_, text)| text).collect();
    if lines.is_empty() {
        return Vec::new();
    }
    let prefix = case.prefix.as_ref().map_or_else(String::new, |prefix| {
        format!(" Topics and Client Identifiers get the prefix `{prefix}`, so that cases do not disturb one another.")
    });
    // a fence is longer than any in the text
    let fence = "~".repeat(lines.iter().map(|line| line.matches('~').count()).max().unwrap_or_default() + 3);
    let how = "This is the case as it is written: `a -> PACKET` is sent by client `a`, and `a <- PACKET` must come to it; `=>` \
               and `<=` go on with all acknowledgements. A name with `$` has its value in brackets behind the name of the case.";
    let mut all = vec![format!("{how}{prefix}\n"), format!("{fence}yaml")];
    all.extend(lines.into_iter().map(str::to_owned));
    all.push(format!("{fence}\n"));
    all
}

/// A statement of the standard in our words, as an item of a list.
fn item(case: &Case, statement: &Statement) -> String {
    let level = match statement.level {
        Level::Must | Level::MustNot => "MUST",
        Level::Should | Level::ShouldNot => "SHOULD",
        Level::May => "MAY",
        Level::ProtocolError => "Protocol Error",
        Level::Statement | Level::Unspecified => "stated",
    };
    let (version, section) = (standard(&case.version), &statement.section);
    format!("- {version}, section {section} ({}), `[{}]`, {level}: {}", statement.title, statement.id, statement.says)
}

fn sentence(case: &Case, what: &str) -> String {
    let word = what.split_whitespace().next().unwrap_or_default().trim_end_matches(':');
    let transcript = case.transcript.as_deref().unwrap_or_default();
    let mut letters = what.chars();
    // names of clients are lower case, and stay so
    match letters.next() {
        Some(first) if transcript.iter().all(|entry| *entry.connection != *word) => {
            first.to_uppercase().chain(letters).collect()
        }
        _ => what.to_owned(),
    }
}

/// Text in Markdown that is no markup, and mentions nobody.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars() {
        if "\\`*_[]<>|~$&!".contains(c) {
            plain.push('\\');
        }
        plain.push(c);
        if "@#".contains(c) {
            plain.push('\u{200B}');
        }
    }
    plain
}

/// As code in Markdown, whatever it contains.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if longest > 0 { format!("{fence} {text} {fence}") } else { format!("{fence}{text}{fence}") }
}
