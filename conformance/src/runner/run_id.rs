//! The identifier that makes topics and Client Identifiers of a run unique.

use std::time::{SystemTime, UNIX_EPOCH};

use mqttspec_codec::Version;

use crate::vector::Prefix;

/// Six letters and digits, different for each run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunId(String);

impl RunId {
    /// A new id, from the clock and the process id, so that concurrent runs against one broker do not collide.
    #[must_use]
    pub fn new() -> Self {
        let millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let mixed = (millis as u64) ^ (u64::from(std::process::id()) << 20);
        Self(base_36(mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 34, 6))
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

impl Default for RunId {
    fn default() -> Self {
        Self::new()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_short_and_unique() {
        let run = RunId::new();
        let one = run.prefix(1, Version::V5);
        assert_eq!(one.letters.len(), 11, "with a name of twelve it makes 23");
        assert_ne!(one.letters, run.prefix(2, Version::V5).letters);
        assert_ne!(one.letters, run.prefix(1, Version::V3_1_1).letters);
    }
}
