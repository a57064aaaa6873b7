//! The patterns with which filters and baselines select cases.

use std::{collections::BTreeSet, sync::Arc};

use fast_glob::glob_match;

use crate::vector::Case;

/// Selects cases by id, by id without its row, by section, or everything below a folder or file.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    text: String,
    /// The pattern itself, and what is below the folder or file that it names. `/` is written as [`SEPARATOR`].
    globs: [String; 2],
}

impl Pattern {
    /// Parses a pattern: `3.12-pingreq/answered`, `3.01-connect`, `3.12`, `3.12/answered`, `*/keep-alive/*`. Brackets are
    /// literal, because ids contain them for rows.
    ///
    /// # Errors
    /// The pattern is invalid, with the reason.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        // people write a row as it is written in a list, with a blank after the comma
        let written = escaped(&text.trim_end_matches('/').replace(", ", ","));
        check(&written)?;
        let written = with_section(&written).unwrap_or(written);
        let globs = [separated(&written), separated(&format!("{written}/*"))];
        Ok(Self { text: text.to_owned(), globs })
    }

    /// As it was written.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it may name several things on purpose, so that it is not a misspelt name if it names none.
    pub(super) fn has_wildcard(&self) -> bool {
        self.text.contains(['*', '?', '{'])
    }

    /// Whether it matches this case.
    pub(super) fn names(&self, case: &Case) -> bool {
        let [whole, below] = &self.globs;
        let (id, name) = (separated(&case.id), separated(case.name()));
        glob_match(whole, &id) || glob_match(whole, &name) || glob_match(below, &id)
    }
}

/// Escapes the characters that have a meaning in a glob, but none in a pattern.
pub(super) fn escaped(pattern: &str) -> String {
    pattern.replace('[', r"\[").replace('!', r"\!")
}

/// Checks that each brace has its partner.
fn check(pattern: &str) -> Result<(), String> {
    let mut open = 0_u32;
    for letter in pattern.chars() {
        match letter {
            '{' => open += 1,
            '}' => open = open.checked_sub(1).ok_or("`}` without `{` before it")?,
            _ => {}
        }
    }
    if open == 0 { Ok(()) } else { Err("`{` without `}` behind it".to_owned()) }
}

/// The text without slashes, so that `*` matches across folders.
fn separated(text: &str) -> String {
    text.replace('/', SEPARATOR)
}

/// What no pattern and no id contains.
const SEPARATOR: &str = "\u{1}";

/// The pattern of a section's folder, if the pattern begins with the number of a section: `{3.12,3.12-*}` for `3.12`, and
/// `{3.1,3.01-*}/answered` for `3.1/answered`. A chapter is all its sections.
fn with_section(pattern: &str) -> Option<String> {
    let (first, rest) = pattern.split_once('/').map_or((pattern, None), |(first, rest)| (first, Some(rest)));
    let mut numbers = first.split('.').map(|part| part.parse::<u8>().ok().filter(|_| !part.starts_with('+')));
    let (chapter, section) = (numbers.next()??, numbers.next());
    let folders = match (section, numbers.next()) {
        (None, _) => format!("{chapter}.*"),
        // the folders of chapters with many sections have two digits, so that they sort
        (Some(section), None) => format!("{chapter}.{0}-*,{chapter}.{0:02}-*", section?),
        (Some(_), Some(_)) => return None,
    };
    Some(format!("{{{first},{folders}}}{}", rest.map(|rest| format!("/{rest}")).unwrap_or_default()))
}

/// What a pattern without wildcards can name: the ids of the cases, with and without rows, and the files and folders.
pub(super) fn names<'a>(cases: impl Iterator<Item = &'a Arc<Case>>) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for case in cases {
        names.extend([case.id.as_str(), case.name()]);
        let slashes = case.name().match_indices('/').map(|(at, _)| at);
        names.extend(slashes.filter_map(|at| case.name().get(..at)));
    }
    names
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
            ("folder/{other,file}/r?ws[x=*]", &["rows[x=1]", "rows[x=2]"]),
            ("**", &["plain", "rows[x=1]", "rows[x=2]"]),
            ("!folder/file/plain", &[]),
            ("folder/file/row", &[]),
            ("folder/fil", &[]),
        ] {
            let named = Pattern::new(pattern).unwrap();
            let found = library.cases().filter(|case| named.names(case));
            let found: Vec<&str> = found.map(|case| case.id.trim_start_matches("folder/file/")).collect();
            assert_eq!(found, ids, "{pattern}");
        }
        assert_eq!(Pattern::new("{a").err().as_deref(), Some("`{` without `}` behind it"));
        assert_eq!(Pattern::new("a}").err().as_deref(), Some("`}` without `{` before it"));
    }

    #[test]
    fn every_case_and_row_can_be_named_and_its_name_selects_nothing_else() {
        let library = Library::embedded().unwrap();
        let mut ids: Vec<&str> = library.cases().map(|case| case.id.as_str()).collect();
        ids.dedup();
        assert!(ids.iter().filter(|id| id.contains('[')).count() > 300, "many have rows");
        for id in ids {
            let pattern = Pattern::new(id).unwrap_or_else(|why| panic!("{id}: {why}"));
            let named: BTreeSet<&str> =
                library.cases().filter(|case| pattern.names(case)).map(|case| case.id.as_str()).collect();
            assert_eq!(named, BTreeSet::from([id]));
        }
    }

    #[test]
    fn the_number_of_a_section_names_its_folder() {
        let library = Library::embedded().unwrap();
        let folders = |pattern: &str| {
            let pattern = Pattern::new(pattern).unwrap();
            let found = library.cases().filter(|case| pattern.names(case));
            found.filter_map(|case| case.id.split('/').next()).collect::<BTreeSet<&str>>()
        };
        for (number, folder) in [
            ("3.12", "3.12-pingreq"),
            ("3.1", "3.01-connect"),
            ("3.01", "3.01-connect"),
            ("3.12/answered", "3.12-pingreq"),
            ("3.1/keep-alive/*", "3.01-connect"),
            ("1.5", "1.5-data-representation"),
        ] {
            assert_eq!(folders(number), BTreeSet::from([folder]), "{number}");
        }
        assert!(folders("3").len() > 10 && folders("3").iter().all(|folder| folder.starts_with("3.")));
        for none in ["3.99", "31", "3.1.2", "3.x", "3.12/nothing"] {
            assert!(folders(none).is_empty(), "{none}");
        }
    }

    #[test]
    fn a_row_may_be_written_with_blanks() {
        let library = Library::embedded().unwrap();
        let case = library.cases().find(|case| case.id.contains(',')).expect("a row of two names");
        assert!(Pattern::new(&case.id.replace(',', ", ")).unwrap().names(case));
    }
}
