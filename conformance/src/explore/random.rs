//! Random numbers that are the same for a seed everywhere and always: a seed is what repeats a run.

/// A generator (SplitMix64).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// For that seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 if that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % end).unwrap_or_default()
    }

    /// Whether something happens that does in so many of a hundred times.
    pub fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    /// One of these, each as often as its weight says.
    ///
    /// # Panics
    /// There are none.
    pub fn weighted<T: Copy>(&mut self, weights: &[(usize, T)]) -> T {
        let mut at = self.below(weights.iter().map(|(weight, _)| weight).sum());
        for (weight, what) in weights {
            if at < *weight {
                return *what;
            }
            at -= weight;
        }
        weights.last().expect("there is something to choose from").1
    }

    /// Letters and digits for a name that nobody else uses.
    pub fn letters(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| char::from_digit(u32::try_from(self.below(36)).unwrap_or_default(), 36).unwrap_or('0'))
            .collect()
    }
}
