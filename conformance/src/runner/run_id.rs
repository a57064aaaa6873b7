//! The identifier that makes topics and Client Identifiers of a run unique.

#[cfg(feature = "network")]
use std::hash::{BuildHasher, RandomState};

use mqttspec_codec::Version;

use crate::vector::Prefix;

/// Six letters and digits, different for each run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunId(String);

impl RunId {
    /// A new random id, so that concurrent runs against one broker do not collide.
    #[cfg(feature = "network")]
    #[must_use]
    pub fn random() -> Self {
        // the standard library's hashers are seeded by the system
        Self(base_36(RandomState::new().hash_one(()), 6))
    }

    /// A fixed id, for a broker that nothing else uses.
    #[must_use]
    pub fn fixed() -> Self {
        Self("run000".to_owned())
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The prefix of a case, from the run, the index of the case in the run, and the version.
    #[must_use]
    pub fn prefix(&self, index: usize, version: Version) -> Prefix {
        let letters = format!("{}{}{}", self.0, base_36(index as u64, 4), version.level());
        Prefix { level: letters.clone(), letters }
    }
}

/// The lowest `digits` digits of the number in base 36.
fn base_36(mut number: u64, digits: usize) -> String {
    let mut text: Vec<char> = Vec::with_capacity(digits);
    for _ in 0..digits {
        text.push(char::from_digit((number % 36) as u32, 36).unwrap_or('0'));
        number /= 36;
    }
    text.iter().rev().collect()
}

#[cfg(all(test, feature = "network"))]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_short_and_unique() {
        let run = RunId::random();
        let one = run.prefix(1, Version::V5);
        assert_eq!(one.letters.len(), 11, "with a name of twelve it makes 23");
        assert_ne!(one.letters, run.prefix(2, Version::V5).letters);
        assert_ne!(one.letters, run.prefix(1, Version::V3_1_1).letters);
    }
}
