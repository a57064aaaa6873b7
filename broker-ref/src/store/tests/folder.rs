//! What others do to the data folder while the broker runs.

use std::fs;

use crate::{
    core::Timestamp,
    store::{
        Persist, Store, StoreErrorKind,
        folder::{Folder, RESERVE},
    },
};

/// Nothing is acknowledged that was written to a file which the next start does not find.
#[test]
fn store_that_is_moved_removed_or_replaced_fails_at_the_next_commit() {
    let changes: [fn(&std::path::Path); 4] = [
        |folder| fs::remove_dir_all(folder).unwrap(),
        |folder| fs::remove_file(folder.join("store.redb")).unwrap(),
        |folder| fs::rename(folder, folder.with_extension("old")).unwrap(),
        |folder| {
            fs::copy(folder.join("store.redb"), folder.join("copy")).unwrap();
            fs::rename(folder.join("copy"), folder.join("store.redb")).unwrap();
        },
    ];
    for change in changes {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("data");
        let mut store = Store::open(&folder).unwrap();
        store.load().unwrap();
        store.commit(&[], Timestamp::from_millis(1)).unwrap();
        change(&folder);
        let error = store.commit(&[], Timestamp::from_millis(2)).unwrap_err();
        assert!(matches!(error.kind(), StoreErrorKind::Replaced), "{error}");
        store.commit(&[], Timestamp::from_millis(3)).unwrap_err();
    }
}

#[test]
fn reserve_is_made_while_there_is_room_and_given_up_when_there_is_none() {
    let parent = tempfile::tempdir().unwrap();
    let folder = Folder::take(parent.path()).unwrap();
    let len = || fs::metadata(parent.path().join("reserve")).ok().map(|file| file.len());
    folder.tend_reserve(true, RESERVE);
    assert_eq!(len(), None, "not while the disk is nearly full");
    folder.tend_reserve(false, u64::MAX);
    assert_eq!(len(), Some(RESERVE));
    folder.tend_reserve(true, RESERVE);
    assert_eq!(len(), Some(RESERVE), "kept while there is still some room");
    folder.tend_reserve(true, RESERVE - 1);
    assert_eq!(len(), None);
    folder.tend_reserve(true, RESERVE);
    assert_eq!(len(), None);
    folder.tend_reserve(false, u64::MAX);
    assert_eq!(len(), Some(RESERVE));
    // a start that was interrupted left half of it
    fs::write(parent.path().join("reserve"), "half").unwrap();
    drop(folder);
    Folder::take(parent.path()).unwrap().tend_reserve(false, u64::MAX);
    assert_eq!(len(), Some(RESERVE));
}
