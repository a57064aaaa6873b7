//! [`StoreError`]: why the store cannot be used, and what to do about it.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

/// A store that cannot be opened, read or written. The files are as they were: nothing is renamed, emptied or removed
/// because of an error.
#[derive(Debug)]
pub struct StoreError {
    folder: PathBuf,
    kind: StoreErrorKind,
}

/// What is wrong with a store.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// Another process has it open.
    InUse,
    /// Written by a newer version of this program, which has this format number.
    Newer(u64),
    /// The file is empty, which a store never is: something else has emptied it.
    Emptied,
    /// The file is not what was written: what was found.
    Damaged(String),
    /// The file was moved, removed or replaced while it was open: what is written to it can be lost.
    Replaced,
    /// The operating system does not let this process read or write.
    NotPermitted(io::Error),
    /// The disk is full, or a quota used up.
    Full(io::Error),
    /// Anything else that the operating system reports.
    Io(io::Error),
}

impl StoreError {
    /// `folder` is the data folder.
    #[must_use]
    pub fn new(folder: &Path, kind: StoreErrorKind) -> Self {
        Self { folder: folder.to_owned(), kind }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> &StoreErrorKind {
        &self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = self.folder.display();
        match &self.kind {
            StoreErrorKind::InUse => {
                write!(
                    f,
                    "the store in {folder} is in use by another broker: stop that one, or give each its own folder"
                )
            }
            StoreErrorKind::Newer(format) => write!(
                f,
                "the store in {folder} has format {format}, this version knows {FORMAT}: use the version that wrote it"
            ),
            StoreErrorKind::Emptied => {
                write!(
                    f,
                    "the store in {folder} was emptied, nothing can be read from it: restore a copy or move it away"
                )
            }
            StoreErrorKind::Damaged(what) => {
                write!(f, "the store in {folder} is damaged ({what}): restore a copy or move it away")
            }
            StoreErrorKind::Replaced => write!(
                f,
                "the store in {folder} was moved, removed or replaced while the broker ran: put it back and start again"
            ),
            StoreErrorKind::NotPermitted(cause) => {
                write!(f, "the store in {folder} cannot be used ({cause}): let this user write to the folder")
            }
            StoreErrorKind::Full(cause) => {
                write!(f, "the store in {folder} cannot grow ({cause}): free some space and start again")
            }
            StoreErrorKind::Io(cause) => write!(f, "the store in {folder} cannot be used: {cause}"),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            StoreErrorKind::NotPermitted(cause) | StoreErrorKind::Full(cause) | StoreErrorKind::Io(cause) => {
                Some(cause)
            }
            StoreErrorKind::InUse
            | StoreErrorKind::Newer(_)
            | StoreErrorKind::Emptied
            | StoreErrorKind::Damaged(_)
            | StoreErrorKind::Replaced => None,
        }
    }
}

impl From<io::Error> for StoreErrorKind {
    fn from(cause: io::Error) -> Self {
        match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(cause),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::NotPermitted(cause),
            io::ErrorKind::UnexpectedEof => Self::Damaged("it ends too early".to_owned()),
            // how the database says that a file is none of its own
            io::ErrorKind::InvalidData => Self::Damaged(cause.to_string()),
            _ => Self::Io(cause),
        }
    }
}

#[cfg(feature = "store")]
impl From<redb::Error> for StoreErrorKind {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::Io(cause) => cause.into(),
            redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => Self::InUse,
            redb::Error::Corrupted(what) => Self::Damaged(what),
            other => Self::Damaged(other.to_string()),
        }
    }
}

/// The newest format that this version reads and the one it writes.
pub(super) const FORMAT: u64 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_errors_are_classified() {
        let kind = |kind: io::ErrorKind| StoreErrorKind::from(io::Error::from(kind));
        assert!(matches!(kind(io::ErrorKind::StorageFull), StoreErrorKind::Full(_)));
        assert!(matches!(kind(io::ErrorKind::PermissionDenied), StoreErrorKind::NotPermitted(_)));
        assert!(matches!(kind(io::ErrorKind::ReadOnlyFilesystem), StoreErrorKind::NotPermitted(_)));
        assert!(matches!(kind(io::ErrorKind::UnexpectedEof), StoreErrorKind::Damaged(_)));
        assert!(matches!(kind(io::ErrorKind::NotADirectory), StoreErrorKind::Io(_)));
    }
}
