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

impl fmt::Display for Citation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.version, self.id)
    }
}

/// Checks that the value of `key`, such as `cites`, has versions as keys and ids that the registry contains.
pub(crate) fn check(key: &str, cites: &Node, registry: &Registry) -> Vec<Mistake> {
    let entries = match cites.map() {
        Ok(entries) => entries,
        Err(_) => return vec![cites.expected("a map of versions to lists of ids")],
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
        match entry.value.list() {
            Ok(ids) => mistakes.extend(ids.iter().filter_map(|id| check_id(id, version, registry).err())),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    mistakes
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
    let ids = cites.map().ok().and_then(|entries| version::choose(entries, version)).and_then(|ids| ids.list().ok());
    let ids = ids.into_iter().flatten().filter_map(|id| id.text().ok());
    ids.map(|id| Citation { version: standard(version), id: id.to_owned() }).collect()
}

/// MQTT 3.1 has no numbered statements, so those of 3.1.1 apply to it.
const fn standard(version: Version) -> Version {
    match version {
        Version::V5 => Version::V5,
        Version::V3_1 | Version::V3_1_1 => Version::V3_1_1,
    }
}
