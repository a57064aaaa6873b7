//! `mqttspec broker passwd`: changes one user in the file of users and keeps the rest.

use std::{
    fmt, fs,
    fs::File,
    io,
    io::Write,
    path::{Path, PathBuf},
};

use super::{edit, parse};
use crate::core::{PasswordHash, ScramKeys};

/// What was done with the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The user is new, and may neither publish nor subscribe.
    Added,
    /// The user got a new password, and was otherwise left alone.
    Replaced,
}

/// Sets the password of a user, for User Name and Password as well as for SCRAM-SHA-256. Makes the file, readable by
/// its owner only, if there is none.
///
/// # Errors
/// When the file cannot be read or written or is not a file of users, or the password is not valid. The file is
/// unchanged.
pub fn set(file: &Path, user: &str, password: &str) -> Result<Change, PasswdError> {
    let refused = |why| PasswdError::Password(why);
    if password.is_empty() {
        return Err(refused("it is empty"));
    }
    let salt = || {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map(|()| salt).map_err(|error| PasswdError::Salt(io::Error::other(error)))
    };
    let hash = PasswordHash::new(password.as_bytes(), &salt()?).ok_or(refused("it is too long"))?;
    let keys = ScramKeys::new(password, &salt()?, ScramKeys::ITERATIONS)
        .ok_or(refused("it contains a character that is not allowed in passwords (RFC 4013)"))?;
    let old = read(file)?;
    let (new, change) = edit::put(&old.text, user, &hash, &keys).map_err(|why| mistake(file, &why))?;
    write(file, &old, &new)?;
    Ok(change)
}

/// Removes a user.
///
/// # Errors
/// When the file cannot be read or written, is not a file of users, or has no such user. The file is unchanged.
pub fn remove(file: &Path, user: &str) -> Result<(), PasswdError> {
    let old = read(file)?;
    let new = edit::remove(&old.text, user).map_err(|why| mistake(file, &why))?;
    let new = new.ok_or_else(|| PasswdError::NoSuchUser { file: file.into(), user: user.to_owned() })?;
    write(file, &old, &new)
}

/// Why the file was not changed.
#[derive(Debug)]
#[non_exhaustive]
pub enum PasswdError {
    /// The file cannot be read or written.
    Io {
        /// The file.
        file: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
    /// It is not a file of users: `FILE:LINE:COLUMN: KEY: what was expected`.
    Mistake(String),
    /// There is no such user.
    NoSuchUser {
        /// The file.
        file: PathBuf,
        /// The user.
        user: String,
    },
    /// The password is not valid.
    Password(&'static str),
    /// The operating system has no random numbers.
    Salt(io::Error),
}

impl fmt::Display for PasswdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { file, error } => write!(f, "cannot change {}: {error}", file.display()),
            Self::Mistake(mistake) => f.write_str(mistake),
            Self::NoSuchUser { file, user } => write!(f, "{} has no user {user:?}", file.display()),
            Self::Password(why) => write!(f, "cannot use this password: {why}"),
            Self::Salt(error) => write!(f, "cannot make a salt: {error}"),
        }
    }
}

impl std::error::Error for PasswdError {}

/// The file before the change.
struct Old {
    text: String,
    /// The file that links lead to; `None` if it does not exist.
    place: Option<PathBuf>,
}

fn read(file: &Path) -> Result<Old, PasswdError> {
    let failed = |error| PasswdError::Io { file: file.into(), error };
    match fs::read_to_string(file) {
        Ok(text) => Ok(Old { text, place: Some(fs::canonicalize(file).map_err(failed)?) }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Old { text: String::new(), place: None }),
        Err(error) => Err(failed(error)),
    }
}

/// Replaces the old text with the new one, completely or not at all.
fn write(file: &Path, old: &Old, text: &str) -> Result<(), PasswdError> {
    // never write a file that the broker would refuse
    parse(text).map_err(|error| mistake(file, &error.to_string()))?;
    let place = old.place.as_deref().unwrap_or(file);
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let replace = || {
        // made with mode 0600
        let mut new = tempfile::NamedTempFile::new_in(folder)?;
        if old.place.is_some() {
            new.as_file().set_permissions(fs::metadata(place)?.permissions())?;
        }
        new.write_all(text.as_bytes())?;
        new.as_file().sync_all()?;
        new.persist(place)?;
        File::open(folder)?.sync_all()
    };
    replace().map_err(|error| PasswdError::Io { file: file.into(), error })
}

fn mistake(file: &Path, why: &str) -> PasswdError {
    PasswdError::Mistake(format!("{}:{why}", file.display()))
}
