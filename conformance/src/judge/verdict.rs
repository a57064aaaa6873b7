//! How a case ended, and the evidence.

use std::{sync::Arc, time::Duration};

use super::Accusation;
use crate::{source::Place, text::Text, vector::script::Name};

/// The verdict on a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The broker did everything as it must.
    Pass,
    /// The broker did something legal but discouraged, or did not follow a SHOULD.
    Warn(Vec<Text>),
    /// The broker violated a statement.
    Fail(Box<Failure>),
    /// The broker does not support what the case needs; the text is the evidence.
    Skip(Text),
    /// The suite or the network failed, not the broker.
    Error(Text),
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
    /// What was wrong, as a lowercase fragment: `no PUBLISH on sub within 5s`.
    pub what: Text,
    /// The place of the step that failed; `None` for a check that always applies.
    pub place: Option<Place>,
    /// The step as written.
    pub step: Option<Arc<str>>,
    /// Everything that would have been accepted, in the vector language.
    pub expected: Vec<String>,
    /// What was received instead.
    pub observed: Option<Observed>,
    /// What it says about the broker.
    pub accusation: Accusation,
}

/// What was received instead.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Observed {
    /// The client whose connection it is on.
    pub who: Name,
    /// The packet in the vector language, or why it could not be decoded.
    pub text: Text,
    /// The bytes of the packet.
    pub bytes: Vec<u8>,
    /// The offset of the wrong byte, if there is one.
    pub mark: Option<usize>,
}

/// Everything that happened in a case, in order.
pub type Transcript = Vec<TranscriptEntry>;

/// One line of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TranscriptEntry {
    /// The time since the start of the case.
    pub at: Duration,
    /// The client whose connection it is on.
    pub who: Name,
    /// The direction.
    pub direction: Direction,
    /// The packet in the vector language, or a description of what happened.
    pub text: Text,
    /// The bytes of the packet; empty for other events.
    pub bytes: Vec<u8>,
    /// Whether the suite did this by itself, without a step: pings, acknowledgements of ignored packets, cleanup.
    pub automatic: bool,
    /// Whether a step wrote these bytes itself, as `hex` or as a `frame`, so that they may be wrong on purpose.
    pub raw: bool,
}

/// The direction of a transcript entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the broker.
    Sent,
    /// From the broker.
    Received,
}
