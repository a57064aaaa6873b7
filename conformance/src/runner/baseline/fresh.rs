//! Entries for the failures that a baseline does not have yet.

use std::collections::{BTreeMap, BTreeSet};

use mqttspec_codec::Version;

use super::{Transport, write::Written};
use crate::{
    judge::{Failure, Verdict},
    runner::{CaseRun, Leak, Report},
    vector::Library,
};

/// A new entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fresh {
    case: String,
    version: Option<Version>,
    transport: Option<Transport>,
    flaky: bool,
    /// What the suite saw. People say better what the broker does.
    reason: String,
}

impl Fresh {
    pub(super) fn written(&self) -> Written<'_> {
        let Self { case, version, transport, flaky, reason } = self;
        Written { case: Some(case), statement: None, version: *version, transport: *transport, flaky: *flaky, reason }
    }
}

/// What happened to a case of one version.
#[derive(Debug, Default)]
struct Fate {
    failed: BTreeSet<Option<Transport>>,
    passed: BTreeSet<Option<Transport>>,
    flaky: bool,
    what: String,
    statements: Vec<String>,
}

/// Entries for the unexpected failures of these runs, by id. A case that is blocked needs none: the entry of what blocks
/// it is enough.
pub(super) fn entries(library: &Library, reports: &[Report]) -> Vec<Fresh> {
    let mut fates: BTreeMap<&str, BTreeMap<Version, Fate>> = BTreeMap::new();
    for report in reports {
        for run in &report.cases {
            let fate = fates.entry(&run.case.id).or_default().entry(run.case.version).or_default();
            match &run.verdict {
                Verdict::Fail(failure) if run.known.is_none() && run.blocked_by.is_none() => {
                    fate.add(report.transport, run, failure);
                }
                Verdict::Pass | Verdict::Warn(_) => drop(fate.passed.insert(report.transport)),
                _ => {}
            }
        }
    }
    let leaks = reports.iter().map(|report| &report.summary).filter(|summary| summary.leaks_known.is_none());
    let leak = leaks.filter_map(|summary| summary.leaks.first()).next().map(|leak| Fresh {
        case: Leak::NAME.to_owned(),
        version: None,
        transport: None,
        flaky: false,
        reason: format!("a message reached a client of another case, {} [{}]", leak.seen_by.version, Leak::STATEMENT),
    });
    fates.into_iter().flat_map(|(id, fates)| of_case(library, id, fates)).chain(leak).collect()
}

/// One entry for all versions if the case fails alike in all that it has, and otherwise one for each that fails.
fn of_case(library: &Library, id: &str, mut fates: BTreeMap<Version, Fate>) -> Vec<Fresh> {
    fates.retain(|_, fate| !fate.failed.is_empty());
    let versions: BTreeSet<Version> = library.cases().filter(|case| case.id == id).map(|case| case.version).collect();
    let kinds: BTreeSet<_> = fates.values().map(|fate| (fate.transport(), fate.flaky)).collect();
    let case = || id.to_owned();
    if versions.len() > 1
        && versions.iter().eq(fates.keys())
        && let (1, Some((transport, flaky))) = (kinds.len(), kinds.first())
    {
        let what = fates.values().map(|fate| fate.what.as_str()).next().unwrap_or_default();
        let cited = fates.iter().filter_map(|(version, fate)| fate.cited(*version)).collect::<Vec<_>>();
        let reason = [&[what.to_owned()], &cited[..]].concat().join(", ");
        return vec![Fresh { case: case(), version: None, transport: *transport, flaky: *flaky, reason }];
    }
    let one = |(version, fate): (Version, Fate)| {
        let reason =
            [Some(fate.what.clone()), fate.cited(version)].into_iter().flatten().collect::<Vec<_>>().join(", ");
        let (version, transport) = (Some(version), fate.transport());
        Fresh { case: case(), version, transport, flaky: fate.flaky, reason }
    };
    fates.into_iter().map(one).collect()
}

impl Fate {
    fn add(&mut self, transport: Option<Transport>, run: &CaseRun, failure: &Failure) {
        self.failed.insert(transport);
        self.flaky |= run.flips.as_ref().is_some_and(|flips| !flips.are_harmless());
        if self.what.is_empty() {
            self.what = without_prefix(&failure.what, run.prefix.as_deref());
            self.statements = match &run.accused {
                Some(accused) => vec![accused.id.clone()],
                None => failure.accusation.among.iter().map(|cited| cited.id.clone()).collect(),
            };
        }
    }

    /// The transport, if the case passed over another one.
    fn transport(&self) -> Option<Transport> {
        let only = self.failed.first().copied().flatten();
        if self.failed.len() == 1 && !self.passed.is_empty() && !self.passed.is_superset(&self.failed) {
            only
        } else {
            None
        }
    }

    /// `v5 [MQTT-3.1.2-24]`
    fn cited(&self, version: Version) -> Option<String> {
        (!self.statements.is_empty()).then(|| format!("{version} [{}]", self.statements.join("], [")))
    }
}

/// What went wrong, without the prefix of the run, which is another one each time: topics are as the case writes them.
fn without_prefix(what: &str, prefix: Option<&str>) -> String {
    match prefix.filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => what.replace(&format!("{prefix}/"), ""),
        None => what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_the_same_after_each_run() {
        let what = "watcher received PUBLISH: {topic: jcl1gj000u5/t, payload: m}";
        assert_eq!(without_prefix(what, Some("jcl1gj000u5")), "watcher received PUBLISH: {topic: t, payload: m}");
        assert_eq!(without_prefix(what, None), what);
        assert_eq!(without_prefix(what, Some("")), what);
    }
}
