//! Selects cases of the suite.

use std::{collections::BTreeSet, fmt};

use mqttspec_codec::Version;

use super::pattern::Pattern;
use crate::vector::Case;

/// Selects the cases to run. The default selects all cases. If there are several kinds of conditions, a case must meet
/// each of them.
///
/// ```
/// use mqttspec::{Filter, Suite};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // the name selects a case with all its rows, the full id selects one row
/// let filter = Filter::default().only("1.5-data-representation/ill-formed-strings/in-connect")?;
/// let suite = Suite::embedded()?.filter(filter);
/// assert!(suite.cases().count() > 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Filter {
    only: Vec<Pattern>,
    skip: Vec<Pattern>,
    statements: Vec<String>,
    versions: Vec<Version>,
    exactly: Option<BTreeSet<(Version, String)>>,
}

/// A string that is not a pattern of case ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError(String);

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FilterError {}

impl Filter {
    /// Selects cases whose id matches this pattern, or one of several patterns. An id without its row selects all rows
    /// of the case; a folder or file selects everything below it: `3.01-connect`, `3.01-connect/keep-alive`.
    ///
    /// # Errors
    /// The text is not a valid pattern; `*`, `?` and `{a,b}` are special.
    pub fn only(mut self, pattern: &str) -> Result<Self, FilterError> {
        self.only.push(parse(pattern)?);
        Ok(self)
    }

    /// Excludes cases whose id matches this pattern, which works as in [`only`](Self::only).
    ///
    /// # Errors
    /// See [`only`](Self::only).
    pub fn skip(mut self, pattern: &str) -> Result<Self, FilterError> {
        self.skip.push(parse(pattern)?);
        Ok(self)
    }

    /// Selects cases that cite this statement, or one of several: `MQTT-3.1.2-24`.
    #[must_use]
    pub fn statement(mut self, id: impl Into<String>) -> Self {
        self.statements.push(id.into());
        self
    }

    /// Selects cases for this version, or for one of several.
    #[must_use]
    pub fn version(mut self, version: Version) -> Self {
        self.versions.push(version);
        self
    }

    /// Selects no other cases than these, each with its version and full id. Names that no case has select nothing.
    #[must_use]
    pub fn exactly(self, names: impl IntoIterator<Item = (Version, String)>) -> Self {
        Self { exactly: Some(names.into_iter().collect()), ..self }
    }

    /// Whether the case is selected.
    #[must_use]
    pub fn takes(&self, case: &Case) -> bool {
        let any = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.names(case));
        (self.only.is_empty() || any(&self.only))
            && !any(&self.skip)
            && (self.statements.is_empty() || case.cites.iter().any(|cited| self.statements.contains(&cited.id)))
            && self.exactly.as_ref().is_none_or(|names| names.contains(&(case.version, case.id.clone())))
            && (self.versions.is_empty() || self.versions.contains(&case.version))
    }
}

fn parse(text: &str) -> Result<Pattern, FilterError> {
    Pattern::new(text).map_err(|why| FilterError(format!("`{text}` is not a valid pattern: {why}")))
}
