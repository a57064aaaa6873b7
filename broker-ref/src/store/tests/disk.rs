//! A disk that can lose its power: what was not synced is there, or not, sector by sector.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard},
};

use redb::{BackendError, StorageBackend};

/// Clones share the disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<Inner>>);

#[derive(Debug, Clone, Default)]
struct Inner {
    /// What a reader sees.
    now: Vec<u8>,
    /// What is sure to survive.
    durable: Vec<u8>,
    /// What was done since.
    unsynced: Vec<Change>,
    /// Changes until the power goes, or the disk is full.
    left: Option<usize>,
    fault: Fault,
}

#[derive(Debug, Clone)]
enum Change {
    Length(usize),
    Write(usize, Vec<u8>),
}

/// What is wrong with the disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    #[default]
    None,
    /// It says "synced" and is not.
    LyingSync,
    /// When nothing is left it is full, and goes on reading.
    Full,
    /// When nothing is left it panics once, in the middle of the database, as that does where its pages make no sense.
    Panic,
}

impl Disk {
    /// A disk on which everything is durable.
    pub(crate) fn holding(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Mutex::new(Inner { now: bytes.clone(), durable: bytes, ..Inner::default() })))
    }

    pub(crate) fn with_fault(self, fault: Fault) -> Self {
        self.inner().fault = fault;
        self
    }

    /// Nothing works any more after this many changes.
    pub(crate) fn fail_after(&self, changes: usize) {
        self.inner().left = Some(changes);
    }

    /// What is found after the power has gone.
    pub(crate) fn after_power_cut(&self, dice: &mut Dice) -> Vec<u8> {
        let inner = self.inner();
        let mut bytes = inner.durable.clone();
        for change in &inner.unsynced {
            match change {
                Change::Length(len) if dice.below(2) == 0 => bytes.resize(*len, 0),
                Change::Length(_) => {}
                Change::Write(at, written) => {
                    for (sector, torn) in written.chunks(SECTOR).enumerate() {
                        if dice.below(2) == 0 {
                            write(&mut bytes, at + sector * SECTOR, torn);
                        }
                    }
                }
            }
        }
        bytes
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn change(&self, change: Change) -> Result<(), io::Error> {
        let mut inner = self.inner();
        inner.check()?;
        inner.left = inner.left.map(|left| left - 1);
        match &change {
            Change::Length(len) => inner.now.resize(*len, 0),
            Change::Write(at, bytes) => write(&mut inner.now, *at, bytes),
        }
        inner.unsynced.push(change);
        Ok(())
    }
}

impl Inner {
    fn check(&mut self) -> Result<(), io::Error> {
        match (self.left, self.fault) {
            (Some(0), Fault::Full) => Err(io::ErrorKind::StorageFull.into()),
            (Some(0), Fault::Panic) => {
                self.fault = Fault::None;
                panic!("page of another kind")
            }
            (Some(0), _) => Err(io::Error::other("no power")),
            _ => Ok(()),
        }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64, io::Error> {
        Ok(self.inner().now.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), io::Error> {
        let at = offset as usize;
        let inner = self.inner();
        let bytes = inner.now.get(at..at + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<(), io::Error> {
        self.change(Change::Length(len as usize))
    }

    fn sync_data(&self) -> Result<(), io::Error> {
        let mut inner = self.inner();
        inner.check()?;
        if inner.fault != Fault::LyingSync {
            inner.durable = inner.now.clone();
            inner.unsynced.clear();
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), io::Error> {
        self.change(Change::Write(offset as usize, data.to_vec()))
    }

    fn try_lock_range(&self, _: std::ops::Bound<u64>, _: std::ops::Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }
}

/// Zeros fill a hole.
fn write(bytes: &mut Vec<u8>, at: usize, written: &[u8]) {
    if bytes.len() < at + written.len() {
        bytes.resize(at + written.len(), 0);
    }
    bytes[at..at + written.len()].copy_from_slice(written);
}

/// The same numbers from the same seed (SplitMix64).
#[derive(Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ mixed >> 31) % end.max(1) as u64) as usize
    }
}

/// What a disk writes whole, in bytes.
const SECTOR: usize = 512;
