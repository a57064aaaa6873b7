//! A store that something else has changed is never silently wrong, and its file is left as it is.

use std::{
    fs,
    path::{Path, PathBuf},
};

use mqttspec_codec::Version;

use super::disk::Dice;
use crate::{
    core::{Delta, SessionId, SessionRecord, Stored, Timestamp},
    store::{Persist, Store, StoreError, StoreErrorKind, database, tables},
};

/// A folder with about a megabyte, and what is in it. `clean`: it was closed.
fn filled(clean: bool) -> (tempfile::TempDir, Stored) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    for batch in 0..50 {
        let put = |number: u64| {
            let client_id = format!("{number} {}", "x".repeat(number as usize % 400)).into();
            let record = SessionRecord {
                client_id,
                version: Version::V5,
                user_name: None,
                expiry_interval: 60,
                disconnected_at: None,
                will: None,
            };
            Delta::PutSession(SessionId::new(number), record)
        };
        let step: Vec<Delta> = (1..100).map(|number| put(batch * 100 + number)).collect();
        store.commit(&step, Timestamp::ZERO).unwrap();
    }
    let stored = store.load().unwrap().stored;
    if clean {
        drop(store);
        return (folder, stored);
    }
    // As a killed process leaves it.
    let killed = tempfile::tempdir().unwrap();
    fs::copy(file(folder.path()), file(killed.path())).unwrap();
    (killed, stored)
}

fn file(folder: &Path) -> PathBuf {
    folder.join("store.redb")
}

fn load(folder: &Path) -> Result<Stored, StoreError> {
    Ok(Store::open(folder)?.load()?.stored)
}

#[test]
fn flipped_bytes_are_detected_or_harmless() {
    for clean in [true, false] {
        let (folder, stored) = filled(clean);
        let bytes = fs::read(file(folder.path())).unwrap();
        let (mut dice, mut found) = (Dice(1), 0);
        for _ in 0..100 {
            let mut damaged = bytes.clone();
            let at = dice.below(bytes.len() - 16);
            damaged[at..at + 16].iter_mut().for_each(|byte| *byte ^= 0xA5);
            fs::write(file(folder.path()), damaged).unwrap();
            match load(folder.path()) {
                Ok(loaded) => assert!(loaded == stored, "clean: {clean}, at byte {at}: silently wrong"),
                Err(error) => {
                    assert!(matches!(error.kind(), StoreErrorKind::Damaged(_)), "{error}");
                    found += 1;
                }
            }
        }
        assert!(found > 0);
    }
}

#[test]
fn truncated_file_is_damaged_and_left_unchanged() {
    for clean in [true, false] {
        let (folder, _) = filled(clean);
        let bytes = fs::read(file(folder.path())).unwrap();
        for len in [bytes.len() - 1000, bytes.len() / 2, 4096, 100, 1] {
            fs::write(file(folder.path()), &bytes[..len]).unwrap();
            let error = load(folder.path()).unwrap_err();
            assert!(matches!(error.kind(), StoreErrorKind::Damaged(_)), "{len} bytes left: {error}");
            assert!(fs::read(file(folder.path())).unwrap() == bytes[..len]);
        }
    }
}

#[test]
fn emptied_file_is_not_a_new_store() {
    let (folder, _) = filled(true);
    fs::write(file(folder.path()), []).unwrap();
    let error = load(folder.path()).unwrap_err();
    assert!(matches!(error.kind(), StoreErrorKind::Emptied));
    let text = format!(
        "the store in {} was emptied, nothing can be read from it: restore a copy or move it away",
        folder.path().display()
    );
    assert_eq!(error.to_string(), text);
    assert_eq!(fs::read(file(folder.path())).unwrap(), []);
}

#[test]
fn other_files_are_not_a_store() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(file(folder.path()), "something else ".repeat(1000)).unwrap();
    assert!(matches!(load(folder.path()).unwrap_err().kind(), StoreErrorKind::Damaged(_)));
}

#[test]
fn newer_format_is_refused() {
    let (folder, _) = filled(true);
    let database = database::builder().open(file(folder.path())).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(tables::META).unwrap().insert(tables::META_FORMAT, 2).unwrap();
    transaction.commit().unwrap();
    drop(database);
    assert!(matches!(load(folder.path()).unwrap_err().kind(), StoreErrorKind::Newer(2)));
}

#[test]
fn a_database_without_format_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    drop(database::builder().create(file(folder.path())).unwrap());
    assert!(matches!(load(folder.path()).unwrap_err().kind(), StoreErrorKind::Damaged(_)));
}

#[test]
fn unreadable_row_is_damage() {
    let (folder, _) = filled(true);
    let database = database::builder().open(file(folder.path())).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(tables::SESSIONS).unwrap().insert(7, &b"no record"[..]).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let error = load(folder.path()).unwrap_err();
    let StoreErrorKind::Damaged(what) = error.kind() else { panic!("{error}") };
    assert_eq!(what, "unreadable row in table sessions: 7");
}

#[test]
fn interrupted_creation_is_restarted() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("store.new"), "half").unwrap();
    assert_eq!(load(folder.path()).unwrap(), Stored::default());
    assert!(!folder.path().join("store.new").exists());
}

#[test]
fn folder_is_locked() {
    let folder = tempfile::tempdir().unwrap();
    let first = Store::open(folder.path()).unwrap();
    assert!(matches!(load(folder.path()).unwrap_err().kind(), StoreErrorKind::InUse));
    drop(first);
    load(folder.path()).unwrap();
}

#[test]
fn impossible_folder_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, []).unwrap();
    assert!(matches!(load(&file).unwrap_err().kind(), StoreErrorKind::Io(_)));
    assert!(matches!(load(&folder.path().join("no/such")).unwrap_err().kind(), StoreErrorKind::Io(_)));
}
