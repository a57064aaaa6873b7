//! A part of the cases, for runs that are split over several machines.

use std::{fmt, str::FromStr};

/// One of several parts of the cases. The parts have no case in common, and together they have all cases. Which part has
/// a case depends only on its id and on how many parts there are, so that a case stays where it is when others are
/// added. All versions of a case are in the same part.
///
/// ```
/// use mqttspec::Shard;
/// let shard: Shard = "1/4".parse().unwrap();
/// assert_eq!(shard.to_string(), "1/4");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    number: u16,
    of: u16,
}

/// A text that is not a part: the numbers are missing, or not in range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardError(String);

impl fmt::Display for ShardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected K/N, such as 1/4 for the first of four parts, found `{}`", self.0)
    }
}

impl std::error::Error for ShardError {}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let wrong = || ShardError(text.to_owned());
        let (number, of) = text.split_once('/').ok_or_else(wrong)?;
        let (number, of): (u16, u16) = (number.parse().map_err(|_| wrong())?, of.parse().map_err(|_| wrong())?);
        if number == 0 || number > of { Err(wrong()) } else { Ok(Self { number, of }) }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl Shard {
    /// Whether this part has the case with that id.
    pub(super) fn takes(self, id: &str) -> bool {
        fnv(id) % u64::from(self.of) == u64::from(self.number) - 1
    }
}

/// FNV-1a of 64 bits. The hasher of the standard library may change between versions of Rust.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::Library;

    #[test]
    fn parts_have_every_case_exactly_once_and_none_is_much_larger() {
        let library = Library::embedded().unwrap();
        for of in [1, 2, 3, 7, 16] {
            let shards: Vec<Shard> = (1..=of).map(|number| Shard { number, of }).collect();
            let mut sizes = vec![0; usize::from(of)];
            for case in library.cases() {
                let takers: Vec<usize> = (0..shards.len()).filter(|index| shards[*index].takes(&case.id)).collect();
                assert_eq!(takers.len(), 1, "{} of {of}: {takers:?}", case.id);
                sizes[takers[0]] += 1;
            }
            let fair = library.cases().count() / usize::from(of);
            assert!(sizes.iter().all(|size| *size > fair / 2 && *size < fair * 2), "{of}: {sizes:?}");
        }
    }

    /// If this fails, users find their cases in other parts than before.
    #[test]
    fn parts_stay_the_same() {
        assert_eq!(fnv(""), 0xCBF2_9CE4_8422_2325);
        assert_eq!(fnv("foobar"), 0x8594_4171_F739_67E8);
    }

    #[test]
    fn what_is_no_part_is_refused() {
        for text in ["", "1", "0/3", "4/3", "1/0", "a/b", "1/2/3", "-1/2"] {
            let error = text.parse::<Shard>().expect_err(text).to_string();
            assert!(error.ends_with(&format!("found `{text}`")), "{error}");
        }
        assert_eq!("3/3".parse(), Ok(Shard { number: 3, of: 3 }));
    }
}
