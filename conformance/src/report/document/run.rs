//! A run against one broker, and its summary.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Case, CaseName, Deviation, Leak};
use crate::text::Text;

/// A run against one broker at one URL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The broker: its URL, or `memory`.
    pub target: Text,
    /// What the user calls the broker; absent if they gave it no name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// The arguments of `mqttspec check` that reach the broker, without secrets; absent for a broker in memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rerun: Option<Text>,
    /// When it began, in RFC 3339; absent for a broker in memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Text>,
    /// Whether certificates were not verified, so that it is unknown whether this was the broker.
    pub insecure: bool,
    /// For each version, what the broker supports and the evidence for it, or why the version was not tested.
    pub capabilities: BTreeMap<Text, Learned>,
    /// What was planned before the first case; absent in memory, and if no case could run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// How many times each case was played; absent if once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<usize>,
    /// Counts, and what is true of the run as a whole.
    pub summary: Summary,
    /// What the broker does wrong, each once, those that explain most cases first.
    pub deviations: Vec<Deviation>,
    /// Messages that reached clients of other cases, the first one in each case.
    pub leaks: Vec<Leak>,
    /// What was wrong with the broker during the run, and what was done about it.
    pub notes: Vec<Text>,
    /// Every statement that a case cites or accuses, or that every case checks, with its verdict.
    pub statements: Vec<Statement>,
    /// Every case.
    pub cases: Vec<Case>,
    /// By their `source`: the cases whose transcripts are here, as their files have them, line by line.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub vectors: BTreeMap<Text, Vec<Text>>,
}

impl Run {
    /// The name of the broker, or its URL.
    #[must_use]
    pub fn label(&self) -> &Text {
        self.name.as_ref().unwrap_or(&self.target)
    }

    /// The lines of a case in its file, each with its number; empty if they are not here.
    pub fn written<'a>(&'a self, case: &Case) -> impl Iterator<Item = (u64, &'a str)> {
        let lines = self.vectors.get(&case.source).into_iter().flatten();
        (case.line().unwrap_or(1)..).zip(lines.map(Text::as_str))
    }

    /// Drops the cases as written whose transcripts are not here.
    pub(super) fn keep_vectors(&mut self) {
        let told = |case: &&Case| case.transcript.is_some();
        let told: BTreeSet<&Text> = self.cases.iter().filter(told).map(|case| &case.source).collect();
        self.vectors.retain(|source, _| told.contains(source));
    }

    /// The case of that name.
    #[must_use]
    pub fn case(&self, name: &CaseName) -> Option<&Case> {
        self.cases.iter().find(|case| case.id == name.id && case.version == name.version)
    }
}

/// What is known about a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Learned {
    /// What the broker supports.
    Known(Capabilities),
    /// Why it was not tested.
    #[expect(missing_docs, reason = "the variant says it")]
    Untested { error: Text },
}

/// What the broker supports in a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capabilities {
    /// The median of several pings.
    pub round_trip_ms: f64,
    /// From a SUBSCRIBE, or a PUBLISH at QoS 1, to its acknowledgement.
    pub answer_ms: f64,
    /// From opening a connection to its CONNACK, among as many others as the run opens at once.
    pub connect_ms: f64,
    /// What each connection that is opened at the same time adds.
    pub connect_beside_ms: f64,
    /// Evidence for what the standard has and the broker does not offer.
    pub not_offered: Vec<Text>,
    /// What it offers, by name.
    pub offers: BTreeMap<Text, Offer>,
}

/// The value of a capability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// A number, a flag or a text.
    pub value: serde_json::Value,
    /// How it was found out.
    pub evidence: Text,
}

/// What was planned before the first case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// How many cases ran at once.
    pub at_once: usize,
    /// How long that takes if the broker answers everything in its usual time.
    pub estimate_seconds: f64,
}

/// Counts of verdicts. Each case is counted in one of them, and also in `flips` if it changed its verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[expect(missing_docs, reason = "the verdicts are described elsewhere")]
pub struct Tally {
    pub pass: usize,
    pub warn: usize,
    pub fail: usize,
    pub blocked: usize,
    /// Failures that the baseline expects.
    pub expected_failures: usize,
    pub skip: usize,
    pub error: usize,
    #[serde(default)]
    pub flips: usize,
}

/// What is true of the run as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Summary {
    /// How many cases got which verdict.
    #[serde(flatten)]
    pub tally: Tally,
    /// For each version that was tested, how many statements were.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub coverage: BTreeMap<Text, Coverage>,
    /// How many deviations there are.
    pub deviations: usize,
    /// The duration of the run.
    pub seconds: f64,
    /// Whether it was interrupted, so that cases did not run.
    pub interrupted: bool,
    /// Why not all cases could run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub could_not_run: Option<Text>,
    /// Cases without a verdict, because the broker was gone or served only some clients.
    pub not_run: usize,
    /// Cases of which one or several may have caused that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspects: Vec<Text>,
    /// The reason in the baseline, if that expects leaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaks_expected: Option<Text>,
    /// What the run left on the broker.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_removed: Vec<Text>,
    /// Entries of the baseline whose cases all passed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stale_baseline_entries: Vec<Text>,
    /// Entries of the baseline that match no case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmatched_baseline_entries: Vec<Text>,
    /// What the command returned for this run alone: 0, 1 or 2.
    pub exit_code: u8,
}

/// How many statements of a version were tested.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// `MUST`, `SHOULD` and `MAY`.
    pub tested: BTreeMap<Text, Share>,
    /// How many no Server can be tested for, by the reason.
    pub not_testable: BTreeMap<Text, usize>,
}

/// How many statements of a strength were tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// That a case passed or failed for.
    pub tested: usize,
    /// That a Server can be tested for.
    pub testable: usize,
}

/// A statement, and what the cases that cite it say of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// `v3.1.1` or `v5`.
    pub version: Text,
    /// Its id.
    pub id: Text,
    /// `pass`, `warn`, `fail`, `error`, or `not run` if every case that cites it was skipped or failed for another one.
    /// A statement that every case checks passes with the first packet that shows it.
    pub verdict: Text,
}
