//! The baseline: expected failures, each with a reason.
//!
//! ```yaml
//! expected:
//!   - case: 3.01-connect/keep-alive/silence
//!     version: v5          # optional; without it, every version
//!     transport: websocket # optional; without it, every transport
//!     flaky: true          # optional; the case may fail or pass
//!     reason: what the broker does, and the statement it violates
//!   - statement: MQTT-3.3.1-5
//!     reason: every failure that accuses this statement
//! ```
//!
//! `case` selects cases like `--only`: an id, an id without its row, a folder, a section, or a pattern with `*`. `leak` is
//! the finding that messages reach clients of other cases. `statement` selects failures by what they accuse; with both,
//! an entry covers failures of these cases that accuse this statement.
//!
//! | module | what |
//! |---|---|
//! | `entry` | an expected failure, and what it covers |
//! | `usage` | which entries a run used |
//! | `names` | entries that name nothing, misspelt or gone |
//! | `update`, `fresh`, `write` | the baseline after a run, its new entries, and entries as text |

mod entry;
mod fresh;
mod names;
mod update;
mod usage;
mod write;

use std::{fs, path::Path};

pub use self::{
    entry::{KnownFailure, Transport},
    update::Updated,
};
use usage::Use;

use super::CaseRun;
#[cfg(feature = "network")]
use super::Leak;
use crate::{
    judge::Verdict,
    source::{Keys, LoadError, Mistake, Source, parse},
    vector::{Case, Citation},
};

/// Expected failures. They do not fail a run, and are reported when they no longer happen.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    entries: Vec<KnownFailure>,
    /// The file, for messages and to keep what people wrote in it.
    source: Option<Source>,
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

    /// Parses the text of a baseline file; `file` is its name, for messages.
    ///
    /// # Errors
    /// What is wrong, with file, line and column.
    pub fn parse(file: &str, text: &str) -> Result<Self, LoadError> {
        let source = Source::new(file, text);
        match entries(text) {
            Ok(entries) => Ok(Self { entries, source: Some(source) }),
            Err(mistake) => Err(source.error(mistake)),
        }
    }

    /// The entries for a transport; those for another one are left out. `None` is a broker in memory.
    #[must_use]
    pub(super) fn over(&self, transport: Option<Transport>) -> Self {
        let entries = self.entries.iter().filter(|entry| entry.is_over(transport)).cloned().collect();
        Self { entries, source: self.source.clone() }
    }

    /// The entry that expects this case to fail, if that failure accuses this statement. `None` means that it is unknown
    /// or that there is none; then only entries without a statement cover it.
    #[must_use]
    pub fn expects(&self, case: &Case, accused: Option<&Citation>) -> Option<&KnownFailure> {
        self.entries.iter().find(|entry| entry.covers(case, accused))
    }

    /// The entry that expects this failure, by the statement that it accuses in the end.
    pub(super) fn expects_accused(&self, run: &CaseRun) -> Option<&KnownFailure> {
        let accused = run.accused.as_ref()?;
        let blocked = run.blocked_by.is_some() || !matches!(run.verdict, Verdict::Fail(_));
        if blocked { None } else { self.expects(&run.case, Some(accused)) }
    }

    /// The entry that expects this leak.
    #[cfg(feature = "network")]
    pub(super) fn expects_leak(&self, leak: &Leak) -> Option<&KnownFailure> {
        self.entries.iter().find(|entry| entry.covers_leak(leak))
    }
}

fn entries(text: &str) -> Result<Vec<KnownFailure>, Mistake> {
    // a file of comments, or `expected:` with nothing below it, is what is left when the last entry is dropped
    if text.lines().all(|line| line.trim_start().starts_with('#') || line.trim().is_empty()) {
        return Ok(Vec::new());
    }
    let tree = parse(text)?;
    let mut keys = Keys::of(&tree, "a baseline")?;
    let expected = keys.need("expected")?;
    let entries = match expected.value {
        crate::source::Tree::Null => Ok(Vec::new()),
        _ => expected.list()?.iter().map(KnownFailure::parse).collect(),
    };
    keys.done()?;
    let entries = entries?;
    match entries.iter().enumerate().find_map(|(place, entry)| Some((entry, twin(entry, entries.get(..place)?)?))) {
        None => Ok(entries),
        Some((second, first)) => Err(Mistake::new(
            second.named_at,
            format!(
                "`{second}` is in line {} already, for the same version and transport; merge the two entries, or give \
                 each a version, a transport or a statement",
                first.named_at.line
            ),
        )),
    }
}

/// An earlier entry that covers just the same; of two such entries only one would ever be used.
fn twin<'a>(entry: &KnownFailure, earlier: &'a [KnownFailure]) -> Option<&'a KnownFailure> {
    let key = |entry: &KnownFailure| (entry.to_string(), entry.version, entry.transport);
    earlier.iter().find(|other| key(other) == key(entry))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_entry_twice_is_a_mistake() {
        let parse = |second: &str| {
            let first = "case: 3.12-pingreq\n    version: v5\n    statement: 3.12.4-1\n    reason: r";
            Baseline::parse("b.yaml", &format!("expected:\n  - {first}\n  - {second}\n    reason: s\n"))
        };
        let error = parse("statement: MQTT-3.12.4-1\n    case: 3.12-pingreq\n    version: v5").unwrap_err().to_string();
        assert!(error.starts_with("b.yaml:7:11: `3.12-pingreq [MQTT-3.12.4-1]` is in line 2 already"), "{error}");
        for other in [
            "case: 3.12-pingreq\n    version: v5",
            "case: 3.12-pingreq\n    version: v5\n    statement: 3.12.4-1\n    transport: tcp",
            "case: 3.12-pingreq\n    version: v3.1.1\n    statement: 3.12.4-1",
            "statement: 3.12.4-1\n    version: v5",
        ] {
            assert!(parse(other).is_ok(), "{other}");
        }
    }

    #[test]
    fn a_file_without_entries_is_a_baseline() {
        for text in ["", "# nothing yet\n", "expected:\n", "expected: []\n"] {
            assert!(Baseline::parse("b.yaml", text).unwrap().entries.is_empty(), "{text:?}");
        }
        assert!(Baseline::parse("b.yaml", "other: []\n").is_err());
    }
}
