//! The baseline: expected failures, each with a reason.
//!
//! ```yaml
//! expected:
//!   - case: 3.01-connect/keep-alive/silence
//!     version: v5          # optional; without it, every version
//!     reason: what the broker does, and the statement it violates
//! ```
//!
//! `case` selects cases like `--only`: an id, an id without its row, a folder, or a pattern with `*`. `leak` is the
//! finding that messages reach clients of other cases.

use std::{fs, path::Path};

use mqttspec_codec::Version;

use super::{CaseRun, Leak, pattern::Pattern};
use crate::{
    judge::Verdict,
    source::{Keys, LoadError, Mistake, Node, Source, parse},
    vector::{Case, Library},
};

/// Expected failures. They do not fail a run, and are reported when they no longer happen.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    entries: Vec<KnownFailure>,
}

/// An expected failure.
#[derive(Debug, Clone)]
pub struct KnownFailure {
    cases: Pattern,
    version: Option<Version>,
    reason: String,
}

impl Baseline {
    /// Reads a baseline file.
    ///
    /// # Errors
    /// What is wrong, with file, line and column.
    pub fn read(file: impl AsRef<Path>) -> Result<Self, LoadError> {
        let name = file.as_ref().display().to_string();
        let text = fs::read_to_string(file).map_err(|error| LoadError::unreadable(&name, &error))?;
        Self::parse(&name, &text)
    }

    /// Reads the text of a baseline file; `file` is its name, for messages.
    ///
    /// # Errors
    /// What is wrong, with file, line and column.
    pub fn parse(file: &str, text: &str) -> Result<Self, LoadError> {
        let source = Source { file: file.into(), text: text.into() };
        read(text).map_err(|mistake| source.error(mistake))
    }

    /// The entry that expects this case to fail.
    #[must_use]
    pub fn expects(&self, case: &Case) -> Option<&KnownFailure> {
        self.entries.iter().find(|entry| entry.covers(case))
    }

    /// The entry that expects this leak.
    #[cfg(feature = "network")]
    pub(super) fn expects_leak(&self, leak: &Leak) -> Option<&KnownFailure> {
        self.entries.iter().find(|entry| entry.covers_leak(leak))
    }

    /// Starts tracking which entries a run uses.
    pub(super) fn usage(&self) -> Usage<'_> {
        Usage { seen: self.entries.iter().map(|entry| (entry, Seen::default())).collect() }
    }
}

impl KnownFailure {
    /// Why the failure is expected.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Whether the entry covers this case.
    #[must_use]
    pub fn covers(&self, case: &Case) -> bool {
        self.cases.names(case) && self.version.is_none_or(|version| version == case.version)
    }
}

impl KnownFailure {
    fn is_of_leaks(&self) -> bool {
        self.cases.as_str() == Leak::NAME
    }

    #[cfg(feature = "network")]
    fn covers_leak(&self, leak: &Leak) -> bool {
        self.is_of_leaks() && self.version.is_none_or(|version| version == leak.seen_by.version)
    }
}

/// Tracks which entries a run has used.
#[derive(Debug)]
pub(super) struct Usage<'a> {
    seen: Vec<(&'a KnownFailure, Seen)>,
}

#[derive(Debug, Default)]
struct Seen {
    failed: bool,
    passed: bool,
}

impl Usage<'_> {
    pub(super) fn count(&mut self, run: &CaseRun) {
        for (_, seen) in self.seen.iter_mut().filter(|(entry, _)| entry.covers(&run.case)) {
            seen.failed |= matches!(run.verdict, Verdict::Fail(_));
            seen.passed |= matches!(run.verdict, Verdict::Pass | Verdict::Warn(_));
        }
    }

    #[cfg(feature = "network")]
    pub(super) fn count_leak(&mut self, leak: &Leak) {
        for (_, seen) in self.seen.iter_mut().filter(|(entry, _)| entry.covers_leak(leak)) {
            seen.failed = true;
        }
    }

    /// The entries, as written, whose cases all passed. Cases that were skipped or not selected do not count.
    pub(super) fn stale(&self) -> Vec<String> {
        self.entries(|entry, seen| (seen.passed || entry.is_of_leaks()) && !seen.failed)
    }

    /// The entries, as written, that match no case of the library.
    pub(super) fn unmatched(&self, library: &Library) -> Vec<String> {
        self.entries(|entry, _| !entry.is_of_leaks() && !library.cases().any(|case| entry.covers(case)))
    }

    fn entries(&self, is_wanted: impl Fn(&KnownFailure, &Seen) -> bool) -> Vec<String> {
        let entries = self.seen.iter().filter(|(entry, seen)| is_wanted(entry, seen));
        entries.map(|(entry, _)| entry.cases.as_str().to_owned()).collect()
    }
}

fn read(text: &str) -> Result<Baseline, Mistake> {
    let tree = parse(text)?;
    let mut keys = Keys::of(&tree, "a baseline")?;
    let entries = keys.need("expected")?.list()?.iter().map(entry).collect::<Result<_, _>>()?;
    keys.done()?;
    Ok(Baseline { entries })
}

fn entry(node: &Node) -> Result<KnownFailure, Mistake> {
    let mut keys = Keys::of(node, "an expected failure")?;
    let pattern = keys.need("case")?;
    let cases = Pattern::new(pattern.text()?).map_err(|why| pattern.mistake(format!("invalid pattern: {why}")))?;
    let version = match keys.get("version") {
        None => None,
        Some(node) => Some(match node.text()? {
            "v3.1.1" => Version::V3_1_1,
            "v5" => Version::V5,
            _ => return Err(node.expected("v3.1.1 or v5")),
        }),
    };
    let reason = keys.need("reason")?.text()?.to_owned();
    keys.done()?;
    Ok(KnownFailure { cases, version, reason })
}
