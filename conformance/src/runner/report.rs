//! What a whole run came to, and why there is none.

use std::{fmt, io};

use super::{CaseRun, Summary};
use crate::source::LoadError;

/// A run as it came out: every case that has a verdict, and the summary.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report {
    /// The broker: its URL, or `memory`.
    pub target: String,
    /// What a command line says after `mqttspec check` to reach it; `None` for a broker in memory.
    pub again: Option<String>,
    /// The cases, in the order in which they ended.
    pub cases: Vec<CaseRun>,
    /// Counts, coverage, and what else is to be said of the run as a whole.
    pub summary: Summary,
}

impl Report {
    /// The cases that failed and that the baseline does not expect to fail.
    pub fn failures(&self) -> impl Iterator<Item = &CaseRun> {
        self.cases.iter().filter(|run| run.is_unexpected_failure())
    }

    /// Whether nothing failed that the baseline does not expect, and everything that was chosen has a verdict.
    #[must_use]
    pub const fn is_conformant(&self) -> bool {
        self.summary.exit_code() == 0
    }
}

/// Why a run came to no verdicts.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunError {
    /// The filter takes no case.
    NothingChosen,
    /// Nobody answers, or what answers is not an MQTT broker; a sentence for a person.
    Unreachable(String),
    /// The broker does not let the run's user connect, publish or subscribe; a sentence for a person.
    NotAllowed(String),
    /// The broker speaks no version that was asked for; a sentence for a person.
    NoVersion(String),
    /// A reporter could not write.
    Reporter(io::Error),
    /// The runtime for a blocking run could not be started.
    Runtime(io::Error),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::NothingChosen => f.write_str("no case matches the filter; see `mqttspec list`"),
            RunError::Unreachable(why) | RunError::NotAllowed(why) | RunError::NoVersion(why) => f.write_str(why),
            RunError::Reporter(error) => write!(f, "a report cannot be written: {error}"),
            RunError::Runtime(error) => write!(f, "the runtime cannot be started: {error}"),
        }
    }
}

impl std::error::Error for RunError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            RunError::Reporter(error) | RunError::Runtime(error) => Some(error),
            _ => None,
        }
    }
}

/// All mistakes in files of vectors, sorted by place; each prints its line with a caret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadErrors(pub Vec<LoadError>);

impl fmt::Display for LoadErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut errors = self.0.iter();
        errors.next().map_or(Ok(()), |first| write!(f, "{first}"))?;
        errors.try_for_each(|error| write!(f, "\n{error}"))
    }
}

impl std::error::Error for LoadErrors {}
