//! Explains messages that reached clients of other cases.

use std::fmt::Write as _;

use crate::{
    packet::hex_lines,
    runner::{Leak, Summary},
};

/// The finding in full, with its first evidence; `None` if nothing leaked. The first text is its heading.
pub(super) fn explain(summary: &Summary) -> Option<(String, String)> {
    let first = summary.leaks.first()?;
    let versions: std::collections::BTreeSet<_> = summary.leaks.iter().map(|leak| leak.seen_by.version).collect();
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        // writing to a String cannot fail
        let _ = writeln!(text, "  {name:<10} {value}");
    };
    let statements: Vec<String> = versions.iter().map(|version| format!("{version} [{}]", Leak::STATEMENT)).collect();
    line("statements", &statements.join(", "));
    line("observed", &format!("{} <- {}", first.observed.who, first.observed.text));
    for (index, bytes) in hex_lines(&first.observed.bytes, first.observed.mark).into_iter().enumerate() {
        line(if index == 0 { "bytes" } else { "" }, &bytes);
    }
    line("in", &format!("{} {}", first.seen_by.version, first.seen_by.id));
    match &first.owner {
        Some(owner) => line("sent by", &format!("{} {}", owner.version, owner.id)),
        None => line("sent by", "a client of the suite that takes part in no case"),
    }
    match summary.leaks.len() {
        1 => {}
        cases => line("cases hit", &cases.to_string()),
    }
    Some((HEADING.to_owned(), text))
}

const HEADING: &str = "messages reach Clients that subscribed to nothing that matches their topic";
