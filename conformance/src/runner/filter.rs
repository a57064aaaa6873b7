//! Selects cases of the suite.

use std::{collections::BTreeSet, fmt};

use mqttspec_codec::Version;

use super::{
    Shard,
    pattern::{self, Pattern},
    statement,
};
use crate::{
    source::nearest,
    vector::{Case, Library},
};

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
    shard: Option<Shard>,
    exactly: Option<BTreeSet<(Version, String)>>,
}

/// Why a text selects no cases, as a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError(String);

impl FilterError {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FilterError {}

impl Filter {
    /// Selects cases whose id matches this pattern, or one of several patterns. An id without its row selects all rows
    /// of the case; a folder or file selects everything below it: `3.01-connect`, `3.01-connect/keep-alive`. The number
    /// of a section is its folder: `3.1`, `3.12/answered`.
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

    /// Selects cases that cite this statement, or one of several: `MQTT-3.1.2-24`, also without `MQTT-` or in brackets.
    ///
    /// # Errors
    /// Neither version of the standard has this statement.
    pub fn statement(mut self, id: &str) -> Result<Self, FilterError> {
        self.statements.push(statement::spelt(id)?);
        Ok(self)
    }

    /// Selects cases for this version, or for one of several.
    #[must_use]
    pub fn version(mut self, version: Version) -> Self {
        self.versions.push(version);
        self
    }

    /// Selects one of several parts of the cases that the other conditions select.
    #[must_use]
    pub fn shard(self, shard: Shard) -> Self {
        Self { shard: Some(shard), ..self }
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
            && (self.statements.is_empty() || self.statements.iter().any(|id| cites(case, id)))
            && (self.versions.is_empty() || self.versions.contains(&case.version))
            && self.exactly.as_ref().is_none_or(|names| names.contains(&(case.version, case.id.clone())))
            && self.shard.is_none_or(|shard| shard.takes(&case.id))
    }

    /// Checks that every pattern and statement selects some case, in some version, so that a misspelt one among several
    /// is not overlooked. A pattern to skip may be of a case that no longer exists, unless it looks misspelt.
    pub(super) fn check(&self, library: &Library) -> Result<(), FilterError> {
        let cases = || library.cases();
        if let Some(pattern) = self.only.iter().find(|pattern| !cases().any(|case| pattern.names(case))) {
            let help = match near(pattern, library) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "see `mqttspec list`".to_owned(),
            };
            return Err(FilterError(format!("no case matches `{}`; {help}", pattern.as_str())));
        }
        for pattern in self.skip.iter().filter(|pattern| !cases().any(|case| pattern.names(case))) {
            if let Some(near) = near(pattern, library) {
                let pattern = pattern.as_str();
                return Err(FilterError(format!("no case to skip matches `{pattern}`; did you mean `{near}`?")));
            }
        }
        for id in &self.statements {
            let versions: Vec<Version> = cases().filter(|case| cites(case, id)).map(|case| case.version).collect();
            if versions.is_empty() {
                return Err(FilterError(statement::without_case(id)));
            }
            if !self.versions.is_empty() && !versions.iter().any(|version| self.versions.contains(version)) {
                let (first, asked) = (versions.first(), self.versions.first());
                let (first, asked) = (first.map(ToString::to_string), asked.map(ToString::to_string));
                let (first, asked) = (first.unwrap_or_default(), asked.unwrap_or_default());
                return Err(FilterError(format!("no case of {asked} tests {id}, but cases of {first} do")));
            }
        }
        Ok(())
    }
}

fn cites(case: &Case, id: &str) -> bool {
    case.cites.iter().any(|cited| cited.id == id)
}

/// The name of a case, file or folder that is probably meant by a pattern that matches nothing.
pub(super) fn near<'a>(pattern: &Pattern, library: &'a Library) -> Option<&'a str> {
    if pattern.has_wildcard() {
        return None;
    }
    nearest(pattern.as_str().trim_end_matches('/'), pattern::names(library.cases()))
}

fn parse(text: &str) -> Result<Pattern, FilterError> {
    Pattern::new(text).map_err(|why| FilterError(format!("`{text}` is not a valid pattern: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(filter: &Filter) -> String {
        filter.check(&Library::embedded().unwrap()).unwrap_err().to_string()
    }

    #[test]
    fn what_selects_nothing_is_explained() {
        let filter = || Filter::default();
        let only = |pattern: &str| filter().only("3.12").unwrap().only(pattern).unwrap();
        assert_eq!(
            refused(&only("3.12-pingreq/anwsered")),
            "no case matches `3.12-pingreq/anwsered`; did you mean `3.12-pingreq/answered`?"
        );
        assert_eq!(refused(&only("3.12-pingrek")), "no case matches `3.12-pingrek`; did you mean `3.12-pingreq`?");
        assert_eq!(refused(&only("something/else")), "no case matches `something/else`; see `mqttspec list`");
        assert!(refused(&filter().skip("3.12-pingrek").unwrap()).contains("did you mean `3.12-pingreq`?"));
        assert!(filter().skip("something/else").unwrap().check(&Library::embedded().unwrap()).is_ok());
    }

    #[test]
    fn a_statement_without_a_case_is_told_from_one_that_does_not_exist() {
        let library = Library::embedded().unwrap();
        let cited: BTreeSet<&str> =
            library.cases().flat_map(|case| &case.cites).map(|cited| cited.id.as_str()).collect();
        let registry = crate::registry::Registry::embedded().unwrap();
        let without = registry.iter().find(|statement| !cited.contains(statement.id.as_str())).expect("there are some");
        let error = refused(&Filter::default().statement(&without.id).unwrap());
        let told = format!("{} is a statement of the standard, but no case tests it", without.id);
        assert!(error.starts_with(&told), "{error}");
        assert!(Filter::default().statement("99.1.1-1").is_err());
    }

    #[test]
    fn a_statement_of_the_other_version_is_explained() {
        let library = Library::embedded().unwrap();
        let of = |version: Version, id: &str| library.cases().any(|case| case.version == version && cites(case, id));
        let only_v5 = library.cases().filter(|case| case.version == Version::V5).flat_map(|case| &case.cites);
        let only_v5 = only_v5.map(|cited| cited.id.as_str()).find(|id| !of(Version::V3_1_1, id)).expect("one of v5");
        let filter = Filter::default().statement(only_v5).unwrap().version(Version::V3_1_1);
        assert_eq!(refused(&filter), format!("no case of v3.1.1 tests {only_v5}, but cases of v5 do"));
    }
}
