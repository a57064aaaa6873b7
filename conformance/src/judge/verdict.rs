//! How a case ended, and the evidence.

use std::{sync::Arc, time::Duration};

use crate::{source::Place, vector::script::Name};

/// The verdict on a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All as it must be.
    Pass,
    /// Allowed by the letter but not recommended: the warnings.
    Warn(Vec<String>),
    /// The broker broke a statement.
    Fail(Box<Failure>),
    /// The broker does not offer what the case needs; the reason is the evidence.
    Skip(String),
    /// The suite or the network, never the broker's fault.
    Error(String),
}

impl Verdict {
    /// `pass`, `warn`, `fail`, `skip` or `error`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Warn(_) => "warn",
            Verdict::Fail(_) => "fail",
            Verdict::Skip(_) => "skip",
            Verdict::Error(_) => "error",
        }
    }
}

/// Why a case failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// What was wrong, a lowercase fragment: `no PUBLISH on sub within 5s`.
    pub what: String,
    /// The step that failed; `None` for a check that is always on.
    pub place: Option<Place>,
    /// The step as written.
    pub step: Option<Arc<str>>,
    /// Everything that would have been accepted, as the vector language writes it.
    pub expected: Vec<String>,
    /// What came instead.
    pub observed: Option<Observed>,
    /// The statement of a check that is always on; `None`: those the case cites.
    pub statement: Option<&'static str>,
}

/// What came instead.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Observed {
    /// On which connection.
    pub who: Name,
    /// The packet as the vector language writes it, or why it could not be decoded.
    pub text: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The byte that is wrong, where one is.
    pub mark: Option<usize>,
}

/// Everything that happened in a case, in order.
pub type Transcript = Vec<TranscriptEntry>;

/// One line of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TranscriptEntry {
    /// Since the case began.
    pub at: Duration,
    /// On which connection.
    pub who: Name,
    /// Which way.
    pub direction: Direction,
    /// The packet as the vector language writes it, or what happened.
    pub text: String,
    /// The bytes, if it has any.
    pub bytes: Vec<u8>,
    /// Whether the suite did this on its own: pings, acknowledgements of put-away packets, cleaning up.
    pub automatic: bool,
}

/// Which way something went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the broker.
    Sent,
    /// From the broker.
    Received,
}
