//! [`Seed`] and [`Random`]: whoever knows the seed knows every number, and nobody else any.

use std::fmt;

use super::mac::mac;

/// What the broker draws Client Identifiers and nonces from. The same seed gives the same numbers.
///
/// Who can guess it can guess the nonces of enhanced authentication: a broker that serves others takes it from the
/// operating system, all 32 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl From<[u8; 32]> for Seed {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// For tests, which want to be repeated: too few numbers to be a secret.
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

/// A chain of HMAC-SHA-256: what was drawn does not follow from what will be.
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
    fn numbers_follow_from_the_whole_seed_and_do_not_come_again() {
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
