//! What the broker does wrong, each once.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::Observed;
use crate::text::Text;

/// Something that the broker does wrong, however many cases fail for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deviation {
    /// What makes failed cases the same deviation.
    pub key: Text,
    /// What the broker does.
    pub what: Text,
    /// The ids of the statements that it violates for each version, those that most cases accuse first.
    pub statements: BTreeMap<Text, Vec<Text>>,
    /// The case that shows it best.
    pub clearest: CaseName,
    /// Whether no case that tests it failed: cases that only need it did.
    pub inferred: bool,
    /// Whether the broker had to close the connection for it.
    pub closing: bool,
    /// Whether the baseline expects all its cases to fail.
    pub known: bool,
    /// The other cases that show it.
    pub witnesses: Vec<CaseName>,
    /// The cases that could not test what they are about.
    pub blocked: Vec<CaseName>,
    /// Passed cases about the same statements, which limit it.
    pub kept: Vec<CaseName>,
}

/// The name of a case in a run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseName {
    /// `v3.1.1` or `v5`.
    pub version: Text,
    /// Its id.
    pub id: Text,
}

impl fmt::Display for CaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.version, self.id)
    }
}

/// A message that reached a client of another case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leak {
    /// The statement that the broker violates.
    pub statement: Text,
    /// The topic of the message.
    pub topic: Text,
    /// The case that received it.
    pub seen_by: CaseName,
    /// The case that published it; absent if that was a client of the suite that takes part in no case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_by: Option<CaseName>,
    /// The packet, and the client that received it.
    pub observed: Observed,
}
