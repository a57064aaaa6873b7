//! Remembers which faults failed which cases when all were tried on all, so that these are tried first.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use mqttspec::vector::Case;

use super::fault::Fault;

/// Pairs of a case name without row and a fault name. They only determine the order of the search, so stale pairs only
/// cost time.
#[derive(Debug)]
pub(crate) struct Likely(Vec<(&'static str, &'static str)>);

impl Likely {
    /// The pairs in the file.
    pub(crate) fn remembered() -> Self {
        let lines = include_str!("likely.txt").lines().filter(|line| !line.starts_with('#'));
        Self(lines.filter_map(|line| line.split_once(' ')).collect())
    }

    /// The faults to try first on a case: those of the case, then those of its file.
    pub(crate) fn faults_for(&self, case: &str) -> Vec<&'static str> {
        let key = key(case);
        let file = |key: &str| key.rsplit_once('/').map(|(file, _)| file.to_owned());
        let mut of_case: Vec<&str> = Vec::new();
        let mut of_file = Vec::new();
        for (of, fault) in &self.0 {
            if *of == key {
                of_case.push(fault);
            } else if file(of) == file(key) {
                of_file.push(*fault);
            }
        }
        of_case.extend(of_file);
        of_case
    }

    /// Whether the fault failed this case.
    pub(crate) fn holds(&self, case: &str, fault: &str) -> bool {
        self.0.contains(&(key(case), fault))
    }
}

/// Writes the file from all failures, which are pairs of a case and a fault. For each case it contains the fewest
/// faults that fail all its rows in all versions, rare ones first; for each fault it contains at least one case.
pub(crate) fn remember(failures: &[(&Case, &Fault)]) {
    let mut total: BTreeMap<&str, usize> = BTreeMap::new();
    let mut by_key: BTreeMap<&str, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    for (case, fault) in failures {
        *total.entry(&fault.name).or_default() += 1;
        let faults = by_key.entry(key(&case.id)).or_default();
        let cases = faults.entry(&fault.name).or_default();
        if fault.proves(&case.id) {
            cases.push(format!("{case:?}"));
        }
    }
    let mut chosen: Vec<(&str, &str)> = Vec::new();
    for (key, faults) in &by_key {
        let mut left: BTreeSet<&String> = faults.values().flatten().collect();
        while !left.is_empty() {
            let covered = |cases: &[String]| cases.iter().filter(|case| left.contains(case)).count();
            let best = faults.iter().max_by_key(|(fault, cases)| (covered(cases), usize::MAX - total[*fault]));
            let Some((fault, cases)) = best else { break };
            left.retain(|case| !cases.contains(case));
            chosen.push((key, fault));
        }
    }
    for fault in total.keys() {
        if !chosen.iter().any(|(_, chosen)| chosen == fault) {
            let best = by_key.iter().max_by_key(|(_, faults)| faults.get(fault).map_or(0, Vec::len));
            chosen.extend(best.map(|(key, _)| (*key, *fault)));
        }
    }
    chosen.sort_unstable();
    let mut text =
        String::from("# Written by `MQTTSPEC_FAULTS=all cargo test -p mqttspec --test faults`. See likely.rs.\n");
    for (case, fault) in chosen {
        // writing to a String cannot fail
        let _ = writeln!(text, "{case} {fault}");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/likely.txt");
    fs::write(path, text).expect("likely.txt can be written");
}

/// A case's name without its row.
fn key(case: &str) -> &str {
    case.split_once('[').map_or(case, |(key, _)| key)
}
