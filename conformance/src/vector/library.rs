//! Loads all cases of a folder, of both kinds: exchanges with a broker, and bytes.

use std::{path::Path, sync::Arc};

use super::{bytes::PacketCase, case::Case};
use crate::{
    registry::Registry,
    source::{LoadError, Mistake, Source, files},
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

/// A kind of case.
pub trait Kind: Sized {
    /// Its folder in the vectors of the project.
    const FOLDER: &'static str;

    /// The cases of a file as far as they could be read, and all mistakes. Mistakes in steps are found only with
    /// `compile_too`.
    fn read(source: &Source, registry: &Registry, compile_too: bool) -> (Vec<Self>, Vec<Mistake>);
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
