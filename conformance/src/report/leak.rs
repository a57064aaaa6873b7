//! Explains messages that reached clients of other cases.

use std::{collections::BTreeSet, fmt::Write as _};

use super::{document::Leak, failure::observed};

/// The finding in full, with its first evidence; `None` if nothing leaked. The first text is its heading.
pub(super) fn explain(leaks: &[Leak]) -> Option<(String, String)> {
    let first = leaks.first()?;
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        // writing to a String cannot fail
        let _ = writeln!(text, "  {name:<10} {value}");
    };
    line("statements", &statements(leaks));
    for (name, value) in observed(&first.observed) {
        line(name, &value);
    }
    line("in", &first.seen_by.to_string());
    match &first.published_by {
        Some(owner) => line("sent by", &owner.to_string()),
        None => line("sent by", "a client of the suite that takes part in no case"),
    }
    match leaks.len() {
        1 => {}
        cases => line("cases hit", &cases.to_string()),
    }
    Some((HEADING.to_owned(), text))
}

/// `v3.1.1 [MQTT-3.3.2-3], v5 [MQTT-3.3.2-3]`
pub(super) fn statements(leaks: &[Leak]) -> String {
    let statements: BTreeSet<_> =
        leaks.iter().map(|leak| format!("{} [{}]", leak.seen_by.version, leak.statement)).collect();
    statements.into_iter().collect::<Vec<_>>().join(", ")
}

const HEADING: &str = "messages reach Clients that subscribed to nothing that matches their topic";
