//! Loads all cases of a folder, of both kinds: exchanges with a broker, and bytes.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use mqttspec_codec::Version;

use super::{bytes::PacketCase, case::Case};
use crate::{
    registry::Registry,
    source::{LoadError, Mistake, Place, Source, files},
};

/// All cases of one kind, sorted by path and in the order of each file, once for each version and row.
#[derive(Debug, Clone)]
pub struct Loaded<C> {
    cases: Vec<Arc<C>>,
}

/// Cases that run against a broker, from a folder such as `vectors/exchange`.
pub type Library = Loaded<Case>;
/// Cases of bytes and packets, from a folder such as `vectors/packets`.
pub type PacketLibrary = Loaded<PacketCase>;

/// No cases.
impl<C> Default for Loaded<C> {
    fn default() -> Self {
        Self { cases: Vec::new() }
    }
}

/// A kind of case.
pub trait Kind: Sized {
    /// Its folder in the vectors of the project.
    const FOLDER: &'static str;

    /// The cases of a file as far as they could be read, and all mistakes. Mistakes in steps are found only with
    /// `compile_too`.
    fn read(source: &Source, registry: &Registry, compile_too: bool) -> (Vec<Self>, Vec<Mistake>);

    /// Its id and version, which no other case has.
    fn key(&self) -> (&str, Version);

    /// Where it is.
    fn place(&self) -> &Place;
}

impl<C: Kind> Loaded<C> {
    /// Loads the cases of a folder on disk and checks every step.
    ///
    /// # Errors
    /// All mistakes, sorted by place.
    pub fn load(folder: &Path) -> Result<Self, Vec<LoadError>> {
        Self::read(&files::read(folder).map_err(|error| vec![error])?, true)
    }

    /// Loads the cases of the project, which are embedded in the binary. Steps are not checked again, since a test has
    /// done so.
    ///
    /// # Errors
    /// All mistakes outside of steps, sorted by place.
    pub fn embedded() -> Result<Self, Vec<LoadError>> {
        Self::read(&files::embedded(C::FOLDER), false)
    }

    /// Loads the cases of these files and folders, below which every YAML file is read, and checks every step. With
    /// `beside`, they are added to those cases.
    ///
    /// # Errors
    /// All mistakes, with the paths of their files, sorted by place; and ids that several files have.
    pub fn load_all(paths: &[PathBuf], beside: Option<Self>) -> Result<Self, Vec<LoadError>> {
        let (mut cases, mut errors) = (beside.map(|library| library.cases).unwrap_or_default(), Vec::new());
        for path in paths {
            let folder = if path.is_file() { path.parent() } else { Some(path.as_path()) };
            let named = |error: LoadError| LoadError { place: error.place.below(folder), ..error };
            let read = files::read(path).map_err(|error| vec![error]).and_then(|sources| match sources.is_empty() {
                true => Err(vec![LoadError::unreadable(&path.display().to_string(), &"it has no .yaml file")]),
                false => Self::read(&sources, true).map_err(|all| all.into_iter().map(named).collect()),
            });
            match read {
                Ok(library) => {
                    for case in library.cases {
                        match cases.iter().any(|other: &Arc<C>| other.key() == case.key()) {
                            true => errors.push(taken(&*case, folder)),
                            false => cases.push(case),
                        }
                    }
                }
                Err(mistakes) => errors.extend(mistakes),
            }
        }
        if errors.is_empty() { Ok(Self { cases }) } else { Err(errors) }
    }

    /// How many files the cases come from.
    #[must_use]
    pub fn files(&self) -> usize {
        self.cases.iter().map(|case| &case.place().file).collect::<BTreeSet<_>>().len()
    }

    /// Parses the cases of one text and checks every step. `file` is its path, for ids and messages.
    ///
    /// # Errors
    /// All mistakes, sorted by place.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<LoadError>> {
        Self::read(&[Source::new(file, text)], true)
    }

    /// These cases.
    #[cfg(feature = "cargo-test")]
    pub(crate) const fn of(cases: Vec<Arc<C>>) -> Self {
        Self { cases }
    }

    /// The cases, in order.
    pub fn cases(&self) -> impl Iterator<Item = &Arc<C>> {
        self.cases.iter()
    }

    fn read(sources: &[Source], compile_too: bool) -> Result<Self, Vec<LoadError>> {
        let registry = Registry::shared().map_err(<[_]>::to_vec)?;
        let (mut cases, mut errors) = (Vec::new(), Vec::new());
        for source in sources {
            let (read, mistakes) = C::read(source, registry, compile_too);
            errors.extend(mistakes.into_iter().map(|mistake| source.error(mistake)));
            cases.extend(read.into_iter().map(Arc::new));
        }
        errors.sort_by(|a, b| a.key().cmp(&b.key()));
        errors.dedup();
        if errors.is_empty() { Ok(Self { cases }) } else { Err(errors) }
    }
}

/// The mistake that another file has this id.
fn taken<C: Kind>(case: &C, folder: Option<&Path>) -> LoadError {
    let (id, version) = case.key();
    LoadError {
        place: case.place().below(folder),
        line: String::new(),
        what: format!(
            "there is another case `{id}` of {version}; give the file another name, or use --no-builtin-vectors"
        ),
    }
}
