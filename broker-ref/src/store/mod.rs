//! What survives a restart, on disk. The broker gives changes ([`Delta`]s) and reads only when it starts.
//!
//! # What is promised
//! - What [`Persist::commit`] was given is on disk when it returns, all of it, whatever happens to the process or the
//!   machine. What was under way when they ended is there whole or not at all.
//! - What cannot be read is never taken for less than it was: a store that is damaged, emptied, cut or of another version
//!   is an error, and nothing is changed in it.
//! - A store that failed once is done with: no later commit can be trusted to stand on what came before.
//!
//! # Map
//! | module | what |
//! |---|---|
//! | `folder` | the data folder: lock, file, how it is made |
//! | `database` | [`Store`]: redb under the only settings that are never silently wrong |
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

/// Keeps what the broker records. `Store` does so on disk.
pub trait Persist: Debug + Send + 'static {
    /// Everything that was committed. Called once, before the first commit.
    ///
    /// # Errors
    /// When it cannot be read.
    fn load(&mut self) -> Result<Loaded, StoreError>;

    /// Makes the changes, in their order, so that a restart finds all of them or, if this fails, none or all. `clock` is
    /// the time of the last one.
    ///
    /// # Errors
    /// When it cannot be said that they were made. Nothing is asked of the store after that.
    fn commit(&mut self, deltas: &[Delta], clock: Timestamp) -> Result<(), StoreError>;

    /// Whether there is little room left: time to refuse messages, before a commit fails.
    fn is_nearly_full(&self) -> bool {
        false
    }
}

/// What a store had.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loaded {
    /// What the broker goes on from.
    pub stored: Stored,
    /// The highest time that was committed: the broker's time begins no earlier.
    pub clock: Timestamp,
}
