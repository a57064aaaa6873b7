//! All cases of a folder. One loader for both kinds: exchanges with a broker, and bytes.

use std::{path::Path, sync::Arc};

use super::{bytes::PacketCase, case::Case};
use crate::{
    registry::Registry,
    source::{LoadError, Mistake, Source, files},
};

/// All cases of one kind: by file in order of path, as written in it, each for its versions and rows.
#[derive(Debug, Clone)]
pub struct Loaded<C> {
    cases: Vec<Arc<C>>,
}

/// Cases to be played against a broker, from a folder such as `vectors/exchange`.
pub type Library = Loaded<Case>;
/// Cases of bytes and packets, from a folder such as `vectors/packets`.
pub type PacketLibrary = Loaded<PacketCase>;

/// A kind of case.
pub trait Kind: Sized {
    /// Its folder among the vectors of the project.
    const FOLDER: &'static str;

    /// The cases of a file as far as they could be read, and all mistakes; those in the steps only with `compile_too`.
    fn read(source: &Source, registry: &Registry, compile_too: bool) -> (Vec<Self>, Vec<Mistake>);
}

impl<C: Kind> Loaded<C> {
    /// The cases of a folder on disk, every step checked.
    ///
    /// # Errors
    /// All mistakes, sorted by place.
    pub fn load(folder: &Path) -> Result<Self, Vec<LoadError>> {
        Self::read(&files::read(folder).map_err(|error| vec![error])?, true)
    }

    /// The cases of the project, which are compiled into the binary. Steps are not checked again: a test has.
    ///
    /// # Errors
    /// All mistakes around the steps, sorted by place.
    pub fn embedded() -> Result<Self, Vec<LoadError>> {
        Self::read(&files::embedded(C::FOLDER), false)
    }

    /// The cases of one text, every step checked; `file` is its path, for ids and messages.
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
