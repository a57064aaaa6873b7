//! The state that survives a restart, on disk. The broker writes changes ([`Delta`]s) and reads only when it starts.
//!
//! # What is promised
//! - When [`Persist::commit`] returns, all of its changes are on disk, whatever happens to the process or the machine.
//!   A commit that was interrupted is on disk completely or not at all.
//! - Data that cannot be read is never ignored: a store that is damaged, emptied, truncated or of another version is an
//!   error, and is left unchanged.
//! - A store that failed once is not used again, because later commits could not rely on earlier ones.
//!
//! # Map
//! | module | what |
//! |---|---|
//! | `folder` | the data folder: lock, file, how it is made |
//! | `database` | `Store`: redb with settings under which damage is never silent |
//! | `tables` | the tables, and what each delta changes |
//! | `record`, `fields` | the values: to bytes and back |
//! | `load` | reading all of it, strictly |
//! | `error` | [`StoreError`]: what is wrong and what to do |

#[cfg(feature = "store")]
mod database;
mod error;
#[cfg(feature = "store")]
mod fields;
#[cfg(feature = "store")]
mod folder;
#[cfg(feature = "store")]
mod load;
#[cfg(feature = "store")]
mod record;
#[cfg(feature = "store")]
mod tables;
#[cfg(all(test, feature = "store"))]
mod tests;

use std::fmt::Debug;

use crate::core::{Delta, Stored, Timestamp};

#[cfg(feature = "store")]
pub use database::Store;
pub use error::{StoreError, StoreErrorKind};

/// Keeps the changes of a broker. `Store` does so on disk.
pub trait Persist: Debug + Send + 'static {
    /// Everything that was committed. Called once, before the first commit.
    ///
    /// # Errors
    /// When it cannot be read.
    fn load(&mut self) -> Result<Loaded, StoreError>;

    /// Makes the changes, in order, so that a restart finds all of them; if this fails, all or none. `clock` is the
    /// time of the last one.
    ///
    /// # Errors
    /// When it is not certain that they were made. The store is not used after that.
    fn commit(&mut self, deltas: &[Delta], clock: Timestamp) -> Result<(), StoreError>;

    /// Whether there is little room left, so that messages should be refused before a commit fails.
    fn is_nearly_full(&self) -> bool {
        false
    }
}

/// The contents of a store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loaded {
    /// The state that the broker continues from.
    pub stored: Stored,
    /// The highest time that was committed. The broker's clock starts no earlier.
    pub clock: Timestamp,
}
