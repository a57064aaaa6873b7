//! The statements of the registry that a case cites, separately for each version.

use std::fmt;

use mqttspec_codec::Version;

use super::version::{self, named};
use crate::{
    registry::Registry,
    source::{Mistake, Node, nearest},
};

/// A statement of the standard of one version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Citation {
    /// The version.
    pub version: Version,
    /// Its id, which may mean something else in another version.
    pub id: String,
}

impl Citation {
    /// The statement with this id in the standard of a version.
    pub(crate) fn new(version: Version, id: &str) -> Self {
        Self { version: standard(version), id: id.to_owned() }
    }
}

impl fmt::Display for Citation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.version, self.id)
    }
}

/// Checks that the value of `key`, such as `cites`, has versions as keys and ids that the registry contains.
pub(crate) fn check(key: &str, cites: &Node, registry: &Registry) -> Vec<Mistake> {
    let entries = match cites.map() {
        Ok(entries) => entries,
        Err(_) => return vec![cites.expected("a map of versions to ids")],
    };
    let mut mistakes = Vec::new();
    for entry in entries {
        let Some(version) = named(&entry.key) else {
            mistakes.push(Mistake::new(
                entry.at,
                format!("`{}` is not a version; expected `{key}: {{v5: [..]}}`", entry.key),
            ));
            continue;
        };
        mistakes.extend(ids(&entry.value).iter().filter_map(|id| check_id(id, version, registry).err()));
    }
    mistakes
}

/// The statement that an expectation cites for a version: `cites: {v3.1.1: MQTT-3.2.2-2, v5: MQTT-3.2.2-3}`. `None` if
/// it cites one of another version only.
///
/// # Errors
/// The first mistake in it, whatever its version.
pub(super) fn one(cites: &Node, version: Version, registry: &Registry) -> Result<Option<Citation>, Mistake> {
    let entries = cites.map().map_err(|_| cites.expected("a map of versions to an id"))?;
    for entry in entries {
        entry.value.text().map_err(|_| entry.value.expected("one id"))?;
    }
    match check("cites", cites, registry).into_iter().next() {
        Some(mistake) => Err(mistake),
        None => Ok(of(cites, version).into_iter().next()),
    }
}

/// One id, or a list of them.
fn ids(node: &Node) -> &[Node] {
    node.list().unwrap_or(std::slice::from_ref(node))
}

fn check_id(node: &Node, version: Version, registry: &Registry) -> Result<(), Mistake> {
    let id = node.text()?;
    if registry.get(standard(version), id).is_some() {
        return Ok(());
    }
    let ids = registry.iter().filter(|row| row.version == standard(version)).map(|row| row.id.as_str());
    let help = nearest(id, ids).map_or(String::new(), |near| format!("; did you mean {near}?"));
    Err(node.mistake(format!("{version} has no statement [{id}]{help}")))
}

/// The statements cited for a version. Ignores anything but texts, which [`check`] reports.
pub(crate) fn of(cites: &Node, version: Version) -> Vec<Citation> {
    let chosen = cites.map().ok().and_then(|entries| version::choose(entries, version));
    let ids = chosen.into_iter().flat_map(ids).filter_map(|id| id.text().ok());
    ids.map(|id| Citation::new(version, id)).collect()
}

/// MQTT 3.1 has no numbered statements, so those of 3.1.1 apply to it.
const fn standard(version: Version) -> Version {
    match version {
        Version::V5 => Version::V5,
        Version::V3_1 | Version::V3_1_1 => Version::V3_1_1,
    }
}
