//! The data folder: its lock, its store, how that is made without ever having half of it, and room that is kept for bad
//! times.

use std::{
    cell::Cell,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
};

use redb::Database;
use rustix::{
    fs::{FallocateFlags, fallocate},
    io::Errno,
};

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
    /// Device and inode of the store that was opened.
    opened: Cell<Option<(u64, u64)>>,
    /// Whether the reserve was made, or could not be, since the disk last had enough room.
    has_reserve: Cell<bool>,
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
            Ok(()) => {
                Ok(Self { path: path.to_owned(), _lock: lock, opened: Cell::new(None), has_reserve: Cell::new(false) })
            }
            Err(TryLockError::WouldBlock) => Err(StoreErrorKind::InUse),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// Length of the store's file, in bytes.
    pub(super) fn file_len(&self) -> io::Result<u64> {
        Ok(fs::metadata(self.file())?.len())
    }

    /// Whether the file could not grow as the database lets it, to twice its length, or is close to that. Also makes
    /// the reserve or gives it up.
    pub(super) fn is_nearly_full(&self) -> bool {
        // If the free space is unknown, assume that there is room; otherwise a commit will fail.
        let Ok(disk) = rustix::fs::statvfs(&self.path) else { return false };
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let nearly_full = free < self.file_len().unwrap_or(0).min(GROWTH) + ROOM;
        self.tend_reserve(nearly_full, free);
        nearly_full
    }

    /// Keeps a file that takes room away from others, as long as there is enough. When they have taken the rest, its room
    /// is what the end of what was accepted needs: acknowledgements, removals, and another start.
    pub(super) fn tend_reserve(&self, nearly_full: bool, free: u64) {
        if free < RESERVE {
            self.give_up_reserve();
        } else if !nearly_full && !self.has_reserve.replace(true) {
            let made =
                fs::metadata(self.reserve()).is_ok_and(|file| file.len() == RESERVE) || self.make_reserve().is_ok();
            if !made {
                let _ = fs::remove_file(self.reserve());
            }
        }
    }

    /// A length alone would take no room.
    fn make_reserve(&self) -> io::Result<()> {
        let mut file = File::create(self.reserve())?;
        match fallocate(&file, FallocateFlags::empty(), 0, RESERVE) {
            Err(Errno::OPNOTSUPP) => {}
            allocated => return Ok(allocated?),
        }
        let zeros = vec![0; 64 * 1024];
        for _ in 0..RESERVE / zeros.len() as u64 {
            file.write_all(&zeros)?;
        }
        Ok(())
    }

    fn give_up_reserve(&self) {
        self.has_reserve.set(false);
        // it may not be there
        let _ = fs::remove_file(self.reserve());
    }

    /// Whether the file that was opened still is the store of this folder.
    ///
    /// # Errors
    /// [`StoreErrorKind::Replaced`]: what is written now is lost.
    pub(super) fn check_in_place(&self) -> Result<(), StoreErrorKind> {
        let found = fs::metadata(self.file()).ok().map(|file| (file.dev(), file.ino()));
        if found == self.opened.get() { Ok(()) } else { Err(StoreErrorKind::Replaced) }
    }

    /// Opens the store, or creates it if there never was one. If the disk is too full for that, the reserve is given up.
    pub(super) fn open(&self) -> Result<Database, StoreErrorKind> {
        let database = match self.try_open() {
            Err(StoreErrorKind::Full(_)) => {
                self.give_up_reserve();
                self.try_open()?
            }
            opened => opened?,
        };
        let file = fs::metadata(self.file())?;
        self.opened.set(Some((file.dev(), file.ino())));
        Ok(database)
    }

    fn try_open(&self) -> Result<Database, StoreErrorKind> {
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

    fn reserve(&self) -> PathBuf {
        self.path.join("reserve")
    }
}

/// The database adds no more than this at a time, in bytes.
const GROWTH: u64 = 4 * 1024 * 1024 * 1024;
/// Kept free for the acknowledgements of what was taken, in bytes.
const ROOM: u64 = 32 * 1024 * 1024;
/// In bytes: the length of the file that is given up when others have filled the disk.
pub(super) const RESERVE: u64 = 8 * 1024 * 1024;

/// Makes the names in a folder survive a power cut.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
