//! Entries that name nothing: a misspelt one is a mistake, and one whose case is gone is told.

use super::{Baseline, KnownFailure, entry::What};
use crate::{
    runner::filter,
    source::{LoadError, Mistake},
    vector::Library,
};

impl Baseline {
    /// The entries whose case looks misspelt: no case has this name, but one has a name much like it.
    pub(in crate::runner) fn misspelt(&self, library: &Library) -> Vec<LoadError> {
        self.errors(|entry| {
            let near = near(entry, library)?;
            Some(format!(
                "no case is named `{entry}`; did you mean `{near}`? If an earlier version of the suite had that case, it \
                 was renamed"
            ))
        })
    }

    /// The other entries that match no case, each with a sentence for people that says why.
    pub(in crate::runner) fn unknown(&self, library: &Library) -> Vec<LoadError> {
        self.errors(|entry| {
            if entry.is_known_to(library) || near(entry, library).is_some() {
                return None;
            }
            let any_version = KnownFailure { version: None, ..entry.clone() };
            Some(match entry.version.filter(|_| any_version.is_known_to(library)) {
                Some(version) => format!("`{entry}` has no case for {version}, only for the other version"),
                None => format!(
                    "mqttspec {} has no case that matches `{entry}`; if an earlier version had one, it was renamed or \
                     removed: delete the entry, or let --update-baseline do it",
                    env!("CARGO_PKG_VERSION")
                ),
            })
        })
    }

    fn errors(&self, what: impl Fn(&KnownFailure) -> Option<String>) -> Vec<LoadError> {
        let mistakes = self.entries.iter().filter_map(|entry| Some(Mistake::new(entry.named_at, what(entry)?)));
        self.source.iter().zip([mistakes]).flat_map(|(source, all)| all.map(|mistake| source.error(mistake))).collect()
    }
}

/// The name that is probably meant by an entry whose case does not exist in any version.
fn near<'a>(entry: &KnownFailure, library: &'a Library) -> Option<&'a str> {
    let What::Failures { cases: Some(cases), .. } = &entry.what else { return None };
    match library.cases().any(|case| cases.names(case)) {
        true => None,
        false => filter::near(cases, library),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(entry: &str) -> (Vec<String>, Vec<String>) {
        let library = Library::embedded().unwrap();
        let baseline = Baseline::parse("b.yaml", &format!("expected:\n  - {entry}\n    reason: r\n")).unwrap();
        let text = |errors: Vec<LoadError>| errors.iter().map(ToString::to_string).collect::<Vec<_>>();
        (text(baseline.misspelt(&library)), text(baseline.unknown(&library)))
    }

    #[test]
    fn a_misspelt_case_is_shown_with_line_caret_and_what_was_meant() {
        let (misspelt, unknown) = told("case: 3.12-pingreq/anwsered");
        assert_eq!(unknown, Vec::<String>::new());
        let [error] = &misspelt[..] else { panic!("{misspelt:?}") };
        assert!(error.starts_with("b.yaml:2:11: no case is named `3.12-pingreq/anwsered`"), "{error}");
        assert!(error.contains("did you mean `3.12-pingreq/answered`?"), "{error}");
        assert!(error.ends_with("\n2 |   - case: 3.12-pingreq/anwsered\n  |           ^"), "{error}");
    }

    #[test]
    fn an_entry_whose_case_is_gone_is_told_and_is_no_mistake() {
        let (misspelt, unknown) = told("case: 3.12-pingreq/some-case-of-an-earlier-version");
        assert_eq!(misspelt, Vec::<String>::new());
        assert!(unknown.concat().contains("was renamed or removed: delete the entry"), "{unknown:?}");
        let (misspelt, unknown) = told("case: 9.9-none/*");
        assert_eq!((misspelt.len(), unknown.len()), (0, 1));
    }

    #[test]
    fn an_entry_for_the_wrong_version_says_so() {
        let library = Library::embedded().unwrap();
        let of = |id: &str| library.cases().filter(|case| case.id == id).count();
        let case =
            library.cases().find(|case| of(&case.id) == 1 && case.version.to_string() == "v5").expect("one of v5");
        let (misspelt, unknown) = told(&format!("case: '{}'\n    version: v3.1.1", case.id));
        assert_eq!(misspelt, Vec::<String>::new());
        assert!(unknown.concat().contains("has no case for v3.1.1, only for the other version"), "{unknown:?}");
    }

    #[test]
    fn entries_that_match_are_not_mentioned() {
        let entries =
            ["case: 3.12-pingreq", "case: 3.12", "case: 3.10", "case: '*'", "case: leak", "statement: 3.1.2-24"];
        for entry in entries {
            assert_eq!(told(entry), (Vec::new(), Vec::new()), "{entry}");
        }
    }
}
