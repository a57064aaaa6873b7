//! What a Client did wrong.

use std::fmt;

use mqttspec_codec::Version;

use super::Rule;

/// What a Client did wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Breach {
    /// The rule.
    pub rule: Rule,
    /// The version of the connection.
    pub version: Version,
    /// The statements of that version, the most exact first; empty if the version has none about these bytes.
    pub statements: Vec<&'static str>,
    /// What the Client did, as a lowercase fragment: `PUBACK 7 before PUBACK 3`.
    pub what: String,
}

impl Breach {
    /// A breach of a rule of the table; `None` if that version has no such rule.
    pub(super) fn of(rule: Rule, version: Version, what: String) -> Option<Self> {
        let statements = rule.statements(version);
        (!statements.is_empty()).then(|| Self { rule, version, statements: statements.to_vec(), what })
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, version, statements, what } = self;
        write!(f, "{what} ({rule:?}")?;
        match statements.first() {
            Some(id) => write!(f, ", {version} [{id}])"),
            None => f.write_str(")"),
        }
    }
}
