//! The identifier that makes topics and Client Identifiers of a run unique.

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
        Self(base_36(crate::rt::random(), 6))
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
        let letters = format!("{}{}{}", self.0, base_36(index as u64, INDEX), version.level());
        Prefix { level: letters.clone(), letters }
    }
}

impl RunId {
    /// The index of the case that published to that topic; `None` if it was none of this run.
    #[cfg(feature = "network")]
    #[must_use]
    pub fn index_of(&self, topic: &str) -> Option<usize> {
        let level = topic.strip_prefix(&self.0)?.split('/').next()?;
        // the last character is the Protocol Level
        let digits = level.strip_suffix(['3', '4', '5']).filter(|digits| digits.len() == INDEX)?;
        usize::from_str_radix(digits, 36).ok()
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

/// The digits of an index, in base 36.
const INDEX: usize = 4;

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

    #[test]
    fn topic_names_its_case() {
        let run = RunId::random();
        for index in [0, 35, 36, 1234] {
            assert_eq!(run.index_of(&format!("{}/t", run.prefix(index, Version::V5).level)), Some(index));
        }
        assert_eq!(run.index_of(&format!("{}probe/t", run.as_str())), None, "5 letters, but not of a version");
        assert_eq!(run.index_of("another/t"), None);
    }
}
