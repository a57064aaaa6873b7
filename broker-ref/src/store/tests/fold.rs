//! What was committed is there after a restart, and what refers to nothing is not.

use mqttspec_codec::{PacketIdentifier, QoS, Version};
use proptest::prelude::*;

use super::steps::{fold, steps};
use crate::{
    core::{Delta, Entry, EntryState, MessageId, Place, SessionId, SessionRecord, Stored, Timestamp},
    store::{Persist, Store},
};

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reopened_it_is_the_fold(steps in steps(60), batch in 1..10usize) {
        let folder = tempfile::tempdir().unwrap();
        let mut kept = 0;
        for batch in steps.chunks(batch) {
            let mut store = Store::open(folder.path()).unwrap();
            let loaded = store.load().unwrap();
            prop_assert_eq!(loaded.stored, fold(&steps[..kept]));
            prop_assert_eq!(loaded.clock, Timestamp::from_millis(kept as u64));
            kept += batch.len();
            store.commit(&batch.concat(), Timestamp::from_millis(kept as u64)).unwrap();
        }
        prop_assert_eq!(Store::open(folder.path()).unwrap().load().unwrap().stored, fold(&steps));
    }
}

#[test]
fn clock_never_goes_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    store.commit(&[], Timestamp::from_millis(7)).unwrap();
    store.commit(&[], Timestamp::from_millis(5)).unwrap();
    assert_eq!(store.load().unwrap().clock, Timestamp::from_millis(7));
}

/// A row of a Session that is not there would belong to the next one under its number.
#[test]
fn orphans_are_removed_on_disk_too() {
    let entry = Entry {
        message: MessageId::new(1),
        qos: QoS::AtLeastOnce,
        retain: false,
        identifiers: Vec::new(),
        share: None,
        state: EntryState::Queued,
    };
    let orphans = [
        Delta::PutReceived(SessionId::new(4), PacketIdentifier::MIN),
        Delta::PutEntry(SessionId::new(5), Place::new(1), entry),
        Delta::SetRetained("t".into(), MessageId::new(2)),
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    store.commit(&orphans, Timestamp::ZERO).unwrap();
    assert_eq!(store.load().unwrap().stored, Stored::default());
    drop(store);
    let mut store = Store::open(folder.path()).unwrap();
    let record = record();
    store.commit(&[Delta::PutSession(SessionId::new(5), record.clone())], Timestamp::ZERO).unwrap();
    let stored = store.load().unwrap().stored;
    assert_eq!(stored, Stored { sessions: [(SessionId::new(5), record)].into(), ..Stored::default() });
}

#[test]
fn file_with_much_free_space_is_compacted() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    let record = record();
    let sessions = |first: u64| (first..first + 1000).map(SessionId::new);
    for first in (0..100_000).step_by(1000) {
        let puts: Vec<Delta> = sessions(first).map(|session| Delta::PutSession(session, record.clone())).collect();
        store.commit(&puts, Timestamp::ZERO).unwrap();
    }
    let drops: Vec<Delta> = (1..100_000).map(|session| Delta::DropSession(SessionId::new(session))).collect();
    store.commit(&drops, Timestamp::ZERO).unwrap();
    let len = || folder.path().join("store.redb").metadata().unwrap().len();
    let before = len();
    let loaded = store.load().unwrap();
    drop(store);
    assert_eq!(loaded.stored.sessions.len(), 1);
    assert!(len() < before / 2, "{before} bytes before, {} after", len());
    assert_eq!(Store::open(folder.path()).unwrap().load().unwrap(), loaded);
}

fn record() -> SessionRecord {
    SessionRecord {
        client_id: "a rather long Client Identifier, so that rows have some weight".into(),
        version: Version::V5,
        user_name: None,
        expiry_interval: 60,
        disconnected_at: None,
        will: None,
    }
}
