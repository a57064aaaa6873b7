//! The data folder: its lock, its one file, and how that is made without ever having half of it.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use redb::Database;

use super::{
    database::{builder, write},
    error::StoreErrorKind,
};

/// A folder that is locked by this process as long as this value exists.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Locked; the lock ends when the file is closed, at the latest with the process.
    _lock: File,
}

impl Folder {
    /// Locks the folder, and creates it if it does not exist, readable by this user only.
    pub(super) fn take(path: &Path) -> Result<Self, StoreErrorKind> {
        match fs::DirBuilder::new().mode(0o700).create(path) {
            Ok(()) => sync(path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")))?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.into()),
        }
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(path.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StoreErrorKind::InUse),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// Length of the store's file, in bytes.
    pub(super) fn file_len(&self) -> io::Result<u64> {
        Ok(fs::metadata(self.file())?.len())
    }

    /// Whether the file could not grow as the database lets it, to twice its length, or is close to that.
    pub(super) fn is_nearly_full(&self) -> bool {
        // If the free space is unknown, assume that there is room; otherwise a commit will fail.
        let Ok(disk) = rustix::fs::statvfs(&self.path) else { return false };
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        free < self.file_len().unwrap_or(0).min(GROWTH) + RESERVE
    }

    /// Opens the store, or creates it if there never was one.
    pub(super) fn open(&self) -> Result<Database, StoreErrorKind> {
        match self.file_len() {
            // The database would treat an empty file like a missing one, and start over.
            Ok(0) => return Err(StoreErrorKind::Emptied),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.create()?,
            Err(error) => return Err(error.into()),
        }
        Ok(builder().open(self.file()).map_err(redb::Error::from)?)
    }

    /// The file gets its name once it is complete and on disk, so an existing file is always a complete store.
    fn create(&self) -> Result<(), StoreErrorKind> {
        let new = self.path.join("store.new");
        match fs::remove_file(&new) {
            Ok(()) => {} // a start that was interrupted here: nothing was ever recorded in it
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        let database = builder().create(&new).map_err(redb::Error::from)?;
        write(&database, |tables| tables.write_format())?;
        database.close().map_err(redb::Error::from)?;
        File::open(&new)?.sync_all()?;
        fs::rename(&new, self.file())?;
        sync(&self.path)?;
        Ok(())
    }

    fn file(&self) -> PathBuf {
        self.path.join("store.redb")
    }
}

/// The database adds no more than this at a time, in bytes.
const GROWTH: u64 = 4 * 1024 * 1024 * 1024;
/// Kept free for the acknowledgements of what was taken, in bytes.
const RESERVE: u64 = 32 * 1024 * 1024;

/// Makes the names in a folder survive a power cut.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
