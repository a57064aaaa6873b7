//! Which cases of the library a run takes.

use std::fmt;

use globset::{Glob, GlobSet, GlobSetBuilder};
use mqttspec_codec::Version;

use crate::vector::Case;

/// A choice of cases. The default takes all.
#[derive(Debug, Clone)]
pub struct Selection {
    only: Option<GlobSet>,
    skip: GlobSet,
    statements: Vec<String>,
    versions: Vec<Version>,
}

/// A pattern that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectionError(String);

impl fmt::Display for SelectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SelectionError {}

impl Selection {
    /// Cases whose id matches one of `only` (all, if there is none) and none of `skip`, that cite one of `statements`
    /// (any, if there is none), in one of `versions` (both, if there is none). A pattern without a wildcard also takes
    /// everything below it: `3.01-connect`, `3.01-connect/keep-alive`.
    ///
    /// # Errors
    /// A pattern that is not a glob.
    pub fn new(
        only: &[String],
        skip: &[String],
        statements: &[String],
        versions: &[Version],
    ) -> Result<Self, SelectionError> {
        let only = if only.is_empty() { None } else { Some(globs(only)?) };
        Ok(Self { only, skip: globs(skip)?, statements: statements.to_vec(), versions: versions.to_vec() })
    }

    /// Whether the case is taken.
    #[must_use]
    pub fn takes(&self, case: &Case) -> bool {
        self.only.as_ref().is_none_or(|only| only.is_match(&case.id))
            && !self.skip.is_match(&case.id)
            && (self.statements.is_empty() || case.cites.iter().any(|cited| self.statements.contains(&cited.id)))
            && (self.versions.is_empty() || self.versions.contains(&case.version))
    }
}

fn globs(patterns: &[String]) -> Result<GlobSet, SelectionError> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        // a row's `[x=1]` is text, not a class of characters
        let escaped = pattern.replace('[', "[[]");
        for form in [escaped.clone(), format!("{escaped}/**"), format!("{escaped} [[]*]")] {
            let glob = Glob::new(&form)
                .map_err(|error| SelectionError(format!("`{pattern}` is not a pattern of case ids: {error}")))?;
            set.add(glob);
        }
    }
    set.build().map_err(|error| SelectionError(error.to_string()))
}
