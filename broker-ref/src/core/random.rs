//! [`Random`]: numbers that follow from the seed (SplitMix64). Not for secrets.

#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ bits.wrapping_shr(30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ bits.wrapping_shr(27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ bits.wrapping_shr(31)
    }
}
