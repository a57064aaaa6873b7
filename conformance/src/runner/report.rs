//! The result of a whole run, and the reasons why a run is impossible.

use std::{fmt, io, time::Duration};

use super::{CaseRun, FilterError, Summary, Transport};
use crate::{source::LoadError, text::Text};

/// The result of a run: every case with a verdict, and the summary.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report {
    /// The broker: its URL, or `memory`.
    pub target: String,
    /// How it was reached; `None` for a broker in memory.
    pub transport: Option<Transport>,
    /// The arguments of `mqttspec check` that reach the broker; `None` for a broker in memory.
    pub rerun: Option<String>,
    /// The cases, in the order in which they ended.
    pub cases: Vec<CaseRun>,
    /// Counts, coverage and other results of the run as a whole.
    pub summary: Summary,
}

impl Report {
    /// The cases that failed and that the baseline does not expect to fail.
    pub fn failures(&self) -> impl Iterator<Item = &CaseRun> {
        self.cases.iter().filter(|run| run.is_unexpected_failure())
    }

    /// Whether there are no failures except those that the baseline expects, and every selected case has a verdict.
    #[must_use]
    pub const fn is_conformant(&self) -> bool {
        self.summary.exit_code() == 0
    }
}

/// Why a run ended without verdicts.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunError {
    /// The filter selects no case.
    NothingChosen,
    /// A pattern or statement of the filter selects no case.
    Filter(FilterError),
    /// Entries of the baseline whose case looks misspelt.
    Baseline(LoadErrors),
    /// Nothing answers at the URL, or it is not an MQTT broker. The text is a sentence for people.
    Unreachable(Text),
    /// The broker does not let the run's user connect, publish or subscribe. The text is a sentence for people.
    NotAllowed(Text),
    /// The broker supports none of the selected versions. The text is a sentence for people.
    NoVersion(Text),
    /// No case could run within this time.
    TimedOut(Duration),
    /// A reporter could not write.
    Reporter(io::Error),
    /// The runtime for a blocking run could not be started.
    Runtime(io::Error),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::NothingChosen => f.write_str("no case matches the filter; see `mqttspec list`"),
            RunError::Filter(error) => error.fmt(f),
            RunError::Baseline(errors) => errors.fmt(f),
            RunError::Unreachable(why) | RunError::NotAllowed(why) | RunError::NoVersion(why) => f.write_str(why),
            RunError::TimedOut(limit) => write!(f, "no case could run within {limit:?}, which --timeout allows"),
            RunError::Reporter(error) => write!(f, "failed to write a report: {error}"),
            RunError::Runtime(error) => write!(f, "failed to start the async runtime: {error}"),
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

/// All mistakes in files of vectors, sorted by place. Each is printed with its line and a caret.
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
