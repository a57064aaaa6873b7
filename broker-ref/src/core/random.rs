//! [`Seed`] and [`Random`]: numbers that can be predicted from the seed, and only from the seed.

use std::fmt;

use super::mac::mac;

/// The seed of Client Identifiers and nonces. The same seed gives the same numbers.
///
/// It must be secret, since the nonces of enhanced authentication follow from it: take all 32 bytes from the operating
/// system.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl From<[u8; 32]> for Seed {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// For reproducible tests: too few values to be secret.
impl From<u64> for Seed {
    fn from(number: u64) -> Self {
        Self(mac(&[0; 32], &number.to_be_bytes()))
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// A chain of HMAC-SHA-256: earlier numbers do not follow from later ones.
pub(super) struct Random {
    key: [u8; 32],
}

impl Random {
    pub(super) fn new(seed: &Seed) -> Self {
        Self { key: seed.0 }
    }

    pub(super) fn bytes(&mut self) -> [u8; 32] {
        let drawn = mac(&self.key, b"drawn");
        self.key = mac(&self.key, b"next");
        drawn
    }

    pub(super) fn next(&mut self) -> u64 {
        self.bytes().first_chunk().map_or(0, |head| u64::from_be_bytes(*head))
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_depend_on_the_whole_seed_and_do_not_repeat() {
        let draw = |seed: Seed| {
            let mut random = Random::new(&seed);
            [random.bytes(), random.bytes(), random.bytes()]
        };
        assert_eq!(draw(7.into()), draw(7.into()));
        let [a, b, c] = draw(7.into());
        assert!(a != b && b != c && a != c);
        for byte in 0..32 {
            let mut other = [0; 32];
            other[byte] = 1;
            assert_ne!(draw([0; 32].into()), draw(other.into()));
        }
    }
}
