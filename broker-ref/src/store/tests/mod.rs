//! The store against the fold of the deltas: reopened, torn, damaged.

mod damage;
mod disk;
mod fold;
mod folder;
pub(super) mod records;
mod steps;
mod torn;
