//! [`Effort`]: how much may still be done in one call of the broker.

/// What is left to do in this call, in units of about a hundred instructions. Whoever does something charges for it,
/// and stops where nothing is left; what is charged is an estimate that the benchmark of instructions holds to account.
#[derive(Debug)]
pub(super) struct Effort {
    left: usize,
}

impl Effort {
    pub(super) const fn new(left: usize) -> Self {
        Self { left }
    }

    pub(super) const fn charge(&mut self, cost: usize) {
        self.left = self.left.saturating_sub(cost);
    }

    /// Charges for something, and for handling `bytes`.
    pub(super) const fn charge_bytes(&mut self, cost: usize, bytes: usize) {
        self.charge(cost.saturating_add(bytes / BYTES));
    }

    pub(super) const fn is_spent(&self) -> bool {
        self.left == 0
    }

    pub(super) const fn left(&self) -> usize {
        self.left
    }

    /// Leaves only a `share` for what comes next. Returns what is kept back, for [`Effort::give_back`].
    pub(super) fn keep_back(&mut self, share: usize) -> usize {
        let kept = self.left.saturating_sub(share.max(1));
        self.left = self.left.saturating_sub(kept);
        kept
    }

    /// Leaves enough for the smallest bit of work.
    pub(super) const fn keep_something(&mut self) {
        if self.left == 0 {
            self.left = 1;
        }
    }

    pub(super) const fn give_back(&mut self, kept: usize) {
        self.left = self.left.saturating_add(kept);
    }
}

/// Bytes that are copied or compared for one unit.
const BYTES: usize = 256;
