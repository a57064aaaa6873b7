//! [`Store`]: the database, and the settings under which it may be trusted.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use redb::{Builder, Database, Error, ReadableDatabase};

use super::{
    Loaded, Persist,
    error::{StoreError, StoreErrorKind},
    folder::Folder,
    load,
    tables::Tables,
};
use crate::core::{Delta, Timestamp};

/// The store of a broker, in one file of a data folder.
///
/// The folder belongs to one process at a time. Dropping the store gives it back.
///
/// ```
/// use mqttspec_broker::{core::Timestamp, store::{Persist, Store}};
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// let mut store = Store::open(folder)?;
/// let kept = store.load()?; // nothing yet
/// store.commit(&[], Timestamp::from_millis(1))?; // on disk when this returns
/// # assert_eq!(kept.stored, Default::default());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Store {
    /// `None` once it has failed.
    database: Option<Database>,
    path: PathBuf,
    /// `None` where the database is not in a file. After the database, which is closed first.
    folder: Option<Folder>,
}

impl Store {
    /// Opens the store in a folder and checks all of it. Makes the folder and the store where there are none; the
    /// folder's parent must be there.
    ///
    /// # Errors
    /// When the store cannot be used; it is as it was then.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let open = || {
            let taken = Folder::take(folder)?;
            let database = taken.open()?;
            Self::checked(database, folder, Some(taken))
        };
        guarded(open).map_err(|kind| StoreError::new(folder, kind))
    }

    pub(super) fn checked(database: Database, path: &Path, folder: Option<Folder>) -> Result<Self, StoreErrorKind> {
        load::check_format(&database.begin_read().map_err(Error::from)?)?;
        Ok(Self { database: Some(database), path: path.to_owned(), folder })
    }

    fn try_load(&mut self) -> Result<Loaded, StoreErrorKind> {
        let transaction = self.database()?.begin_read().map_err(Error::from)?;
        let clock = load::clock(&transaction)?;
        let (mut stored, bytes) = load::tables(&transaction)?;
        drop(transaction);
        let orphans = load::orphans(&stored);
        if !orphans.is_empty() {
            self.try_commit(&orphans, clock)?;
            orphans.iter().for_each(|delta| stored.apply(delta));
        }
        let file_len = self.folder.as_ref().map_or(Ok(0), Folder::file_len)?;
        if file_len > SMALL && file_len / WASTEFUL > bytes as u64 {
            self.database()?.compact().map_err(Error::from)?;
        }
        Ok(Loaded { stored, clock })
    }

    fn try_commit(&mut self, deltas: &[Delta], clock: Timestamp) -> Result<(), StoreErrorKind> {
        write(self.database()?, |tables| {
            deltas.iter().try_for_each(|delta| tables.apply(delta))?;
            tables.write_clock(clock)
        })
    }

    fn database(&mut self) -> Result<&mut Database, StoreErrorKind> {
        self.database.as_mut().ok_or_else(|| StoreErrorKind::Damaged("it has failed before".to_owned()))
    }

    /// After a panic the database panics again when it is closed: that must not hide the first error.
    fn give_up(&mut self, kind: StoreErrorKind) -> StoreError {
        let database = self.database.take();
        let _ = guarded(|| {
            drop(database);
            Ok(())
        });
        StoreError::new(&self.path, kind)
    }
}

impl Persist for Store {
    fn load(&mut self) -> Result<Loaded, StoreError> {
        guarded(|| self.try_load()).map_err(|kind| self.give_up(kind))
    }

    fn commit(&mut self, deltas: &[Delta], clock: Timestamp) -> Result<(), StoreError> {
        let commit = || {
            self.try_commit(deltas, clock)?;
            self.folder.as_ref().map_or(Ok(()), Folder::check_in_place)
        };
        guarded(commit).map_err(|kind| self.give_up(kind))
    }

    fn is_nearly_full(&self) -> bool {
        self.folder.as_ref().is_some_and(Folder::is_nearly_full)
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("path", &self.path).finish_non_exhaustive()
    }
}

/// How a store is always opened. Without the check, a page that was changed by something else would pass for
/// what was written.
pub(super) fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_check_integrity_on_open(true).set_cache_size(CACHE);
    builder
}

/// Makes changes as one transaction, always in two phases: with one phase, a damaged last commit passes for one that
/// was torn by a power cut, and is silently undone. The two kinds are never mixed.
pub(super) fn write(
    database: &Database,
    change: impl FnOnce(&mut Tables<'_>) -> Result<(), Error>,
) -> Result<(), StoreErrorKind> {
    let mut transaction = database.begin_write().map_err(Error::from)?;
    transaction.set_two_phase_commit(true);
    change(&mut Tables::open(&transaction)?)?;
    Ok(transaction.commit().map_err(Error::from)?)
}

/// The database can panic on damaged pages; to the broker that is an error like any other.
pub(super) fn guarded<T>(act: impl FnOnce() -> Result<T, StoreErrorKind>) -> Result<T, StoreErrorKind> {
    // Nothing is used again after an error.
    catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|panic| Err(StoreErrorKind::Damaged(said(&*panic))))
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "the database gave up".to_owned())
}

/// In bytes. Nothing is read after the start but the pages that a commit changes.
const CACHE: usize = 64 * 1024 * 1024;
/// A file up to this is never made smaller, in bytes.
const SMALL: u64 = 8 * 1024 * 1024;
/// A file over this many times what is in it is made smaller at the start.
const WASTEFUL: u64 = 4;
