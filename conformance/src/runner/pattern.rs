//! The patterns with which filters and baselines select cases.

use globset::{GlobBuilder, GlobMatcher};

use crate::vector::Case;

/// Selects cases by id, by id without its row, or everything below a folder or file.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    text: String,
    matcher: GlobMatcher,
    below: GlobMatcher,
}

impl Pattern {
    /// Parses a pattern: `3.12-pingreq/answered`, `3.01-connect`, `*/keep-alive/*`. Brackets are literal, because ids
    /// contain them for rows.
    ///
    /// # Errors
    /// The pattern is invalid, with the reason.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let escaped = text.trim_end_matches('/').replace('[', "[[]");
        let glob = |form: &str| {
            let glob = GlobBuilder::new(form).build().map_err(|error| error.kind().to_string())?;
            Ok::<_, String>(glob.compile_matcher())
        };
        Ok(Self { text: text.to_owned(), matcher: glob(&escaped)?, below: glob(&format!("{escaped}/**"))? })
    }

    /// As it was written.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it matches this case.
    pub(super) fn names(&self, case: &Case) -> bool {
        self.matcher.is_match(&case.id) || self.matcher.is_match(case.name()) || self.below.is_match(&case.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::Library;

    #[test]
    fn patterns_match_with_or_without_row() {
        let text = "title: t\nversions: [v5]\ncases:\n  - name: plain\n    steps: [a => CONNECT]\n  - name: rows\n    \
                    for: {x: [1, 2]}\n    steps: [{a => CONNECT: {keep_alive: $x}}]\n";
        let library = Library::parse("folder/file.yaml", text).unwrap_or_else(|errors| panic!("{}", errors[0]));
        for (pattern, ids) in [
            ("folder/file/rows", &["rows[x=1]", "rows[x=2]"][..]),
            ("folder/file/rows[x=2]", &["rows[x=2]"]),
            ("folder/file/plain", &["plain"]),
            ("folder/file", &["plain", "rows[x=1]", "rows[x=2]"]),
            ("folder/", &["plain", "rows[x=1]", "rows[x=2]"]),
            ("*/rows", &["rows[x=1]", "rows[x=2]"]),
            ("*[x=1]", &["rows[x=1]"]),
            ("folder/file/row", &[]),
            ("folder/fil", &[]),
        ] {
            let named = Pattern::new(pattern).unwrap();
            let found = library.cases().filter(|case| named.names(case));
            let found: Vec<&str> = found.map(|case| case.id.trim_start_matches("folder/file/")).collect();
            assert_eq!(found, ids, "{pattern}");
        }
        assert!(Pattern::new("{a").is_err());
    }
}
