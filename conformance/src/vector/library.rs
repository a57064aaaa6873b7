//! All cases of a folder.

use std::path::Path;

use super::{case::Case, file::File, files};
use crate::{
    registry::Registry,
    yaml::{LoadError, Source},
};

/// All cases, by file in order of path, as written in it; each for its versions and rows.
#[derive(Debug, Clone, Default)]
pub struct Library {
    cases: Vec<Case>,
}

impl Library {
    /// The cases of a folder such as `vectors/exchange`, every step checked.
    ///
    /// # Errors
    /// All mistakes, sorted by place.
    pub fn load(folder: &Path) -> Result<Self, Vec<LoadError>> {
        Self::read(files::read(folder).map_err(|error| vec![error])?, true)
    }

    /// The cases of the repository, which are compiled into the binary. Steps are not checked again: a test has.
    ///
    /// # Errors
    /// All mistakes around the steps, sorted by place.
    pub fn embedded() -> Result<Self, Vec<LoadError>> {
        Self::read(files::embedded("exchange"), false)
    }

    /// The cases of one text, every step checked; `file` is its path, for ids and messages.
    ///
    /// # Errors
    /// All mistakes, sorted by place.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<LoadError>> {
        Self::read(vec![Source::new(file, text)], true)
    }

    /// The cases, in order.
    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter()
    }

    fn read(sources: Vec<Source>, check: bool) -> Result<Self, Vec<LoadError>> {
        let registry = Registry::shared().map_err(<[_]>::to_vec)?;
        let (mut cases, mut errors) = (Vec::new(), Vec::new());
        for source in &sources {
            let mut file = File::read(source, registry);
            if check {
                file.check();
            }
            errors.extend(file.faults.into_iter().map(|fault| source.error(fault)));
            cases.extend(file.cases);
        }
        errors.sort_by(|a, b| a.key().cmp(&b.key()));
        errors.dedup();
        if errors.is_empty() { Ok(Library { cases }) } else { Err(errors) }
    }
}
