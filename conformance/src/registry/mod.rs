//! The statement registry, read from `vectors/statements`. It has one row for each normative statement of both
//! standards.

mod level;
mod read;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::OnceLock,
};

pub use level::{Binds, Level, Observable, Strength, Untestable};
use mqttspec_codec::{ReasonCode, Version};

use crate::source::{LoadError, Mistake, Source, files};

/// A statement of one version of the standard. The same id may appear in both versions with different meanings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The version whose standard contains it.
    pub version: Version,
    /// `MQTT-3.1.2-24`, or `5.0§3.1.2.10-a` for what the standard says without a number.
    pub id: String,
    /// Number of the section.
    pub section: String,
    /// Heading of the section.
    pub title: String,
    /// How strong it is.
    pub level: Level,
    /// A second strength that the same statement contains.
    pub level_also: Option<Level>,
    /// Who must follow it.
    pub binds: Binds,
    /// How it can be observed; empty if it cannot be.
    pub observable: BTreeSet<Observable>,
    /// Why no case tests a Server for it, though its effects could be seen.
    pub untested: Option<Untestable>,
    /// Why it cannot be observed, or is not tested, as sentences.
    pub why_not: Option<String>,
    /// The statement in our words.
    pub says: String,
    /// The Reason Codes, any of which may be expected.
    pub reason_code: Vec<ReasonCode>,
    /// The features that a test of it needs.
    pub requires: Vec<String>,
    /// How to provoke and judge it.
    pub probe: Option<String>,
    /// Further remarks.
    pub note: Option<String>,
}

impl Statement {
    /// Why a Server cannot be tested for it; `None` if it can.
    #[must_use]
    pub fn untestable(&self) -> Option<Untestable> {
        match (self.untested, self.observable.contains(&Observable::WireServer), self.binds) {
            (Some(why), ..) => Some(why),
            (None, true, _) => None,
            (None, false, Binds::Client) => Some(Untestable::Client),
            (None, false, Binds::Server | Binds::Both) => Some(Untestable::NotObservable),
        }
    }
}

/// All statements, by version and id.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    statements: BTreeMap<(Version, String), Statement>,
}

impl Registry {
    /// The registry in the repository, which is compiled into the binary.
    ///
    /// # Errors
    /// All mistakes in it, sorted. A test checks that there are none.
    pub fn embedded() -> Result<Self, Vec<LoadError>> {
        Self::shared().cloned().map_err(<[_]>::to_vec)
    }

    /// Like [`embedded`](Self::embedded), but read only once.
    ///
    /// # Errors
    /// All mistakes in it, sorted.
    pub fn shared() -> Result<&'static Self, &'static [LoadError]> {
        static EMBEDDED: OnceLock<Result<Registry, Vec<LoadError>>> = OnceLock::new();
        EMBEDDED.get_or_init(|| Self::read(files::embedded("statements"))).as_ref().map_err(Vec::as_slice)
    }

    /// The registry in a folder with `v5/` and `v3.1.1/`.
    ///
    /// # Errors
    /// All mistakes in it, sorted.
    pub fn load(folder: &Path) -> Result<Self, Vec<LoadError>> {
        Self::read(files::read(folder).map_err(|error| vec![error])?)
    }

    /// The statement with this id in that version's standard.
    #[must_use]
    pub fn get(&self, version: Version, id: &str) -> Option<&Statement> {
        self.statements.get(&(version, id.to_owned()))
    }

    /// All statements, sorted by version and id.
    pub fn iter(&self) -> impl Iterator<Item = &Statement> {
        self.statements.values()
    }

    /// How many statements there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.statements.len()
    }

    /// Whether there are no statements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// How many statements of that version there are.
    #[must_use]
    pub fn count(&self, version: Version) -> usize {
        self.statements.keys().filter(|(of, _)| *of == version).count()
    }

    fn read(sources: Vec<Source>) -> Result<Self, Vec<LoadError>> {
        let mut registry = Registry::default();
        let mut errors = Vec::new();
        for source in sources {
            let (rows, mistakes) = read::rows(&source);
            errors.extend(mistakes.into_iter().map(|mistake| source.error(mistake)));
            for (at, row) in rows {
                let key = (row.version, row.id.clone());
                if registry.statements.contains_key(&key) {
                    let what = format!("{} [{}] is already in the registry", row.version, row.id);
                    errors.push(source.error(Mistake::new(at, what)));
                }
                registry.statements.insert(key, row);
            }
        }
        errors.sort_by(|a, b| a.key().cmp(&b.key()));
        if errors.is_empty() { Ok(registry) } else { Err(errors) }
    }
}
