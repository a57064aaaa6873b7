//! Explains what a broker does wrong: the statements, the case that shows it best, and what else it explains.

use std::fmt::Write as _;

use super::{
    document::{Case, CaseName, Deviation},
    failure::{block, registered},
};
use crate::{
    judge::Key,
    registry::Binds,
    runner::{self, CaseRun},
    text::Text,
};

/// The first line: `v3.1.1 [MQTT-3.2.2-2]  v5 [MQTT-3.2.2-3]  CONNACK says ..`.
pub(super) fn heading(deviation: &Deviation) -> String {
    let separator = if deviation.statements.is_empty() { "" } else { "  " };
    format!("{}{separator}{}", statements(deviation), summary(deviation))
}

/// `v3.1.1 [MQTT-3.2.2-2]  v5 [MQTT-3.2.2-3]`
pub(super) fn statements(deviation: &Deviation) -> String {
    let versions = deviation.statements.iter().map(|(version, ids)| {
        // many statements, such as one for each property, are one rule
        let shown: Vec<&str> = ids.iter().take(SHOWN).map(Text::as_str).collect();
        let more = if ids.len() > SHOWN { format!(" and {} more", ids.len() - SHOWN) } else { String::new() };
        format!("{version} [{}]{more}", shown.join(", "))
    });
    versions.collect::<Vec<_>>().join("  ")
}

/// What the broker does, and what has to be known about that.
pub(super) fn summary(deviation: &Deviation) -> String {
    let mut text = deviation.what.to_string();
    if deviation.closing {
        text.push_str("; closing is due");
    }
    if deviation.inferred {
        text.push_str(" (inferred: no case that tests it failed)");
    }
    text
}

/// Whether the baseline expects all its cases to fail.
pub(super) fn is_known(deviation: &runner::Deviation, runs: &[CaseRun]) -> bool {
    let run_of =
        |name: &runner::CaseName| runs.iter().find(|run| run.case.version == name.version && run.case.id == name.id);
    let mut cases = deviation.witnesses.iter().chain(&deviation.blocked).chain([&deviation.clearest]);
    cases.all(|name| run_of(name).is_some_and(|run| run.known.is_some()))
}

/// What the broker does; if only the statement is known, what that demands.
pub(super) fn what(deviation: &runner::Deviation) -> String {
    let says = || {
        let (version, ids) = deviation.statements.iter().next_back()?;
        let statement = registered(&version.to_string(), ids.first()?)?;
        let how = if statement.binds == Binds::Client { "does not enforce" } else { "not kept" };
        Some(format!("{how}: {}", statement.says.trim_end_matches('.')))
    };
    match &deviation.key {
        Key::Statement(_) | Key::Undecided => says().unwrap_or_else(|| deviation.key.to_string()),
        key => key.to_string(),
    }
}

/// The clearest case in full, which is `case`, and how many others there are. With `all`, each is named.
pub(super) fn details(deviation: &Deviation, case: Option<&Case>, rerun: Option<&str>, all: bool) -> String {
    let mut text = format!("  case       {} ({})\n", deviation.clearest.id, deviation.clearest.version);
    if let Some(case) = case {
        text.push_str(&block(case, rerun));
    }
    let mut line = |name: &str, cases: &[CaseName]| {
        let count = match cases.len() {
            1 => "1 other case".to_owned(),
            several => format!("{several} other cases"),
        };
        // writing to a String cannot fail
        let _ = match (cases.is_empty(), all) {
            (true, _) => Ok(()),
            (false, false) => writeln!(text, "  {name:<10} {count}"),
            (false, true) => {
                let names: Vec<String> = cases.iter().map(ToString::to_string).collect();
                writeln!(text, "  {name:<10} {}", names.join("\n             "))
            }
        };
    };
    line("shown by", &deviation.witnesses);
    line("blocks", &deviation.blocked);
    if all {
        line("kept in", &deviation.kept);
    }
    text
}

/// `27 deviations, shown by 300 failed cases, which block 34 more`
pub(super) fn count(deviations: &[Deviation]) -> String {
    let blocked: usize = deviations.iter().map(|deviation| deviation.blocked.len()).sum();
    let shown: usize = deviations.iter().map(|deviation| 1 + deviation.witnesses.len()).sum();
    let blocked = if blocked > 0 { format!(", which block {blocked} more") } else { String::new() };
    format!("{}, shown by {}{blocked}", plural(deviations.len(), "deviation"), plural(shown, "failed case"))
}

/// `1 deviation`, `2 deviations`
pub(super) fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// How many statements of a version are named.
const SHOWN: usize = 4;
