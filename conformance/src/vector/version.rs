//! Version names in vectors, and values by version.

use mqttspec_codec::Version;

use crate::source::{Entry, Mistake, Node, nearest};

/// The versions, oldest first.
pub(crate) const ALL: [Version; 3] = [Version::V3_1, Version::V3_1_1, Version::V5];

/// The version of that name.
pub(crate) fn named(name: &str) -> Option<Version> {
    ALL.into_iter().find(|version| version.to_string() == name)
}

/// The version that a node names.
pub(super) fn read(node: &Node) -> Result<Version, Mistake> {
    let name = node.text()?;
    named(name).ok_or_else(|| match nearest(name, ["v3.1.1", "v5"]) {
        Some(near) => node.mistake(format!("unknown version `{name}`; did you mean `{near}`?")),
        None => node.expected("v3.1.1 or v5"),
    })
}

/// Whether a map gives values by version, which is so if all its keys are versions.
pub(super) fn is_by_version(entries: &[Entry]) -> Result<bool, Mistake> {
    let versions = entries.iter().filter(|entry| named(&entry.key).is_some()).count();
    match entries.iter().find(|entry| named(&entry.key).is_none()) {
        Some(other) if versions > 0 => {
            Err(Mistake::new(other.at, format!("`{}` is not a version, but the other keys of this map are", other.key)))
        }
        _ => Ok(versions > 0),
    }
}

/// The value for a version. v3.1 takes the value of v3.1.1 if it has none of its own.
pub(super) fn choose(entries: &[Entry], version: Version) -> Option<&Node> {
    let of = |version: Version| entries.iter().find(|entry| named(&entry.key) == Some(version));
    let fallback = if version == Version::V3_1 { of(Version::V3_1_1) } else { None };
    of(version).or(fallback).map(|entry| &entry.value)
}
