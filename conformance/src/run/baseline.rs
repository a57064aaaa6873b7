//! The baseline: failures that are known, each with its reason.
//!
//! ```yaml
//! expected:
//!   - case: 3.01-connect/keep-alive/silence
//!     version: v5          # left out: every version
//!     reason: what the broker does, and the statement it breaks
//! ```
//!
//! `case` is an id, or a pattern with `*`; brackets are text, because rows have them in their ids.

use globset::{Glob, GlobMatcher};
use mqttspec_codec::Version;

use super::CaseRun;
use crate::{
    vector::{Case, Library},
    verdict::Verdict,
    yaml::{Fault, Keys, LoadError, Node, Source, parse},
};

/// Expected failures, in the order of the file.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    entries: Vec<Expectation>,
}

/// One expected failure.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// The pattern of case ids, as written.
    pub case: String,
    /// `None`: every version.
    pub version: Option<Version>,
    /// Why it is expected.
    pub reason: String,
    matcher: GlobMatcher,
}

impl Baseline {
    /// Reads a baseline file.
    ///
    /// # Errors
    /// What is wrong, with file, line and column.
    pub fn parse(file: &str, text: &str) -> Result<Self, LoadError> {
        let source = Source { file: file.into(), text: text.into() };
        read(text).map_err(|fault| source.error(fault))
    }

    /// The entry that expects this case to fail.
    #[must_use]
    pub fn expects(&self, case: &Case) -> Option<&Expectation> {
        self.entries.iter().find(|entry| entry.covers(case))
    }

    /// To learn which entries are needed.
    #[must_use]
    pub fn known(&self) -> Known<'_> {
        Known { seen: self.entries.iter().map(|entry| (entry, Seen::default())).collect() }
    }
}

/// Which entries a run has needed.
#[derive(Debug)]
pub struct Known<'a> {
    seen: Vec<(&'a Expectation, Seen)>,
}

#[derive(Debug, Default)]
struct Seen {
    failed: bool,
    passed: bool,
}

impl Known<'_> {
    /// Counts a case.
    pub fn count(&mut self, run: &CaseRun<'_>) {
        for (_, seen) in self.seen.iter_mut().filter(|(entry, _)| entry.covers(run.case)) {
            seen.failed |= matches!(run.verdict, Verdict::Fail(_));
            seen.passed |= matches!(run.verdict, Verdict::Pass | Verdict::Soft(_));
        }
    }

    /// The entries whose cases all passed, and those that match no case of the library, as written. A case that was
    /// skipped or not chosen says nothing.
    #[must_use]
    pub fn needless(&self, library: &Library) -> Vec<String> {
        let needless = self.seen.iter().filter(|(entry, seen)| match (seen.failed, seen.passed) {
            (true, _) => false,
            (false, true) => true,
            (false, false) => !library.cases().any(|case| entry.covers(case)),
        });
        needless.map(|(entry, _)| entry.case.clone()).collect()
    }
}

impl Expectation {
    /// Whether the entry is about this case.
    #[must_use]
    pub fn covers(&self, case: &Case) -> bool {
        self.matcher.is_match(&case.id) && self.version.is_none_or(|version| version == case.version)
    }
}

fn read(text: &str) -> Result<Baseline, Fault> {
    let tree = parse(text)?;
    let mut keys = Keys::of(&tree, "a baseline")?;
    let entries = keys.need("expected")?.list()?.iter().map(entry).collect::<Result<_, _>>()?;
    keys.done()?;
    Ok(Baseline { entries })
}

fn entry(node: &Node) -> Result<Expectation, Fault> {
    let mut keys = Keys::of(node, "an expected failure")?;
    let pattern = keys.need("case")?;
    let case = pattern.text()?.to_owned();
    let glob =
        Glob::new(&case.replace('[', "[[]")).map_err(|error| pattern.fault(format!("not a pattern: {error}")))?;
    let version = match keys.get("version") {
        None => None,
        Some(node) => Some(match node.text()? {
            "v3.1.1" => Version::V3_1_1,
            "v5" => Version::V5,
            _ => return Err(node.wanted("v3.1.1 or v5")),
        }),
    };
    let reason = keys.need("reason")?.text()?.to_owned();
    keys.done()?;
    Ok(Expectation { case, version, reason, matcher: glob.compile_matcher() })
}
