//! A case with its verdict and its evidence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::CaseName;
use crate::text::Text;

/// A case of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Its id: `3.01-connect/keep-alive/silence[x=1]`.
    pub id: Text,
    /// `v3.1.1` or `v5`.
    pub version: Text,
    /// What its file is about.
    pub title: Text,
    /// File, line and column below `vectors/exchange`.
    pub source: Text,
    /// The path of its file, as `--vectors` names it; absent if the case is built in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Text>,
    /// The ids of the statements that it cites.
    pub statements: Vec<Text>,
    /// Its verdict; the worst if it was played several times.
    pub verdict: Verdict,
    /// When it began, in RFC 3339 with milliseconds; absent if it did not run, or ran in memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Text>,
    /// What its topics and Client Identifiers began with, for searching the broker's log; absent like `began`, and if
    /// the case uses no prefix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<Text>,
    /// How long it took; 0 if it did not run.
    pub milliseconds: f64,
    /// For `skip` and `error`: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
    /// For `warn`: what is legal but discouraged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Text>,
    /// For `fail` and `blocked`: what was expected and what came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// For `fail` and `blocked`: the id of the statement that is violated; absent if several could be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accused: Option<Text>,
    /// If there is no `accused`: the ids of the statements of which it is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub among: Vec<Text>,
    /// For `fail` and `blocked`: how that was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how: Option<Text>,
    /// For `blocked`: the case that tests what is broken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<CaseName>,
    /// The reason in the baseline, if that expects the failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_failure: Option<Text>,
    /// The other verdicts, if it was played several times and did not get the same one each time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flips: Option<Flips>,
    /// What was sent and received, in order; absent where the report leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<Vec<Entry>>,
}

/// The verdict on a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The broker did everything as it must.
    Pass,
    /// It passed, but something was discouraged.
    Warn,
    /// It does not apply to this broker or run.
    Skip,
    /// The suite or the network failed.
    Error,
    /// It failed at what it only needs, which another failed case tests.
    Blocked,
    /// The broker does not do what the case expects.
    Fail,
}

impl Verdict {
    /// `pass`, `warn`, `skip`, `error`, `blocked` or `fail`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Warn => "warn",
            Verdict::Skip => "skip",
            Verdict::Error => "error",
            Verdict::Blocked => "blocked",
            Verdict::Fail => "fail",
        }
    }

    /// Whether the broker was found wrong.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        matches!(self, Verdict::Fail | Verdict::Blocked)
    }
}

/// Why a case failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// What was wrong, as a lowercase fragment.
    pub what: Text,
    /// The place of the step that failed; absent for a check that always applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
    /// The step as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Text>,
    /// Everything that would have been accepted, in the vector language.
    pub expected: Vec<Text>,
    /// What was received instead; absent if nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<Observed>,
}

/// What was received instead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observed {
    /// The client whose connection it is on.
    pub connection: Text,
    /// The packet in the vector language, or why it could not be decoded.
    pub packet: Text,
    /// Its bytes, two hex digits each.
    pub hex: Text,
    /// The offset of the wrong byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong_byte: Option<usize>,
}

/// One line of a transcript.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Since the start of the case.
    pub milliseconds: f64,
    /// The client whose connection it is on.
    pub connection: Text,
    /// To the broker or from it.
    pub direction: Way,
    /// The packet in the vector language, or what happened to the connection.
    pub packet: Text,
    /// Its bytes, two hex digits each; empty for what is no packet.
    pub hex: Text,
    /// Whether the suite did this by itself, without a step: pings, acknowledgements, cleaning up.
    pub automatic: bool,
}

/// The direction of a line of a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// To the broker.
    Sent,
    /// From the broker.
    Received,
}

/// A case that did not get the same verdict each time it was played.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flips {
    /// How many times it got each verdict.
    pub counts: BTreeMap<Text, usize>,
    /// The first time it got each other verdict.
    pub others: Vec<Case>,
}

impl Flips {
    /// Whether it always passed, with or without a warning.
    #[must_use]
    pub fn are_harmless(&self) -> bool {
        self.counts.keys().all(|verdict| ["pass", "warn"].contains(&verdict.as_str()))
    }
}

impl Case {
    /// Its name in the run.
    #[must_use]
    pub fn name(&self) -> CaseName {
        CaseName { version: self.version.clone(), id: self.id.clone() }
    }

    /// The line of its name in its file, from 1; `None` if `source` has none.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        line_of(&self.source)
    }

    /// The line of the step that failed, from 1; `None` if no step did.
    #[must_use]
    pub fn failed_line(&self) -> Option<u64> {
        line_of(self.failure.as_ref()?.source.as_ref()?)
    }

    /// The folder that it is in: `3.01-connect`.
    #[must_use]
    pub fn section(&self) -> &str {
        self.id.split('/').next().unwrap_or_default()
    }

    /// Whether something was found: it failed, was blocked, could not be judged, or changed its verdict.
    #[must_use]
    pub fn is_found(&self) -> bool {
        self.verdict.is_failure() || self.verdict == Verdict::Error || self.is_unstable()
    }

    /// Whether it changed its verdict, other than between pass and warn.
    #[must_use]
    pub fn is_unstable(&self) -> bool {
        self.flips.as_ref().is_some_and(|flips| !flips.are_harmless())
    }
}

/// Of `file:line:column`.
fn line_of(place: &str) -> Option<u64> {
    place.rsplit(':').nth(1)?.parse().ok()
}
