//! `mqttspec check --dry-run`

use std::{collections::BTreeMap, process::ExitCode};

use super::{CliError, output};
use crate::{runner::Suite, transport::Target};

/// Says which cases would be played on which brokers; without URLs, that is the embedded one. Whether a case would be
/// skipped is known only after the broker was asked what it supports.
pub(super) fn print(suite: &Suite, targets: &[Target]) -> Result<ExitCode, CliError> {
    let mut versions = BTreeMap::<_, usize>::new();
    for case in suite.cases() {
        *versions.entry(case.version).or_default() += 1;
    }
    let counts: Vec<String> = versions.iter().map(|(version, count)| format!("{count} of {version}")).collect();
    let all: usize = versions.values().sum();
    let cases = if all == 1 { "case" } else { "cases" };
    let mut brokers: Vec<String> = targets.iter().map(ToString::to_string).collect();
    if brokers.is_empty() {
        brokers.push("the embedded reference broker".to_owned());
    }
    let each = brokers.iter().map(|broker| format!("would play {all} {cases} ({}) on {broker}", counts.join(", ")));
    output::lines(suite.cases().map(|case| format!("{} {}", case.version, case.id)).chain(each))
}
